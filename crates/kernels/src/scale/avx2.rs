//! 8 target samples at a time across, 32 down.

use std::arch::x86_64::*;
use std::ops::Range;

use super::across::{BLOCK, Far, Near};
use super::at;
use crate::x86::{Plain, load64, load128, load256, store128, store256};

/// Samples of 8 bits, 16 bytes at a time.
#[target_feature(enable = "avx2")]
pub(super) fn near_u8(near: &Near, blocks: Range<usize>, source: &[u8], origin: usize, shift: u32, target: &mut [i16]) {
    match (near.pairs, near.step, near.shared) {
        (1, 2, true) => near_u8_of::<1, true>(near, blocks, source, origin, shift, target),
        (2, 2, true) => near_u8_of::<2, true>(near, blocks, source, origin, shift, target),
        (3, 2, true) => near_u8_of::<3, true>(near, blocks, source, origin, shift, target),
        (4, 2, true) => near_u8_of::<4, true>(near, blocks, source, origin, shift, target),
        (5, 2, true) => near_u8_of::<5, true>(near, blocks, source, origin, shift, target),
        (_, _, true) => near_u8_of::<0, true>(near, blocks, source, origin, shift, target),
        (4, 2, false) => near_u8_of::<4, false>(near, blocks, source, origin, shift, target),
        (6, 2, false) => near_u8_of::<6, false>(near, blocks, source, origin, shift, target),
        (_, _, false) => near_u8_of::<0, false>(near, blocks, source, origin, shift, target),
    }
}

/// `PAIRS` of one channel; of 0: as many as `near` says, of any.
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
    let (pairs, step) = if PAIRS == 0 { (near.pairs, near.step) } else { (PAIRS, 2) };
    let reach = (pairs - 1) * step + 16;
    let weights = near.weights[blocks.start * pairs..].chunks_exact(pairs);
    let (targets, _) = target[blocks.start * BLOCK..].as_chunks_mut::<BLOCK>();
    for ((block, weights), target) in near.blocks[blocks].iter().zip(weights).zip(targets) {
        let (low_bytes, high_bytes) = (load256(&block.bytes[0]), load256(&block.bytes[1]));
        let mut low = _mm256_set1_epi32(1 << shift >> 1);
        let mut high = low;
        let [a, b, c, d] = block.bases;
        let (a, c) = (&source[a - origin..][..reach], &source[c - origin..][..reach]);
        let (b, d) = if SHARED { (a, c) } else { (&source[b - origin..][..reach], &source[d - origin..][..reach]) };
        for (pair, [p, q]) in weights.iter().enumerate() {
            let place = pair * step;
            let (s, t) = if SHARED {
                (
                    _mm256_broadcastsi128_si256(load128(at::<_, 16>(a, place))),
                    _mm256_broadcastsi128_si256(load128(at::<_, 16>(c, place))),
                )
            } else {
                let (a, b) = (load128(at::<_, 16>(a, place)), load128(at::<_, 16>(b, place)));
                (both(a, b), both(load128(at::<_, 16>(c, place)), load128(at::<_, 16>(d, place))))
            };
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_shuffle_epi8(s, low_bytes), load256(p)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_shuffle_epi8(t, high_bytes), load256(q)));
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
        let (low_bytes, high_bytes) = (load256(&block.bytes[0]), load256(&block.bytes[1]));
        let mut low = _mm256_set1_epi32(1 << shift >> 1);
        let mut high = low;
        let [a, b, c, d] = block.bases;
        let (a, b) = (&source[a - origin..], &source[b - origin..]);
        let (c, d) = (&source[c - origin..], &source[d - origin..]);
        for (pair, [p, q]) in weights.iter().enumerate() {
            let place = pair * near.step;
            let s = both(load128(at::<_, 8>(a, place)), load128(at::<_, 8>(b, place)));
            let t = both(load128(at::<_, 8>(c, place)), load128(at::<_, 8>(d, place)));
            let s = _mm256_shuffle_epi8(_mm256_sub_epi16(s, bias), low_bytes);
            let t = _mm256_shuffle_epi8(_mm256_sub_epi16(t, bias), high_bytes);
            low = _mm256_add_epi32(low, _mm256_madd_epi16(s, load256(p)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(t, load256(q)));
        }
        store256(target, narrow(low, high, shift));
    }
}

/// Samples of 8 bits in runs.
#[target_feature(enable = "avx2")]
pub(super) fn far_u8(far: &Far, part: Range<usize>, source: &[u8], origin: usize, shift: u32, target: &mut [i16]) {
    match far.run {
        24 => far_u8_of::<24>(far, part, source, origin, shift, target),
        32 => far_u8_of::<32>(far, part, source, origin, shift, target),
        40 => far_u8_of::<40>(far, part, source, origin, shift, target),
        48 => far_u8_of::<48>(far, part, source, origin, shift, target),
        _ => far_u8_of::<0>(far, part, source, origin, shift, target),
    }
}

