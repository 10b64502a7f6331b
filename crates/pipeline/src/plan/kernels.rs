//! What our own kernels do to a picture before FFmpeg's filters see it.

use transcode_av::filter_graph::FilterInput;
use transcode_av::{ColorInfo, PixelFormat};
use transcode_kernels::{Hdr, Level, Range, ToneSpec};

use super::colour::{BT709, BT2020, UNSPECIFIED};
use super::hdr::{HLG, PQ};
use super::rgb::{Rgb, known_siting};
use super::yuv::FromRgb;
use crate::error::{Error, ErrorKind, Result};

/// Bits up to which the scaler is within one step of the exact filter, and which the other kernels take.
pub(super) const MOST_BITS: u32 = 12;

/// Work on every picture of a kind, done by kernels of a level: scaling, then tone mapping, then conversion to RGB; or conversion
/// from RGB alone.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    /// The instructions to do it with.
    pub(crate) level: Level,
    /// Width and height that pictures are scaled to.
    pub(crate) size: Option<(u32, u32)>,
    /// How HDR becomes SDR.
    pub(crate) tone: Option<Tone>,
    /// How pictures become RGB.
    pub(crate) rgb: Option<Rgb>,
    /// How they become YUV.
    pub(crate) yuv: Option<FromRgb>,
    /// The scaling in FFmpeg's filtergraph text.
    pub(super) scale: Option<String>,
    /// The conversion to RGB or YUV in the same.
    pub(super) convert: Option<String>,
}

/// From HDR to pictures of BT.709.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tone {
    /// What the pictures are.
    pub(crate) spec: ToneSpec,
    /// The format they get.
    pub(crate) format: PixelFormat,
}

impl Ahead {
    /// What becomes of pictures like `input`.
    pub(crate) fn output(&self, input: &FilterInput) -> FilterInput {
        let mut output = input.clone();
        if let FilterInput::Video { width, height, format, color, .. } = &mut output {
            (*width, *height) = self.size.unwrap_or((*width, *height));
            if let Some(tone) = self.tone {
                (*format, *color) = (tone.format, sdr(*color));
            }
            if let Some(rgb) = self.rgb {
                (*format, *color) = (rgb.format, rgb.color);
            }
            if let Some(yuv) = self.yuv {
                (*format, *color) = (yuv.format, yuv.color);
            }
        }
        output
    }

    /// The kernels that are used, as `stats.metrics` names them.
    pub(crate) fn kernels(&self) -> impl Iterator<Item = &'static str> {
        let names = [
            self.size.map(|_| "scale"),
            self.tone.map(|_| "tone"),
            self.rgb.map(|_| "yuv_to_rgb"),
            self.yuv.map(|_| "rgb_to_yuv"),
        ];
        names.into_iter().flatten()
    }

    /// The same in FFmpeg's filtergraph text, as near as it comes: its tone mapping has other curves.
    pub(super) fn text(&self) -> String {
        let tone = self.tone.map(|Tone { format, .. }| {
            format!(
                "zscale=t=linear:npl={},format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,\
                 zscale=t=bt709:m=bt709:r=tv,format={}",
                transcode_kernels::ToneMap::REFERENCE_WHITE,
                format.name()
            )
        });
        self.scale.iter().cloned().chain(tone).chain(self.convert.clone()).collect::<Vec<_>>().join(",")
    }
}

/// The colours of what tone mapping makes of pictures of `color`.
pub(crate) fn sdr(color: ColorInfo) -> ColorInfo {
    ColorInfo { range: ColorInfo::LIMITED_RANGE, primaries: BT709, transfer: BT709, matrix: BT709, ..color }
}

/// Whether the kernels scale pictures of that format as well as FFmpeg: a plane for each component, in bytes or words.
pub(super) fn scales(format: PixelFormat) -> bool {
    format.planar_bits().is_some_and(|bits| bits <= MOST_BITS)
}

/// What pictures are that are to be tone mapped, beside their format and colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToSdr {
    /// Their peak in cd/m2.
    pub(super) peak: f64,
    /// Whether they become pictures of 10 bits, not 8.
    pub(super) deep: bool,
    /// Whether they have two fields.
    pub(super) fields: bool,
}

/// How pictures are tone mapped, where they are HDR.
pub(super) fn tone(format: PixelFormat, color: ColorInfo, asked: ToSdr) -> Result<Option<Tone>> {
    let transfer = match color.transfer {
        PQ => Hdr::Pq,
        HLG => Hdr::Hlg,
        _ => return Ok(None),
    };
    let layout = format.layout();
    let plain = format.planar_bits().is_some_and(|bits| (9..=MOST_BITS).contains(&bits));
    let chroma = match (layout.log2_chroma_w, layout.log2_chroma_h) {
        (1, 1) => Some("yuv420p"),
        (1, 0) => Some("yuv422p"),
        (0, 0) => Some("yuv444p"),
        _ => None,
    };
    let made = chroma.filter(|_| plain && layout.components == 3 && !format.is_rgb());
    let ToSdr { peak, deep, fields } = asked;
    let refuse = |expected: &str, got: &str| {
        let message = format!(
            "hdr=\"sdr\" does not take such pictures; expected {expected}; got {got}; keep the HDR, or tone map by video_filter"
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    };
    let is_bt2020 = match color.matrix {
        BT2020 => true,
        UNSPECIFIED => matches!(color.primaries, BT2020 | UNSPECIFIED),
        _ => false,
    };
    if !is_bt2020 {
        let got = color.names()[3].clone().unwrap_or_else(|| "none and other primaries".to_owned());
        return refuse("the matrix of BT.2020 with non-constant luminance", &format!("matrix {got}"));
    }
    if fields && layout.log2_chroma_h > 0 {
        return refuse("whole pictures", "two fields that share their chroma");
    }
    let made = made.and_then(|name| PixelFormat::from_name(&format!("{name}{}", if deep { "10" } else { "" })));
    let Some(format) = made else {
        return refuse(&format!("planes of YUV with 9 to {MOST_BITS} bits"), &format.name());
    };
    let range = if color.range == ColorInfo::FULL_RANGE { Range::Full } else { Range::Limited };
    let Some(siting) = known_siting(color.chroma_location, layout.log2_chroma_h > 0) else {
        let got = color.names()[4].clone().unwrap_or_default();
        return refuse("chroma at the left, the centre or the top left", &format!("chroma at {got}"));
    };
    Ok(Some(Tone { spec: ToneSpec { transfer, peak, range, siting }, format }))
}
