//! Sixteen samples at a time; the corners come by gathers of 32 bits, two values each.

use std::arch::x86_64::*;

use super::Sample;
use super::picture::{self, LANES, Shape};
use super::table::{DIAGONAL, FRACTION, MAX, STEPS, Table, shift};
use crate::x86::{gather256, load256, store256};
use crate::{Plane, PlaneMut};

const WIDTH: usize = 16;

#[target_feature(enable = "avx2")]
pub(super) fn run<T: Sample>(table: &Table, shape: Shape, source: [Plane<'_, u16>; 3], to: [PlaneMut<'_, T>; 3]) {
    picture::run(shape, source, to, |rows, to| luma(table, rows, to), |rows, cb, cr| chroma(table, rows, cb, cr));
}

#[target_feature(enable = "avx2")]
fn luma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], to: &mut [T]) {
    let rows = rows.map(|row| row.as_flattened().as_chunks::<WIDTH>().0);
    let (whole, rest) = to.as_chunks_mut::<WIDTH>();
    for (i, to) in whole.iter_mut().enumerate() {
        store(luma_of::<T>(table, rows.map(|row| &row[i])), to);
    }
    if !rest.is_empty() {
        store(luma_of::<T>(table, rows.map(|row| &row[whole.len()])), rest);
    }
}

#[target_feature(enable = "avx2")]
fn chroma<T: Sample>(table: &Table, rows: [&[[u16; LANES]]; 3], cb: &mut [T], cr: &mut [T]) {
    let rows = rows.map(|row| row.as_flattened().as_chunks::<WIDTH>().0);
    let ((whole_cb, rest_cb), (whole_cr, rest_cr)) = (cb.as_chunks_mut::<WIDTH>(), cr.as_chunks_mut::<WIDTH>());
    for (i, (cb, cr)) in whole_cb.iter_mut().zip(whole_cr).enumerate() {
        let codes = chroma_of::<T>(table, rows.map(|row| &row[i]));
        store(codes[0], cb);
        store(codes[1], cr);
    }
    if !rest_cb.is_empty() {
        let codes = chroma_of::<T>(table, rows.map(|row| &row[whole_cb.len()]));
        store(codes[0], rest_cb);
        store(codes[1], rest_cr);
    }
}

