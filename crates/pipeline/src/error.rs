//! One error type for the whole library, sorted by whose fault it is.

use std::fmt;
use std::path::PathBuf;

use transcode_av as av;

/// Whose fault an [`Error`] is, and so what a caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input does not exist.
    NotFound,
    /// The output exists and `overwrite` is off.
    Exists,
    /// The operating system, or a reader or writer of the caller, refused.
    Io,
    /// The input is not what it claims to be.
    InvalidMedia,
    /// An option's name or value is wrong, or options contradict each other.
    InvalidOption,
    /// This build of FFmpeg, or this library, cannot do what was asked.
    Unsupported,
    /// The input asks for more than a limit allows.
    Limit,
    /// An encoder or muxer failed on data it should have taken.
    Encode,
    /// `timeout` ran out.
    Timeout,
    /// The job was cancelled.
    Cancelled,
    /// A fault of this library.
    Bug,
}

/// What went wrong, where, and what FFmpeg said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// Whose fault it is.
    pub kind: ErrorKind,
    /// The whole story in the form `WHAT; expected X; got Y; FIX`.
    pub message: String,
    /// The stage that failed: `"open"`, `"plan"`, `"demux"`, `"decode"`, `"filter"`, `"encode"`, `"mux"`.
    pub stage: Option<&'static str>,
    /// The input stream concerned.
    pub stream_index: Option<usize>,
    /// The file concerned.
    pub path: Option<PathBuf>,
    /// FFmpeg's own code (negative), where FFmpeg gave one.
    pub ffmpeg_code: Option<i32>,
    /// The operating system's `errno`, where it gave one.
    pub os_code: Option<i32>,
    /// The last lines FFmpeg logged for this job.
    pub log_tail: Vec<String>,
}

impl Error {
    /// An error of `kind` with its message; the rest is added by the builder methods.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            stage: None,
            stream_index: None,
            path: None,
            ffmpeg_code: None,
            os_code: None,
            log_tail: Vec::new(),
        }
    }

    /// Names the stage, unless a more exact one is named already.
    #[must_use]
    pub fn stage(mut self, stage: &'static str) -> Self {
        self.stage.get_or_insert(stage);
        self
    }

    /// Names the input stream, unless one is named already.
    #[must_use]
    pub fn stream(mut self, index: usize) -> Self {
        self.stream_index.get_or_insert(index);
        self
    }

    /// Names the file, unless one is named already.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path.get_or_insert_with(|| path.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<av::Error> for Error {
    fn from(error: av::Error) -> Self {
        let kind = match error.kind {
            av::ErrorKind::NotFound => ErrorKind::NotFound,
            av::ErrorKind::Io => ErrorKind::Io,
            av::ErrorKind::InvalidData => ErrorKind::InvalidMedia,
            av::ErrorKind::InvalidArgument => ErrorKind::InvalidOption,
            av::ErrorKind::Unsupported => ErrorKind::Unsupported,
            av::ErrorKind::Limit => ErrorKind::Limit,
            av::ErrorKind::Encode => ErrorKind::Encode,
            av::ErrorKind::Interrupted => ErrorKind::Cancelled,
            av::ErrorKind::Bug => ErrorKind::Bug,
        };
        let mut out = Self::new(kind, error.message);
        out.ffmpeg_code = error.code;
        out.os_code = error.os_code;
        out
    }
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
