//! Pictures of red, green and blue that become luma and colour differences.

use transcode_av::{Frame, Pictures};
use transcode_kernels::{Level, YuvMut, rgb8_to_yuv, rgb16_to_yuv};

use super::pixels::other_memory;
use crate::error::Result;
use crate::plan::FromRgb;

/// Converts pictures of one size and format.
pub(super) struct ToYuv {
    spec: FromRgb,
    level: Level,
    /// Where the pictures lie; made for the first.
    pictures: Option<Pictures>,
}

impl ToYuv {
    pub(super) fn new(spec: FromRgb, level: Level) -> Self {
        Self { spec, level, pictures: None }
    }

    /// The picture that becomes of `frame`.
    pub(super) fn run(&mut self, frame: &Frame) -> Result<Frame> {
        let pictures = match &mut self.pictures {
            Some(pictures) => pictures,
            none => none.insert(Pictures::new(self.spec.format, frame.width(), frame.height())?),
        };
        let mut made = pictures.make()?;
        let done = if self.spec.made.depth == 8 { self.bytes(frame, &mut made) } else { self.words(frame, &mut made) };
        done.ok_or_else(other_memory)?;
        made.copy_properties(frame)?;
        made.set_color(&self.spec.color);
        Ok(made)
    }

    fn bytes(&self, frame: &Frame, made: &mut Frame) -> Option<()> {
        let to = if self.spec.made.semi_planar {
            let [y, uv] = made.planes_u8_mut([0, 1])?;
            YuvMut::semi_planar(self.spec.made.subsampling, y, uv)
        } else {
            let [y, u, v] = made.planes_u8_mut([0, 1, 2])?;
            YuvMut::planar(self.spec.made.subsampling, y, u, v)
        };
        self.convert(frame, to.ok()?)
    }

    fn words(&self, frame: &Frame, made: &mut Frame) -> Option<()> {
        let to = if self.spec.made.semi_planar {
            let [y, uv] = made.planes_u16_mut([0, 1])?;
            YuvMut::semi_planar(self.spec.made.subsampling, y, uv).ok()?.in_high_bits()
        } else {
            let [y, u, v] = made.planes_u16_mut([0, 1, 2])?;
            YuvMut::planar(self.spec.made.subsampling, y, u, v).ok()?
        };
        self.convert(frame, to)
    }

    fn convert<D: transcode_kernels::Sample>(&self, frame: &Frame, to: YuvMut<'_, D>) -> Option<()> {
        let FromRgb { layout, deep, coding, siting, .. } = self.spec;
        if deep {
            rgb16_to_yuv(self.level, layout, frame.plane_u16(0)?, coding, siting, to);
        } else {
            rgb8_to_yuv(self.level, layout, frame.plane_u8(0)?, coding, siting, to);
        }
        Some(())
    }
}
