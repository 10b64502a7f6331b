//! What the numbers of a picture mean, before and after it is converted: tags follow pixels, and pixels tags.

use transcode_av::{ColorInfo, EncoderInfo, PixelFormat};

/// FFmpeg's numbers of matrices and primaries (ITU-T H.273).
const RGB: i32 = 0;
pub(super) const BT709: i32 = 1;
pub(super) const UNSPECIFIED: i32 = 2;
pub(super) const BT470BG: i32 = 5;
pub(super) const SMPTE170M: i32 = 6;
pub(super) const BT2020: i32 = 9;

/// FFmpeg's `AVCHROMA_LOC_LEFT`: where its scaler puts the chroma samples that it makes.
const LEFT: i32 = 1;

/// Pictures of standard definition end here; larger ones are taken for BT.709 where nobody says.
const MOST_SD_HEIGHT: u32 = 576;
const MOST_SD_WIDTH: u32 = 1024;

fn is_gray(format: PixelFormat) -> bool {
    format.layout().components < 3 && !format.is_rgb()
}

/// The matrix of pictures that do not name one, as players guess it.
fn usual_matrix(primaries: i32, width: u32, height: u32) -> i32 {
    match primaries {
        BT709 | BT470BG | SMPTE170M | BT2020 => primaries,
        _ if width > MOST_SD_WIDTH || height > MOST_SD_HEIGHT => BT709,
        _ => SMPTE170M,
    }
}

/// A colour description with what is not said filled in as it is meant: limited range, but full for gray and RGB, as
/// FFmpeg has it, and the usual matrix.
pub(crate) fn meant(said: ColorInfo, format: PixelFormat, width: u32, height: u32) -> ColorInfo {
    let mut out = said;
    if format.is_rgb() {
        (out.matrix, out.range) = (RGB, ColorInfo::FULL_RANGE);
        return out;
    }
    if out.range == ColorInfo::UNKNOWN.range {
        out.range = if is_gray(format) { ColorInfo::FULL_RANGE } else { ColorInfo::LIMITED_RANGE };
    }
    if matches!(out.matrix, UNSPECIFIED | RGB) {
        out.matrix = usual_matrix(out.primaries, width, height);
    }
    out
}

/// Whether what an encoder makes says its range, or loses nothing whatever the range is.
fn keeps_range(encoder: EncoderInfo) -> bool {
    let codec = encoder.codec();
    codec.is_lossless_only() || matches!(codec.name().as_str(), "h264" | "hevc" | "vvc" | "av1" | "vp9" | "mjpeg")
}

/// The colour description of what is encoded, of pictures that are `said` to be so and have a format that becomes
/// another.
pub(super) fn encoded(
    said: ColorInfo,
    from: PixelFormat,
    to: PixelFormat,
    encoder: EncoderInfo,
    width: u32,
    height: u32,
) -> ColorInfo {
    let mut out = said;
    if to.is_rgb() {
        (out.matrix, out.range) = (RGB, ColorInfo::FULL_RANGE);
    } else if from.is_rgb() {
        (out.matrix, out.range) = (usual_matrix(said.primaries, width, height), ColorInfo::LIMITED_RANGE);
    } else if out.matrix == RGB {
        out.matrix = UNSPECIFIED;
    }
    if is_gray(to) && (out.range == ColorInfo::UNKNOWN.range || !is_gray(from)) {
        out.range = ColorInfo::FULL_RANGE;
    }
    if encoder.codec().name() == "mjpeg" {
        // JPEG files have no other matrix and range.
        (out.matrix, out.range) = (BT470BG, ColorInfo::FULL_RANGE);
    } else if !keeps_range(encoder) && !to.is_rgb() && out.range == ColorInfo::FULL_RANGE {
        out.range = ColorInfo::LIMITED_RANGE;
    }
    let chroma = |format: PixelFormat| (format.layout().log2_chroma_w, format.layout().log2_chroma_h);
    if chroma(from) != chroma(to) {
        out.chroma_location = if chroma(to) == (0, 0) { ColorInfo::UNKNOWN.chroma_location } else { LEFT };
    }
    out
}

