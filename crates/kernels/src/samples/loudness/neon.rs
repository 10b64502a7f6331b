//! Two channels in a register.

use std::arch::aarch64::*;

use super::{Filter, Memory, scalar};
use crate::aarch64::store_f64;

#[target_feature(enable = "neon")]
pub(super) fn squares(filter: &Filter, memories: &mut [Memory], planes: &[&[f32]], sums: &mut [f64]) {
    let groups = memories.chunks_mut(2).zip(planes.chunks(2)).zip(sums.chunks_mut(2));
    for ((memories, planes), sums) in groups {
        if let ([first, second], [left, right], [a, b]) = (&mut *memories, planes, &mut *sums) {
            two(filter, [first, second], [left, right], [a, b]);
        } else {
            scalar::squares(filter, memories, planes, sums);
        }
    }
}

/// Both channels. The operations are those of `scalar`, in the same order, and so are the bits.
#[target_feature(enable = "neon")]
fn two(filter: &Filter, memories: [&mut Memory; 2], planes: [&[f32]; 2], sums: [&mut f64; 2]) {
    let pair = |low: f64, high: f64| vcombine_f64(vdup_n_f64(low), vdup_n_f64(high));
    let gather = |get: fn(&Memory) -> f64| pair(get(memories[0]), get(memories[1]));
    let (mut x1, mut x2) = (gather(|m| m.input[0]), gather(|m| m.input[1]));
    let (mut y1, mut y2) = (gather(|m| m.middle[0]), gather(|m| m.middle[1]));
    let (mut z1, mut z2) = (gather(|m| m.output[0]), gather(|m| m.output[1]));
    let mut total = vdupq_n_f64(0.0);
    let (b, a, high_pass) = (filter.shelf.b, filter.shelf.a, filter.high_pass.a);
    for (left, right) in planes[0].iter().zip(planes[1]) {
        let x = pair(scalar::finite(*left), scalar::finite(*right));
        let forward = vaddq_f64(vmulq_n_f64(x, b[0]), vmulq_n_f64(x1, b[1]));
        let forward = vaddq_f64(forward, vmulq_n_f64(x2, b[2]));
        let y = vsubq_f64(vsubq_f64(forward, vmulq_n_f64(y2, a[1])), vmulq_n_f64(y1, a[0]));
        let forward = vaddq_f64(vsubq_f64(y, vaddq_f64(y1, y1)), y2);
        let z = vsubq_f64(vsubq_f64(forward, vmulq_n_f64(z2, high_pass[1])), vmulq_n_f64(z1, high_pass[0]));
        total = vaddq_f64(total, vmulq_f64(z, z));
        (x2, x1, y2, y1, z2, z1) = (x1, x, y1, y, z1, z);
    }
    let [x1, x2, y1, y2, z1, z2, total] = [x1, x2, y1, y2, z1, z2, total].map(|lanes| {
        let mut values = [0f64; 2];
        store_f64(&mut values, lanes);
        values
    });
    for (i, (memory, sum)) in memories.into_iter().zip(sums).enumerate() {
        *memory = Memory { input: [x1[i], x2[i]], middle: [y1[i], y2[i]], output: [z1[i], z2[i]] };
        *sum += total[i];
    }
}
