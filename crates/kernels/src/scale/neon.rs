//! 4 target samples at a time across, 8 down.

use std::arch::aarch64::*;
use std::ops::Range;

use super::across::{BLOCK, Far, Near};
use super::at;
use crate::aarch64::{load_i16, load_low_u8, load_u8, load_u16, store_half_i16, store_low_u8, store_u16};

/// Samples of 8 bits, 16 bytes at a time.
#[target_feature(enable = "neon")]
pub(super) fn near_u8(near: &Near, blocks: Range<usize>, source: &[u8], origin: usize, shift: u32, target: &mut [i16]) {
    let weights = near.weights[blocks.start * near.pairs..].chunks_exact(near.pairs);
    let (targets, _) = target[blocks.start * BLOCK..].as_chunks_mut::<BLOCK>();
    for ((block, weights), target) in near.blocks[blocks].iter().zip(weights).zip(targets) {
        let (bytes, _) = block.bytes.as_flattened().as_chunks::<16>();
        let (quads, _) = target.as_chunks_mut::<4>();
        for (quad, ((bytes, base), target)) in bytes.iter().zip(block.bases).zip(quads).enumerate() {
            let (bytes, source) = (load_u8(bytes), &source[base - origin..]);
            let mut sums = (vdupq_n_s32(0), vdupq_n_s32(0));
            for (pair, weights) in weights.iter().enumerate() {
                let samples = vqtbl1q_u8(load_u8(at(source, pair * near.step)), bytes);
                let weights = load_i16(&weights.as_flattened().as_chunks::<8>().0[quad]);
                sums = add_products(sums, vreinterpretq_s16_u8(samples), weights);
            }
            store_half_i16(target, narrow(vpaddq_s32(sums.0, sums.1), shift));
        }
    }
}

/// Samples of 16 bits: 8 of them are 16 bytes.
#[target_feature(enable = "neon")]
pub(super) fn near_u16(
    near: &Near,
    blocks: Range<usize>,
    source: &[u16],
    origin: usize,
    bias: u16,
    shift: u32,
    target: &mut [i16],
) {
    let bias = vdupq_n_u16(bias);
    let weights = near.weights[blocks.start * near.pairs..].chunks_exact(near.pairs);
    let (targets, _) = target[blocks.start * BLOCK..].as_chunks_mut::<BLOCK>();
    for ((block, weights), target) in near.blocks[blocks].iter().zip(weights).zip(targets) {
        let (bytes, _) = block.bytes.as_flattened().as_chunks::<16>();
        let (quads, _) = target.as_chunks_mut::<4>();
        for (quad, ((bytes, base), target)) in bytes.iter().zip(block.bases).zip(quads).enumerate() {
            let (bytes, source) = (load_u8(bytes), &source[base - origin..]);
            let mut sums = (vdupq_n_s32(0), vdupq_n_s32(0));
            for (pair, weights) in weights.iter().enumerate() {
                let samples = vsubq_u16(load_u16(at(source, pair * near.step)), bias);
                let samples = vqtbl1q_u8(vreinterpretq_u8_u16(samples), bytes);
                let weights = load_i16(&weights.as_flattened().as_chunks::<8>().0[quad]);
                sums = add_products(sums, vreinterpretq_s16_u8(samples), weights);
            }
            store_half_i16(target, narrow(vpaddq_s32(sums.0, sums.1), shift));
        }
    }
}

/// Samples of 8 bits in runs.
#[target_feature(enable = "neon")]
pub(super) fn far_u8(far: &Far, part: Range<usize>, source: &[u8], origin: usize, shift: u32, target: &mut [i16]) {
    let weights = far.weights[part.start * far.run..].chunks_exact(4 * far.run);
    let (starts, _) = far.starts[part.clone()].as_chunks::<4>();
    let (targets, _) = target[part.start..].as_chunks_mut::<4>();
    for ((starts, weights), target) in starts.iter().zip(weights).zip(targets) {
        let mut sums = [vdupq_n_s32(0); 4];
        for ((sum, start), weights) in sums.iter_mut().zip(starts).zip(weights.chunks_exact(far.run)) {
            let (weights, _) = weights.as_chunks::<8>();
            let (bytes, _) = source[start - origin..][..far.run].as_chunks::<8>();
            let mut halves = (vdupq_n_s32(0), vdupq_n_s32(0));
            for (bytes, weights) in bytes.iter().zip(weights) {
                let samples = vreinterpretq_s16_u16(vmovl_u8(load_low_u8(bytes)));
                halves = add_products(halves, samples, load_i16(weights));
            }
            *sum = vaddq_s32(halves.0, halves.1);
        }
        store_half_i16(target, narrow(four(sums), shift));
    }
}

