//! One sample at a time: what the other levels must equal.

#![expect(clippy::cast_possible_truncation, reason = "coordinates have 14 bits, their product with a factor 16")]

use super::Sample;
use super::picture::{self, LANES, Shape};
use super::table::{
    BLACK, CELL, CELL_MASK, CELL_STEPS, DIAGONAL, FRACTION, MAX, MIDDLE_STEPS, Matrix, PLACES, STEPS, Table, along,
    shift,
};
use crate::{Plane, PlaneMut};

pub(super) fn run<T: Sample>(table: &Table, shape: Shape, source: [Plane<'_, u16>; 3], to: [PlaneMut<'_, T>; 3]) {
    picture::run(shape, source, to, |rows, to| luma(table, rows, to), |rows, cb, cr| chroma(table, rows, cb, cr));
}

fn luma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], to: &mut [T]) {
    let rows = rows.map(<[_]>::as_flattened);
    for (i, to) in to.iter_mut().enumerate() {
        let spot = Spot::new(&table.matrix, rows.map(|row| row[i]));
        let cell = CELL * (along(CELL_STEPS, spot.cell) & CELL_MASK) as usize;
        let middle = cell + spot.place;
        let [near, first, second, far] = spot.weights;
        let middle_weights = if spot.place % 2 == 1 { [first, second] } else { [second, first] };
        let [a, b, c, d] = [cell, cell + 1, middle, middle + 1].map(|at| i32::from(table.luma[at]));
        *to = scaled(a * near + b * far + c * middle_weights[0] + d * middle_weights[1]);
    }
}

fn chroma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], cb: &mut [T], cr: &mut [T]) {
    let rows = rows.map(<[_]>::as_flattened);
    for (i, (cb, cr)) in cb.iter_mut().zip(cr).enumerate() {
        let spot = Spot::new(&table.matrix, rows.map(|row| row[i]));
        let near = BLACK + along(STEPS, spot.cell);
        let [first, second] = MIDDLE_STEPS.map(|step| near + i32::from(step[spot.place]));
        let corners = [near, first, second, near + DIAGONAL].map(|at| table.chroma[at as usize]);
        let sum =
            |part: fn(i32) -> i32| corners.iter().zip(spot.weights).map(|(value, weight)| part(*value) * weight).sum();
        *cb = scaled(sum(|value| value & 0xFFFF));
        *cr = scaled(sum(|value| value >> 16));
    }
}

fn scaled<T: Sample>(sum: i32) -> T {
    T::from_code(((sum + (1 << (shift(T::BITS) - 1))) >> shift(T::BITS)) as u16)
}

/// Where a colour is: its cell, its tetrahedron there, and the weights of the near corner, the two middle ones and the far
/// one.
struct Spot {
    cell: [usize; 3],
    place: usize,
    weights: [i32; 4],
}

impl Spot {
    #[inline]
    fn new(matrix: &Matrix, [y, cb, cr]: [u16; 3]) -> Self {
        let product = |a: i16, b: i16| ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16;
        let y = product((y >> 1).cast_signed() - matrix.black, matrix.luma);
        let (cb, cr) = ((cb ^ 0x8000).cast_signed(), (cr ^ 0x8000).cast_signed());
        let red = y.saturating_add(product(cr, matrix.cr_to_red));
        let green = y.saturating_add(product(cb, matrix.cb_to_green) + product(cr, matrix.cr_to_green));
        let blue = y.saturating_add(product(cb, matrix.cb_to_blue));
        let spots = [red, green, blue].map(|part| part.clamp(0, MAX));
        let [r, g, b] = spots.map(|spot| i32::from(spot) & ((1 << FRACTION) - 1));
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let middle = r + g + b - most - least;
        let order = usize::from(r >= g) | usize::from(g >= b) << 1 | usize::from(r >= b) << 2;
        Self {
            cell: spots.map(|spot| (spot >> FRACTION) as usize),
            place: usize::from(PLACES[order]),
            weights: [(1 << FRACTION) - most, most - middle, middle - least, least],
        }
    }
}
