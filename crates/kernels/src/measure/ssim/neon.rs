//! NEON: 4 blocks of a strip at once, and the windows that end in them.

use std::arch::aarch64::*;

use super::constants;
use super::strips::{CONSTANTS_U8, at, padded, rows};
use crate::Plane;
use crate::aarch64::{load_i32, load_u8, load_u16, store_i32};

/// Sums of four blocks: `S`, `D`, `P` and `M`.
type Blocks = [int32x4_t; 4];

#[target_feature(enable = "neon")]
pub(super) fn sum_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> f64 {
    scan(a, b, |a, b| blocks_u8(a, b), |left, right, there| windows_u8(left, right, there))
}

/// For samples of up to 12 bits.
#[target_feature(enable = "neon")]
pub(super) fn sum_u12(a: Plane<'_, u16>, b: Plane<'_, u16>, max: u32) -> f64 {
    let (c1, c2) = constants(64.0, max);
    let (c1, c2) = (vdupq_n_f64(2.0 * c1), vdupq_n_f64(2.0 * c2));
    scan(a, b, |a, b| blocks_u12(a, b), |left, right, there| windows_u12(left, right, there, c1, c2))
}

/// The sum over all windows: `blocks` gives the sums of four blocks, `windows` adds up the ratios of four windows of which the
/// left and right halves are summed, those that are there.
#[inline]
#[target_feature(enable = "neon")]
fn scan<T: Copy + Default>(
    a: Plane<'_, T>,
    b: Plane<'_, T>,
    blocks: impl Fn([&[T; 16]; 4], [&[T; 16]; 4]) -> Blocks,
    windows: impl Fn(Blocks, Blocks, uint32x4_t) -> float64x2_t,
) -> f64 {
    let columns = a.width() / 4;
    let whole = columns / 4;
    let mut strip = vec![[[0; 4]; 4]; columns.div_ceil(4)];
    let all = vdupq_n_u32(u32::MAX);
    let last = first(columns - 1 - (columns - 1) / 4 * 4);
    let mut sum = vdupq_n_f64(0.0);
    for y in 0..a.height() / 4 {
        let ((a, a_rest), (b, b_rest)) = (rows(&a, y), rows(&b, y));
        // Of the blocks before: both strips added.
        let mut before = None;
        let mut advance = |found: Blocks, strip: &mut [[i32; 4]; 4]| {
            let above = [load_i32(&strip[0]), load_i32(&strip[1]), load_i32(&strip[2]), load_i32(&strip[3])];
            for (to, found) in strip.iter_mut().zip(found) {
                store_i32(to, found);
            }
            if y == 0 {
                return;
            }
            let both = each(above, found, |above, found| vaddq_s32(above, found));
            if let Some(before) = before.replace(both) {
                sum = vaddq_f64(sum, windows(before, each(before, both, |a, b| vextq_s32::<1>(a, b)), all));
            }
        };
        let (vectors, last_vector) = strip.split_at_mut(whole);
        for (i, strip) in vectors.iter_mut().enumerate() {
            advance(blocks(at(&a, i), at(&b, i)), strip);
        }
        for strip in last_vector {
            let (a, b) = (padded(&a_rest), padded(&b_rest));
            advance(blocks(a.each_ref(), b.each_ref()), strip);
        }
        if let Some(before) = before {
            let none = [vdupq_n_s32(0); 4];
            sum = vaddq_f64(sum, windows(before, each(before, none, |a, b| vextq_s32::<1>(a, b)), last));
        }
    }
    vaddvq_f64(sum)
}

#[inline]
#[target_feature(enable = "neon")]
fn each(a: Blocks, b: Blocks, f: impl Fn(int32x4_t, int32x4_t) -> int32x4_t) -> Blocks {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
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

#[inline]
#[target_feature(enable = "neon")]
fn windows_u8(left: Blocks, right: Blocks, there: uint32x4_t) -> float64x2_t {
    let [c1, c2] = CONSTANTS_U8.map(|constant| vdupq_n_s32(constant));
    let [s, d, p, m] = each(left, right, |left, right| vaddq_s32(left, right));
    let (s2, d2) = (vmulq_s32(s, s), vmulq_s32(d, d));
    let u = vsubq_s32(vshlq_n_s32::<6>(p), s2);
    let v = vsubq_s32(vshlq_n_s32::<6>(m), d2);
    let float = |value, constant| vcvtq_f32_s32(vaddq_s32(value, constant));
    let above = vmulq_f32(float(vsubq_s32(s2, d2), c1), float(vsubq_s32(u, v), c2));
    let below = vmulq_f32(float(vaddq_s32(s2, d2), c1), float(vaddq_s32(u, v), c2));
    let ratio = vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(vdivq_f32(above, below)), there));
    vaddq_f64(vcvt_f64_f32(vget_low_f32(ratio)), vcvt_high_f64_f32(ratio))
}

#[inline]
#[target_feature(enable = "neon")]
fn windows_u12(left: Blocks, right: Blocks, there: uint32x4_t, c1: float64x2_t, c2: float64x2_t) -> float64x2_t {
    // Sums of two blocks fit 32 bits, but not all of four.
    let low = |i: usize| vcvtq_f64_s64(vaddl_s32(vget_low_s32(left[i]), vget_low_s32(right[i])));
    let high = |i: usize| vcvtq_f64_s64(vaddl_high_s32(left[i], right[i]));
    let there = vreinterpretq_s32_u32(there);
    let ratio = |[s, d, p, m]: [float64x2_t; 4], there| {
        let (s2, d2) = (vmulq_f64(s, s), vmulq_f64(d, d));
        let u = vsubq_f64(vmulq_n_f64(p, 64.0), s2);
        let v = vsubq_f64(vmulq_n_f64(m, 64.0), d2);
        let above = vmulq_f64(vaddq_f64(vsubq_f64(s2, d2), c1), vaddq_f64(vsubq_f64(u, v), c2));
        let below = vmulq_f64(vaddq_f64(vaddq_f64(s2, d2), c1), vaddq_f64(vaddq_f64(u, v), c2));
        vreinterpretq_f64_s64(vandq_s64(vreinterpretq_s64_f64(vdivq_f64(above, below)), there))
    };
    vaddq_f64(
        ratio([low(0), low(1), low(2), low(3)], vmovl_s32(vget_low_s32(there))),
        ratio([high(0), high(1), high(2), high(3)], vmovl_high_s32(there)),
    )
}

/// All bits of the first `count` lanes.
#[inline]
#[target_feature(enable = "neon")]
fn first(count: usize) -> uint32x4_t {
    let lanes: [i32; 4] = std::array::from_fn(|lane| if lane < count { -1 } else { 0 });
    vreinterpretq_u32_s32(load_i32(&lanes))
}
