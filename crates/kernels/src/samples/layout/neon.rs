//! Two channels by zipping; three to eight as 4 x 4 transpositions.
//!
//! Five to eight channels are two groups of four that overlap: channels 0 to 3, and the last four. So no load and no store
//! reaches beyond a frame. A group of three channels reaches one sample into the next frame, except in the last frame of
//! a block.

use std::arch::aarch64::*;

use super::{groups, scalar};
use crate::aarch64::{Plain, halves, load_bits32, load_half_i16, load_i16, store_bits32, store_half_i16, store_i16};

/// Frames of a block, of 32-bit and of 16-bit samples.
const FRAMES32: usize = 4;
const FRAMES16: usize = 8;

#[target_feature(enable = "neon")]
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

#[target_feature(enable = "neon")]
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

#[target_feature(enable = "neon")]
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

#[target_feature(enable = "neon")]
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

#[target_feature(enable = "neon")]
fn interleave32_pair<T: Plain>(left: &[T], right: &[T], at: usize, to: &mut [T]) {
    let (blocks, tail) = to.as_chunks_mut::<8>();
    let whole = blocks.len() * FRAMES32;
    let (left, right) = (&left[at..][..whole + tail.len() / 2], &right[at..][..whole + tail.len() / 2]);
    for ((l, r), to) in left.as_chunks().0.iter().zip(right.as_chunks().0).zip(blocks) {
        let (l, r) = (load_bits32(l), load_bits32(r));
        let zipped = [vzip1q_u32(l, r), vzip2q_u32(l, r)];
        for (to, value) in to.as_chunks_mut().0.iter_mut().zip(zipped) {
            store_bits32(to, value);
        }
    }
    scalar::interleave(&[left, right], whole, tail);
}

#[target_feature(enable = "neon")]
fn deinterleave32_pair<T: Plain>(from: &[T], left: &mut [T], right: &mut [T], at: usize) {
    let (blocks, tail) = from.as_chunks::<8>();
    let whole = blocks.len() * FRAMES32;
    let (left, right) = (&mut left[at..][..whole + tail.len() / 2], &mut right[at..][..whole + tail.len() / 2]);
    for ((from, l), r) in blocks.iter().zip(left.as_chunks_mut().0).zip(right.as_chunks_mut().0) {
        let [low, high] = halves(from).map(|half| load_bits32(half));
        store_bits32(l, vuzp1q_u32(low, high));
        store_bits32(r, vuzp2q_u32(low, high));
    }
    scalar::deinterleave(tail, &mut [left, right], whole);
}

#[target_feature(enable = "neon")]
fn interleave16_pair(left: &[i16], right: &[i16], at: usize, to: &mut [i16]) {
    let (blocks, tail) = to.as_chunks_mut::<16>();
    let whole = blocks.len() * FRAMES16;
    let (left, right) = (&left[at..][..whole + tail.len() / 2], &right[at..][..whole + tail.len() / 2]);
    for ((l, r), to) in left.as_chunks().0.iter().zip(right.as_chunks().0).zip(blocks) {
        let (l, r) = (load_i16(l), load_i16(r));
        let zipped = [vzip1q_s16(l, r), vzip2q_s16(l, r)];
        for (to, value) in to.as_chunks_mut().0.iter_mut().zip(zipped) {
            store_i16(to, value);
        }
    }
    scalar::interleave(&[left, right], whole, tail);
}

#[target_feature(enable = "neon")]
fn deinterleave16_pair(from: &[i16], left: &mut [i16], right: &mut [i16], at: usize) {
    let (blocks, tail) = from.as_chunks::<16>();
    let whole = blocks.len() * FRAMES16;
    let (left, right) = (&mut left[at..][..whole + tail.len() / 2], &mut right[at..][..whole + tail.len() / 2]);
    for ((from, l), r) in blocks.iter().zip(left.as_chunks_mut().0).zip(right.as_chunks_mut().0) {
        let ([low, high], _) = from.as_chunks::<8>() else { unreachable!("two times eight are sixteen") };
        let (low, high) = (load_i16(low), load_i16(high));
        store_i16(l, vuzp1q_s16(low, high));
        store_i16(r, vuzp2q_s16(low, high));
    }
    scalar::deinterleave(tail, &mut [left, right], whole);
}

#[target_feature(enable = "neon")]
fn interleave32_groups<T: Plain + Default, const CHANNELS: usize>(from: &[&[T]], at: usize, to: &mut [T]) {
    let frames = to.len() / CHANNELS;
    let planes: [&[T]; CHANNELS] = std::array::from_fn(|channel| &from[channel][at..][..frames]);
    let mut blocks = to.chunks_exact_mut(CHANNELS * FRAMES32);
    let mut done = 0;
    for block in &mut blocks {
        for &first in groups::<CHANNELS>() {
            let rows: [uint32x4_t; 4] = std::array::from_fn(|i| {
                let plane = planes[(first + i).min(CHANNELS - 1)];
                plane[done..].first_chunk::<4>().map_or(vdupq_n_u32(0), |x| load_bits32(x))
            });
            // In the order of frames: what a group of three channels writes beyond a frame, the next one writes over.
            for (frame, row) in transpose32(rows).into_iter().enumerate() {
                let to = &mut block[frame * CHANNELS + first..];
                if let Some(to) = to.first_chunk_mut::<4>() {
                    store_bits32(to, row);
                } else {
                    let mut last = [T::default(); 4];
                    store_bits32(&mut last, row);
                    to.copy_from_slice(&last[..to.len()]);
                }
            }
        }
        done += FRAMES32;
    }
    scalar::interleave(&planes, done, blocks.into_remainder());
}

