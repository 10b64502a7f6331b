//! Four channels in a register, two in half of one.

use super::{Filter, Memory, scalar};

#[target_feature(enable = "avx2")]
pub(super) fn squares(filter: &Filter, memories: &mut [Memory], planes: &[&[f32]], sums: &mut [f64]) {
    let mut at = 0;
    while at < planes.len() {
        let (memories, planes, sums) = (&mut memories[at..], &planes[at..], &mut sums[at..]);
        at += match planes.len() {
            1 => lanes::<1>(filter, memories, planes, sums),
            2 => lanes::<2>(filter, memories, planes, sums),
            3 => lanes::<3>(filter, memories, planes, sums),
            _ => lanes::<4>(filter, memories, planes, sums),
        };
    }
}

/// The first channels; returns how many.
#[target_feature(enable = "avx2")]
fn lanes<const CHANNELS: usize>(
    filter: &Filter,
    memories: &mut [Memory],
    planes: &[&[f32]],
    sums: &mut [f64],
) -> usize {
    scalar::lanes::<CHANNELS>(filter, memories, planes, sums);
    CHANNELS
}
