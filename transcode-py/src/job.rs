//! Jobs: media in, media out, options, one call.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use transcode_pipeline as pipeline;
use transcode_pipeline::{ErrorKind, Executor, Input, Job, Output};

use crate::enter::enter;
use crate::errors::Failure;
use crate::io::Desk;
use crate::{options, value};

/// The handle of one job, to be used from any thread.
#[pyclass(frozen, module = "transcode_py._native")]
#[derive(Default)]
pub(crate) struct Control(pipeline::Control);

#[pymethods]
impl Control {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn cancel(&self) {
        self.0.cancel();
    }
}

/// Where media comes from or goes to, as the Python side has told them apart: a kind and its object.
pub(crate) type Media<'py> = (String, Bound<'py, PyAny>);

#[pyfunction]
#[pyo3(signature = (input, output, values, control, progress=None, executor="auto"))]
pub(crate) fn run<'py>(
    py: Python<'py>,
    input: Media<'py>,
    output: Media<'py>,
    values: &Bound<'py, PyMapping>,
    control: &Bound<'py, Control>,
    progress: Option<&Bound<'py, PyAny>>,
    executor: &str,
) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyBytes>>)> {
    let mut desk = Desk::new();
    let job = job(&mut desk, &input, &output, values)?;
    let executor = executor_named(executor)?;
    let outcome = enter(py, &control.get().0, &desk, progress, move |control| pipeline::run(job, executor, control))?;
    let stats = value::report(py, &outcome.stats)?;
    Ok((stats, outcome.data.map(|data| PyBytes::new(py, &data))))
}

#[pyfunction]
pub(crate) fn plan<'py>(
    py: Python<'py>,
    input: Media<'py>,
    output: Media<'py>,
    values: &Bound<'py, PyMapping>,
    control: &Bound<'py, Control>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut desk = Desk::new();
    let job = job(&mut desk, &input, &output, values)?;
    let plan = enter(py, &control.get().0, &desk, None, move |control| pipeline::plan(job, control))?;
    value::report(py, &plan)
}

fn job(desk: &mut Desk, input: &Media<'_>, output: &Media<'_>, values: &Bound<'_, PyMapping>) -> PyResult<Job> {
    // Options first: a file object is touched only for a job that can be.
    let options = options::from_python(values)?;
    Ok(Job { input: input_from(desk, input)?, output: output_from(desk, output)?, options })
}

pub(crate) fn input_from(desk: &mut Desk, (kind, object): &Media<'_>) -> PyResult<Input> {
    match kind.as_str() {
        "path" => Ok(Input::Path(object.extract::<PathBuf>()?)),
        "url" => Ok(Input::Url(object.extract()?)),
        "bytes" => bytes(object).map(Input::Bytes),
        "file" => Ok(Input::Reader(Box::new(desk.source(object)?))),
        other => Err(unknown("input", other)),
    }
}

fn output_from(desk: &mut Desk, (kind, object): &Media<'_>) -> PyResult<Output> {
    match kind.as_str() {
        "path" => Ok(Output::Path(object.extract::<PathBuf>()?)),
        "memory" => Ok(Output::Memory),
        "file" => Ok(Output::Writer(Box::new(desk.target(object)?))),
        other => Err(unknown("output", other)),
    }
}

/// The data is copied once: a `bytearray` may change while the job reads.
fn bytes(object: &Bound<'_, PyAny>) -> PyResult<Arc<[u8]>> {
    match object.cast::<PyBytes>() {
        Ok(bytes) => Ok(Arc::from(bytes.as_bytes())),
        Err(_) => Ok(Arc::from(PyBuffer::<u8>::get(object)?.to_vec(object.py())?)),
    }
}

/// Tests run both executors; everyone else leaves the choice to the pipeline.
fn executor_named(name: &str) -> PyResult<Executor> {
    match name {
        "auto" => Ok(Executor::Auto),
        "sequential" => Ok(Executor::Sequential),
        "threaded" => Ok(Executor::Threaded),
        other => Err(unknown("executor", other)),
    }
}

fn unknown(what: &str, kind: &str) -> PyErr {
    Failure::new(ErrorKind::Bug, format!("{what} of the unknown kind {kind:?}; please report it")).into()
}
