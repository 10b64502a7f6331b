//! The table of options, as Python sees it.

use pyo3::prelude::*;
use pyo3::types::PyMapping;
use transcode_pipeline::{Options, options};

use crate::task::quick;
use crate::value;

/// Every row of the table, in its order.
#[pyfunction]
pub(crate) fn table(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let rows = quick(|| Ok(options::table()))?;
    value::report(py, &rows)
}

/// One option alone, checked, in its canonical form.
#[pyfunction]
pub(crate) fn canonical<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let given = value::from_python(name, value)?;
    let canonical = quick(|| options::canonical(name, &given))?;
    value::to_python(value.py(), &canonical)
}

/// All options of a job together: what contradicts what.
#[pyfunction]
pub(crate) fn check(values: &Bound<'_, PyMapping>) -> PyResult<()> {
    from_python(values).map(drop)
}

/// The options of a job.
pub(crate) fn from_python(values: &Bound<'_, PyMapping>) -> PyResult<Options> {
    let values = value::map_from_python("options", values)?;
    quick(|| Options::from_values(&values))
}
