//! Pictures in memory as the frames that encoders take.

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{ColorInfo, FilterGraph, Frame, LogRing, Output, PixelFormat, Rational};
use transcode_kernels::{
    Coding, Layout, Level, Matrix, Plane, PlaneMut, Range, Siting, Subsampling, YuvMut, rgb8_to_yuv,
};

use super::super::{Mode, Picture, Samples, channels};
use super::bug;
use crate::error::{Error, ErrorKind, Result};

/// The picture in a pixel format: luma and colour differences by our own kernels, orders of samples by FFmpeg.
pub(super) fn of(picture: &Picture, pixels: &str, color: &ColorInfo, log: &Arc<LogRing>) -> Result<Frame> {
    let format = PixelFormat::from_name(pixels).ok_or_else(|| bug("an unknown pixel format"))?;
    let (width, height) = size(picture)?;
    if format.layout().components >= 3 && !format.is_rgb() {
        let rgb = channels::convert(picture.clone(), Some(Mode::Rgb), None);
        return to_yuv(&rgb, format, color, (width, height));
    }
    let (to_alpha, is_gray) = (format.layout().components == 4, format.layout().components < 3);
    let picture = match picture.channels {
        1 | 2 if !is_gray => {
            channels::convert(picture.clone(), Some(if to_alpha { Mode::Rgba } else { Mode::Rgb }), None)
        }
        3 if to_alpha => channels::convert(picture.clone(), Some(Mode::Rgba), None),
        _ => picture.clone(),
    };
    let own = match (&picture.samples, picture.channels) {
        (Samples::Bytes(_), channels) => ["gray", "ya8", "rgb24", "rgba"][channels - 1],
        (Samples::Words(_), channels) => ["gray16", "ya16", "rgb48", "rgba64"][channels - 1],
    };
    let own = PixelFormat::from_name(own).ok_or_else(|| bug("an unknown pixel format"))?;
    let mut frame = Frame::picture(own, width, height)?;
    let row = picture.width * picture.channels;
    let filled = match &picture.samples {
        Samples::Bytes(data) => frame.plane_u8_mut(0).map(|to| fill(data, row, to)),
        Samples::Words(data) => frame.plane_u16_mut(0).map(|to| fill(data, row, to)),
    };
    filled.ok_or_else(|| bug("a picture in other memory"))?;
    frame.set_pts(Some(0));
    if own == format { Ok(frame) } else { repacked(frame, pixels, log) }
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
    let layout = format.layout();
    let subsampling =
        if (layout.log2_chroma_w, layout.log2_chroma_h) == (0, 0) { Subsampling::Yuv444 } else { Subsampling::Yuv420 };
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

/// The same samples in another order.
fn repacked(frame: Frame, pixels: &str, log: &Arc<LogRing>) -> Result<Frame> {
    let input = FilterInput::of(&frame).ok_or_else(|| bug("a picture without a format"))?;
    let failed = |error: transcode_av::Error| Error::from(error).stage("filter");
    let spec = format!("format=pix_fmts={pixels}");
    let mut graph = FilterGraph::new(&spec, &input, Rational::new(1, 25), None, 1, log).map_err(failed)?;
    graph.push(Some(frame)).map_err(failed)?;
    match graph.pull().map_err(failed)? {
        Output::Item(frame) => Ok(frame),
        Output::NeedsInput | Output::End => Err(bug("a conversion gave no picture")),
    }
}
