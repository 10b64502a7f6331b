//! Decoded pictures as samples in memory, of the channels that are stored.

mod planes;

use std::sync::Arc;

use transcode_av::{ColorInfo, Frame, LogRing, PixelFormat};
use transcode_kernels::Plane;

use super::open::Opened;
use super::{ImageFormat, Mode, Picture, Samples, bug, channels, packed};
use crate::error::Result;
use crate::plan::colour;

/// The samples of a decoded picture. Where `mode` is of luma alone, the colours of pictures that are stored with luma
/// are not looked at.
pub(super) fn of(opened: &Opened, mode: Option<Mode>, log: &Arc<LogRing>) -> Result<Picture> {
    let mut frame = opened.frame.try_clone()?;
    frame.normalise_range();
    let stored = frame.pixel_format().ok_or_else(|| bug("a picture without a format"))?;
    frame.set_color(&meant(opened.format, frame.color(), stored));
    let picture = match taken(&frame) {
        Some(picture) => picture,
        None => match planes::convert(&frame, mode)? {
            Some(picture) => picture,
            None => taken(&repacked(frame, log)?).ok_or_else(|| bug("a picture in no order of samples"))?,
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

/// The samples of a picture in an order that is taken as it is.
fn taken(frame: &Frame) -> Option<Picture> {
    let format = frame.pixel_format()?;
    if format.name() == "gray" && frame.color().range == ColorInfo::LIMITED_RANGE {
        return None;
    }
    let (channels, deep) = packed::order(format)?;
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
    let from = frame.pixel_format().ok_or_else(|| bug("a picture without a format"))?;
    let layout = from.layout();
    let channels = match (layout.components, from.is_rgb()) {
        // A palette has alpha.
        (1, true) => 4,
        (components, _) => usize::from(components),
    };
    let name = packed::name(channels, layout.depth > 8);
    let to = PixelFormat::from_name(name).ok_or_else(|| bug("an unknown order of samples"))?;
    let out = ColorInfo { range: ColorInfo::FULL_RANGE, ..frame.color() };
    let conversion = colour::conversion(Some(frame.color()), from, colour::meant(out, to, 0, 0), to);
    let scale = conversion.map(|told| format!("scale={told},")).unwrap_or_default();
    packed::filtered(frame, &format!("{scale}format=pix_fmts={name}"), log)
}
