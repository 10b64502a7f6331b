//! Two channels by unpacking; three to eight as 4 x 4 transpositions.
//!
//! Five to eight channels are two groups of four that overlap: channels 0 to 3, and the last four. So no load and no store
//! reaches beyond a frame. A group of three channels reaches one sample into the next frame, except in the last frame of
//! a block.

use std::arch::x86_64::*;

use super::{groups, scalar};
use crate::x86::{Plain, halves, load64, load128, load256, store64, store128, store256};

/// Frames of a block.
const FRAMES: usize = 8;

#[target_feature(enable = "avx2")]
pub(super) fn interleave32<T: Plain + Default>(from: &[&[T]], at: usize, to: &mut [T]) {
    match from {
        [left, right] => interleave32_pair(left, right, at, to),
        [_, _, _] => interleave32_groups::<T, 3>(from, at, to),
        [_, _, _, _] => interleave32_groups::<T, 4>(from, at, to),
        [_, _, _, _, _] => interleave32_groups::<T, 5>(from, at, to),
        [_, _, _, _, _, _] => interleave32_groups::<T, 6>(from, at, to),
        [_, _, _, _, _, _, _] => interleave32_groups::<T, 7>(from, at, to),
        [_, _, _, _, _, _, _, _] => interleave32_groups::<T, 8>(from, at, to),
        _ => scalar::interleave(from, at, to),
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn deinterleave32<T: Plain + Default>(from: &[T], to: &mut [&mut [T]], at: usize) {
    match to {
        [left, right] => deinterleave32_pair(from, left, right, at),
        [_, _, _] => deinterleave32_groups::<T, 3>(from, to, at),
        [_, _, _, _] => deinterleave32_groups::<T, 4>(from, to, at),
        [_, _, _, _, _] => deinterleave32_groups::<T, 5>(from, to, at),
        [_, _, _, _, _, _] => deinterleave32_groups::<T, 6>(from, to, at),
        [_, _, _, _, _, _, _] => deinterleave32_groups::<T, 7>(from, to, at),
        [_, _, _, _, _, _, _, _] => deinterleave32_groups::<T, 8>(from, to, at),
        _ => scalar::deinterleave(from, to, at),
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn interleave16(from: &[&[i16]], at: usize, to: &mut [i16]) {
    match from {
        [left, right] => interleave16_pair(left, right, at, to),
        [_, _, _] => interleave16_groups::<3>(from, at, to),
        [_, _, _, _] => interleave16_groups::<4>(from, at, to),
        [_, _, _, _, _] => interleave16_groups::<5>(from, at, to),
        [_, _, _, _, _, _] => interleave16_groups::<6>(from, at, to),
        [_, _, _, _, _, _, _] => interleave16_groups::<7>(from, at, to),
        [_, _, _, _, _, _, _, _] => interleave16_groups::<8>(from, at, to),
        _ => scalar::interleave(from, at, to),
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn deinterleave16(from: &[i16], to: &mut [&mut [i16]], at: usize) {
    match to {
        [left, right] => deinterleave16_pair(from, left, right, at),
        [_, _, _] => deinterleave16_groups::<3>(from, to, at),
        [_, _, _, _] => deinterleave16_groups::<4>(from, to, at),
        [_, _, _, _, _] => deinterleave16_groups::<5>(from, to, at),
        [_, _, _, _, _, _] => deinterleave16_groups::<6>(from, to, at),
        [_, _, _, _, _, _, _] => deinterleave16_groups::<7>(from, to, at),
        [_, _, _, _, _, _, _, _] => deinterleave16_groups::<8>(from, to, at),
        _ => scalar::deinterleave(from, to, at),
    }
}

#[target_feature(enable = "avx2")]
fn interleave32_pair<T: Plain>(left: &[T], right: &[T], at: usize, to: &mut [T]) {
    let (blocks, tail) = to.as_chunks_mut::<16>();
    let whole = blocks.len() * FRAMES;
    let (left, right) = (&left[at..][..whole + tail.len() / 2], &right[at..][..whole + tail.len() / 2]);
    for ((l, r), to) in left.as_chunks().0.iter().zip(right.as_chunks().0).zip(blocks) {
        let (l, r) = (load256::<T, 8>(l), load256::<T, 8>(r));
        let (low, high) = (_mm256_unpacklo_epi32(l, r), _mm256_unpackhi_epi32(l, r));
        let [first, second] = halves_mut(to);
        store256::<T, 8>(first, _mm256_permute2x128_si256::<0x20>(low, high));
        store256::<T, 8>(second, _mm256_permute2x128_si256::<0x31>(low, high));
    }
    scalar::interleave(&[left, right], whole, tail);
}

#[target_feature(enable = "avx2")]
fn deinterleave32_pair<T: Plain>(from: &[T], left: &mut [T], right: &mut [T], at: usize) {
    let (blocks, tail) = from.as_chunks::<16>();
    let whole = blocks.len() * FRAMES;
    let (left, right) = (&mut left[at..][..whole + tail.len() / 2], &mut right[at..][..whole + tail.len() / 2]);
    for ((from, l), r) in blocks.iter().zip(left.as_chunks_mut().0).zip(right.as_chunks_mut().0) {
        let [low, high] = halves(from).map(|half| _mm256_castsi256_ps(load256::<T, 8>(half)));
        let lefts = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(low, high));
        let rights = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(low, high));
        store256::<T, 8>(l, _mm256_permute4x64_epi64::<0b11_01_10_00>(lefts));
        store256::<T, 8>(r, _mm256_permute4x64_epi64::<0b11_01_10_00>(rights));
    }
    scalar::deinterleave(tail, &mut [left, right], whole);
}

#[target_feature(enable = "avx2")]
fn interleave16_pair(left: &[i16], right: &[i16], at: usize, to: &mut [i16]) {
    let (blocks, tail) = to.as_chunks_mut::<16>();
    let whole = blocks.len() * FRAMES;
    let (left, right) = (&left[at..][..whole + tail.len() / 2], &right[at..][..whole + tail.len() / 2]);
    for ((l, r), to) in left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0).zip(blocks) {
        let (l, r) = (load128(l), load128(r));
        let [first, second] = halves_mut(to);
        store128(first, _mm_unpacklo_epi16(l, r));
        store128(second, _mm_unpackhi_epi16(l, r));
    }
    scalar::interleave(&[left, right], whole, tail);
}

#[target_feature(enable = "avx2")]
fn deinterleave16_pair(from: &[i16], left: &mut [i16], right: &mut [i16], at: usize) {
    let (blocks, tail) = from.as_chunks::<16>();
    let whole = blocks.len() * FRAMES;
    let (left, right) = (&mut left[at..][..whole + tail.len() / 2], &mut right[at..][..whole + tail.len() / 2]);
    for ((from, l), r) in blocks.iter().zip(left.as_chunks_mut::<8>().0).zip(right.as_chunks_mut::<8>().0) {
        let frames = load256(from);
        let lefts = _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(frames));
        let both = _mm256_packs_epi32(lefts, _mm256_srai_epi32::<16>(frames));
        let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(both);
        store128(l, _mm256_castsi256_si128(both));
        store128(r, _mm256_extracti128_si256::<1>(both));
    }
    scalar::deinterleave(tail, &mut [left, right], whole);
}

#[target_feature(enable = "avx2")]
fn interleave32_groups<T: Plain + Default, const CHANNELS: usize>(from: &[&[T]], at: usize, to: &mut [T]) {
    let frames = to.len() / CHANNELS;
    let planes: [&[T]; CHANNELS] = std::array::from_fn(|channel| &from[channel][at..][..frames]);
    let mut blocks = to.chunks_exact_mut(CHANNELS * FRAMES);
    let mut done = 0;
    for block in &mut blocks {
        for &first in groups::<CHANNELS>() {
            let rows: [__m256i; 4] = std::array::from_fn(|i| {
                let plane = planes[(first + i).min(CHANNELS - 1)];
                plane[done..].first_chunk::<8>().map_or(_mm256_setzero_si256(), |x| load256(x))
            });
            // In the order of frames: what a group of three channels writes beyond a frame, the next one writes over.
            let rows = transpose32(rows);
            for (frame, row) in rows.into_iter().enumerate() {
                put32::<T, CHANNELS>(block, first, frame, _mm256_castsi256_si128(row));
            }
            for (frame, row) in rows.into_iter().enumerate() {
                put32::<T, CHANNELS>(block, first, frame + 4, _mm256_extracti128_si256::<1>(row));
            }
        }
        done += FRAMES;
    }
    scalar::interleave(&planes, done, blocks.into_remainder());
}

/// Four channels from `first` on of a frame of the block.
#[inline]
#[target_feature(enable = "avx2")]
fn put32<T: Plain + Default, const CHANNELS: usize>(block: &mut [T], first: usize, frame: usize, value: __m128i) {
    let to = &mut block[frame * CHANNELS + first..];
    if let Some(to) = to.first_chunk_mut::<4>() {
        store128(to, value);
    } else {
        let mut last = [T::default(); 4];
        store128(&mut last, value);
        to.copy_from_slice(&last[..to.len()]);
    }
}

#[target_feature(enable = "avx2")]
fn deinterleave32_groups<T: Plain + Default, const CHANNELS: usize>(from: &[T], to: &mut [&mut [T]], at: usize) {
    let blocks = from.chunks_exact(CHANNELS * FRAMES);
    let (tail, mut done) = (blocks.remainder(), at);
    for block in blocks {
        for &first in groups::<CHANNELS>() {
            let rows: [__m256i; 4] = std::array::from_fn(|i| {
                let (low, high) = (get32::<T, CHANNELS>(block, first, i), get32::<T, CHANNELS>(block, first, i + 4));
                _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
            });
            for (plane, row) in to[first..].iter_mut().zip(transpose32(rows)) {
                if let Some(to) = plane[done..].first_chunk_mut::<8>() {
                    store256(to, row);
                }
            }
        }
        done += FRAMES;
    }
    scalar::deinterleave(tail, to, done);
}

/// Four channels from `first` on of a frame of the block.
#[inline]
#[target_feature(enable = "avx2")]
fn get32<T: Plain, const CHANNELS: usize>(block: &[T], first: usize, frame: usize) -> __m128i {
    let from = &block[frame * CHANNELS + first..];
    if let Some(from) = from.first_chunk::<4>() {
        load128(from)
    } else {
        // The last frame of three channels: with the sample before it, which is shifted out.
        block.last_chunk::<4>().map_or(_mm_setzero_si128(), |last| _mm_srli_si128::<4>(load128(last)))
    }
}

/// Transposes 4 x 4 numbers of 32 bits in each half.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose32([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab_low, cd_low),
        _mm256_unpackhi_epi64(ab_low, cd_low),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

#[target_feature(enable = "avx2")]
fn interleave16_groups<const CHANNELS: usize>(from: &[&[i16]], at: usize, to: &mut [i16]) {
    let frames = to.len() / CHANNELS;
    let planes: [&[i16]; CHANNELS] = std::array::from_fn(|channel| &from[channel][at..][..frames]);
    let mut blocks = to.chunks_exact_mut(CHANNELS * FRAMES);
    let mut done = 0;
    for block in &mut blocks {
        for &first in groups::<CHANNELS>() {
            let [a, b, c, d]: [__m128i; 4] = std::array::from_fn(|i| {
                let plane = planes[(first + i).min(CHANNELS - 1)];
                plane[done..].first_chunk::<8>().map_or(_mm_setzero_si128(), |x| load128(x))
            });
            let (ab_low, ab_high) = (_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b));
            let (cd_low, cd_high) = (_mm_unpacklo_epi16(c, d), _mm_unpackhi_epi16(c, d));
            let pairs = [
                _mm_unpacklo_epi32(ab_low, cd_low),
                _mm_unpackhi_epi32(ab_low, cd_low),
                _mm_unpacklo_epi32(ab_high, cd_high),
                _mm_unpackhi_epi32(ab_high, cd_high),
            ];
            for (i, pair) in pairs.into_iter().enumerate() {
                put16::<CHANNELS>(block, first, 2 * i, pair);
                put16::<CHANNELS>(block, first, 2 * i + 1, _mm_unpackhi_epi64(pair, pair));
            }
        }
        done += FRAMES;
    }
    scalar::interleave(&planes, done, blocks.into_remainder());
}

/// Four channels from `first` on of a frame of the block.
#[inline]
#[target_feature(enable = "avx2")]
fn put16<const CHANNELS: usize>(block: &mut [i16], first: usize, frame: usize, value: __m128i) {
    let to = &mut block[frame * CHANNELS + first..];
    if let Some(to) = to.first_chunk_mut::<4>() {
        store64(to, value);
    } else {
        let mut last = [0; 4];
        store64(&mut last, value);
        to.copy_from_slice(&last[..to.len()]);
    }
}

#[target_feature(enable = "avx2")]
fn deinterleave16_groups<const CHANNELS: usize>(from: &[i16], to: &mut [&mut [i16]], at: usize) {
    let blocks = from.chunks_exact(CHANNELS * FRAMES);
    let (tail, mut done) = (blocks.remainder(), at);
    for block in blocks {
        for &first in groups::<CHANNELS>() {
            // Each with the frame four later, so that two more unpackings put frames in order.
            let [a, b, c, d]: [__m128i; 4] = std::array::from_fn(|i| {
                _mm_unpacklo_epi16(get16::<CHANNELS>(block, first, i), get16::<CHANNELS>(block, first, i + 4))
            });
            let (ac_low, ac_high) = (_mm_unpacklo_epi16(a, c), _mm_unpackhi_epi16(a, c));
            let (bd_low, bd_high) = (_mm_unpacklo_epi16(b, d), _mm_unpackhi_epi16(b, d));
            let rows = [
                _mm_unpacklo_epi16(ac_low, bd_low),
                _mm_unpackhi_epi16(ac_low, bd_low),
                _mm_unpacklo_epi16(ac_high, bd_high),
                _mm_unpackhi_epi16(ac_high, bd_high),
            ];
            for (plane, row) in to[first..].iter_mut().zip(rows) {
                if let Some(to) = plane[done..].first_chunk_mut::<8>() {
                    store128(to, row);
                }
            }
        }
        done += FRAMES;
    }
    scalar::deinterleave(tail, to, done);
}

/// Four channels from `first` on of a frame of the block.
#[inline]
#[target_feature(enable = "avx2")]
fn get16<const CHANNELS: usize>(block: &[i16], first: usize, frame: usize) -> __m128i {
    let from = &block[frame * CHANNELS + first..];
    if let Some(from) = from.first_chunk::<4>() {
        load64(from)
    } else {
        // The last frame of three channels: with the sample before it, which is shifted out.
        block.last_chunk::<4>().map_or(_mm_setzero_si128(), |last| _mm_srli_si128::<2>(load64(last)))
    }
}

fn halves_mut<T>(of: &mut [T; 16]) -> [&mut [T; 8]; 2] {
    let ([low, high], _) = of.as_chunks_mut::<8>() else { unreachable!("two times eight are sixteen") };
    [low, high]
}
