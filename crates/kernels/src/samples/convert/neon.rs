//! Four or eight samples at a time. NEON's own conversions round to the nearest even, saturate, and make 0 of NaN.

use std::arch::aarch64::*;

use super::{MULTIPLIERS, Noise, scalar};
use crate::aarch64::{halves, load_f32, load_i16, load_i32, store_f32, store_i16, store_i32};

/// Steps of 16 bits to integers, not yet saturated.
#[inline]
#[target_feature(enable = "neon")]
fn steps16(from: &[f32; 4]) -> int32x4_t {
    vcvtnq_s32_f32(vmulq_n_f32(load_f32(from), 32_768.0))
}

#[inline]
#[target_feature(enable = "neon")]
fn narrow(low: int32x4_t, high: int32x4_t) -> int16x8_t {
    vcombine_s16(vqmovn_s32(low), vqmovn_s32(high))
}

/// Eight samples as 32 bits, over 2^15.
#[inline]
#[target_feature(enable = "neon")]
fn to_float(x: int16x8_t) -> [float32x4_t; 2] {
    [vmovl_s16(vget_low_s16(x)), vmovl_high_s16(x)].map(|x| vcvtq_n_f32_s32::<15>(x))
}

#[target_feature(enable = "neon")]
pub(super) fn i16_to_f32(from: &[i16], to: &mut [f32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (x, y) in x.iter().zip(y) {
        for (y, x) in y.as_chunks_mut::<4>().0.iter_mut().zip(to_float(load_i16(x))) {
            store_f32(y, x);
        }
    }
    scalar::i16_to_f32(x_tail, y_tail);
}

#[target_feature(enable = "neon")]
pub(super) fn i32_to_f32(from: &[i32], to: &mut [f32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<4>(), to.as_chunks_mut::<4>());
    for (x, y) in x.iter().zip(y) {
        store_f32(y, vcvtq_n_f32_s32::<31>(load_i32(x)));
    }
    scalar::i32_to_f32(x_tail, y_tail);
}

#[target_feature(enable = "neon")]
pub(super) fn i16_to_i32(from: &[i16], to: &mut [i32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (x, y) in x.iter().zip(y) {
        let x = load_i16(x);
        let wide = [vshll_n_s16::<16>(vget_low_s16(x)), vshll_high_n_s16::<16>(x)];
        for (y, x) in y.as_chunks_mut::<4>().0.iter_mut().zip(wide) {
            store_i32(y, x);
        }
    }
    scalar::i16_to_i32(x_tail, y_tail);
}

#[target_feature(enable = "neon")]
pub(super) fn f32_to_i32(from: &[f32], to: &mut [i32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<4>(), to.as_chunks_mut::<4>());
    for (x, y) in x.iter().zip(y) {
        store_i32(y, vcvtnq_s32_f32(vmulq_n_f32(load_f32(x), 2_147_483_648.0)));
    }
    scalar::f32_to_i32(x_tail, y_tail);
}

#[target_feature(enable = "neon")]
pub(super) fn f32_to_i16(from: &[f32], to: &mut [i16]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (x, y) in x.iter().zip(y) {
        let [low, high] = halves(x).map(|x| steps16(x));
        store_i16(y, narrow(low, high));
    }
    scalar::f32_to_i16(x_tail, y_tail);
}

#[target_feature(enable = "neon")]
pub(super) fn i32_to_i16(from: &[i32], to: &mut [i16]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (x, y) in x.iter().zip(y) {
        // Rounds halves up and saturates.
        let [low, high] = halves(x).map(|x| vqrshrn_n_s32::<16>(load_i32(x)));
        store_i16(y, vcombine_s16(low, high));
    }
    scalar::i32_to_i16(x_tail, y_tail);
}

/// Draws of four samples, whose numbers plus the first key are given; as `scalar::draw`.
#[inline]
#[target_feature(enable = "neon")]
fn draw(numbers: uint32x4_t, key: uint32x4_t) -> int32x4_t {
    let x = veorq_u32(numbers, vshrq_n_u32::<16>(numbers));
    let x = veorq_u32(vmulq_n_u32(x, MULTIPLIERS[0]), key);
    let x = vmulq_n_u32(veorq_u32(x, vshrq_n_u32::<15>(x)), MULTIPLIERS[1]);
    let high = vshrq_n_u32::<16>(x);
    let low = vandq_u32(veorq_u32(x, high), vdupq_n_u32(0xFFFF));
    vreinterpretq_s32_u32(vsubq_u32(low, high))
}

/// The numbers of the first four samples plus the first key, and the second key.
#[inline]
#[target_feature(enable = "neon")]
fn numbers(noise: Noise) -> (uint32x4_t, uint32x4_t) {
    let first = vdupq_n_u32(noise.counter.wrapping_add(noise.keys[0]));
    let steps = vreinterpretq_u32_s32(load_i32(&[0, 1, 2, 3]));
    (vaddq_u32(first, steps), vdupq_n_u32(noise.keys[1]))
}

#[target_feature(enable = "neon")]
pub(super) fn f32_to_i16_dithered(from: &[f32], to: &mut [i16], noise: Noise) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    let (mut number, key) = numbers(noise);
    let tail = noise.behind(x.len() * 8);
    for (x, y) in x.iter().zip(y) {
        let [low, high] = halves(x).map(|x| {
            let noise = vcvtq_n_f32_s32::<16>(draw(number, key));
            number = vaddq_u32(number, vdupq_n_u32(4));
            vcvtnq_s32_f32(vaddq_f32(vmulq_n_f32(load_f32(x), 32_768.0), noise))
        });
        store_i16(y, narrow(low, high));
    }
    scalar::f32_to_i16_dithered(x_tail, y_tail, tail);
}

#[target_feature(enable = "neon")]
pub(super) fn i32_to_i16_dithered(from: &[i32], to: &mut [i16], noise: Noise) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    let (mut number, key) = numbers(noise);
    let tail = noise.behind(x.len() * 8);
    for (x, y) in x.iter().zip(y) {
        let [low, high] = halves(x).map(|x| {
            let x = load_i32(x);
            let noise = vaddq_s32(draw(number, key), vdupq_n_s32(0x8000));
            number = vaddq_u32(number, vdupq_n_u32(4));
            let low = vandq_s32(x, vdupq_n_s32(0xFFFF));
            vaddq_s32(vshrq_n_s32::<16>(x), vshrq_n_s32::<16>(vaddq_s32(low, noise)))
        });
        store_i16(y, narrow(low, high));
    }
    scalar::i32_to_i16_dithered(x_tail, y_tail, tail);
}

