//! PSNR weighted by how much the eye forgives at a place.
//!
//! C. R. Helmrich, M. Siekmann, S. Becker, S. Bosse, D. Marpe, T. Wiegand, "XPSNR: a low-complexity extension of the
//! perceptually weighted peak signal-to-noise ratio for high-resolution video quality assessment", ICASSP 2020; C. R.
//! Helmrich, S. Bosse, H. Schwarz, D. Marpe, T. Wiegand, "A study of the extended perceptually weighted PSNR (XPSNR) for
//! video compression with different resolutions and bit depths", ITU Journal: ICT Discoveries 3(1), 2020. Where the papers
//! leave a choice (borders, the first frames, rounding) it is as in the authors' filter `xpsnr` of FFmpeg 7.1 and later.
//!
//! The picture is cut into blocks of about a 30th of its width in UHD terms. The activity of a block is the mean of its
//! absolute spatial high-pass, plus twice the mean of its absolute temporal high-pass (first order up to 31 frames a second,
//! second order beyond); its weight is the inverse of that, relative to a mean that depends on size and depth alone. Pictures
//! of more than 2048x1152 are high-passed at half resolution; in those of up to 640x480 no weight exceeds those of all
//! its neighbours that were seen before or come next.

mod activity;
mod layout;
mod pool;

pub use pool::XpsnrPool;

use activity::Activity;
use layout::Layout;

use super::assert_same_size;
use crate::{Level, Plane, compiled};

/// Weighted squared errors of one pair of streams, frame by frame.
///
/// ```
/// use transcode_kernels::{Level, Plane, measure};
///
/// let (level, original, coded) = (Level::active()?, [100u8; 64 * 64], [103u8; 64 * 64]);
/// let plane = |data| Plane::new(data, 64, 64, 64);
/// let mut xpsnr = measure::Xpsnr::new(64, 64, 8, 25.0);
/// let mut luma = measure::XpsnrPool::new(64 * 64, 255);
/// luma.add(xpsnr.luma_frame_u8(level, plane(&original)?, plane(&coded)?));
/// assert!(luma.pooled().is_finite());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Xpsnr {
    layout: Layout,
    past_u8: Past<u8>,
    past_u16: Past<u16>,
    /// Of the blocks, row by row, of the last luma frame.
    weights: Vec<f64>,
}

/// The last original and the one before, row by row; black before the first.
#[derive(Clone, Debug)]
struct Past<T> {
    last: Vec<T>,
    before: Vec<T>,
}

/// Sums over a block.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    sse: u64,
    spatial: u64,
    temporal: u64,
}

impl Xpsnr {
    /// For pairs of luma planes of `width` x `height` samples of `bits` bits, 8 to 16, shown `frame_rate` times a second.
    ///
    /// # Panics
    /// `bits` is not 8 to 16.
    #[must_use]
    pub fn new(width: usize, height: usize, bits: u32, frame_rate: f64) -> Self {
        assert!((8..=16).contains(&bits), "samples of {bits} bits; expected 8 to 16");
        Self {
            layout: Layout::new(width, height, bits, frame_rate),
            past_u8: Past { last: Vec::new(), before: Vec::new() },
            past_u16: Past { last: Vec::new(), before: Vec::new() },
            weights: Vec::new(),
        }
    }

    /// The weighted sum of squared errors of the next luma plane, for [`XpsnrPool::add`].
    ///
    /// Every frame of the stream must come, in order of time: the temporal activity is that of originals that follow
    /// each other. A picture of less than about 45x45 samples has no weights; its sum is the plain one.
    ///
    /// # Panics
    /// A plane has another size than was told to [`Xpsnr::new`].
    #[must_use]
    pub fn luma_frame_u8(&mut self, level: Level, original: Plane<'_, u8>, coded: Plane<'_, u8>) -> u64 {
        self.layout.assert_size(&original, &coded);
        if !self.layout.weighted() {
            return super::sse_u8(level, original, coded);
        }
        let blocks = self.past_u8.next(level, &self.layout, original, coded);
        self.finish(&blocks)
    }

