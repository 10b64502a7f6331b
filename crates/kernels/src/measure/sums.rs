//! Sums over a plane or a pair: squared and absolute differences, dark samples.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use super::assert_same_size;
use crate::level::Isa;
use crate::{Level, Plane};

/// Sum of squared differences of two planes of 8-bit samples.
///
/// # Panics
/// The planes differ in size.
#[must_use]
pub fn sse_u8(level: Level, a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    assert_same_size(&a, &b);
    match level.isa() {
        Isa::Scalar => scalar::sse(a, b),
        // SAFETY: these levels exist only where the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::sse_u8(a, b) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::sse_u8(a, b) },
    }
}

/// Sum of squared differences of two planes of samples of up to 16 bits.
///
/// # Panics
/// The planes differ in size.
#[must_use]
pub fn sse_u16(level: Level, a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    assert_same_size(&a, &b);
    match level.isa() {
        Isa::Scalar => scalar::sse(a, b),
        // SAFETY: these levels exist only where the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::sse_u16(a, b) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::sse_u16(a, b) },
    }
}

/// Sum of absolute differences of two planes of 8-bit samples: what a change of scene or a freeze is judged by (divided
/// by the count of samples it is their mean absolute difference).
///
/// # Panics
/// The planes differ in size.
#[must_use]
pub fn sad_u8(level: Level, a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    assert_same_size(&a, &b);
    match level.isa() {
        Isa::Scalar => scalar::sad(a, b),
        // SAFETY: these levels exist only where the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::sad_u8(a, b) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::sad_u8(a, b) },
    }
}

/// Sum of absolute differences of two planes of samples of up to 16 bits; see [`sad_u8`].
///
/// # Panics
/// The planes differ in size.
#[must_use]
pub fn sad_u16(level: Level, a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    assert_same_size(&a, &b);
    match level.isa() {
        Isa::Scalar => scalar::sad(a, b),
        // SAFETY: these levels exist only where the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::sad_u16(a, b) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::sad_u16(a, b) },
    }
}

/// Which share of the samples, 0 to 1, is at most `threshold`: what a black picture is judged by. 0 for an empty plane.
#[must_use]
pub fn share_below_u8(level: Level, plane: Plane<'_, u8>, threshold: u8) -> f64 {
    let count = match level.isa() {
        Isa::Scalar => scalar::count_below(plane, threshold),
        // SAFETY: these levels exist only where the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::count_below_u8(plane, threshold) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::count_below_u8(plane, threshold) },
    };
    share(count, plane.width(), plane.height())
}

/// Which share of the samples, 0 to 1, is at most `threshold`; see [`share_below_u8`].
#[must_use]
pub fn share_below_u16(level: Level, plane: Plane<'_, u16>, threshold: u16) -> f64 {
    let count = match level.isa() {
        Isa::Scalar => scalar::count_below(plane, threshold),
        // SAFETY: these levels exist only where the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::count_below_u16(plane, threshold) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::count_below_u16(plane, threshold) },
    };
    share(count, plane.width(), plane.height())
}

/// Counts of samples are far below the 2^53 up to which an `f64` is exact.
fn share(count: u64, width: usize, height: usize) -> f64 {
    let all = width as f64 * height as f64;
    if all == 0.0 { 0.0 } else { count as f64 / all }
}

/// Peak signal-to-noise ratio in dB: `10 log10(max^2 samples / sse)`; infinite where nothing differs.
///
/// `max` is the greatest value of a sample, 255 for 8 bits. The planes of a picture are pooled by the sums of `sse` and
/// `samples`, as FFmpeg's `psnr` filter does for its average.
#[must_use]
pub fn psnr(sse: u64, samples: u64, max: u32) -> f64 {
    if sse == 0 {
        return f64::INFINITY;
    }
    let peak = f64::from(max) * f64::from(max);
    10.0 * (peak * samples as f64 / sse as f64).log10()
}
