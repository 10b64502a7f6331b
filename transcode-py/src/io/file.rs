//! The calling thread's end: what Python's objects do, and what they may not do.

use std::io::SeekFrom;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use transcode_pipeline::ErrorKind;

use super::{Ask, Served};
use crate::errors::Failure;

pub(super) struct File {
    object: Py<PyAny>,
    /// Where the media begins: 0 for a source, the position it was handed over at for a target.
    base: u64,
    pub(super) seekable: bool,
    /// Whether what is written can be read back.
    pub(super) readable: bool,
}

impl File {
    /// A seekable source is read from its beginning, wherever it stands: so the same object can be
    /// probed, planned and then run.
    pub(super) fn source(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let seekable = can(object, "seek", "seekable")?;
        if seekable {
            object.call_method1("seek", (0,))?;
        }
        Ok(Self { object: object.clone().unbind(), base: 0, seekable, readable: true })
    }

    /// A target is written from where it stands.
    pub(super) fn target(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let seekable = can(object, "seek", "seekable")? && object.hasattr("tell")?;
        let readable = seekable && can(object, "read", "readable")?;
        let base = if seekable { tell(object)? } else { 0 };
        Ok(Self { object: object.clone().unbind(), base, seekable, readable })
    }

    pub(super) fn serve(&self, py: Python<'_>, ask: Ask) -> PyResult<Served> {
        let object = self.object.bind(py);
        match ask {
            Ask::Read(size) => read(object, size).map(Served::Bytes),
            Ask::ReadAt(position, size) => self.read_at(object, position, size).map(Served::Bytes),
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
        let position = if answer.is_none() { tell(object)? } else { position(&answer, "seek()")? };
        Ok(position.saturating_sub(self.base))
    }

    fn read_at(&self, object: &Bound<'_, PyAny>, position: u64, size: usize) -> PyResult<Vec<u8>> {
        let back = tell(object)?;
        object.call_method1("seek", (self.base + position,))?;
        let data = read(object, size)?;
        object.call_method1("seek", (back,))?;
        Ok(data)
    }
}

/// Whether `object` has a method, and says that it works where it can say so.
fn can(object: &Bound<'_, PyAny>, method: &str, ask: &str) -> PyResult<bool> {
    if !object.hasattr(method)? {
        return Ok(false);
    }
    if !object.hasattr(ask)? {
        return Ok(true);
    }
    object.call_method0(ask)?.is_truthy()
}

fn tell(object: &Bound<'_, PyAny>) -> PyResult<u64> {
    position(&object.call_method0("tell")?, "tell()")
}

fn position(answer: &Bound<'_, PyAny>, method: &str) -> PyResult<u64> {
    answer.extract().map_err(|_| broken(method, "the position as an int", &describe(answer), "return it"))
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
    match answer.extract::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => answer.get_type().name().map_or_else(|_| "another object".to_owned(), |name| format!("a {name}")),
    }
}

fn broken(method: &str, expected: &str, got: &str, fix: &str) -> PyErr {
    let message = format!("{method} of the file object; expected {expected}; got {got}; {fix}");
    Failure::new(ErrorKind::Io, message).into()
}
