//! Conversion of sample formats, with saturation and dither.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::Level;
use crate::level::Isa;

/// A number that sound is made of: `i16`, `i32` or `f32`.
pub trait Sample: Copy + Default + sealed::Kernels {}

impl Sample for i16 {}
impl Sample for i32 {}
impl Sample for f32 {}

/// Samples that [`convert`] makes others of: all of the three types to all.
pub trait ConvertTo<B: Sample>: Sample + sealed::Conversion<B> {}

impl<A: Sample + sealed::Conversion<B>, B: Sample> ConvertTo<B> for A {}

/// Triangular dither: noise of up to one step of the result either way, which makes the rounding error's mean and power
/// independent of the signal (Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither: A Theoretical Survey").
///
/// The noise of a sample is a function of the seed and the sample's number alone, so a stream that is converted in pieces
/// of any size, at any level, gives the same bits. Planes that are converted apart want a seed each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dither {
    /// Which noise.
    pub seed: u64,
    /// The number of the first sample. For the next piece of a stream it is greater by the samples (of all channels, where
    /// they are interleaved) of this one.
    pub position: u64,
}

/// Numbers that a stretch of noise is made with, of at most 2^32 samples.
#[derive(Clone, Copy, Debug)]
struct Noise {
    /// Low half of the first sample's number.
    counter: u32,
    keys: [u32; 2],
}

impl Noise {
    /// That of the samples behind some.
    #[expect(clippy::cast_possible_truncation, reason = "numbers of samples wrap at 32 bits")]
    fn behind(self, samples: usize) -> Self {
        Self { counter: self.counter.wrapping_add(samples as u32), ..self }
    }
}

/// Multipliers of the hash that noise is drawn with: `lowbias32` by Wellons ("Prospecting for Hash Functions", 2018).
const MULTIPLIERS: [u32; 2] = [0x7FEB_352D, 0x846C_A68B];

