//! The two formats of a sample, and which code of which level is for each.

use std::ops::Range;

use super::across::{Across, Layout};
#[cfg(target_arch = "x86_64")]
use super::avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512;
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::scalar;
use super::taps::Taps;
use crate::Level;
use crate::level::Isa;

/// Up to so many rows, products rounded to 16 bits one by one err by no more than a fifth of a step of 8 bits.
const ROUNDED: usize = 12;

/// What the values of rows that are scaled across mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Depth {
    bits: u32,
    /// Taken off a sample, so that one of 16 bits fits a signed number.
    pub(super) bias: i32,
    /// Bits below the point. Filters overshoot by half of the range at most, and there is room for it below 16 bits.
    fraction: u32,
    /// The greatest sample.
    pub(super) max: i32,
}

impl Depth {
    pub(super) const U8: Self = Self { bits: 8, bias: 0, fraction: 6, max: 255 };

    pub(super) fn u16(bits: u32) -> Self {
        assert!((8..=16).contains(&bits), "expected 8 to 16 bits a sample; got {bits}");
        Self { bits, bias: 1 << (bits - 1), fraction: 15u32.saturating_sub(bits), max: (1 << bits) - 1 }
    }

    pub(super) fn shift_across(self, precision: u32) -> u32 {
        precision - self.fraction
    }
}

/// The weights across, for each format once one is met.
#[derive(Clone, Debug, Default)]
pub(super) struct Laid {
    u8: Option<Across>,
    u16: Option<Across>,
}

/// Room for the ends of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Tails {
    u8: Vec<u8>,
    u16: Vec<u16>,
}

/// `u8` or `u16`. Of a `source`, the second number says which sample of the row is its first.
pub(super) trait Sample: Copy + Default {
    fn biased(self, depth: Depth) -> i32;
    fn limited(value: i32, depth: Depth) -> Self;
    fn laid(laid: &mut Laid) -> &mut Option<Across>;
    fn tail(tails: &mut Tails) -> &mut Vec<Self>;
    fn lay_out(taps: &Taps, channels: usize, source: usize) -> Across;
    /// The whole row, where the level has a quicker way than parts; or `false`.
    fn whole(level: Level, across: &Across, source: &[Self], shift: u32, target: &mut [i16]) -> bool;
    /// A part of the row: blocks where weights are near, samples where they are far.
    fn vectors(
        level: Level,
        layout: &Layout,
        part: Range<usize>,
        source: (&[Self], usize),
        depth: Depth,
        shift: u32,
        target: &mut [i16],
    );
    fn down(
        level: Level,
        depth: Depth,
        rows: &[i16],
        stride: usize,
        weights: &[i16],
        precision: u32,
        target: &mut [Self],
    );
}

impl Sample for u8 {
    fn biased(self, _: Depth) -> i32 {
        self.into()
    }

    fn limited(value: i32, _: Depth) -> Self {
        Self::try_from(value.clamp(0, 255)).unwrap_or(Self::MAX)
    }

    fn laid(laid: &mut Laid) -> &mut Option<Across> {
        &mut laid.u8
    }

    fn tail(tails: &mut Tails) -> &mut Vec<Self> {
        &mut tails.u8
    }

    fn lay_out(taps: &Taps, channels: usize, source: usize) -> Across {
        // 8 bits of sample and 22 of weight, overshot by half, are a sum of 31.
        Across::new(taps, channels, 1, source, 22)
    }

