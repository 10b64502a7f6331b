//! Rows scaled across, kept until the last row of the target that they belong to is made.

use std::ops::Range;

use super::across::{Across, Ends, Layout};
use super::sample::{Depth, Sample, Tails};
use super::scalar;
use crate::{Level, Plane};

/// Vectors read and write up to so many values beyond a row that is kept.
const VECTOR: usize = 64;

/// A ring of rows: row `y` of the source is in slot `y % slots`.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    values: Vec<i16>,
    stride: usize,
    slots: usize,
    /// Rows of the source that are there.
    held: Range<usize>,
    /// The weights of one target row, slot by slot.
    weights: Vec<i16>,
    tails: Tails,
}

impl Rows {
    /// `taps` rows of `length` values.
    pub(super) fn new(length: usize, taps: usize) -> Self {
        // Pairs of rows are weighed at once.
        let slots = taps.next_multiple_of(2);
        // A stride of a large power of two would put all rows in the same few lines of the cache.
        let stride = length.next_multiple_of(VECTOR) + VECTOR;
        let (values, weights) = (vec![0; stride * slots], vec![0; slots]);
        Self { values, stride, slots, held: 0..0, weights, tails: Tails::default() }
    }

    pub(super) fn forget(&mut self) {
        self.held = 0..0;
    }

    /// Sees to it that the `wanted` rows are there.
    pub(super) fn fill<T: Sample>(
        &mut self,
        level: Level,
        depth: Depth,
        across: &Across,
        source: Plane<'_, T>,
        wanted: Range<usize>,
    ) {
        if wanted.start < self.held.start || wanted.start > self.held.end {
            self.held = wanted.start..wanted.start;
        }
        for y in self.held.end..wanted.end {
            let target = &mut self.values[y % self.slots * self.stride..][..self.stride];
            scale_row(level, depth, across, source.row(y), &mut self.tails, target);
        }
        let end = self.held.end.max(wanted.end);
        self.held = self.held.start.max(end.saturating_sub(self.slots))..end;
    }

    /// A target row of the `wanted` rows, which are there.
    pub(super) fn weigh<T: Sample>(
        &mut self,
        level: Level,
        depth: Depth,
        wanted: Range<usize>,
        weights: &[i16],
        precision: u32,
        target: &mut [T],
    ) {
        self.weights.fill(0);
        for (row, weight) in wanted.zip(weights) {
            self.weights[row % self.slots] = *weight;
        }
        T::down(level, depth, &self.values, self.stride, &self.weights, precision, target);
    }
}

fn scale_row<T: Sample>(
    level: Level,
    depth: Depth,
    across: &Across,
    source: &[T],
    tails: &mut Tails,
    target: &mut [i16],
) {
    if level == Level::SCALAR {
        return scalar::across(across, depth, source, &mut target[..across.length]);
    }
    let shift = depth.shift_across(across.precision);
    if T::whole(level, across, source, shift, target) {
        return;
    }
    let tail = T::tail(tails);
    let layout = &across.layout;
    let Ends { whole, count, rest, beyond } = layout.ends();
    if let (Layout::Far(_), 2..) = (layout, across.channels) {
        let mut one = vec![0; count];
        for channel in 0..across.channels {
            tail.clear();
            tail.extend(source.iter().skip(channel).step_by(across.channels));
            tail.resize(tail.len() + beyond, T::default());
            T::vectors(level, layout, 0..count, (tail, 0), depth, shift, &mut one);
            let own = target[..across.length].iter_mut().skip(channel).step_by(across.channels);
            own.zip(&one).for_each(|(to, from)| *to = *from);
        }
        return;
    }
    T::vectors(level, layout, 0..whole, (source, 0), depth, shift, target);
    if whole < count {
        extend(tail, &source[rest..], beyond);
        T::vectors(level, layout, whole..count, (tail, rest), depth, shift, target);
    }
}

/// The end of a row with what vectors read beyond it, where all weights are zero.
fn extend<T: Sample>(tail: &mut Vec<T>, end: &[T], beyond: usize) {
    tail.clear();
    tail.extend_from_slice(end);
    tail.resize(end.len() + beyond, T::default());
}
