//! Pictures as numbers in the caller's memory.

use transcode_av::{Frame, PixelFormat};

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

/// Memory for one picture, to be filled.
#[derive(Debug)]
pub enum Target<'a> {
    /// For [`Kind::U8`].
    U8(&'a mut [u8]),
    /// For [`Kind::U16`].
    U16(&'a mut [u16]),
    /// For [`Kind::F32`].
    F32(&'a mut [f32]),
}

impl<'a> From<&'a mut [u8]> for Target<'a> {
    fn from(items: &'a mut [u8]) -> Self {
        Self::U8(items)
    }
}

impl<'a> From<&'a mut [u16]> for Target<'a> {
    fn from(items: &'a mut [u16]) -> Self {
        Self::U16(items)
    }
}

impl<'a> From<&'a mut [f32]> for Target<'a> {
    fn from(items: &'a mut [f32]) -> Self {
        Self::F32(items)
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

/// Mean and standard deviation of each channel.
pub type Normal = ([f32; 3], [f32; 3]);

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
        let (mean, std) = normal.unwrap_or(([0.0; 3], [1.0; 3]));
        let (mut scale, mut bias) = ([1.0; 4], [0.0; 4]);
        for channel in 0..3 {
            // (v / most - mean) / std
            scale[channel] = 1.0 / (most * std[channel]);
            bias[channel] = -mean[channel] / std[channel];
        }
        Ok(Some(Self { format, channels, kind, planar, scale, bias }))
    }

    /// Whether a picture of it lies in memory just as FFmpeg has it.
    pub fn is_plain(&self) -> bool {
        self.kind != Kind::F32 && (!self.planar || self.channels == 1)
    }

    /// Writes the numbers of a picture.
    ///
    /// # Errors
    /// The picture has another format than was planned for, or the memory another size.
    pub fn fill(&self, frame: &Frame, to: Target<'_>) -> Result<()> {
        let deep = frame.pixel_format().is_some_and(|format| format.layout().depth > 8);
        let samples = frame.width() as usize * frame.height() as usize * self.channels;
        let filled = match (to, deep) {
            (Target::U8(to), false) if to.len() == samples => {
                frame.plane_u8(0).map(|plane| self.spread(plane.rows(), to, |sample, _| sample))
            }
            (Target::U16(to), true) if to.len() == samples => {
                frame.plane_u16(0).map(|plane| self.spread(plane.rows(), to, |sample, _| sample))
            }
            (Target::F32(to), false) if to.len() == samples => frame.plane_u8(0).map(|plane| {
                self.spread(plane.rows(), to, |sample, channel| self.float(f32::from(sample), channel));
            }),
            (Target::F32(to), true) if to.len() == samples => frame.plane_u16(0).map(|plane| {
                self.spread(plane.rows(), to, |sample, channel| self.float(f32::from(sample), channel));
            }),
            _ => None,
        };
        filled.ok_or_else(|| Error::new(ErrorKind::Bug, "bug: memory of another size or kind than the picture's"))
    }

    fn float(&self, sample: f32, channel: usize) -> f32 {
        sample * self.scale[channel] + self.bias[channel]
    }

    /// Puts every sample of a picture where it belongs, as `value` of itself and its channel.
    fn spread<'a, S: Copy + 'a, T>(
        &self,
        rows: impl Iterator<Item = &'a [S]>,
        to: &mut [T],
        value: impl Fn(S, usize) -> T,
    ) {
        let channels = self.channels;
        let plane = to.len() / channels;
        if !self.planar {
            let mut to = to;
            for row in rows {
                let (here, rest) = to.split_at_mut(row.len());
                for (to, from) in here.chunks_exact_mut(channels).zip(row.chunks_exact(channels)) {
                    for (channel, (to, from)) in to.iter_mut().zip(from).enumerate() {
                        *to = value(*from, channel);
                    }
                }
                to = rest;
            }
            return;
        }
        for (y, row) in rows.enumerate() {
            let width = row.len() / channels;
            for channel in 0..channels {
                let here = &mut to[channel * plane + y * width..][..width];
                for (to, from) in here.iter_mut().zip(row[channel..].iter().step_by(channels)) {
                    *to = value(*from, channel);
                }
            }
        }
    }
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
