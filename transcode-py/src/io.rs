//! Python file objects as media. The pipeline's threads put requests on a desk; the thread that
//! called into the library, which holds the GIL anyway, serves them.

mod file;
mod remote;

use std::io::SeekFrom;

use crossbeam_channel::{Receiver, Sender, unbounded};
use pyo3::prelude::*;

use file::File;
use remote::RemoteFile;

/// What a worker asks of a file object, and where it waits for the answer.
pub(crate) struct Request {
    file: usize,
    ask: Ask,
    reply: Sender<Answer>,
}

enum Ask {
    Read(usize),
    /// Reads at a position and comes back: what faststart does with an output it still writes to.
    ReadAt(u64, usize),
    Write(Vec<u8>),
    Seek(SeekFrom),
    Flush,
}

/// `None`: the file object raised, and the exception is kept on the calling thread.
type Answer = Option<Served>;

enum Served {
    Bytes(Vec<u8>),
    Number(u64),
}

/// The file objects of one job.
pub(crate) struct Desk {
    files: Vec<File>,
    // Kept so that the channel stays open when the job has dropped its ends: a closed channel is
    // always ready, and the waiting thread would spin.
    sender: Sender<Request>,
    requests: Receiver<Request>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let (sender, requests) = unbounded();
        Self { files: Vec::new(), sender, requests }
    }

    pub(crate) fn requests(&self) -> &Receiver<Request> {
        &self.requests
    }

    pub(crate) fn source(&mut self, object: &Bound<'_, PyAny>) -> PyResult<RemoteFile> {
        Ok(self.add(File::source(object)?))
    }

    pub(crate) fn target(&mut self, object: &Bound<'_, PyAny>) -> PyResult<RemoteFile> {
        Ok(self.add(File::target(object)?))
    }

    fn add(&mut self, file: File) -> RemoteFile {
        let remote = RemoteFile::new(self.files.len(), &file, self.sender.clone());
        self.files.push(file);
        remote
    }

    /// Serves one request. Once something was `raised`, everything is refused: the job is ending.
    pub(crate) fn serve(&self, py: Python<'_>, request: Request, raised: bool) -> PyResult<()> {
        let served = if raised { Ok(None) } else { self.files[request.file].serve(py, request.ask).map(Some) };
        let (answer, outcome) = match served {
            Ok(answer) => (answer, Ok(())),
            Err(error) => (None, Err(error)),
        };
        // A worker that no longer waits has been told to stop.
        let _ = request.reply.send(answer);
        outcome
    }
}
