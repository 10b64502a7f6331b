//! The form that pictures are measured in: that of the reference, as nearly as it can be measured.

use transcode_av::{ColorInfo, Frame, PixelFormat};

use super::side::Side;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::colour;

/// Formats of luma, chroma and colour that can be measured, beside their depths.
const SHAPES: [&str; 8] = ["gray", "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "gbrp"];
const DEPTHS: [&str; 6] = ["", "9", "10", "12", "14", "16"];

/// Chroma is not interpolated by halves, and nothing is rounded down.
const EXACT: &str = "flags=bicubic+accurate_rnd+full_chroma_int";

/// What is measured: size, format and range.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) format: PixelFormat,
    pub(super) bits: u32,
    /// The names of the planes and which of the picture's they are.
    pub(super) planes: Vec<(&'static str, usize)>,
    /// What the samples mean.
    color: ColorInfo,
}

/// What has to be done to a picture.
pub(super) struct Conversion {
    pub(super) filters: Vec<String>,
    pub(super) told: String,
}

/// What the samples of a picture mean, as the planner has it.
fn meaning(frame: &Frame, format: PixelFormat) -> ColorInfo {
    colour::meant(frame.color(), format, frame.width(), frame.height())
}

fn name(frame: &Frame) -> String {
    frame.pixel_format().map(PixelFormat::name).unwrap_or_default()
}

impl Form {
    /// The form of a reference. `turned`: it is turned upright first.
    pub(super) fn of(frame: &Frame, side: &Side, turned: bool) -> Result<Self> {
        let upright = side.upright();
        let across = turned && upright.iter().any(|filter| filter.starts_with("transpose"));
        let (width, height) = if across { (frame.height(), frame.width()) } else { (frame.width(), frame.height()) };
        let refuse = || {
            let message = format!(
                "the pictures of b cannot be measured; expected samples of up to 16 bits; got {}; convert it first, with \
                 transcode(..., pixel_format=\"yuv420p\")",
                name(frame)
            );
            Error::new(ErrorKind::Unsupported, message)
        };
        let own = frame.pixel_format().ok_or_else(refuse)?;
        let format = if own.planar_bits().is_some() { own } else { nearest(own).ok_or_else(refuse)? };
        let bits = format.planar_bits().ok_or_else(refuse)?;
        let planes = match (format.is_rgb(), format.layout().components) {
            // Stored as green, blue and red.
            (true, _) => vec![("r", 2), ("g", 0), ("b", 1)],
            (false, 1 | 2) => vec![("y", 0)],
            (false, _) => vec![("y", 0), ("u", 1), ("v", 2)],
        };
        let mut color = meaning(frame, format);
        if own.is_rgb() {
            color.range = ColorInfo::FULL_RANGE;
        }
        Ok(Self { width, height, format, bits, planes, color })
    }

    /// The greatest value of a sample.
    pub(super) const fn max(&self) -> u32 {
        (1 << self.bits) - 1
    }

    pub(super) fn is_rgb(&self) -> bool {
        self.format.is_rgb()
    }

    /// Whether a picture has to be converted to this form.
    pub(super) fn differs(&self, frame: &Frame) -> bool {
        frame.pixel_format().is_some_and(|format| format != self.format || self.differs_in_range(frame, format))
    }

    fn differs_in_range(&self, frame: &Frame, format: PixelFormat) -> bool {
        !format.is_rgb() && !self.format.is_rgb() && meaning(frame, format).range != self.color.range
    }

    /// What brings a picture to this form; `None` where it has it.
    pub(super) fn conversion(&self, frame: &Frame) -> Option<Conversion> {
        let format = frame.pixel_format().filter(|_| self.differs(frame))?;
        let (mut from, to) = (meaning(frame, format), self.color);
        if !format.is_rgb() && !self.format.is_rgb() {
            // Samples are compared as they are, whatever the matrix is called.
            from.matrix = to.matrix;
        }
        let told = colour::conversion(Some(from), format, to, self.format).unwrap_or_default();
        let exact = if told.contains("flags=") { "" } else { EXACT };
        let scale = [told.as_str(), exact].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":");
        let filters = vec![format!("scale={scale}"), format!("format={}", self.format.name())];
        let what = |format: PixelFormat, color: ColorInfo| {
            let range = || format!("{} of {} range", format.name(), colour::range_name(color.range));
            if self.differs_in_range(frame, format) { range() } else { format.name() }
        };
        let told = format!(
            "its pictures are {}; they were converted to {} to be measured",
            what(format, from),
            what(self.format, to)
        );
        Some(Conversion { filters, told })
    }

    /// Both pictures have it.
    pub(super) fn check(&self, pair: &[Frame; 2]) -> Result<()> {
        let [a, b] = pair.each_ref().map(|frame| (frame.width(), frame.height()));
        if a == b && b == (self.width, self.height) {
            return Ok(());
        }
        let message = if a == b {
            format!(
                "the pictures change their size; expected {}x{} throughout, as b begins; got {}x{}; compare the parts, \
                 cut with transcode(..., start=, end=)",
                self.width, self.height, a.0, a.1
            )
        } else {
            format!(
                "the pictures differ in size; expected that of b, {}x{}; got {}x{} of a; scale a first, with \
                 transcode(..., resolution=({}, {}))",
                b.0, b.1, a.0, a.1, b.0, b.1
            )
        };
        Err(Error::new(ErrorKind::InvalidOption, message).stage("filter"))
    }
}

fn nearest(format: PixelFormat) -> Option<PixelFormat> {
    let names = SHAPES.iter().flat_map(|shape| DEPTHS.iter().map(move |depth| format!("{shape}{depth}")));
    let list: Vec<PixelFormat> = names
        .filter_map(|name| PixelFormat::from_name(&name))
        .filter(|format| format.planar_bits().is_some())
        .collect();
    format.nearest(&list)
}

/// What two pictures say of their colours, where that differs: samples alone do not tell.
pub(super) fn differing_colours(pair: &[Frame; 2]) -> Option<String> {
    let [a, b] = pair.each_ref().map(|frame| frame.color().names());
    // Range is converted, chroma location is measured as it is by everybody.
    let kinds = [("primaries", 1), ("transfer", 2), ("matrix", 3)];
    let told: Vec<String> = kinds
        .into_iter()
        .filter_map(|(kind, at)| {
            let (a, b) = a[at].as_ref().zip(b[at].as_ref())?;
            (a != b).then(|| format!("{kind} {a} and {b}"))
        })
        .collect();
    (!told.is_empty())
        .then(|| format!("a and b are of different colours, and compared as they are: {}", told.join(", ")))
}
