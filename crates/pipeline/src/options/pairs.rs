//! Names with text: tags of the file, options of the encoder.

use serde_json::Value;

use super::Kind;
use super::form::{self, Form, WRONG_TYPE, Wrong};
use super::text;

/// What becomes of the input's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Metadata {
    /// All are kept.
    #[default]
    Keep,
    /// None is kept.
    Drop,
    /// All are kept but these, which are set, or removed where there is no text.
    Merge(Vec<(String, Option<String>)>),
}

/// The form of [`Metadata`]: false, or an object of text and null.
pub(super) struct Tags;

impl Form for Tags {
    type Value = Metadata;
    const KIND: Kind = Kind::Metadata;

    fn parse(value: &Value) -> Result<Metadata, Wrong> {
        let wrong = |what| {
            let expected = "an object of tags, each with its text or null, or false";
            Wrong::new(
                what,
                expected,
                "write {\"title\": \"text\"} to set a tag, {\"title\": null} to remove it, false to remove all",
            )
        };
        match value {
            Value::Null => Ok(Metadata::Keep),
            Value::Object(tags) if tags.is_empty() => Ok(Metadata::Keep),
            Value::Object(tags) => {
                let tag = |(name, value): (&String, &Value)| {
                    let text = if value.is_null() { None } else { Some(plain(value)?) };
                    Ok((named(name)?, text))
                };
                tags.iter().map(tag).collect::<Result<_, _>>().map(Metadata::Merge).map_err(wrong)
            }
            _ if form::flag(value) == Some(false) => Ok(Metadata::Drop),
            _ => Err(wrong(WRONG_TYPE)),
        }
    }

    fn show(value: &Metadata) -> Value {
        match value {
            Metadata::Keep => Value::Null,
            Metadata::Drop => Value::Bool(false),
            Metadata::Merge(tags) => tags.iter().cloned().collect(),
        }
    }
}

/// Options for an encoder, by its own names. True is 1 and false is 0, as FFmpeg reads both flags and numbers.
pub(super) struct Pairs;

impl Form for Pairs {
    type Value = Vec<(String, String)>;
    const KIND: Kind = Kind::Pairs;

    fn parse(value: &Value) -> Result<Self::Value, Wrong> {
        let wrong = |what| {
            let expected = "an object of names, each with text, a number, true or false";
            Wrong::new(what, expected, "write {\"aq-mode\": \"2\"}")
        };
        let pair = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Bool(flag) => u8::from(*flag).to_string(),
                value => plain(value)?,
            };
            Ok((named(name)?, text))
        };
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Object(pairs) => pairs.iter().map(pair).collect::<Result<_, _>>().map_err(wrong),
            _ => Err(wrong(WRONG_TYPE)),
        }
    }

    fn show(value: &Self::Value) -> Value {
        if value.is_empty() { Value::Null } else { value.iter().cloned().collect() }
    }
}

fn named(name: &str) -> Result<String, &'static str> {
    match text::fault(name) {
        Some("is empty") => Err("has an empty name"),
        Some(_) => Err("has a name with a NUL character"),
        None => Ok(name.to_owned()),
    }
}

/// A value may be empty, unlike a name.
fn plain(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) if text.contains('\0') => Err("holds a NUL character"),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("has a value of the wrong type"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_kept_dropped_or_merged() {
        for (value, canonical) in [
            (json!(null), json!(null)),
            (json!({}), json!(null)),
            (json!(false), json!(false)),
            (json!("false"), json!(false)),
            (json!({"title": "A", "comment": null}), json!({"title": "A", "comment": null})),
            (json!({"date": 2024, "empty": ""}), json!({"date": "2024", "empty": ""})),
        ] {
            let read = Tags::parse(&value).expect("tags");
            assert_eq!(Tags::show(&read), canonical, "{value}");
        }
    }

    #[test]
    fn encoder_options_keep_their_order_and_become_text() {
        let value = json!({"b": true, "a": 1.5, "c": "x", "d": false, "e": -3});
        let pairs = Pairs::parse(&value).expect("pairs");
        let texts: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(texts, [("b", "1"), ("a", "1.5"), ("c", "x"), ("d", "0"), ("e", "-3")]);
        assert_eq!(Pairs::show(&pairs), json!({"b": "1", "a": "1.5", "c": "x", "d": "0", "e": "-3"}));
        assert_eq!(Pairs::show(&Vec::new()), Value::Null);
    }

    #[test]
    fn what_is_no_set_of_names_is_refused() {
        for value in [json!(1), json!("title=A"), json!([["title", "A"]]), json!(true)] {
            assert_eq!(Tags::parse(&value).expect_err("refused").what, WRONG_TYPE, "{value}");
            assert_eq!(Pairs::parse(&value).expect_err("refused").what, WRONG_TYPE, "{value}");
        }
        for (value, what) in [
            (json!({"": "A"}), "has an empty name"),
            (json!({"a\u{0}": "A"}), "has a name with a NUL character"),
            (json!({"a": "A\u{0}"}), "holds a NUL character"),
            (json!({"a": ["A"]}), "has a value of the wrong type"),
        ] {
            assert_eq!(Tags::parse(&value).expect_err("refused").what, what, "{value}");
            assert_eq!(Pairs::parse(&value).expect_err("refused").what, what, "{value}");
        }
        assert!(Tags::parse(&json!({"a": true})).is_err());
        assert!(Pairs::parse(&json!({"a": null})).is_err());
        assert!(Pairs::parse(&json!(false)).is_err());
    }
}
