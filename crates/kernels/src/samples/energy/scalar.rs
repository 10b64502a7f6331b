//! A sample at a time.

use super::LANES;

pub(super) fn peak16(samples: &[i16]) -> u16 {
    samples.iter().map(|x| x.unsigned_abs()).max().unwrap_or(0)
}

pub(super) fn peak32(samples: &[i32]) -> u32 {
    samples.iter().map(|x| x.unsigned_abs()).max().unwrap_or(0)
}

pub(super) fn peak_float(samples: &[f32]) -> f32 {
    samples.iter().map(|x| x.abs()).fold(0.0, f32::max)
}

pub(super) fn sum16(samples: &[i16]) -> u64 {
    samples.iter().map(|x| u64::from(x.unsigned_abs()) * u64::from(x.unsigned_abs())).sum()
}

pub(super) fn sum32(samples: &[i32]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    add32(&mut sums, samples);
    sums
}

pub(super) fn sum_float(samples: &[f32]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    add_float(&mut sums, samples);
    sums
}

/// Adds squares to the sums in turns.
pub(super) fn add32(sums: &mut [f64; LANES], samples: &[i32]) {
    for samples in samples.chunks(LANES) {
        for (sum, x) in sums.iter_mut().zip(samples) {
            *sum += f64::from(*x) * f64::from(*x);
        }
    }
}

/// Adds squares to the sums in turns.
pub(super) fn add_float(sums: &mut [f64; LANES], samples: &[f32]) {
    for samples in samples.chunks(LANES) {
        for (sum, x) in sums.iter_mut().zip(samples) {
            *sum += f64::from(*x) * f64::from(*x);
        }
    }
}
