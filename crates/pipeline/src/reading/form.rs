//! Pictures as numbers in the caller's memory.

use transcode_av::{Frame, PixelFormat};
use transcode_kernels::Normal;

use crate::error::{Error, ErrorKind, Result};

/// What the samples of a packed picture become.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// FFmpeg's name of the pixel format that pictures are converted to first.
    pub(super) format: &'static str,
    /// Samples a pixel.
    pub channels: usize,
    /// What they are.
    pub kind: Kind,
    /// Whether all samples of a channel come before those of the next (`CHW`), and not those of a pixel (`HWC`).
    pub planar: bool,
    /// What each channel is multiplied by, and what is added then; only for [`Kind::F32`].
    scale: [f32; 4],
    bias: [f32; 4],
    pub(super) normal: Normal,
}

/// Numbers in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    U8,
    /// Words of 16 bits.
    U16,
    /// Floats, 0 to 1 where they are not normalised.
    F32,
}

impl Kind {
    const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

/// The numbers of one picture, in memory of their own.
#[derive(Debug)]
pub enum Numbers {
    /// Of [`Kind::U8`].
    U8(Vec<u8>),
    /// Of [`Kind::U16`].
    U16(Vec<u16>),
    /// Of [`Kind::F32`].
    F32(Vec<f32>),
}

impl Numbers {
    /// Bytes of memory that they take.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::U8(numbers) => size_of_val(numbers.as_slice()),
            Self::U16(numbers) => size_of_val(numbers.as_slice()),
            Self::F32(numbers) => size_of_val(numbers.as_slice()),
        }
    }
}

/// The formats of packed pictures: our name, FFmpeg's, channels, kind.
const PACKED: [(&str, &str, usize, Kind); 6] = [
    ("rgb24", "rgb24", 3, Kind::U8),
    ("bgr24", "bgr24", 3, Kind::U8),
    ("rgba", "rgba", 4, Kind::U8),
    ("gray", "gray", 1, Kind::U8),
    ("rgb48", "rgb48", 3, Kind::U16),
    ("rgbf32", "rgb24", 3, Kind::F32),
];

