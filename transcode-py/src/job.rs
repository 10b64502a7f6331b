//! Jobs: media in, media out, options, one task.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::IntoPyObjectExt;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use transcode_pipeline as pipeline;
use transcode_pipeline::{Control, ErrorKind, Executor, Input, Job, Output};

use crate::errors::Failure;
use crate::io::FileEnd;
use crate::task::{Slot, Task};
use crate::{options, value};

/// Where media comes from or goes to, as the Python side has told them apart: a kind and its object.
pub(crate) type Media<'py> = (String, Bound<'py, PyAny>);

/// Does a job. The result: the stats, and the data where the output is memory.
#[pyfunction]
#[pyo3(signature = (input, output, values, slot=None, at_once=1, executor="auto"))]
pub(crate) fn run(
    input: Media<'_>,
    output: Media<'_>,
    values: &Bound<'_, PyMapping>,
    slot: Option<Py<Slot>>,
    at_once: u32,
    executor: &str,
) -> PyResult<Task> {
    let control = Control::new();
    let job = job(&control, &input, &output, values, at_once)?;
    let executor = executor_named(executor)?;
    Ok(Task::new(control, slot, move |control| {
        let outcome = pipeline::run(job, executor, control)?;
        Ok(Box::new(move |py| {
            let data = outcome.data.map(|data| PyBytes::new(py, &data));
            (value::report(py, &outcome.stats)?, data).into_bound_py_any(py)
        }))
    }))
}

/// Plans a job. The result: the plan.
#[pyfunction]
#[pyo3(signature = (input, output, values, slot=None))]
pub(crate) fn plan(
    input: Media<'_>,
    output: Media<'_>,
    values: &Bound<'_, PyMapping>,
    slot: Option<Py<Slot>>,
) -> PyResult<Task> {
    let control = Control::new();
    let job = job(&control, &input, &output, values, 1)?;
    Ok(Task::new(control, slot, move |control| {
        let plan = pipeline::plan(job, control)?;
        Ok(Box::new(move |py| value::report(py, &plan)))
    }))
}

fn job(
    control: &Control,
    input: &Media<'_>,
    output: &Media<'_>,
    values: &Bound<'_, PyMapping>,
    at_once: u32,
) -> PyResult<Job> {
    let options = options::from_python(values)?;
    Ok(Job { input: input_from(control, input)?, output: output_from(control, output)?, options, at_once })
}

pub(crate) fn input_from(control: &Control, (kind, object): &Media<'_>) -> PyResult<Input> {
    match kind.as_str() {
        "path" => Ok(Input::Path(object.extract::<PathBuf>()?)),
        "url" => Ok(Input::Url(object.extract()?)),
        "bytes" => bytes(object).map(Input::Bytes),
        "file" => Ok(Input::Reader(Box::new(object.cast::<FileEnd>()?.get().take(control)?))),
        other => Err(unknown("input", other)),
    }
}

pub(crate) fn output_from(control: &Control, (kind, object): &Media<'_>) -> PyResult<Output> {
    match kind.as_str() {
        "path" => Ok(Output::Path(object.extract::<PathBuf>()?)),
        "memory" => Ok(Output::Memory),
        "file" => Ok(Output::Writer(Box::new(object.cast::<FileEnd>()?.get().take(control)?))),
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
