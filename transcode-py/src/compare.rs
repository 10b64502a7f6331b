//! Two inputs measured against each other.

use pyo3::prelude::*;
use pyo3::types::PyMapping;
use transcode_pipeline as pipeline;
use transcode_pipeline::{Compare, Control, Metric};

use crate::job::{Media, input_from};
use crate::task::{Task, quick};
use crate::{options, value};

/// Measures `a` against `b`. The result: what was found.
#[pyfunction]
pub(crate) fn compare(
    a: Media<'_>,
    b: Media<'_>,
    metrics: Vec<String>,
    streams: [Option<usize>; 2],
    values: &Bound<'_, PyMapping>,
) -> PyResult<Task> {
    let control = Control::new();
    let metrics = quick(|| Metric::parse(&metrics))?;
    let options = options::from_python(values)?;
    let job = Compare { a: input_from(&control, &a)?, b: input_from(&control, &b)?, streams, metrics, options };
    Ok(Task::new(control, None, move |control| {
        let found = pipeline::compare(job, control)?;
        Ok(Box::new(move |py| value::report(py, &found)))
    }))
}
