//! Numbers within bounds that the row states.

use serde_json::Value;

use super::Kind;
use super::form::{Form, WRONG_TYPE, Wrong};

/// The finite number that a JSON value is, or spells in digits; otherwise what is wrong with it.
pub(super) fn read(value: &Value) -> Result<f64, &'static str> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        // Rust would read "nan" and "infinity" too.
        Value::String(text)
            if !text.bytes().any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e')) =>
        {
            text.trim().parse().ok()
        }
        Value::String(_) => None,
        _ => return Err(WRONG_TYPE),
    };
    number.filter(|number: &f64| number.is_finite()).ok_or("is not a number")
}

/// `number` as a `u32`, if it is one.
pub(super) fn to_u32(number: f64) -> Option<u32> {
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number within u32, as just seen"
    )]
    fits.then_some(number as u32)
}

/// A whole number from `MIN` to `MAX`. A float without a fraction, such as `2e6`, is one.
pub(super) struct Whole<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> Form for Whole<MIN, MAX> {
    type Value = u32;
    const KIND: Kind = Kind::Integer;

    fn parse(value: &Value) -> Result<u32, Wrong> {
        let expected = || format!("a whole number from {MIN} to {MAX}");
        let number =
            read(value).map_err(|what| Wrong::new(what, expected(), format!("write it in digits, such as {MIN}")))?;
        let nearest = number.round().clamp(f64::from(MIN), f64::from(MAX));
        let fix = || format!("the nearest is {nearest}");
        if number.fract() != 0.0 {
            return Err(Wrong::new("is not a whole number", expected(), fix()));
        }
        let whole = to_u32(number).filter(|whole| (MIN..=MAX).contains(whole));
        whole.ok_or_else(|| Wrong::new("is out of range", expected(), fix()))
    }

    fn show(value: &u32) -> Value {
        Value::from(*value)
    }
}

/// A number from `MIN` to `MAX`, with or without a fraction.
pub(super) struct Real<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> Form for Real<MIN, MAX> {
    type Value = f64;
    const KIND: Kind = Kind::Number;

    fn parse(value: &Value) -> Result<f64, Wrong> {
        let expected = || format!("a number from {MIN} to {MAX}");
        let number =
            read(value).map_err(|what| Wrong::new(what, expected(), format!("write it in digits, such as {MIN}")))?;
        let nearest = number.clamp(f64::from(MIN), f64::from(MAX));
        if number == nearest {
            Ok(number + 0.0) // -0.0 becomes 0.0, which prints as the same thing that it equals
        } else {
            Err(Wrong::new("is out of range", expected(), format!("the nearest is {nearest}")))
        }
    }

    fn show(value: &f64) -> Value {
        Value::from(*value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Channels = Whole<1, 64>;

    #[test]
    fn whole_numbers_are_read_from_all_that_spells_them() {
        for value in [json!(2), json!(2.0), json!("2"), json!(" 2 "), json!("2.0"), json!("0.2e1")] {
            assert_eq!(Channels::parse(&value).expect("a two"), 2, "{value}");
        }
        assert_eq!(Whole::<0, { u32::MAX }>::parse(&json!(u32::MAX)).expect("the largest"), u32::MAX);
    }

    #[test]
    fn what_is_no_whole_number_is_refused() {
        for (value, what) in [
            (json!(true), WRONG_TYPE),
            (json!([2]), WRONG_TYPE),
            (json!({"a": 1}), WRONG_TYPE),
            (json!(""), "is not a number"),
            (json!("two"), "is not a number"),
            (json!("2\u{0}"), "is not a number"),
            (json!("nan"), "is not a number"),
            (json!("-inf"), "is not a number"),
            (json!("1e999"), "is not a number"),
            (json!(2.5), "is not a whole number"),
            (json!(0), "is out of range"),
            (json!(65), "is out of range"),
            (json!(-1), "is out of range"),
            (json!(i64::MIN), "is out of range"),
            (json!(u64::MAX), "is out of range"),
            (json!(f64::MAX), "is out of range"),
            (json!("99999999999999999999999999"), "is out of range"),
        ] {
            assert_eq!(Channels::parse(&value).expect_err("refused").what, what, "{value}");
        }
    }

    #[test]
    fn the_fix_is_the_nearest_number_allowed() {
        for (value, fix) in
            [(json!(65), "the nearest is 64"), (json!(-7), "the nearest is 1"), (json!(5.6), "the nearest is 6")]
        {
            assert_eq!(Channels::parse(&value).expect_err("refused").fix, fix);
        }
    }

    #[test]
    fn real_numbers_keep_their_fraction_and_lose_a_negative_zero() {
        type Crf = Real<0, 255>;
        assert_eq!(Crf::parse(&json!("23.5")).expect("a number"), 23.5);
        assert!(Crf::parse(&json!(-0.0)).expect("zero").is_sign_positive());
        assert_eq!(Crf::parse(&json!(-0.5)).expect_err("refused").what, "is out of range");
        assert_eq!(Crf::parse(&json!("NaN")).expect_err("refused").what, "is not a number");
        assert_eq!(Crf::parse(&json!(false)).expect_err("refused").what, WRONG_TYPE);
    }
}
