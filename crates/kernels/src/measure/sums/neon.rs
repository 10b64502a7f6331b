//! NEON. Vectors of short sums are emptied into 64 bits before they can overflow: after a piece of a row.

use std::arch::aarch64::*;

use super::scalar;
use crate::Plane;
use crate::aarch64::{load_u8, load_u16};

#[target_feature(enable = "neon")]
pub(super) fn sse_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    // A lane gets up to 4 * 255^2 for every 16 samples.
    const PIECE: usize = 16 * 8192;
    let mut sum = vdupq_n_u64(0);
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        for (a, b) in a.chunks(PIECE).zip(b.chunks(PIECE)) {
            let ((a, a_end), (b, b_end)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
            let mut lanes = vdupq_n_u32(0);
            for (a, b) in a.iter().zip(b) {
                let distance = vabdq_u8(load_u8(a), load_u8(b));
                lanes = vpadalq_u16(lanes, vmull_u8(vget_low_u8(distance), vget_low_u8(distance)));
                lanes = vpadalq_u16(lanes, vmull_high_u8(distance, distance));
            }
            sum = vpadalq_u32(sum, lanes);
            rest += scalar::sse_row(a_end, b_end);
        }
    }
    vaddvq_u64(sum) + rest
}

#[target_feature(enable = "neon")]
pub(super) fn sse_u16(a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    let mut sum = vdupq_n_u64(0);
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        let ((a, a_end), (b, b_end)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
        for (a, b) in a.iter().zip(b) {
            let distance = vabdq_u16(load_u16(a), load_u16(b));
            sum = vpadalq_u32(sum, vmull_u16(vget_low_u16(distance), vget_low_u16(distance)));
            sum = vpadalq_u32(sum, vmull_high_u16(distance, distance));
        }
        rest += scalar::sse_row(a_end, b_end);
    }
    vaddvq_u64(sum) + rest
}

#[target_feature(enable = "neon")]
pub(super) fn sad_u8(a: Plane<'_, u8>, b: Plane<'_, u8>) -> u64 {
    // A lane gets up to 4 * 255 for every 16 samples.
    const PIECE: usize = 1 << 24;
    let mut sum = vdupq_n_u64(0);
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        for (a, b) in a.chunks(PIECE).zip(b.chunks(PIECE)) {
            let ((a, a_end), (b, b_end)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
            let mut lanes = vdupq_n_u32(0);
            for (a, b) in a.iter().zip(b) {
                lanes = vpadalq_u16(lanes, vpaddlq_u8(vabdq_u8(load_u8(a), load_u8(b))));
            }
            sum = vpadalq_u32(sum, lanes);
            rest += scalar::sad_row(a_end, b_end);
        }
    }
    vaddvq_u64(sum) + rest
}

#[target_feature(enable = "neon")]
pub(super) fn sad_u16(a: Plane<'_, u16>, b: Plane<'_, u16>) -> u64 {
    // A lane gets up to 2^17 for every 8 samples.
    const PIECE: usize = 8 * 16_384;
    let mut sum = vdupq_n_u64(0);
    let mut rest = 0;
    for (a, b) in a.rows().zip(b.rows()) {
        for (a, b) in a.chunks(PIECE).zip(b.chunks(PIECE)) {
            let ((a, a_end), (b, b_end)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
            let mut lanes = vdupq_n_u32(0);
            for (a, b) in a.iter().zip(b) {
                lanes = vpadalq_u16(lanes, vabdq_u16(load_u16(a), load_u16(b)));
            }
            sum = vpadalq_u32(sum, lanes);
            rest += scalar::sad_row(a_end, b_end);
        }
    }
    vaddvq_u64(sum) + rest
}

#[target_feature(enable = "neon")]
pub(super) fn count_below_u8(plane: Plane<'_, u8>, threshold: u8) -> u64 {
    // A lane counts to 255.
    const PIECE: usize = 16 * 255;
    let limit = vdupq_n_u8(threshold);
    let mut count = 0;
    for row in plane.rows() {
        for piece in row.chunks(PIECE) {
            let (vectors, end) = piece.as_chunks::<16>();
            let mut lanes = vdupq_n_u8(0);
            for samples in vectors {
                lanes = vsubq_u8(lanes, vcleq_u8(load_u8(samples), limit));
            }
            count += u64::from(vaddlvq_u8(lanes)) + scalar::count_row(end, threshold);
        }
    }
    count
}

#[target_feature(enable = "neon")]
pub(super) fn count_below_u16(plane: Plane<'_, u16>, threshold: u16) -> u64 {
    // A lane counts to 2^16 - 1.
    const PIECE: usize = 8 * 65_535;
    let limit = vdupq_n_u16(threshold);
    let mut count = 0;
    for row in plane.rows() {
        for piece in row.chunks(PIECE) {
            let (vectors, end) = piece.as_chunks::<8>();
            let mut lanes = vdupq_n_u16(0);
            for samples in vectors {
                lanes = vsubq_u16(lanes, vcleq_u16(load_u16(samples), limit));
            }
            count += u64::from(vaddlvq_u16(lanes)) + scalar::count_row(end, threshold);
        }
    }
    count
}
