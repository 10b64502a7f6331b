//! Threads of ours, and forks: a child has its parent's handles, and none of the threads behind them.

use std::io;
use std::thread::{self, JoinHandle};

use pyo3::PyResult;
use transcode_pipeline::ErrorKind;

use crate::errors::Failure;

/// The process that made something. A forked child has all that its parent had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home(u32);

impl Home {
    pub(crate) fn here() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_here(self) -> bool {
        self.0 == std::process::id()
    }

    /// An error in any other process. `what` it is to the user, and what to do instead.
    pub(crate) fn check(self, what: &str, fix: &str) -> PyResult<()> {
        if self.is_here() {
            return Ok(());
        }
        let message = format!(
            "{what} belongs to another process; expected it to be used where it was made; got a forked child; {fix}"
        );
        Err(Failure::new(ErrorKind::Bug, message).into())
    }
}

/// A thread, to be joined by the process that started it.
pub(crate) struct Worker {
    handle: Option<JoinHandle<()>>,
    home: Home,
}

impl Worker {
    pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let handle = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { handle: Some(handle), home: Home::here() })
    }

    /// Whether this process started it.
    pub(crate) fn is_ours(&self) -> bool {
        self.home.is_here()
    }

    /// Whether nothing is to be waited for.
    pub(crate) fn is_gone(&self) -> bool {
        !self.is_ours() || self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for its end. What it had to tell, it told otherwise.
    pub(crate) fn join(mut self) {
        // The garbage collector may run on any thread, this one included.
        let here = thread::current().id();
        if let Some(handle) = self.handle.take_if(|handle| self.home.is_here() && handle.thread().id() != here) {
            let _panicked = handle.join();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.is_ours() {
            // Even to let go of it would touch a thread that is not there, or by now another one in its place.
            std::mem::forget(self.handle.take());
        }
    }
}
