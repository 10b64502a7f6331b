//! Text.

use serde_json::Value;

use super::Kind;
use super::form::{Form, WRONG_TYPE, Wrong};

/// What is wrong with a text that names something, if anything: FFmpeg's strings end at a NUL.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.contains('\0') {
        Some("holds a NUL character")
    } else {
        None
    }
}

/// Text that is not empty.
pub(super) struct Text;

impl Form for Text {
    type Value = String;
    const KIND: Kind = Kind::Text;

    fn parse(value: &Value) -> Result<String, Wrong> {
        let text = value.as_str().ok_or(WRONG_TYPE);
        let text = text.and_then(|text| fault(text).map_or(Ok(text), Err));
        let wrong = |what| Wrong::new(what, "text of at least one character", "write a text, or leave the option out");
        text.map(str::to_owned).map_err(wrong)
    }

    fn show(value: &String) -> Value {
        Value::from(value.as_str())
    }
}

/// Text that some encoders want as a number: `level=4.1`, `preset=8`.
pub(super) struct Word;

impl Form for Word {
    type Value = String;
    const KIND: Kind = Kind::Text;

    fn parse(value: &Value) -> Result<String, Wrong> {
        match value {
            Value::Number(number) => Ok(number.to_string()),
            _ => Text::parse(value),
        }
    }

    fn show(value: &String) -> Value {
        Value::from(value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_kept_as_it_is() {
        assert_eq!(Text::parse(&json!(" scale=640:-2 ")).expect("text"), " scale=640:-2 ");
    }

    #[test]
    fn a_word_may_be_a_number() {
        for (value, word) in [(json!("slow"), "slow"), (json!(4.1), "4.1"), (json!(8), "8"), (json!(-2), "-2")] {
            assert_eq!(Word::parse(&value).expect("a word"), word);
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (value, what) in [
            (json!(""), "is empty"),
            (json!(" \t"), "is empty"),
            (json!("mp4\u{0}"), "holds a NUL character"),
            (json!(true), WRONG_TYPE),
            (json!(["mp4"]), WRONG_TYPE),
        ] {
            assert_eq!(Text::parse(&value).expect_err("refused").what, what, "{value}");
            assert_eq!(Word::parse(&value).expect_err("refused").what, what, "{value}");
        }
        assert_eq!(Text::parse(&json!(4)).expect_err("refused").what, WRONG_TYPE);
    }
}
