//! FFmpeg's log, sorted by job, without locks and without Python.
//!
//! FFmpeg logs through one process-wide callback, from any of its threads. Ours finds the [`LogRing`] a line
//! belongs to and pushes it there; a full ring loses its oldest line. Lines below "warning" cost one comparison.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, Once};

use crossbeam_queue::ArrayQueue;
use ffmpeg_sys_next as ffi;

use crate::text;

const LINES: usize = 64;
const LINE_BYTES: c_int = 512;

/// The last lines FFmpeg logged for one job.
#[derive(Debug)]
pub struct LogRing(ArrayQueue<String>);

thread_local! {
    /// The ring for lines whose context is not one of ours, e.g. those of a protocol or a scaler.
    static CURRENT: RefCell<Option<Arc<LogRing>>> = const { RefCell::new(None) };
}

impl LogRing {
    /// An empty ring. The first one of the process installs the log callback.
    pub fn new() -> Arc<Self> {
        static INSTALL: Once = Once::new();
        // SAFETY: the callback is a static function that is safe to call from any thread.
        INSTALL.call_once(|| unsafe { ffi::av_log_set_callback(Some(receive)) });
        Arc::new(Self(ArrayQueue::new(LINES)))
    }

    /// Takes the lines out, oldest first.
    pub fn drain(&self) -> Vec<String> {
        std::iter::from_fn(|| self.0.pop()).collect()
    }

    /// Makes this the ring of the calling thread while the guard lives.
    pub fn enter(self: &Arc<Self>) -> LogGuard {
        LogGuard(CURRENT.replace(Some(Arc::clone(self))))
    }

    /// The form that the `opaque` field of a context takes. Whoever owns the context keeps the ring alive.
    pub(crate) fn as_opaque(self: &Arc<Self>) -> *mut c_void {
        Arc::as_ptr(self).cast_mut().cast()
    }

    fn push(&self, line: &str) {
        if !line.is_empty() {
            self.0.force_push(line.to_owned());
        }
    }
}

/// Restores the calling thread's ring when dropped.
#[derive(Debug)]
#[must_use]
pub struct LogGuard(Option<Arc<LogRing>>);

impl Drop for LogGuard {
    fn drop(&mut self) {
        let before = self.0.take();
        // A thread that is ending has no ring left to restore.
        let _ending = CURRENT.try_with(|current| current.replace(before));
    }
}

#[cfg(not(any(target_arch = "aarch64", target_os = "windows")))]
type VaList = *mut ffi::__va_list_tag;
#[cfg(any(target_arch = "aarch64", target_os = "windows"))]
type VaList = ffi::va_list;

unsafe extern "C" fn receive(context: *mut c_void, level: c_int, format: *const c_char, arguments: VaList) {
    if level > ffi::AV_LOG_WARNING {
        return;
    }
    let mut buffer: [c_char; LINE_BYTES as usize] = [0; LINE_BYTES as usize];
    let mut prefix = 1;
    // SAFETY: context, format and arguments are passed on as FFmpeg gave them; the buffer has the stated length,
    // which fits an int, and is terminated within it.
    let line = unsafe {
        ffi::av_log_format_line2(context, level, format, arguments, buffer.as_mut_ptr(), LINE_BYTES, &raw mut prefix);
        text::owned(buffer.as_ptr())
    };
    let Some(line) = line else { return };
    let line = line.trim_end();
    // SAFETY: FFmpeg passes null or one of its objects, valid during the call.
    if let Some(ring) = unsafe { ring_of(context) } {
        ring.push(line);
        return;
    }
    let _ending = CURRENT.try_with(|current| {
        if let Ok(current) = current.try_borrow() {
            current.as_deref().inspect(|ring| ring.push(line));
        }
    });
}

/// The ring that the owner of `object`, or of a parent of it, put into its `opaque` field.
///
/// # Safety
/// `object` is null or an object of FFmpeg whose first field is its class, and the `opaque` field of every codec
/// and format context of this process is null or holds a live [`LogRing`].
unsafe fn ring_of<'a>(object: *mut c_void) -> Option<&'a LogRing> {
    let mut object = object;
    // Contexts nest: a parser's or scaler's parent is a codec or format context. Eight is deeper than any.
    for _ in 0..8 {
        // SAFETY: by the caller's promise the object is null or starts with a pointer to its class, which is
        // null or static; a class with a parent offset stores at it the parent object or null. Only objects of
        // the two classes compared with are read as such.
        unsafe {
            let class = object.cast::<*const ffi::AVClass>().as_ref()?;
            if std::ptr::eq(*class, ffi::avcodec_get_class()) {
                return (*object.cast::<ffi::AVCodecContext>()).opaque.cast::<LogRing>().as_ref();
            }
            if std::ptr::eq(*class, ffi::avformat_get_class()) {
                return (*object.cast::<ffi::AVFormatContext>()).opaque.cast::<LogRing>().as_ref();
            }
            let class = class.as_ref()?;
            let offset = usize::try_from(class.parent_log_context_offset).ok().filter(|offset| *offset > 0)?;
            object = object.byte_add(offset).cast::<*mut c_void>().read();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(level: c_int, text: &std::ffi::CStr) {
        // SAFETY: no context, and a format without arguments.
        unsafe { ffi::av_log(std::ptr::null_mut(), level, text.as_ptr()) };
    }

    #[test]
    fn lines_reach_the_ring_of_their_thread_only() {
        let (mine, other) = (LogRing::new(), LogRing::new());
        let guard = mine.enter();
        say(ffi::AV_LOG_WARNING, c"heard\n");
        say(ffi::AV_LOG_INFO, c"too quiet\n");
        std::thread::spawn(move || {
            let _guard = other.enter();
            say(ffi::AV_LOG_ERROR, c"elsewhere\n");
            assert_eq!(other.drain(), ["elsewhere"]);
        })
        .join()
        .ok();
        drop(guard);
        say(ffi::AV_LOG_ERROR, c"after\n");
        assert_eq!(mine.drain(), ["heard"]);
    }

    #[test]
    fn a_full_ring_keeps_the_newest_lines() {
        let ring = LogRing::new();
        let _guard = ring.enter();
        for _ in 0..LINES {
            say(ffi::AV_LOG_WARNING, c"old\n");
        }
        say(ffi::AV_LOG_WARNING, c"new\n");
        let lines = ring.drain();
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (LINES, Some("new")));
    }
}
