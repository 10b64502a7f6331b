//! Pictures of red, green and blue that become luma and colour differences, by our own kernels.

use transcode_av::{ColorInfo, PixelFormat};
use transcode_kernels::{Coding, Layout, Range, Siting, Subsampling};

use super::rgb::{Source, known_siting, layout, matrix};

/// What the kernels make of pictures of red, green and blue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FromRgb {
    /// The order of their samples.
    pub(crate) layout: Layout,
    /// Whether these have 16 bits.
    pub(crate) deep: bool,
    /// How the pictures lie in memory that they become.
    pub(crate) made: Source,
    /// What their numbers then mean.
    pub(crate) coding: Coding,
    /// Where their colour differences lie.
    pub(crate) siting: Siting,
    /// Their format.
    pub(crate) format: PixelFormat,
    /// The colours they then have.
    pub(crate) color: ColorInfo,
}

impl FromRgb {
    /// To pictures of the output, which say `color`, of which everything is known (`meant`).
    pub(super) fn new(from: PixelFormat, color: ColorInfo, meant: ColorInfo, format: PixelFormat) -> Option<Self> {
        let (layout, deep) = layout(from).filter(|(layout, _)| *layout != Layout::Gray)?;
        let made = Source::of(format)?;
        let range = if meant.range == ColorInfo::FULL_RANGE { Range::Full } else { Range::Limited };
        let coding = Coding { matrix: matrix(meant.matrix)?, range, depth: made.depth };
        let siting = known_siting(color.chroma_location, made.subsampling == Subsampling::Yuv420)?;
        Some(Self { layout, deep, made, coding, siting, format, color })
    }
}
