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

/// Stores 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_i16(to: &mut [i16; 8], value: int16x8_t) {
    // SAFETY: `to` is 16 writable bytes, aligned for what they are.
    unsafe { vst1q_s16(to.as_mut_ptr(), value) }
}

/// Loads 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_i32(from: &[i32; 4]) -> int32x4_t {
    // SAFETY: `from` is 16 readable bytes, aligned for what they are.
    unsafe { vld1q_s32(from.as_ptr()) }
}

/// Loads 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_f32(from: &[f32; 4]) -> float32x4_t {
    // SAFETY: `from` is 16 readable bytes, aligned for what they are.
    unsafe { vld1q_f32(from.as_ptr()) }
}

/// Stores 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_f32(to: &mut [f32; 4], value: float32x4_t) {
    // SAFETY: `to` is 16 writable bytes, aligned for what they are.
    unsafe { vst1q_f32(to.as_mut_ptr(), value) }
}

/// Loads 8 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_half_i16(from: &[i16; 4]) -> int16x4_t {
    // SAFETY: `from` is 8 readable bytes, aligned for what they are.
    unsafe { vld1_s16(from.as_ptr()) }
}

/// Stores 8 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_half_i16(to: &mut [i16; 4], value: int16x4_t) {
    // SAFETY: `to` is 8 writable bytes, aligned for what they are.
    unsafe { vst1_s16(to.as_mut_ptr(), value) }
}

/// Stores 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_f64(to: &mut [f64; 2], value: float64x2_t) {
    // SAFETY: `to` is 16 writable bytes, aligned for what they are.
    unsafe { vst1q_f64(to.as_mut_ptr(), value) }
}

/// Loads four numbers of 32 bits, as the bits they are.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_bits32<T: Plain>(from: &[T; 4]) -> uint32x4_t {
    const { assert!(size_of::<T>() == 4 && align_of::<T>() == 4) }
    // SAFETY: `from` is 16 readable bytes (asserted above), aligned for what they are.
    unsafe { vld1q_u32(from.as_ptr().cast()) }
}

/// Stores four numbers of 32 bits.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_bits32<T: Plain>(to: &mut [T; 4], value: uint32x4_t) {
    const { assert!(size_of::<T>() == 4 && align_of::<T>() == 4) }
    // SAFETY: `to` is 16 writable bytes (asserted above), aligned for what they are, and any bits are a `T`.
    unsafe { vst1q_u32(to.as_mut_ptr().cast(), value) }
}

/// Numbers of which any bits are a valid value.
pub(crate) trait Plain: Copy {}

impl Plain for i32 {}
impl Plain for f32 {}

/// Stores 8 bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_low_u8(to: &mut [u8; 8], value: uint8x8_t) {
    // SAFETY: `to` is 8 writable bytes, and the store asks no alignment beyond a byte's.
    unsafe { vst1_u8(to.as_mut_ptr(), value) }
}

/// Both halves of eight.
#[inline]
pub(crate) fn halves<T>(of: &[T; 8]) -> [&[T; 4]; 2] {
    let ([low, high], _) = of.as_chunks::<4>() else { unreachable!("two times four are eight") };
    [low, high]
}
