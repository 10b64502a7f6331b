//! FFmpeg's dictionaries, with the question who was not taken.

use std::ptr;

use ffmpeg_sys_next as ffi;

use crate::error::{ErrorKind, Result, check};
use crate::text;

/// An owned `AVDictionary`.
#[derive(Debug)]
pub(crate) struct Dictionary(*mut ffi::AVDictionary);

impl Dictionary {
    pub(crate) fn new() -> Self {
        Self(ptr::null_mut())
    }

    pub(crate) fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut out = Self::new();
        for (key, value) in pairs {
            let (key_c, value_c) = (text::c_string(key, "an option")?, text::c_string(value, key)?);
            // SAFETY: the dictionary pointer is ours and both strings live through the call, which copies them.
            let code = unsafe { ffi::av_dict_set(&raw mut out.0, key_c.as_ptr(), value_c.as_ptr(), 0) };
            check(code, ErrorKind::Bug, "av_dict_set")?;
        }
        Ok(out)
    }

    /// The place FFmpeg reads entries from and leaves those nobody took.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut *mut ffi::AVDictionary {
        &raw mut self.0
    }

    /// Gives the dictionary away to a field of FFmpeg's that will free it.
    pub(crate) fn into_raw(mut self) -> *mut ffi::AVDictionary {
        std::mem::replace(&mut self.0, ptr::null_mut())
    }

    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        // SAFETY: the dictionary is ours and nobody writes to it while it is read.
        unsafe { read(self.0) }
    }
}

impl Drop for Dictionary {
    fn drop(&mut self) {
        // SAFETY: the dictionary is ours alone; freeing a null one is allowed.
        unsafe { ffi::av_dict_free(&raw mut self.0) }
    }
}

/// The entries of a dictionary that FFmpeg owns.
///
/// # Safety
/// `dictionary` is null or valid, and not written to during the call.
pub(crate) unsafe fn read(dictionary: *const ffi::AVDictionary) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut entry = ptr::null();
    loop {
        // SAFETY: `dictionary` is valid by the caller's promise and `entry` came from it; key and value of an
        // entry are terminated strings.
        unsafe {
            entry = ffi::av_dict_get(dictionary, c"".as_ptr(), entry, ffi::AV_DICT_IGNORE_SUFFIX);
            if entry.is_null() {
                return out;
            }
            out.extend(text::owned((*entry).key).zip(text::owned((*entry).value)));
        }
    }
}
