//! Structural similarity.
//!
//! Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
//! similarity", IEEE Trans. Image Processing 13(4), 2004, with the window that `FFmpeg`'s `ssim` filter has: not a Gaussian
//! but the plain sums of 8x8 samples, one window at every fourth column and row, put together from the sums of 4x4.

mod scalar;

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
        _ => scalar::sum(a, b, 255),
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
        _ => scalar::sum(a, b, max),
    };
    sum / windows(&a)
}

/// How many windows lie in a plane of at least 8x8.
fn windows<T>(plane: &Plane<'_, T>) -> f64 {
    (plane.width() / 4 - 1) as f64 * (plane.height() / 4 - 1) as f64
}
