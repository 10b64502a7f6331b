//! One picture of a video, as an object of Python's.
#![expect(unsafe_code, reason = "the buffer protocol is handed on to the memory's own")]

use std::ffi::c_int;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::{PyAttributeError, PyBufferError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use transcode_pipeline::ErrorKind;
use transcode_pipeline::reading::{ColorInfo, Form, Numbers, Picture, PictureSamples};

use crate::errors::Failure;
use crate::memory::Memory;

/// A decoded picture. It keeps its memory alive alone.
#[pyclass(frozen, module = "transcode_py")]
pub(crate) struct Frame {
    planes: Vec<Py<Memory>>,
    #[pyo3(get)]
    width: u32,
    #[pyo3(get)]
    height: u32,
    #[pyo3(get)]
    format: String,
    #[pyo3(get)]
    index: usize,
    #[pyo3(get)]
    pts: i64,
    #[pyo3(get)]
    time: f64,
    #[pyo3(get)]
    duration: f64,
    #[pyo3(get)]
    key: bool,
    color: ColorInfo,
}

impl Frame {
    pub(crate) fn new(py: Python<'_>, picture: Picture, form: Option<&Form>) -> PyResult<Self> {
        let Picture { samples, width, height, format, color, number: index, pts, time, duration, key } = picture;
        let shape = |form: Option<&Form>| {
            let channels = form.map_or(1, |form| form.channels);
            let [w, h] = [width, height].map(|side| side as usize);
            if form.is_some_and(|form| form.planar) { [channels, h, w] } else { [h, w, channels] }
        };
        let planes = match samples {
            PictureSamples::Frame(frame) => {
                let count = frame.pixel_format().map_or(0, |format| format.planes());
                let frame = Arc::new(Mutex::new(frame));
                let planes: Option<Vec<Memory>> =
                    (0..count).map(|plane| Memory::plane(&frame, plane, form.is_some())).collect();
                planes.filter(|planes| !planes.is_empty()).ok_or_else(|| {
                    let message = format!(
                        "pictures of {format} are no arrays; expected samples of whole bytes; got some of other sizes; \
                         pass format=\"rgb24\""
                    );
                    Failure::new(ErrorKind::Unsupported, message)
                })?
            }
            PictureSamples::Numbers(Numbers::U8(items)) => vec![Memory::packed(items, &shape(form))],
            PictureSamples::Numbers(Numbers::U16(items)) => vec![Memory::packed(items, &shape(form))],
            PictureSamples::Numbers(Numbers::F32(items)) => vec![Memory::packed(items, &shape(form))],
        };
        let planes = planes.into_iter().map(|plane| Py::new(py, plane)).collect::<PyResult<_>>()?;
        Ok(Self { planes, width, height, format, index, pts, time, duration, key, color })
    }

    /// FFmpeg's name of one of the fields, in their order.
    fn color(&self, field: usize) -> Option<String> {
        let mut names = self.color.names();
        names[field].take()
    }

    fn whole(&self) -> PyResult<&Py<Memory>> {
        match self.planes.as_slice() {
            [whole] => Ok(whole),
            planes => {
                let message = format!(
                    "a picture of {} has {} planes, and so no array of its own; use planes",
                    self.format,
                    planes.len()
                );
                Err(PyBufferError::new_err(message))
            }
        }
    }
}

#[pymethods]
impl Frame {
    #[getter]
    fn color_range(&self) -> Option<String> {
        self.color(0)
    }

    #[getter]
    fn color_primaries(&self) -> Option<String> {
        self.color(1)
    }

    #[getter]
    fn color_transfer(&self) -> Option<String> {
        self.color(2)
    }

    #[getter]
    fn color_space(&self) -> Option<String> {
        self.color(3)
    }

    #[getter]
    fn chroma_location(&self) -> Option<String> {
        self.color(4)
    }

    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let whole = self.whole().map_err(|error| PyAttributeError::new_err(error.value(py).to_string()))?;
        PyTuple::new(py, whole.get().shape())
    }

    #[getter]
    fn planes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let arrays = py.import("transcode_py.arrays")?;
        let arrays: PyResult<Vec<_>> =
            self.planes.iter().map(|plane| arrays.call_method1("from_memory", (plane,))).collect();
        PyTuple::new(py, arrays?)
    }

    fn to_numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("transcode_py.arrays")?.call_method1("from_memory", (self.whole()?,))
    }

    /// What NumPy asks for where there is no buffer: the error that says why.
    #[pyo3(signature = (*arguments, **options))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.to_numpy(py)?.call_method("__array__", arguments, options)
    }

    #[pyo3(signature = (**options))]
    fn __dlpack__<'py>(&self, py: Python<'py>, options: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        self.to_numpy(py)?.call_method("__dlpack__", (), options)
    }

    /// The CPU's, in DLPack's numbers.
    const fn __dlpack_device__(&self) -> (i32, i32) {
        (1, 0)
    }

    /// For notebooks; a picture with planes is told in words.
    fn _repr_png_<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if slf.get().planes.len() > 1 {
            return Ok(None);
        }
        slf.py().import("transcode_py.pngs")?.call_method1("png_of", (slf,)).map(Some)
    }

    fn __repr__(&self) -> String {
        let Self { index, time, width, height, format, key, .. } = self;
        let key = if *key { "True" } else { "False" };
        format!("Frame(index={index}, time={time:.6}, width={width}, height={height}, format='{format}', key={key})")
    }

    /// # Safety
    /// Python's own: `view` is to be filled.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let whole = slf.get().whole()?.bind(slf.py()).clone();
        // SAFETY: `view` is what Python gave for just this call.
        unsafe { Memory::__getbuffer__(whole, view, flags) }
    }
}
