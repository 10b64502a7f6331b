//! Samples of pictures on their way into arrays.

use transcode_kernels::Plane;
use transcode_pipeline::reading::{Frame, Numbers, PictureSamples};

use crate::array::Sample;

/// A sample of pictures.
pub(super) trait Pixel: Sample {
    /// A picture's rows, where it lies as FFmpeg has it.
    fn plane(frame: &Frame) -> Option<Plane<'_, Self>>;
    /// All of it, where it has become numbers.
    fn of(numbers: &Numbers) -> Option<&[Self]>;

    /// Copies a picture to where it has room.
    fn copy(samples: &PictureSamples, mut to: &mut [Self]) -> Option<()> {
        match samples {
            PictureSamples::Numbers(numbers) => {
                let numbers = Self::of(numbers).filter(|numbers| numbers.len() == to.len())?;
                to.copy_from_slice(numbers);
            }
            PictureSamples::Frame(frame) => {
                for row in Self::plane(frame)?.rows() {
                    let (here, rest) = to.split_at_mut_checked(row.len())?;
                    here.copy_from_slice(row);
                    to = rest;
                }
            }
        }
        Some(())
    }
}

impl Pixel for u8 {
    fn plane(frame: &Frame) -> Option<Plane<'_, Self>> {
        frame.plane_u8(0)
    }

    fn of(numbers: &Numbers) -> Option<&[Self]> {
        if let Numbers::U8(items) = numbers { Some(items) } else { None }
    }
}

impl Pixel for u16 {
    fn plane(frame: &Frame) -> Option<Plane<'_, Self>> {
        frame.plane_u16(0)
    }

    fn of(numbers: &Numbers) -> Option<&[Self]> {
        if let Numbers::U16(items) = numbers { Some(items) } else { None }
    }
}

impl Pixel for f32 {
    fn plane(_: &Frame) -> Option<Plane<'_, Self>> {
        None
    }

    fn of(numbers: &Numbers) -> Option<&[Self]> {
        if let Numbers::F32(items) = numbers { Some(items) } else { None }
    }
}
