//! AVX2: 8 blocks of a strip at once, and the windows that end in them.

use std::arch::x86_64::*;

use super::constants;
use super::strips::{CONSTANTS_U8, Rows, at, rows};
use crate::Plane;
use crate::x86::{load256, load256_part, prefetch, store256};

/// Sums of eight blocks: `S`, `D`, `P` and `M`.
type Blocks = [__m256i; 4];

#[target_feature(enable = "avx2")]
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
#[target_feature(enable = "avx2")]
pub(super) fn sum_u12(a: Plane<'_, u16>, b: Plane<'_, u16>, max: u32) -> f64 {
    let (c1, c2) = constants(64.0, max);
    let (c1, c2) = (_mm256_set1_pd(2.0 * c1), _mm256_set1_pd(2.0 * c2));
    scan(
        a,
        b,
        |a, b| blocks_u12(load_u12(a), load_u12(b)),
        |a, b| blocks_u12(load_rest_u12(a), load_rest_u12(b)),
        |left, right, there| windows_u12(left, right, there, c1, c2),
    )
}

/// The sum over all windows: `blocks` gives the sums of eight blocks, `rest` those of the last ones of a strip, `windows` adds up the ratios of eight windows of which the
/// left and right halves are summed, those that are there.
#[inline]
#[target_feature(enable = "avx2")]
fn scan<T>(
    a: Plane<'_, T>,
    b: Plane<'_, T>,
    blocks: impl Fn([&[T; 32]; 4], [&[T; 32]; 4]) -> Blocks,
    rest: impl Fn(Rows<'_, T>, Rows<'_, T>) -> Blocks,
    windows: impl Fn(Blocks, Blocks, __m256i) -> __m256d,
) -> f64 {
    let columns = a.width() / 4;
    let whole = columns / 8;
    let mut strip = vec![[[0; 8]; 4]; columns.div_ceil(8)];
    let all = _mm256_set1_epi32(-1);
    let last = first(columns - 1 - (columns - 1) / 8 * 8);
    let mut sum = _mm256_setzero_pd();
    let strips = a.height() / 4;
    let mut following = (rows::<T, 32>(&a, 0), rows::<T, 32>(&b, 0));
    for y in 0..strips {
        let ((a_now, a_rest), (b_now, b_rest)) = following;
        let next_y = (y + 1).min(strips - 1);
        following = (rows(&a, next_y), rows(&b, next_y));
        let ((a_next, _), (b_next, _)) = following;
        // Of the blocks before: both strips added.
        let mut before = None;
        let mut advance = |found: Blocks, strip: &mut [[i32; 8]; 4]| {
            let above = [load256(&strip[0]), load256(&strip[1]), load256(&strip[2]), load256(&strip[3])];
            for (to, found) in strip.iter_mut().zip(found) {
                store256(to, found);
            }
            if y == 0 {
                return;
            }
            let both = each(above, found, |above, found| _mm256_add_epi32(above, found));
            if let Some(before) = before.replace(both) {
                sum = _mm256_add_pd(sum, windows(before, each(before, both, |a, b| next(a, b)), all));
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
            let none = [_mm256_setzero_si256(); 4];
            sum = _mm256_add_pd(sum, windows(before, each(before, none, |a, b| next(a, b)), last));
        }
    }
    total(sum)
}

#[inline]
#[target_feature(enable = "avx2")]
fn each(a: Blocks, b: Blocks, f: impl Fn(__m256i, __m256i) -> __m256i) -> Blocks {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

/// The lanes from the second of `a` on, then the first of `b`.
#[inline]
#[target_feature(enable = "avx2")]
fn next(a: __m256i, b: __m256i) -> __m256i {
    _mm256_alignr_epi8::<4>(_mm256_permute2x128_si256::<0x21>(a, b), a)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_u8(rows: [&[u8; 32]; 4]) -> [__m256i; 4] {
    [load256(rows[0]), load256(rows[1]), load256(rows[2]), load256(rows[3])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_rest_u8(rows: Rows<'_, u8>) -> [__m256i; 4] {
    [load256_part(rows[0]), load256_part(rows[1]), load256_part(rows[2]), load256_part(rows[3])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_u12(rows: [&[u16; 32]; 4]) -> [[__m256i; 2]; 4] {
    let both = |row: &[u16; 32]| {
        let halves = row.as_chunks::<16>().0;
        [load256(&halves[0]), load256(&halves[1])]
    };
    [both(rows[0]), both(rows[1]), both(rows[2]), both(rows[3])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_rest_u12(rows: Rows<'_, u16>) -> [[__m256i; 2]; 4] {
    let both = |row: &[u16]| {
        let (low, high) = row.split_at(row.len().min(16));
        [load256_part(low), load256_part(high)]
    };
    [both(rows[0]), both(rows[1]), both(rows[2]), both(rows[3])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn blocks_u8(a: [__m256i; 4], b: [__m256i; 4]) -> Blocks {
    let zero = _mm256_setzero_si256();
    let (mut low, mut high) = (Halves::new(), Halves::new());
    let mut add = |a: __m256i, b: __m256i| {
        low.add(_mm256_unpacklo_epi8(a, zero), _mm256_unpacklo_epi8(b, zero));
        high.add(_mm256_unpackhi_epi8(a, zero), _mm256_unpackhi_epi8(b, zero));
    };
    add(a[0], b[0]);
    add(a[1], b[1]);
    add(a[2], b[2]);
    add(a[3], b[3]);
    // Low and high halves of each 128 bits are put beside each other again.
    low.with(high)
}

#[inline]
#[target_feature(enable = "avx2")]
fn blocks_u12(a: [[__m256i; 2]; 4], b: [[__m256i; 2]; 4]) -> Blocks {
    let (mut low, mut high) = (Halves::new(), Halves::new());
    let mut add = |a: [__m256i; 2], b: [__m256i; 2]| {
        low.add(a[0], b[0]);
        high.add(a[1], b[1]);
    };
    add(a[0], b[0]);
    add(a[1], b[1]);
    add(a[2], b[2]);
    add(a[3], b[3]);
    low.with(high).map(|blocks| _mm256_permute4x64_epi64::<0b11_01_10_00>(blocks))
}

/// Sums down the columns of four blocks: plain ones in 16 bits (4 rows of 2 * 4095 fit), those of squares in pairs.
struct Halves {
    sums: __m256i,
    differences: __m256i,
    sum_squares: __m256i,
    difference_squares: __m256i,
}

impl Halves {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new() -> Self {
        let zero = _mm256_setzero_si256();
        Self { sums: zero, differences: zero, sum_squares: zero, difference_squares: zero }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(&mut self, a: __m256i, b: __m256i) {
        let (sum, difference) = (_mm256_add_epi16(a, b), _mm256_sub_epi16(a, b));
        self.sums = _mm256_add_epi16(self.sums, sum);
        self.differences = _mm256_add_epi16(self.differences, difference);
        self.sum_squares = _mm256_add_epi32(self.sum_squares, _mm256_madd_epi16(sum, sum));
        self.difference_squares = _mm256_add_epi32(self.difference_squares, _mm256_madd_epi16(difference, difference));
    }

    /// Across the four columns of each block, of which this has the first in each 128 bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn with(self, high: Self) -> Blocks {
        let ones = _mm256_set1_epi16(1);
        let plain = |low, high| _mm256_hadd_epi32(_mm256_madd_epi16(low, ones), _mm256_madd_epi16(high, ones));
        [
            plain(self.sums, high.sums),
            plain(self.differences, high.differences),
            _mm256_hadd_epi32(self.sum_squares, high.sum_squares),
            _mm256_hadd_epi32(self.difference_squares, high.difference_squares),
        ]
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn windows_u8(left: Blocks, right: Blocks, there: __m256i) -> __m256d {
    let [c1, c2] = CONSTANTS_U8.map(|constant| _mm256_set1_epi32(constant));
    let [s, d, p, m] = each(left, right, |left, right| _mm256_add_epi32(left, right));
    // Both fit 16 bits with their sign, so that one multiplication of 16 bits squares them.
    let d = _mm256_and_si256(d, _mm256_set1_epi32(0xFFFF));
    let (s2, d2) = (_mm256_madd_epi16(s, s), _mm256_madd_epi16(d, d));
    let u = _mm256_sub_epi32(_mm256_slli_epi32::<6>(p), s2);
    let v = _mm256_sub_epi32(_mm256_slli_epi32::<6>(m), d2);
    let float = |value, constant| _mm256_cvtepi32_ps(_mm256_add_epi32(value, constant));
    let above = _mm256_mul_ps(float(_mm256_sub_epi32(s2, d2), c1), float(_mm256_sub_epi32(u, v), c2));
    let below = _mm256_mul_ps(float(_mm256_add_epi32(s2, d2), c1), float(_mm256_add_epi32(u, v), c2));
    let ratio = _mm256_and_ps(_mm256_div_ps(above, below), _mm256_castsi256_ps(there));
    let low = _mm256_cvtps_pd(_mm256_castps256_ps128(ratio));
    _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(ratio)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn windows_u12(left: Blocks, right: Blocks, there: __m256i, c1: __m256d, c2: __m256d) -> __m256d {
    let halves = |x| [_mm256_castsi256_si128(x), _mm256_extracti128_si256::<1>(x)];
    let (left, right, there) = (left.map(halves), right.map(halves), halves(there));
    let mut sum = _mm256_setzero_pd();
    for half in 0..2 {
        // Sums of two blocks fit 32 bits, but not all of four: those are added in double precision, exactly.
        let of = |i: usize| _mm256_add_pd(_mm256_cvtepi32_pd(left[i][half]), _mm256_cvtepi32_pd(right[i][half]));
        let (s, d, p, m) = (of(0), of(1), of(2), of(3));
        let (s2, d2) = (_mm256_mul_pd(s, s), _mm256_mul_pd(d, d));
        let u = _mm256_sub_pd(_mm256_mul_pd(p, _mm256_set1_pd(64.0)), s2);
        let v = _mm256_sub_pd(_mm256_mul_pd(m, _mm256_set1_pd(64.0)), d2);
        let product = |a, b| _mm256_mul_pd(_mm256_add_pd(a, c1), _mm256_add_pd(b, c2));
        let ratio = _mm256_div_pd(
            product(_mm256_sub_pd(s2, d2), _mm256_sub_pd(u, v)),
            product(_mm256_add_pd(s2, d2), _mm256_add_pd(u, v)),
        );
        let there = _mm256_castsi256_pd(_mm256_cvtepi32_epi64(there[half]));
        sum = _mm256_add_pd(sum, _mm256_and_pd(ratio, there));
    }
    sum
}

/// All bits of the first `count` lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn first(count: usize) -> __m256i {
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most 8")]
    let count = count.min(8) as i32;
    _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}

#[inline]
#[target_feature(enable = "avx2")]
fn total(sum: __m256d) -> f64 {
    let pair = _mm_add_pd(_mm256_castpd256_pd128(sum), _mm256_extractf128_pd::<1>(sum));
    _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)))
}