#[target_feature(enable = "neon")]
pub(super) fn i16_to_f32_pair(from: &[i16], left: &mut [f32], right: &mut [f32]) {
    let (x, x_tail) = from.as_chunks::<8>();
    let ((left, left_tail), (right, right_tail)) = (left.as_chunks_mut::<4>(), right.as_chunks_mut::<4>());
    for ((x, left), right) in x.iter().zip(left).zip(right) {
        let frames = vreinterpretq_s32_s16(load_i16(x));
        store_f32(left, vcvtq_n_f32_s32::<31>(vshlq_n_s32::<16>(frames)));
        store_f32(right, vcvtq_n_f32_s32::<15>(vshrq_n_s32::<16>(frames)));
    }
    scalar::i16_to_f32_pair(x_tail, left_tail, right_tail);
}

#[target_feature(enable = "neon")]
pub(super) fn f32_to_i16_pair(left: &[f32], right: &[f32], to: &mut [i16]) {
    let ((left, left_tail), (right, right_tail)) = (left.as_chunks::<4>(), right.as_chunks::<4>());
    let (y, y_tail) = to.as_chunks_mut::<8>();
    for ((l, r), y) in left.iter().zip(right).zip(y) {
        let (l, r) = (vqmovn_s32(steps16(l)), vqmovn_s32(steps16(r)));
        store_i16(y, vcombine_s16(vzip1_s16(l, r), vzip2_s16(l, r)));
    }
    scalar::f32_to_i16_pair(left_tail, right_tail, y_tail);
}
