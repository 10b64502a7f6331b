//! Errors and activities of all blocks. All numbers are whole, so that all levels give the same.

use super::layout::Layout;
use super::{Block, Past};
use crate::Plane;
use crate::compiled::Body;

/// Samples of 8 or 16 bits.
pub(super) trait Sample: Copy + Into<i32> {
    /// The sum of what was computed from samples of a block's row.
    fn sum(values: &[u32]) -> u64;
}

impl Sample for u8 {
    /// Squares of 8 bits fit 32 in sums of up to 2^16, a block's row is less than 2^10.
    #[inline(always)]
    fn sum(values: &[u32]) -> u64 {
        u64::from(values.iter().fold(0u32, |sum, value| sum.wrapping_add(*value)))
    }
}

impl Sample for u16 {
    #[inline(always)]
    fn sum(values: &[u32]) -> u64 {
        values.iter().map(|value| u64::from(*value)).sum()
    }
}

/// A luma plane, of which the blocks are filled; `original` becomes the past.
pub(super) struct Activity<'a, T> {
    pub(super) layout: &'a Layout,
    pub(super) past: &'a mut Past<T>,
    pub(super) original: Plane<'a, T>,
    pub(super) coded: Plane<'a, T>,
    pub(super) blocks: &'a mut [Block],
}

impl<T: Sample> Body for Activity<'_, T> {
    const AVX512: bool = false;

    #[inline(always)]
    fn run(self) {
        fill(self);
    }
}

#[inline(always)]
fn fill<T: Sample>(activity: Activity<'_, T>) {
    let Activity { layout, past, original, coded, blocks } = activity;
    let (width, height) = (layout.width, layout.height);
    let per_row = layout.columns();
    let mut values = vec![0; width];
    let mut scratch = Scratch::default();
    for y in 0..height {
        let row = &mut blocks[y / layout.block * per_row..][..per_row];
        let now = original.row(y);
        squares(now, coded.row(y), &mut values);
        add::<T>(&values, layout.block, row, |block| &mut block.sse);
        let inside = y >= layout.margin() && y + layout.margin() < height;
        let last = |y: usize| &past.last[y * width..][..width];
        let before = |y: usize| layout.second_order.then(|| &past.before[y * width..][..width]);
        if !layout.coarse {
            if inside {
                fine(original.row(y - 1), now, original.row(y + 1), &mut values);
                add::<T>(&values, layout.block, row, |block| &mut block.spatial);
            }
            match before(y) {
                Some(before) => second_order(now, last(y), before, &mut values),
                None => first_order(now, last(y), &mut values),
            }
            add::<T>(&values, layout.block, row, |block| &mut block.temporal);
        } else if y % 2 == 0 {
            // Rows beyond the last are asked for in pictures of odd height alone.
            let at = |y: usize| y.min(height - 1);
            if inside {
                let rows = [y - 2, y - 1, y, y + 1, y + 2, at(y + 3)].map(|y| original.row(y));
                scratch.spatial(rows, &mut values);
                add::<T>(&values, layout.block, row, |block| &mut block.spatial);
            }
            let below = at(y + 1);
            let now = [now, original.row(below)];
            match (before(y), before(below)) {
                (Some(first), Some(second)) => {
                    scratch.second_order(now, [last(y), last(below)], [first, second], &mut values);
                }
                _ => scratch.first_order(now, [last(y), last(below)], &mut values),
            }
            add::<T>(&values, layout.block, row, |block| &mut block.temporal);
        }
    }
    past.push(layout.second_order, original);
}

impl<T: Copy> Past<T> {
    #[inline(always)]
    fn push(&mut self, second_order: bool, original: Plane<'_, T>) {
        if second_order {
            std::mem::swap(&mut self.last, &mut self.before);
        }
        for (to, from) in self.last.chunks_exact_mut(original.width()).zip(original.rows()) {
            to.copy_from_slice(from);
        }
    }
}

#[inline(always)]
fn add<T: Sample>(values: &[u32], block: usize, blocks: &mut [Block], field: impl Fn(&mut Block) -> &mut u64) {
    for (values, block) in values.chunks(block).zip(blocks) {
        *field(block) += T::sum(values);
    }
}

#[inline(always)]
fn squares<T: Sample>(a: &[T], b: &[T], out: &mut [u32]) {
    for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        let distance = ((*a).into() - (*b).into()).unsigned_abs();
        *out = distance * distance;
    }
}

