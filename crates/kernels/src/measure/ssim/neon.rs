//! NEON: 4 blocks of a strip at once.

use std::arch::aarch64::*;

use super::strips::{Strip, padded, rows};
use crate::Plane;
use crate::aarch64::{load_i32, load_u8, load_u16, store_i32};

/// Sums of four blocks: `S`, `D`, `P` and `M`.
type Blocks = [int32x4_t; 4];

#[target_feature(enable = "neon")]
pub(super) fn sum_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> f64 {
    let columns = a.width() / 4;
    let (mut above, mut below) = (Strip::new(columns), Strip::new(columns));
    let mut sum = 0.0;
    for y in 0..a.height() / 4 {
        std::mem::swap(&mut above, &mut below);
        strip_u8(rows(&a, y), rows(&b, y), &mut below);
        if y > 0 {
            sum += windows_u8(&above, &below, columns - 1);
        }
    }
    sum
}

/// For samples of up to 12 bits.
#[target_feature(enable = "neon")]
pub(super) fn sum_u12(a: Plane<'_, u16>, b: Plane<'_, u16>, max: u32) -> f64 {
    let columns = a.width() / 4;
    let (mut above, mut below) = (Strip::new(columns), Strip::new(columns));
    let mut sum = 0.0;
    for y in 0..a.height() / 4 {
        std::mem::swap(&mut above, &mut below);
        strip_u12(rows(&a, y), rows(&b, y), &mut below);
        if y > 0 {
            sum += windows_u12(&above, &below, columns - 1, max);
        }
    }
    sum
}

#[target_feature(enable = "neon")]
fn strip_u8(a: [&[u8]; 4], b: [&[u8]; 4], to: &mut Strip) {
    let whole = a[0].len() / 16;
    let (a_vectors, b_vectors) =
        (a.map(|row| &row.as_chunks::<16>().0[..whole]), b.map(|row| &row.as_chunks().0[..whole]));
    for i in 0..whole {
        put(to, i, blocks_u8(a_vectors.map(|row| &row[i]), b_vectors.map(|row| &row[i])));
    }
    if whole * 16 < a[0].len() {
        let (a, b) = (padded(a.map(|row| &row[whole * 16..])), padded(b.map(|row| &row[whole * 16..])));
        put(to, whole, blocks_u8(a.each_ref(), b.each_ref()));
    }
}

