//! What files hold, and what this build can do.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use transcode_kernels as kernels;
use transcode_pipeline as pipeline;
use transcode_pipeline::ErrorKind;

use crate::errors::Failure;
use crate::job::{Media, input_from};
use crate::task::{Task, quick};
use crate::value;

/// Looks into an input. The result: what it holds.
#[pyfunction]
pub(crate) fn probe(input: Media<'_>) -> PyResult<Task> {
    let control = pipeline::Control::new();
    let input = input_from(&control, &input)?;
    Ok(Task::new(control, None, move |control| {
        let info = pipeline::probe(input, control)?;
        Ok(Box::new(move |py| value::report(py, &info)))
    }))
}

#[pyfunction]
pub(crate) fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let info = quick(|| Ok(pipeline::build_info()))?;
    value::report(py, &info)
}

/// Opening every encoder takes long enough for a Ctrl-C.
#[pyfunction]
pub(crate) fn capabilities() -> Task {
    Task::new(pipeline::Control::new(), None, |_| {
        let found = pipeline::capabilities();
        Ok(Box::new(move |py| value::report(py, &found)))
    })
}

#[pyfunction]
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The instruction sets of this CPU, and the level in force.
#[pyfunction]
pub(crate) fn simd(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let level = kernels::Level::active().map_err(|error| Failure::new(ErrorKind::InvalidOption, error.to_string()))?;
    let simd = kernels::Simd::detect();
    let dict = PyDict::new(py);
    dict.set_item("sse42", simd.sse42)?;
    dict.set_item("avx2", simd.avx2)?;
    dict.set_item("avx512", simd.avx512)?;
    dict.set_item("neon", simd.neon)?;
    dict.set_item("level", level.name())?;
    Ok(dict)
}
