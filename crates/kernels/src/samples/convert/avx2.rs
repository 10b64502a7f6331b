//! Eight or sixteen samples at a time.

use std::arch::x86_64::*;

use super::{MULTIPLIERS, Noise, scalar};
use crate::x86::{halves, load128, load256, store256};

/// Steps of 16 bits to integers. NaN is 0; what is too small is left to the narrowing that follows, which saturates.
#[inline]
#[target_feature(enable = "avx2")]
fn steps16(value: __m256) -> __m256i {
    let number = _mm256_and_ps(value, _mm256_cmp_ps::<_CMP_ORD_Q>(value, value));
    // A conversion of what is beyond 32 bits gives the least number, so only the upper end needs care.
    _mm256_cvtps_epi32(_mm256_min_ps(number, _mm256_set1_ps(32_767.0)))
}

/// Steps of 16 bits to integers, of numbers that fit 32 bits; all else is the least number, as [`beyond`] can tell.
#[inline]
#[target_feature(enable = "avx2")]
fn plain_steps16(from: &[f32; 8]) -> __m256i {
    _mm256_cvtps_epi32(_mm256_mul_ps(load(from), _mm256_set1_ps(32_768.0)))
}

/// Whether the least of some conversions says that a number was none, or did not fit 32 bits. That is so rare that one look
/// at 64 samples, and doing them again, is quicker than care for each.
#[inline]
#[target_feature(enable = "avx2")]
fn beyond(least: __m256i) -> bool {
    let found = _mm256_cmpeq_epi32(least, _mm256_set1_epi32(i32::MIN));
    _mm256_movemask_epi8(found) != 0
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(from: &[f32; 8]) -> __m256 {
    _mm256_castsi256_ps(load256(from))
}

/// Sixteen 32-bit numbers to 16 bits, saturated, in order.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow(low: __m256i, high: __m256i) -> __m256i {
    _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(low, high))
}

#[inline]
#[target_feature(enable = "avx2")]
fn widen(from: &[i16; 8]) -> __m256i {
    _mm256_cvtepi16_epi32(load128(from))
}