/// As many codes as `to` takes.
#[inline]
#[target_feature(enable = "avx2")]
fn store<T: Sample>(codes: __m256i, to: &mut [T]) {
    let mut all = [0u16; WIDTH];
    store256(&mut all, codes);
    for (to, code) in to.iter_mut().zip(all) {
        *to = T::from_code(code);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn luma_of<T: Sample>(table: &Table, row: [&[u16; WIDTH]; 3]) -> __m256i {
    let [low, high] = cells(table, row).map(|cell| {
        // Both ends of the diagonal in one gather.
        let ends = _mm256_blend_epi16::<0b1010_1010>(cell.weights[0], _mm256_slli_epi32::<16>(cell.weights[3]));
        let sum = _mm256_madd_epi16(gather256(&table.luma, cell.near), ends);
        let sum = _mm256_add_epi32(sum, _mm256_madd_epi16(gather256(&table.luma, cell.first), cell.weights[1]));
        let sum = _mm256_add_epi32(sum, _mm256_madd_epi16(gather256(&table.luma, cell.second), cell.weights[2]));
        scaled::<T>(sum)
    });
    _mm256_packus_epi32(low, high)
}

#[inline]
#[target_feature(enable = "avx2")]
fn chroma_of<T: Sample>(table: &Table, row: [&[u16; WIDTH]; 3]) -> [__m256i; 2] {
    let [low, high] = cells(table, row).map(|cell| {
        let far = _mm256_add_epi32(cell.near, _mm256_set1_epi32(DIAGONAL));
        let corners = [cell.near, cell.first, cell.second, far];
        let (mut cb, mut cr) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (at, weight) in corners.into_iter().zip(cell.weights) {
            let values = gather256(&table.chroma, at);
            cb = _mm256_add_epi32(cb, _mm256_madd_epi16(values, weight));
            cr = _mm256_add_epi32(cr, _mm256_madd_epi16(values, _mm256_slli_epi32::<16>(weight)));
        }
        [scaled::<T>(cb), scaled::<T>(cr)]
    });
    [_mm256_packus_epi32(low[0], high[0]), _mm256_packus_epi32(low[1], high[1])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn scaled<T: Sample>(sum: __m256i) -> __m256i {
    let half = _mm256_set1_epi32(1 << (shift(T::BITS) - 1));
    _mm256_srl_epi32(_mm256_add_epi32(sum, half), _mm_cvtsi32_si128(shift(T::BITS).cast_signed()))
}

/// The corners of eight tetrahedra but the furthest, and four weights in the low halves.
struct Cells {
    near: __m256i,
    first: __m256i,
    second: __m256i,
    weights: [__m256i; 4],
}

/// Those of the samples that `unpacklo` takes, and those of the ones that `unpackhi` takes.
#[inline]
#[target_feature(enable = "avx2")]
fn cells(table: &Table, [y, cb, cr]: [&[u16; WIDTH]; 3]) -> [Cells; 2] {
    let matrix = &table.matrix;
    let factor = |value: i16| _mm256_set1_epi16(value);
    let middle = factor(i16::MIN);
    let y = _mm256_sub_epi16(_mm256_srli_epi16::<1>(load256(y)), factor(matrix.black));
    let y = _mm256_mulhrs_epi16(y, factor(matrix.luma));
    let (cb, cr) = (_mm256_xor_si256(load256(cb), middle), _mm256_xor_si256(load256(cr), middle));
    let red = _mm256_mulhrs_epi16(cr, factor(matrix.cr_to_red));
    let green = _mm256_add_epi16(
        _mm256_mulhrs_epi16(cb, factor(matrix.cb_to_green)),
        _mm256_mulhrs_epi16(cr, factor(matrix.cr_to_green)),
    );
    let blue = _mm256_mulhrs_epi16(cb, factor(matrix.cb_to_blue));
    let places = [red, green, blue].map(|part| {
        _mm256_min_epi16(_mm256_max_epi16(_mm256_adds_epi16(y, part), _mm256_setzero_si256()), factor(MAX))
    });
    let whole = places.map(|place| _mm256_srli_epi16::<{ FRACTION as i32 }>(place));
    let part = places.map(|place| _mm256_and_si256(place, factor((1 << FRACTION) - 1)));
    let steps = STEPS.map(factor);
    [
        cells_of(
            _mm256_unpacklo_epi16(whole[0], whole[1]),
            _mm256_unpacklo_epi16(whole[2], _mm256_setzero_si256()),
            [0, 1, 2].map(|i| _mm256_unpacklo_epi16(steps[i], part[i])),
        ),
        cells_of(
            _mm256_unpackhi_epi16(whole[0], whole[1]),
            _mm256_unpackhi_epi16(whole[2], _mm256_setzero_si256()),
            [0, 1, 2].map(|i| _mm256_unpackhi_epi16(steps[i], part[i])),
        ),
    ]
}

/// `keys` have a fraction above and its axis' step below, so that what sorts the fractions carries the steps along.
#[inline]
#[target_feature(enable = "avx2")]
fn cells_of(red_green: __m256i, blue: __m256i, keys: [__m256i; 3]) -> Cells {
    let steps = _mm256_set1_epi32(i32::from(STEPS[0]) | i32::from(STEPS[1]) << 16);
    let near = _mm256_add_epi32(_mm256_madd_epi16(red_green, steps), blue);
    let [r, g, b] = keys;
    let first = _mm256_max_epi32(_mm256_max_epi32(r, g), b);
    let last = _mm256_min_epi32(_mm256_min_epi32(r, g), b);
    let sum = _mm256_add_epi32(_mm256_add_epi32(r, g), b);
    let middle = _mm256_sub_epi32(sum, _mm256_add_epi32(first, last));
    let step = |key| _mm256_blend_epi16::<0b1010_1010>(key, _mm256_setzero_si256());
    let [most, mid, least] = [first, middle, last].map(|key| _mm256_srli_epi32::<16>(key));
    Cells {
        near,
        first: _mm256_add_epi32(near, step(first)),
        second: _mm256_sub_epi32(_mm256_add_epi32(near, _mm256_set1_epi32(DIAGONAL)), step(last)),
        weights: [
            _mm256_sub_epi32(_mm256_set1_epi32(1 << FRACTION), most),
            _mm256_sub_epi32(most, mid),
            _mm256_sub_epi32(mid, least),
            least,
        ],
    }
}
