//! Strings across the C boundary.

use std::ffi::{CStr, CString, c_char};

use crate::error::{Error, ErrorKind, Result};

/// A C string that is null or valid, as owned text; bytes that are not UTF-8 are replaced.
///
/// # Safety
/// `text` is null or a terminated string that lives for the length of the call.
pub(crate) unsafe fn owned(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Text for FFmpeg, or an error that names `what` where it holds a NUL.
pub(crate) fn c_string(text: impl Into<Vec<u8>>, what: &str) -> Result<CString> {
    CString::new(text)
        .map_err(|_| Error::new(ErrorKind::InvalidArgument, format!("{what} holds a NUL character; remove it")))
}
