//! Pictures get times that the encoder takes: rising ones, or those of a constant rate.

use std::cmp::Ordering;

use transcode_av::{Frame, Rational, time};

use super::Lane;
use crate::error::Error;
use crate::shared::Tally;
use crate::stage::{Flow, Sink, Stage, Stop};

/// Moves times from the filter graph's time base into the encoder's.
pub(crate) struct Retime {
    lane: Lane,
    from: Rational,
    to: Rational,
    /// Whether frames are doubled and left out so that there is exactly one in each tick of `to`.
    constant: bool,
    allows_equal: bool,
    last: Option<i64>,
    /// With a constant rate, the frame that is shown until the next one comes.
    held: Option<(i64, Frame)>,
    released: bool,
    moved: Tally,
}

impl Retime {
    pub(crate) fn new(lane: Lane, from: Rational, to: Rational, constant: bool, allows_equal: bool) -> Self {
        Self {
            lane,
            from,
            to,
            constant,
            allows_equal,
            last: None,
            held: None,
            released: false,
            moved: Tally::default(),
        }
    }

    /// Every frame keeps its time; one that does not rise is moved to the next tick.
    fn keep(&mut self, mut frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        let duration = time::rescale(frame.duration(), self.from, self.to);
        let at = time::rescale(frame.pts().unwrap_or(0), self.from, self.to);
        let least = self.last.map(|last| if self.allows_equal { last } else { last + 1 });
        let moved = least.filter(|least| at < *least);
        if moved.is_some() {
            self.moved.add(|| format!("at {:.3} s", self.to.seconds(at)));
        }
        let at = moved.unwrap_or(at);
        self.last = Some(at);
        frame.set_pts(Some(at));
        frame.set_duration(duration);
        out.accept(frame)
    }

    /// One frame a tick: each tick shows the newest frame whose time rounds to it or before it.
    fn pace(&mut self, frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        let at = time::rescale(frame.pts().unwrap_or(0), self.from, self.to);
        match &self.held {
            None => {}
            Some((held, _)) => match at.cmp(held) {
                Ordering::Greater => self.release(at, out)?,
                // Two frames in one tick: the later one is seen.
                Ordering::Equal => self.lane.shared.counters.dropped.add(1),
                Ordering::Less => {
                    self.lane.shared.counters.dropped.add(1);
                    return Ok(());
                }
            },
        }
        self.held = Some((at, frame));
        Ok(())
    }

    /// Shows the held frame in every tick before `until`.
    fn release(&mut self, until: i64, out: &mut dyn Sink<Frame>) -> Flow {
        let Some((from, frame)) = self.held.take() else { return Ok(()) };
        for tick in from..until {
            self.lane.shared.check()?;
            let shown = frame.try_clone().map_err(|error| Stop::Failed(Error::from(error).stage("filter")));
            let mut shown = shown?;
            shown.set_pts(Some(tick));
            shown.set_duration(1);
            self.lane.shared.counters.duplicated.add(u64::from(tick > from));
            self.released = true;
            out.accept(shown)?;
        }
        Ok(())
    }
}

impl Stage for Retime {
    type In = Frame;
    type Out = Frame;

    fn push(&mut self, frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        if self.constant { self.pace(frame, out) } else { self.keep(frame, out) }
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        if let Some((at, frame)) = &self.held {
            // The last frame is shown as long as it says. Where that rounds to nothing it is left out, unless it is
            // the only one.
            let end = frame.pts().unwrap_or(0) + frame.duration();
            let until = time::rescale(end, self.from, self.to).max(*at + i64::from(!self.released));
            self.lane.shared.counters.dropped.add(u64::from(until <= *at));
            self.release(until, out)?;
        }
        if let Some(warning) = self.moved.report(self.lane.input, "frames whose time did not rise, moved on by a tick")
        {
            self.lane.shared.warn(warning);
        }
        Ok(())
    }
}
