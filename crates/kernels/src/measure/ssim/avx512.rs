//! AVX-512: 16 blocks of a strip at once, and the windows that end in them.
//!
//! 1.2 to 1.3 times as fast as AVX2 at 1080p, 1.1 to 1.2 times at 224x224 (Zen 4): it has the registers for all sums.

use std::arch::x86_64::*;

use super::constants;
use super::strips::{CONSTANTS_U8, Rows, at, rows};
use crate::Plane;
use crate::x86::{load512, load512_part, prefetch, store512};

/// Sums of sixteen blocks: `S`, `D`, `P` and `M`.
type Blocks = [__m512i; 4];

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn sum_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> f64 {
    scan(
        a,
        b,
        |a, b| blocks_u8(load_u8(a), load_u8(b)),
        |a, b| blocks_u8(load_rest_u8(a), load_rest_u8(b)),
        |left, right, there| windows_u8(left, right, there),
    )
}

/// For samples of up to 12 bits.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn sum_u12(a: Plane<'_, u16>, b: Plane<'_, u16>, max: u32) -> f64 {
    let (c1, c2) = constants(64.0, max);
    let (c1, c2) = (_mm512_set1_pd(2.0 * c1), _mm512_set1_pd(2.0 * c2));
    scan(
        a,
        b,
        |a, b| blocks_u12(load_u12(a), load_u12(b)),
        |a, b| blocks_u12(load_rest_u12(a), load_rest_u12(b)),
        |left, right, there| windows_u12(left, right, there, c1, c2),
    )
}