#[target_feature(enable = "neon")]
fn deinterleave32_groups<T: Plain + Default, const CHANNELS: usize>(from: &[T], to: &mut [&mut [T]], at: usize) {
    let blocks = from.chunks_exact(CHANNELS * FRAMES32);
    let (tail, mut done) = (blocks.remainder(), at);
    for block in blocks {
        for &first in groups::<CHANNELS>() {
            let rows: [uint32x4_t; 4] = std::array::from_fn(|frame| {
                let from = &block[frame * CHANNELS + first..];
                if let Some(from) = from.first_chunk::<4>() {
                    load_bits32(from)
                } else {
                    let mut last = [T::default(); 4];
                    last[..from.len()].copy_from_slice(from);
                    load_bits32(&last)
                }
            });
            for (plane, row) in to[first..].iter_mut().zip(transpose32(rows)) {
                if let Some(to) = plane[done..].first_chunk_mut::<4>() {
                    store_bits32(to, row);
                }
            }
        }
        done += FRAMES32;
    }
    scalar::deinterleave(tail, to, done);
}

/// Transposes 4 x 4 numbers of 32 bits.
#[inline]
#[target_feature(enable = "neon")]
fn transpose32([a, b, c, d]: [uint32x4_t; 4]) -> [uint32x4_t; 4] {
    let (ac_low, ac_high) = (vzip1q_u32(a, c), vzip2q_u32(a, c));
    let (bd_low, bd_high) = (vzip1q_u32(b, d), vzip2q_u32(b, d));
    [vzip1q_u32(ac_low, bd_low), vzip2q_u32(ac_low, bd_low), vzip1q_u32(ac_high, bd_high), vzip2q_u32(ac_high, bd_high)]
}

#[target_feature(enable = "neon")]
fn interleave16_groups<const CHANNELS: usize>(from: &[&[i16]], at: usize, to: &mut [i16]) {
    let frames = to.len() / CHANNELS;
    let planes: [&[i16]; CHANNELS] = std::array::from_fn(|channel| &from[channel][at..][..frames]);
    let mut blocks = to.chunks_exact_mut(CHANNELS * FRAMES16);
    let mut done = 0;
    for block in &mut blocks {
        for &first in groups::<CHANNELS>() {
            let [a, b, c, d]: [int16x8_t; 4] = std::array::from_fn(|i| {
                let plane = planes[(first + i).min(CHANNELS - 1)];
                plane[done..].first_chunk::<8>().map_or(vdupq_n_s16(0), |x| load_i16(x))
            });
            let (ac, bd) = ([vzip1q_s16(a, c), vzip2q_s16(a, c)], [vzip1q_s16(b, d), vzip2q_s16(b, d)]);
            let pairs = [
                vzip1q_s16(ac[0], bd[0]),
                vzip2q_s16(ac[0], bd[0]),
                vzip1q_s16(ac[1], bd[1]),
                vzip2q_s16(ac[1], bd[1]),
            ];
            for (i, pair) in pairs.into_iter().enumerate() {
                put16::<CHANNELS>(block, first, 2 * i, vget_low_s16(pair));
                put16::<CHANNELS>(block, first, 2 * i + 1, vget_high_s16(pair));
            }
        }
        done += FRAMES16;
    }
    scalar::interleave(&planes, done, blocks.into_remainder());
}

/// Four channels from `first` on of a frame of the block.
#[inline]
#[target_feature(enable = "neon")]
fn put16<const CHANNELS: usize>(block: &mut [i16], first: usize, frame: usize, value: int16x4_t) {
    let to = &mut block[frame * CHANNELS + first..];
    if let Some(to) = to.first_chunk_mut::<4>() {
        store_half_i16(to, value);
    } else {
        let mut last = [0; 4];
        store_half_i16(&mut last, value);
        to.copy_from_slice(&last[..to.len()]);
    }
}

#[target_feature(enable = "neon")]
fn deinterleave16_groups<const CHANNELS: usize>(from: &[i16], to: &mut [&mut [i16]], at: usize) {
    let blocks = from.chunks_exact(CHANNELS * FRAMES16);
    let (tail, mut done) = (blocks.remainder(), at);
    for block in blocks {
        for &first in groups::<CHANNELS>() {
            // Each with the frame four later, so that two more unpackings put frames in order.
            let [a, b, c, d]: [int16x8_t; 4] = std::array::from_fn(|i| {
                let (early, late) = (get16::<CHANNELS>(block, first, i), get16::<CHANNELS>(block, first, i + 4));
                vcombine_s16(vzip1_s16(early, late), vzip2_s16(early, late))
            });
            let (ac_low, ac_high) = (vzip1q_s16(a, c), vzip2q_s16(a, c));
            let (bd_low, bd_high) = (vzip1q_s16(b, d), vzip2q_s16(b, d));
            let rows = [
                vzip1q_s16(ac_low, bd_low),
                vzip2q_s16(ac_low, bd_low),
                vzip1q_s16(ac_high, bd_high),
                vzip2q_s16(ac_high, bd_high),
            ];
            for (plane, row) in to[first..].iter_mut().zip(rows) {
                if let Some(to) = plane[done..].first_chunk_mut::<8>() {
                    store_i16(to, row);
                }
            }
        }
        done += FRAMES16;
    }
    scalar::deinterleave(tail, to, done);
}

/// Four channels from `first` on of a frame of the block.
#[inline]
#[target_feature(enable = "neon")]
fn get16<const CHANNELS: usize>(block: &[i16], first: usize, frame: usize) -> int16x4_t {
    let from = &block[frame * CHANNELS + first..];
    if let Some(from) = from.first_chunk::<4>() {
        load_half_i16(from)
    } else {
        let mut last = [0; 4];
        last[..from.len()].copy_from_slice(from);
        load_half_i16(&last)
    }
}
