//! Decoded pictures as samples in memory, of the channels that are stored.

mod planes;

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{ColorInfo, FilterGraph, Frame, LogRing, Output, PixelFormat, Rational};
use transcode_kernels::Plane;

use super::open::Opened;
use super::{ImageFormat, Mode, Picture, Samples, channels};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::colour;

/// The samples of a decoded picture. Where `mode` is of luma alone, the colours of pictures that are stored with luma
/// are not looked at.
pub(super) fn of(opened: &Opened, mode: Option<Mode>, log: &Arc<LogRing>) -> Result<Picture> {
    let mut frame = opened.frame.try_clone()?;
    frame.normalise_range();
    let stored = frame.pixel_format().ok_or_else(|| bug("a picture without a format"))?;
    frame.set_color(&meant(opened.format, frame.color(), stored));
    let picture = match packed(&frame) {
        Some(picture) => picture,
        None => match planes::convert(&frame, mode)? {
            Some(picture) => picture,
            None => packed(&repacked(frame, log)?).ok_or_else(|| bug("a picture in no order of samples"))?,
        },
    };
    let has_palette = stored.name() == "pal8" || opened.format == ImageFormat::Gif;
    let means = opened.alpha.unwrap_or(!has_palette || !picture.is_opaque());
    Ok(if means { picture } else { channels::without_alpha(picture) })
}

impl Picture {
    /// Whether every pixel hides what lies behind it.
    fn is_opaque(&self) -> bool {
        match &self.samples {
            Samples::Bytes(data) => data.iter().skip(self.channels - 1).step_by(self.channels).all(|a| *a == u8::MAX),
            Samples::Words(data) => data.iter().skip(self.channels - 1).step_by(self.channels).all(|a| *a == u16::MAX),
        }
    }
}

/// FFmpeg's numbers of BT.601's matrix, and of chroma in the middle between the pixels that share it.
const BT601: i32 = 5;
const CENTRE: i32 = 2;

/// What the numbers of a picture mean in files of that format: unlike video they have their own usual colours, which do
/// not depend on the size.
fn meant(format: ImageFormat, said: ColorInfo, stored: PixelFormat) -> ColorInfo {
    let mut out = said;
    let or = |said: i32, unknown: i32, usual: i32| if said == unknown { usual } else { said };
    match format {
        ImageFormat::Webp => (out.matrix, out.range) = (BT601, ColorInfo::LIMITED_RANGE),
        ImageFormat::Avif => out.matrix = or(said.matrix, ColorInfo::UNKNOWN.matrix, BT601),
        _ => (out.matrix, out.range) = (BT601, ColorInfo::FULL_RANGE),
    }
    out.chroma_location = or(said.chroma_location, ColorInfo::UNKNOWN.chroma_location, CENTRE);
    colour::meant(out, stored, 0, 0)
}

/// The orders of samples that are taken as they are: a name of FFmpeg's, channels, whether they have 16 bits.
const PACKED: [(&str, usize, bool); 8] = [
    ("gray", 1, false),
    ("ya8", 2, false),
    ("rgb24", 3, false),
    ("rgba", 4, false),
    ("gray16", 1, true),
    ("ya16", 2, true),
    ("rgb48", 3, true),
    ("rgba64", 4, true),
];

fn packed(frame: &Frame) -> Option<Picture> {
    let format = frame.pixel_format()?;
    if format.name() == "gray" && frame.color().range == ColorInfo::LIMITED_RANGE {
        return None;
    }
    let (_, channels, deep) = PACKED.into_iter().find(|(name, ..)| PixelFormat::from_name(name) == Some(format))?;
    let samples =
        if deep { Samples::Words(joined(frame.plane_u16(0)?)) } else { Samples::Bytes(joined(frame.plane_u8(0)?)) };
    Some(Picture { width: frame.width() as usize, height: frame.height() as usize, channels, samples })
}

/// The rows of a plane, one after another.
fn joined<T: Copy>(plane: Plane<'_, T>) -> Vec<T> {
    let mut out = Vec::with_capacity(plane.width() * plane.height());
    plane.rows().for_each(|row| out.extend_from_slice(row));
    out
}

/// The same picture in an order of samples that is taken as it is, by FFmpeg.
fn repacked(frame: Frame, log: &Arc<LogRing>) -> Result<Frame> {
    let input = FilterInput::of(&frame).ok_or_else(|| bug("a picture without a format"))?;
    let from = frame.pixel_format().ok_or_else(|| bug("a picture without a format"))?;
    let layout = from.layout();
    let deep = layout.depth > 8;
    let channels = match (layout.components, from.is_rgb()) {
        // A palette has alpha.
        (1, true) => 4,
        (components, _) => usize::from(components),
    };
    let (name, ..) = PACKED.into_iter().find(|(_, of, words)| (*of, *words) == (channels, deep)).unwrap_or(PACKED[2]);
    let to = PixelFormat::from_name(name).ok_or_else(|| bug("an unknown order of samples"))?;
    let out = ColorInfo { range: ColorInfo::FULL_RANGE, ..frame.color() };
    let conversion = colour::conversion(Some(frame.color()), from, colour::meant(out, to, 0, 0), to);
    let scale = conversion.map(|told| format!("scale={told},")).unwrap_or_default();
    let failed = |error: transcode_av::Error| Error::from(error).stage("filter");
    let spec = format!("{scale}format=pix_fmts={name}");
    let mut graph = FilterGraph::new(&spec, &input, Rational::MICROS, None, 1, log).map_err(failed)?;
    graph.push(Some(frame)).map_err(failed)?;
    match graph.pull().map_err(failed)? {
        Output::Item(frame) => Ok(frame),
        Output::NeedsInput | Output::End => Err(bug("a conversion gave no picture")),
    }
}

fn bug(what: &str) -> Error {
    Error::new(ErrorKind::Bug, format!("bug: {what}; please report it with the file")).stage("decode")
}
