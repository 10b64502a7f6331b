//! Eight or sixteen samples at a time.

use std::arch::aarch64::*;

use super::{LANES, scalar};
use crate::aarch64::{load_f32, load_i16, load_i32, store_f64};

#[target_feature(enable = "neon")]
pub(super) fn peak16(samples: &[i16]) -> u16 {
    let (blocks, tail) = samples.as_chunks::<8>();
    let mut peak = vdupq_n_u16(0);
    for x in blocks {
        peak = vmaxq_u16(peak, vreinterpretq_u16_s16(vabsq_s16(load_i16(x))));
    }
    vmaxvq_u16(peak).max(scalar::peak16(tail))
}

#[target_feature(enable = "neon")]
pub(super) fn peak32(samples: &[i32]) -> u32 {
    let (blocks, tail) = samples.as_chunks::<4>();
    let mut peak = vdupq_n_u32(0);
    for x in blocks {
        peak = vmaxq_u32(peak, vreinterpretq_u32_s32(vabsq_s32(load_i32(x))));
    }
    vmaxvq_u32(peak).max(scalar::peak32(tail))
}

#[target_feature(enable = "neon")]
pub(super) fn peak_float(samples: &[f32]) -> f32 {
    let (blocks, tail) = samples.as_chunks::<4>();
    let mut peak = vdupq_n_f32(0.0);
    for x in blocks {
        // The number of two, where one is NaN.
        peak = vmaxnmq_f32(peak, vabsq_f32(load_f32(x)));
    }
    vmaxnmvq_f32(peak).max(scalar::peak_float(tail))
}

#[target_feature(enable = "neon")]
pub(super) fn sum16(samples: &[i16]) -> u64 {
    let (blocks, tail) = samples.as_chunks::<8>();
    let mut sum = vdupq_n_u64(0);
    for x in blocks {
        let x = load_i16(x);
        // Squares of at most 2^30; the pairs of them are added as unsigned numbers.
        let squares = [vmull_s16(vget_low_s16(x), vget_low_s16(x)), vmull_high_s16(x, x)];
        for squares in squares {
            sum = vpadalq_u32(sum, vreinterpretq_u32_s32(squares));
        }
    }
    vaddvq_u64(sum) + scalar::sum16(tail)
}

#[target_feature(enable = "neon")]
pub(super) fn sum32(samples: &[i32]) -> [f64; LANES] {
    let (blocks, tail) = samples.as_chunks::<LANES>();
    let mut sums = [vdupq_n_f64(0.0); LANES / 2];
    for block in blocks {
        for (sums, x) in sums.as_chunks_mut::<2>().0.iter_mut().zip(block.as_chunks::<4>().0) {
            let x = load_i32(x);
            let halves = [vmovl_s32(vget_low_s32(x)), vmovl_high_s32(x)];
            for (sum, x) in sums.iter_mut().zip(halves) {
                let x = vcvtq_f64_s64(x);
                *sum = vaddq_f64(*sum, vmulq_f64(x, x));
            }
        }
    }
    let mut lanes = spread(sums);
    scalar::add32(&mut lanes, tail);
    lanes
}

#[target_feature(enable = "neon")]
pub(super) fn sum_float(samples: &[f32]) -> [f64; LANES] {
    let (blocks, tail) = samples.as_chunks::<LANES>();
    let mut sums = [vdupq_n_f64(0.0); LANES / 2];
    for block in blocks {
        for (sums, x) in sums.as_chunks_mut::<2>().0.iter_mut().zip(block.as_chunks::<4>().0) {
            let x = load_f32(x);
            let halves = [vcvt_f64_f32(vget_low_f32(x)), vcvt_high_f64_f32(x)];
            for (sum, x) in sums.iter_mut().zip(halves) {
                *sum = vaddq_f64(*sum, vmulq_f64(x, x));
            }
        }
    }
    let mut lanes = spread(sums);
    scalar::add_float(&mut lanes, tail);
    lanes
}

#[target_feature(enable = "neon")]
fn spread(sums: [float64x2_t; LANES / 2]) -> [f64; LANES] {
    let mut lanes = [0.0; LANES];
    for (lanes, sum) in lanes.as_chunks_mut::<2>().0.iter_mut().zip(sums) {
        store_f64(lanes, sum);
    }
    lanes
}
