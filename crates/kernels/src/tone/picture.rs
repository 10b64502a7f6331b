//! From planes to rows in which each sample of luma has its chroma, or each of chroma its luma; and back.
//!
//! All is inlined into the caller, and so compiled once a level for the level's instructions.

use super::Sample;
use crate::{Plane, PlaneMut, Siting};

/// Rows are as long as the next multiple of this, so that vectors need no end of their own when they read.
pub(super) const LANES: usize = 32;

/// What the planes of a picture have to do with each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Whether chroma has half the samples: across, down.
    pub(super) halved: (bool, bool),
    pub(super) siting: Siting,
    pub(super) bits: u32,
}

/// How the samples along one direction lie.
#[derive(Clone, Copy)]
enum Lie {
    /// One of chroma for each of luma.
    Whole,
    /// One of chroma at every other one of luma.
    Even,
    /// One of chroma between two of luma.
    Between,
}

impl Lie {
    fn new(halved: bool, between: bool) -> Self {
        match (halved, between) {
            (false, _) => Self::Whole,
            (true, false) => Self::Even,
            (true, true) => Self::Between,
        }
    }
}

/// Three rows of luma, Cb and Cr: codes of 12 bits times 16.
type Rows<'a> = [&'a [[u16; LANES]]; 3];

/// Maps a picture row by row: `luma` fills a row of luma from rows at its places, `chroma` one of Cb and one of Cr.
#[inline(always)]
pub(super) fn run<T: Sample>(
    shape: Shape,
    source: [Plane<'_, u16>; 3],
    to: [PlaneMut<'_, T>; 3],
    luma: impl Fn(Rows<'_>, &mut [T]),
    chroma: impl Fn(Rows<'_>, &mut [T], &mut [T]),
) {
    let across = Lie::new(shape.halved.0, shape.siting == Siting::Center);
    let down = Lie::new(shape.halved.1, shape.siting != Siting::TopLeft);
    let ([y, cb, cr], [mut to_y, mut to_cb, mut to_cr]) = (source, to);
    let (width, wide) = (y.width(), cb.width());
    let top = (1 << shape.bits) - 1;
    let up = 12 - shape.bits;
    let zeros = || vec![[0u16; LANES]; width.div_ceil(LANES)];
    let mut rows = [zeros(), zeros(), zeros()];
    // One more at the left and two at the right, for the neighbours of the last ones.
    let mut blend = vec![0u16; width + 3];

    let blocks = wide.div_ceil(LANES);
    for chroma_row in 0..cb.height() {
        let luma_rows = if shape.halved.1 {
            2 * chroma_row..(2 * chroma_row + 2).min(y.height())
        } else {
            chroma_row..chroma_row + 1
        };
        for row in luma_rows {
            let taps = finer_rows(down, row, cb.height());
            let [own_y, own_cb, own_cr] = &mut rows;
            level(y.row(row), up, top, own_y.as_flattened_mut());
            for (plane, own) in [(cb, own_cb), (cr, own_cr)] {
                blend_rows(plane, taps, top, &mut blend[..wide + 3]);
                finer(across, up, &blend[..wide + 3], &mut own.as_flattened_mut()[..width]);
            }
            luma([&rows[0], &rows[1], &rows[2]], to_y.row_mut(row));
        }
        let taps = coarser_rows(down, chroma_row, y.height());
        let [own_y, own_cb, own_cr] = &mut rows;
        blend_rows(y, taps, top, &mut blend);
        coarser(across, up, &blend, &mut own_y.as_flattened_mut()[..wide]);
        level(cb.row(chroma_row), up, top, own_cb.as_flattened_mut());
        level(cr.row(chroma_row), up, top, own_cr.as_flattened_mut());
        let rows = [&rows[0][..blocks], &rows[1][..blocks], &rows[2][..blocks]];
        chroma(rows, to_cb.row_mut(chroma_row), to_cr.row_mut(chroma_row));
    }
}

/// Samples as they are, times 16.
#[inline(always)]
fn level(from: &[u16], up: u32, top: u16, to: &mut [u16]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from.min(&top) << (4 + up);
    }
}

/// Three rows and their weights, of 4 in all.
type Taps = [(usize, u16); 3];

/// The rows of chroma about row `row` of luma.
#[inline(always)]
fn finer_rows(down: Lie, row: usize, rows: usize) -> Taps {
    let half = row / 2;
    let (above, below) = (half.saturating_sub(1), (half + 1).min(rows - 1));
    match (down, row % 2) {
        (Lie::Whole, _) => [(row, 0), (row, 4), (row, 0)],
        (Lie::Even, 0) => [(above, 0), (half, 4), (below, 0)],
        (Lie::Even, _) => [(above, 0), (half, 2), (below, 2)],
        (Lie::Between, 0) => [(above, 1), (half, 3), (below, 0)],
        (Lie::Between, _) => [(above, 0), (half, 3), (below, 1)],
    }
}

/// The rows of luma about row `row` of chroma.
#[inline(always)]
fn coarser_rows(down: Lie, row: usize, rows: usize) -> Taps {
    let twice = 2 * row;
    let (above, below) = (twice.saturating_sub(1), (twice + 1).min(rows - 1));
    match down {
        Lie::Whole => [(row, 0), (row, 4), (row, 0)],
        Lie::Even => [(above, 1), (twice, 2), (below, 1)],
        Lie::Between => [(above, 0), (twice, 2), (below, 2)],
    }
}

/// Sums rows by their weights; the first and last samples stand for those beyond them.
#[inline(always)]
fn blend_rows(plane: Plane<'_, u16>, taps: Taps, top: u16, to: &mut [u16]) {
    let width = plane.width();
    let [a, b, c] = taps.map(|(row, _)| &plane.row(row)[..width]);
    let [wa, wb, wc] = taps.map(|(_, weight)| weight);
    let inner = to[1..][..width].iter_mut();
    match (wa, wb, wc) {
        (0, 4, 0) => inner.zip(b).for_each(|(to, b)| *to = 4 * b.min(&top)),
        (0, ..) => inner.zip(b).zip(c).for_each(|((to, b), c)| *to = wb * b.min(&top) + wc * c.min(&top)),
        (.., 0) => inner.zip(a).zip(b).for_each(|((to, a), b)| *to = wa * a.min(&top) + wb * b.min(&top)),
        _ => {
            let samples = inner.zip(a).zip(b).zip(c);
            samples.for_each(|(((to, a), b), c)| *to = wa * a.min(&top) + wb * b.min(&top) + wc * c.min(&top));
        }
    }
    to[0] = to[1];
    to[width + 1] = to[width];
    to[width + 2] = to[width];
}

/// Chroma at the places of luma, times 4.
#[inline(always)]
fn finer(across: Lie, up: u32, from: &[u16], to: &mut [u16]) {
    if let Lie::Whole = across {
        for (to, from) in to.iter_mut().zip(&from[1..]) {
            *to = (4 * from) << up;
        }
        return;
    }
    let (pairs, last) = to.as_chunks_mut::<2>();
    let count = pairs.len();
    let (before, own, after) = (&from[..count], &from[1..][..count], &from[2..][..count]);
    // A loop each, without a choice inside: so the compiler makes vectors of them.
    if let Lie::Between = across {
        for (((to, before), own), after) in pairs.iter_mut().zip(before).zip(own).zip(after) {
            *to = [(before + 3 * own) << up, (3 * own + after) << up];
        }
    } else {
        for ((to, own), after) in pairs.iter_mut().zip(own).zip(after) {
            *to = [(4 * own) << up, (2 * own + 2 * after) << up];
        }
    }
    if let [last] = last {
        let (before, own) = (from[count], from[count + 1]);
        *last = if let Lie::Between = across { before + 3 * own } else { 4 * own } << up;
    }
}

/// Luma at the places of chroma, times 4.
#[inline(always)]
fn coarser(across: Lie, up: u32, from: &[u16], to: &mut [u16]) {
    if let Lie::Whole = across {
        for (to, from) in to.iter_mut().zip(&from[1..]) {
            *to = (4 * from) << up;
        }
        return;
    }
    let weights: [u16; 3] = if let Lie::Between = across { [0, 2, 2] } else { [1, 2, 1] };
    let count = to.len();
    let (pairs, _) = from[..2 * count].as_chunks::<2>();
    let (after, _) = from[2..][..2 * count].as_chunks::<2>();
    for ((to, [a, b]), [c, _]) in to.iter_mut().zip(pairs).zip(after) {
        *to = (weights[0] * a + weights[1] * b + weights[2] * c) << up;
    }
}