/// The colour description of pictures in memory, of pictures that are `said` to be so and have a format that becomes another.
pub(super) fn read(said: ColorInfo, from: PixelFormat, to: PixelFormat, width: u32, height: u32) -> ColorInfo {
    let mut out = said;
    if to.is_rgb() {
        (out.matrix, out.range) = (RGB, ColorInfo::FULL_RANGE);
    } else if is_gray(to) {
        out.range = ColorInfo::FULL_RANGE;
    } else if from.is_rgb() {
        (out.matrix, out.range) = (usual_matrix(said.primaries, width, height), ColorInfo::LIMITED_RANGE);
    }
    out
}

/// The name that FFmpeg's scaler has for a matrix.
fn matrix_name(matrix: i32) -> Option<&'static str> {
    Some(match matrix {
        BT709 => "bt709",
        4 => "fcc",
        BT470BG | SMPTE170M => "bt601",
        7 => "smpte240m",
        BT2020 | 10 => "bt2020",
        _ => return None,
    })
}

pub(crate) fn range_name(range: i32) -> &'static str {
    if range == ColorInfo::FULL_RANGE { "full" } else { "limited" }
}

/// What the scaler must be told so that it leaves the range alone: it makes limited range of most full pictures, and
/// full of gray ones, if nobody forbids it.
pub(super) fn hold_range(said: ColorInfo, format: PixelFormat) -> Option<String> {
    let range = meant(said, format, 0, 0).range;
    let at_risk = !format.is_rgb() && (range == ColorInfo::FULL_RANGE || is_gray(format));
    at_risk.then(|| format!("in_range={0}:out_range={0}", range_name(range)))
}

/// What the scaler must be told to turn pictures into others, where it would not do so by itself. Both descriptions
/// are [`meant`]; `None` for what comes lets it read the frames' own.
pub(crate) fn conversion(
    from: Option<ColorInfo>,
    from_format: PixelFormat,
    to: ColorInfo,
    to_format: PixelFormat,
) -> Option<String> {
    let full = |c: ColorInfo| c.range == ColorInfo::FULL_RANGE;
    let is_plain = from_format.is_rgb() == to_format.is_rgb()
        && !is_gray(from_format)
        && !is_gray(to_format)
        && from.is_some_and(|from| {
            to_format.is_rgb() || (!full(from) && !full(to) && matrix_name(from.matrix) == matrix_name(to.matrix))
        });
    if is_plain || (from_format == to_format && from.is_some_and(|f| (f.range, f.matrix) == (to.range, to.matrix))) {
        return None;
    }
    let mut out = Vec::new();
    if let Some(from) = from.filter(|_| !from_format.is_rgb()) {
        out.push(format!("in_range={}", range_name(from.range)));
        out.extend(matrix_name(from.matrix).map(|name| format!("in_color_matrix={name}")));
    }
    if !to_format.is_rgb() {
        out.push(format!("out_range={}", range_name(to.range)));
        out.extend(matrix_name(to.matrix).map(|name| format!("out_color_matrix={name}")));
    }
    if from_format.is_rgb() != to_format.is_rgb() {
        // By itself the scaler takes short cuts here that are several steps of eight bits off.
        out.push("flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp".to_owned());
    }
    (!out.is_empty()).then(|| out.join(":"))
}

/// The matrix that a user's scale filter makes. FFmpeg marks its frames with it since version 7.1 only.
pub(super) fn matrix_made_by(filter: &str) -> Option<i32> {
    let (_, after) = filter.rsplit_once("out_color_matrix=")?;
    let name: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
    Some(match name.as_str() {
        "bt709" => BT709,
        "bt601" | "smpte170m" => SMPTE170M,
        "bt470" => BT470BG,
        "bt2020" => BT2020,
        _ => return None,
    })
}
