//! The reference.

use super::across::Across;
use super::{Depth, Sample};

/// One row: what the vectors leave of a sample's worth comes out the same.
pub(super) fn across<T: Sample>(across: &Across, depth: Depth, source: &[T], target: &mut [i16]) {
    let channels = across.channels;
    let shift = depth.shift_across(across.precision);
    let windows = across.starts.iter().zip(across.weights.chunks_exact(across.taps));
    for ((start, weights), target) in windows.zip(target.chunks_exact_mut(channels)) {
        for (channel, target) in target.iter_mut().enumerate() {
            // A window that is longer than the source ends in weights of zero.
            let samples = source[start * channels + channel..].iter().step_by(channels);
            let sum: i32 = samples.zip(weights).map(|(sample, weight)| sample.biased(depth) * i32::from(*weight)).sum();
            *target = saturate((sum + (1 << shift >> 1)) >> shift);
        }
    }
}

/// Rows that lie `stride` apart, weighed by sums of whole products.
pub(super) fn down<T: Sample>(
    depth: Depth,
    rows: &[i16],
    stride: usize,
    weights: &[i16],
    shift: u32,
    target: &mut [T],
) {
    for (x, target) in target.iter_mut().enumerate() {
        let column = rows[x..].iter().step_by(stride);
        let sum: i32 = column.zip(weights).map(|(value, weight)| i32::from(*value) * i32::from(*weight)).sum();
        *target = T::limited(((sum + (1 << shift >> 1)) >> shift) + depth.bias, depth);
    }
}

/// The same by sums of products that are rounded to 16 bits each.
pub(super) fn down_rounded(rows: &[i16], stride: usize, weights: &[i16], shift: u32, target: &mut [u8]) {
    for (x, target) in target.iter_mut().enumerate() {
        let column = rows[x..].iter().step_by(stride);
        let products =
            column.zip(weights).map(|(value, weight)| (i32::from(*value) * i32::from(*weight) + 0x4000) >> 15);
        let sum = products.fold(0, |sum: i16, product| sum.saturating_add(saturate(product)));
        let rounded = sum.saturating_add(1 << shift >> 1) >> shift;
        *target = u8::try_from(rounded.clamp(0, 255)).unwrap_or(u8::MAX);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn saturate(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}
