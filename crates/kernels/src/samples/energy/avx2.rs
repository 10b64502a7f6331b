//! Sixteen samples at a time.

use std::arch::x86_64::*;

use super::{LANES, scalar};
use crate::x86::{load128, load256, store256};

#[target_feature(enable = "avx2")]
pub(super) fn peak16(samples: &[i16]) -> u16 {
    let (blocks, tail) = samples.as_chunks::<16>();
    let (wide, blocks) = blocks.as_chunks::<2>();
    let mut peaks = [_mm256_setzero_si256(); 2];
    for pair in wide {
        for (peak, x) in peaks.iter_mut().zip(pair) {
            *peak = _mm256_max_epu16(*peak, _mm256_abs_epi16(load256(x)));
        }
    }
    for x in blocks {
        peaks[0] = _mm256_max_epu16(peaks[0], _mm256_abs_epi16(load256(x)));
    }
    let mut lanes = [0u16; 16];
    store256(&mut lanes, _mm256_max_epu16(peaks[0], peaks[1]));
    lanes.into_iter().fold(scalar::peak16(tail), u16::max)
}

#[target_feature(enable = "avx2")]
pub(super) fn peak32(samples: &[i32]) -> u32 {
    let (blocks, tail) = samples.as_chunks::<8>();
    let (wide, blocks) = blocks.as_chunks::<2>();
    let mut peaks = [_mm256_setzero_si256(); 2];
    for pair in wide {
        for (peak, x) in peaks.iter_mut().zip(pair) {
            *peak = _mm256_max_epu32(*peak, _mm256_abs_epi32(load256(x)));
        }
    }
    for x in blocks {
        peaks[0] = _mm256_max_epu32(peaks[0], _mm256_abs_epi32(load256(x)));
    }
    let mut lanes = [0u32; 8];
    store256(&mut lanes, _mm256_max_epu32(peaks[0], peaks[1]));
    lanes.into_iter().fold(scalar::peak32(tail), u32::max)
}

#[target_feature(enable = "avx2")]
pub(super) fn peak_float(samples: &[f32]) -> f32 {
    let (blocks, tail) = samples.as_chunks::<8>();
    let (wide, blocks) = blocks.as_chunks::<4>();
    let magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(i32::MAX));
    let mut peaks = [_mm256_setzero_ps(); 4];
    for four in wide {
        for (peak, x) in peaks.iter_mut().zip(four) {
            // The second of two is the result where one is NaN, and a peak never is.
            *peak = _mm256_max_ps(_mm256_and_ps(_mm256_castsi256_ps(load256(x)), magnitude), *peak);
        }
    }
    for x in blocks {
        peaks[0] = _mm256_max_ps(_mm256_and_ps(_mm256_castsi256_ps(load256(x)), magnitude), peaks[0]);
    }
    let both = [_mm256_max_ps(peaks[0], peaks[1]), _mm256_max_ps(peaks[2], peaks[3])];
    let mut lanes = [0f32; 8];
    store256(&mut lanes, _mm256_castps_si256(_mm256_max_ps(both[0], both[1])));
    lanes.into_iter().fold(scalar::peak_float(tail), f32::max)
}

#[target_feature(enable = "avx2")]
pub(super) fn sum16(samples: &[i16]) -> u64 {
    let (blocks, tail) = samples.as_chunks::<16>();
    let mut sums = [_mm256_setzero_si256(); 2];
    let low = _mm256_set1_epi64x(0xFFFF_FFFF);
    for x in blocks {
        let x = load256(x);
        // Two squares of at most 2^30 each: as an unsigned number even two of -32768 fit.
        let pairs = _mm256_madd_epi16(x, x);
        sums[0] = _mm256_add_epi64(sums[0], _mm256_and_si256(pairs, low));
        sums[1] = _mm256_add_epi64(sums[1], _mm256_srli_epi64::<32>(pairs));
    }
    let mut lanes = [0u32; 8];
    store256(&mut lanes, _mm256_add_epi64(sums[0], sums[1]));
    let lanes = lanes.as_chunks::<2>().0;
    lanes.iter().map(|[low, high]| u64::from(*low) | u64::from(*high) << 32).sum::<u64>() + scalar::sum16(tail)
}

#[target_feature(enable = "avx2")]
pub(super) fn sum32(samples: &[i32]) -> [f64; LANES] {
    let (blocks, tail) = samples.as_chunks::<LANES>();
    let mut sums = [_mm256_setzero_pd(); 4];
    for block in blocks {
        for (sum, x) in sums.iter_mut().zip(block.as_chunks::<4>().0) {
            let x = _mm256_cvtepi32_pd(load128(x));
            *sum = _mm256_add_pd(*sum, _mm256_mul_pd(x, x));
        }
    }
    let mut lanes = spread(sums);
    scalar::add32(&mut lanes, tail);
    lanes
}

#[target_feature(enable = "avx2")]
pub(super) fn sum_float(samples: &[f32]) -> [f64; LANES] {
    let (blocks, tail) = samples.as_chunks::<LANES>();
    let mut sums = [_mm256_setzero_pd(); 4];
    for block in blocks {
        for (sum, x) in sums.iter_mut().zip(block.as_chunks::<4>().0) {
            let x = _mm256_cvtps_pd(_mm_castsi128_ps(load128(x)));
            *sum = _mm256_add_pd(*sum, _mm256_mul_pd(x, x));
        }
    }
    let mut lanes = spread(sums);
    scalar::add_float(&mut lanes, tail);
    lanes
}

#[target_feature(enable = "avx2")]
fn spread(sums: [__m256d; 4]) -> [f64; LANES] {
    let mut lanes = [0.0; LANES];
    for (lanes, sum) in lanes.as_chunks_mut::<4>().0.iter_mut().zip(sums) {
        store256(lanes, _mm256_castpd_si256(sum));
    }
    lanes
}
