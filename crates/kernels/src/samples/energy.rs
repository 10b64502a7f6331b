//! Peak and energy.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use super::Sample;
use crate::Level;
use crate::level::Isa;

/// Sums that go side by side and are added at the end: the same at every level, so that all round alike.
const LANES: usize = 16;

/// Full scale of the integers.
const SCALE16: f64 = 32_768.0;
const SCALE32: f64 = 2_147_483_648.0;

/// The greatest magnitude of a sample, where full scale is 1.0; 0 for none. NaN is passed over.
///
/// This is the sample peak, not what a converter makes between samples (the true peak of ITU-R BS.1770).
#[must_use]
pub fn peak<T: Sample>(level: Level, samples: &[T]) -> f64 {
    T::peak(level, samples)
}

/// The sum of the squares of the samples, where full scale is 1.0. Divided by their number it is the mean square, whose
/// root is the RMS.
///
/// Exact for `i16` up to 2^23 samples. For others it is a sum of `f64`, in an order of its own (16 sums side by side): its
/// relative error is at most `(samples / 16 + 6) * 2^-53`. A NaN makes it NaN.
#[must_use]
pub fn sum_of_squares<T: Sample>(level: Level, samples: &[T]) -> f64 {
    T::sum_of_squares(level, samples)
}

macro_rules! door {
    ($name:ident, $type:ty, $result:ty, $inner:ident, $finish:expr) => {
        pub(super) fn $name(level: Level, samples: &[$type]) -> f64 {
            let result: $result = match level.isa() {
                Isa::Scalar => scalar::$inner(samples),
                #[cfg(target_arch = "x86_64")]
                // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
                Isa::Avx2 | Isa::Avx512 => unsafe { avx2::$inner(samples) },
                #[cfg(target_arch = "aarch64")]
                // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
                Isa::Neon => unsafe { neon::$inner(samples) },
            };
            $finish(result)
        }
    };
}

door!(peak16, i16, u16, peak16, |peak| f64::from(peak) / SCALE16);
door!(peak32, i32, u32, peak32, |peak| f64::from(peak) / SCALE32);
door!(peak_float, f32, f32, peak_float, f64::from);
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, and the nearest beyond")]
const fn squares16(sum: u64) -> f64 {
    sum as f64 / (SCALE16 * SCALE16)
}
door!(sum16, i16, u64, sum16, squares16);
door!(sum32, i32, [f64; LANES], sum32, |sums| total(sums) / (SCALE32 * SCALE32));
door!(sum_float, f32, [f64; LANES], sum_float, total);

/// Neighbours first.
fn total(sums: [f64; LANES]) -> f64 {
    let mut sums = sums;
    let mut length = LANES;
    while length > 1 {
        length /= 2;
        for i in 0..length {
            sums[i] = sums[2 * i] + sums[2 * i + 1];
        }
    }
    sums[0]
}
