//! Pictures that become red, green and blue, or gray, by our own kernels.

use transcode_av::{ColorInfo, PixelFormat};
use transcode_kernels::{Coding, Layout, Matrix, Range, Siting, Subsampling};

use super::colour::{BT470BG, BT709, BT2020, SMPTE170M};
use super::kernels::MOST_BITS;

/// What the kernels make of pictures of luma and colour differences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rgb {
    /// How the pictures lie in memory.
    pub(crate) source: Source,
    /// What their numbers mean.
    pub(crate) coding: Coding,
    /// The format they get.
    pub(crate) format: PixelFormat,
    /// Its order of samples.
    pub(crate) layout: Layout,
    /// Whether its samples have 16 bits.
    pub(crate) deep: bool,
    /// The colours they then have.
    pub(crate) color: ColorInfo,
}

/// A format that the kernels read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) subsampling: Subsampling,
    pub(crate) depth: u32,
    /// Whether one plane holds both colour differences. Samples of more than 8 bits lie in the high ones then.
    pub(crate) semi_planar: bool,
}

impl Rgb {
    /// From pictures of which everything is known (`meant`) to those of the output.
    pub(super) fn new(
        (from, from_format): (ColorInfo, PixelFormat),
        (color, format): (ColorInfo, PixelFormat),
    ) -> Option<Self> {
        let source = Source::of(from_format)?;
        let (layout, deep) = layout(format)?;
        let matrix = matrix(from.matrix)?;
        let range = if from.range == ColorInfo::FULL_RANGE { Range::Full } else { Range::Limited };
        // The kernels' gray is of full range.
        let is_full = layout != Layout::Gray || color.range == ColorInfo::FULL_RANGE;
        let coding = Coding { matrix, range, depth: source.depth };
        is_full.then_some(Self { source, coding, format, layout, deep, color })
    }

    /// FFmpeg's filters that do the same, to another size too: told where chroma lies, which its scaler does not ask the
    /// pictures, they come nearest. `conversion` is what else the scaler is told.
    pub(super) fn text(&self, size: Option<(u32, u32)>, chroma_location: i32, conversion: Option<String>) -> String {
        let (left, top) = siting(chroma_location);
        let size = size.map(|(width, height)| format!("{width}:{height}"));
        let across = (self.source.subsampling != Subsampling::Yuv444).then(|| format!("in_h_chr_pos={}", left * 256.0));
        let down = (self.source.subsampling == Subsampling::Yuv420).then(|| format!("in_v_chr_pos={}", top * 256.0));
        let told: Vec<String> = [size, across, down, conversion].into_iter().flatten().collect();
        format!("scale={},format=pix_fmts={}", told.join(":"), self.format.name())
    }
}

impl Source {
    /// `None` for formats that are left to FFmpeg.
    pub(super) fn of(format: PixelFormat) -> Option<Self> {
        let subsampling = subsampling(format)?;
        if format.layout().components != 3 || format.is_rgb() {
            return None;
        }
        if let Some(depth) = format.planar_bits() {
            return (depth <= MOST_BITS).then_some(Self { subsampling, depth, semi_planar: false });
        }
        let depth = match native(&format.name())? {
            "nv12" | "nv16" | "nv24" => 8,
            "p010" | "p210" | "p410" => 10,
            "p012" | "p212" | "p412" => 12,
            _ => return None,
        };
        Some(Self { subsampling, depth, semi_planar: true })
    }
}

/// How much smaller the planes of colour differences are, where the kernels know it.
pub(crate) fn subsampling(format: PixelFormat) -> Option<Subsampling> {
    let layout = format.layout();
    match (layout.log2_chroma_w, layout.log2_chroma_h) {
        (1, 1) => Some(Subsampling::Yuv420),
        (1, 0) => Some(Subsampling::Yuv422),
        (0, 0) => Some(Subsampling::Yuv444),
        _ => None,
    }
}

/// A format's name without the order of bytes, where that is the processor's.
fn native(name: &str) -> Option<&str> {
    let (own, other) = if cfg!(target_endian = "big") { ("be", "le") } else { ("le", "be") };
    if name.ends_with(other) { None } else { Some(name.strip_suffix(own).unwrap_or(name)) }
}

/// Whether the kernels write such pictures.
pub(super) fn makes(format: PixelFormat) -> bool {
    layout(format).is_some()
}

/// The matrix of that number, where the kernels have it.
pub(crate) fn matrix(number: i32) -> Option<Matrix> {
    Some(match number {
        BT709 => Matrix::Bt709,
        BT470BG | SMPTE170M => Matrix::Bt601,
        BT2020 => Matrix::Bt2020,
        _ => return None,
    })
}

/// The order of samples of a format that the kernels write and read, and whether they have 16 bits.
pub(super) fn layout(format: PixelFormat) -> Option<(Layout, bool)> {
    Some(match native(&format.name())? {
        "rgb24" => (Layout::Rgb, false),
        "bgr24" => (Layout::Bgr, false),
        "rgba" | "rgb0" => (Layout::Rgba, false),
        "bgra" | "bgr0" => (Layout::Bgra, false),
        "gray" => (Layout::Gray, false),
        "rgb48" => (Layout::Rgb, true),
        "bgr48" => (Layout::Bgr, true),
        "rgba64" => (Layout::Rgba, true),
        "bgra64" => (Layout::Bgra, true),
        "gray16" => (Layout::Gray, true),
        _ => return None,
    })
}

/// Where chroma samples lie between the luma samples that they stand for, across and down: 0 with the first of them,
/// 1 with the last. By FFmpeg's numbers, which are those of H.273 and one more; what is not said is MPEG-2's usual,
/// with the left one and between the rows.
pub(crate) fn siting(chroma_location: i32) -> (f64, f64) {
    match chroma_location {
        2 => (0.5, 0.5),
        3 => (0.0, 0.0),
        4 => (0.5, 0.0),
        5 => (0.0, 1.0),
        6 => (0.5, 1.0),
        _ => (0.0, 0.5),
    }
}

/// The same as kernels name it, which know three places; `None` for the others. `halves_rows`: chroma has half the rows, so
/// that it matters where it lies between them.
pub(crate) fn known_siting(chroma_location: i32, halves_rows: bool) -> Option<Siting> {
    match chroma_location {
        2 => Some(Siting::Center),
        3 => Some(Siting::TopLeft),
        4 | 6 if !halves_rows => Some(Siting::Center),
        4..=6 if halves_rows => None,
        _ => Some(Siting::Left),
    }
}
