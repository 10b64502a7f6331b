//! Bits per second.

use serde_json::Value;

use super::Kind;
use super::form::{Form, Wrong};
use super::number;

/// FFmpeg keeps the rates of its rate control in `int`.
pub(super) const MAX: u32 = i32::MAX as u32;

/// Bits per second as a number, or as text with `k`, `M` or `G` for thousands, millions and thousands of millions.
pub(super) struct Bitrate;

impl Form for Bitrate {
    type Value = u32;
    const KIND: Kind = Kind::Bitrate;

    fn parse(value: &Value) -> Result<u32, Wrong> {
        let wrong = |what| {
            let expected = format!("bits per second from 1 to {MAX}, as a number or with k, M or G");
            Wrong::new(what, expected, "write 2000000, \"2000k\" or \"2M\" for two million")
        };
        let (number, scale) = match value.as_str().and_then(scaled) {
            Some((digits, scale)) => (number::read(&digits.into()), scale),
            None => (number::read(value), 1.0),
        };
        let number = number.map_err(wrong)?;
        // The product of a decimal fraction is seldom whole to the last bit: 1.1 x 1000000 is not.
        let bits = if scale == 1.0 { number } else { (number * scale).round() };
        if !(1.0..=f64::from(MAX)).contains(&bits) {
            return Err(wrong("is out of range"));
        }
        number::to_u32(bits).ok_or_else(|| wrong("is not a whole number of bits"))
    }

    fn show(value: &u32) -> Value {
        Value::from(*value)
    }
}

/// The digits before a unit, and what the unit stands for.
fn scaled(text: &str) -> Option<(&str, f64)> {
    let text = text.trim();
    [('k', 1e3), ('K', 1e3), ('m', 1e6), ('M', 1e6), ('g', 1e9), ('G', 1e9)]
        .into_iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bitrates_are_read_with_and_without_units() {
        for (value, bits) in [
            (json!(2_000_000), 2_000_000),
            (json!(2e6), 2_000_000),
            (json!("2000000"), 2_000_000),
            (json!("2M"), 2_000_000),
            (json!("2m"), 2_000_000),
            (json!(" 128k "), 128_000),
            (json!("128K"), 128_000),
            (json!("1.1M"), 1_100_000),
            (json!("0.5 M"), 500_000),
            (json!("2G"), 2_000_000_000),
            (json!(MAX), MAX),
        ] {
            assert_eq!(Bitrate::parse(&value).expect("a bitrate"), bits, "{value}");
        }
    }

    #[test]
    fn what_is_no_bitrate_is_refused() {
        for (value, what) in [
            (json!(true), "is of the wrong type"),
            (json!(["2M"]), "is of the wrong type"),
            (json!(""), "is not a number"),
            (json!("M"), "is not a number"),
            (json!("2MB"), "is not a number"),
            (json!("2Mk"), "is not a number"),
            (json!("2M\u{0}"), "is not a number"),
            (json!("nan"), "is not a number"),
            (json!("infk"), "is not a number"),
            (json!(0), "is out of range"),
            (json!("0.0001k"), "is out of range"),
            (json!(-1), "is out of range"),
            (json!("-2M"), "is out of range"),
            (json!("3G"), "is out of range"),
            (json!(u64::MAX), "is out of range"),
            (json!("1e308G"), "is out of range"),
            (json!(1.5), "is not a whole number of bits"),
        ] {
            assert_eq!(Bitrate::parse(&value).expect_err("refused").what, what, "{value}");
        }
    }
}