#[target_feature(enable = "avx2")]
pub(super) fn i16_to_f32(from: &[i16], to: &mut [f32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    let scale = _mm256_set1_ps(1.0 / 32_768.0);
    for (x, y) in x.iter().zip(y) {
        store256(y, _mm256_castps_si256(_mm256_mul_ps(_mm256_cvtepi32_ps(widen(x)), scale)));
    }
    scalar::i16_to_f32(x_tail, y_tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn i32_to_f32(from: &[i32], to: &mut [f32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    let scale = _mm256_set1_ps(1.0 / 2_147_483_648.0);
    for (x, y) in x.iter().zip(y) {
        store256(y, _mm256_castps_si256(_mm256_mul_ps(_mm256_cvtepi32_ps(load256(x)), scale)));
    }
    scalar::i32_to_f32(x_tail, y_tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn i16_to_i32(from: &[i16], to: &mut [i32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (x, y) in x.iter().zip(y) {
        store256(y, _mm256_slli_epi32::<16>(widen(x)));
    }
    scalar::i16_to_i32(x_tail, y_tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn f32_to_i32(from: &[f32], to: &mut [i32]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    let scale = _mm256_set1_ps(2_147_483_648.0);
    for (x, y) in x.iter().zip(y) {
        let value = _mm256_mul_ps(load(x), scale);
        let value = _mm256_and_ps(value, _mm256_cmp_ps::<_CMP_ORD_Q>(value, value));
        // What is too great is converted to the least number, whose complement is the greatest.
        let above = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GE_OQ>(value, scale));
        store256(y, _mm256_xor_si256(_mm256_cvtps_epi32(value), above));
    }
    scalar::f32_to_i32(x_tail, y_tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn f32_to_i16(from: &[f32], to: &mut [i16]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<64>(), to.as_chunks_mut::<64>());
    for (x, y) in x.iter().zip(y) {
        let mut least = _mm256_setzero_si256();
        for (x, y) in x.as_chunks::<16>().0.iter().zip(y.as_chunks_mut::<16>().0) {
            let [low, high] = halves(x).map(|x| plain_steps16(x));
            least = _mm256_min_epi32(least, _mm256_min_epi32(low, high));
            store256(y, narrow(low, high));
        }
        if beyond(least) {
            scalar::f32_to_i16(x, y);
        }
    }
    scalar::f32_to_i16(x_tail, y_tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn i32_to_i16(from: &[i32], to: &mut [i16]) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    let one = _mm256_set1_epi32(1);
    for (x, y) in x.iter().zip(y) {
        let [low, high] = halves(x);
        let low = _mm256_srai_epi32::<1>(_mm256_add_epi32(_mm256_srai_epi32::<15>(load256(low)), one));
        let high = _mm256_srai_epi32::<1>(_mm256_add_epi32(_mm256_srai_epi32::<15>(load256(high)), one));
        store256(y, narrow(low, high));
    }
    scalar::i32_to_i16(x_tail, y_tail);
}

/// Draws of eight samples, whose numbers plus the first key are given; as `scalar::draw`.
#[inline]
#[target_feature(enable = "avx2")]
fn draw(numbers: __m256i, key: __m256i) -> __m256i {
    let [first, second] = MULTIPLIERS.map(|x| _mm256_set1_epi32(x.cast_signed()));
    let x = _mm256_xor_si256(numbers, _mm256_srli_epi32::<16>(numbers));
    let x = _mm256_xor_si256(_mm256_mullo_epi32(x, first), key);
    let x = _mm256_mullo_epi32(_mm256_xor_si256(x, _mm256_srli_epi32::<15>(x)), second);
    let high = _mm256_srli_epi32::<16>(x);
    // The low half of `x ^ high`.
    let low = _mm256_blend_epi16::<0b1010_1010>(_mm256_xor_si256(x, high), _mm256_setzero_si256());
    _mm256_sub_epi32(low, high)
}

/// The numbers of the first eight samples plus the first key, and the second key.
#[inline]
#[target_feature(enable = "avx2")]
fn numbers(noise: Noise) -> (__m256i, __m256i) {
    let first = _mm256_set1_epi32(noise.counter.wrapping_add(noise.keys[0]).cast_signed());
    let numbers = _mm256_add_epi32(first, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    (numbers, _mm256_set1_epi32(noise.keys[1].cast_signed()))
}

#[target_feature(enable = "avx2")]
pub(super) fn f32_to_i16_dithered(from: &[f32], to: &mut [i16], noise: Noise) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    let (mut number, key) = numbers(noise);
    let (scale, step) = (_mm256_set1_ps(32_768.0), _mm256_set1_ps(1.0 / 65_536.0));
    let eight = _mm256_set1_epi32(8);
    let tail = noise.behind(x.len() * 16);
    for (x, y) in x.iter().zip(y) {
        let [low, high] = halves(x).map(|x| {
            let noise = _mm256_mul_ps(_mm256_cvtepi32_ps(draw(number, key)), step);
            number = _mm256_add_epi32(number, eight);
            steps16(_mm256_add_ps(_mm256_mul_ps(load(x), scale), noise))
        });
        store256(y, narrow(low, high));
    }
    scalar::f32_to_i16_dithered(x_tail, y_tail, tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn i32_to_i16_dithered(from: &[i32], to: &mut [i16], noise: Noise) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    let (mut number, key) = numbers(noise);
    let (half, eight) = (_mm256_set1_epi32(0x8000), _mm256_set1_epi32(8));
    let tail = noise.behind(x.len() * 16);
    for (x, y) in x.iter().zip(y) {
        let [low, high] = halves(x).map(|x| {
            let x = load256(x);
            let noise = _mm256_add_epi32(draw(number, key), half);
            number = _mm256_add_epi32(number, eight);
            let low = _mm256_blend_epi16::<0b1010_1010>(x, _mm256_setzero_si256());
            let carry = _mm256_srai_epi32::<16>(_mm256_add_epi32(low, noise));
            _mm256_add_epi32(_mm256_srai_epi32::<16>(x), carry)
        });
        store256(y, narrow(low, high));
    }
    scalar::i32_to_i16_dithered(x_tail, y_tail, tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn i16_to_f32_pair(from: &[i16], left: &mut [f32], right: &mut [f32]) {
    let (x, x_tail) = from.as_chunks::<16>();
    let ((left, left_tail), (right, right_tail)) = (left.as_chunks_mut::<8>(), right.as_chunks_mut::<8>());
    // Left samples come at the top of 32 bits, so both are 2^16 times as great as they were.
    let scale = _mm256_set1_ps(1.0 / 2_147_483_648.0);
    let top = _mm256_set1_epi32(-0x1_0000);
    for ((x, left), right) in x.iter().zip(left).zip(right) {
        let frames = load256(x);
        let l = _mm256_cvtepi32_ps(_mm256_slli_epi32::<16>(frames));
        let r = _mm256_cvtepi32_ps(_mm256_and_si256(frames, top));
        store256(left, _mm256_castps_si256(_mm256_mul_ps(l, scale)));
        store256(right, _mm256_castps_si256(_mm256_mul_ps(r, scale)));
    }
    scalar::i16_to_f32_pair(x_tail, left_tail, right_tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn f32_to_i16_pair(left: &[f32], right: &[f32], to: &mut [i16]) {
    let ((left, left_tail), (right, right_tail)) = (left.as_chunks::<32>(), right.as_chunks::<32>());
    let (y, y_tail) = to.as_chunks_mut::<64>();
    for ((left, right), y) in left.iter().zip(right).zip(y) {
        let mut least = _mm256_setzero_si256();
        let eights = left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0);
        for ((l, r), y) in eights.zip(y.as_chunks_mut::<16>().0) {
            let (l, r) = (plain_steps16(l), plain_steps16(r));
            least = _mm256_min_epi32(least, _mm256_min_epi32(l, r));
            store256(y, _mm256_packs_epi32(_mm256_unpacklo_epi32(l, r), _mm256_unpackhi_epi32(l, r)));
        }
        if beyond(least) {
            scalar::f32_to_i16_pair(left, right, y);
        }
    }
    scalar::f32_to_i16_pair(left_tail, right_tail, y_tail);
}
