//! Eight samples at a time. NEON has no gathers: the corners are looked up one by one, all else is done in vectors.

#![expect(clippy::cast_possible_truncation, reason = "halves of 32 bits")]

use std::arch::aarch64::*;

use super::Sample;
use super::picture::{self, LANES, Shape};
use super::table::{
    BLACK, CELL, CELL_MASK, CELL_STEPS, DIAGONAL, FRACTION, MAX, MIDDLE_STEPS, PLACES, STEPS, Table, shift,
};
use crate::aarch64::{load_u8, load_u16, store_i32, store_u16};
use crate::{Plane, PlaneMut};

const WIDTH: usize = 8;

#[target_feature(enable = "neon")]
pub(super) fn run<T: Sample>(table: &Table, shape: Shape, source: [Plane<'_, u16>; 3], to: [PlaneMut<'_, T>; 3]) {
    picture::run(shape, source, to, |rows, to| luma(table, rows, to), |rows, cb, cr| chroma(table, rows, cb, cr));
}

#[target_feature(enable = "neon")]
fn luma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], to: &mut [T]) {
    let rows = rows.map(|row| row.as_flattened().as_chunks::<WIDTH>().0);
    for (i, to) in to.chunks_mut(WIDTH).enumerate() {
        store(luma_of::<T>(table, rows.map(|row| &row[i])), to);
    }
}

#[target_feature(enable = "neon")]
fn chroma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], cb: &mut [T], cr: &mut [T]) {
    let rows = rows.map(|row| row.as_flattened().as_chunks::<WIDTH>().0);
    for (i, (cb, cr)) in cb.chunks_mut(WIDTH).zip(cr.chunks_mut(WIDTH)).enumerate() {
        let codes = chroma_of::<T>(table, rows.map(|row| &row[i]));
        store(codes[0], cb);
        store(codes[1], cr);
    }
}

