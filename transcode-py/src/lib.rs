//! The native module of `transcode_py`. It converts in, lets the GIL go, calls, converts out and
//! maps the error; every decision is taken in `transcode-pipeline`, every word for users stands in
//! the Python package beside it.

#![deny(unsafe_code)]

mod array;
mod compare;
mod errors;
mod frame;
mod images;
mod info;
mod io;
mod job;
mod memory;
mod options;
mod reader;
mod runtime;
mod sound;
mod task;
mod value;
mod worker;
mod writer;

use pyo3::prelude::{Bound, PyAnyMethods, PyModule, PyResult, pymodule};

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::compare::compare;
    #[pymodule_export]
    use crate::frame::Frame;
    #[pymodule_export]
    use crate::images::{fill, read_image, write_image};
    #[pymodule_export]
    use crate::info::{build_info, capabilities, probe, simd, version};
    #[pymodule_export]
    use crate::io::{Desk, FileEnd, desk};
    #[pymodule_export]
    use crate::job::{plan, run};
    #[pymodule_export]
    use crate::memory::Memory;
    #[pymodule_export]
    use crate::options::{canonical, check, table};
    #[pymodule_export]
    use crate::reader::{Reader, open_video};
    #[pymodule_export]
    use crate::sound::{Sound, open_audio, read_audio};
    #[pymodule_export]
    use crate::task::{Slot, Task, end_all};
    #[pymodule_export]
    use crate::writer::{Feed, Writer, write_audio};

    /// SVT-AV1 writes its settings to standard error, and reads only in the environment, once, that it should not.
    #[pymodule_init]
    fn init(module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        super::quiet_svt(module)
    }
}

fn quiet_svt(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let environment = module.py().import("os")?.getattr("environ")?;
    environment.call_method1("setdefault", ("SVT_LOG", "1")).map(drop)
}
