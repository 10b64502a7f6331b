//! Sound that is encoded has no gaps and no overlaps: silence fills the one, the other is cut.

use std::collections::VecDeque;

use transcode_av::{Frame, Rational, time};

use super::Lane;
use super::sound_clock::{Begin, SoundClock};
use crate::error::{Error, ErrorKind};
use crate::stage::{Flow, Sink, Stage, Stop};

/// Blocks that are looked at before one is put out, to tell a gap from a time that only wobbles.
const LOOK_AHEAD: usize = 8;

/// Seconds of the longest gap in sound that is read into memory; times that jump further are most often damaged.
const LONGEST_GAP: i64 = 3600;

/// What was changed, said once at the end.
#[derive(Debug, Default)]
struct Changes {
    count: u64,
    samples: i64,
    first: Option<f64>,
}

impl Changes {
    fn add(&mut self, samples: i64, at: f64) {
        self.count += 1;
        self.samples += samples;
        self.first.get_or_insert(at);
    }

    fn report(&self, lane: &Lane, what: &str, rate: u32) {
        let Some(first) = self.first else { return };
        let seconds = Rational::new(1, rate.cast_signed()).seconds(self.samples);
        let (stream, count) = (lane.input, self.count);
        lane.shared.warn(format!("stream {stream}: {what}: {count} ({seconds:.3} s in all, first at {first:.3} s)"));
    }
}

/// Makes one stream of sound continuous. Frames come with times in the stream's time base or without; they leave
/// with times that count samples.
pub(crate) struct Gapless {
    lane: Lane,
    base: Rational,
    begin: Begin,
    clock: Option<SoundClock>,
    rate: u32,
    pending: VecDeque<Frame>,
    is_bounded: bool,
    filled: Changes,
    cut: Changes,
}

impl Gapless {
    pub(crate) fn new(lane: Lane, base: Rational, begin: Begin) -> Self {
        let (filled, cut) = (Changes::default(), Changes::default());
        let pending = VecDeque::new();
        Self { lane, base, begin, clock: None, rate: 0, pending, is_bounded: false, filled, cut }
    }

    /// The same, but a gap of an hour or more is an error.
    pub(crate) fn bounded(self) -> Self {
        Self { is_bounded: true, ..self }
    }

    fn sample(&self) -> Rational {
        Rational::new(1, self.rate.cast_signed())
    }

    /// Sound of another rate: the count goes on in its samples.
    fn change_rate(&mut self, rate: u32, out: &mut dyn Sink<Frame>) -> Flow {
        while !self.pending.is_empty() {
            self.release(out)?;
        }
        if let Some(clock) = self.clock.take() {
            let next = time::rescale(clock.now(), self.sample(), Rational::new(1, rate.cast_signed()));
            self.clock = Some(SoundClock::new(next, self.base, rate));
        }
        self.rate = rate;
        Ok(())
    }

    /// Puts out the oldest block.
    fn release(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        let (base, sample) = (self.base, self.sample());
        let said = |frame: &Frame| frame.pts().map(|at| time::rescale(at, base, sample));
        let begins = self.clock.is_none();
        let mut clock = self.clock.take().unwrap_or_else(|| {
            let first = self.pending.front().and_then(said).unwrap_or(0);
            SoundClock::new(self.begin.sample(first, self.rate), base, self.rate)
        });
        let missing = if begins {
            // Not a gap: what the container needs in front, or cannot hold.
            self.pending.front().and_then(said).map_or(0, |at| at - clock.now())
        } else {
            clock.missing(self.pending.iter().map(|frame| (said(frame), i64::from(frame.samples()))))
        };
        let Some(mut frame) = self.pending.pop_front() else { return Ok(()) };
        let at = clock.now();
        if missing > 0 {
            if !begins && !self.lane.is_before(at) {
                self.filled.add(missing, sample.seconds(at));
            }
            self.fill(&frame, at, missing, out)?;
            clock.advance(missing);
        } else if missing < 0 {
            let cut = missing.saturating_neg().min(i64::from(frame.samples()));
            if !begins && !self.lane.is_before(at) {
                self.cut.add(cut, sample.seconds(at));
            }
            if cut == i64::from(frame.samples()) {
                self.clock = (!begins).then_some(clock);
                return Ok(());
            }
            frame.drop_front(u32::try_from(cut).unwrap_or(0));
        }
        frame.set_pts(Some(clock.now()));
        clock.advance(i64::from(frame.samples()));
        self.clock = Some(clock);
        out.accept(frame)
    }

    /// Puts out silence, a second at a time.
    fn fill(&self, like: &Frame, mut at: i64, mut samples: i64, out: &mut dyn Sink<Frame>) -> Flow {
        if self.is_bounded && samples / i64::from(self.rate) >= LONGEST_GAP {
            let seconds = |samples| self.sample().seconds(samples);
            let message = format!(
                "the sound has a gap of {:.3} s at {:.3} s; expected less than {LONGEST_GAP} s; got times that may be \
                 damaged; pass fill_gaps=False to read what is there",
                seconds(samples),
                seconds(at)
            );
            return Err(Error::new(ErrorKind::Limit, message).stage("decode").stream(self.lane.input).into());
        }
        while samples > 0 {
            self.lane.shared.check()?;
            if self.lane.is_after(at, self.sample()) {
                return Ok(());
            }
            let now = u32::try_from(samples).unwrap_or(u32::MAX).min(self.rate);
            let silence = like.silence(now).map_err(|error| Error::from(error).stage("decode"));
            let mut silence = silence.map_err(Stop::Failed)?;
            silence.set_pts(Some(at));
            out.accept(silence)?;
            (at, samples) = (at + i64::from(now), samples - i64::from(now));
        }
        Ok(())
    }
}

impl Stage for Gapless {
    type In = Frame;
    type Out = Frame;

    fn push(&mut self, frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        self.lane.shared.check()?;
        if frame.samples() == 0 || frame.sample_rate() == 0 {
            return Ok(());
        }
        if frame.sample_rate() != self.rate {
            self.change_rate(frame.sample_rate(), out)?;
        }
        self.pending.push_back(frame);
        if self.pending.len() > LOOK_AHEAD { self.release(out) } else { Ok(()) }
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        while !self.pending.is_empty() {
            self.release(out)?;
        }
        self.filled.report(&self.lane, "gaps in its sound, filled with silence", self.rate);
        self.cut.report(&self.lane, "overlaps in its sound, cut", self.rate);
        Ok(())
    }
}
