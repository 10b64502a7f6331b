//! Samples in memory, interleaved.

use transcode_av::{Frame, Planes};
use transcode_kernels::Level;
use transcode_kernels::samples::{ConvertTo, Sample, convert, interleave};

use crate::error::{Error, ErrorKind};
use crate::stage::{Flow, Sink};

/// What a sample is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// Floating point numbers of which 1.0 is full scale.
    F32,
    /// Whole numbers of 16 bits.
    I16,
}

impl SampleType {
    /// NumPy's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::I16 => "int16",
        }
    }

    /// FFmpeg's name, of interleaved samples.
    pub(super) const fn format(self) -> &'static str {
        match self {
            Self::F32 => "flt",
            Self::I16 => "s16",
        }
    }

    /// Whether our kernels make this of a type just as FFmpeg does, by FFmpeg's name of its interleaved form.
    pub(super) fn is_made_of(self, format: &str) -> bool {
        match self {
            Self::F32 => matches!(format, "flt" | "s16" | "s32"),
            // Of 32 bits FFmpeg cuts the lower ones off.
            Self::I16 => matches!(format, "flt" | "s16"),
        }
    }
}

/// Samples of all channels, frame by frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// Floating point numbers.
    F32(Vec<f32>),
    /// Whole numbers of 16 bits.
    I16(Vec<i16>),
}

impl Samples {
    fn new(kind: SampleType) -> Self {
        match kind {
            SampleType::F32 => Self::F32(Vec::new()),
            SampleType::I16 => Self::I16(Vec::new()),
        }
    }

    /// Their number, over all channels.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Takes frames, and gives their samples in pieces of any size.
pub(super) struct Store {
    samples: Samples,
    /// Samples at the front that were given.
    given: usize,
    channels: usize,
    level: Level,
    /// Samples that are not kept, counted over all channels.
    pub(super) skip: u64,
}

impl Store {
    pub(super) fn new(kind: SampleType, channels: u32, level: Level) -> Self {
        Self { samples: Samples::new(kind), given: 0, channels: channels.max(1) as usize, level, skip: 0 }
    }

    /// Samples a channel that are there.
    pub(super) fn frames(&self) -> usize {
        (self.samples.len() - self.given) / self.channels
    }

    /// Makes room for so many samples a channel; without it, room is made as they come.
    pub(super) fn reserve(&mut self, frames: usize) {
        let count = frames.saturating_mul(self.channels);
        let _as_they_come = match &mut self.samples {
            Samples::F32(samples) => samples.try_reserve_exact(count),
            Samples::I16(samples) => samples.try_reserve_exact(count),
        };
    }

    /// Forgets what is there of so many samples a channel, and the rest when it comes.
    pub(super) fn pass_over(&mut self, frames: u64) {
        let there = usize::try_from(frames).unwrap_or(usize::MAX).min(self.frames());
        self.given += there * self.channels;
        self.skip += (frames - there as u64).saturating_mul(self.channels as u64);
        self.tidy();
    }

    /// At most so many samples a channel.
    pub(super) fn give(&mut self, frames: usize) -> Samples {
        let count = frames.min(self.frames()) * self.channels;
        let (given, all) = (self.given, self.samples.len());
        if given == 0 && count == all {
            let kind = match self.samples {
                Samples::F32(_) => SampleType::F32,
                Samples::I16(_) => SampleType::I16,
            };
            return std::mem::replace(&mut self.samples, Samples::new(kind));
        }
        self.given += count;
        let out = match &self.samples {
            Samples::F32(samples) => Samples::F32(samples[given..given + count].to_vec()),
            Samples::I16(samples) => Samples::I16(samples[given..given + count].to_vec()),
        };
        self.tidy();
        out
    }

    /// Lets go of what was given, once that is the larger part.
    fn tidy(&mut self) {
        let given = self.given;
        if given * 2 >= self.samples.len() {
            match &mut self.samples {
                Samples::F32(samples) => drop(samples.drain(..given)),
                Samples::I16(samples) => drop(samples.drain(..given)),
            }
            self.given = 0;
        }
    }

    fn add(&mut self, planes: &Planes<'_>) {
        let (level, skip) = (self.level, &mut self.skip);
        match (&mut self.samples, planes) {
            (Samples::F32(to), Planes::F32(from)) => append(level, from, to, skip),
            (Samples::F32(to), Planes::I16(from)) => append(level, from, to, skip),
            (Samples::F32(to), Planes::I32(from)) => append(level, from, to, skip),
            (Samples::I16(to), Planes::F32(from)) => append(level, from, to, skip),
            (Samples::I16(to), Planes::I16(from)) => append(level, from, to, skip),
            (Samples::I16(to), Planes::I32(from)) => append(level, from, to, skip),
        }
    }
}

fn append<A: ConvertTo<B>, B: Sample>(level: Level, from: &[&[A]], to: &mut Vec<B>, skip: &mut u64) {
    let count: usize = from.iter().map(|plane| plane.len()).sum();
    let skipped = usize::try_from(*skip).unwrap_or(usize::MAX).min(count);
    *skip -= skipped as u64;
    if skipped == count {
        return;
    }
    let start = to.len();
    to.resize(start + count - skipped, B::default());
    let to = &mut to[start..];
    if let [all] = from {
        return convert(level, &all[skipped..], to, None);
    }
    // Samples are passed over in all channels alike.
    let first = skipped / from.len().max(1);
    let planes: Vec<&[A]> = from.iter().map(|plane| &plane[first..]).collect();
    interleave(level, &planes, to, None);
}

impl Sink<Frame> for Store {
    fn accept(&mut self, frame: Frame) -> Flow {
        match frame.planes() {
            Some(planes) => self.add(&planes),
            None => {
                return Err(Error::new(ErrorKind::Bug, "bug: sound of another type than was made")
                    .stage("filter")
                    .into());
            }
        }
        Ok(())
    }
}
