//! The weights across for AVX-512: blocks of target samples whose source samples lie within one or two vectors.
//!
//! A weight of 16 bits is split into `256 * high + low`, two signed bytes, since a product of bytes sums four taps at once.

use std::collections::HashMap;

use super::taps::Taps;

/// Bytes of a vector.
pub(super) const VECTOR: usize = 64;

/// Sums of a vector, of four taps each.
const SUMS: usize = 16;

/// What the blocks of a row read and how they weigh it.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    pub(super) shape: Shape,
    /// Where each block begins to read, and which pattern it follows.
    pub(super) blocks: Vec<(usize, usize)>,
    /// Mostly few: all 80 blocks of 1920 samples to 1280 but the outer ones are the same, and stay in the cache.
    pub(super) patterns: Vec<Pattern>,
    /// From the bytes of some taps to those of the next.
    pub(super) step: u8,
    /// How many each pattern has.
    pub(super) vectors: usize,
}

/// What is done with the bytes behind a base.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// Those that the first taps weigh.
    pub(super) bytes: [u8; VECTOR],
    /// Low and high bytes.
    pub(super) weights: Vec<[[i8; VECTOR]; 2]>,
}

/// How many target samples a block has, and whether it reads two vectors, not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Sixteen,
    SixteenOfTwo,
    Eight,
    EightOfTwo,
    FourOfTwo,
}

impl Shape {
    /// The quickest first.
    const ALL: [Self; 5] = [Self::Sixteen, Self::SixteenOfTwo, Self::Eight, Self::EightOfTwo, Self::FourOfTwo];

    /// Target samples of a block, and bytes that it can reach.
    fn sizes(self) -> (usize, usize) {
        match self {
            Self::Sixteen => (16, VECTOR),
            Self::SixteenOfTwo => (16, 2 * VECTOR),
            Self::Eight => (8, VECTOR),
            Self::EightOfTwo => (8, 2 * VECTOR),
            Self::FourOfTwo => (4, 2 * VECTOR),
        }
    }
}

impl Windows {
    /// For samples of 8 bits with `weights` of [`Taps::fixed`]; none where samples lie too far apart, or a weight is so great
    /// that its high byte is none.
    pub(super) fn new(taps: &Taps, weights: &[i16], channels: usize) -> Option<Self> {
        let (starts, taps) = (&taps.starts, taps.taps);
        let length = starts.len() * channels;
        // Behind the last sample it is repeated, so that a block is whole.
        let place = |sample: usize| {
            let sample = sample.min(length - 1);
            starts[sample / channels] * channels + sample % channels
        };
        let span = |from: usize, count: usize| {
            let places = (from..from + count).map(place);
            (places.clone().min().unwrap_or(0), places.max().unwrap_or(0))
        };
        let fits = |shape: &Shape| {
            let (count, reach) = shape.sizes();
            (0..length).step_by(count).all(|from| {
                let (least, most) = span(from, count);
                most - least + (taps - 1) * channels < reach
            })
        };
        let shape = Shape::ALL.into_iter().find(fits)?;
        let (count, reach) = shape.sizes();
        // Four taps of each of so many runs are in a vector.
        let runs = SUMS / count;
        let vectors = taps.div_ceil(4 * runs);
        let bases: Vec<usize> = (0..length).step_by(count).map(|from| span(from, count).0).collect();
        let byte = |block: usize, i: usize| {
            let (sum, tap) = (i / 4, i % 4 + i / 4 / count * 4);
            let offset = place(block * count + sum % count) - bases[block] + tap * channels;
            // Beyond the reach are no taps, but zeros.
            u8::try_from(offset % reach).unwrap_or(0)
        };
        let split = |block: usize, vector: usize, i: usize| {
            let (sum, tap) = (i / 4, i % 4 + (vector * runs + i / 4 / count) * 4);
            let sample = block * count + sum % count;
            let there = sample < length && tap < taps;
            let weight = if there { i32::from(weights[sample / channels * taps + tap]) } else { 0 };
            let high = (weight + 128) >> 8;
            [weight - 256 * high, high].map(i8::try_from)
        };
        let (mut blocks, mut patterns) = (Vec::with_capacity(bases.len()), Vec::new());
        let mut known = HashMap::new();
        for (block, base) in bases.iter().enumerate() {
            let mut weights = vec![[[0; VECTOR]; 2]; vectors];
            for (vector, [lows, highs]) in weights.iter_mut().enumerate() {
                for (i, (to_low, to_high)) in lows.iter_mut().zip(highs).enumerate() {
                    let [low, high] = split(block, vector, i);
                    (*to_low, *to_high) = (low.ok()?, high.ok()?);
                }
            }
            let pattern = Pattern { bytes: std::array::from_fn(|i| byte(block, i)), weights };
            let index = *known.entry(pattern).or_insert_with_key(|pattern| {
                patterns.push(pattern.clone());
                patterns.len() - 1
            });
            blocks.push((*base, index));
        }
        let step = u8::try_from(4 * runs * channels).ok()?;
        Some(Self { shape, blocks, patterns, step, vectors })
    }
}