    /// The same for samples of 9 to 16 bits; see [`Xpsnr::luma_frame_u8`].
    ///
    /// # Panics
    /// A plane has another size than was told to [`Xpsnr::new`].
    #[must_use]
    pub fn luma_frame_u16(&mut self, level: Level, original: Plane<'_, u16>, coded: Plane<'_, u16>) -> u64 {
        self.layout.assert_size(&original, &coded);
        if !self.layout.weighted() {
            return super::sse_u16(level, original, coded);
        }
        let blocks = self.past_u16.next(level, &self.layout, original, coded);
        self.finish(&blocks)
    }

    /// The weighted sum of squared errors of a chroma plane of the frame whose luma plane came last: it takes the weights of
    /// the luma blocks at the same place.
    ///
    /// # Panics
    /// The planes differ in size, are larger than luma, or no luma plane came before.
    #[must_use]
    pub fn chroma_plane_u8(&self, level: Level, original: Plane<'_, u8>, coded: Plane<'_, u8>) -> u64 {
        self.chroma(original, coded, |a, b| super::sse_u8(level, a, b))
    }

    /// The same for samples of 9 to 16 bits; see [`Xpsnr::chroma_plane_u8`].
    ///
    /// # Panics
    /// The planes differ in size, are larger than luma, or no luma plane came before.
    #[must_use]
    pub fn chroma_plane_u16(&self, level: Level, original: Plane<'_, u16>, coded: Plane<'_, u16>) -> u64 {
        self.chroma(original, coded, |a, b| super::sse_u16(level, a, b))
    }

    fn finish(&mut self, blocks: &[Block]) -> u64 {
        self.weights = self.layout.weights(blocks);
        let sum = blocks.iter().zip(&self.weights).map(|(block, weight)| block.sse as f64 * weight).sum();
        self.layout.rounded(sum)
    }

    fn chroma<T: Copy>(
        &self,
        original: Plane<'_, T>,
        coded: Plane<'_, T>,
        sse: impl Fn(Plane<'_, T>, Plane<'_, T>) -> u64,
    ) -> u64 {
        assert_same_size(&original, &coded);
        let layout = &self.layout;
        let (width, height) = (original.width(), original.height());
        assert!(width <= layout.width && height <= layout.height, "a chroma plane is no larger than luma");
        if !layout.weighted() {
            return sse(original, coded);
        }
        assert!(!self.weights.is_empty(), "the luma plane of a frame comes before its chroma planes");
        let across = (layout.block * width / layout.width).max(1);
        let down = (layout.block * height / layout.height).max(1);
        let mut sum = 0.0;
        for (y, row) in (0..height).step_by(down).zip(self.weights.chunks_exact(layout.columns())) {
            for (x, weight) in (0..width).step_by(across).zip(row) {
                let (width, height) = (across.min(width - x), down.min(height - y));
                let (a, b) = (original.part(x, y, width, height), coded.part(x, y, width, height));
                if let (Some(a), Some(b)) = (a, b) {
                    sum += sse(a, b) as f64 * weight;
                }
            }
        }
        layout.rounded(sum)
    }
}

impl<T: activity::Sample + Default> Past<T> {
    /// The blocks of the next luma plane, which becomes the last.
    fn next(&mut self, level: Level, layout: &Layout, original: Plane<'_, T>, coded: Plane<'_, T>) -> Vec<Block> {
        let samples = layout.width * layout.height;
        self.last.resize(samples, T::default());
        self.before.resize(if layout.second_order { samples } else { 0 }, T::default());
        let mut blocks = layout.blocks();
        compiled::run(level, Activity { layout, past: self, original, coded, blocks: &mut blocks });
        blocks
    }
}
