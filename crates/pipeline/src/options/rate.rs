//! Frames per second, kept as an exact fraction.

use std::fmt;

use serde_json::Value;

use super::Kind;
use super::form::{Form, WRONG_TYPE, Wrong};

#[cfg(test)]
mod tests;

/// FFmpeg keeps both halves of a fraction in `int`.
const LARGEST: u128 = i32::MAX as u128;
/// Frames per second at most: no container's clock shows more of them apart.
const FASTEST: u128 = 1000;
/// Seconds a frame at most: one a day.
const SLOWEST: u128 = 86_400;
/// A float such as 0.3333333333333333 is taken for the nearest fraction with no larger denominator.
const FINEST: u128 = 1_000_000;

/// Frames per second, more than zero, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// The frames.
    #[must_use]
    pub fn num(self) -> u32 {
        self.num
    }

    /// The seconds that they take.
    #[must_use]
    pub fn den(self) -> u32 {
        self.den
    }

    fn new(num: u128, den: u128) -> Result<Self, &'static str> {
        if den == 0 || num > FASTEST * den || num * SLOWEST < den {
            return Err("is out of range");
        }
        let divisor = gcd(num, den);
        match (u32::try_from(num / divisor), u32::try_from(den / divisor)) {
            (Ok(num), Ok(den)) if u128::from(num.max(den)) <= LARGEST => Ok(Self { num, den }),
            _ => Err("is too fine a fraction"),
        }
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

/// The form of [`FrameRate`]: a number, or text in decimals or as a fraction.
pub(super) struct Rate;

impl Form for Rate {
    type Value = FrameRate;
    const KIND: Kind = Kind::Rate;

    fn parse(value: &Value) -> Result<FrameRate, Wrong> {
        let rate = match value {
            Value::Number(number) => match number.as_f64() {
                Some(number) if !(0.0..=1e9).contains(&number) => Err("is out of range"),
                // The display of a float is its shortest decimal, without an exponent.
                Some(number) => from_decimal(&number.abs().to_string()),
                None => Err("is not a number"),
            },
            Value::String(text) => match text.trim().split_once('/') {
                Some((num, den)) => from_fraction(num, den),
                None => from_decimal(text.trim()),
            },
            _ => Err(WRONG_TYPE),
        };
        rate.map_err(|what| {
            let expected = format!("frames per second from 1/{SLOWEST} to {FASTEST}, as a number or a fraction");
            Wrong::new(what, expected, "write 25, 29.97 or \"30000/1001\"")
        })
    }

    fn show(value: &FrameRate) -> Value {
        Value::from(value.to_string())
    }
}

fn from_fraction(num: &str, den: &str) -> Result<FrameRate, &'static str> {
    FrameRate::new(digits(num.trim())?, digits(den.trim())?)
}

fn from_decimal(text: &str) -> Result<FrameRate, &'static str> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let (num, den) = (digits(&format!("{whole}{part}"))?, power_of_ten(part.len()));
    if let Some(frames) = ntsc(num, den, part.len()) {
        return FrameRate::new(frames * 1000, 1001);
    }
    let (num, den) = if den <= FINEST { (num, den) } else { simplest(num, den) };
    FrameRate::new(num, den)
}

/// So many digits at most, so that every product here stays within 128 bits.
const LONGEST: usize = 27;

fn digits(text: &str) -> Result<u128, &'static str> {
    match text {
        "" => Err("is not a number"),
        _ if text.bytes().any(|byte| !byte.is_ascii_digit()) => Err("is not a number"),
        _ if text.len() > LONGEST => Err("is too fine a fraction"),
        _ => text.parse().map_err(|_| "is not a number"),
    }
}

fn power_of_ten(places: usize) -> u128 {
    (0..places.min(LONGEST)).fold(1, |power, _| power * 10)
}

/// The `frames` of the rate `frames * 1000/1001` that `num/den`, written with so many decimal places, is a rounding of.
/// 23.98, 29.97 and 59.94 are what people write for those rates; with fewer places they could be others.
fn ntsc(num: u128, den: u128, places: usize) -> Option<u128> {
    // More places than these are noise of the float that they came from.
    const TOLD: usize = 6;
    if places < 2 {
        return None;
    }
    let scale = power_of_ten(places.min(TOLD));
    let frames = rounded(num * 1001, den * 1000);
    (frames > 0 && rounded(frames * 1000 * scale, 1001) == rounded(num * scale, den)).then_some(frames)
}

fn rounded(num: u128, den: u128) -> u128 {
    (num + den / 2) / den
}

/// The last convergent of the continued fraction of `num/den` whose denominator is at most [`FINEST`].
fn simplest(mut num: u128, mut den: u128) -> (u128, u128) {
    let (mut before, mut last) = ((0, 1), (1, 0));
    while den > 0 {
        let whole = num / den;
        let next = (whole * last.0 + before.0, whole * last.1 + before.1);
        if next.1 > FINEST {
            break;
        }
        (before, last) = (last, next);
        (num, den) = (den, num % den);
    }
    last
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
