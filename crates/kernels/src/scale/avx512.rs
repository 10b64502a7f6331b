//! 8-bit samples: up to 16 target samples at a time across, four taps of each, and 64 down where taps are many.

use std::arch::x86_64::*;

use super::at;
use super::windows::{Pattern, Shape, VECTOR, Windows};
use crate::x86::{load512, load512_part, store64, store128, store256, store512};

/// A row across.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn across(windows: &Windows, source: &[u8], shift: u32, target: &mut [i16]) {
    match (windows.shape, windows.vectors) {
        (Shape::Sixteen, 1) => sixteen::<1, false>(windows, source, shift, target),
        (Shape::Sixteen, 2) => sixteen::<2, false>(windows, source, shift, target),
        (Shape::Sixteen, 3) => sixteen::<3, false>(windows, source, shift, target),
        (Shape::Sixteen, _) => sixteen::<0, false>(windows, source, shift, target),
        (Shape::SixteenOfTwo, _) => sixteen::<0, true>(windows, source, shift, target),
        (Shape::Eight, 3) => eight::<3, false>(windows, source, shift, target),
        (Shape::Eight, _) => eight::<0, false>(windows, source, shift, target),
        (Shape::EightOfTwo, 5) => eight::<5, true>(windows, source, shift, target),
        (Shape::EightOfTwo, _) => eight::<0, true>(windows, source, shift, target),
        (Shape::FourOfTwo, _) => four(windows, source, shift, target),
    }
}

/// `VECTORS` of 0: as many as `windows` says. `TWO`: a block reads two vectors.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn sixteen<const VECTORS: usize, const TWO: bool>(windows: &Windows, source: &[u8], shift: u32, target: &mut [i16]) {
    let rounding = _mm512_set1_epi32(1 << shift >> 1);
    blocks::<VECTORS, 16, TWO>(windows, source, rounding, target, |sums, target| {
        store256(target, _mm512_cvtsepi32_epi16(_mm512_sra_epi32(sums, count(shift))));
    });
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn eight<const VECTORS: usize, const TWO: bool>(windows: &Windows, source: &[u8], shift: u32, target: &mut [i16]) {
    let rounding = _mm512_maskz_set1_epi32(0xFF, 1 << shift >> 1);
    blocks::<VECTORS, 8, TWO>(windows, source, rounding, target, |sums, target| {
        store128(target, _mm256_cvtsepi32_epi16(_mm256_sra_epi32(folded(sums), count(shift))));
    });
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn four(windows: &Windows, source: &[u8], shift: u32, target: &mut [i16]) {
    let rounding = _mm512_maskz_set1_epi32(0xF, 1 << shift >> 1);
    blocks::<0, 4, true>(windows, source, rounding, target, |sums, target| {
        let sums = folded(sums);
        let sums = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
        store64(target, _mm_cvtsepi32_epi16(_mm_sra_epi32(sums, count(shift))));
    });
}

/// `write` stores what the 16 sums of a block make, to which those of `start` are added.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blocks<const VECTORS: usize, const COUNT: usize, const TWO: bool>(
    windows: &Windows,
    source: &[u8],
    start: __m512i,
    target: &mut [i16],
    write: impl Fn(__m512i, &mut [i16; COUNT]),
) {
    let vectors = if VECTORS == 0 { windows.vectors } else { VECTORS };
    #[expect(clippy::cast_possible_wrap, reason = "bits, not a number")]
    let step = _mm512_set1_epi8(windows.step as i8);
    for ((base, pattern), target) in windows.blocks.iter().zip(target.as_chunks_mut().0) {
        let Pattern { bytes, weights } = &windows.patterns[*pattern];
        let source = &source[*base..];
        let first = some(source);
        let second = if TWO { some(source.get(VECTOR..).unwrap_or_default()) } else { first };
        let mut bytes = load512(bytes);
        let (mut low_sums, mut high_sums) = (start, _mm512_setzero_si512());
        for [low, high] in &weights[..vectors] {
            let samples = if TWO {
                _mm512_permutex2var_epi8(first, bytes, second)
            } else {
                _mm512_permutexvar_epi8(bytes, first)
            };
            low_sums = _mm512_dpbusd_epi32(low_sums, samples, load512(low));
            high_sums = _mm512_dpbusd_epi32(high_sums, samples, load512(high));
            bytes = _mm512_add_epi8(bytes, step);
        }
        write(_mm512_add_epi32(low_sums, _mm512_slli_epi32::<8>(high_sums)), target);
    }
}

/// The first 64 bytes, or what there is and zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn some(source: &[u8]) -> __m512i {
    source.first_chunk::<VECTOR>().map_or_else(|| load512_part(source), |whole| load512(whole))
}

/// The sum of both halves.
#[inline]
#[target_feature(enable = "avx2,avx512f")]
fn folded(sums: __m512i) -> __m256i {
    _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums))
}

#[inline]
#[target_feature(enable = "avx2")]
fn count(shift: u32) -> __m128i {
    _mm_cvtsi32_si128(shift.cast_signed())
}

/// Rows weighed by sums of whole products.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
pub(super) fn down(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    columns(target, |x| {
        let mut sums = [_mm512_set1_epi32(1 << shift >> 1); 4];
        for (pair, [first, second]) in weights.as_chunks::<2>().0.iter().enumerate() {
            let both = _mm512_set1_epi32(i32::from(*second) << 16 | i32::from(first.cast_unsigned()));
            let a = at::<_, VECTOR>(rows, 2 * pair * stride + x).as_chunks::<32>().0;
            let b = at::<_, VECTOR>(rows, (2 * pair + 1) * stride + x).as_chunks::<32>().0;
            let ([a, c], [b, d]) = ([load512(&a[0]), load512(&a[1])], [load512(&b[0]), load512(&b[1])]);
            sums[0] = _mm512_dpwssd_epi32(sums[0], _mm512_unpacklo_epi16(a, b), both);
            sums[1] = _mm512_dpwssd_epi32(sums[1], _mm512_unpackhi_epi16(a, b), both);
            sums[2] = _mm512_dpwssd_epi32(sums[2], _mm512_unpacklo_epi16(c, d), both);
            sums[3] = _mm512_dpwssd_epi32(sums[3], _mm512_unpackhi_epi16(c, d), both);
        }
        let scaled = |sums| _mm512_sra_epi32(sums, count(shift));
        let low = _mm512_packs_epi32(scaled(sums[0]), scaled(sums[1]));
        let high = _mm512_packs_epi32(scaled(sums[2]), scaled(sums[3]));
        ordered(_mm512_packus_epi16(low, high))
    });
}

/// Each whole vector of the target, and the last one by way of the stack.
#[inline]
#[target_feature(enable = "avx512f")]
fn columns(target: &mut [u8], value: impl Fn(usize) -> __m512i) {
    let (whole, rest) = target.as_chunks_mut::<VECTOR>();
    let done = whole.len() * VECTOR;
    for (i, target) in whole.iter_mut().enumerate() {
        store512(target, value(i * VECTOR));
    }
    if !rest.is_empty() {
        let mut last = [0; VECTOR];
        store512(&mut last, value(done));
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// What a pack of two vectors left by lanes, in order.
#[inline]
#[target_feature(enable = "avx512f")]
fn ordered(packed: __m512i) -> __m512i {
    _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), packed)
}
