//! How much two pictures differ, and what one picture is like: the measures of a plane.
//!
//! Planes are pairs of equal size, 8-bit (`u8`) or 9 to 16 bits in the low bits of a `u16`. Sums are exact and the same
//! at every level; means of ratios ([`ssim_u8`], [`ms_ssim_u8`]) are floats, with a bound stated at each.
//!
//! ```
//! use transcode_kernels::{Level, Plane, measure};
//!
//! let (a, b) = ([10u8; 64 * 32], [12u8; 64 * 32]);
//! let plane = |data| Plane::new(data, 64, 32, 64);
//! let sse = measure::sse_u8(Level::active()?, plane(&a)?, plane(&b)?);
//! assert_eq!(sse, 4 * 64 * 32);
//! assert!((measure::psnr(sse, 64 * 32, 255) - 42.11).abs() < 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ms_ssim;
mod ssim;
mod sums;
mod xpsnr;

pub use ms_ssim::{ms_ssim_u8, ms_ssim_u16};
pub use ssim::{ssim_u8, ssim_u16};
pub use sums::{psnr, sad_u8, sad_u16, share_below_u8, share_below_u16, sse_u8, sse_u16};
pub use xpsnr::{Xpsnr, XpsnrPool};

use crate::Plane;

/// Both planes have the same size: asked by each door.
fn assert_same_size<T>(a: &Plane<'_, T>, b: &Plane<'_, T>) {
    let size = |plane: &Plane<'_, T>| (plane.width(), plane.height());
    assert_eq!(size(a), size(b), "two planes are measured against each other; expected the same size");
}
