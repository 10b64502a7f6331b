//! An index that is read beside a reader which goes forwards without one.

use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, bounded};

use super::cursor::Cursor;
use super::index::Index;
use crate::error::Result;

/// Reads the packets of a stream once more, on a thread of its own.
pub(super) struct Scout {
    told: Receiver<Index>,
    thread: Option<JoinHandle<()>>,
}

impl Scout {
    /// For the stream of a cursor; `None` where the system has no thread for it.
    pub(super) fn start(own: &Cursor) -> Result<Option<Self>> {
        let twin = own.twin(1)?;
        let (tell, told) = bounded(1);
        let log = own.log();
        let work = move || {
            let _log_here = log.enter();
            // Whoever needs an index for certain finds the error again.
            if let Ok(Ok(index)) = twin.open().and_then(|mut cursor| Index::foretold(&mut cursor)) {
                let _unwanted = tell.send(index);
            }
        };
        let thread = thread::Builder::new().name("transcode-index".to_owned()).spawn(work).ok();
        Ok(thread.map(|thread| Self { told, thread: Some(thread) }))
    }

    /// The index, once it is there.
    pub(super) fn found(&self) -> Option<Index> {
        self.told.try_recv().ok()
    }

    /// Waits for it; `None` where only decoding tells what the stream holds.
    pub(super) fn wait(self) -> Option<Index> {
        self.told.recv().ok()
    }
}

impl Drop for Scout {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}
