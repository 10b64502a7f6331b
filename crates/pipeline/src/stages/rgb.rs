//! Pictures of luma and colour differences that become red, green and blue, in another size where asked for.
//!
//! In another size, each plane is scaled to the size of the output, the colour differences from their own size at once,
//! a few rows at a time: what lies between the planes and the RGB picture never leaves the cache.

#[cfg(test)]
mod tests;

use transcode_av::{Frame, Pictures, PixelFormat};
use transcode_kernels::{
    Chroma, Filter, Layout, Level, Normal, Plane, PlaneMut, Sample, Scaler, Subsampling, Yuv, yuv_to_planar_f32,
    yuv_to_rgb8, yuv_to_rgb16,
};

use super::pixels::{axis, bug, other_memory};
use crate::error::Result;
use crate::plan::{Rgb, Source, known_siting, siting};

/// Rows that are scaled before they are converted.
const BAND: usize = 8;

/// Converts pictures of one size and format.
pub(crate) struct ToRgb {
    rgb: Rgb,
    level: Level,
    /// Where the pictures lie; made for the first.
    pictures: Option<Pictures>,
    /// Made for the first picture that needs them.
    bands: (Option<Bands<u8>>, Option<Bands<u16>>),
}

/// A plane each: its scaler, and the scaled rows.
struct Bands<S> {
    planes: Vec<(Scaler, Vec<S>)>,
    /// Planes of the picture whose samples lay in the high bits, moved to the low ones: that is where they are scaled.
    lowered: Vec<Vec<S>>,
    width: usize,
    height: usize,
}

impl ToRgb {
    pub(crate) fn new(rgb: Rgb, level: Level) -> Self {
        Self { rgb, level, pictures: None, bands: (None, None) }
    }

    /// Red, green and blue of the picture in a size, each a plane of `to`, as tensors have them.
    pub(crate) fn floats(
        &mut self,
        frame: &Frame,
        (width, height): (u32, u32),
        normal: Normal,
        to: &mut [f32],
    ) -> Result<()> {
        let [w, h] = [width, height].map(|side| side as usize);
        let planes: Vec<_> =
            to.chunks_exact_mut(w * h).filter_map(|plane| PlaneMut::new(plane, w, h, w).ok()).collect();
        let planes = planes.try_into().map_err(|_| other_memory())?;
        self.make(frame, (width, height), Target::Floats(planes, normal))
    }

    fn make(&mut self, frame: &Frame, size: (u32, u32), to: Target<'_>) -> Result<()> {
        if self.rgb.source.depth == 8 {
            self.convert::<u8>(frame, size, to)
        } else {
            self.convert::<u16>(frame, size, to)
        }
    }

    /// The picture that becomes of `frame` in a size.
    pub(super) fn run(&mut self, frame: &Frame, (width, height): (u32, u32)) -> Result<Frame> {
        let pictures = match &mut self.pictures {
            Some(pictures) => pictures,
            none => none.insert(Pictures::new(self.rgb.format, width, height)?),
        };
        let mut made = pictures.make()?;
        let to = if self.rgb.deep {
            made.plane_u16_mut(0).map(Target::Words)
        } else {
            made.plane_u8_mut(0).map(Target::Bytes)
        };
        let to = to.ok_or_else(other_memory)?;
        self.make(frame, (width, height), to)?;
        made.copy_properties(frame)?;
        made.set_color(&self.rgb.color);
        Ok(made)
    }

    fn convert<S: Samples>(&mut self, frame: &Frame, size: (u32, u32), to: Target<'_>) -> Result<()> {
        let source = self.rgb.source;
        let count = if source.semi_planar { 2 } else { 3 };
        let planes: Option<Vec<Plane<'_, S>>> = (0..count).map(|index| S::plane(frame, index)).collect();
        let planes = planes.ok_or_else(other_memory)?;
        let place = known_siting(frame.color().chroma_location, source.subsampling == Subsampling::Yuv420);
        let Some(place) = place.filter(|_| size == (frame.width(), frame.height())) else {
            return self.scale(frame, &planes, size, to);
        };
        let yuv = picture(&planes, source.subsampling)?;
        let yuv = if source.semi_planar { S::in_high_bits(yuv) } else { yuv };
        to.fill(self.level, &yuv, &self.rgb, Chroma::Linear(place));
        Ok(())
    }

