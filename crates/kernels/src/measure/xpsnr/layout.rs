//! What follows from the size of the picture, and the weights of its blocks.

use super::Block;
use crate::Plane;
use crate::measure::assert_same_size;

#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    bits: u32,
    /// Width and height of a block, a multiple of 4; 0 where the picture is too small for weights.
    pub(super) block: usize,
    /// High-passes at half resolution.
    pub(super) coarse: bool,
    /// The temporal high-pass is a difference of differences.
    pub(super) second_order: bool,
    /// The root of the mean activity, to which the activities of blocks are relative.
    mean_activity: f64,
}

impl Layout {
    pub(super) fn new(width: usize, height: usize, bits: u32, frame_rate: f64) -> Self {
        // "UHD" is the picture that blocks of 128x128 were chosen for.
        let uhd = (width as f64 * height as f64) / (3840.0 * 2160.0);
        // 16 makes up for the high-passes, which are computed without their division by 4.
        let mean = 16.0 * f64::from(1u32 << (2 * bits - 9)) / uhd.max(0.00001).sqrt();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of the width")]
        let block = 4 * (32.0 * uhd.sqrt() + 0.5) as usize;
        Self {
            width,
            height,
            bits,
            block,
            coarse: width * height > 2048 * 1152,
            second_order: frame_rate >= 32.0,
            mean_activity: mean.sqrt(),
        }
    }

    pub(super) fn assert_size<T>(&self, original: &Plane<'_, T>, coded: &Plane<'_, T>) {
        assert_same_size(original, coded);
        let size = (original.width(), original.height());
        assert_eq!(size, (self.width, self.height), "a luma plane has another size than the stream");
    }

    pub(super) fn weighted(&self) -> bool {
        self.block > 0
    }

    /// Blocks of a row.
    pub(super) fn columns(&self) -> usize {
        self.width.div_ceil(self.block)
    }

    /// All blocks, nothing in them yet.
    pub(super) fn blocks(&self) -> Vec<Block> {
        vec![Block::default(); self.columns() * self.height.div_ceil(self.block)]
    }

    /// Samples at each border that the spatial high-pass leaves out.
    pub(super) fn margin(&self) -> usize {
        if self.coarse { 2 } else { 1 }
    }

    /// A sum of weighted errors in whole numbers, relative to the mean activity.
    pub(super) fn rounded(&self, sum: f64) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the nearest whole number")]
        let rounded = (sum * self.mean_activity + 0.5) as u64;
        rounded
    }

    /// The inverse activity of each block, row by row.
    pub(super) fn weights(&self, blocks: &[Block]) -> Vec<f64> {
        let columns = self.columns();
        let weight = |(i, block): (usize, &Block)| {
            let (column, row) = (i % columns, i / columns);
            self.weight(block, self.extent(column, self.width), self.extent(row, self.height))
        };
        let mut weights: Vec<f64> = blocks.iter().enumerate().map(weight).collect();
        if self.width * self.height <= 640 * 480 {
            smooth(&mut weights, columns);
        }
        weights
    }

    /// How long block `i` is along a side of `length` samples, and how much of that the spatial high-pass covers.
    fn extent(&self, i: usize, length: usize) -> (usize, usize) {
        let start = i * self.block;
        let end = length.min(start + self.block);
        let first = start.max(if start > 0 { 0 } else { self.margin() });
        let last = if end < length { end } else { end.saturating_sub(self.margin()) };
        (end - start, last.saturating_sub(first))
    }

    fn weight(
        &self,
        block: &Block,
        (width, inner_width): (usize, usize),
        (height, inner_height): (usize, usize),
    ) -> f64 {
        let inner = inner_width * inner_height;
        if inner == 0 {
            // Nothing but border.
            return 1.0;
        }
        let spatial = block.spatial as f64 / inner as f64;
        let temporal = block.temporal as f64 / (width * height) as f64;
        // What noise and rounding amount to at this depth.
        let least = f64::from(1u32 << (self.bits - 6));
        1.0 / (spatial + temporal).max(least)
    }
}

/// Limits each weight to the greatest of its neighbours to the left, to the right and above, in the order of blocks; so
/// that a lone quiet block in a busy picture is not overrated.
fn smooth(weights: &mut [f64], columns: usize) {
    for i in 0..weights.len() {
        let column = i % columns;
        let left = (column > 0).then(|| weights[i - 1]);
        let right = (column + 1 < columns).then(|| weights[i + 1]);
        let above = (i >= columns).then(|| weights[i - columns]);
        // The last block has its turn only where there is one above.
        if i + 1 == weights.len() && above.is_none() {
            continue;
        }
        if let Some(limit) = [left, right, above].into_iter().flatten().reduce(f64::max) {
            weights[i] = weights[i].min(limit);
        }
    }
}
