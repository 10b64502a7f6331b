//! 8 target samples at a time across, 32 down.

use std::arch::x86_64::*;
use std::ops::Range;

use super::across::{BLOCK, Far, Near};
use crate::x86::{Plain, load64, load128, load256, store128, store256};

/// Samples of 8 bits, 16 bytes at a time.
#[target_feature(enable = "avx2")]
pub(super) fn near_u8(near: &Near, blocks: Range<usize>, source: &[u8], origin: usize, shift: u32, target: &mut [i16]) {
    match (near.pairs, near.shared) {
        (1, true) => near_u8_of::<1, true>(near, blocks, source, origin, shift, target),
        (2, true) => near_u8_of::<2, true>(near, blocks, source, origin, shift, target),
        (3, true) => near_u8_of::<3, true>(near, blocks, source, origin, shift, target),
        (4, true) => near_u8_of::<4, true>(near, blocks, source, origin, shift, target),
        (_, true) => near_u8_of::<0, true>(near, blocks, source, origin, shift, target),
        (_, false) => near_u8_of::<0, false>(near, blocks, source, origin, shift, target),
    }
}

/// `PAIRS` of 0: as many as `near` says.
#[inline]
#[target_feature(enable = "avx2")]
fn near_u8_of<const PAIRS: usize, const SHARED: bool>(
    near: &Near,
    blocks: Range<usize>,
    source: &[u8],
    origin: usize,
    shift: u32,
    target: &mut [i16],
) {
    let pairs = if PAIRS == 0 { near.pairs } else { PAIRS };
    let weights = near.weights[blocks.start * pairs..].chunks_exact(pairs);
    let (targets, _) = target[blocks.start * BLOCK..].as_chunks_mut::<BLOCK>();
    for ((block, weights), target) in near.blocks[blocks].iter().zip(weights).zip(targets) {
        let [a, b, c, d] = &block.bytes;
        let (low_bytes, high_bytes) = (both(load128(a), load128(b)), both(load128(c), load128(d)));
        let mut low = _mm256_set1_epi32(1 << shift >> 1);
        let mut high = low;
        let quads = block.bases.map(|base| &source[base - origin..]);
        for (pair, [a, b, c, d]) in weights.iter().enumerate() {
            let samples = |quad: usize| load128(at::<_, 16>(quads[quad], pair * near.step));
            let (s, t) = if SHARED {
                (_mm256_broadcastsi128_si256(samples(0)), _mm256_broadcastsi128_si256(samples(2)))
            } else {
                (both(samples(0), samples(1)), both(samples(2), samples(3)))
            };
            let (p, q) = (both(load128(a), load128(b)), both(load128(c), load128(d)));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_shuffle_epi8(s, low_bytes), p));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_shuffle_epi8(t, high_bytes), q));
        }
        store256(target, narrow(low, high, shift));
    }
}

/// Samples of 16 bits: 8 of them are 16 bytes.
#[target_feature(enable = "avx2")]
pub(super) fn near_u16(
    near: &Near,
    blocks: Range<usize>,
    source: &[u16],
    origin: usize,
    bias: u16,
    shift: u32,
    target: &mut [i16],
) {
    let bias = _mm256_set1_epi16(bias.cast_signed());
    let weights = near.weights[blocks.start * near.pairs..].chunks_exact(near.pairs);
    let (targets, _) = target[blocks.start * BLOCK..].as_chunks_mut::<BLOCK>();
    for ((block, weights), target) in near.blocks[blocks].iter().zip(weights).zip(targets) {
        let [a, b, c, d] = &block.bytes;
        let (low_bytes, high_bytes) = (both(load128(a), load128(b)), both(load128(c), load128(d)));
        let mut low = _mm256_set1_epi32(1 << shift >> 1);
        let mut high = low;
        let quads = block.bases.map(|base| &source[base - origin..]);
        for (pair, [a, b, c, d]) in weights.iter().enumerate() {
            let samples = |quad: usize| load128(at::<_, 8>(quads[quad], pair * near.step));
            let s = _mm256_sub_epi16(both(samples(0), samples(1)), bias);
            let t = _mm256_sub_epi16(both(samples(2), samples(3)), bias);
            let (p, q) = (both(load128(a), load128(b)), both(load128(c), load128(d)));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_shuffle_epi8(s, low_bytes), p));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_shuffle_epi8(t, high_bytes), q));
        }
        store256(target, narrow(low, high, shift));
    }
}

