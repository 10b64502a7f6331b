//! Threads of ours, and forks: a child has its parent's handles, and none of the threads behind them.

use std::io;
use std::thread::{self, JoinHandle};

/// A thread, to be joined by the process that started it.
pub(crate) struct Worker {
    handle: Option<JoinHandle<()>>,
    process: u32,
}

impl Worker {
    pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let handle = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { handle: Some(handle), process: std::process::id() })
    }

    /// Whether this process started it.
    pub(crate) fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }

    /// Whether nothing is to be waited for.
    pub(crate) fn is_gone(&self) -> bool {
        !self.is_ours() || self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for its end. What it had to tell, it told otherwise.
    pub(crate) fn join(mut self) {
        // The garbage collector may run on any thread, this one included.
        let here = thread::current().id();
        if let Some(handle) =
            self.handle.take_if(|handle| self.process == std::process::id() && handle.thread().id() != here)
        {
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
