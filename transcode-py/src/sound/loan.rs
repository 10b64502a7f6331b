//! A reader that is lent to one task at a time.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::PyResult;
use transcode_pipeline::{AudioReader, Control, ErrorKind, SoundInfo};

use crate::errors::Failure;
use crate::worker::Home;

/// Where a reader is when nobody has it.
pub(super) struct Owner {
    info: SoundInfo,
    control: Control,
    /// Locked for a moment each time.
    reader: Mutex<Option<Box<AudioReader>>>,
    closed: AtomicBool,
    home: Home,
}

impl Owner {
    pub(super) fn new(reader: AudioReader, control: Control) -> Arc<Self> {
        let info = reader.info();
        let reader = Mutex::new(Some(Box::new(reader)));
        Arc::new(Self { info, control, reader, closed: AtomicBool::new(false), home: Home::here() })
    }

    pub(super) const fn info(&self) -> SoundInfo {
        self.info
    }

    /// One for a task: it stops this reader, and tells of nothing else.
    pub(super) fn control(&self) -> Control {
        self.control.unheard()
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.control.is_cancelled() && !self.closed.load(Relaxed)
    }

    fn is_ours(&self) -> bool {
        self.home.is_here()
    }

    fn reader(&self) -> MutexGuard<'_, Option<Box<AudioReader>>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the reader is not there.
    fn refuse(&self) -> Failure {
        let message = if self.closed.load(Relaxed) {
            "this AudioReader is closed; expected an open one; got a call after close(); open another"
        } else {
            "this AudioReader is busy; expected one thread at a time; got a second; give each thread a reader of its own"
        };
        Failure::new(ErrorKind::Bug, message)
    }

    fn check_process(&self) -> PyResult<()> {
        self.home.check("this AudioReader", "open another there, or pass it on by pickle")
    }

    /// Does something quick with the reader.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut AudioReader) -> T) -> PyResult<T> {
        self.check_process()?;
        match &mut *self.reader() {
            Some(reader) => Ok(work(reader)),
            None => Err(self.refuse().into()),
        }
    }

    /// Drops the reader now, or when it comes back.
    pub(super) fn close(&self) {
        if self.is_ours() {
            self.closed.store(true, Relaxed);
            self.control.cancel();
            let reader = self.reader().take();
            drop(reader);
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.is_ours() {
            self.control.cancel();
        } else {
            // Its threads are not here, and cannot be waited for.
            std::mem::forget(self.reader.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// A reader on loan; dropped, it goes back.
pub(super) struct Loan {
    owner: Arc<Owner>,
    reader: Option<Box<AudioReader>>,
}

impl Loan {
    pub(super) fn take(owner: &Arc<Owner>) -> PyResult<Self> {
        owner.check_process()?;
        match owner.reader().take() {
            Some(reader) => Ok(Self { owner: Arc::clone(owner), reader: Some(reader) }),
            None => Err(owner.refuse().into()),
        }
    }

    pub(super) fn reader(&mut self) -> &mut AudioReader {
        self.reader.as_mut().unwrap_or_else(|| unreachable!("it goes back when the loan is dropped"))
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let reader = self.reader.take();
        if !self.owner.is_ours() {
            std::mem::forget(reader);
            return;
        }
        let mut place = self.owner.reader();
        // Looked at with the lock held, as `close` does after it has said so.
        if !self.owner.closed.load(Relaxed) {
            *place = reader;
        }
    }
}