/// The sum over all windows: `blocks` gives the sums of sixteen blocks, `rest` those of the last ones of a strip, `windows` adds up the ratios of sixteen windows of which the
/// left and right halves are summed, those that are there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn scan<T>(
    a: Plane<'_, T>,
    b: Plane<'_, T>,
    blocks: impl Fn([&[T; 64]; 4], [&[T; 64]; 4]) -> Blocks,
    rest: impl Fn(Rows<'_, T>, Rows<'_, T>) -> Blocks,
    windows: impl Fn(Blocks, Blocks, __mmask16) -> __m512d,
) -> f64 {
    let columns = a.width() / 4;
    let whole = columns / 16;
    let mut strip = vec![[[0; 16]; 4]; columns.div_ceil(16)];
    let all = first(16);
    let last = first(columns - 1 - (columns - 1) / 16 * 16);
    let mut sum = _mm512_setzero_pd();
    let strips = a.height() / 4;
    let mut following = (rows::<T, 64>(&a, 0), rows::<T, 64>(&b, 0));
    for y in 0..strips {
        let ((a_now, a_rest), (b_now, b_rest)) = following;
        let next_y = (y + 1).min(strips - 1);
        following = (rows(&a, next_y), rows(&b, next_y));
        let ((a_next, _), (b_next, _)) = following;
        // Of the blocks before: both strips added.
        let mut before = None;
        let mut advance = |found: Blocks, strip: &mut [[i32; 16]; 4]| {
            let above = [load512(&strip[0]), load512(&strip[1]), load512(&strip[2]), load512(&strip[3])];
            for (to, found) in strip.iter_mut().zip(found) {
                store512(to, found);
            }
            if y == 0 {
                return;
            }
            let both = each(above, found, |above, found| _mm512_add_epi32(above, found));
            if let Some(before) = before.replace(both) {
                sum = _mm512_add_pd(sum, windows(before, each(before, both, |a, b| next(a, b)), all));
            }
        };
        let (vectors, last_vector) = strip.split_at_mut(whole);
        for (i, strip) in vectors.iter_mut().enumerate() {
            // Eight rows at once are more than what some CPUs fetch ahead by themselves.
            for [first, second, third, fourth] in [at(&a_next, i), at(&b_next, i)] {
                prefetch(first);
                prefetch(second);
                prefetch(third);
                prefetch(fourth);
            }
            advance(blocks(at(&a_now, i), at(&b_now, i)), strip);
        }
        for strip in last_vector {
            advance(rest(a_rest, b_rest), strip);
        }
        if let Some(before) = before {
            let none = [_mm512_setzero_si512(); 4];
            sum = _mm512_add_pd(sum, windows(before, each(before, none, |a, b| next(a, b)), last));
        }
    }
    _mm512_reduce_add_pd(sum)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn each(a: Blocks, b: Blocks, f: impl Fn(__m512i, __m512i) -> __m512i) -> Blocks {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

/// The lanes from the second of `a` on, then the first of `b`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn next(a: __m512i, b: __m512i) -> __m512i {
    _mm512_alignr_epi32::<1>(b, a)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn load_u8(rows: [&[u8; 64]; 4]) -> [__m512i; 4] {
    [load512(rows[0]), load512(rows[1]), load512(rows[2]), load512(rows[3])]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn load_rest_u8(rows: Rows<'_, u8>) -> [__m512i; 4] {
    [load512_part(rows[0]), load512_part(rows[1]), load512_part(rows[2]), load512_part(rows[3])]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn load_u12(rows: [&[u16; 64]; 4]) -> [[__m512i; 2]; 4] {
    let both = |row: &[u16; 64]| {
        let halves = row.as_chunks::<32>().0;
        [load512(&halves[0]), load512(&halves[1])]
    };
    [both(rows[0]), both(rows[1]), both(rows[2]), both(rows[3])]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn load_rest_u12(rows: Rows<'_, u16>) -> [[__m512i; 2]; 4] {
    let both = |row: &[u16]| {
        let (low, high) = row.split_at(row.len().min(32));
        [load512_part(low), load512_part(high)]
    };
    [both(rows[0]), both(rows[1]), both(rows[2]), both(rows[3])]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn blocks_u8(a: [__m512i; 4], b: [__m512i; 4]) -> Blocks {
    let zero = _mm512_setzero_si512();
    let (mut low, mut high) = (Halves::new(), Halves::new());
    let mut add = |a: __m512i, b: __m512i| {
        low.add(_mm512_unpacklo_epi8(a, zero), _mm512_unpacklo_epi8(b, zero));
        high.add(_mm512_unpackhi_epi8(a, zero), _mm512_unpackhi_epi8(b, zero));
    };
    add(a[0], b[0]);
    add(a[1], b[1]);
    add(a[2], b[2]);
    add(a[3], b[3]);
    // Low and high halves of each 128 bits are put beside each other again.
    low.with(high)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn blocks_u12(a: [[__m512i; 2]; 4], b: [[__m512i; 2]; 4]) -> Blocks {
    let (mut low, mut high) = (Halves::new(), Halves::new());
    let mut add = |a: [__m512i; 2], b: [__m512i; 2]| {
        low.add(a[0], b[0]);
        high.add(a[1], b[1]);
    };
    add(a[0], b[0]);
    add(a[1], b[1]);
    add(a[2], b[2]);
    add(a[3], b[3]);
    let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    low.with(high).map(|blocks| _mm512_permutexvar_epi64(order, blocks))
}

/// Sums down the columns of four blocks: plain ones in 16 bits (4 rows of 2 * 4095 fit), those of squares in pairs.
struct Halves {
    sums: __m512i,
    differences: __m512i,
    sum_squares: __m512i,
    difference_squares: __m512i,
}

impl Halves {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn new() -> Self {
        let zero = _mm512_setzero_si512();
        Self { sums: zero, differences: zero, sum_squares: zero, difference_squares: zero }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn add(&mut self, a: __m512i, b: __m512i) {
        let (sum, difference) = (_mm512_add_epi16(a, b), _mm512_sub_epi16(a, b));
        self.sums = _mm512_add_epi16(self.sums, sum);
        self.differences = _mm512_add_epi16(self.differences, difference);
        self.sum_squares = _mm512_add_epi32(self.sum_squares, _mm512_madd_epi16(sum, sum));
        self.difference_squares = _mm512_add_epi32(self.difference_squares, _mm512_madd_epi16(difference, difference));
    }

    /// Across the four columns of each block, of which this has the first in each 128 bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn with(self, high: Self) -> Blocks {
        let ones = _mm512_set1_epi16(1);
        let across = |low, high| {
            let (low, high) = (_mm512_castsi512_ps(low), _mm512_castsi512_ps(high));
            let (even, odd) =
                (_mm512_shuffle_ps::<0b10_00_10_00>(low, high), _mm512_shuffle_ps::<0b11_01_11_01>(low, high));
            _mm512_add_epi32(_mm512_castps_si512(even), _mm512_castps_si512(odd))
        };
        let plain = |low, high| across(_mm512_madd_epi16(low, ones), _mm512_madd_epi16(high, ones));
        [
            plain(self.sums, high.sums),
            plain(self.differences, high.differences),
            across(self.sum_squares, high.sum_squares),
            across(self.difference_squares, high.difference_squares),
        ]
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn windows_u8(left: Blocks, right: Blocks, there: __mmask16) -> __m512d {
    let [c1, c2] = CONSTANTS_U8.map(|constant| _mm512_set1_epi32(constant));
    let [s, d, p, m] = each(left, right, |left, right| _mm512_add_epi32(left, right));
    // Both fit 16 bits with their sign, so that one multiplication of 16 bits squares them.
    let d = _mm512_and_si512(d, _mm512_set1_epi32(0xFFFF));
    let (s2, d2) = (_mm512_madd_epi16(s, s), _mm512_madd_epi16(d, d));
    let u = _mm512_sub_epi32(_mm512_slli_epi32::<6>(p), s2);
    let v = _mm512_sub_epi32(_mm512_slli_epi32::<6>(m), d2);
    let float = |value, constant| _mm512_cvtepi32_ps(_mm512_add_epi32(value, constant));
    let above = _mm512_mul_ps(float(_mm512_sub_epi32(s2, d2), c1), float(_mm512_sub_epi32(u, v), c2));
    let below = _mm512_mul_ps(float(_mm512_add_epi32(s2, d2), c1), float(_mm512_add_epi32(u, v), c2));
    let ratio = _mm512_maskz_div_ps(there, above, below);
    let high = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(ratio)));
    _mm512_add_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(ratio)), _mm512_cvtps_pd(high))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn windows_u12(left: Blocks, right: Blocks, there: __mmask16, c1: __m512d, c2: __m512d) -> __m512d {
    let halves = |x| [_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64::<1>(x)];
    let (left, right) = (left.map(halves), right.map(halves));
    let mut sum = _mm512_setzero_pd();
    for half in 0..2 {
        // Sums of two blocks fit 32 bits, but not all of four: those are added in double precision, exactly.
        let of = |i: usize| _mm512_add_pd(_mm512_cvtepi32_pd(left[i][half]), _mm512_cvtepi32_pd(right[i][half]));
        let (s, d, p, m) = (of(0), of(1), of(2), of(3));
        let (s2, d2) = (_mm512_mul_pd(s, s), _mm512_mul_pd(d, d));
        let u = _mm512_sub_pd(_mm512_mul_pd(p, _mm512_set1_pd(64.0)), s2);
        let v = _mm512_sub_pd(_mm512_mul_pd(m, _mm512_set1_pd(64.0)), d2);
        let product = |a, b| _mm512_mul_pd(_mm512_add_pd(a, c1), _mm512_add_pd(b, c2));
        let ratio = _mm512_maskz_div_pd(
            there.to_le_bytes()[half],
            product(_mm512_sub_pd(s2, d2), _mm512_sub_pd(u, v)),
            product(_mm512_add_pd(s2, d2), _mm512_add_pd(u, v)),
        );
        sum = _mm512_add_pd(sum, ratio);
    }
    sum
}

/// The first `count` lanes.
fn first(count: usize) -> __mmask16 {
    u16::MAX.checked_shr(16 - u32::try_from(count).unwrap_or(16).min(16)).unwrap_or(0)
}
