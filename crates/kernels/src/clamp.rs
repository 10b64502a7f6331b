//! Samples beyond their bit depth, as damaged files decode to: found, and put back within it.
//!
//! An encoder may trust its input: x264's own assertions end the process where a picture of 10 bits has a sample above 1023.

use crate::level::Isa;
use crate::{Level, Plane, PlaneMut};

mod scalar;

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Whether a sample is greater than `bits` bits hold.
///
/// # Panics
/// `bits` is 0 or greater than 16.
#[must_use]
pub fn exceeds_u16(level: Level, plane: Plane<'_, u16>, bits: u32) -> bool {
    let top = top(bits);
    plane.rows().any(|row| exceeds(level, row, top))
}

/// Makes samples that are greater than `bits` bits hold the greatest that they do hold.
///
/// Rows without such samples are read only, so a picture in order costs no writes.
///
/// # Panics
/// `bits` is 0 or greater than 16.
pub fn clamp_u16(level: Level, mut plane: PlaneMut<'_, u16>, bits: u32) {
    let top = top(bits);
    for row in plane.rows_mut() {
        if exceeds(level, row, top) {
            clamp(level, row, top);
        }
    }
}

fn top(bits: u32) -> u16 {
    assert!((1..=16).contains(&bits), "samples of {bits} bits");
    u16::MAX >> (16 - bits)
}

fn exceeds(level: Level, row: &[u16], top: u16) -> bool {
    match level.isa() {
        Isa::Scalar => scalar::exceeds(row, top),
        // SAFETY: an `Isa::Avx2` or `Avx512` exists only because the CPU was seen to have AVX2 (`Level::available`).
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Avx2 => unsafe { avx2::exceeds(row, top) },
        // NEON is in every aarch64, so the compiler makes use of it in plain Rust.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => scalar::exceeds(row, top),
    }
}

fn clamp(level: Level, row: &mut [u16], top: u16) {
    match level.isa() {
        Isa::Scalar => scalar::clamp(row, top),
        // SAFETY: an `Isa::Avx2` or `Avx512` exists only because the CPU was seen to have AVX2 (`Level::available`).
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 | Isa::Avx2 => unsafe { avx2::clamp(row, top) },
        // NEON is in every aarch64, so the compiler makes use of it in plain Rust.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => scalar::clamp(row, top),
    }
}
