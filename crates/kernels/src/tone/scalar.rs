//! One sample at a time: what the other levels must equal.

#![expect(clippy::cast_possible_truncation, reason = "coordinates have 14 bits, their product with a factor 16")]

use super::Sample;
use super::picture::{self, LANES, Shape};
use super::table::{DIAGONAL, FRACTION, MAX, Matrix, STEPS, Table, shift};
use crate::{Plane, PlaneMut};

pub(super) fn run<T: Sample>(table: &Table, shape: Shape, source: [Plane<'_, u16>; 3], to: [PlaneMut<'_, T>; 3]) {
    picture::run(shape, source, to, |rows, to| luma(table, rows, to), |rows, cb, cr| chroma(table, rows, cb, cr));
}

fn luma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], to: &mut [T]) {
    let rows = rows.map(<[_]>::as_flattened);
    for (i, to) in to.iter_mut().enumerate() {
        let cell = Cell::new(&table.matrix, rows.map(|row| row[i]));
        *to = cell.mix(|at| table.luma[at] & 0xFFFF);
    }
}

fn chroma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], cb: &mut [T], cr: &mut [T]) {
    let rows = rows.map(<[_]>::as_flattened);
    for (i, (cb, cr)) in cb.iter_mut().zip(cr).enumerate() {
        let cell = Cell::new(&table.matrix, rows.map(|row| row[i]));
        *cb = cell.mix(|at| table.chroma[at] & 0xFFFF);
        *cr = cell.mix(|at| table.chroma[at] >> 16);
    }
}

/// The four corners of a tetrahedron about a colour, and their weights.
struct Cell {
    corners: [usize; 4],
    weights: [i32; 4],
}

impl Cell {
    #[inline]
    fn new(matrix: &Matrix, [y, cb, cr]: [u16; 3]) -> Self {
        let product = |a: i16, b: i16| ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16;
        let y = product((y >> 1).cast_signed() - matrix.black, matrix.luma);
        let (cb, cr) = ((cb ^ 0x8000).cast_signed(), (cr ^ 0x8000).cast_signed());
        let red = y.saturating_add(product(cr, matrix.cr_to_red));
        let green = y.saturating_add(product(cb, matrix.cb_to_green) + product(cr, matrix.cr_to_green));
        let blue = y.saturating_add(product(cb, matrix.cb_to_blue));
        let places = [red, green, blue].map(|part| i32::from(part.clamp(0, MAX)));

        // A fraction above, its axis' step below: what sorts the fractions carries the steps along.
        let mut near = 0;
        let mut keys = [0; 3];
        for i in 0..3 {
            near += (places[i] >> FRACTION) * i32::from(STEPS[i]);
            keys[i] = (places[i] & ((1 << FRACTION) - 1)) << 16 | i32::from(STEPS[i]);
        }
        let (first, last) = (keys[0].max(keys[1]).max(keys[2]), keys[0].min(keys[1]).min(keys[2]));
        let middle = keys[0] + keys[1] + keys[2] - first - last;
        let [most, mid, least] = [first, middle, last].map(|key| key >> 16);
        Self {
            corners: [near, near + (first & 0xFFFF), near + DIAGONAL - (last & 0xFFFF), near + DIAGONAL]
                .map(|at| at as usize),
            weights: [(1 << FRACTION) - most, most - mid, mid - least, least],
        }
    }

    #[inline]
    fn mix<T: Sample>(&self, value: impl Fn(usize) -> i32) -> T {
        let sum: i32 = self.corners.iter().zip(self.weights).map(|(at, weight)| value(*at) * weight).sum();
        T::from_code(((sum + (1 << (shift(T::BITS) - 1))) >> shift(T::BITS)) as u16)
    }
}
