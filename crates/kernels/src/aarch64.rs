//! Memory to NEON vectors and back: with `x86.rs` the crate's only code that holds a pointer.
//!
//! Arrays come by reference, so a load or store beyond a slice cannot be written.

use std::arch::aarch64::*;

/// Loads 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_u8(from: &[u8; 16]) -> uint8x16_t {
    // SAFETY: `from` is 16 readable bytes, and the load asks no alignment beyond a byte's.
    unsafe { vld1q_u8(from.as_ptr()) }
}

/// Stores 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_u8(to: &mut [u8; 16], value: uint8x16_t) {
    // SAFETY: `to` is 16 writable bytes, and the store asks no alignment beyond a byte's.
    unsafe { vst1q_u8(to.as_mut_ptr(), value) }
}
