//! The filter. It is recursive, so a channel's samples must come one after the other.

use super::{Filter, Memory};

/// Not inlined: as part of a function that has AVX2, one channel takes half as long again.
#[inline(never)]
pub(super) fn squares(filter: &Filter, memories: &mut [Memory], planes: &[&[f32]], sums: &mut [f64]) {
    for ((memory, plane), sum) in memories.iter_mut().zip(planes).zip(sums) {
        *sum += channel(filter, memory, plane, 0.0);
    }
}

/// The sample, unless the filter would never forget it.
pub(super) fn finite(sample: f32) -> f64 {
    f64::from(if sample.abs() < f32::INFINITY { sample } else { 0.0 })
}

/// Goes on with a sum of squares.
pub(super) fn channel(filter: &Filter, memory: &mut Memory, plane: &[f32], sum: f64) -> f64 {
    let Memory { input: [mut x1, mut x2], middle: [mut y1, mut y2], output: [mut z1, mut z2] } = *memory;
    let (b, a, high_pass) = (filter.shelf.b, filter.shelf.a, filter.high_pass.a);
    let mut sum = sum;
    for sample in plane {
        let x = finite(*sample);
        // What depends on the newest output comes last: the next sample waits for one product and one difference.
        let y = (((b[0] * x + b[1] * x1) + b[2] * x2) - a[1] * y2) - a[0] * y1;
        let z = (((y - (y1 + y1)) + y2) - high_pass[1] * z2) - high_pass[0] * z1;
        sum += z * z;
        (x2, x1, y2, y1, z2, z1) = (x1, x, y1, y, z1, z);
    }
    *memory = Memory { input: [x1, x2], middle: [y1, y2], output: [z1, z2] };
    sum
}
