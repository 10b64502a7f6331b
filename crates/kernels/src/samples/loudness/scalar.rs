//! The filter for some channels side by side. It is recursive, so a channel's samples must come one after the other, and
//! vectors can only hold channels.

use super::{Filter, Memory};

pub(super) fn squares(filter: &Filter, memories: &mut [Memory], planes: &[&[f32]], sums: &mut [f64]) {
    for ((memory, plane), sum) in memories.iter_mut().zip(planes).zip(sums) {
        lanes::<1>(filter, std::slice::from_mut(memory), &[plane], std::slice::from_mut(sum));
    }
}

/// `CHANNELS` channels in step. All slices are that long.
///
/// Inlined into functions that have the instructions of a level, it becomes the code of that level: every operation is the
/// same there, and so are the bits.
#[inline(always)]
pub(super) fn lanes<const CHANNELS: usize>(
    filter: &Filter,
    memories: &mut [Memory],
    planes: &[&[f32]],
    sums: &mut [f64],
) {
    let frames = planes[0].len();
    let planes: [&[f32]; CHANNELS] = std::array::from_fn(|i| &planes[i][..frames]);
    let gather = |get: fn(&Memory) -> f64| -> [f64; CHANNELS] { std::array::from_fn(|i| get(&memories[i])) };
    let (mut x1, mut x2) = (gather(|m| m.input[0]), gather(|m| m.input[1]));
    let (mut y1, mut y2) = (gather(|m| m.middle[0]), gather(|m| m.middle[1]));
    let (mut z1, mut z2) = (gather(|m| m.output[0]), gather(|m| m.output[1]));
    let mut total = [0.0; CHANNELS];
    let (shelf, high_pass) = (filter.shelf, filter.high_pass);
    #[expect(clippy::needless_range_loop, reason = "one frame of all planes at a time")]
    for frame in 0..frames {
        let x: [f64; CHANNELS] = std::array::from_fn(|i| {
            let sample = planes[i][frame];
            f64::from(if sample.abs() < f32::INFINITY { sample } else { 0.0 })
        });
        // What depends on the newest output comes last: the next sample waits for one product and one difference.
        let y: [f64; CHANNELS] = std::array::from_fn(|i| {
            let forward = (shelf.b[0] * x[i] + shelf.b[1] * x1[i]) + shelf.b[2] * x2[i];
            (forward - shelf.a[1] * y2[i]) - shelf.a[0] * y1[i]
        });
        let z: [f64; CHANNELS] = std::array::from_fn(|i| {
            let forward = (y[i] - 2.0 * y1[i]) + y2[i];
            (forward - high_pass.a[1] * z2[i]) - high_pass.a[0] * z1[i]
        });
        for i in 0..CHANNELS {
            total[i] += z[i] * z[i];
        }
        (x2, x1) = (x1, x);
        (y2, y1) = (y1, y);
        (z2, z1) = (z1, z);
    }
    for i in 0..CHANNELS {
        memories[i] = Memory { input: [x1[i], x2[i]], middle: [y1[i], y2[i]], output: [z1[i], z2[i]] };
        sums[i] += total[i];
    }
}