/// Samples of 16 bits in runs.
#[target_feature(enable = "neon")]
pub(super) fn far_u16(
    far: &Far,
    part: Range<usize>,
    source: &[u16],
    origin: usize,
    bias: u16,
    shift: u32,
    target: &mut [i16],
) {
    let bias = vdupq_n_u16(bias);
    let weights = far.weights[part.start * far.run..].chunks_exact(4 * far.run);
    let (starts, _) = far.starts[part.clone()].as_chunks::<4>();
    let (targets, _) = target[part.start..].as_chunks_mut::<4>();
    for ((starts, weights), target) in starts.iter().zip(weights).zip(targets) {
        let mut sums = [vdupq_n_s32(0); 4];
        for ((sum, start), weights) in sums.iter_mut().zip(starts).zip(weights.chunks_exact(far.run)) {
            let (weights, _) = weights.as_chunks::<8>();
            let (samples, _) = source[start - origin..][..far.run].as_chunks::<8>();
            let mut halves = (vdupq_n_s32(0), vdupq_n_s32(0));
            for (samples, weights) in samples.iter().zip(weights) {
                let samples = vreinterpretq_s16_u16(vsubq_u16(load_u16(samples), bias));
                halves = add_products(halves, samples, load_i16(weights));
            }
            *sum = vaddq_s32(halves.0, halves.1);
        }
        store_half_i16(target, narrow(four(sums), shift));
    }
}

/// Rows weighed by products rounded to 16 bits each.
#[target_feature(enable = "neon")]
pub(super) fn down_rounded(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    let (rounding, places) = (vdupq_n_s16(1 << shift >> 1), vdupq_n_s16(-low16(shift)));
    let value = |x: usize| {
        let mut sum = vdupq_n_s16(0);
        for (tap, weight) in weights.iter().enumerate() {
            // Twice the product, whose upper half is rounded: the product without its 15 lowest bits.
            sum = vqaddq_s16(sum, vqrdmulhq_n_s16(load_i16(at(rows, tap * stride + x)), *weight));
        }
        vqmovun_s16(vshlq_s16(vqaddq_s16(sum, rounding), places))
    };
    columns(target, |x, target| store_low_u8(target, value(x)));
}

/// Rows weighed by sums of whole products, to samples of 8 bits.
#[target_feature(enable = "neon")]
pub(super) fn down_u8(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    let value = |x: usize| {
        let (low, high) = eight(rows, stride, weights, shift, x);
        vqmovun_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high)))
    };
    columns(target, |x, target| store_low_u8(target, value(x)));
}

/// The same to samples of 16 bits, of which the greatest is `max`.
#[target_feature(enable = "neon")]
pub(super) fn down_u16(
    rows: &[i16],
    stride: usize,
    weights: &[i16],
    (bias, max): (i32, u16),
    shift: u32,
    target: &mut [u16],
) {
    let (bias, max) = (vdupq_n_s32(bias), vdupq_n_u16(max));
    let value = |x: usize| {
        let (low, high) = eight(rows, stride, weights, shift, x);
        let (low, high) = (vqmovun_s32(vaddq_s32(low, bias)), vqmovun_s32(vaddq_s32(high, bias)));
        vminq_u16(vcombine_u16(low, high), max)
    };
    columns(target, |x, target| store_u16(target, value(x)));
}

/// Each 8 columns of the target, and the last ones by way of the stack: `put` stores those from a column on.
#[inline]
#[target_feature(enable = "neon")]
fn columns<T: Copy + Default>(target: &mut [T], put: impl Fn(usize, &mut [T; 8])) {
    let (whole, rest) = target.as_chunks_mut::<8>();
    let done = whole.len() * 8;
    for (i, target) in whole.iter_mut().enumerate() {
        put(i * 8, target);
    }
    if !rest.is_empty() {
        let mut last = [T::default(); 8];
        put(done, &mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// 8 columns from `x`, scaled.
#[inline]
#[target_feature(enable = "neon")]
fn eight(rows: &[i16], stride: usize, weights: &[i16], shift: u32, x: usize) -> (int32x4_t, int32x4_t) {
    let mut low = vdupq_n_s32(1 << shift >> 1);
    let mut high = low;
    for (tap, weight) in weights.iter().enumerate() {
        let row = load_i16(at(rows, tap * stride + x));
        low = vmlal_n_s16(low, vget_low_s16(row), *weight);
        high = vmlal_high_n_s16(high, row, *weight);
    }
    let places = vdupq_n_s32(-shift.cast_signed());
    (vshlq_s32(low, places), vshlq_s32(high, places))
}

#[inline]
#[target_feature(enable = "neon")]
fn add_products(sums: (int32x4_t, int32x4_t), a: int16x8_t, b: int16x8_t) -> (int32x4_t, int32x4_t) {
    (vmlal_s16(sums.0, vget_low_s16(a), vget_low_s16(b)), vmlal_high_s16(sums.1, a, b))
}

/// The sum of each.
#[inline]
#[target_feature(enable = "neon")]
fn four([a, b, c, d]: [int32x4_t; 4]) -> int32x4_t {
    vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d))
}

/// Rounded, shifted and as 16 bits.
#[inline]
#[target_feature(enable = "neon")]
fn narrow(sums: int32x4_t, shift: u32) -> int16x4_t {
    let rounded = vaddq_s32(sums, vdupq_n_s32(1 << shift >> 1));
    vqmovn_s32(vshlq_s32(rounded, vdupq_n_s32(-shift.cast_signed())))
}

#[expect(clippy::cast_possible_truncation, reason = "a shift of 16 bits is below 16")]
fn low16(shift: u32) -> i16 {
    shift.cast_signed() as i16
}
