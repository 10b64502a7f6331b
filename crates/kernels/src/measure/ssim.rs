//! Structural similarity.
//!
//! Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
//! similarity", IEEE Trans. Image Processing 13(4), 2004, with the window that `FFmpeg`'s `ssim` filter has: not a Gaussian
//! but the plain sums of 8x8 samples, one window at every fourth column and row, put together from the sums of 4x4.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod strips;

use super::assert_same_size;
use crate::level::Isa;
use crate::{Level, Plane};

/// Mean structural similarity of two planes of 8-bit samples: 1 where they are the same.
///
/// As FFmpeg's `ssim` filter, to 1e-4 (which sums in single precision). Columns and rows that fill no 4x4 block are left out
/// as there. A plane less than 8 wide or high, for which FFmpeg has no value, is one window in whole; an empty one is 1.
/// Levels agree within 1e-6.
///
/// # Panics
/// The planes differ in size.
#[must_use]
pub fn ssim_u8(level: Level, a: Plane<'_, u8>, b: Plane<'_, u8>) -> f64 {
    assert_same_size(&a, &b);
    if a.width() < 8 || a.height() < 8 {
        return scalar::whole(a, b, 255);
    }
    let sum = match level.isa() {
        Isa::Scalar => scalar::sum(a, b, 255),
        // SAFETY: an `Isa::Avx2` exists only because the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { avx2::sum_u8(a, b) },
        // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have AVX-512 F, BW and VL.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { avx512::sum_u8(a, b) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => unsafe { neon::sum_u8(a, b) },
    };
    sum / windows(&a)
}

/// Mean structural similarity of two planes of samples of `bits` bits, 9 to 16; see [`ssim_u8`].
///
/// # Panics
/// The planes differ in size, or `bits` is not 8 to 16.
#[must_use]
pub fn ssim_u16(level: Level, bits: u32, a: Plane<'_, u16>, b: Plane<'_, u16>) -> f64 {
    assert_same_size(&a, &b);
    assert!((8..=16).contains(&bits), "samples of {bits} bits; expected 8 to 16");
    let max = (1 << bits) - 1;
    if a.width() < 8 || a.height() < 8 {
        return scalar::whole(a, b, max);
    }
    let sum = match level.isa() {
        Isa::Scalar => scalar::sum(a, b, max),
        // SAFETY: an `Isa::Avx2` exists only because the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 if bits <= 12 => unsafe { avx2::sum_u12(a, b, max) },
        // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have AVX-512 F, BW and VL.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 if bits <= 12 => unsafe { avx512::sum_u12(a, b, max) },
        // SAFETY: `Isa::Neon` exists only where the CPU was seen to have NEON.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon if bits <= 12 => unsafe { neon::sum_u12(a, b, max) },
        // Sums of deeper samples don't fit the vectors, and such pictures are rare.
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        _ => scalar::sum(a, b, max),
    };
    sum / windows(&a)
}

/// How many windows lie in a plane of at least 8x8.
fn windows<T>(plane: &Plane<'_, T>) -> f64 {
    (plane.width() / 4 - 1) as f64 * (plane.height() / 4 - 1) as f64
}

/// What keeps the ratio of a window of `samples` samples from nothing over nothing: whole numbers, as FFmpeg's filter has
/// them (the first is for sums, yet not times the square of the count; kept for equal results).
fn constants(samples: f64, max: u32) -> (f64, f64) {
    let max = f64::from(max);
    let c1 = (0.01 * 0.01 * max * max * samples + 0.5).floor();
    let c2 = (0.03 * 0.03 * max * max * samples * (samples - 1.0) + 0.5).floor();
    (c1, c2.max(1.0))
}
