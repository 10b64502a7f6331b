//! AVX2: 8 blocks of a strip at once.

use std::arch::x86_64::*;

use super::strips::{Strip, padded, rows};
use crate::Plane;
use crate::x86::{load256, store256};

/// Sums of eight blocks: `S`, `D`, `P` and `M`.
type Blocks = [__m256i; 4];

#[target_feature(enable = "avx2")]
pub(super) fn sum_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> f64 {
    let columns = a.width() / 4;
    let (mut above, mut below) = (Strip::new(columns), Strip::new(columns));
    let mut sum = _mm256_setzero_pd();
    for y in 0..a.height() / 4 {
        std::mem::swap(&mut above, &mut below);
        strip_u8(rows(&a, y), rows(&b, y), &mut below);
        if y > 0 {
            sum = _mm256_add_pd(sum, windows_u8(&above, &below, columns - 1));
        }
    }
    total(sum)
}

/// For samples of up to 12 bits.
#[target_feature(enable = "avx2")]
pub(super) fn sum_u12(a: Plane<'_, u16>, b: Plane<'_, u16>, max: u32) -> f64 {
    let columns = a.width() / 4;
    let (mut above, mut below) = (Strip::new(columns), Strip::new(columns));
    let mut sum = _mm256_setzero_pd();
    for y in 0..a.height() / 4 {
        std::mem::swap(&mut above, &mut below);
        strip_u12(rows(&a, y), rows(&b, y), &mut below);
        if y > 0 {
            sum = _mm256_add_pd(sum, windows_u12(&above, &below, columns - 1, max));
        }
    }
    total(sum)
}

#[target_feature(enable = "avx2")]
fn strip_u8(a: [&[u8]; 4], b: [&[u8]; 4], to: &mut Strip) {
    let whole = a[0].len() / 32;
    let (a_vectors, b_vectors) =
        (a.map(|row| &row.as_chunks::<32>().0[..whole]), b.map(|row| &row.as_chunks().0[..whole]));
    for i in 0..whole {
        put(to, i, blocks_u8(a_vectors.map(|row| &row[i]), b_vectors.map(|row| &row[i])));
    }
    if whole * 32 < a[0].len() {
        let (a, b) = (padded(a.map(|row| &row[whole * 32..])), padded(b.map(|row| &row[whole * 32..])));
        put(to, whole, blocks_u8(a.each_ref(), b.each_ref()));
    }
}

