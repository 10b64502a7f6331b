//! Times in seconds.

use serde_json::Value;

use super::Kind;
use super::form::{Form, Wrong};
use super::number;

/// Thirty years: far above any recording, and far below where a float loses the microseconds.
const LONGEST: f64 = 1e9;

/// A time or a length of time: finite, never negative, at most thousand million seconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Seconds(f64);

impl Seconds {
    /// The seconds.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Seconds as a number, or as `hours:minutes:seconds` or `minutes:seconds`.
pub(super) struct Time;

/// The same, and more than nothing.
pub(super) struct Span;

impl Form for Time {
    type Value = Seconds;
    const KIND: Kind = Kind::Time;

    fn parse(value: &Value) -> Result<Seconds, Wrong> {
        parse(value, "0")
    }

    fn show(value: &Seconds) -> Value {
        Value::from(value.0)
    }
}

impl Form for Span {
    type Value = Seconds;
    const KIND: Kind = Kind::Time;

    fn parse(value: &Value) -> Result<Seconds, Wrong> {
        let seconds = parse(value, "more than 0")?;
        if seconds.0 == 0.0 { Err(wrong("is out of range", "more than 0")) } else { Ok(seconds) }
    }

    fn show(value: &Seconds) -> Value {
        Time::show(value)
    }
}

fn wrong(what: &'static str, least: &str) -> Wrong {
    let expected = format!("seconds from {least} to {LONGEST}, as a number or as hours:minutes:seconds");
    Wrong::new(what, expected, "write 62.5, \"1:02.5\" or \"00:01:02.5\" for a minute and two and a half seconds")
}

fn parse(value: &Value, least: &str) -> Result<Seconds, Wrong> {
    let seconds = match value.as_str() {
        Some(text) if text.contains(':') => clock(text.trim()).ok_or("is not a time"),
        _ => number::read(value),
    };
    let seconds = seconds.map_err(|what| wrong(what, least))?;
    if (0.0..=LONGEST).contains(&seconds) {
        Ok(Seconds(seconds + 0.0)) // -0.0 becomes 0.0
    } else {
        Err(wrong("is out of range", least))
    }
}

/// Reads `[hours:]minutes:seconds`. Only the first part may be 60 or more, only the last may have a fraction.
fn clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    let mut seconds = 0.0;
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        let plain = part.bytes().all(|byte| byte.is_ascii_digit() || (last && byte == b'.'));
        let number: f64 = if plain { part.parse().ok()? } else { return None };
        if place > 0 && number >= 60.0 {
            return None;
        }
        seconds = seconds * 60.0 + number;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_from_numbers_and_clocks() {
        for (value, seconds) in [
            (json!(62.5), 62.5),
            (json!(0), 0.0),
            (json!("62.5"), 62.5),
            (json!("1:02"), 62.0),
            (json!("00:01:02.5"), 62.5),
            (json!("100:00:00"), 360_000.0),
            (json!("90:00"), 5400.0),
            (json!(" 1:2 "), 62.0),
            (json!(1e9), 1e9),
        ] {
            assert_eq!(Time::parse(&value).expect("a time").get(), seconds, "{value}");
        }
        assert!(Time::parse(&json!(-0.0)).expect("zero").get().is_sign_positive());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (value, what) in [
            (json!(true), "is of the wrong type"),
            (json!([1]), "is of the wrong type"),
            (json!(""), "is not a number"),
            (json!("ten"), "is not a number"),
            (json!("nan"), "is not a number"),
            (json!("inf"), "is not a number"),
            (json!(":"), "is not a time"),
            (json!("1:"), "is not a time"),
            (json!(":1"), "is not a time"),
            (json!("1:60"), "is not a time"),
            (json!("1:60:00"), "is not a time"),
            (json!("0:00:00:01"), "is not a time"),
            (json!("-1:00"), "is not a time"),
            (json!("1:-1"), "is not a time"),
            (json!("1.5:00"), "is not a time"),
            (json!("1:1e1"), "is not a time"),
            (json!("1:02\u{0}"), "is not a time"),
            (json!("1:0.0.1"), "is not a time"),
            (json!(-1), "is out of range"),
            (json!(-0.001), "is out of range"),
            (json!(1e10), "is out of range"),
            (json!(f64::MAX), "is out of range"),
            (json!(format!("{}:00", "9".repeat(400))), "is out of range"),
        ] {
            assert_eq!(Time::parse(&value).expect_err("refused").what, what, "{value}");
        }
    }

    #[test]
    fn a_span_is_more_than_nothing() {
        assert_eq!(Span::parse(&json!(0.001)).expect("a span").get(), 0.001);
        let wrong = Span::parse(&json!(0)).expect_err("refused");
        assert_eq!(wrong.what, "is out of range");
        assert!(wrong.expected.starts_with("seconds from more than 0 to 1000000000"), "{}", wrong.expected);
    }
}
