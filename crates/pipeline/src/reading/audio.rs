//! Sound read into memory, at once or in pieces.
//!
//! Packets go through decoders, which may be several, side by side (`stages/parts.rs`); gaps in the times are filled and
//! overlaps cut; FFmpeg changes rate and channels, our kernels the type of the samples and their order.

mod fit;
mod noise;
mod open;
mod samples;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use transcode_av::{Frame, LogRing, Packet};
use transcode_kernels::Level;

use crate::budget;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::options::Options;
use crate::run::guarded;
use crate::shared::Shared;
use crate::source::{Packets, Source};
use crate::stage::{Stage, Stop};
use open::Opened;
use samples::Store;

pub use samples::{SampleType, Samples};

type Decoding = Box<dyn Stage<In = Packet, Out = Frame>>;

/// Room that a header can have made at once for the samples it promises.
const MOST_PROMISED: usize = 1 << 28;

/// Samples that may be more than a header promises: those of a last frame, and of rounding.
const SLACK: usize = 8192;

/// What to read, and how.
#[derive(Debug)]
pub struct ReadAudio {
    /// The file or data.
    pub input: Input,
    /// The index of the stream; `None` takes the first of sound.
    pub stream: Option<usize>,
    /// The type of the samples.
    pub kind: SampleType,
    /// Whether sample n lies n samples' time from the beginning of the file: gaps are filled, overlaps cut.
    pub fills_gaps: bool,
    /// Samples a channel, and channels, that the caller has room for: no more of the one are read, and the other has to
    /// be so.
    pub room: Option<[usize; 2]>,
    /// Of these `sample_rate`, `channels`, `start`, `end`, `duration`, `threads`, `timeout` and `strict` matter.
    pub options: Options,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundInfo {
    /// Index of the stream in the input.
    pub stream: usize,
    /// Samples a second of what is given.
    pub sample_rate: u32,
    /// Channels of what is given.
    pub channels: u32,
    /// Seconds, as far as the container tells.
    pub duration: Option<f64>,
}

/// Sound that is read from the beginning on. Dropped, it stops what it does.
pub struct AudioReader {
    shared: Arc<Shared>,
    source: Source,
    packets: Decoding,
    store: Store,
    info: SoundInfo,
    path: Option<PathBuf>,
    ended: bool,
    /// Samples a channel that were given or passed over.
    position: u64,
    /// Samples a channel behind which there is nothing to give.
    end: Option<u64>,
    /// Its lines come from all that reads and decodes.
    _log: Arc<LogRing>,
    _share: budget::Share<'static>,
}

impl fmt::Debug for AudioReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioReader")
            .field("info", &self.info)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl AudioReader {
    /// Opens an input, and goes to where the taken part begins.
    ///
    /// # Errors
    /// It cannot be read, or has no sound.
    pub fn open(job: ReadAudio, control: &Control) -> Result<Self> {
        guarded(job.options.timeout, job.input.path().into(), control, |log| {
            let level = Level::active().map_err(|error| Error::new(ErrorKind::InvalidOption, error.to_string()))?;
            let (path, kind) = (job.input.path().map(PathBuf::from), job.kind);
            let [start, end, length] =
                [job.options.start, job.options.end, job.options.duration].map(|at| at.map(|at| at.get()));
            let room = job.room;
            let Opened { shared, source, packets, info, share } = open::open(job, control, log)?;
            let samples = |seconds: f64| in_samples(seconds, info.sample_rate);
            let first = start.map_or(0, samples);
            let mut this = Self {
                shared,
                source,
                packets,
                store: Store::new(kind, info.channels, level),
                info,
                path,
                ended: false,
                position: 0,
                end: end.map(samples).or_else(|| length.map(|length| samples(start.unwrap_or(0.0) + length))),
                _log: Arc::clone(log),
                _share: share,
            };
            if let Some([frames, channels]) = room {
                check_room(channels, info.channels, kind)?;
                let room = first.saturating_add(frames as u64);
                this.end = Some(this.end.map_or(room, |end| end.min(room)));
            }
            this.pass_over(first);
            Ok(this)
        })
    }

    /// What is read.
    #[must_use]
    pub const fn info(&self) -> SoundInfo {
        self.info
    }

    /// Samples a channel that were given or passed over.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Samples a channel that can be given without reading any.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.store.frames().min(self.left())
    }

