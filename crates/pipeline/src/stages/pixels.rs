//! Pictures through our own kernels, on their way to FFmpeg's filters.

use transcode_av::{Frame, Pictures, PixelFormat};
use transcode_kernels::{Axis, Filter, Level, Scaler, ToneMap, clamp_u16, exceeds_u16};

use super::rgb::ToRgb;
use super::yuv::ToYuv;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Ahead, Tone, sdr, siting};

/// Does what was planned to every picture. All are of one size and format.
pub(crate) struct Pixels {
    ahead: Ahead,
    /// One a plane, and where the scaled pictures lie: made for the first picture.
    scaling: Option<(Vec<Scaler>, Pictures)>,
    /// The same for tone mapping.
    mapping: Option<(ToneMap, Pictures)>,
    rgb: Option<ToRgb>,
    yuv: Option<ToYuv>,
}

impl Pixels {
    pub(crate) fn new(ahead: Ahead) -> Self {
        let rgb = ahead.rgb.map(|rgb| ToRgb::new(rgb, ahead.level));
        let yuv = ahead.yuv.map(|yuv| ToYuv::new(yuv, ahead.level));
        Self { ahead, scaling: None, mapping: None, rgb, yuv }
    }

    /// The picture that becomes of `frame`.
    pub(crate) fn run(&mut self, frame: Frame) -> Result<Frame> {
        if let Some(yuv) = &mut self.yuv {
            return yuv.run(&frame);
        }
        let own = (frame.width(), frame.height());
        if let (None, Some(rgb)) = (self.ahead.tone, &mut self.rgb) {
            // Nothing comes between scaling and RGB, so they are one.
            return rgb.run(&frame, self.ahead.size.unwrap_or(own));
        }
        let format = frame.pixel_format().ok_or_else(|| bug("a picture without a format"))?;
        let bits = format.planar_bits().ok_or_else(|| bug("a format without planes"))?;
        let scaled = match self.ahead.size {
            Some(size) => self.scale(&frame, format, bits, size)?,
            None => frame,
        };
        let mapped = match self.ahead.tone {
            Some(tone) => self.map(&scaled, bits, tone)?,
            None => scaled,
        };
        match &mut self.rgb {
            Some(rgb) => rgb.run(&mapped, (mapped.width(), mapped.height())),
            None => Ok(mapped),
        }
    }

    fn scale(&mut self, frame: &Frame, format: PixelFormat, bits: u32, (width, height): (u32, u32)) -> Result<Frame> {
        let (scalers, pictures) = match &mut self.scaling {
            Some(made) => made,
            none => {
                let scalers = scalers(frame, format, (width, height))?;
                none.insert((scalers, Pictures::new(format, width, height)?))
            }
        };
        let mut scaled = pictures.make()?;
        let level = self.ahead.level;
        for (index, scaler) in scalers.iter_mut().enumerate() {
            let done = if bits == 8 {
                let planes = frame.plane_u8(index).zip(scaled.plane_u8_mut(index));
                planes.map(|(from, to)| scaler.run_u8(level, from, to))
            } else {
                let planes = frame.plane_u16(index).zip(scaled.plane_u16_mut(index));
                planes.map(|(from, to)| scaler.run_u16(level, bits, from, to))
            };
            done.ok_or_else(other_memory)?;
        }
        scaled.copy_properties(frame)?;
        Ok(scaled)
    }