/// As many codes as `to` takes.
#[inline]
#[target_feature(enable = "neon")]
fn store<T: Sample>(codes: uint16x8_t, to: &mut [T]) {
    let mut all = [0u16; WIDTH];
    store_u16(&mut all, codes);
    for (to, code) in to.iter_mut().zip(all) {
        *to = T::from_code(code);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn luma_of<T: Sample>(table: &Table, row: [&[u16; WIDTH]; 3]) -> uint16x8_t {
    let spots = Spots::new(table, row);
    let cells = spots.along(CELL_STEPS);
    let mut places = [0; WIDTH];
    store_u16(&mut places, spots.place);
    let mut corners = [[0; WIDTH]; 4];
    for i in 0..WIDTH {
        let cell = &table.luma.as_chunks::<CELL>().0[(cells[i] & CELL_MASK) as usize];
        // The last place that has a neighbour is 7, and none is greater.
        let place = usize::from(places[i]).min(CELL - 2);
        // At an odd place the first comes first.
        let even = usize::from(places[i] % 2 == 0);
        corners[0][i] = cell[0].cast_unsigned();
        corners[1][i] = cell[place + even].cast_unsigned();
        corners[2][i] = cell[place + 1 - even].cast_unsigned();
        corners[3][i] = cell[1].cast_unsigned();
    }
    mixed::<T>(&corners, spots.weights)
}

#[inline]
#[target_feature(enable = "neon")]
fn chroma_of<T: Sample>(table: &Table, row: [&[u16; WIDTH]; 3]) -> [uint16x8_t; 2] {
    let spots = Spots::new(table, row);
    let nears = spots.along(STEPS);
    let mut places = [0; WIDTH];
    store_u16(&mut places, spots.place);
    let (mut cb, mut cr) = ([[0; WIDTH]; 4], [[0; WIDTH]; 4]);
    for i in 0..WIDTH {
        let near = BLACK + nears[i];
        let place = usize::from(places[i] % 8);
        let [first, second] = [MIDDLE_STEPS[0][place], MIDDLE_STEPS[1][place]].map(|step| near + i32::from(step));
        for (corner, at) in [near, first, second, near + DIAGONAL].into_iter().enumerate() {
            let [low, high] = [0, 16].map(|bits| (table.chroma[at as usize] >> bits) & 0xFFFF);
            cb[corner][i] = low as u16;
            cr[corner][i] = high as u16;
        }
    }
    [mixed::<T>(&cb, spots.weights), mixed::<T>(&cr, spots.weights)]
}

/// Values by their weights.
#[inline]
#[target_feature(enable = "neon")]
fn mixed<T: Sample>(corners: &[[u16; WIDTH]; 4], weights: [uint16x8_t; 4]) -> uint16x8_t {
    let half = vdupq_n_u32(1 << (shift(T::BITS) - 1));
    let (mut low, mut high) = (half, half);
    for (values, weight) in corners.iter().zip(weights) {
        let values = load_u16(values);
        low = vmlal_u16(low, vget_low_u16(values), vget_low_u16(weight));
        high = vmlal_high_u16(high, values, weight);
    }
    let right = vdupq_n_s32(-shift(T::BITS).cast_signed());
    vcombine_u16(vmovn_u32(vshlq_u32(low, right)), vmovn_u32(vshlq_u32(high, right)))
}

/// Where eight colours are: `Spot` of `scalar.rs`.
struct Spots {
    cell: [int16x8_t; 3],
    place: uint16x8_t,
    weights: [uint16x8_t; 4],
}

impl Spots {
    #[inline]
    #[target_feature(enable = "neon")]
    fn new(table: &Table, [y, cb, cr]: [&[u16; WIDTH]; 3]) -> Self {
        let matrix = &table.matrix;
        let y = vreinterpretq_s16_u16(vshrq_n_u16::<1>(load_u16(y)));
        let y = vqrdmulhq_n_s16(vsubq_s16(y, vdupq_n_s16(matrix.black)), matrix.luma);
        let centred = |row| vreinterpretq_s16_u16(veorq_u16(load_u16(row), vdupq_n_u16(0x8000)));
        let (cb, cr) = (centred(cb), centred(cr));
        let red = vqrdmulhq_n_s16(cr, matrix.cr_to_red);
        let green = vaddq_s16(vqrdmulhq_n_s16(cb, matrix.cb_to_green), vqrdmulhq_n_s16(cr, matrix.cr_to_green));
        let blue = vqrdmulhq_n_s16(cb, matrix.cb_to_blue);
        let spots =
            [red, green, blue].map(|part| vminq_s16(vmaxq_s16(vqaddq_s16(y, part), vdupq_n_s16(0)), vdupq_n_s16(MAX)));
        let [r, g, b] = spots.map(|spot| vandq_u16(vreinterpretq_u16_s16(spot), vdupq_n_u16((1 << FRACTION) - 1)));
        let (most, least) = (vmaxq_u16(vmaxq_u16(r, g), b), vminq_u16(vminq_u16(r, g), b));
        let middle = vsubq_u16(vaddq_u16(vaddq_u16(r, g), b), vaddq_u16(most, least));
        // A high byte of 0xFF is made 0 by the table.
        let bit = |at_least, bit| vandq_u16(at_least, vdupq_n_u16(bit));
        let order = vorrq_u16(bit(vcgeq_u16(r, g), 1), bit(vcgeq_u16(g, b), 2));
        let order = vorrq_u16(vorrq_u16(order, bit(vcgeq_u16(r, b), 4)), vdupq_n_u16(0xFF00));
        Self {
            cell: spots.map(|spot| vshrq_n_s16::<{ FRACTION.cast_signed() }>(spot)),
            place: vreinterpretq_u16_u8(vqtbl1q_u8(load_u8(&PLACES), vreinterpretq_u8_u16(order))),
            weights: [
                vsubq_u16(vdupq_n_u16(1 << FRACTION), most),
                vsubq_u16(most, middle),
                vsubq_u16(middle, least),
                least,
            ],
        }
    }

    /// What the steps along each axis come to.
    #[inline]
    #[target_feature(enable = "neon")]
    fn along(&self, steps: [i16; 3]) -> [i32; WIDTH] {
        let (mut low, mut high) = (vdupq_n_s32(0), vdupq_n_s32(0));
        for (cell, step) in self.cell.into_iter().zip(steps) {
            low = vmlal_n_s16(low, vget_low_s16(cell), step);
            high = vmlal_high_n_s16(high, cell, step);
        }
        let mut halves = [[0; 4]; 2];
        store_i32(&mut halves[0], low);
        store_i32(&mut halves[1], high);
        let [[a, b, c, d], [e, f, g, h]] = halves;
        [a, b, c, d, e, f, g, h]
    }
}
