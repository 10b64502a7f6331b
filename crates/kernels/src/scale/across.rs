//! The weights of one direction, laid out for vectors: what a row is scaled by.

use super::taps::Taps;
#[cfg(target_arch = "x86_64")]
use super::windows::Windows;

/// Target samples of a block.
pub(super) const BLOCK: usize = 16;

/// How the samples of a row are weighed.
#[derive(Clone, Debug)]
pub(super) struct Across {
    /// Samples of a target row, channels counted each.
    pub(super) length: usize,
    pub(super) channels: usize,
    pub(super) taps: usize,
    pub(super) starts: Vec<usize>,
    /// `taps` for each pixel.
    pub(super) weights: Vec<i16>,
    /// The weights sum to `1 << precision`.
    pub(super) precision: u32,
    pub(super) layout: Layout,
    /// The same once more, where samples are of 8 bits and windows hold them.
    #[cfg(target_arch = "x86_64")]
    pub(super) windows: Option<Windows>,
}

/// The same weights as the vector levels want them.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// A few samples wide: 16 bytes hold what four target samples take two of their taps from.
    Near(Near),
    /// Wider: each target sample takes a run of the row.
    Far(Far),
}

/// Blocks of 16 target samples, as four quads.
#[derive(Clone, Debug)]
pub(super) struct Near {
    pub(super) blocks: Vec<Block>,
    /// Two taps of each sample of a block at a time, by halves of a block: `pairs` for each block.
    pub(super) weights: Vec<[[i16; 16]; 2]>,
    pub(super) pairs: usize,
    /// From a pair of taps to the next in the row.
    pub(super) step: usize,
    /// Two quads lie within the same 16 bytes throughout, and have the same base.
    #[cfg(target_arch = "x86_64")]
    pub(super) shared: bool,
    ends: Ends,
}

/// Where a block's quads read.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) bases: [usize; 4],
    /// Bytes of the 16 at a base that make the first two taps of four samples, each as 16 bits; by halves.
    pub(super) bytes: [[u8; 32]; 2],
}

/// Runs of whole vectors, whose weights are zero outside of the window.
#[derive(Clone, Debug)]
pub(super) struct Far {
    /// A multiple of four.
    pub(super) starts: Vec<usize>,
    /// `run` for each start.
    pub(super) weights: Vec<i16>,
    /// A multiple of 8.
    pub(super) run: usize,
    ends: Ends,
}

/// Which blocks, or samples where weights are far, read beyond the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// So many from the first read nothing beyond it, of so many in all.
    pub(super) whole: usize,
    pub(super) count: usize,
    /// Where the others begin to read, and how far beyond the source.
    pub(super) rest: usize,
    pub(super) beyond: usize,
}

impl Layout {
    pub(super) fn ends(&self) -> Ends {
        match self {
            Self::Near(near) => near.ends,
            Self::Far(far) => far.ends,
        }
    }
}

impl Across {
    /// For samples of `bytes` bytes, of which `source` (channels counted each) are in a row.
    pub(super) fn new(taps: &Taps, channels: usize, bytes: usize, source: usize, limit: u32) -> Self {
        let (weights, precision) = taps.fixed(limit);
        #[cfg(target_arch = "x86_64")]
        let windows = if bytes == 1 { Windows::new(taps, &weights, channels) } else { None };
        let (starts, taps) = (taps.starts.clone(), taps.taps);
        let layout = match Near::new(&starts, &weights, taps, channels, bytes, source) {
            Some(near) => Layout::Near(near),
            None => Layout::Far(Far::new(&starts, &weights, taps, source / channels)),
        };
        Self {
            length: starts.len() * channels,
            channels,
            taps,
            starts,
            weights,
            precision,
            layout,
            #[cfg(target_arch = "x86_64")]
            windows,
        }
    }
}

impl Near {
    fn new(
        starts: &[usize],
        weights: &[i16],
        taps: usize,
        channels: usize,
        bytes: usize,
        source: usize,
    ) -> Option<Self> {
        let (length, pairs, lane) = (starts.len() * channels, taps.div_ceil(2), 16 / bytes);
        // Behind the last sample it is repeated, so that a block is whole.
        let at = |sample: usize| {
            let sample = sample.min(length - 1);
            starts[sample / channels] * channels + sample % channels
        };
        let span = |from: usize, count: usize| {
            let places = (from..from + count).map(at);
            (places.clone().min().unwrap_or(0), places.max().unwrap_or(0))
        };
        let fits = |count: usize| {
            (0..length).step_by(count).all(|from| {
                let (least, most) = span(from, count);
                most - least + channels < lane
            })
        };
        if !fits(4) {
            return None;
        }
        let shared = fits(8);
        let width = if shared { 8 } else { 4 };
        let byte = |place: usize, byte: usize| match bytes {
            1 if byte == 1 => 0x80,
            _ => u8::try_from(place * bytes + byte).unwrap_or(0x80),
        };
        let blocks: Vec<Block> = (0..length)
            .step_by(BLOCK)
            .map(|from| {
                let bases: [usize; 4] = std::array::from_fn(|quad| span(from + quad * 4 / width * width, width).0);
                let bytes = std::array::from_fn(|half| {
                    std::array::from_fn(|i| {
                        let base = bases[half * 2 + i / 16];
                        byte(at(from + half * 8 + i / 4) - base + i / 2 % 2 * channels, i % 2)
                    })
                });
                Block { bases, bytes }
            })
            .collect();
        let weight = |sample: usize, tap: usize| {
            if sample < length && tap < taps { weights[sample / channels * taps + tap] } else { 0 }
        };
        let paired = (0..blocks.len() * pairs).map(|i| {
            let (block, pair) = (i / pairs, i % pairs);
            std::array::from_fn(|half| {
                std::array::from_fn(|j| weight(block * BLOCK + half * 8 + j / 2, pair * 2 + j % 2))
            })
        });
        let step = 2 * channels;
        let reach = pairs.saturating_sub(1) * step + lane;
        let end = |block: &Block| block.bases.iter().max().unwrap_or(&0) + reach;
        let whole = blocks.iter().position(|block| end(block) > source).unwrap_or(blocks.len());
        let rest = blocks[whole..].iter().flat_map(|block| block.bases).min().unwrap_or(source).min(source);
        let beyond = blocks.iter().map(end).max().unwrap_or(0).saturating_sub(source);
        let ends = Ends { whole, count: blocks.len(), rest, beyond };
        Some(Self {
            weights: paired.collect(),
            blocks,
            pairs,
            step,
            #[cfg(target_arch = "x86_64")]
            shared,
            ends,
        })
    }
}

impl Far {
    fn new(starts: &[usize], weights: &[i16], taps: usize, source: usize) -> Self {
        let run = taps.next_multiple_of(8);
        let count = starts.len().next_multiple_of(4);
        let mut padded = vec![0; count * run];
        for (to, from) in padded.chunks_exact_mut(run).zip(weights.chunks_exact(taps)) {
            to[..taps].copy_from_slice(from);
        }
        let last = starts.last().copied().unwrap_or(0);
        let starts: Vec<usize> = starts.iter().copied().chain(std::iter::repeat(last)).take(count).collect();
        let past = starts.iter().position(|start| start + run > source).unwrap_or(count);
        let whole = past / 4 * 4;
        let rest = starts[whole..].iter().min().copied().unwrap_or(source).min(source);
        let beyond = starts.iter().max().map_or(0, |start| start + run).saturating_sub(source);
        Self { starts, weights: padded, run, ends: Ends { whole, count, rest, beyond } }
    }
}
