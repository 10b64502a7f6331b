//! Pictures in memory as the frames that encoders take.

use std::sync::Arc;

use transcode_av::{ColorInfo, Frame, LogRing, PixelFormat};
use transcode_kernels::{Coding, Layout, Level, Matrix, Plane, PlaneMut, Range, Siting, YuvMut, rgb8_to_yuv};

use super::super::{Mode, Picture, Samples, bug, channels, packed};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::subsampling;

/// The picture in a pixel format: luma and colour differences by our own kernels, orders of samples by FFmpeg.
pub(super) fn of(picture: Picture, pixels: &str, color: &ColorInfo, log: &Arc<LogRing>) -> Result<Frame> {
    let format = PixelFormat::from_name(pixels).ok_or_else(|| bug("an unknown pixel format"))?;
    let (width, height) = size(&picture)?;
    if format.layout().components >= 3 && !format.is_rgb() {
        let rgb = channels::convert(picture, Some(Mode::Rgb), None);
        return to_yuv(&rgb, format, color, (width, height));
    }
    let mode = match (picture.channels, format.layout().components) {
        (1..=3, 4) => Some(Mode::Rgba),
        (1 | 2, 3) => Some(Mode::Rgb),
        _ => None,
    };
    let picture = channels::convert(picture, mode, None);
    let own = packed::name(picture.channels, matches!(picture.samples, Samples::Words(_)));
    let own = PixelFormat::from_name(own).ok_or_else(|| bug("an unknown pixel format"))?;
    let mut frame = Frame::picture(own, width, height)?;
    let row = picture.width * picture.channels;
    let filled = match &picture.samples {
        Samples::Bytes(data) => frame.plane_u8_mut(0).map(|to| fill(data, row, to)),
        Samples::Words(data) => frame.plane_u16_mut(0).map(|to| fill(data, row, to)),
    };
    filled.ok_or_else(|| bug("a picture in other memory"))?;
    frame.set_pts(Some(0));
    if own == format { Ok(frame) } else { packed::filtered(frame, &format!("format=pix_fmts={pixels}"), log) }
}

fn size(picture: &Picture) -> Result<(u32, u32)> {
    let side = |pixels: usize| u32::try_from(pixels).ok().filter(|pixels| *pixels > 0);
    side(picture.width).zip(side(picture.height)).ok_or_else(|| {
        let message = format!(
            "the picture has no such size; expected sides of 1 or more; got {}x{}; pass another",
            picture.width, picture.height
        );
        Error::new(ErrorKind::InvalidOption, message)
    })
}

fn fill<T: Copy>(data: &[T], row: usize, mut to: PlaneMut<'_, T>) {
    for (from, to) in data.chunks_exact(row).zip(to.rows_mut()) {
        to.copy_from_slice(from);
    }
}

fn to_yuv(rgb: &Picture, format: PixelFormat, color: &ColorInfo, (width, height): (u32, u32)) -> Result<Frame> {
    let Samples::Bytes(data) = &rgb.samples else { return Err(bug("words where bytes are expected")) };
    let row = rgb.width * 3;
    let from = Plane::new(data, row, rgb.height, row).map_err(|_| bug("rows that overlap"))?;
    let subsampling = subsampling(format).ok_or_else(|| bug("an unknown pixel format"))?;
    let mut frame = Frame::picture(format, width, height)?;
    let [y, u, v] = frame.planes_u8_mut([0, 1, 2]).ok_or_else(|| bug("a picture in other memory"))?;
    let to = YuvMut::planar(subsampling, y, u, v).map_err(|_| bug("planes of other sizes"))?;
    let level = Level::active().map_err(|error| Error::new(ErrorKind::InvalidOption, error.to_string()))?;
    let coding = Coding { matrix: Matrix::Bt601, range: Range::Full, depth: 8 };
    rgb8_to_yuv(level, Layout::Rgb, from, coding, Siting::Center, to);
    frame.set_color(color);
    frame.set_pts(Some(0));
    Ok(frame)
}
