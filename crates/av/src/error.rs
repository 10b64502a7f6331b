//! FFmpeg's error codes, sorted by whose fault they are.

use std::ffi::CStr;
use std::fmt;
use std::io;

use ffmpeg_sys_next as ffi;

/// Whose fault an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file does not exist.
    NotFound,
    /// The operating system or a caller's reader or writer refused.
    Io,
    /// The data is not what it claims to be.
    InvalidData,
    /// An option's name or value is wrong.
    InvalidArgument,
    /// This FFmpeg has no such codec, container, filter, or no such feature.
    Unsupported,
    /// The data asks for more than a limit allows.
    Limit,
    /// An encoder or muxer failed.
    Encode,
    /// The interrupt was triggered.
    Interrupted,
    /// A fault of this crate, or memory ran out.
    Bug,
}

/// What failed, with FFmpeg's code where it gave one.
#[derive(Clone, Debug)]
pub struct Error {
    /// Whose fault it is.
    pub kind: ErrorKind,
    /// What happened, in words.
    pub message: String,
    /// FFmpeg's (negative) code.
    pub code: Option<i32>,
    /// The operating system's `errno`.
    pub os_code: Option<i32>,
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

const EOF: i32 = ffi::AVERROR_EOF;
/// `AVERROR(EAGAIN)`: a codec or filter graph needs more input first.
pub(crate) const AGAIN: i32 = ffi::AVERROR(ffi::EAGAIN);

impl Error {
    /// An error that FFmpeg gave no code for.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), code: None, os_code: None }
    }

    /// The error for an FFmpeg `code`; `otherwise` is the kind where the code itself does not tell one.
    pub(crate) fn from_code(code: i32, otherwise: ErrorKind, what: impl fmt::Display) -> Self {
        let kind = match code {
            ffi::AVERROR_EXIT => ErrorKind::Interrupted,
            ffi::AVERROR_INVALIDDATA if otherwise != ErrorKind::Encode => ErrorKind::InvalidData,
            ffi::AVERROR_BSF_NOT_FOUND
            | ffi::AVERROR_DECODER_NOT_FOUND
            | ffi::AVERROR_DEMUXER_NOT_FOUND
            | ffi::AVERROR_ENCODER_NOT_FOUND
            | ffi::AVERROR_FILTER_NOT_FOUND
            | ffi::AVERROR_MUXER_NOT_FOUND
            | ffi::AVERROR_PROTOCOL_NOT_FOUND
            | ffi::AVERROR_PATCHWELCOME => ErrorKind::Unsupported,
            _ => match -code {
                ffi::ENOENT => ErrorKind::NotFound,
                ffi::ENOSYS => ErrorKind::Unsupported,
                ffi::EACCES
                | ffi::EPERM
                | ffi::EIO
                | ffi::ENOSPC
                | ffi::EFBIG
                | ffi::EPIPE
                | ffi::EBADF
                | ffi::EISDIR
                | ffi::EROFS
                | ffi::EDQUOT => ErrorKind::Io,
                _ => otherwise,
            },
        };
        let os_code = matches!(kind, ErrorKind::Io | ErrorKind::NotFound).then_some(-code);
        Self { kind, message: format!("{what}: {}", describe(code)), code: Some(code), os_code }
    }

    /// The error for an [`io::Error`], its `errno` kept.
    pub fn from_io(error: &io::Error, what: impl fmt::Display) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::Interrupted => ErrorKind::Interrupted,
            _ => ErrorKind::Io,
        };
        Self { kind, message: format!("{what}: {error}"), code: None, os_code: error.raw_os_error() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// FFmpeg's words for `code`.
fn describe(code: i32) -> String {
    if code == EOF {
        return "it ends too early".to_owned();
    }
    let mut text = [0; ffi::AV_ERROR_MAX_STRING_SIZE];
    // SAFETY: `text` has the length that is passed, and `av_strerror` always terminates it within.
    let text = unsafe {
        ffi::av_strerror(code, text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr())
    };
    text.to_string_lossy().into_owned()
}

/// `code` as a result: negative is an error.
pub(crate) fn check(code: i32, otherwise: ErrorKind, what: impl fmt::Display) -> Result<i32> {
    if code < 0 { Err(Error::from_code(code, otherwise, what)) } else { Ok(code) }
}

/// The error for an allocation of FFmpeg that returned null.
pub(crate) fn no_memory(what: &str) -> Error {
    Error::new(ErrorKind::Bug, format!("{what}: FFmpeg could not allocate it; free some memory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_fault_and_errno_is_kept() {
        let full = Error::from_code(ffi::AVERROR(ffi::ENOSPC), ErrorKind::Encode, "write");
        assert_eq!((full.kind, full.os_code), (ErrorKind::Io, Some(ffi::ENOSPC)));
        assert_eq!(Error::from_code(ffi::AVERROR_EXIT, ErrorKind::Encode, "x").kind, ErrorKind::Interrupted);
        let damaged = Error::from_code(ffi::AVERROR_INVALIDDATA, ErrorKind::Io, "read");
        assert_eq!((damaged.kind, damaged.os_code), (ErrorKind::InvalidData, None));
        assert!(damaged.message.starts_with("read: Invalid data"));
    }
}
