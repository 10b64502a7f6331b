//! Samples beyond their bit depth, as damaged files decode to: found, and put back within it.
//!
//! An encoder may trust its input: x264's own assertions end the process where a picture of 10 bits has a sample above 1023.

use crate::compiled::{self, Body};
use crate::{Level, Plane, PlaneMut};

/// Whether a sample is greater than `bits` bits hold.
///
/// # Panics
/// `bits` is 0 or greater than 16.
#[must_use]
pub fn exceeds_u16(level: Level, plane: Plane<'_, u16>, bits: u32) -> bool {
    let top = top(bits);
    plane.rows().any(|row| compiled::run(level, Exceeds { row, top }))
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
        if compiled::run(level, Exceeds { row, top }) {
            compiled::run(level, Clamp { row, top });
        }
    }
}

fn top(bits: u32) -> u16 {
    assert!((1..=16).contains(&bits), "samples of {bits} bits");
    u16::MAX >> (16 - bits)
}

/// `top` is one less than a power of two, so what is beyond it has a bit beyond it.
struct Exceeds<'a> {
    row: &'a [u16],
    top: u16,
}

impl Body<bool> for Exceeds<'_> {
    const AVX512: bool = false;

    #[inline(always)]
    fn run(self) -> bool {
        self.row.iter().fold(0, |all, sample| all | sample) > self.top
    }
}

struct Clamp<'a> {
    row: &'a mut [u16],
    top: u16,
}

impl Body for Clamp<'_> {
    const AVX512: bool = false;

    #[inline(always)]
    fn run(self) {
        for sample in self.row {
            *sample = (*sample).min(self.top);
        }
    }
}
