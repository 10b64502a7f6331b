//! Plain values across the border: one conversion each way, between JSON's types and Python's.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde::Serialize;
use serde_json::{Map, Number, Value};
use transcode_pipeline::ErrorKind;

use crate::errors::Failure;

/// No option nests deeper than a list in a dict; a list that holds itself must still end.
const DEEPEST: usize = 16;

/// Any report of the pipeline as plain Python.
pub(crate) fn report<'py>(py: Python<'py>, report: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let value = serde_json::to_value(report)
        .map_err(|error| Failure::new(ErrorKind::Bug, format!("a report cannot be written as JSON: {error}")))?;
    to_python(py, &value)
}

pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(flag) => flag.into_bound_py_any(py),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into_bound_py_any(py),
            (None, Some(whole)) => whole.into_bound_py_any(py),
            (None, None) => number.as_f64().into_bound_py_any(py),
        },
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, field) in fields {
                dict.set_item(name, to_python(py, field)?)?;
            }
            Ok(dict.into_any())
        }
    }
}

/// The fields of a Python mapping; `what` names it in errors.
pub(crate) fn map_from_python(what: &str, mapping: &Bound<'_, PyMapping>) -> PyResult<Map<String, Value>> {
    map_at(what, mapping, 0)
}

/// One Python value; `what` names it in errors.
pub(crate) fn from_python(what: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    value_at(what, value, 0)
}

fn value_at(what: &str, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > DEEPEST {
        return Err(refused(what, "a value of a few levels", "one nested without end", "pass a plain value"));
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    // bool before int: Python's bool is an int.
    if value.is_instance_of::<PyBool>() {
        return Ok(Value::Bool(value.extract()?));
    }
    if value.is_instance_of::<PyInt>() {
        return integer(what, value);
    }
    if value.is_instance_of::<PyFloat>() {
        return float(what, value.extract()?);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return string(what, text).map(Value::String);
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        return map_at(what, mapping, depth + 1).map(Value::Object);
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return value
            .try_iter()?
            .map(|item| value_at(what, &item?, depth + 1))
            .collect::<PyResult<Vec<_>>>()
            .map(Value::Array);
    }
    let class = value.get_type().qualname()?;
    Err(refused(
        what,
        "a plain value (str, int, float, bool, None, list, dict)",
        &format!("a {class}"),
        "convert it first",
    ))
}

fn map_at(what: &str, mapping: &Bound<'_, PyMapping>, depth: usize) -> PyResult<Map<String, Value>> {
    let mut fields = Map::new();
    for item in mapping.items()? {
        let (key, field): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let Ok(key) = key.cast::<PyString>() else {
            let class = key.get_type().qualname()?;
            return Err(refused(what, "keys of type str", &format!("a key of type {class}"), "write the keys as text"));
        };
        let key = string(what, key)?;
        let field = value_at(if depth == 0 { &key } else { what }, &field, depth)?;
        fields.insert(key, field);
    }
    Ok(fields)
}

fn integer(what: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(whole) = value.extract::<i64>() {
        return Ok(Value::from(whole));
    }
    if let Ok(whole) = value.extract::<u64>() {
        return Ok(Value::from(whole));
    }
    Err(refused(what, "a number of at most 64 bits", "a larger one", "check the number's unit"))
}

fn float(what: &str, value: f64) -> PyResult<Value> {
    Number::from_f64(value)
        .map(Value::Number)
        .ok_or_else(|| refused(what, "a finite number", &value.to_string(), "leave the option out to use its default"))
}

fn string(what: &str, text: &Bound<'_, PyString>) -> PyResult<String> {
    text.to_cow().map(std::borrow::Cow::into_owned).map_err(|_| {
        let shown = text.repr().map_or_else(|_| "other text".to_owned(), |shown| shown.to_string());
        refused(what, "valid Unicode text", &shown, "decode the text with its real encoding")
    })
}

fn refused(what: &str, expected: &str, got: &str, fix: &str) -> PyErr {
    Failure::new(ErrorKind::InvalidOption, format!("{what}; expected {expected}; got {got}; {fix}")).into()
}
