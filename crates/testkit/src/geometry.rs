//! Sizes, offsets and strides that vectors stumble over.

use crate::Rng;

/// Where a plane lies in its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Samples of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples before the first row, so that its alignment is any.
    pub offset: usize,
    /// Samples between the end of a row and the next.
    pub gap: usize,
}

/// Widths of 0 to 130 and about the usual limits, each with some height, offset and gap; every height comes often.
pub fn geometries(rng: &mut Rng) -> Vec<Geometry> {
    const HEIGHTS: [usize; 6] = [0, 1, 2, 3, 5, 8];
    let widths = (0..=130).chain([255, 256, 257, 1919]);
    widths
        .flat_map(|width| {
            let tall = HEIGHTS[rng.below(HEIGHTS.len())];
            let (offset, gap) = (rng.below(64), rng.below(40));
            [(1, 0, 0), (tall, offset, gap)].map(|(height, offset, gap)| Geometry { width, height, offset, gap })
        })
        .collect()
}
