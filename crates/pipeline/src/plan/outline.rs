//! What a container is told before the first packet, and whether it takes that.

use std::sync::Arc;

use transcode_av::{CodecParameters, ColorInfo, LogRing, Muxer, MuxerInfo, OutputStream, Rational};

use super::refusal::with_last_line;
use super::{Prepared, Track, Work};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Buffer;

/// An output stream as the muxing stage needs to know it.
pub(crate) struct Declared {
    /// Time base in which its packets come.
    pub(crate) time_base: Rational,
    /// Its index in the input.
    pub(crate) input: usize,
    /// Seconds that the container counts into its times, because decoders throw them away.
    pub(crate) padding: Option<Rational>,
    /// Whether it is made of pictures or sound that take time, so that to find none is worth a word.
    pub(crate) is_moving: bool,
}

impl Track {
    /// Pictures and sound that take time.
    pub(crate) fn is_moving(&self) -> bool {
        ["video", "audio"].contains(&self.report.kind) && !self.input.is_cover()
    }
}

/// Whether the colours of any kept pictures are known, but not all of what there is to know.
pub(super) fn names_colours_partly(tracks: &[Track]) -> Result<bool> {
    const UNSPECIFIED: i32 = 2;
    for track in tracks.iter().filter(|track| track.report.output_index.is_some() && !track.input.is_cover()) {
        let color = match &track.work {
            Work::Video(video) => video.encoder.parameters()?.color(),
            Work::Copy(_) if track.report.kind == "video" => track.input.parameters.color(),
            _ => continue,
        };
        let known = [color.primaries, color.transfer, color.matrix].map(|code| code != UNSPECIFIED);
        let full = color.range == ColorInfo::FULL_RANGE;
        if known.contains(&false) && (known.contains(&true) || full) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Prepared {
    /// Adds the streams, tags and chapters to a container, in the order of the output.
    pub(crate) fn declare(&self, muxer: &mut Muxer) -> Result<Vec<Declared>> {
        let mut kept: Vec<&Track> = self.tracks.iter().filter(|track| track.report.output_index.is_some()).collect();
        kept.sort_by_key(|track| track.report.output_index);
        if self.window.hides {
            muxer.show_only(self.window.length);
        }
        let mut out = Vec::with_capacity(kept.len());
        for track in kept {
            if matches!(track.work, Work::Tag(_)) {
                continue;
            }
            let made = match &track.work {
                Work::Video(video) => Some(video.encoder.parameters()?),
                Work::Audio(audio) => Some(audio.encoder.parameters()?),
                Work::Subtitle(subtitle) => Some(subtitle.parameters()?),
                Work::Copy(copy) => copy.parameters()?,
                Work::Attach(_) | Work::Tag(_) | Work::Drop => None,
            };
            let parameters = match (&track.work, &made) {
                (Work::Attach(own), _) | (_, Some(own)) => own,
                _ => &track.input.parameters,
            };
            muxer.add_stream(parameters, &track.output)?;
            out.push(Declared {
                time_base: track.output.time_base.unwrap_or(Rational::MICROS),
                input: track.input.index,
                padding: self.muxer.counts_padding(parameters).then(|| parameters.padding_seconds()),
                is_moving: track.is_moving(),
            });
        }
        muxer.set_metadata(&self.tags)?;
        muxer.set_chapters(&self.chapters)?;
        Ok(out)
    }

    /// Writes the header to memory: what a container refuses is known before anything is opened for writing.
    pub(super) fn rehearse(&self, control: &Control, log: &Arc<LogRing>) -> Result<()> {
        let mut muxer = Muxer::new(self.muxer, Box::new(Buffer::default()), control.interrupt(), log)?;
        self.declare(&mut muxer)?;
        self.write_header(&mut muxer, log)
    }

    /// Writes the header of a container to which the streams were declared.
    pub(crate) fn write_header(&self, muxer: &mut Muxer, log: &Arc<LogRing>) -> Result<()> {
        muxer.write_header(&self.muxer_options).map_err(|error| {
            let mut error = with_last_line(error, log).stage("mux");
            if error.kind == ErrorKind::Encode {
                error.kind = ErrorKind::Unsupported;
                error.message =
                    format!("{}; encode them, leave some out, or choose another container such as mkv", error.message);
            }
            error
        })
    }
}

/// Numbers the kept streams as the output will have them: covers and attached files stand behind what is played,
/// whatever their place in the input, since that is where containers keep them. Whether there is more than that.
pub(super) fn number(tracks: &mut [Track]) -> bool {
    let mut next = 0;
    for last in [false, true] {
        for track in tracks.iter_mut() {
            let stands_last = track.input.is_cover() || track.report.kind == "attachment";
            if stands_last == last && !matches!(track.work, Work::Drop) {
                track.report.output_index = Some(next);
                next += 1;
            }
        }
    }
    let is_more = |t: &Track| !matches!(t.work, Work::Drop | Work::Attach(_) | Work::Tag(_));
    tracks.iter().any(|t| is_more(t) && t.report.kind != "attachment")
}

/// Why the container refuses a stream by itself; `None` where it takes it. FFmpeg's tables name more codecs for some
/// containers than its muxers then write.
pub(super) fn refusal(
    muxer: MuxerInfo,
    parameters: &CodecParameters,
    stream: &OutputStream,
    options: &[(&str, &str)],
    control: &Control,
) -> Option<String> {
    let log = LogRing::new();
    let _log_here = log.enter();
    let trial = || -> Result<()> {
        let mut muxer = Muxer::new(muxer, Box::new(Buffer::default()), control.interrupt(), &log)?;
        muxer.add_stream(parameters, stream)?;
        muxer.write_header(options).map_err(|error| with_last_line(error, &log))
    };
    trial().err().map(|error: Error| error.message)
}
