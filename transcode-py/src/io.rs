//! Python file objects as media. The pipeline's threads put requests on a desk; the thread that
//! called into the library, which holds the GIL anyway, serves them.

use std::io::{self, SeekFrom};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use transcode_pipeline::{ErrorKind, MediaSource, MediaTarget};

use crate::errors::Failure;

/// What a worker asks of a file object, and where it waits for the answer.
pub(crate) struct Request {
    file: usize,
    ask: Ask,
    reply: Sender<Answer>,
}

enum Ask {
    Read(usize),
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

struct File {
    object: Py<PyAny>,
    /// Where the media begins: 0 for a source, the position it was handed over at for a target.
    base: u64,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let (sender, requests) = unbounded();
        Self { files: Vec::new(), sender, requests }
    }

    pub(crate) fn requests(&self) -> &Receiver<Request> {
        &self.requests
    }

    /// A seekable source is read from its beginning, wherever it stands: so the same object can be
    /// probed, planned and then run.
    pub(crate) fn source(&mut self, object: &Bound<'_, PyAny>) -> PyResult<RemoteFile> {
        let seekable = is_seekable(object)?;
        if seekable {
            object.call_method1("seek", (0,))?;
        }
        Ok(self.add(object, 0, seekable))
    }

    /// A target is written from where it stands.
    pub(crate) fn target(&mut self, object: &Bound<'_, PyAny>) -> PyResult<RemoteFile> {
        let seekable = is_seekable(object)?;
        let base = if seekable { object.call_method0("tell")?.extract()? } else { 0 };
        Ok(self.add(object, base, seekable))
    }

    fn add(&mut self, object: &Bound<'_, PyAny>, base: u64, seekable: bool) -> RemoteFile {
        let file = self.files.len();
        self.files.push(File { object: object.clone().unbind(), base });
        RemoteFile { file, seekable, desk: self.sender.clone() }
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

impl File {
    fn serve(&self, py: Python<'_>, ask: Ask) -> PyResult<Served> {
        let object = self.object.bind(py);
        match ask {
            Ask::Read(size) => read(object, size).map(Served::Bytes),
            Ask::Write(data) => write(object, &data).map(|()| Served::Number(data.len() as u64)),
            Ask::Seek(to) => self.seek(object, to).map(Served::Number),
            Ask::Flush => {
                if object.hasattr("flush")? {
                    object.call_method0("flush")?;
                }
                Ok(Served::Number(0))
            }
        }
    }

    fn seek(&self, object: &Bound<'_, PyAny>, to: SeekFrom) -> PyResult<u64> {
        let answer = match to {
            SeekFrom::Start(offset) => object.call_method1("seek", (self.base + offset,))?,
            SeekFrom::Current(offset) => object.call_method1("seek", (offset, 1))?,
            SeekFrom::End(offset) => object.call_method1("seek", (offset, 2))?,
        };
        // Objects of users' own often forget to return the position.
        let position = if answer.is_none() { object.call_method0("tell")? } else { answer };
        match position.extract::<u64>() {
            Ok(position) => Ok(position.saturating_sub(self.base)),
            Err(_) => {
                Err(broken("seek()", "the new position as an int", &describe(&position), "return what tell() would"))
            }
        }
    }
}

fn is_seekable(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !object.hasattr("seek")? {
        return Ok(false);
    }
    if !object.hasattr("seekable")? {
        return Ok(true);
    }
    object.call_method0("seekable")?.is_truthy()
}

fn read(object: &Bound<'_, PyAny>, size: usize) -> PyResult<Vec<u8>> {
    let answer = object.call_method1("read", (size,))?;
    let data = match answer.cast::<PyBytes>() {
        Ok(bytes) => bytes.as_bytes().to_vec(),
        Err(_) => buffer(&answer)?,
    };
    if data.len() > size {
        let got = format!("{} bytes", data.len());
        return Err(broken("read()", &format!("at most the {size} bytes asked for"), &got, "return fewer"));
    }
    Ok(data)
}

fn buffer(answer: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if answer.is_instance_of::<PyString>() {
        return Err(broken("read()", "bytes", "a str", "open the file in binary mode, \"rb\""));
    }
    if answer.is_none() {
        return Err(broken("read()", "bytes", "None", "open the file in blocking mode; b\"\" says that it has ended"));
    }
    PyBuffer::<u8>::get(answer)
        .and_then(|buffer| buffer.to_vec(answer.py()))
        .map_err(|_| broken("read()", "bytes", &describe(answer), "return bytes"))
}

/// Raw files may take less than they are given; the rest is offered again.
fn write(object: &Bound<'_, PyAny>, data: &[u8]) -> PyResult<()> {
    let py = object.py();
    let mut rest = data;
    while !rest.is_empty() {
        let answer = object.call_method1("write", (PyBytes::new(py, rest),))?;
        if answer.is_none() {
            // In Python's own raw files None says "would block"; elsewhere nobody returned anything.
            let raw = py.import("io")?.getattr("RawIOBase")?;
            if object.is_instance(&raw)? {
                return Err(broken("write()", "a count of bytes", "None", "open the file in blocking mode"));
            }
            return Ok(());
        }
        match answer.extract::<usize>() {
            Ok(taken) if (1..=rest.len()).contains(&taken) => rest = &rest[taken..],
            _ => {
                let expected = format!("a count of 1 to {} bytes", rest.len());
                return Err(broken("write()", &expected, &describe(&answer), "return how many bytes were taken"));
            }
        }
    }
    Ok(())
}

fn describe(answer: &Bound<'_, PyAny>) -> String {
    let class = answer.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    match answer.extract::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("a {class}"),
    }
}

fn broken(method: &str, expected: &str, got: &str, fix: &str) -> PyErr {
    Failure::new(ErrorKind::Io, format!("{method} of the file object; expected {expected}; got {got}; {fix}")).into()
}

/// The worker's end of a file object.
pub(crate) struct RemoteFile {
    file: usize,
    seekable: bool,
    desk: Sender<Request>,
}

impl RemoteFile {
    fn ask(&self, ask: Ask) -> io::Result<Served> {
        let (reply, answer) = bounded(1);
        let gone = |_| io::Error::other("the call that owns the file object has ended");
        self.desk.send(Request { file: self.file, ask, reply }).map_err(|_| gone(()))?;
        answer.recv().map_err(|_| gone(()))?.ok_or_else(|| io::Error::other("the file object raised an exception"))
    }

    fn number(&self, ask: Ask) -> io::Result<u64> {
        match self.ask(ask)? {
            Served::Number(number) => Ok(number),
            Served::Bytes(_) => Err(io::Error::other("bytes in answer to a question of numbers")),
        }
    }

    fn seek_to(&self, to: SeekFrom) -> io::Result<u64> {
        if !self.seekable {
            return Err(io::ErrorKind::NotSeekable.into());
        }
        self.number(Ask::Seek(to))
    }
}

impl MediaSource for RemoteFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.ask(Ask::Read(buf.len()))? {
            // `serve` has refused an answer longer than what was asked for.
            Served::Bytes(data) => {
                buf[..data.len()].copy_from_slice(&data);
                Ok(data.len())
            }
            Served::Number(_) => Err(io::Error::other("a number in answer to a read")),
        }
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_to(to)
    }

    fn seekable(&self) -> bool {
        self.seekable
    }
}

impl MediaTarget for RemoteFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.number(Ask::Write(data.to_vec())).map(|_| data.len())
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_to(to)
    }

    fn seekable(&self) -> bool {
        self.seekable
    }

    fn flush(&mut self) -> io::Result<()> {
        self.number(Ask::Flush).map(drop)
    }
}
