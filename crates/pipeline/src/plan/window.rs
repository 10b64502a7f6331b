//! Which part of the input's time is taken.

use transcode_av::{Demuxer, Rational, StreamInfo, time};

use super::keyframes;
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Options, Trim};

/// FFmpeg's time base for whole files.
const MICROS: f64 = 1e6;

/// A stream is searched from a little before the start, so that pictures and sound that lean on earlier ones are
/// whole: three frames at 23 a second, as the `ffmpeg` command allows for, and some sound.
pub(crate) const RUN_UP: i64 = 200_000;

/// The taken part, in microseconds of the input's own timestamps.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The moment that becomes 0 in the output.
    pub(crate) origin: i64,
    /// How much is taken from there on.
    pub(crate) length: Option<i64>,
    /// Whether anything before the origin is cut.
    pub(crate) cuts_start: bool,
    /// Whether the start moves to the keyframe before it.
    pub(crate) at_keyframe: bool,
    /// Whether copied pictures are cut at any of them, by encoding those at the edges.
    pub(super) smart: bool,
    /// Whether players are told to show only the taken part of copied streams, whatever else their packets hold.
    pub(crate) hides: bool,
    /// How much of copied streams is kept before the origin, for players that need it, and hidden.
    pub(crate) lead_in: i64,
    /// What is left of the input after the start, where the input says.
    remaining: Option<i64>,
}

#[expect(clippy::cast_possible_truncation, reason = "options allow 1e9 seconds, which is far below 2^63 microseconds")]
fn micros(seconds: f64) -> i64 {
    (seconds * MICROS).round() as i64
}

impl Window {
    /// All that comes, from the moment 0 on.
    pub(super) const WHOLE: Self = Self {
        origin: 0,
        length: None,
        cuts_start: false,
        at_keyframe: false,
        smart: false,
        hides: false,
        lead_in: 0,
        remaining: None,
    };

    pub(crate) fn new(options: &Options, demuxer: &Demuxer) -> Result<Self> {
        let start = options.start.map_or(0, |s| micros(s.get()));
        let length = match (options.end, options.duration) {
            (Some(end), _) => Some(micros(end.get()) - start),
            (None, duration) => duration.map(|d| micros(d.get())),
        };
        let whole = demuxer.duration();
        // Where times jump, the last one does not tell how long it is.
        let tells = !demuxer.timestamps_may_jump() || demuxer.format() != "mpegts";
        if let Some(whole) = whole.filter(|whole| tells && start >= *whole && start > 0 && demuxer.duration_is_exact())
        {
            let message = format!(
                "start is after the end; expected less than {:.3} s; got {:.3} s; start earlier",
                seconds(whole),
                seconds(start)
            );
            return Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"));
        }
        Ok(Self {
            origin: demuxer.start_time().unwrap_or(0) + start,
            length,
            cuts_start: start > 0,
            at_keyframe: start > 0 && options.trim == Trim::Keyframe,
            smart: options.trim == Trim::Smart,
            hides: false,
            lead_in: 0,
            remaining: whole.map(|whole| whole - start).filter(|left| *left > 0),
        })
    }

    /// In a transport stream of several programmes, what is kept may begin long after what is not: time starts with
    /// the first stream that is kept, as in the `ffmpeg` command.
    pub(super) fn skip_to<'a>(&mut self, demuxer: &Demuxer, kept: impl Iterator<Item = &'a StreamInfo>) {
        let start = |s: &StreamInfo| s.start_time.map(|at| time::rescale(at, s.time_base, Rational::MICROS));
        if let (true, Some(first), Some(whole)) =
            (demuxer.timestamps_may_jump(), kept.filter_map(start).min(), demuxer.start_time())
        {
            self.origin += (first - whole).max(0);
        }
    }

    /// With `trim="keyframe"`, finds the keyframe of `stream` at or before the beginning. Where the container `hides` what
    /// lies before the beginning, it is kept from there on; otherwise the beginning moves to it, and the end stays.
    /// Returns by how many microseconds it moved.
    pub(super) fn settle(
        &mut self,
        demuxer: &mut Demuxer,
        kept: &[&StreamInfo],
        stream: &StreamInfo,
        hides: bool,
    ) -> Result<i64> {
        if !self.at_keyframe {
            return Ok(0);
        }
        let found = keyframes::last_before(demuxer, kept, stream, self.origin).map_err(|error| error.stage("plan"))?;
        let early = found.map_or(0, |at| self.origin - at);
        if hides {
            self.lead_in = early;
            return Ok(0);
        }
        self.origin -= early;
        self.length = self.length.map(|length| length + early);
        self.remaining = self.remaining.map(|remaining| remaining + early);
        Ok(early)
    }

    /// Whether the start is one that copied streams can have.
    pub(super) fn suits_copies(&self) -> bool {
        !self.cuts_start || self.at_keyframe || self.smart
    }

    /// Where reading begins.
    pub(crate) fn seek_target(&self) -> i64 {
        if self.at_keyframe && !self.hides { self.origin } else { self.origin - self.lead_in - RUN_UP }
    }

    /// The planned duration of the output in seconds.
    pub(crate) fn output_seconds(&self) -> Option<f64> {
        let least = match (self.length, self.remaining) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        least.map(seconds)
    }
}

/// What the output is told of a trimmed stream that is copied, where its container shows exactly the taken part.
pub(super) const HIDDEN: &str = "an edit list hides what lies outside the trim";

#[expect(clippy::cast_precision_loss, reason = "microseconds of a day are exact in a float")]
pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / MICROS
}