/// `RUN` of 0: as long as `far` says.
#[inline]
#[target_feature(enable = "avx2")]
fn far_u8_of<const RUN: usize>(
    far: &Far,
    part: Range<usize>,
    source: &[u8],
    origin: usize,
    shift: u32,
    target: &mut [i16],
) {
    let run = if RUN == 0 { far.run } else { RUN };
    let weights = far.weights[part.start * run..].chunks_exact(4 * run);
    let (starts, _) = far.starts[part.clone()].as_chunks::<4>();
    let (targets, _) = target[part.start..].as_chunks_mut::<4>();
    for (([a, b, c, d], weights), target) in starts.iter().zip(weights).zip(targets) {
        let of = |start: usize| &source[start - origin..][..run];
        let ab = _mm256_hadd_epi32(run_u8(of(*a), &weights[..run]), run_u8(of(*b), &weights[run..2 * run]));
        let (c, d) = (run_u8(of(*c), &weights[2 * run..3 * run]), run_u8(of(*d), &weights[3 * run..]));
        *target = four(ab, _mm256_hadd_epi32(c, d), shift);
    }
}

/// Eight sums, which make the one of a run.
#[inline]
#[target_feature(enable = "avx2")]
fn run_u8(source: &[u8], weights: &[i16]) -> __m256i {
    let (mut sum, mut place) = (_mm256_setzero_si256(), 0);
    while place + 16 <= weights.len() {
        let samples = _mm256_cvtepu8_epi16(load128(at::<_, 16>(source, place)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, load256(at::<_, 16>(weights, place))));
        place += 16;
    }
    if place < weights.len() {
        let samples = _mm_cvtepu8_epi16(load64(at::<_, 8>(source, place)));
        let products = _mm_madd_epi16(samples, load128(at::<_, 8>(weights, place)));
        sum = _mm256_add_epi32(sum, _mm256_zextsi128_si256(products));
    }
    sum
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
    match far.run {
        16 => far_u16_of::<16>(far, part, source, origin, bias, shift, target),
        24 => far_u16_of::<24>(far, part, source, origin, bias, shift, target),
        32 => far_u16_of::<32>(far, part, source, origin, bias, shift, target),
        40 => far_u16_of::<40>(far, part, source, origin, bias, shift, target),
        48 => far_u16_of::<48>(far, part, source, origin, bias, shift, target),
        _ => far_u16_of::<0>(far, part, source, origin, bias, shift, target),
    }
}

/// `RUN` of 0: as long as `far` says.
#[inline]
#[target_feature(enable = "avx2")]
fn far_u16_of<const RUN: usize>(
    far: &Far,
    part: Range<usize>,
    source: &[u16],
    origin: usize,
    bias: u16,
    shift: u32,
    target: &mut [i16],
) {
    let run = if RUN == 0 { far.run } else { RUN };
    // The sum of a vector and its operand in memory is one instruction, their difference two.
    let bias = _mm256_set1_epi16(bias.wrapping_neg().cast_signed());
    let weights = far.weights[part.start * run..].chunks_exact(4 * run);
    let (starts, _) = far.starts[part.clone()].as_chunks::<4>();
    let (targets, _) = target[part.start..].as_chunks_mut::<4>();
    for (([a, b, c, d], weights), target) in starts.iter().zip(weights).zip(targets) {
        let of = |start: usize| &source[start - origin..][..run];
        let (a, b) = (run_u16(of(*a), &weights[..run], bias), run_u16(of(*b), &weights[run..2 * run], bias));
        let (c, d) = (run_u16(of(*c), &weights[2 * run..3 * run], bias), run_u16(of(*d), &weights[3 * run..], bias));
        *target = four(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d), shift);
    }
}

/// Eight sums, which make the one of a run; `bias` is added to the samples.
#[inline]
#[target_feature(enable = "avx2")]
fn run_u16(source: &[u16], weights: &[i16], bias: __m256i) -> __m256i {
    let (mut sum, mut place) = (_mm256_setzero_si256(), 0);
    while place + 16 <= weights.len() {
        let samples = _mm256_add_epi16(bias, load256(at::<_, 16>(source, place)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, load256(at::<_, 16>(weights, place))));
        place += 16;
    }
    if place < weights.len() {
        let samples = _mm_add_epi16(_mm256_castsi256_si128(bias), load128(at::<_, 8>(source, place)));
        let products = _mm_madd_epi16(samples, load128(at::<_, 8>(weights, place)));
        sum = _mm256_add_epi32(sum, _mm256_zextsi128_si256(products));
    }
    sum
}

/// The sums of four runs, whose eight sums each are added in pairs.
#[inline]
#[target_feature(enable = "avx2")]
fn four(ab: __m256i, cd: __m256i, shift: u32) -> [i16; 4] {
    let halves = _mm256_hadd_epi32(ab, cd);
    let sums = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
    let scaled = _mm_sra_epi32(_mm_add_epi32(sums, _mm_set1_epi32(1 << shift >> 1)), count(shift));
    let mut eight = [0; 8];
    store128(&mut eight, _mm_packs_epi32(scaled, scaled));
    let [a, b, c, d, ..] = eight;
    [a, b, c, d]
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