#[target_feature(enable = "avx2")]
fn strip_u12(a: [&[u16]; 4], b: [&[u16]; 4], to: &mut Strip) {
    let whole = a[0].len() / 32;
    let (a_vectors, b_vectors) =
        (a.map(|row| &row.as_chunks::<32>().0[..whole]), b.map(|row| &row.as_chunks().0[..whole]));
    for i in 0..whole {
        put(to, i, blocks_u12(a_vectors.map(|row| &row[i]), b_vectors.map(|row| &row[i])));
    }
    if whole * 32 < a[0].len() {
        let (a, b) = (padded(a.map(|row| &row[whole * 32..])), padded(b.map(|row| &row[whole * 32..])));
        put(to, whole, blocks_u12(a.each_ref(), b.each_ref()));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn put(to: &mut Strip, i: usize, [sums, differences, sum_squares, difference_squares]: Blocks) {
    store256(&mut to.sums.as_chunks_mut::<8>().0[i], sums);
    store256(&mut to.differences.as_chunks_mut::<8>().0[i], differences);
    store256(&mut to.sum_squares.as_chunks_mut::<8>().0[i], sum_squares);
    store256(&mut to.difference_squares.as_chunks_mut::<8>().0[i], difference_squares);
}

#[inline]
#[target_feature(enable = "avx2")]
fn blocks_u8(a: [&[u8; 32]; 4], b: [&[u8; 32]; 4]) -> Blocks {
    let zero = _mm256_setzero_si256();
    let (mut low, mut high) = (Halves::new(), Halves::new());
    for (a, b) in a.into_iter().zip(b) {
        let (a, b) = (load256(a), load256(b));
        low.add(_mm256_unpacklo_epi8(a, zero), _mm256_unpacklo_epi8(b, zero));
        high.add(_mm256_unpackhi_epi8(a, zero), _mm256_unpackhi_epi8(b, zero));
    }
    // Low and high halves of each 128 bits are put beside each other again.
    low.with(high)
}

#[inline]
#[target_feature(enable = "avx2")]
fn blocks_u12(a: [&[u16; 32]; 4], b: [&[u16; 32]; 4]) -> Blocks {
    let (mut low, mut high) = (Halves::new(), Halves::new());
    for (a, b) in a.into_iter().zip(b) {
        let (Some(a0), Some(a1)) = (a.first_chunk::<16>(), a.last_chunk::<16>()) else { continue };
        let (Some(b0), Some(b1)) = (b.first_chunk::<16>(), b.last_chunk::<16>()) else { continue };
        low.add(load256(a0), load256(b0));
        high.add(load256(a1), load256(b1));
    }
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

/// The sum over `count` windows of two strips of 8-bit samples, in four parts.
#[target_feature(enable = "avx2")]
fn windows_u8(above: &Strip, below: &Strip, count: usize) -> __m256d {
    // The constants of FFmpeg's filter, whole numbers; twice, see the formula of the strips.
    let (c1, c2) = (_mm256_set1_epi32(2 * 416), _mm256_set1_epi32(2 * 235_963));
    let low = _mm256_set1_epi32(0xFFFF);
    let mut sum = _mm256_setzero_pd();
    for i in (0..count).step_by(8) {
        let of = |above: &[i32], below: &[i32]| {
            let (left, right) = (add(above, below, i), add(above, below, i + 1));
            _mm256_add_epi32(left, right)
        };
        let (s, d) = (of(&above.sums, &below.sums), of(&above.differences, &below.differences));
        let p = of(&above.sum_squares, &below.sum_squares);
        let m = of(&above.difference_squares, &below.difference_squares);
        // Both fit 16 bits with their sign, so that one multiplication of 16 bits squares them.
        let d = _mm256_and_si256(d, low);
        let (s2, d2) = (_mm256_madd_epi16(s, s), _mm256_madd_epi16(d, d));
        let u = _mm256_sub_epi32(_mm256_slli_epi32::<6>(p), s2);
        let v = _mm256_sub_epi32(_mm256_slli_epi32::<6>(m), d2);
        let float = |value, constant| _mm256_cvtepi32_ps(_mm256_add_epi32(value, constant));
        let above = _mm256_mul_ps(float(_mm256_sub_epi32(s2, d2), c1), float(_mm256_sub_epi32(u, v), c2));
        let below = _mm256_mul_ps(float(_mm256_add_epi32(s2, d2), c1), float(_mm256_add_epi32(u, v), c2));
        let ratio = _mm256_and_ps(_mm256_div_ps(above, below), _mm256_castsi256_ps(first(count - i)));
        sum = _mm256_add_pd(sum, _mm256_cvtps_pd(_mm256_castps256_ps128(ratio)));
        sum = _mm256_add_pd(sum, _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(ratio)));
    }
    sum
}

/// The sum over `count` windows of two strips of samples of up to 12 bits, in four parts.
#[target_feature(enable = "avx2")]
fn windows_u12(above: &Strip, below: &Strip, count: usize, max: u32) -> __m256d {
    let (c1, c2) = super::constants(64.0, max);
    let (c1, c2) = (_mm256_set1_pd(2.0 * c1), _mm256_set1_pd(2.0 * c2));
    let mut sum = _mm256_setzero_pd();
    for i in (0..count).step_by(8) {
        // Sums of two blocks fit 32 bits, but not all of four: those are added in double precision, exactly.
        let of = |above: &[i32], below: &[i32]| {
            let (left, right) = (add(above, below, i), add(above, below, i + 1));
            let double =
                |half_left, half_right| _mm256_add_pd(_mm256_cvtepi32_pd(half_left), _mm256_cvtepi32_pd(half_right));
            [
                double(_mm256_castsi256_si128(left), _mm256_castsi256_si128(right)),
                double(_mm256_extracti128_si256::<1>(left), _mm256_extracti128_si256::<1>(right)),
            ]
        };
        let (s, d) = (of(&above.sums, &below.sums), of(&above.differences, &below.differences));
        let p = of(&above.sum_squares, &below.sum_squares);
        let m = of(&above.difference_squares, &below.difference_squares);
        let there = first(count - i);
        let there = [_mm256_castsi256_si128(there), _mm256_extracti128_si256::<1>(there)];
        for half in 0..2 {
            let (s2, d2) = (_mm256_mul_pd(s[half], s[half]), _mm256_mul_pd(d[half], d[half]));
            let u = _mm256_sub_pd(_mm256_mul_pd(p[half], _mm256_set1_pd(64.0)), s2);
            let v = _mm256_sub_pd(_mm256_mul_pd(m[half], _mm256_set1_pd(64.0)), d2);
            let plus = |value, constant| _mm256_add_pd(value, constant);
            let above = _mm256_mul_pd(plus(_mm256_sub_pd(s2, d2), c1), plus(_mm256_sub_pd(u, v), c2));
            let below = _mm256_mul_pd(plus(_mm256_add_pd(s2, d2), c1), plus(_mm256_add_pd(u, v), c2));
            let there = _mm256_castsi256_pd(_mm256_cvtepi32_epi64(there[half]));
            sum = _mm256_add_pd(sum, _mm256_and_pd(_mm256_div_pd(above, below), there));
        }
    }
    sum
}

/// Blocks from `i` of two strips, added.
#[inline]
#[target_feature(enable = "avx2")]
fn add(above: &[i32], below: &[i32], i: usize) -> __m256i {
    match (above[i..].first_chunk::<8>(), below[i..].first_chunk::<8>()) {
        (Some(above), Some(below)) => _mm256_add_epi32(load256(above), load256(below)),
        // Strips are padded.
        _ => unreachable!(),
    }
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
