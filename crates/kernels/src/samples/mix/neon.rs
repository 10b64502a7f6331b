//! 16 samples of the sum in registers while the planes go by.

use std::arch::aarch64::*;

use super::scalar;
use crate::aarch64::{load_f32, store_f32};

#[target_feature(enable = "neon")]
pub(super) fn weighted(terms: &[(f32, &[f32])], to: &mut [f32]) {
    let blocks = to.as_chunks_mut::<16>().0;
    let whole = blocks.len() * 16;
    for (i, to) in blocks.iter_mut().enumerate() {
        let mut sums = [vdupq_n_f32(0.0); 4];
        for (value, plane) in terms {
            let samples = plane[i * 16..][..16].as_chunks::<4>().0;
            for (sum, samples) in sums.iter_mut().zip(samples) {
                // Two roundings, as everywhere: a fused product would give other bits than the scalar code.
                *sum = vaddq_f32(*sum, vmulq_n_f32(load_f32(samples), *value));
            }
        }
        for (to, sum) in to.as_chunks_mut::<4>().0.iter_mut().zip(sums) {
            store_f32(to, sum);
        }
    }
    scalar::weighted(terms, to, whole);
}
