//! AVX2: the scalar body, compiled for it.

use super::layout::Layout;
use super::scalar::{Sample, body};
use super::{Block, Past};
use crate::Plane;

#[target_feature(enable = "avx2")]
pub(super) fn blocks<T: Sample>(
    layout: &Layout,
    past: &mut Past<T>,
    original: Plane<'_, T>,
    coded: Plane<'_, T>,
) -> Vec<Block> {
    body(layout, past, original, coded)
}
