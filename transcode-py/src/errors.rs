//! The one way from an error of the pipeline to a Python exception.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, thread};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use transcode_pipeline::{Error, ErrorKind};

/// An error on its way to Python. It exists because neither end is ours to connect directly.
pub(crate) struct Failure(pub(crate) Error);

impl Failure {
    /// An error found by the binding itself.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Error::new(kind, message))
    }

    /// The system gives no thread for `whom`.
    pub(crate) fn no_thread(error: &io::Error, whom: &str, fix: &str) -> Self {
        let message = format!("the system refused a thread; expected one for the {whom}; got {error}; {fix}");
        let mut failure = Self::new(ErrorKind::Io, message);
        failure.0.os_code = error.raw_os_error();
        failure
    }

    /// A panic is a fault of ours and never the end of the interpreter.
    pub(crate) fn from_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Self::new(
            ErrorKind::Bug,
            format!("this is a bug in transcode_py: it panicked: {text}; please report it with the input's probe()"),
        )
    }
}

/// Does some work; a panic is kept from crossing.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Failure> {
    flat(catch_unwind(AssertUnwindSafe(work)))
}

/// The outcome of work that may have panicked.
pub(crate) fn flat<T>(outcome: thread::Result<Result<T, Error>>) -> Result<T, Failure> {
    match outcome {
        Ok(done) => done.map_err(Failure),
        Err(payload) => Err(Failure::from_panic(&*payload)),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Failure> for PyErr {
    fn from(Failure(error): Failure) -> Self {
        Python::attach(|py| exception(py, error).unwrap_or_else(|problem| problem))
    }
}

fn class_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "InputNotFoundError",
        ErrorKind::Exists => "OutputExistsError",
        ErrorKind::Io => "MediaIOError",
        ErrorKind::InvalidMedia => "InvalidMediaError",
        ErrorKind::InvalidOption => "InvalidOptionError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::Limit => "LimitExceededError",
        ErrorKind::Encode => "EncodeError",
        ErrorKind::Timeout => "TranscodeTimeoutError",
        ErrorKind::Cancelled => "TranscodeCancelledError",
        ErrorKind::Bug => "TranscodeError",
    }
}

/// The arguments are positional, in the order of `TranscodeError.__init__`: so they pickle.
fn exception(py: Python<'_>, error: Error) -> PyResult<PyErr> {
    let class = py.import("transcode_py.errors")?.getattr(class_name(error.kind))?;
    let path = error.path.map(std::path::PathBuf::into_os_string);
    let arguments = (
        error.message,
        error.stage,
        error.stream_index,
        path,
        error.ffmpeg_code,
        PyTuple::new(py, error.log_tail)?,
        error.os_code,
    );
    Ok(PyErr::from_value(class.call1(arguments)?))
}
