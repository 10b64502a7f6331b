//! Python file objects as media. The job's threads put requests on a desk; a thread of Python's takes them from there,
//! calls the file object, and answers. So a job can be stopped while a file object keeps it waiting.

mod remote;

use std::io::SeekFrom;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use transcode_pipeline::{Control, ErrorKind};

use crate::errors::Failure;
use remote::RemoteFile;

/// What a job's thread asks of a file object, and where it waits for the answer.
struct Request {
    file: usize,
    ask: Ask,
    reply: Sender<Answer>,
    /// The job's: a request of one that was stopped is not carried out.
    control: Control,
}

enum Ask {
    /// The first: whether it can seek, and whether what is written can be read back.
    Open,
    Read(usize),
    /// Reads at a position and comes back: what faststart does with an output it still writes to.
    ReadAt(u64, usize),
    Write(Vec<u8>),
    Seek(SeekFrom),
    Flush,
}

/// `None`: the file object raised, and Python keeps the exception.
type Answer = Option<Served>;

enum Served {
    Bytes(Vec<u8>),
    Number(u64),
}

/// Where requests of a job's threads arrive.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Desk {
    requests: Receiver<Request>,
    asking: Mutex<Option<Sender<Answer>>>,
    /// Nothing is ever sent: dropping the sender closes the desk.
    open: Mutex<Option<Sender<()>>>,
    closed: Receiver<()>,
}

/// The job's end of a file object; whoever takes it first has it.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct FileEnd(Mutex<Option<RemoteFile>>);

impl FileEnd {
    pub(crate) fn take(&self, control: &Control) -> PyResult<RemoteFile> {
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = file.ok_or_else(|| Failure::new(ErrorKind::Bug, "a file object for two jobs; please report it"))?;
        Ok(file.of_job(control.clone()))
    }
}

/// A desk, and an end for each file object.
#[pyfunction]
pub(crate) fn desk(files: usize) -> (Desk, Vec<FileEnd>) {
    let (sender, requests) = unbounded();
    let ends = (0..files).map(|index| FileEnd(Mutex::new(Some(RemoteFile::new(index, sender.clone())))));
    let ends = ends.collect();
    let (open, closed) = bounded(0);
    (Desk { requests, asking: Mutex::default(), open: Mutex::new(Some(open)), closed }, ends)
}

impl Desk {
    fn asking(&self) -> MutexGuard<'_, Option<Sender<Answer>>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, answer: Answer) {
        if let Some(reply) = self.asking().take() {
            // Who no longer waits has been told to stop.
            let _ = reply.send(answer);
        }
    }
}

#[pymethods]
impl Desk {
    /// Waits for the next request: the file's number, the method, its arguments. `None`: the desk was closed.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<(usize, &'static str, Bound<'py, PyTuple>)>> {
        loop {
            let request = py.detach(|| {
                select! {
                    recv(self.requests) -> request => request.ok(),
                    recv(self.closed) -> _ => None,
                }
            });
            let Some(request) = request else { return Ok(None) };
            if request.control.is_cancelled() {
                continue;
            }
            *self.asking() = Some(request.reply);
            let (method, arguments) = match request.ask {
                Ask::Open => ("open", PyTuple::empty(py)),
                Ask::Read(size) => ("read", (size,).into_pyobject(py)?),
                Ask::ReadAt(position, size) => ("read_at", (position, size).into_pyobject(py)?),
                Ask::Write(data) => ("write", (PyBytes::new(py, &data),).into_pyobject(py)?),
                Ask::Seek(SeekFrom::Start(position)) => ("seek", (position, 0).into_pyobject(py)?),
                Ask::Seek(SeekFrom::Current(offset)) => ("seek", (offset, 1).into_pyobject(py)?),
                Ask::Seek(SeekFrom::End(offset)) => ("seek", (offset, 2).into_pyobject(py)?),
                Ask::Flush => ("flush", PyTuple::empty(py)),
            };
            return Ok(Some((request.file, method, arguments)));
        }
    }

    /// Answers the last request, with data.
    fn give(&self, data: PyBuffer<u8>, py: Python<'_>) -> PyResult<()> {
        let data = data.to_vec(py)?;
        self.reply(Some(Served::Bytes(data)));
        Ok(())
    }

    /// Answers the last request, with a number.
    fn tell(&self, number: u64) {
        self.reply(Some(Served::Number(number)));
    }

    /// Answers the last request: the file object raised.
    fn fail(&self) {
        self.reply(None);
    }

    /// No more requests are taken: the job has ended.
    fn close(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