    /// Whether the input was read to its end.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Samples a channel until the end, if that was set.
    fn left(&self) -> usize {
        self.end.map_or(usize::MAX, |end| usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX))
    }

    /// Does not give the next `frames` samples a channel.
    pub fn pass_over(&mut self, frames: u64) {
        self.store.pass_over(frames);
        self.position = self.position.saturating_add(frames);
    }

    /// Reads until at least so many samples a channel are there, or the end.
    ///
    /// # Errors
    /// Reading failed, or was stopped by `control`, one that is stopped with that of [`open`](Self::open).
    pub fn fill(&mut self, frames: usize, control: &Control) -> Result<()> {
        let done = guarded(None, self.path.as_deref().into(), control, |_| {
            let frames = frames.min(self.left());
            while self.store.frames() < frames && !self.ended {
                self.step().map_err(|stop| match stop {
                    Stop::Failed(error) => error,
                    Stop::HungUp => Error::new(ErrorKind::Bug, "bug: sound that is read has no neighbour to lose"),
                })?;
            }
            Ok(())
        });
        self.shared.take_warnings().into_iter().for_each(|warning| control.publish(crate::Event::Warning(warning)));
        done
    }

    /// The next samples that are there, at most so many a channel.
    pub fn take(&mut self, frames: usize) -> Samples {
        let samples = self.store.give(frames.min(self.left()));
        self.position += (samples.len() / self.info.channels.max(1) as usize) as u64;
        samples
    }

    fn step(&mut self) -> std::result::Result<(), Stop> {
        match self.source.next()? {
            Some((_, packet)) => self.packets.push(packet, &mut self.store)?,
            None => {
                self.ended = true;
                self.packets.finish(&mut self.store)?;
            }
        }
        Ok(())
    }
}

fn check_room(room: usize, channels: u32, kind: SampleType) -> Result<()> {
    if room == channels as usize {
        return Ok(());
    }
    let message = format!(
        "out: expected {} array of shape (N, {channels}); got one of shape (N, {room}); pass channels={room}, or an array \
         of as many channels as the sound has",
        kind.name()
    );
    Err(Error::new(ErrorKind::InvalidOption, message))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are at most 1e9 seconds, and positive"
)]
fn in_samples(seconds: f64, rate: u32) -> u64 {
    (seconds * f64::from(rate)).round() as u64
}

/// Reads all samples of the taken part.
///
/// # Errors
/// The input cannot be read or has no sound, or it was stopped.
pub fn read_audio(job: ReadAudio, control: &Control) -> Result<(SoundInfo, Samples)> {
    let mut reader = AudioReader::open(job, control)?;
    let shared = Arc::clone(&reader.shared);
    shared.meter.begin(&shared.counters);
    let promised = in_samples(reader.info.duration.unwrap_or(0.0), reader.info.sample_rate);
    let promised = usize::try_from(promised).unwrap_or(usize::MAX).saturating_add(SLACK).min(reader.left());
    if promised.saturating_mul(reader.info.channels as usize) < MOST_PROMISED {
        reader.store.reserve(promised);
    }
    let piece = reader.info.sample_rate as usize;
    while !reader.ended && reader.store.frames() < reader.left() {
        reader.fill(reader.store.frames() + piece, control)?;
        let reached = f64::from(u32::try_from(reader.store.frames() / piece).unwrap_or(u32::MAX));
        shared.meter.wrote(reached, true);
        shared.meter.tick(&shared.counters);
    }
    shared.meter.end(&shared.counters);
    let samples = reader.take(usize::MAX);
    let info = reader.info;
    drop(reader);
    transcode_av::memory::tidy();
    Ok((info, samples))
}
