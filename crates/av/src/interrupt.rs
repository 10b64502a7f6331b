//! The one way to stop FFmpeg while it waits.

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ffmpeg_sys_next as ffi;

/// A flag that FFmpeg asks while it blocks, and that everything long asks between items. Once set it stays set.
#[derive(Debug, Default)]
pub struct Interrupt {
    triggered: AtomicBool,
    deadline: OnceLock<Instant>,
}

impl Interrupt {
    /// Asks everything that watches this flag to stop.
    pub fn trigger(&self) {
        self.triggered.store(true, Ordering::Relaxed);
    }

    /// Sets the moment from which on the flag counts as triggered. Only the first call has an effect.
    pub fn set_deadline(&self, at: Instant) {
        let _already_set = self.deadline.set(at);
    }

    /// Whether work must stop.
    pub fn is_set(&self) -> bool {
        self.triggered.load(Ordering::Relaxed) || self.is_late()
    }

    /// Whether the deadline has passed.
    pub fn is_late(&self) -> bool {
        self.deadline.get().is_some_and(|at| Instant::now() >= *at)
    }

    /// The form FFmpeg takes. The caller keeps the `Interrupt` alive as long as FFmpeg may ask.
    pub(crate) fn as_callback(&self) -> ffi::AVIOInterruptCB {
        ffi::AVIOInterruptCB { callback: Some(ask), opaque: std::ptr::from_ref(self).cast_mut().cast() }
    }
}

extern "C" fn ask(opaque: *mut c_void) -> c_int {
    // SAFETY: `opaque` comes from `as_callback`, whose caller keeps the `Interrupt` alive; it is only read, and
    // its fields may be read from any thread.
    let interrupt = unsafe { &*opaque.cast::<Interrupt>() };
    c_int::from(interrupt.is_set())
}