impl Dither {
    /// `position` may not run over: 2^64 samples are millions of years.
    pub(super) fn advanced(self, samples: usize) -> Self {
        Self { position: self.position.wrapping_add(samples as u64), ..self }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the halves of numbers are meant")]
    fn noise(self) -> Noise {
        // Finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
        let mut mixed = self.seed ^ (self.position >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        Noise { counter: self.position as u32, keys: [mixed as u32, (mixed >> 32) as u32] }
    }

    /// How many samples from here have the same keys.
    fn room(self) -> usize {
        usize::try_from((1 << 32) - (self.position & 0xFFFF_FFFF)).unwrap_or(usize::MAX)
    }
}

/// Converts samples, one for one.
///
/// | from, to | result |
/// |---|---|
/// | `i16`, `f32` | `x / 2^15`, exact |
/// | `i32`, `f32` | `x / 2^31`, the nearest `f32` |
/// | `f32`, `i16` | `x * 2^15` to the nearest (halves to the even), saturated |
/// | `f32`, `i32` | `x * 2^31` to the nearest (halves to the even), saturated |
/// | `i16`, `i32` | `x * 2^16`, exact |
/// | `i32`, `i16` | `x / 2^16` to the nearest (halves up), saturated |
///
/// NaN becomes 0 in an integer.
///
/// `dither` is added where `f32` or `i32` becomes `i16`. Elsewhere it has no effect: nothing is rounded, or at a step
/// (2^-31, 2^-24 of the value) that is far below all that can be heard.
///
/// # Panics
/// The lengths differ.
pub fn convert<A: ConvertTo<B>, B: Sample>(level: Level, from: &[A], to: &mut [B], dither: Option<Dither>) {
    assert_eq!(from.len(), to.len(), "samples to convert, and room for them");
    A::flat(level, from, to, dither);
}

/// What the doors of this module and of `layout` dispatch on; out of reach from outside, so the types are these three.
pub(super) mod sealed {
    use super::{Dither, Level};

    pub trait Kernels: Sized {
        /// Frames of `from`, from `at` on, to interleaved samples.
        fn interleave(level: Level, from: &[&[Self]], at: usize, to: &mut [Self]);
        /// Interleaved samples to frames of `to`, from `at` on.
        fn deinterleave(level: Level, from: &[Self], to: &mut [&mut [Self]], at: usize);
        fn peak(level: Level, samples: &[Self]) -> f64;
        fn sum_of_squares(level: Level, samples: &[Self]) -> f64;
    }

    pub trait Conversion<B>: Sized {
        /// Equally long.
        fn flat(level: Level, from: &[Self], to: &mut [B], dither: Option<Dither>);
        /// Two planes in one pass; `false` where there is no code for that.
        fn interleave_pair(_level: Level, _from: [&[Self]; 2], _to: &mut [B]) -> bool {
            false
        }
        /// To two planes in one pass; `false` where there is no code for that.
        fn deinterleave_pair(_level: Level, _from: &[Self], _to: [&mut [B]; 2]) -> bool {
            false
        }
        /// The same samples where both types are one, so that nothing but a move is to be done.
        fn as_own(_to: &mut [B]) -> Option<&mut [Self]> {
            None
        }
        /// The same of what is to be converted.
        fn as_target(_from: &[Self]) -> Option<&[B]> {
            None
        }
    }
}

macro_rules! same {
    ($($type:ty),*) => {$(
        impl sealed::Conversion<$type> for $type {
            fn flat(_level: Level, from: &[Self], to: &mut [$type], _dither: Option<Dither>) {
                to.copy_from_slice(from);
            }
            fn as_own(to: &mut [$type]) -> Option<&mut [Self]> {
                Some(to)
            }
            fn as_target(from: &[Self]) -> Option<&[$type]> {
                Some(from)
            }
        }
    )*};
}

same!(i16, i32, f32);

/// The one `match` of a conversion: the function of that name at each level.
macro_rules! dispatch {
    ($level:expr, $name:ident($($argument:expr),*)) => {
        match $level.isa() {
            Isa::Scalar => scalar::$name($($argument),*),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa::Avx2` exists only because the CPU was seen to have AVX2.
            Isa::Avx2 => unsafe { avx2::$name($($argument),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have AVX-512 F and AVX2.
            Isa::Avx512 => unsafe { avx512::$name($($argument),*) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            Isa::Neon => unsafe { neon::$name($($argument),*) },
        }
    };
}

/// Stretches of the same noise keys.
fn dithered<A>(from: &[A], to: &mut [i16], mut dither: Dither, convert: impl Fn(&[A], &mut [i16], Noise)) {
    let (mut from, mut to) = (from, to);
    while !from.is_empty() {
        let length = from.len().min(dither.room());
        let (these, rest) = from.split_at(length);
        let (out, rest_of_to) = to.split_at_mut(length);
        convert(these, out, dither.noise());
        (from, to, dither) = (rest, rest_of_to, dither.advanced(length));
    }
}

impl sealed::Conversion<f32> for i16 {
    fn flat(level: Level, from: &[Self], to: &mut [f32], _dither: Option<Dither>) {
        dispatch!(level, i16_to_f32(from, to));
    }

    fn deinterleave_pair(level: Level, from: &[Self], [left, right]: [&mut [f32]; 2]) -> bool {
        dispatch!(level, i16_to_f32_pair(from, left, right));
        true
    }
}

impl sealed::Conversion<f32> for i32 {
    fn flat(level: Level, from: &[Self], to: &mut [f32], _dither: Option<Dither>) {
        dispatch!(level, i32_to_f32(from, to));
    }
}

impl sealed::Conversion<i32> for i16 {
    fn flat(level: Level, from: &[Self], to: &mut [i32], _dither: Option<Dither>) {
        dispatch!(level, i16_to_i32(from, to));
    }
}

impl sealed::Conversion<i32> for f32 {
    fn flat(level: Level, from: &[Self], to: &mut [i32], _dither: Option<Dither>) {
        dispatch!(level, f32_to_i32(from, to));
    }
}

impl sealed::Conversion<i16> for f32 {
    fn flat(level: Level, from: &[Self], to: &mut [i16], dither: Option<Dither>) {
        match dither {
            None => dispatch!(level, f32_to_i16(from, to)),
            Some(dither) => dithered(from, to, dither, |from, to, noise| {
                dispatch!(level, f32_to_i16_dithered(from, to, noise));
            }),
        }
    }

    fn interleave_pair(level: Level, [left, right]: [&[Self]; 2], to: &mut [i16]) -> bool {
        dispatch!(level, f32_to_i16_pair(left, right, to));
        true
    }
}

impl sealed::Conversion<i16> for i32 {
    fn flat(level: Level, from: &[Self], to: &mut [i16], dither: Option<Dither>) {
        match dither {
            None => dispatch!(level, i32_to_i16(from, to)),
            Some(dither) => dithered(from, to, dither, |from, to, noise| {
                dispatch!(level, i32_to_i16_dithered(from, to, noise));
            }),
        }
    }
}
