//! When each picture is shown.

use transcode_av::{Rational, time};

use crate::error::{Error, ErrorKind, Result};
use crate::options::FrameRate;

/// Ticks a second, at least, where pictures come with times: those of transport streams.
const FINE: i32 = 90_000;

/// A day of a hundred years, more or less: a time beyond is a mistake, in milliseconds perhaps.
const LATEST: f64 = 1e9;

/// Gives pictures their ticks.
#[derive(Debug)]
pub(super) struct Clock {
    base: Rational,
    rate: Option<Rational>,
    /// Ticks of a picture at the rate.
    step: i64,
    timed: bool,
    last: Option<i64>,
}

/// When a picture is shown, and for how long, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: i64,
    pub(super) duration: i64,
}

impl Clock {
    pub(super) fn new(rate: Option<FrameRate>, timed: bool) -> Result<Self> {
        let rate = rate.map(|rate| Rational::new(rate.num().cast_signed(), rate.den().cast_signed()));
        let base = match rate {
            None if timed => Rational::new(1, FINE),
            None => {
                let message = "fps; expected frames a second, or pts= with every frame; got neither; pass fps=30";
                return Err(Error::new(ErrorKind::InvalidOption, message));
            }
            Some(rate) if !timed => rate.invert(),
            // A whole number of them is a frame, so that times that follow the rate are exact.
            Some(rate) => Rational::new(1, rate.num.saturating_mul((FINE / rate.num).max(1))),
        };
        let step = rate.map_or(0, |rate| time::rescale(1, rate.invert(), base));
        Ok(Self { base, rate, step, timed, last: None })
    }

    pub(super) fn base(&self) -> Rational {
        self.base
    }

    pub(super) fn rate(&self) -> Option<Rational> {
        self.rate
    }

    /// The moment of the next picture; `seconds` is the time that it comes with.
    pub(super) fn next(&self, seconds: Option<f64>) -> Result<Moment> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidOption, message));
        let Some(seconds) = seconds else {
            if self.timed {
                return refuse(
                    "pts; expected a time, since the first frame had one; got none; pass pts= with every frame, or \
                     with none"
                        .to_owned(),
                );
            }
            return Ok(Moment { at: self.last.map_or(0, |last| last + self.step), duration: self.step });
        };
        if !self.timed {
            return refuse(format!(
                "pts; expected none, since the first frame had none; got {seconds}; pass pts= with every frame, or with \
                 none"
            ));
        }
        if !(0.0..=LATEST).contains(&seconds) {
            return refuse(format!("pts; expected seconds from 0 on; got {seconds}; count from the first frame"));
        }
        let at = self.base.ticks(seconds);
        match self.last {
            Some(last) if at <= last => refuse(format!(
                "pts does not rise; expected more than the {:.6} s of the frame before; got {seconds}; write frames in the \
                 order they are shown",
                self.base.seconds(last)
            )),
            // How long the last one is shown nobody says: as long as the others, or as the one before.
            Some(last) => Ok(Moment { at, duration: if self.step > 0 { self.step } else { at - last } }),
            None => Ok(Moment { at, duration: self.step }),
        }
    }

    /// A picture of that moment was taken.
    pub(super) fn took(&mut self, at: i64) {
        self.last = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn rate(text: &str) -> FrameRate {
        let values = serde_json::json!({ "fps": text });
        let options = Options::from_values(values.as_object().expect("an object"));
        options.expect("a rate").fps.expect("it is set")
    }

    #[test]
    fn a_rate_counts_frames() {
        let mut clock = Clock::new(Some(rate("30000/1001")), false).expect("a rate is enough");
        assert_eq!(clock.base(), Rational::new(1001, 30000));
        for at in 0..3 {
            assert_eq!(clock.next(None), Ok(Moment { at, duration: 1 }));
            clock.took(at);
        }
        assert!(clock.next(Some(7.0)).is_err());
    }

    #[test]
    fn times_are_exact_at_the_rate_and_must_rise() {
        for fps in ["30000/1001", "24", "25/2", "1/3", "1000"] {
            let mut clock = Clock::new(Some(rate(fps)), true).expect("a rate is enough");
            assert!(f64::from(clock.base().den) >= f64::from(FINE) / 2.0, "{fps}: {:?}", clock.base());
            let frame = clock.rate().expect("it is set").invert();
            for n in [0, 1, 2, 500] {
                let moment = clock.next(Some(frame.seconds(n))).expect("it rises");
                assert_eq!(time::compare(moment.at, clock.base(), n, frame), std::cmp::Ordering::Equal, "{fps}: {n}");
                clock.took(moment.at);
            }
            assert!(clock.next(Some(frame.seconds(500))).is_err());
            assert!(clock.next(None).is_err());
        }
    }

    #[test]
    fn without_a_rate_the_last_frame_is_shown_as_long_as_the_one_before() {
        assert!(Clock::new(None, false).is_err());
        let mut clock = Clock::new(None, true).expect("times are enough");
        clock.took(clock.next(Some(0.5)).expect("the first").at);
        assert_eq!(clock.next(Some(0.75)), Ok(Moment { at: 67_500, duration: 22_500 }));
        for wrong in [f64::NAN, f64::INFINITY, -1.0, 1e10] {
            assert!(clock.next(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
