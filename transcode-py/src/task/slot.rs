//! One task at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use transcode_pipeline::ErrorKind;

use super::shared::Shared;
use crate::errors::Failure;

/// Where tasks that must not run side by side take turns: at most one is at work. Locked for a moment each time.
#[pyclass(frozen, module = "transcode_py._native")]
#[derive(Default)]
pub(crate) struct Slot(Mutex<Option<Arc<Shared>>>);

impl Slot {
    fn current(&self) -> MutexGuard<'_, Option<Arc<Shared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self, task: &Arc<Shared>) -> PyResult<()> {
        let mut current = self.current();
        if current.as_ref().is_some_and(|current| current.is_in_use()) {
            let message = "this Transcoder is busy; expected one run at a time; got a second; make one Transcoder a \
                           job, the options can be shared";
            return Err(Failure::new(ErrorKind::Bug, message).into());
        }
        *current = Some(Arc::clone(task));
        Ok(())
    }

    pub(super) fn leave(&self, task: &Arc<Shared>) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, task)) {
            *current = None;
        }
    }
}

#[pymethods]
impl Slot {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Whether a task of this process is at work.
    #[getter]
    fn busy(&self) -> bool {
        self.current().as_ref().is_some_and(|current| current.is_working())
    }

    /// Asks the task at work to stop.
    fn cancel(&self) {
        if let Some(current) = &*self.current() {
            current.cancel();
        }
    }

    /// Waits for the end of the task at work.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        let current = self.current().clone();
        current.filter(|current| current.is_working()).map_or(Ok(()), |current| current.join(py))
    }
}
