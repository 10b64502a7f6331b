//! FFmpeg's log, sorted by job, without locks and without Python.
//!
//! FFmpeg logs through one process-wide callback, from any of its threads. Ours finds the [`LogRing`] a line
//! belongs to and pushes it there; a full ring loses its oldest line. Lines below "warning" cost one comparison.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::iter::successors;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Once};

use crossbeam_queue::ArrayQueue;
use ffmpeg_sys_next as ffi;

use crate::text;

const LINES: usize = 64;
const LINE_BYTES: c_int = 512;

/// The last lines FFmpeg logged for one job.
#[derive(Debug)]
pub struct LogRing(&'static Slot);

/// The place of a ring. It is never freed and serves a later ring again, so there are as many as there were rings
/// at once. A context's `opaque` is the address of a slot and only ever compared: other libraries of the process may
/// share FFmpeg and this callback, and what their contexts hold there is theirs.
#[derive(Debug)]
struct Slot {
    lines: ArrayQueue<String>,
    taken: AtomicBool,
    next: Option<&'static Slot>,
}

/// The slot made last, the head of their list.
static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());

impl Slot {
    fn all() -> impl Iterator<Item = &'static Self> {
        // SAFETY: null or a slot that `take` published complete and nobody frees or changes any more.
        successors(unsafe { SLOTS.load(Ordering::Acquire).as_ref() }, |slot| slot.next)
    }

    /// A slot nobody else has: one given back, or else a new one.
    fn take() -> &'static Self {
        let free =
            |slot: &&Self| slot.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if let Some(slot) = Self::all().find(free) {
            return slot;
        }
        let slot = Self { lines: ArrayQueue::new(LINES), taken: AtomicBool::new(true), next: None };
        let slot = Box::into_raw(Box::new(slot));
        let mut head = SLOTS.load(Ordering::Acquire);
        loop {
            // SAFETY: the slot is ours alone until the exchange publishes it; the head is null or such a slot.
            unsafe { (*slot).next = head.as_ref() };
            match SLOTS.compare_exchange_weak(head, slot, Ordering::Release, Ordering::Acquire) {
                // SAFETY: it is never freed, and from here on only shared.
                Ok(_) => return unsafe { &*slot },
                Err(newer) => head = newer,
            }
        }
    }

    fn push(&self, line: &str) {
        if !line.is_empty() {
            self.lines.force_push(line.to_owned());
        }
    }
}

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
        Arc::new(Self(Slot::take()))
    }

    /// Takes the lines out, oldest first.
    pub fn drain(&self) -> Vec<String> {
        std::iter::from_fn(|| self.0.lines.pop()).collect()
    }

    /// Makes this the ring of the calling thread while the guard lives.
    pub fn enter(self: &Arc<Self>) -> LogGuard {
        LogGuard(CURRENT.replace(Some(Arc::clone(self))))
    }

    /// The form that the `opaque` field of a context takes. Whoever owns the context keeps the ring, so that no later
    /// ring gets its lines.
    pub(crate) fn as_opaque(&self) -> *mut c_void {
        ptr::from_ref(self.0).cast_mut().cast()
    }
}

impl Drop for LogRing {
    fn drop(&mut self) {
        self.drain();
        self.0.taken.store(false, Ordering::Release);
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

// As an argument a `va_list` is what the platform's C ABI makes of it; the bindings of `av_log_set_callback` have it
// so too, and another type does not compile.
#[cfg(all(target_arch = "x86_64", not(windows)))]
type VaList = *mut ffi::__va_list_tag;
#[cfg(not(all(target_arch = "x86_64", not(windows))))]
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
    if let Some(slot) = unsafe { slot_of(context) } {
        slot.push(line);
        return;
    }
    let _ending = CURRENT.try_with(|current| {
        if let Ok(current) = current.try_borrow() {
            current.as_deref().inspect(|ring| ring.0.push(line));
        }
    });
}

/// The slot that the owner of `object`, or of a parent of it, put into its `opaque` field.
///
/// # Safety
/// `object` is null or an object of FFmpeg whose first field is its class.
unsafe fn slot_of(object: *mut c_void) -> Option<&'static Slot> {
    let slot_at = |opaque: *mut c_void| Slot::all().find(|slot| ptr::eq(*slot, opaque.cast()));
    let mut object = object;
    // Contexts nest: a parser's or scaler's parent is a codec or format context. Eight is deeper than any.
    for _ in 0..8 {
        // SAFETY: by the caller's promise the object is null or starts with a pointer to its class, which is
        // null or static; a class with a parent offset stores at it the parent object or null (FFmpeg's own
        // formatting reads both). Only objects of the two classes compared with are read as such.
        unsafe {
            let class = object.cast::<*const ffi::AVClass>().as_ref()?;
            if ptr::eq(*class, ffi::avcodec_get_class()) {
                return slot_at((*object.cast::<ffi::AVCodecContext>()).opaque);
            }
            if ptr::eq(*class, ffi::avformat_get_class()) {
                return slot_at((*object.cast::<ffi::AVFormatContext>()).opaque);
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
    fn lines_of_a_context_reach_its_owner_and_of_a_foreign_one_the_thread() {
        let (owner, thread) = (LogRing::new(), LogRing::new());
        let _guard = thread.enter();
        // SAFETY: a context of our own, freed at the end; FFmpeg does not look at `opaque`.
        unsafe {
            let mut context = ffi::avcodec_alloc_context3(ptr::null());
            assert!(!context.is_null());
            for (opaque, text) in [(owner.as_opaque(), c"mine"), (ptr::without_provenance_mut(8), c"another's")] {
                (*context).opaque = opaque;
                ffi::av_log(context.cast(), ffi::AV_LOG_ERROR, text.as_ptr());
            }
            ffi::avcodec_free_context(&raw mut context);
        }
        let texts = |ring: &LogRing| ring.drain().iter().map(|l| l.rsplit("] ").next().map(str::to_owned)).collect();
        let (owners, threads): (Vec<_>, Vec<_>) = (texts(&owner), texts(&thread));
        assert_eq!((owners, threads), (vec![Some("mine".to_owned())], vec![Some("another's".to_owned())]));
    }

    #[test]
    fn a_ring_that_takes_the_place_of_another_is_empty() {
        let old = LogRing::new();
        old.0.push("old");
        drop(old);
        assert!((0..8).map(|_| LogRing::new()).all(|ring| ring.drain().is_empty()));
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
