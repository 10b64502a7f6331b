//! Which streams of a kind go into the output.

use serde_json::Value;

use super::Kind;
use super::form::{self, Form, WRONG_TYPE, Wrong};
use super::number::Whole;

/// Far above what any file holds.
type Index = Whole<0, 65_535>;

/// The streams of one kind that are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StreamChoice {
    /// All of them.
    All,
    /// None.
    None,
    /// Those with these indices in the input, in this order.
    Indices(Vec<usize>),
    /// Those with this language tag, in lower case.
    Language(String),
}

/// The form of [`StreamChoice`]: true, false, an index, a list of indices (`"0,2"` as text) or a language tag.
pub(super) struct Streams;

impl Form for Streams {
    type Value = StreamChoice;
    const KIND: Kind = Kind::Streams;

    fn parse(value: &Value) -> Result<StreamChoice, Wrong> {
        match value {
            _ if form::flag(value) == Some(true) => Ok(StreamChoice::All),
            _ if form::flag(value) == Some(false) => Ok(StreamChoice::None),
            Value::Array(items) => indices(items),
            Value::String(text) => match language(text.trim()) {
                Some(tag) => Ok(StreamChoice::Language(tag)),
                None => indices(&text.split(',').map(Value::from).collect::<Vec<_>>()),
            },
            Value::Number(_) => indices(std::slice::from_ref(value)),
            _ => Err(wrong(WRONG_TYPE)),
        }
    }

    fn show(value: &StreamChoice) -> Value {
        match value {
            StreamChoice::All => Value::Bool(true),
            StreamChoice::None => Value::Bool(false),
            StreamChoice::Language(tag) => Value::from(tag.as_str()),
            StreamChoice::Indices(indices) => match indices.as_slice() {
                [index] => Value::from(*index),
                several => Value::from(several),
            },
        }
    }
}

fn wrong(what: &'static str) -> Wrong {
    let expected = "true, false, the index of a stream, a list of indices, or a language tag";
    Wrong::new(what, expected, "write 1, [1, 2] or \"eng\", as probe() shows them")
}

fn indices(items: &[Value]) -> Result<StreamChoice, Wrong> {
    let mut indices: Vec<usize> = Vec::new();
    for item in items {
        let index = Index::parse(item).map_err(|fault| {
            let text = item.is_string() && fault.what == "is not a number";
            wrong(if text { "is neither an index nor a language tag" } else { fault.what })
        })?;
        let index = usize::try_from(index).map_err(|_| wrong("is out of range"))?;
        if indices.contains(&index) {
            return Err(wrong("names a stream twice"));
        }
        indices.push(index);
    }
    Ok(if indices.is_empty() { StreamChoice::None } else { StreamChoice::Indices(indices) })
}

/// A tag as in ISO 639 or BCP 47, in lower case: two or three letters, then parts of letters and digits.
fn language(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let first = parts.next()?;
    let primary = (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (primary && rest).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn streams_are_chosen_by_truth_index_and_language() {
        for (value, canonical) in [
            (json!(true), json!(true)),
            (json!("true"), json!(true)),
            (json!(false), json!(false)),
            (json!([]), json!(false)),
            (json!(0), json!(0)),
            (json!("3"), json!(3)),
            (json!([3]), json!(3)),
            (json!([2, 1]), json!([2, 1])),
            (json!("2, 1"), json!([2, 1])),
            (json!("eng"), json!("eng")),
            (json!("EN"), json!("en")),
            (json!("pt-BR"), json!("pt-br")),
        ] {
            let choice = Streams::parse(&value).expect("a choice");
            assert_eq!(Streams::show(&choice), canonical, "{value}");
            assert_eq!(Streams::parse(&canonical).expect("a choice"), choice, "{value}");
        }
    }

    #[test]
    fn what_chooses_no_streams_is_refused() {
        for (value, what) in [
            (json!({"index": 1}), WRONG_TYPE),
            (json!([true]), WRONG_TYPE),
            (json!([[1]]), WRONG_TYPE),
            (json!([null]), WRONG_TYPE),
            (json!(-1), "is out of range"),
            (json!(u64::MAX), "is out of range"),
            (json!([1, 1e300]), "is out of range"),
            (json!(1.5), "is not a whole number"),
            (json!([1, 1]), "names a stream twice"),
            (json!(""), "is neither an index nor a language tag"),
            (json!("english"), "is neither an index nor a language tag"),
            (json!("eng,fra"), "is neither an index nor a language tag"),
            (json!(["eng", "fra"]), "is neither an index nor a language tag"),
            (json!("eng\u{0}"), "is neither an index nor a language tag"),
            (json!("nan-inf--"), "is neither an index nor a language tag"),
        ] {
            assert_eq!(Streams::parse(&value).expect_err("refused").what, what, "{value}");
        }
    }
}