/// Samples of 8 bits in runs.
#[target_feature(enable = "avx2")]
pub(super) fn far_u8(far: &Far, part: Range<usize>, source: &[u8], origin: usize, shift: u32, target: &mut [i16]) {
    let sum = |start: usize, weights: &[i16]| {
        let (sixteens, eight) = weights.as_chunks::<16>();
        let (bytes, last) = source[start - origin..][..weights.len()].as_chunks::<16>();
        let mut sum = match (eight.first_chunk::<8>(), last.first_chunk::<8>()) {
            (Some(weights), Some(bytes)) => {
                let samples = _mm_cvtepu8_epi16(load64(bytes));
                _mm256_zextsi128_si256(_mm_madd_epi16(samples, load128(weights)))
            }
            _ => _mm256_setzero_si256(),
        };
        for (weights, bytes) in sixteens.iter().zip(bytes) {
            let samples = _mm256_cvtepu8_epi16(load128(bytes));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, load256(weights)));
        }
        sum
    };
    runs(far, part, shift, target, sum);
}

/// Samples of 16 bits in runs.
#[target_feature(enable = "avx2")]
pub(super) fn far_u16(
    far: &Far,
    part: Range<usize>,
    source: &[u16],
    origin: usize,
    bias: u16,
    shift: u32,
    target: &mut [i16],
) {
    let bias = bias.cast_signed();
    let sum = |start: usize, weights: &[i16]| {
        let (sixteens, eight) = weights.as_chunks::<16>();
        let (samples, last) = source[start - origin..][..weights.len()].as_chunks::<16>();
        let mut sum = match (eight.first_chunk::<8>(), last.first_chunk::<8>()) {
            (Some(weights), Some(samples)) => {
                let samples = _mm_sub_epi16(load128(samples), _mm_set1_epi16(bias));
                _mm256_zextsi128_si256(_mm_madd_epi16(samples, load128(weights)))
            }
            _ => _mm256_setzero_si256(),
        };
        for (weights, samples) in sixteens.iter().zip(samples) {
            let samples = _mm256_sub_epi16(load256(samples), _mm256_set1_epi16(bias));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, load256(weights)));
        }
        sum
    };
    runs(far, part, shift, target, sum);
}

/// Four target samples at a time, each of which `sum` makes eight sums of.
#[inline]
#[target_feature(enable = "avx2")]
fn runs(far: &Far, part: Range<usize>, shift: u32, target: &mut [i16], sum: impl Fn(usize, &[i16]) -> __m256i) {
    let weights = far.weights[part.start * far.run..].chunks_exact(4 * far.run);
    let (starts, _) = far.starts[part.clone()].as_chunks::<4>();
    let (targets, _) = target[part.start..].as_chunks_mut::<4>();
    for ((starts, weights), target) in starts.iter().zip(weights).zip(targets) {
        let of = |i: usize| sum(starts[i], &weights[i * far.run..][..far.run]);
        let pairs = (_mm256_hadd_epi32(of(0), of(1)), _mm256_hadd_epi32(of(2), of(3)));
        let halves = _mm256_hadd_epi32(pairs.0, pairs.1);
        let sums = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
        let rounded = _mm_add_epi32(sums, _mm_set1_epi32(1 << shift >> 1));
        let scaled = _mm_sra_epi32(rounded, count(shift));
        let mut eight = [0i16; 8];
        store128(&mut eight, _mm_packs_epi32(scaled, scaled));
        target.copy_from_slice(&eight[..4]);
    }
}

/// Rows weighed by products rounded to 16 bits each.
#[target_feature(enable = "avx2")]
pub(super) fn down_rounded(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    match weights.len() {
        2 => down_rounded_of::<2>(rows, stride, weights, shift, target),
        4 => down_rounded_of::<4>(rows, stride, weights, shift, target),
        6 => down_rounded_of::<6>(rows, stride, weights, shift, target),
        8 => down_rounded_of::<8>(rows, stride, weights, shift, target),
        _ => down_rounded_of::<0>(rows, stride, weights, shift, target),
    }
}

