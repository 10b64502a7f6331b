//! Planar samples to interleaved ones and back.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use super::convert::sealed::Kernels;
use super::{ConvertTo, Dither, Sample, convert, energy};
use crate::Level;
use crate::level::Isa;

/// Samples that are moved and then converted: few enough to stay in the first cache between the two.
const BLOCK: usize = 2048;

/// Makes interleaved samples of planes, one a channel, and converts them as [`convert`] does.
///
/// Up to 8 channels have vector code; any number is right. A dither's `position` counts interleaved samples.
///
/// # Panics
/// The planes are not equally long, or `to` has not room for just their samples.
pub fn interleave<A: ConvertTo<B>, B: Sample>(level: Level, from: &[&[A]], to: &mut [B], dither: Option<Dither>) {
    let frames = from.first().map_or(0, |plane| plane.len());
    assert!(from.iter().all(|plane| plane.len() == frames), "planes are equally long");
    assert_eq!(from.len() * frames, to.len(), "samples of the planes, and room for them");
    if from.is_empty() {
        return;
    }
    if let [plane] = from {
        return convert(level, plane, to, dither);
    }
    if let [left, right] = from
        && dither.is_none()
        && A::interleave_pair(level, [left, right], to)
    {
        return;
    }
    if let Some(to) = A::as_own(to) {
        return A::interleave(level, from, 0, to);
    }
    // Moved first and then converted, for a dither numbers interleaved samples.
    let block = BLOCK.div_ceil(from.len()) * from.len();
    let mut moved = vec![A::default(); block.min(to.len())];
    let (mut at, mut dither) = (0, dither);
    for to in to.chunks_mut(block) {
        let moved = &mut moved[..to.len()];
        A::interleave(level, from, at, moved);
        A::flat(level, moved, to, dither);
        at += to.len() / from.len();
        dither = dither.map(|dither| dither.advanced(to.len()));
    }
}

/// Makes planes, one a channel, of interleaved samples, and converts them as [`convert`] does.
///
/// Up to 8 channels have vector code; any number is right. A dither's `position` counts interleaved samples.
///
/// # Panics
/// The planes are not equally long, or have not room for just the samples of `from`.
pub fn deinterleave<A: ConvertTo<B>, B: Sample>(level: Level, from: &[A], to: &mut [&mut [B]], dither: Option<Dither>) {
    let channels = to.len();
    let frames = to.first().map_or(0, |plane| plane.len());
    assert!(to.iter().all(|plane| plane.len() == frames), "planes are equally long");
    assert_eq!(from.len(), channels * frames, "interleaved samples, and room for them in planes");
    if channels == 0 {
        return;
    }
    if let [plane] = to {
        return convert(level, from, plane, dither);
    }
    if let [left, right] = to
        && dither.is_none()
        && A::deinterleave_pair(level, from, [left, right])
    {
        return;
    }
    if let Some(from) = A::as_target(from) {
        return B::deinterleave(level, from, to, 0);
    }
    let block = BLOCK.div_ceil(channels) * channels;
    let mut converted = vec![B::default(); block.min(from.len())];
    let (mut at, mut dither) = (0, dither);
    for from in from.chunks(block) {
        let converted = &mut converted[..from.len()];
        A::flat(level, from, converted, dither);
        B::deinterleave(level, converted, to, at);
        at += from.len() / channels;
        dither = dither.map(|dither| dither.advanced(from.len()));
    }
}

/// The groups of four channels, by their first: one group, or two that overlap.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const fn groups<const CHANNELS: usize>() -> &'static [usize] {
    match CHANNELS {
        3 | 4 => &[0],
        5 => &[0, 1],
        6 => &[0, 2],
        7 => &[0, 3],
        _ => &[0, 4],
    }
}

macro_rules! kernels {
    ($($type:ty, $interleave:ident, $deinterleave:ident, $peak:ident, $sum:ident);*) => {$(
        impl Kernels for $type {
            fn interleave(level: Level, from: &[&[Self]], at: usize, to: &mut [Self]) {
                match level.isa() {
                    Isa::Scalar => scalar::interleave(from, at, to),
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
                    Isa::Avx2 | Isa::Avx512 => unsafe { avx2::$interleave(from, at, to) },
                    #[cfg(target_arch = "aarch64")]
                    // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
                    Isa::Neon => unsafe { neon::$interleave(from, at, to) },
                }
            }

            fn deinterleave(level: Level, from: &[Self], to: &mut [&mut [Self]], at: usize) {
                match level.isa() {
                    Isa::Scalar => scalar::deinterleave(from, to, at),
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
                    Isa::Avx2 | Isa::Avx512 => unsafe { avx2::$deinterleave(from, to, at) },
                    #[cfg(target_arch = "aarch64")]
                    // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
                    Isa::Neon => unsafe { neon::$deinterleave(from, to, at) },
                }
            }

            fn peak(level: Level, samples: &[Self]) -> f64 {
                energy::$peak(level, samples)
            }

            fn sum_of_squares(level: Level, samples: &[Self]) -> f64 {
                energy::$sum(level, samples)
            }
        }
    )*};
}

kernels! {
    i16, interleave16, deinterleave16, peak16, sum16;
    i32, interleave32, deinterleave32, peak32, sum32;
    f32, interleave32, deinterleave32, peak_float, sum_float
}