    #[cfg(target_arch = "x86_64")]
    fn whole(level: Level, across: &Across, source: &[Self], shift: u32, target: &mut [i16]) -> bool {
        let (Isa::Avx512, Some(windows)) = (level.isa(), &across.windows) else { return false };
        // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have all that `Simd::avx512` names.
        unsafe { avx512::across(windows, source, shift, target) };
        true
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn whole(_: Level, _: &Across, _: &[Self], _: u32, _: &mut [i16]) -> bool {
        false
    }

    fn vectors(
        level: Level,
        layout: &Layout,
        part: Range<usize>,
        (source, origin): (&[Self], usize),
        _: Depth,
        shift: u32,
        target: &mut [i16],
    ) {
        match (level.isa(), layout) {
            // The scalar reference knows no vectors.
            (Isa::Scalar, _) => unreachable!("scalar rows are made whole"),
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, Layout::Near(near)) => unsafe {
                avx2::near_u8(near, part, source, origin, shift, target);
            },
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, Layout::Far(far)) => unsafe {
                avx2::far_u8(far, part, source, origin, shift, target);
            },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, Layout::Near(near)) => unsafe {
                neon::near_u8(near, part, source, origin, shift, target);
            },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, Layout::Far(far)) => unsafe {
                neon::far_u8(far, part, source, origin, shift, target);
            },
        }
    }

    fn down(
        level: Level,
        depth: Depth,
        rows: &[i16],
        stride: usize,
        weights: &[i16],
        precision: u32,
        target: &mut [Self],
    ) {
        let rounded = weights.len() <= ROUNDED;
        // A rounded product has lost 15 bits.
        let shift = depth.fraction + precision - if rounded { 15 } else { 0 };
        match (level.isa(), rounded) {
            (Isa::Scalar, true) => scalar::down_rounded(rows, stride, weights, shift, target),
            (Isa::Scalar, false) => scalar::down(depth, rows, stride, weights, shift, target),
            // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have all that `Simd::avx512` names.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512, false) => unsafe { avx512::down(rows, stride, weights, shift, target) },
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, true) => unsafe { avx2::down_rounded(rows, stride, weights, shift, target) },
            // SAFETY: an `Isa::Avx2` exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx2, false) => unsafe { avx2::down_u8(rows, stride, weights, shift, target) },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, true) => unsafe { neon::down_rounded(rows, stride, weights, shift, target) },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, false) => unsafe { neon::down_u8(rows, stride, weights, shift, target) },
        }
    }
}

impl Sample for u16 {
    fn biased(self, depth: Depth) -> i32 {
        self.wrapping_sub(bits16(depth.bias)).cast_signed().into()
    }

    fn limited(value: i32, depth: Depth) -> Self {
        bits16(value.clamp(0, depth.max))
    }

    fn laid(laid: &mut Laid) -> &mut Option<Across> {
        &mut laid.u16
    }

    fn tail(tails: &mut Tails) -> &mut Vec<Self> {
        &mut tails.u16
    }

    fn lay_out(taps: &Taps, channels: usize, source: usize) -> Across {
        Across::new(taps, channels, 2, source, super::PRECISION)
    }

    fn whole(_: Level, _: &Across, _: &[Self], _: u32, _: &mut [i16]) -> bool {
        false
    }

    fn vectors(
        level: Level,
        layout: &Layout,
        part: Range<usize>,
        (source, origin): (&[Self], usize),
        depth: Depth,
        shift: u32,
        target: &mut [i16],
    ) {
        let bias = bits16(depth.bias);
        match (level.isa(), layout) {
            // The scalar reference knows no vectors.
            (Isa::Scalar, _) => unreachable!("scalar rows are made whole"),
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, Layout::Near(near)) => unsafe {
                avx2::near_u16(near, part, source, origin, bias, shift, target);
            },
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, Layout::Far(far)) => unsafe {
                avx2::far_u16(far, part, source, origin, bias, shift, target);
            },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, Layout::Near(near)) => unsafe {
                neon::near_u16(near, part, source, origin, bias, shift, target);
            },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, Layout::Far(far)) => unsafe {
                neon::far_u16(far, part, source, origin, bias, shift, target);
            },
        }
    }

    fn down(
        level: Level,
        depth: Depth,
        rows: &[i16],
        stride: usize,
        weights: &[i16],
        precision: u32,
        target: &mut [Self],
    ) {
        let shift = depth.fraction + precision;
        let range = (depth.bias, bits16(depth.max));
        match level.isa() {
            Isa::Scalar => scalar::down(depth, rows, stride, weights, shift, target),
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 | Isa::Avx2 => unsafe { avx2::down_u16(rows, stride, weights, range, shift, target) },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { neon::down_u16(rows, stride, weights, range, shift, target) },
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "biases and samples are below 2^16")]
fn bits16(value: i32) -> u16 {
    value as u16
}
