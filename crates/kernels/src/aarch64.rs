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

/// Loads eight 16-bit numbers.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_u16(from: &[u16; 8]) -> uint16x8_t {
    // SAFETY: `from` is 16 readable bytes, and the load asks no alignment beyond a number's.
    unsafe { vld1q_u16(from.as_ptr()) }
}

/// Stores eight 16-bit numbers.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_u16(to: &mut [u16; 8], value: uint16x8_t) {
    // SAFETY: `to` is 16 writable bytes, and the store asks no alignment beyond a number's.
    unsafe { vst1q_u16(to.as_mut_ptr(), value) }
}

/// Stores four 32-bit numbers.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_i32(to: &mut [i32; 4], value: int32x4_t) {
    // SAFETY: `to` is 16 writable bytes, and the store asks no alignment beyond a number's.
    unsafe { vst1q_s32(to.as_mut_ptr(), value) }
}
