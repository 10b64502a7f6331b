//! AVX2. Vectors of 32-bit sums are emptied into 64 bits before they can overflow: after a piece of a row.

use std::arch::x86_64::*;

use super::scalar;
use crate::Plane;
use crate::x86::load256;

#[target_feature(enable = "avx2")]
pub(super) fn sse_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    // A lane gets up to 4 * 255^2 for every 32 samples.
    const PIECE: usize = 32 * 4096;
    let mut sum = _mm256_setzero_si256();
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        for (a, b) in a.chunks(PIECE).zip(b.chunks(PIECE)) {
            let ((a, a_end), (b, b_end)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
            let mut lanes = _mm256_setzero_si256();
            for (a, b) in a.iter().zip(b) {
                let (a, b) = (load256(a), load256(b));
                let distance = _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
                let low = _mm256_unpacklo_epi8(distance, _mm256_setzero_si256());
                let high = _mm256_unpackhi_epi8(distance, _mm256_setzero_si256());
                let squares = _mm256_add_epi32(_mm256_madd_epi16(low, low), _mm256_madd_epi16(high, high));
                lanes = _mm256_add_epi32(lanes, squares);
            }
            sum = _mm256_add_epi64(sum, widen(lanes));
            rest += scalar::sse_row(a_end, b_end);
        }
    }
    total(sum) + rest
}

#[target_feature(enable = "avx2")]
pub(super) fn sse_u16(a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    // A lane gets up to 32 * 2 * distance^2 of a piece: fits for distances below 2^13, thus always up to 13 bits.
    const PIECE: usize = 16 * 32;
    let large = _mm256_set1_epi16(i16::MIN >> 2);
    let mut sum = _mm256_setzero_si256();
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        for (a, b) in a.chunks(PIECE).zip(b.chunks(PIECE)) {
            let ((a, a_end), (b, b_end)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
            let mut lanes = _mm256_setzero_si256();
            let mut bits = _mm256_setzero_si256();
            for (a, b) in a.iter().zip(b) {
                let distance = distance_u16(load256(a), load256(b));
                bits = _mm256_or_si256(bits, distance);
                lanes = _mm256_add_epi32(lanes, _mm256_madd_epi16(distance, distance));
            }
            sum = if _mm256_testz_si256(bits, large) == 1 {
                _mm256_add_epi64(sum, widen(lanes))
            } else {
                _mm256_add_epi64(sum, large_squares(a, b))
            };
            rest += scalar::sse_row(a_end, b_end);
        }
    }
    total(sum) + rest
}

/// The same for distances of up to 16 bits.
#[target_feature(enable = "avx2")]
fn large_squares(a: &[[u16; 16]], b: &[[u16; 16]]) -> __m256i {
    let mut sum = _mm256_setzero_si256();
    for (a, b) in a.iter().zip(b) {
        let distance = distance_u16(load256(a), load256(b));
        let (low, high) = (_mm256_mullo_epi16(distance, distance), _mm256_mulhi_epu16(distance, distance));
        sum = _mm256_add_epi64(sum, widen(_mm256_unpacklo_epi16(low, high)));
        sum = _mm256_add_epi64(sum, widen(_mm256_unpackhi_epi16(low, high)));
    }
    sum
}

#[target_feature(enable = "avx2")]
pub(super) fn sad_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    let mut sum = _mm256_setzero_si256();
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        let ((a, a_end), (b, b_end)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
        for (a, b) in a.iter().zip(b) {
            sum = _mm256_add_epi64(sum, _mm256_sad_epu8(load256(a), load256(b)));
        }
        rest += scalar::sad_row(a_end, b_end);
    }
    total(sum) + rest
}

#[target_feature(enable = "avx2")]
pub(super) fn sad_u16(a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    // Distances are added less 2^15 each, so that they are signed: a lane gets down to -2^16 for every 16 samples.
    const PIECE: usize = 16 * 8192;
    let (middle, ones) = (_mm256_set1_epi16(i16::MIN), _mm256_set1_epi16(1));
    let mut sum = _mm256_setzero_si256();
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        for (a, b) in a.chunks(PIECE).zip(b.chunks(PIECE)) {
            let ((a, a_end), (b, b_end)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
            let mut lanes = _mm256_setzero_si256();
            for (a, b) in a.iter().zip(b) {
                let distance = _mm256_xor_si256(distance_u16(load256(a), load256(b)), middle);
                lanes = _mm256_add_epi32(lanes, _mm256_madd_epi16(distance, ones));
            }
            // What was taken, at most 2^29 a lane, is given back.
            #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most 8192 vectors")]
            let taken = _mm256_set1_epi32((a.len() as i32) << 16);
            sum = _mm256_add_epi64(sum, widen(_mm256_add_epi32(lanes, taken)));
            rest += scalar::sad_row(a_end, b_end);
        }
    }
    total(sum) + rest
}

#[target_feature(enable = "avx2")]
pub(super) fn count_below_u8(plane: Plane<'_, u8>, threshold: u8) -> u64 {
    // A lane counts to 255.
    const PIECE: usize = 32 * 255;
    let limit = _mm256_set1_epi8(threshold.cast_signed());
    let mut sum = _mm256_setzero_si256();
    let mut rest = 0;
    for row in plane.rows() {
        for piece in row.chunks(PIECE) {
            let (vectors, end) = piece.as_chunks::<32>();
            let mut lanes = _mm256_setzero_si256();
            for samples in vectors {
                let samples = load256(samples);
                lanes = _mm256_sub_epi8(lanes, _mm256_cmpeq_epi8(_mm256_min_epu8(samples, limit), samples));
            }
            sum = _mm256_add_epi64(sum, _mm256_sad_epu8(lanes, _mm256_setzero_si256()));
            rest += scalar::count_row(end, threshold);
        }
    }
    total(sum) + rest
}

#[target_feature(enable = "avx2")]
pub(super) fn count_below_u16(plane: Plane<'_, u16>, threshold: u16) -> u64 {
    // A lane counts to 2^15 - 1, signed.
    const PIECE: usize = 16 * 32_767;
    let limit = _mm256_set1_epi16(threshold.cast_signed());
    let mut sum = _mm256_setzero_si256();
    let mut rest = 0;
    for row in plane.rows() {
        for piece in row.chunks(PIECE) {
            let (vectors, end) = piece.as_chunks::<16>();
            let mut lanes = _mm256_setzero_si256();
            for samples in vectors {
                let samples = load256(samples);
                lanes = _mm256_sub_epi16(lanes, _mm256_cmpeq_epi16(_mm256_min_epu16(samples, limit), samples));
            }
            sum = _mm256_add_epi64(sum, widen(_mm256_madd_epi16(lanes, _mm256_set1_epi16(1))));
            rest += scalar::count_row(end, threshold);
        }
    }
    total(sum) + rest
}

#[inline]
#[target_feature(enable = "avx2")]
fn distance_u16(a: __m256i, b: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_subs_epu16(a, b), _mm256_subs_epu16(b, a))
}

/// Eight unsigned 32-bit numbers, added in pairs to 64 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn widen(lanes: __m256i) -> __m256i {
    let even = _mm256_and_si256(lanes, _mm256_set1_epi64x(0xFFFF_FFFF));
    _mm256_add_epi64(even, _mm256_srli_epi64::<32>(lanes))
}

#[inline]
#[target_feature(enable = "avx2")]
fn total(sum: __m256i) -> u64 {
    let pair = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    (_mm_cvtsi128_si64(pair) + _mm_extract_epi64::<1>(pair)).cast_unsigned()
}
