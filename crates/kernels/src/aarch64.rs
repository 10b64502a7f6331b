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

/// Loads 8 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_low_u8(from: &[u8; 8]) -> uint8x8_t {
    // SAFETY: `from` is 8 readable bytes, and the load asks no alignment beyond a byte's.
    unsafe { vld1_u8(from.as_ptr()) }
}

/// Loads 16 bytes, even and odd ones apart.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_two_u8(from: &[u8; 16]) -> uint8x8x2_t {
    // SAFETY: `from` is 16 readable bytes, and the load asks no alignment beyond a byte's.
    unsafe { vld2_u8(from.as_ptr()) }
}

/// Loads 8 numbers of 16 bits.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_i16(from: &[i16; 8]) -> int16x8_t {
    // SAFETY: `from` is 8 readable numbers, aligned as they are.
    unsafe { vld1q_s16(from.as_ptr()) }
}

/// Stores three vectors in turns, a byte of each.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_three_u8(to: &mut [u8; 48], value: uint8x16x3_t) {
    // SAFETY: `to` is 48 writable bytes, and the store asks no alignment beyond a byte's.
    unsafe { vst3q_u8(to.as_mut_ptr(), value) }
}

/// Stores four vectors in turns, a byte of each.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_four_u8(to: &mut [u8; 64], value: uint8x16x4_t) {
    // SAFETY: `to` is 64 writable bytes, and the store asks no alignment beyond a byte's.
    unsafe { vst4q_u8(to.as_mut_ptr(), value) }
}