#[target_feature(enable = "neon")]
fn strip_u12(a: [&[u16]; 4], b: [&[u16]; 4], to: &mut Strip) {
    let whole = a[0].len() / 16;
    let (a_vectors, b_vectors) =
        (a.map(|row| &row.as_chunks::<16>().0[..whole]), b.map(|row| &row.as_chunks().0[..whole]));
    for i in 0..whole {
        put(to, i, blocks_u12(a_vectors.map(|row| &row[i]), b_vectors.map(|row| &row[i])));
    }
    if whole * 16 < a[0].len() {
        let (a, b) = (padded(a.map(|row| &row[whole * 16..])), padded(b.map(|row| &row[whole * 16..])));
        put(to, whole, blocks_u12(a.each_ref(), b.each_ref()));
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn put(to: &mut Strip, i: usize, [sums, differences, sum_squares, difference_squares]: Blocks) {
    store_i32(&mut to.sums.as_chunks_mut::<4>().0[i], sums);
    store_i32(&mut to.differences.as_chunks_mut::<4>().0[i], differences);
    store_i32(&mut to.sum_squares.as_chunks_mut::<4>().0[i], sum_squares);
    store_i32(&mut to.difference_squares.as_chunks_mut::<4>().0[i], difference_squares);
}

#[inline]
#[target_feature(enable = "neon")]
fn blocks_u8(a: [&[u8; 16]; 4], b: [&[u8; 16]; 4]) -> Blocks {
    let (mut left, mut right) = (Pair::new(), Pair::new());
    for (a, b) in a.into_iter().zip(b) {
        let (a, b) = (load_u8(a), load_u8(b));
        let (a_low, b_low) = (vget_low_u8(a), vget_low_u8(b));
        left.add(vaddl_u8(a_low, b_low), vsubl_u8(a_low, b_low));
        right.add(vaddl_high_u8(a, b), vsubl_high_u8(a, b));
    }
    left.with(right)
}

#[inline]
#[target_feature(enable = "neon")]
fn blocks_u12(a: [&[u16; 16]; 4], b: [&[u16; 16]; 4]) -> Blocks {
    let (mut left, mut right) = (Pair::new(), Pair::new());
    for (a, b) in a.into_iter().zip(b) {
        let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
        for (pair, (a, b)) in [&mut left, &mut right].into_iter().zip(a.iter().zip(b)) {
            let (a, b) = (load_u16(a), load_u16(b));
            pair.add(vaddq_u16(a, b), vsubq_u16(a, b));
        }
    }
    left.with(right)
}

/// Sums down the columns of two blocks: plain ones in 16 bits (4 rows of 2 * 4095 fit), those of squares a block each.
struct Pair {
    sums: int16x8_t,
    differences: int16x8_t,
    sum_squares: [int32x4_t; 2],
    difference_squares: [int32x4_t; 2],
}

impl Pair {
    #[inline]
    #[target_feature(enable = "neon")]
    fn new() -> Self {
        let (short, long) = (vdupq_n_s16(0), vdupq_n_s32(0));
        Self { sums: short, differences: short, sum_squares: [long; 2], difference_squares: [long; 2] }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn add(&mut self, sum: uint16x8_t, difference: uint16x8_t) {
        let (sum, difference) = (vreinterpretq_s16_u16(sum), vreinterpretq_s16_u16(difference));
        self.sums = vaddq_s16(self.sums, sum);
        self.differences = vaddq_s16(self.differences, difference);
        let square = |[left, right]: [int32x4_t; 2], x| {
            [vmlal_s16(left, vget_low_s16(x), vget_low_s16(x)), vmlal_high_s16(right, x, x)]
        };
        self.sum_squares = square(self.sum_squares, sum);
        self.difference_squares = square(self.difference_squares, difference);
    }

    /// Across the four columns of each block, of which this has the first two.
    #[inline]
    #[target_feature(enable = "neon")]
    fn with(self, right: Self) -> Blocks {
        let plain = |left, right| vpaddq_s32(vpaddlq_s16(left), vpaddlq_s16(right));
        let squares = |[a, b]: [int32x4_t; 2], [c, d]: [int32x4_t; 2]| vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
        [
            plain(self.sums, right.sums),
            plain(self.differences, right.differences),
            squares(self.sum_squares, right.sum_squares),
            squares(self.difference_squares, right.difference_squares),
        ]
    }
}

/// The sum over `count` windows of two strips of 8-bit samples.
#[target_feature(enable = "neon")]
fn windows_u8(above: &Strip, below: &Strip, count: usize) -> f64 {
    // The constants of FFmpeg's filter, whole numbers; twice, see the formula of the strips.
    let (c1, c2) = (vdupq_n_s32(2 * 416), vdupq_n_s32(2 * 235_963));
    let mut sum = vdupq_n_f64(0.0);
    for i in (0..count).step_by(4) {
        let of = |above: &[i32], below: &[i32]| vaddq_s32(add(above, below, i), add(above, below, i + 1));
        let (s, d) = (of(&above.sums, &below.sums), of(&above.differences, &below.differences));
        let p = of(&above.sum_squares, &below.sum_squares);
        let m = of(&above.difference_squares, &below.difference_squares);
        let (s2, d2) = (vmulq_s32(s, s), vmulq_s32(d, d));
        let u = vsubq_s32(vshlq_n_s32::<6>(p), s2);
        let v = vsubq_s32(vshlq_n_s32::<6>(m), d2);
        let float = |value, constant| vcvtq_f32_s32(vaddq_s32(value, constant));
        let above = vmulq_f32(float(vsubq_s32(s2, d2), c1), float(vsubq_s32(u, v), c2));
        let below = vmulq_f32(float(vaddq_s32(s2, d2), c1), float(vaddq_s32(u, v), c2));
        let ratio = vandq_u32(vreinterpretq_u32_f32(vdivq_f32(above, below)), first(count - i));
        let ratio = vreinterpretq_f32_u32(ratio);
        sum = vaddq_f64(sum, vcvt_f64_f32(vget_low_f32(ratio)));
        sum = vaddq_f64(sum, vcvt_high_f64_f32(ratio));
    }
    vaddvq_f64(sum)
}

/// The sum over `count` windows of two strips of samples of up to 12 bits.
#[target_feature(enable = "neon")]
fn windows_u12(above: &Strip, below: &Strip, count: usize, max: u32) -> f64 {
    let (c1, c2) = super::constants(64.0, max);
    let (c1, c2) = (vdupq_n_f64(2.0 * c1), vdupq_n_f64(2.0 * c2));
    let mut sum = vdupq_n_f64(0.0);
    for i in (0..count).step_by(4) {
        // Sums of two blocks fit 32 bits, but not all of four: those are added in double precision, exactly.
        let of = |above: &[i32], below: &[i32]| {
            let (left, right) = (add(above, below, i), add(above, below, i + 1));
            [
                vcvtq_f64_s64(vaddl_s32(vget_low_s32(left), vget_low_s32(right))),
                vcvtq_f64_s64(vaddl_high_s32(left, right)),
            ]
        };
        let (s, d) = (of(&above.sums, &below.sums), of(&above.differences, &below.differences));
        let p = of(&above.sum_squares, &below.sum_squares);
        let m = of(&above.difference_squares, &below.difference_squares);
        let there = vreinterpretq_s32_u32(first(count - i));
        let there = [vmovl_s32(vget_low_s32(there)), vmovl_high_s32(there)];
        for half in 0..2 {
            let (s2, d2) = (vmulq_f64(s[half], s[half]), vmulq_f64(d[half], d[half]));
            let u = vsubq_f64(vmulq_n_f64(p[half], 64.0), s2);
            let v = vsubq_f64(vmulq_n_f64(m[half], 64.0), d2);
            let above = vmulq_f64(vaddq_f64(vsubq_f64(s2, d2), c1), vaddq_f64(vsubq_f64(u, v), c2));
            let below = vmulq_f64(vaddq_f64(vaddq_f64(s2, d2), c1), vaddq_f64(vaddq_f64(u, v), c2));
            let ratio = vandq_s64(vreinterpretq_s64_f64(vdivq_f64(above, below)), there[half]);
            sum = vaddq_f64(sum, vreinterpretq_f64_s64(ratio));
        }
    }
    vaddvq_f64(sum)
}

/// Blocks from `i` of two strips, added.
#[inline]
#[target_feature(enable = "neon")]
fn add(above: &[i32], below: &[i32], i: usize) -> int32x4_t {
    match (above[i..].first_chunk::<4>(), below[i..].first_chunk::<4>()) {
        (Some(above), Some(below)) => vaddq_s32(load_i32(above), load_i32(below)),
        // Strips are padded.
        _ => unreachable!(),
    }
}

/// All bits of the first `count` lanes.
#[inline]
#[target_feature(enable = "neon")]
fn first(count: usize) -> uint32x4_t {
    let lanes: [i32; 4] = std::array::from_fn(|lane| if lane < count { -1 } else { 0 });
    vreinterpretq_u32_s32(load_i32(&lanes))
}
