//! Forms: how a JSON value is read into a Rust value and shown again, and what is said when it can't be.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde_json::Value;

use super::Kind;
use crate::error::{Error, ErrorKind};

/// A way to read and to show values. What `show` gives is canonical: `parse` takes it back unchanged.
pub(super) trait Form {
    type Value;
    const KIND: Kind;
    fn parse(value: &Value) -> Result<Self::Value, Wrong>;
    fn show(value: &Self::Value) -> Value;
}

/// Said of a value of another JSON type than any the form takes.
pub(super) const WRONG_TYPE: &str = "is of the wrong type";

/// Why a value was refused. The option's name and the value itself are added by [`Wrong::into_error`].
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) what: &'static str,
    pub(super) expected: Cow<'static, str>,
    pub(super) fix: Cow<'static, str>,
}

impl Wrong {
    pub(super) fn new(
        what: &'static str,
        expected: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { what, expected: expected.into(), fix: fix.into() }
    }

    pub(super) fn into_error(self, name: &str, got: &Value) -> Error {
        let Self { what, expected, fix } = self;
        let got = shown(got);
        Error::new(ErrorKind::InvalidOption, format!("{name} {what}; expected {expected}; got {got}; {fix}"))
    }
}

/// A value for an error text: as JSON, so that a NUL is seen as `\u0000`, and cut where it would fill the screen.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// A value that may be unset, which is null.
pub(super) struct Maybe<F>(PhantomData<F>);

impl<F: Form> Form for Maybe<F> {
    type Value = Option<F::Value>;
    const KIND: Kind = F::KIND;

    fn parse(value: &Value) -> Result<Self::Value, Wrong> {
        if value.is_null() { Ok(None) } else { F::parse(value).map(Some) }
    }

    fn show(value: &Self::Value) -> Value {
        value.as_ref().map_or(Value::Null, F::show)
    }
}

/// True or false, also as the words a command line has for them.
pub(super) struct Flag;

impl Form for Flag {
    type Value = bool;
    const KIND: Kind = Kind::Flag;

    fn parse(value: &Value) -> Result<bool, Wrong> {
        flag(value).ok_or_else(|| {
            let what = if value.is_string() { "is neither true nor false" } else { WRONG_TYPE };
            Wrong::new(what, "true or false", "write true or false")
        })
    }

    fn show(value: &bool) -> Value {
        Value::Bool(*value)
    }
}

/// The truth value that `value` is or spells.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
