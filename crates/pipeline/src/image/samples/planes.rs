//! Pictures of luma and colour differences, by our own kernels.

use transcode_av::{ColorInfo, Frame, PixelFormat};
use transcode_kernels::{
    Chroma, Coding, Layout, Level, Matrix, Plane, PlaneMut, Range, Sample, Siting, Subsampling, Yuv, yuv_to_rgb8,
    yuv_to_rgb16,
};

use super::super::{Mode, Picture, Samples, bug};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{known_siting, matrix, subsampling};

/// Red, green and blue, or gray, and alpha where there is one; `None` for pictures that are left to FFmpeg.
pub(super) fn convert(frame: &Frame, mode: Option<Mode>) -> Result<Option<Picture>> {
    let Some((format, depth)) = frame.pixel_format().and_then(|format| Some((format, format.planar_bits()?))) else {
        return Ok(None);
    };
    let Some(kind) = Kind::of(format, frame.color(), depth) else { return Ok(None) };
    let level = Level::active().map_err(|error| Error::new(ErrorKind::InvalidOption, error.to_string()))?;
    let layout = match (kind.is_gray || mode == Some(Mode::Mono), kind.has_alpha) {
        (true, _) => Layout::Gray,
        (false, false) => Layout::Rgb,
        (false, true) => Layout::Rgba,
    };
    let planes = if kind.is_gray { [0, 0, 0] } else { [0, 1, 2] };
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let row = width * layout.samples();
    let samples = if depth == 8 {
        let mut data = vec![0; row * height];
        let to = PlaneMut::new(&mut data, row, height, row).map_err(|_| bug("rows that overlap"))?;
        let from = planes.map(|index| frame.plane_u8(index));
        yuv_to_rgb8(level, &kind.picture(from)?, kind.coding, kind.chroma, layout, to);
        if layout == Layout::Rgba {
            let alpha = frame.plane_u8(3).ok_or_else(other_memory)?;
            fill_alpha(&mut data, alpha, |sample| sample);
        }
        Samples::Bytes(data)
    } else {
        let mut data = vec![0; row * height];
        let to = PlaneMut::new(&mut data, row, height, row).map_err(|_| bug("rows that overlap"))?;
        let from = planes.map(|index| frame.plane_u16(index));
        yuv_to_rgb16(level, &kind.picture(from)?, kind.coding, kind.chroma, layout, to);
        if layout == Layout::Rgba {
            let alpha = frame.plane_u16(3).ok_or_else(other_memory)?;
            fill_alpha(&mut data, alpha, |sample| widen(sample, depth));
        }
        Samples::Words(data)
    };
    Ok(Some(Picture { width, height, channels: layout.samples(), samples }))
}

/// A sample of so many bits as one of 16, white as white.
fn widen(sample: u16, depth: u32) -> u16 {
    let most = (1_u32 << depth) - 1;
    let wide = (u32::from(sample).min(most) * u32::from(u16::MAX) + most / 2) / most;
    u16::try_from(wide).unwrap_or(u16::MAX)
}

fn fill_alpha<T: Copy>(data: &mut [T], alpha: Plane<'_, T>, change: impl Fn(T) -> T) {
    let alpha = alpha.rows().flatten();
    for (pixel, alpha) in data.as_chunks_mut::<4>().0.iter_mut().zip(alpha) {
        pixel[3] = change(*alpha);
    }
}

/// How a picture lies in memory, and what its numbers mean.
struct Kind {
    subsampling: Subsampling,
    coding: Coding,
    chroma: Chroma,
    is_gray: bool,
    has_alpha: bool,
}

impl Kind {
    fn of(format: PixelFormat, color: ColorInfo, depth: u32) -> Option<Self> {
        let layout = format.layout();
        let is_gray = layout.components == 1;
        let subsampling = if is_gray { Subsampling::Yuv444 } else { subsampling(format)? };
        if format.is_rgb() || layout.components == 2 {
            return None;
        }
        let matrix = matrix(color.matrix).or(is_gray.then_some(Matrix::Bt601))?;
        let range = if color.range == ColorInfo::FULL_RANGE { Range::Full } else { Range::Limited };
        let siting = known_siting(color.chroma_location, subsampling == Subsampling::Yuv420);
        Some(Self {
            subsampling,
            coding: Coding { matrix, range, depth },
            chroma: Chroma::Linear(siting.unwrap_or(Siting::Center)),
            is_gray,
            has_alpha: layout.components == 4,
        })
    }

    fn picture<'a, S: Sample>(&self, planes: [Option<Plane<'a, S>>; 3]) -> Result<Yuv<'a, S>> {
        let [Some(y), Some(u), Some(v)] = planes else { return Err(other_memory()) };
        Yuv::planar(self.subsampling, y, u, v).map_err(|_| other_memory())
    }
}

fn other_memory() -> Error {
    bug("a picture whose memory is not as its format says")
}
