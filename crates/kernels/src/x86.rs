//! Memory to x86 vectors and back: with `aarch64.rs` the crate's only code that holds a pointer.
//!
//! Arrays come by reference, so a load or store beyond a slice cannot be written. The width is checked when compiled.

use std::arch::x86_64::*;

/// Loads 8 bytes into the lower half; the upper is zero.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load64<T: Plain, const N: usize>(from: &[T; N]) -> __m128i {
    const { assert!(size_of::<[T; N]>() == 8) }
    // SAFETY: `from` is 8 readable bytes (asserted above), and `loadl` asks no alignment.
    unsafe { _mm_loadl_epi64(from.as_ptr().cast()) }
}

/// Loads 16 bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load128<T: Plain, const N: usize>(from: &[T; N]) -> __m128i {
    const { assert!(size_of::<[T; N]>() == 16) }
    // SAFETY: `from` is 16 readable bytes (asserted above), and `loadu` asks no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Loads 32 bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load256<T: Plain, const N: usize>(from: &[T; N]) -> __m256i {
    const { assert!(size_of::<[T; N]>() == 32) }
    // SAFETY: `from` is 32 readable bytes (asserted above), and `loadu` asks no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Loads 64 bytes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load512<T: Plain, const N: usize>(from: &[T; N]) -> __m512i {
    const { assert!(size_of::<[T; N]>() == 64) }
    // SAFETY: `from` is 64 readable bytes (asserted above), and `loadu` asks no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

/// Stores the lower 8 bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store64<T: Plain, const N: usize>(to: &mut [T; N], value: __m128i) {
    const { assert!(size_of::<[T; N]>() == 8) }
    // SAFETY: `to` is 8 writable bytes (asserted above), any bits are a `T`, and the store asks no alignment.
    unsafe { _mm_storel_epi64(to.as_mut_ptr().cast(), value) }
}

/// Loads what there is, up to 32 bytes in whole groups of 4; the rest is zero.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load256_part<T: Plain>(from: &[T]) -> __m256i {
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most 8")]
    let groups = (size_of_val(from) / 4).min(8) as i32;
    let mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(groups), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    // SAFETY: only the groups of the mask are read, and `from` has those; `maskload` asks no alignment.
    unsafe { _mm256_maskload_epi32(from.as_ptr().cast(), mask) }
}

/// Loads what there is, up to 64 bytes; the rest is zero.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn load512_part<T: Plain>(from: &[T]) -> __m512i {
    let bytes = size_of_val(from).min(64);
    let mask = if bytes == 0 { 0 } else { u64::MAX >> (64 - bytes) };
    // SAFETY: only the bytes of the mask are read, and `from` has those; the load asks no alignment.
    unsafe { _mm512_maskz_loadu_epi8(mask, from.as_ptr().cast()) }
}

/// Asks for the cache lines that hold this.
#[inline]
#[target_feature(enable = "avx2")]
#[allow(unused_unsafe, reason = "safe to call in newer compilers than the oldest that we build with")]
pub(crate) fn prefetch<T, const N: usize>(from: &[T; N]) {
    for at in (0..N).step_by(64 / size_of::<T>()) {
        // SAFETY: a prefetch reads nothing that the program would see, and faults nowhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>((&raw const from[at]).cast()) }
    }
}

/// Stores 16 bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store128<T: Plain, const N: usize>(to: &mut [T; N], value: __m128i) {
    const { assert!(size_of::<[T; N]>() == 16) }
    // SAFETY: `to` is 16 writable bytes (asserted above), any bits are a `T`, and `storeu` asks no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

/// Stores 32 bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store256<T: Plain, const N: usize>(to: &mut [T; N], value: __m256i) {
    const { assert!(size_of::<[T; N]>() == 32) }
    // SAFETY: `to` is 32 writable bytes (asserted above), any bits are a `T`, and `storeu` asks no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

/// Stores 64 bytes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store512<T: Plain, const N: usize>(to: &mut [T; N], value: __m512i) {
    const { assert!(size_of::<[T; N]>() == 64) }
    // SAFETY: `to` is 64 writable bytes (asserted above), any bits are a `T`, and `storeu` asks no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), value) }
}

/// Loads from `table` eight pairs of neighbours, of which `index` has the places of the first; the low half of a result is
/// the first. A place without a neighbour counts as the last that has one.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn gather_pairs256<const N: usize>(table: &[i16; N], index: __m256i) -> __m256i {
    const { assert!(N > 1 && N <= i32::MAX as usize) }
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "asserted above")]
    let index = _mm256_min_epu32(index, _mm256_set1_epi32((N - 2) as i32));
    // SAFETY: every index is of 0 to N - 2 (above), the scale is the size of an `i16`, of which the four bytes that are
    // loaded are two; `table` has N, and a gather asks no alignment.
    unsafe { _mm256_i32gather_epi32::<2>(table.as_ptr().cast(), index) }
}

/// Numbers of which any bits are a valid value.
pub(crate) trait Plain: Copy {}

impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i16 {}
impl Plain for u32 {}
impl Plain for i32 {}
impl Plain for f32 {}
impl Plain for f64 {}

/// Loads from `table` eight numbers, of which `index` has the places; a place beyond the table counts as its last.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn gather256<const N: usize>(table: &[i32; N], index: __m256i) -> __m256i {
    const { assert!(N > 0 && N <= i32::MAX as usize) }
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "asserted above")]
    let index = _mm256_min_epu32(index, _mm256_set1_epi32((N - 1) as i32));
    // SAFETY: every index is of 0 to N - 1 (above), the scale is the size of an `i32`, and `table` has N of them.
    unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr(), index) }
}

/// Both halves of sixteen.
#[inline]
pub(crate) fn halves<T>(of: &[T; 16]) -> [&[T; 8]; 2] {
    let ([low, high], _) = of.as_chunks::<8>() else { unreachable!("two times eight are sixteen") };
    [low, high]
}
