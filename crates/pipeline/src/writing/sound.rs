//! A file of sound alone.

use transcode_av::{ChannelLayout, CodecParameters, MediaKind, Rational, StreamInfo};

use super::{Pen, Sound, Writing, stream};
use crate::error::{Error, ErrorKind, Result};
use crate::media::Output;
use crate::options::Options;
use crate::plan::check_written;

/// What to write, and how.
#[derive(Debug)]
pub struct SoundJob {
    /// What the sound is.
    pub sound: Sound,
    /// How many samples a channel will come.
    pub samples: usize,
    /// Where to.
    pub output: Output,
    /// How.
    pub options: Options,
}

impl SoundJob {
    /// The pen to write with, and the job that takes what is written.
    ///
    /// # Errors
    /// An option is about pictures or an input, the output has no place for sound, or memory ran out.
    #[expect(clippy::cast_precision_loss, reason = "nobody sees the millionth of a second of a year")]
    pub fn open(self) -> Result<(Pen, Writing)> {
        let Self { sound, samples, output, options } = self;
        check_written(&output, &options, &[MediaKind::Audio])?;
        let streams = vec![sound.stream(0)?];
        let (pen, mut job) = Writing::with_pen(streams, None, Some(sound), output, options);
        job.seconds = Some(samples as f64 / f64::from(sound.sample_rate));
        Ok((pen, job))
    }
}

impl Sound {
    /// The stream of it.
    pub(super) fn stream(self, index: usize) -> Result<StreamInfo> {
        let Self { sample_rate, channels, floats } = self;
        let has_layout = |count: u32| !ChannelLayout::usual(count).name.ends_with(" channels");
        if !has_layout(channels) {
            let known: Vec<_> = (1..=64).filter(|count| has_layout(*count)).map(|count| count.to_string()).collect();
            let known = known.join(", ");
            let message = format!(
                "channels; expected a number that FFmpeg has a layout of, {known}; got {channels}; write an array of so many"
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        let parameters = CodecParameters::raw_audio(floats, sample_rate, &ChannelLayout::usual(channels))?;
        Ok(stream(index, parameters, Rational::new(1, sample_rate.cast_signed())))
    }
}