impl Form {
    /// The form of pictures of a format of ours; `None` where that has planes. `deep`: the pictures come with more than 8 bits.
    ///
    /// # Errors
    /// The numbers of such pictures are not floats, but they are to be normalised.
    pub fn new(format: &str, planar: bool, normal: Option<Normal>, deep: bool) -> Result<Option<Self>> {
        let Some((_, format, channels, kind)) = PACKED.iter().find(|(name, ..)| *name == format).copied() else {
            return Ok(None);
        };
        if normal.is_some() && kind != Kind::F32 {
            let message = format!(
                "mean and std; expected format=\"rgbf32\" with them; got format=\"{format}\"; normalised numbers are floats"
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        let format = if kind == Kind::F32 && deep { "rgb48" } else { format };
        let most = if format == "rgb48" { f32::from(u16::MAX) } else { f32::from(u8::MAX) };
        let normal = normal.unwrap_or(Normal::UNIT);
        let Normal { mean, std } = normal;
        let (mut scale, mut bias) = ([1.0; 4], [0.0; 4]);
        for channel in 0..3 {
            // (v / most - mean) / std
            scale[channel] = 1.0 / (most * std[channel]);
            bias[channel] = -mean[channel] / std[channel];
        }
        Ok(Some(Self { format, channels, kind, planar, scale, bias, normal }))
    }

    /// Whether a picture of it lies in memory just as FFmpeg has it.
    pub fn is_plain(&self) -> bool {
        self.kind != Kind::F32 && (!self.planar || self.channels == 1)
    }

    /// Whether it is planes of floats, one for each of red, green and blue.
    pub(super) fn is_tensor(&self) -> bool {
        self.kind == Kind::F32 && self.planar
    }

    /// How many numbers a picture of a size has.
    pub fn count(&self, (width, height): (u32, u32)) -> usize {
        width as usize * height as usize * self.channels
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self, size: (u32, u32)) -> usize {
        self.count(size) * self.kind.bytes()
    }

    /// The numbers of a picture that is not plain.
    pub(super) fn numbers(&self, frame: &Frame) -> Result<Numbers> {
        let count = self.count((frame.width(), frame.height()));
        match (self.kind, frame.plane_u8(0), frame.plane_u16(0)) {
            (Kind::U8, Some(plane), _) => self.spread(plane.rows(), count, |sample, _| sample).map(Numbers::U8),
            (Kind::U16, _, Some(plane)) => self.spread(plane.rows(), count, |sample, _| sample).map(Numbers::U16),
            (Kind::F32, Some(plane), _) => {
                self.spread(plane.rows(), count, |sample, at| self.float(f32::from(sample), at)).map(Numbers::F32)
            }
            (Kind::F32, _, Some(plane)) => {
                self.spread(plane.rows(), count, |sample, at| self.float(f32::from(sample), at)).map(Numbers::F32)
            }
            _ => Err(Error::new(ErrorKind::Bug, "bug: a picture of another format than was planned for")),
        }
    }

    fn float(&self, sample: f32, channel: usize) -> f32 {
        sample * self.scale[channel] + self.bias[channel]
    }

    /// Every sample of a picture where it belongs, as `value` of itself and its channel.
    fn spread<'a, S: Copy + 'a, T: Copy + Default>(
        &self,
        rows: impl Iterator<Item = &'a [S]>,
        count: usize,
        value: impl Fn(S, usize) -> T,
    ) -> Result<Vec<T>> {
        let channels = self.channels;
        if !self.planar {
            let mut out = room(count)?;
            for row in rows {
                let pixels = row.chunks_exact(channels);
                out.extend(pixels.flat_map(|pixel| pixel.iter().enumerate().map(|(at, sample)| value(*sample, at))));
            }
            return Ok(out);
        }
        let mut out = zeroed(count)?;
        let plane = count / channels;
        for (y, row) in rows.enumerate() {
            let width = row.len() / channels;
            for channel in 0..channels {
                let here = &mut out[channel * plane + y * width..][..width];
                for (to, from) in here.iter_mut().zip(row[channel..].iter().step_by(channels)) {
                    *to = value(*from, channel);
                }
            }
        }
        Ok(out)
    }
}

/// Room for so many numbers. A picture may be larger than the memory that is left, which is no reason to end the process.
fn room<T>(count: usize) -> Result<Vec<T>> {
    let mut out = Vec::new();
    out.try_reserve_exact(count).map_err(|_| {
        let message = format!(
            "memory ran out; expected room for a picture of {count} numbers; got none; ask for smaller pictures, or close some"
        );
        Error::new(ErrorKind::Limit, message)
    })?;
    Ok(out)
}

/// The same, with zeroes in it.
pub(super) fn zeroed<T: Copy + Default>(count: usize) -> Result<Vec<T>> {
    let mut out = room(count)?;
    out.resize(count, T::default());
    Ok(out)
}

/// The formats with planes that a reader gives under their own names.
pub(super) const PLANES: [&str; 2] = ["yuv420p", "nv12"];

/// FFmpeg's format for one of ours.
pub(super) fn named(name: &str, form: Option<&Form>) -> Result<PixelFormat> {
    let known = form.map(|form| form.format).or_else(|| PLANES.iter().copied().find(|plane| *plane == name));
    known.and_then(PixelFormat::from_name).ok_or_else(|| {
        let names: Vec<&str> = PACKED.iter().map(|(name, ..)| *name).chain(PLANES).collect();
        let hint = crate::options::did_you_mean(name, names.iter().copied());
        let message = format!(
            "unknown format '{name}'; expected one of {}; got '{name}'; {}",
            names.join(", "),
            hint.unwrap_or_else(|| "choose one of these, or None for the video's own".to_owned())
        );
        Error::new(ErrorKind::InvalidOption, message)
    })
}