/// The spatial high-pass at each sample between the first and the last.
#[inline(always)]
fn fine<T: Sample>(above: &[T], row: &[T], below: &[T], out: &mut [u32]) {
    out.fill(0);
    let Some(inner) = out.len().checked_sub(2) else { return };
    let (a, r, b) = (columns(above, inner), columns(row, inner), columns(below, inner));
    for (i, out) in out[1..][..inner].iter_mut().enumerate() {
        let at = |row: &[T]| -> i32 { row[i].into() };
        let cross = at(r[0]) + at(r[2]) + at(a[1]) + at(b[1]);
        let corners = at(a[0]) + at(a[2]) + at(b[0]) + at(b[2]);
        *out = (12 * at(r[1]) - 2 * cross - corners).unsigned_abs();
    }
}

/// What lies to the left of, at and to the right of each inner sample.
#[inline(always)]
fn columns<T>(row: &[T], inner: usize) -> [&[T]; 3] {
    [&row[..inner], &row[1..][..inner], &row[2..][..inner]]
}

#[inline(always)]
fn first_order<T: Sample>(now: &[T], last: &[T], out: &mut [u32]) {
    for (out, (now, last)) in out.iter_mut().zip(now.iter().zip(last)) {
        *out = 2 * ((*now).into() - (*last).into()).unsigned_abs();
    }
}

#[inline(always)]
fn second_order<T: Sample>(now: &[T], last: &[T], before: &[T], out: &mut [u32]) {
    for (out, ((now, last), before)) in out.iter_mut().zip(now.iter().zip(last).zip(before)) {
        *out = 2 * ((*now).into() - 2 * (*last).into() + (*before).into()).unsigned_abs();
    }
}

/// High-passes at half resolution: values at even columns, 0 at odd ones.
#[derive(Debug, Default)]
struct Scratch {
    /// What a column contributes to the square of 2x2 that it is in, next to and one away from.
    near: Vec<i32>,
    next: Vec<i32>,
    far: Vec<i32>,
}

impl Scratch {
    /// `rows` are two above a row of squares, those of the squares and two below.
    #[inline(always)]
    fn spatial<T: Sample>(&mut self, rows: [&[T]; 6], out: &mut [u32]) {
        let width = out.len();
        out.fill(0);
        for of in [&mut self.near, &mut self.next, &mut self.far] {
            of.resize(width + 1, 0);
        }
        let rows = rows.map(|row| &row[..width]);
        let (near, next, far) = (&mut self.near[..width], &mut self.next[..width], &mut self.far[..width]);
        for i in 0..width {
            let at = |row: usize| -> i32 { rows[row][i].into() };
            let (inner, outer, outmost) = (at(2) + at(3), at(1) + at(4), at(0) + at(5));
            near[i] = 12 * inner - 3 * outer - outmost;
            next[i] = -3 * inner - 2 * outer - outmost;
            far[i] = -inner - outer;
        }
        // The column beyond the last is asked for in pictures of odd width alone.
        self.far[width] = self.far[width - 1];
        let Some(inner) = width.checked_sub(4) else { return };
        let (near, next) =
            ([2, 3].map(|from| &self.near[from..][..inner]), [1, 4].map(|from| &self.next[from..][..inner]));
        let far = [0, 5].map(|from| &self.far[from..][..inner]);
        for (i, out) in out[2..][..inner].iter_mut().enumerate() {
            let value = near[0][i] + near[1][i] + next[0][i] + next[1][i] + far[0][i] + far[1][i];
            *out = if i % 2 == 0 { value.unsigned_abs() } else { 0 };
        }
    }

    /// `now` and `last` are both rows of the squares.
    #[inline(always)]
    fn first_order<T: Sample>(&mut self, now: [&[T]; 2], last: [&[T]; 2], out: &mut [u32]) {
        self.change(out, |i| {
            let sum = |rows: [&[T]; 2]| -> i32 { rows[0][i].into() + rows[1][i].into() };
            sum(now) - sum(last)
        });
    }

    #[inline(always)]
    fn second_order<T: Sample>(&mut self, now: [&[T]; 2], last: [&[T]; 2], before: [&[T]; 2], out: &mut [u32]) {
        self.change(out, |i| {
            let sum = |rows: [&[T]; 2]| -> i32 { rows[0][i].into() + rows[1][i].into() };
            sum(now) - 2 * sum(last) + sum(before)
        });
    }

    #[inline(always)]
    fn change(&mut self, out: &mut [u32], column: impl Fn(usize) -> i32) {
        let width = out.len();
        self.near.resize(width + 1, 0);
        for (i, to) in self.near[..width].iter_mut().enumerate() {
            *to = column(i);
        }
        self.near[width] = self.near[width - 1];
        for (i, out) in out.iter_mut().enumerate() {
            let value = 2 * (self.near[i] + self.near[i + 1]).unsigned_abs();
            *out = if i % 2 == 0 { value } else { 0 };
        }
    }
}
