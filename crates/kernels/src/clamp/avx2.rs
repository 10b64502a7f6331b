//! The loops of `scalar.rs`, compiled for AVX2.

use super::scalar;

#[target_feature(enable = "avx2")]
pub(super) fn exceeds(row: &[u16], top: u16) -> bool {
    scalar::exceeds(row, top)
}

#[target_feature(enable = "avx2")]
pub(super) fn clamp(row: &mut [u16], top: u16) {
    scalar::clamp(row, top);
}