    fn map(&mut self, frame: &Frame, bits: u32, tone: Tone) -> Result<Frame> {
        let (map, pictures) = match &mut self.mapping {
            Some(made) => made,
            none => {
                let map = ToneMap::new(&tone.spec);
                let map = map.map_err(|error| Error::new(ErrorKind::Unsupported, error.to_string()))?;
                none.insert((map, Pictures::new(tone.format, frame.width(), frame.height())?))
            }
        };
        let mut mapped = pictures.make()?;
        let plane = |index| frame.plane_u16(index).ok_or_else(other_memory);
        let from = [plane(0)?, plane(1)?, plane(2)?];
        let layout = tone.format.layout();
        let (level, subsampling) = (self.ahead.level, (layout.log2_chroma_w.into(), layout.log2_chroma_h.into()));
        if tone.format.planar_bits() == Some(8) {
            let to = mapped.planes_u8_mut([0, 1, 2]).ok_or_else(other_memory)?;
            map.run_u8(level, from, subsampling, bits, to);
        } else {
            let to = mapped.planes_u16_mut([0, 1, 2]).ok_or_else(other_memory)?;
            map.run_u16(level, from, subsampling, bits, to);
        }
        mapped.copy_properties(frame)?;
        mapped.remove_hdr();
        mapped.set_color(&sdr(frame.color()));
        Ok(mapped)
    }
}

/// Keeps samples within their bits: damaged input may exceed them, and x264 ends the process then.
pub(crate) fn limit(frame: Frame, (bits, level): (u32, Level)) -> Result<Frame> {
    let planes = frame.pixel_format().map_or(0, PixelFormat::planes);
    let exceeds = |index| frame.plane_u16(index).is_some_and(|plane| exceeds_u16(level, plane, bits));
    let (Some(format), true) = (frame.pixel_format(), (0..planes).any(exceeds)) else { return Ok(frame) };
    // Into a picture of our own: this one may be shared, or lie upside down.
    let mut limited = Frame::picture(format, frame.width(), frame.height())?;
    for index in 0..planes {
        let planes = frame.plane_u16(index).zip(limited.plane_u16_mut(index));
        let (from, mut to) = planes.ok_or_else(other_memory)?;
        for (from, to) in from.rows().zip(to.rows_mut()) {
            to.copy_from_slice(from);
        }
        clamp_u16(level, to, bits);
    }
    limited.copy_properties(&frame)?;
    Ok(limited)
}

pub(super) fn other_memory() -> Error {
    bug("a picture whose memory is not as its format says")
}

pub(super) fn bug(what: &str) -> Error {
    Error::new(ErrorKind::Bug, format!("bug: {what} was planned for the kernels"))
}

/// A scaler for each plane of pictures like `frame`.
fn scalers(frame: &Frame, format: PixelFormat, (width, height): (u32, u32)) -> Result<Vec<Scaler>> {
    let layout = format.layout();
    let (left, top) = siting(frame.color().chroma_location);
    let plane = |index: usize| {
        // The second and third planes are the chroma; where it is not subsampled, or red and blue, the powers are 0.
        let is_chroma = matches!(index, 1 | 2);
        let (log2_w, log2_h) = if is_chroma { (layout.log2_chroma_w, layout.log2_chroma_h) } else { (0, 0) };
        let across = axis(frame.width(), width, [log2_w, log2_w], left)?;
        let down = axis(frame.height(), height, [log2_h, log2_h], top)?;
        Ok(Scaler::new(Filter::Bicubic, across, down))
    };
    (0..format.planes()).map(plane).collect()
}

/// One direction of a plane, with `1 << log2` pixels a sample in source and target, which lies at `site` of them.
///
/// With `group` pixels a sample, sample `i` lies at pixel `group * i + offset`. Pixel `p` of the target has its
/// centre at `(p + 0.5) * step - 0.5` of the source; put one into the other and solve for the source's sample.
pub(super) fn axis(source: u32, target: u32, log2: [u8; 2], site: f64) -> Result<Axis> {
    let samples = |pixels: u32, log2: u8| pixels.div_ceil(1 << log2) as usize;
    let group = log2.map(|log2| f64::from(1_u32 << log2));
    let offset = group.map(|group| site * (group - 1.0));
    let step = f64::from(source) / f64::from(target);
    let start = ((offset[1] + 0.5) * step - 0.5 - offset[0]) / group[0];
    Axis::between(samples(source, log2[0]), samples(target, log2[1]), start, step * group[1] / group[0])
        .map_err(|error| Error::new(ErrorKind::Unsupported, error.to_string()))
}
