//! 32 samples of the sum in registers while the planes go by.

use std::arch::x86_64::*;

use super::scalar;
use crate::x86::{load256, store256};

#[target_feature(enable = "avx2")]
pub(super) fn weighted(terms: &[(f32, &[f32])], to: &mut [f32]) {
    let blocks = to.as_chunks_mut::<32>().0;
    let whole = blocks.len() * 32;
    for (i, to) in blocks.iter_mut().enumerate() {
        let mut sums = [_mm256_setzero_ps(); 4];
        for (value, plane) in terms {
            let value = _mm256_set1_ps(*value);
            let samples = plane[i * 32..][..32].as_chunks::<8>().0;
            for (sum, samples) in sums.iter_mut().zip(samples) {
                let samples = _mm256_castsi256_ps(load256(samples));
                // Two roundings, as everywhere: a fused product would give other bits than the scalar code.
                *sum = _mm256_add_ps(*sum, _mm256_mul_ps(value, samples));
            }
        }
        for (to, sum) in to.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
            store256(to, _mm256_castps_si256(sum));
        }
    }
    scalar::weighted(terms, to, whole);
}
