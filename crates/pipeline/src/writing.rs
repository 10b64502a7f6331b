//! Pictures and sound that a caller makes, one array after the other, as the input of a job.
//!
//! The caller holds a [`Pen`]; what it writes is copied once and waits in a bounded queue. The job at the other end takes
//! it for packets of uncompressed streams: everything behind is as in any other job.

mod clock;
mod form;
mod pen;
mod sound;
mod values;
mod written;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use transcode_av::{Blocks, CodecParameters, MediaKind, Rational, SideData, StreamInfo};

pub use form::{ArrayFormat, Element, Shape, array_formats};
pub use pen::{Offered, Pen, Sheet};
pub use sound::SoundJob;

use crate::budget;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::media::Output;
use crate::options::{FrameRate, Options};
use crate::plan::{check_pixels, check_written, prepare_written};
use crate::queue::{Rx, bounded_bytes};
use crate::report::Outcome;
use crate::run::{Known, Places, Run, guarded};
use crate::shared::Timer;
use clock::Clock;
use pen::Paper;
use written::Written;

/// Most pictures that wait to be encoded, and most bytes of them: a second of video, or eight pictures of 4K.
const MOST_WAITING: usize = 32;
const MOST_BYTES: usize = 200 << 20;

/// Pictures are the first stream where there are any.
const PICTURES: usize = 0;

/// What the pictures are, all alike.
#[derive(Clone, Copy, Debug)]
pub struct Pictures {
    /// How their arrays are stored.
    pub format: ArrayFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames a second: what those without a time have, and how long the last is shown.
    pub rate: Option<FrameRate>,
    /// Whether each comes with its time; otherwise they follow each other at the rate.
    pub timed: bool,
}

/// What the sound is.
#[derive(Clone, Copy, Debug)]
pub struct Sound {
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u32,
    /// Whether samples are floats; words of 16 bits otherwise.
    pub floats: bool,
}

/// What to write, and how.
#[derive(Debug)]
pub struct ArrayJob {
    /// What the pictures are.
    pub pictures: Pictures,
    /// What the sound is, where there is any.
    pub sound: Option<Sound>,
    /// Where to.
    pub output: Output,
    /// How.
    pub options: Options,
}

/// The job at the other end of a [`Pen`].
#[derive(Debug)]
pub struct Writing {
    streams: Vec<StreamInfo>,
    output: Output,
    options: Options,
    packets: Rx<transcode_av::Packet>,
    ended: Arc<AtomicBool>,
    /// How long it will be, where that is known.
    seconds: Option<f64>,
}

/// Checks what can be checked before the first picture: options, names, that the output may be written.
///
/// # Errors
/// What [`ArrayJob::open`] and [`Writing::run`] would fail with.
pub fn check(output: &Output, options: &Options, with_sound: bool) -> Result<()> {
    let kinds = [MediaKind::Video, MediaKind::Audio];
    check_written(output, options, if with_sound { &kinds } else { &kinds[..1] })
}

impl ArrayJob {
    /// The pen to write with, and the job that takes what is written.
    ///
    /// # Errors
    /// There are no such pictures, or memory ran out.
    pub fn open(self) -> Result<(Pen, Writing)> {
        let Self { pictures, sound, output, options } = self;
        let Pictures { format, width, height, rate, timed } = pictures;
        check_pixels(width, height, options.max_pixels)?;
        let deep = options.pixel_format.as_deref().is_some_and(form::is_deep);
        let stored = format.stored(deep)?;
        let planes = stored.stored(width, height).filter(|_| width > 0 && height > 0).ok_or_else(|| {
            let message = format!("frame: expected at least one pixel; got {width}x{height}; check the shape");
            Error::new(ErrorKind::InvalidMedia, message)
        })?;
        let clock = Clock::new(rate, timed)?;
        let parameters = CodecParameters::raw_video(stored, width, height, &form::color(stored))?;
        let size = planes.iter().map(|plane| plane.bytes * plane.width * plane.height).sum();
        let elements = planes.iter().map(|plane| plane.width * plane.height).sum();
        let mut streams = vec![stream(PICTURES, parameters, clock.base())];
        if let Some(rate) = clock.rate() {
            streams[PICTURES].average_frame_rate = (!timed).then_some(rate);
            streams[PICTURES].real_frame_rate = Some(rate);
        }
        if let Some(sound) = sound {
            streams.push(sound.stream(streams.len())?);
        }
        let paper = Paper { format, elements, blocks: Blocks::new(size)?, clock };
        Ok(Writing::with_pen(streams, Some(paper), sound, output, options))
    }
}

impl Writing {
    /// A pen for `paper` and `sound`, and the job that takes what it writes.
    fn with_pen(
        streams: Vec<StreamInfo>,
        paper: Option<Paper>,
        sound: Option<Sound>,
        output: Output,
        mut options: Options,
    ) -> (Pen, Self) {
        // What arrays hold is never fit to be copied.
        for codec in [&mut options.video_codec, &mut options.audio_codec] {
            codec.take_if(|name| name == "auto");
        }
        let (tx, packets) = bounded_bytes(MOST_WAITING, MOST_BYTES, Timer::default());
        let ended = Arc::new(AtomicBool::new(false));
        let pen = Pen::new(tx, Arc::clone(&ended), paper, sound);
        (pen, Self { streams, output, options, packets, ended, seconds: None })
    }

    /// Takes what is written until the pen is put down, and returns what became of it.
    ///
    /// # Errors
    /// As [`run`](crate::run()); `Cancelled` where the pen is dropped without an end.
    pub fn run(self, control: &Control) -> Result<Outcome> {
        let (places, timeout) = (Places::written(&self.output), self.options.timeout);
        let outcome = guarded(timeout, places, control, |log| {
            let started = Instant::now();
            let Self { streams, output, mut options, packets, ended, seconds } = self;
            let share = budget::take(options.threads, 1);
            options.threads = share.threads();
            let mut prepared = prepare_written(streams, &output, &options, control, log)?;
            prepared.report.duration = seconds;
            let known = Known { is_counted: true, ..Known::default() };
            let run = Run { options, executor: Executor::Auto, control, log, share, started };
            run.carry_out(prepared, output, known, |streams, _, shared| Written::new(packets, ended, streams, shared))
        });
        transcode_av::memory::tidy();
        outcome
    }
}

fn stream(index: usize, parameters: CodecParameters, time_base: Rational) -> StreamInfo {
    StreamInfo {
        index,
        parameters,
        time_base,
        start_time: Some(0),
        duration: None,
        frames: None,
        average_frame_rate: None,
        real_frame_rate: None,
        sample_aspect_ratio: None,
        disposition: 0,
        metadata: Vec::new(),
        side_data: SideData::default(),
        attached_picture: None,
    }
}