    fn scale<S: Samples>(
        &mut self,
        frame: &Frame,
        planes: &[Plane<'_, S>],
        size: (u32, u32),
        mut to: Target<'_>,
    ) -> Result<()> {
        let (rgb, level) = (&self.rgb, self.level);
        let bands = match S::bands(&mut self.bands) {
            Some(bands) => bands,
            none => none.insert(Bands::new(frame, rgb, size)?),
        };
        let (width, height) = (bands.width, bands.height);
        bands.planes.iter_mut().for_each(|(scaler, _)| scaler.begin());
        let low = |(plane, lowered)| S::low(rgb.source, plane, lowered).ok_or_else(other_memory);
        let planes: Vec<_> = planes.iter().copied().zip(&mut bands.lowered).map(low).collect::<Result<_>>()?;
        for top in (0..height).step_by(BAND) {
            let rows = BAND.min(height - top);
            for ((scaler, band), plane) in bands.planes.iter_mut().zip(&planes) {
                let length = band.len() / BAND;
                for (y, row) in band.chunks_exact_mut(length).take(rows).enumerate() {
                    S::scale(scaler, level, rgb.source.depth, *plane, top + y, row);
                }
            }
            let scaled: Option<Vec<Plane<'_, S>>> = bands
                .planes
                .iter()
                .map(|(_, band)| Plane::new(band, band.len() / BAND, rows, band.len() / BAND).ok())
                .collect();
            let scaled = scaled.ok_or_else(other_memory)?;
            let yuv = match scaled.as_slice() {
                // Gray: no colour is read.
                [luma] => picture(&[*luma; 3], Subsampling::Yuv444)?,
                planes => picture(planes, Subsampling::Yuv444)?,
            };
            let part = to.rows((width, rgb.layout.samples()), top, rows).ok_or_else(other_memory)?;
            part.fill(level, &yuv, rgb, Chroma::Nearest);
        }
        Ok(())
    }
}

impl<S: Samples> Bands<S> {
    fn new(frame: &Frame, rgb: &Rgb, (width, height): (u32, u32)) -> Result<Self> {
        // In its own size a picture is here for its chroma only, which lies where the other kernel does not look.
        let is_scaled = (width, height) != (frame.width(), frame.height());
        let filter = if is_scaled { Filter::Bicubic } else { Filter::Bilinear };
        let layout = frame.pixel_format().map(PixelFormat::layout).ok_or_else(|| bug("a picture without a format"))?;
        let (left, top) = siting(frame.color().chroma_location);
        let plane = |(log2_w, log2_h): (u8, u8), channels: usize| -> Result<_> {
            // A sample for each pixel of the target.
            let across = axis(frame.width(), width, [log2_w, 0], left)?;
            let down = axis(frame.height(), height, [log2_h, 0], top)?;
            let length = across.target() * channels;
            Ok((Scaler::with_channels(filter, across, down, channels), vec![S::default(); length * BAND]))
        };
        let chroma = (layout.log2_chroma_w, layout.log2_chroma_h);
        let mut planes = vec![plane((0, 0), 1)?];
        if rgb.layout != Layout::Gray {
            if rgb.source.semi_planar {
                planes.push(plane(chroma, 2)?);
            } else {
                planes.extend([plane(chroma, 1)?, plane(chroma, 1)?]);
            }
        }
        let lowered = vec![Vec::new(); planes.len()];
        Ok(Self { planes, lowered, width: width as usize, height: height as usize })
    }
}

fn picture<'a, S: Copy>(planes: &[Plane<'a, S>], subsampling: Subsampling) -> Result<Yuv<'a, S>> {
    let yuv = match *planes {
        [y, u, v] => Yuv::planar(subsampling, y, u, v),
        [y, uv] => Yuv::semi_planar(subsampling, y, uv),
        _ => return Err(other_memory()),
    };
    yuv.map_err(|_| other_memory())
}

