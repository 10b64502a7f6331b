//! Exact rational time.

use std::cmp::Ordering;

use ffmpeg_sys_next as ffi;

/// A rational number: a time base (seconds a tick), a frame rate or an aspect ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rational {
    /// Numerator.
    pub num: i32,
    /// Denominator.
    pub den: i32,
}

impl Rational {
    /// FFmpeg's `AV_TIME_BASE`: microseconds.
    pub const MICROS: Self = Self { num: 1, den: 1_000_000 };

    /// `num / den`, as given.
    pub const fn new(num: i32, den: i32) -> Self {
        Self { num, den }
    }

    /// Itself, where it is a positive number.
    pub fn positive(self) -> Option<Self> {
        (self.num > 0 && self.den > 0).then_some(self)
    }

    /// The nearest fraction of which both parts are at most `most`.
    #[must_use]
    pub fn within(self, most: i32) -> Self {
        let (mut num, mut den) = (0, 1);
        // SAFETY: writes two integers of ours.
        unsafe {
            ffi::av_reduce(&raw mut num, &raw mut den, self.num.into(), self.den.into(), most.into());
        }
        Self::new(num, den)
    }

    /// `den / num`.
    #[must_use]
    pub const fn invert(self) -> Self {
        Self { num: self.den, den: self.num }
    }

    /// The nearest `f64`.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// `ticks` of this time base in seconds.
    #[expect(clippy::cast_precision_loss, reason = "a timestamp in seconds is a float in every public place")]
    pub fn seconds(self, ticks: i64) -> f64 {
        ticks as f64 * f64::from(self.num) / f64::from(self.den)
    }

    /// `seconds` in ticks of this time base, to the nearest; saturates.
    #[expect(clippy::cast_possible_truncation, reason = "a float to integer cast saturates, as documented")]
    pub fn ticks(self, seconds: f64) -> i64 {
        (seconds * f64::from(self.den) / f64::from(self.num)).round() as i64
    }

    pub(crate) const fn from_ffi(r: ffi::AVRational) -> Self {
        Self { num: r.num, den: r.den }
    }

    pub(crate) const fn to_ffi(self) -> ffi::AVRational {
        ffi::AVRational { num: self.num, den: self.den }
    }
}

/// `ticks` of `from` in ticks of `to`, to the nearest, halves away from zero; exact in 128 bits, saturating.
pub fn rescale(ticks: i64, from: Rational, to: Rational) -> i64 {
    let num = i128::from(ticks) * i128::from(from.num) * i128::from(to.den);
    let den = i128::from(from.den) * i128::from(to.num);
    let half = den / 2;
    let rounded = if num >= 0 { (num + half) / den } else { (num - half) / den };
    i64::try_from(rounded).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
}

/// Compares two timestamps of different time bases exactly.
pub fn compare(a: i64, a_base: Rational, b: i64, b_base: Rational) -> Ordering {
    let left = i128::from(a) * i128::from(a_base.num) * i128::from(b_base.den);
    let right = i128::from(b) * i128::from(b_base.num) * i128::from(a_base.den);
    left.cmp(&right)
}

/// A timestamp of FFmpeg, whose `AV_NOPTS_VALUE` means none.
pub(crate) fn known(ticks: i64) -> Option<i64> {
    (ticks != ffi::AV_NOPTS_VALUE).then_some(ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rescaling_rounds_to_the_nearest_and_back() {
        let ms = Rational::new(1, 1000);
        let ntsc = Rational::new(1001, 30000);
        assert_eq!(rescale(1, ntsc, ms), 33);
        assert_eq!(rescale(-1, ntsc, ms), -33);
        assert_eq!(rescale(15, Rational::new(1, 10_000), ms), 2);
        assert_eq!(rescale(-15, Rational::new(1, 10_000), ms), -2);
        assert_eq!(rescale(i64::MAX, Rational::new(1, 1), ms), i64::MAX);
        for frame in [0, 1, 7, 1000, 86_400 * 30] {
            assert_eq!(rescale(rescale(frame, ntsc, Rational::new(1, 90_000)), Rational::new(1, 90_000), ntsc), frame);
        }
    }

    #[test]
    fn comparing_is_exact_where_floats_are_not() {
        let a = Rational::new(1, 3);
        assert_eq!(compare(1, a, 333_333, Rational::MICROS), Ordering::Greater);
        assert_eq!(compare(3, a, 1_000_000, Rational::MICROS), Ordering::Equal);
    }
}
