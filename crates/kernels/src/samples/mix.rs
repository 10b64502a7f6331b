//! Channels as weighted sums of others.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use super::MixMatrix;
use crate::Level;
use crate::level::Isa;

/// Frames that are mixed at a time, so that planes that several outputs read are in the first cache for all but one.
const BLOCK: usize = 1024;

/// Mixes planes: output `r` is the sum over the inputs `c` of `matrix.value(r, c)` times input `c`, in their order.
///
/// An input whose value is 0 is not read for that output, so a NaN or an infinity in it stays out.
///
/// # Panics
/// The matrix is not outputs x inputs, or the planes are not all equally long.
pub fn mix(level: Level, matrix: &MixMatrix, from: &[&[f32]], to: &mut [&mut [f32]]) {
    assert_eq!((matrix.rows(), matrix.columns()), (to.len(), from.len()), "rows are outputs, columns are inputs");
    let frames = from.first().map(|plane| plane.len()).or_else(|| to.first().map(|plane| plane.len())).unwrap_or(0);
    let equal = from.iter().all(|plane| plane.len() == frames) && to.iter().all(|plane| plane.len() == frames);
    assert!(equal, "planes are equally long");
    let mut terms = Vec::with_capacity(from.len());
    for start in (0..frames).step_by(BLOCK) {
        let length = BLOCK.min(frames - start);
        for (row, to) in to.iter_mut().enumerate() {
            terms.clear();
            let values = (0..from.len()).map(|column| matrix.value(row, column));
            terms.extend(
                values.zip(from).filter(|(value, _)| *value != 0.0).map(|(v, plane)| (v, &plane[start..][..length])),
            );
            weighted(level, &terms, &mut to[start..][..length]);
        }
    }
}

/// Planes are as long as `to`.
fn weighted(level: Level, terms: &[(f32, &[f32])], to: &mut [f32]) {
    match level.isa() {
        Isa::Scalar => scalar::weighted(terms, to, 0),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::weighted(terms, to) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
        Isa::Neon => unsafe { neon::weighted(terms, to) },
    }
}
