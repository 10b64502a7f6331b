//! The formulas, a sample at a time.
#![expect(clippy::cast_possible_truncation, reason = "saturating casts, and halves of numbers, are what is meant")]

use super::{MULTIPLIERS, Noise};

/// Full scale of the integers.
const SCALE16: f32 = 32_768.0;
const SCALE32: f32 = 2_147_483_648.0;

/// 1.5 * 2^23: a sum with it has no bits behind the point, so that adding and taking away rounds to the nearest, halves
/// to the even, without a call of a mathematical function.
const ROUNDER: f32 = 12_582_912.0;

/// `value` in steps of the result. A cast from NaN is 0.
fn to_i16(value: f32) -> i16 {
    ((value.clamp(-SCALE16, SCALE16) + ROUNDER) - ROUNDER) as i16
}

/// A draw of the triangular distribution between -65535 and 65535: the difference of two even ones.
fn draw(noise: Noise, index: usize) -> i32 {
    let mut x = noise.counter.wrapping_add(index as u32).wrapping_add(noise.keys[0]);
    x = (x ^ (x >> 16)).wrapping_mul(MULTIPLIERS[0]) ^ noise.keys[1];
    x = (x ^ (x >> 15)).wrapping_mul(MULTIPLIERS[1]);
    x ^= x >> 16;
    (x & 0xFFFF).cast_signed() - (x >> 16).cast_signed()
}

pub(super) fn i16_to_f32(from: &[i16], to: &mut [f32]) {
    for (x, y) in from.iter().zip(to) {
        *y = f32::from(*x) * (1.0 / SCALE16);
    }
}

pub(super) fn i32_to_f32(from: &[i32], to: &mut [f32]) {
    for (x, y) in from.iter().zip(to) {
        *y = *x as f32 * (1.0 / SCALE32);
    }
}

pub(super) fn i16_to_i32(from: &[i16], to: &mut [i32]) {
    for (x, y) in from.iter().zip(to) {
        *y = i32::from(*x) << 16;
    }
}

pub(super) fn f32_to_i32(from: &[f32], to: &mut [i32]) {
    for (x, y) in from.iter().zip(to) {
        *y = (*x * SCALE32).round_ties_even() as i32;
    }
}

pub(super) fn f32_to_i16(from: &[f32], to: &mut [i16]) {
    for (x, y) in from.iter().zip(to) {
        *y = to_i16(*x * SCALE16);
    }
}

pub(super) fn f32_to_i16_dithered(from: &[f32], to: &mut [i16], noise: Noise) {
    for (i, (x, y)) in from.iter().zip(to).enumerate() {
        *y = to_i16(*x * SCALE16 + draw(noise, i) as f32 * (1.0 / 65_536.0));
    }
}

pub(super) fn i32_to_i16(from: &[i32], to: &mut [i16]) {
    for (x, y) in from.iter().zip(to) {
        // Half a step is added after the sum has room for it.
        *y = (((*x >> 15) + 1) >> 1).min(i32::from(i16::MAX)) as i16;
    }
}

pub(super) fn i32_to_i16_dithered(from: &[i32], to: &mut [i16], noise: Noise) {
    for (i, (x, y)) in from.iter().zip(to).enumerate() {
        let low = (*x & 0xFFFF) + draw(noise, i) + 0x8000;
        *y = ((*x >> 16) + (low >> 16)).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
    }
}

pub(super) fn i16_to_f32_pair(from: &[i16], left: &mut [f32], right: &mut [f32]) {
    for ((frame, left), right) in from.as_chunks::<2>().0.iter().zip(left).zip(right) {
        *left = f32::from(frame[0]) * (1.0 / SCALE16);
        *right = f32::from(frame[1]) * (1.0 / SCALE16);
    }
}

pub(super) fn f32_to_i16_pair(left: &[f32], right: &[f32], to: &mut [i16]) {
    for ((frame, left), right) in to.as_chunks_mut::<2>().0.iter_mut().zip(left).zip(right) {
        *frame = [to_i16(*left * SCALE16), to_i16(*right * SCALE16)];
    }
}
