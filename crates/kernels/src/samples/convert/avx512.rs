//! Dithered conversion, sixteen samples at a time: on an EPYC with AVX-512 it takes half of AVX2's time, for the noise is
//! what costs. Of the other conversions that of f32 to i16 was tried, was no quicker than AVX2's, and all stay with those.

use std::arch::x86_64::*;

pub(super) use super::avx2::{
    f32_to_i16, f32_to_i16_pair, f32_to_i32, i16_to_f32, i16_to_f32_pair, i16_to_i32, i32_to_f32, i32_to_i16,
};
use super::{MULTIPLIERS, Noise, scalar};
use crate::x86::{load512, store256};

/// Steps of 16 bits to integers. NaN is 0; what is too small is left to the narrowing that follows, which saturates.
#[inline]
#[target_feature(enable = "avx512f")]
fn steps16(value: __m512) -> __m512i {
    let number = _mm512_cmp_ps_mask::<_CMP_ORD_Q>(value, value);
    // A conversion of what is beyond 32 bits gives the least number, so only the upper end needs care.
    _mm512_cvtps_epi32(_mm512_maskz_min_ps(number, value, _mm512_set1_ps(32_767.0)))
}

/// Samples in steps of 16 bits.
#[inline]
#[target_feature(enable = "avx512f")]
fn scaled(from: &[f32; 16]) -> __m512 {
    _mm512_mul_ps(_mm512_castsi512_ps(load512(from)), _mm512_set1_ps(32_768.0))
}

/// The draws of sixteen samples at a time, as `scalar::draw`.
struct Draws {
    /// The samples' numbers plus the first key.
    numbers: __m512i,
    key: __m512i,
}

impl Draws {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(noise: Noise) -> Self {
        let first = _mm512_set1_epi32(noise.counter.wrapping_add(noise.keys[0]).cast_signed());
        let steps = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let key = _mm512_set1_epi32(noise.keys[1].cast_signed());
        Self { numbers: _mm512_add_epi32(first, steps), key }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn next(&mut self) -> __m512i {
        let [first, second] = MULTIPLIERS.map(|x| _mm512_set1_epi32(x.cast_signed()));
        let x = _mm512_xor_si512(self.numbers, _mm512_srli_epi32::<16>(self.numbers));
        let x = _mm512_xor_si512(_mm512_mullo_epi32(x, first), self.key);
        let x = _mm512_mullo_epi32(_mm512_xor_si512(x, _mm512_srli_epi32::<15>(x)), second);
        self.numbers = _mm512_add_epi32(self.numbers, _mm512_set1_epi32(16));
        let high = _mm512_srli_epi32::<16>(x);
        let low = _mm512_and_si512(_mm512_xor_si512(x, high), _mm512_set1_epi32(0xFFFF));
        _mm512_sub_epi32(low, high)
    }
}

#[target_feature(enable = "avx2,avx512f")]
pub(super) fn f32_to_i16_dithered(from: &[f32], to: &mut [i16], noise: Noise) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    let (mut draws, tail) = (Draws::new(noise), noise.behind(x.len() * 16));
    let step = _mm512_set1_ps(1.0 / 65_536.0);
    for (x, y) in x.iter().zip(y) {
        let noise = _mm512_mul_ps(_mm512_cvtepi32_ps(draws.next()), step);
        store256(y, _mm512_cvtsepi32_epi16(steps16(_mm512_add_ps(scaled(x), noise))));
    }
    scalar::f32_to_i16_dithered(x_tail, y_tail, tail);
}

#[target_feature(enable = "avx2,avx512f")]
pub(super) fn i32_to_i16_dithered(from: &[i32], to: &mut [i16], noise: Noise) {
    let ((x, x_tail), (y, y_tail)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    let (mut draws, tail) = (Draws::new(noise), noise.behind(x.len() * 16));
    let half = _mm512_set1_epi32(0x8000);
    for (x, y) in x.iter().zip(y) {
        let x = load512(x);
        let low = _mm512_and_si512(x, _mm512_set1_epi32(0xFFFF));
        let carry = _mm512_srai_epi32::<16>(_mm512_add_epi32(low, _mm512_add_epi32(draws.next(), half)));
        store256(y, _mm512_cvtsepi32_epi16(_mm512_add_epi32(_mm512_srai_epi32::<16>(x), carry)));
    }
    scalar::i32_to_i16_dithered(x_tail, y_tail, tail);
}
