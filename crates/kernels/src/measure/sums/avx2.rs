//! AVX2. Vectors of 32-bit sums are emptied into 64 bits before they can overflow: after a piece of a row.

use std::arch::x86_64::*;

use super::scalar;
use crate::Plane;
use crate::x86::load256;

#[target_feature(enable = "avx2")]
pub(super) fn sse_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    // A lane gets up to 4 * 255^2 for every 32 samples, which fits for 4 pieces.
    const PIECE: usize = 32 * 4096;
    let own = last_of::<u8, 32>(a.width());
    let (mut sum, mut lanes, mut rest) = (_mm256_setzero_si256(), _mm256_setzero_si256(), 0);
    let mut taken = 0;
    for y in 0..a.height() {
        let (mut a, mut b) = (a.row(y), b.row(y));
        while let (Some((a_piece, a_next)), Some((b_piece, b_next))) =
            (a.split_at_checked(PIECE), b.split_at_checked(PIECE))
        {
            sum = _mm256_add_epi64(sum, widen(squares_u8(a_piece, b_piece, own).0));
            (a, b) = (a_next, b_next);
        }
        let (squares, others) = squares_u8(a, b, own);
        lanes = _mm256_add_epi32(lanes, squares);
        rest += others;
        taken += a.len();
        if taken > PIECE {
            sum = _mm256_add_epi64(sum, widen(lanes));
            (lanes, taken) = (_mm256_setzero_si256(), 0);
        }
    }
    total(_mm256_add_epi64(sum, widen(lanes))) + rest
}

/// Of a row, eight sums; and what they lack where it is shorter than a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn squares_u8(a: &[u8], b: &[u8], own: __m256i) -> (__m256i, u64) {
    let square = |distance: __m256i| {
        let low = _mm256_unpacklo_epi8(distance, _mm256_setzero_si256());
        let high = _mm256_unpackhi_epi8(distance, _mm256_setzero_si256());
        _mm256_add_epi32(_mm256_madd_epi16(low, low), _mm256_madd_epi16(high, high))
    };
    let ((vectors, a_end), (b_vectors, b_end)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    let mut lanes = _mm256_setzero_si256();
    for (a, b) in vectors.iter().zip(b_vectors) {
        lanes = _mm256_add_epi32(lanes, square(distance_u8(load256(a), load256(b))));
    }
    if a_end.is_empty() {
        return (lanes, 0);
    }
    let (Some(a), Some(b)) = (a.last_chunk::<32>(), b.last_chunk::<32>()) else {
        return (lanes, scalar::sse_row(a_end, b_end));
    };
    let distance = _mm256_and_si256(distance_u8(load256(a), load256(b)), own);
    (_mm256_add_epi32(lanes, square(distance)), 0)
}

#[target_feature(enable = "avx2")]
pub(super) fn sse_u16(a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    // A lane gets up to 33 * 2 * distance^2 of a piece: fits for distances below 2^13, thus always up to 13 bits.
    const PIECE: usize = 16 * 32;
    let own = last_of::<u16, 16>(a.width());
    let (mut sum, mut rest) = (_mm256_setzero_si256(), 0);
    for y in 0..a.height() {
        let (mut a, mut b) = (a.row(y), b.row(y));
        while let (Some((a_piece, a_next)), Some((b_piece, b_next))) =
            (a.split_at_checked(PIECE), b.split_at_checked(PIECE))
        {
            sum = _mm256_add_epi64(sum, squares_u16(a_piece, b_piece, own).0);
            (a, b) = (a_next, b_next);
        }
        let (squares, others) = squares_u16(a, b, own);
        sum = _mm256_add_epi64(sum, squares);
        rest += others;
    }
    total(sum) + rest
}

/// Of a piece of a row, four sums; and what they lack where it is shorter than a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn squares_u16(a: &[u16], b: &[u16], own: __m256i) -> (__m256i, u64) {
    let large = _mm256_set1_epi16(i16::MIN >> 2);
    let ((vectors, a_end), (b_vectors, b_end)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut lanes = _mm256_setzero_si256();
    let mut bits = _mm256_setzero_si256();
    for (a, b) in vectors.iter().zip(b_vectors) {
        let distance = distance_u16(load256(a), load256(b));
        bits = _mm256_or_si256(bits, distance);
        lanes = _mm256_add_epi32(lanes, _mm256_madd_epi16(distance, distance));
    }
    let (mut end, mut rest) = (_mm256_setzero_si256(), 0);
    if let (Some(a), Some(b), false) = (a.last_chunk::<16>(), b.last_chunk::<16>(), a_end.is_empty()) {
        end = _mm256_and_si256(distance_u16(load256(a), load256(b)), own);
        bits = _mm256_or_si256(bits, end);
        lanes = _mm256_add_epi32(lanes, _mm256_madd_epi16(end, end));
    } else {
        rest = scalar::sse_row(a_end, b_end);
    }
    if _mm256_testz_si256(bits, large) == 1 {
        return (widen(lanes), rest);
    }
    (_mm256_add_epi64(large_squares(vectors, b_vectors), large_square(end)), rest)
}

/// The same for distances of up to 16 bits.
#[target_feature(enable = "avx2")]
fn large_squares(a: &[[u16; 16]], b: &[[u16; 16]]) -> __m256i {
    let mut sum = _mm256_setzero_si256();
    for (a, b) in a.iter().zip(b) {
        sum = _mm256_add_epi64(sum, large_square(distance_u16(load256(a), load256(b))));
    }
    sum
}

#[inline]
#[target_feature(enable = "avx2")]
fn large_square(distance: __m256i) -> __m256i {
    let (low, high) = (_mm256_mullo_epi16(distance, distance), _mm256_mulhi_epu16(distance, distance));
    let (even, odd) = (_mm256_unpacklo_epi16(low, high), _mm256_unpackhi_epi16(low, high));
    _mm256_add_epi64(widen(even), widen(odd))
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

/// Of the last `N` samples of a row, 32 bytes, those that whole vectors leave.
#[inline]
#[target_feature(enable = "avx2")]
fn last_of<T, const N: usize>(width: usize) -> __m256i {
    const { assert!(size_of::<[T; N]>() == 32) }
    const WINDOW: [u8; 64] = {
        let mut window = [0; 64];
        let mut at = 32;
        while at < 64 {
            window[at] = 0xFF;
            at += 1;
        }
        window
    };
    let left = width % N * size_of::<T>();
    WINDOW[left..].first_chunk::<32>().map_or(_mm256_setzero_si256(), |own| load256(own))
}

#[inline]
#[target_feature(enable = "avx2")]
fn distance_u8(a: __m256i, b: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a))
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