/// The picture that is made, or some rows of it.
enum Target<'a> {
    Bytes(PlaneMut<'a, u8>),
    Words(PlaneMut<'a, u16>),
    Floats([PlaneMut<'a, f32>; 3], Normal),
}

impl Target<'_> {
    /// Some rows, of so many pixels with so many samples each where those lie side by side.
    fn rows(&mut self, (width, samples): (usize, usize), top: usize, rows: usize) -> Option<Target<'_>> {
        match self {
            Self::Bytes(plane) => plane.reborrow().part(0, top, width * samples, rows).map(Target::Bytes),
            Self::Words(plane) => plane.reborrow().part(0, top, width * samples, rows).map(Target::Words),
            Self::Floats([red, green, blue], normal) => {
                let [red, green, blue] = [red, green, blue].map(|plane| plane.reborrow().part(0, top, width, rows));
                Some(Target::Floats([red?, green?, blue?], *normal))
            }
        }
    }

    fn fill<S: Sample>(self, level: Level, yuv: &Yuv<'_, S>, rgb: &Rgb, chroma: Chroma) {
        match self {
            Self::Bytes(to) => yuv_to_rgb8(level, yuv, rgb.coding, chroma, rgb.layout, to),
            Self::Words(to) => yuv_to_rgb16(level, yuv, rgb.coding, chroma, rgb.layout, to),
            Self::Floats(to, normal) => yuv_to_planar_f32(level, yuv, rgb.coding, chroma, normal, to),
        }
    }
}

/// Bytes and words.
trait Samples: Sample + Copy + Default {
    fn plane(frame: &Frame, index: usize) -> Option<Plane<'_, Self>>;
    fn in_high_bits(yuv: Yuv<'_, Self>) -> Yuv<'_, Self>;
    fn bands(both: &mut (Option<Bands<u8>>, Option<Bands<u16>>)) -> &mut Option<Bands<Self>>;
    /// The plane with its samples in the low bits: itself, or in `memory`.
    fn low<'a>(source: Source, plane: Plane<'a, Self>, memory: &'a mut Vec<Self>) -> Option<Plane<'a, Self>>;
    /// Row `y` of the scaled plane.
    fn scale(scaler: &mut Scaler, level: Level, depth: u32, plane: Plane<'_, Self>, y: usize, to: &mut [Self]);
}

impl Samples for u8 {
    fn plane(frame: &Frame, index: usize) -> Option<Plane<'_, Self>> {
        frame.plane_u8(index)
    }

    fn in_high_bits(yuv: Yuv<'_, Self>) -> Yuv<'_, Self> {
        // Eight bits are all that there are.
        yuv
    }

    fn bands(both: &mut (Option<Bands<u8>>, Option<Bands<u16>>)) -> &mut Option<Bands<Self>> {
        &mut both.0
    }

    fn low<'a>(_: Source, plane: Plane<'a, Self>, _: &'a mut Vec<Self>) -> Option<Plane<'a, Self>> {
        Some(plane)
    }

    fn scale(scaler: &mut Scaler, level: Level, _: u32, plane: Plane<'_, Self>, y: usize, to: &mut [Self]) {
        scaler.row_u8(level, plane, y, to);
    }
}

impl Samples for u16 {
    fn plane(frame: &Frame, index: usize) -> Option<Plane<'_, Self>> {
        frame.plane_u16(index)
    }

    fn in_high_bits(yuv: Yuv<'_, Self>) -> Yuv<'_, Self> {
        yuv.in_high_bits()
    }

    fn bands(both: &mut (Option<Bands<u8>>, Option<Bands<u16>>)) -> &mut Option<Bands<Self>> {
        &mut both.1
    }

    fn low<'a>(source: Source, plane: Plane<'a, Self>, memory: &'a mut Vec<Self>) -> Option<Plane<'a, Self>> {
        if !source.semi_planar {
            return Some(plane);
        }
        memory.clear();
        let shift = Self::BITS - source.depth;
        // Row by row, whose lengths are known.
        plane.rows().for_each(|row| memory.extend(row.iter().map(|sample| sample >> shift)));
        Plane::new(memory, plane.width(), plane.height(), plane.width()).ok()
    }

    fn scale(scaler: &mut Scaler, level: Level, depth: u32, plane: Plane<'_, Self>, y: usize, to: &mut [Self]) {
        scaler.row_u16(level, depth, plane, y, to);
    }
}