/// `TAPS` of 0: as many as there are weights.
#[inline]
#[target_feature(enable = "avx2")]
fn down_rounded_of<const TAPS: usize>(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    let taps = if TAPS == 0 { weights.len() } else { TAPS };
    let weights = &weights[..taps];
    let rounding = _mm256_set1_epi16(1 << shift >> 1);
    columns::<_, 32>(target, |x| {
        let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (tap, weight) in weights.iter().enumerate() {
            let (halves, _) = at::<_, 32>(rows, tap * stride + x).as_chunks::<16>();
            let weight = _mm256_set1_epi16(*weight);
            low = _mm256_adds_epi16(low, _mm256_mulhrs_epi16(load256(&halves[0]), weight));
            high = _mm256_adds_epi16(high, _mm256_mulhrs_epi16(load256(&halves[1]), weight));
        }
        let low = _mm256_sra_epi16(_mm256_adds_epi16(low, rounding), count(shift));
        let high = _mm256_sra_epi16(_mm256_adds_epi16(high, rounding), count(shift));
        _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(low, high))
    });
}

/// Rows weighed by sums of whole products, to samples of 8 bits.
#[target_feature(enable = "avx2")]
pub(super) fn down_u8(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    columns::<_, 32>(target, |x| {
        let low = sixteen(rows, stride, weights, shift, x);
        let high = sixteen(rows, stride, weights, shift, x + 16);
        _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(
            _mm256_packs_epi32(low.0, low.1),
            _mm256_packs_epi32(high.0, high.1),
        ))
    });
}

/// The same to samples of 16 bits, of which the greatest is `max`.
#[target_feature(enable = "avx2")]
pub(super) fn down_u16(
    rows: &[i16],
    stride: usize,
    weights: &[i16],
    (bias, max): (i32, u16),
    shift: u32,
    target: &mut [u16],
) {
    let (bias, max) = (_mm256_set1_epi32(bias), _mm256_set1_epi16(max.cast_signed()));
    columns::<_, 16>(target, |x| {
        let (low, high) = sixteen(rows, stride, weights, shift, x);
        let packed = _mm256_packus_epi32(_mm256_add_epi32(low, bias), _mm256_add_epi32(high, bias));
        _mm256_min_epu16(packed, max)
    });
}

/// 16 columns from `x`, scaled: those of each lane in the order in which a pack of both sorts them.
#[inline]
#[target_feature(enable = "avx2")]
fn sixteen(rows: &[i16], stride: usize, weights: &[i16], shift: u32, x: usize) -> (__m256i, __m256i) {
    let mut low = _mm256_set1_epi32(1 << shift >> 1);
    let mut high = low;
    let (pairs, _) = weights.as_chunks::<2>();
    for (pair, [first, second]) in pairs.iter().enumerate() {
        let both = _mm256_set1_epi32(i32::from(*second) << 16 | i32::from(first.cast_unsigned()));
        let a = load256(at::<_, 16>(rows, 2 * pair * stride + x));
        let b = load256(at::<_, 16>(rows, (2 * pair + 1) * stride + x));
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), both));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), both));
    }
    (_mm256_sra_epi32(low, count(shift)), _mm256_sra_epi32(high, count(shift)))
}

/// Each whole vector of the target, and the last one by way of the stack.
#[inline]
#[target_feature(enable = "avx2")]
fn columns<T: Plain + Default, const N: usize>(target: &mut [T], value: impl Fn(usize) -> __m256i) {
    let (whole, rest) = target.as_chunks_mut::<N>();
    let done = whole.len() * N;
    for (i, target) in whole.iter_mut().enumerate() {
        store256(target, value(i * N));
    }
    if !rest.is_empty() {
        let mut last = [T::default(); N];
        store256(&mut last, value(done));
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// 16 sums as 16 bits, in order.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow(low: __m256i, high: __m256i, shift: u32) -> __m256i {
    let packed = _mm256_packs_epi32(_mm256_sra_epi32(low, count(shift)), _mm256_sra_epi32(high, count(shift)));
    _mm256_permute4x64_epi64::<0b11_01_10_00>(packed)
}

#[inline]
#[target_feature(enable = "avx2")]
fn count(shift: u32) -> __m128i {
    _mm_cvtsi32_si128(shift.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn both(low: __m128i, high: __m128i) -> __m256i {
    _mm256_set_m128i(high, low)
}

/// The `N` from `index`.
#[inline]
fn at<T, const N: usize>(slice: &[T], index: usize) -> &[T; N] {
    &slice[index..index + N].as_chunks::<N>().0[0]
}
