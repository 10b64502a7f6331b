//! Sixteen samples at a time; the corners come by gathers of 32 bits, two values each.

use std::arch::x86_64::*;

use super::Sample;
use super::picture::{self, LANES, Shape};
use super::table::{BLACK, CELL_MASK, CELL_STEPS, DIAGONAL, FRACTION, MAX, MIDDLE_STEPS, PLACES, STEPS, Table, shift};
use crate::x86::{gather_pairs256, gather256, load128, load256, store256};
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
    let spots = Spots::new(table, row);
    let [near, first, second, far] = spots.weights;
    // At an odd place the first comes first.
    let even = _mm256_cmpgt_epi16(_mm256_slli_epi16::<15>(spots.place), _mm256_set1_epi16(-1));
    let swapped = (_mm256_blendv_epi8(first, second, even), _mm256_blendv_epi8(second, first, even));
    let zero = _mm256_setzero_si256();
    let mix = |cell, place, ends, middle| {
        // A cell has nine values.
        let cell = _mm256_and_si256(cell, _mm256_set1_epi32(CELL_MASK));
        let cell = _mm256_add_epi32(_mm256_slli_epi32::<3>(cell), cell);
        let ends = _mm256_madd_epi16(gather_pairs256(&table.luma, cell), ends);
        let middle = _mm256_madd_epi16(gather_pairs256(&table.luma, _mm256_add_epi32(cell, place)), middle);
        scaled::<T>(_mm256_add_epi32(ends, middle))
    };
    let [low, high] = spots.cells(CELL_STEPS, 0);
    _mm256_packus_epi32(
        mix(
            low,
            _mm256_unpacklo_epi16(spots.place, zero),
            _mm256_unpacklo_epi16(near, far),
            _mm256_unpacklo_epi16(swapped.0, swapped.1),
        ),
        mix(
            high,
            _mm256_unpackhi_epi16(spots.place, zero),
            _mm256_unpackhi_epi16(near, far),
            _mm256_unpackhi_epi16(swapped.0, swapped.1),
        ),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn chroma_of<T: Sample>(table: &Table, row: [&[u16; WIDTH]; 3]) -> [__m256i; 2] {
    let spots = Spots::new(table, row);
    let [first, second] = spots.middle_steps();
    let zero = _mm256_setzero_si256();
    let [first_sign, second_sign] = [first, second].map(|step| _mm256_srai_epi16::<15>(step));
    let mix = |near, first, second, weights: [__m256i; 4]| {
        let far = _mm256_add_epi32(near, _mm256_set1_epi32(DIAGONAL));
        let corners = [near, _mm256_add_epi32(near, first), _mm256_add_epi32(near, second), far];
        let (mut cb, mut cr) = (zero, zero);
        for (at, weight) in corners.into_iter().zip(weights) {
            let values = gather256(&table.chroma, at);
            cb = _mm256_add_epi32(cb, _mm256_madd_epi16(values, weight));
            cr = _mm256_add_epi32(cr, _mm256_madd_epi16(values, _mm256_slli_epi32::<16>(weight)));
        }
        [scaled::<T>(cb), scaled::<T>(cr)]
    };
    let [near_low, near_high] = spots.cells(STEPS, BLACK);
    let low = mix(
        near_low,
        _mm256_unpacklo_epi16(first, first_sign),
        _mm256_unpacklo_epi16(second, second_sign),
        spots.weights.map(|weight| _mm256_unpacklo_epi16(weight, zero)),
    );
    let high = mix(
        near_high,
        _mm256_unpackhi_epi16(first, first_sign),
        _mm256_unpackhi_epi16(second, second_sign),
        spots.weights.map(|weight| _mm256_unpackhi_epi16(weight, zero)),
    );
    [_mm256_packus_epi32(low[0], high[0]), _mm256_packus_epi32(low[1], high[1])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn scaled<T: Sample>(sum: __m256i) -> __m256i {
    let half = _mm256_set1_epi32(1 << (shift(T::BITS) - 1));
    _mm256_srl_epi32(_mm256_add_epi32(sum, half), _mm_cvtsi32_si128(shift(T::BITS).cast_signed()))
}

/// Where sixteen colours are, as 16-bit numbers: `Spot` of `scalar.rs`.
struct Spots {
    cell: [__m256i; 3],
    place: __m256i,
    weights: [__m256i; 4],
}

impl Spots {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(table: &Table, [y, cb, cr]: [&[u16; WIDTH]; 3]) -> Self {
        let matrix = &table.matrix;
        let all = |value: i16| _mm256_set1_epi16(value);
        let y = _mm256_sub_epi16(_mm256_srli_epi16::<1>(load256(y)), all(matrix.black));
        let y = _mm256_mulhrs_epi16(y, all(matrix.luma));
        let (cb, cr) = (_mm256_xor_si256(load256(cb), all(i16::MIN)), _mm256_xor_si256(load256(cr), all(i16::MIN)));
        let red = _mm256_mulhrs_epi16(cr, all(matrix.cr_to_red));
        let green = _mm256_add_epi16(
            _mm256_mulhrs_epi16(cb, all(matrix.cb_to_green)),
            _mm256_mulhrs_epi16(cr, all(matrix.cr_to_green)),
        );
        let blue = _mm256_mulhrs_epi16(cb, all(matrix.cb_to_blue));
        let spots = [red, green, blue].map(|part| {
            _mm256_min_epi16(_mm256_max_epi16(_mm256_adds_epi16(y, part), _mm256_setzero_si256()), all(MAX))
        });
        let [r, g, b] = spots.map(|spot| _mm256_and_si256(spot, all((1 << FRACTION) - 1)));
        let most = _mm256_max_epi16(_mm256_max_epi16(r, g), b);
        let least = _mm256_min_epi16(_mm256_min_epi16(r, g), b);
        let sum = _mm256_add_epi16(_mm256_add_epi16(r, g), b);
        let middle = _mm256_sub_epi16(sum, _mm256_add_epi16(most, least));
        // A high byte of 0x80 is made 0 by the shuffle.
        let order = [(g, r, 1), (b, g, 2), (b, r, 4)].into_iter().fold(all(i16::MIN | 7), |order, (a, b, bit)| {
            _mm256_xor_si256(order, _mm256_and_si256(_mm256_cmpgt_epi16(a, b), all(bit)))
        });
        Self {
            cell: spots.map(|spot| _mm256_srli_epi16::<{ FRACTION.cast_signed() }>(spot)),
            place: _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load128(&PLACES)), order),
            weights: [
                _mm256_sub_epi16(all(1 << FRACTION), most),
                _mm256_sub_epi16(most, middle),
                _mm256_sub_epi16(middle, least),
                least,
            ],
        }
    }

    /// What the steps along each axis come to, for those that `unpacklo` takes and for those that `unpackhi` takes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn cells(&self, steps: [i16; 3], black: i32) -> [__m256i; 2] {
        let [r, g, b] = self.cell;
        let steps_rg = _mm256_set1_epi32(i32::from(steps[0]) & 0xFFFF | i32::from(steps[1]) << 16);
        let steps_b = _mm256_set1_epi32(i32::from(steps[2]));
        let zero = _mm256_setzero_si256();
        let near = |rg, b| {
            let sum = _mm256_add_epi32(_mm256_madd_epi16(rg, steps_rg), _mm256_madd_epi16(b, steps_b));
            _mm256_add_epi32(sum, _mm256_set1_epi32(black))
        };
        [
            near(_mm256_unpacklo_epi16(r, g), _mm256_unpacklo_epi16(b, zero)),
            near(_mm256_unpackhi_epi16(r, g), _mm256_unpackhi_epi16(b, zero)),
        ]
    }

    /// To the first and the second middle corner, in points.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn middle_steps(&self) -> [__m256i; 2] {
        // Low bytes in the first half of the table, high bytes in the second.
        let index = _mm256_or_si256(self.place, _mm256_slli_epi16::<8>(self.place));
        let index = _mm256_or_si256(index, _mm256_set1_epi16(0x0800));
        BYTES.map(|bytes| _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load128(&bytes)), index))
    }
}

/// `MIDDLE_STEPS`, low bytes and high bytes.
const BYTES: [[u8; 16]; 2] = {
    let mut bytes = [[0; 16]; 2];
    let mut i = 0;
    while i < 16 {
        bytes[i / 8][i % 8] = MIDDLE_STEPS[i / 8][i % 8].to_le_bytes()[0];
        bytes[i / 8][8 + i % 8] = MIDDLE_STEPS[i / 8][i % 8].to_le_bytes()[1];
        i += 1;
    }
    bytes
};
