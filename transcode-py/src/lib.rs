//! The native module of `transcode_py`. It converts in, lets the GIL go, calls, converts out and
//! maps the error; every decision is taken in `transcode-pipeline`, every word for users stands in
//! the Python package beside it.

#![deny(unsafe_code)]

mod enter;
mod errors;
mod info;
mod io;
mod job;
mod options;
mod value;

use pyo3::prelude::pymodule;

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::info::{build_info, capabilities, probe, simd, version};
    #[pymodule_export]
    use crate::job::{Control, plan, run};
    #[pymodule_export]
    use crate::options::{canonical, check, table};
}
