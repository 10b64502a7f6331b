//! Long work on a thread of its own, and the handle by which Python watches, stops and waits for it.
//!
//! The worker never takes the GIL: it leaves its outcome, rings a bell, and ends. Whoever waits does so with the GIL
//! released, in a call (`wait`) or on an event loop (`woken`), and converts the outcome itself (`result`).
//!
//! A task is a context manager, entered and left in one step of the interpreter each: a Ctrl-C comes before the work
//! has begun, or finds somebody who stops it.

mod shared;
mod slot;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use pyo3::prelude::*;
use transcode_pipeline::{Control, Error, ErrorKind, Event};

use crate::errors::{Failure, caught, flat};
use crate::{reader, runtime, value};
use shared::Shared;
pub(crate) use slot::Slot;

/// The outcome of some work as a Python object, made on the thread that asks for it.
pub(crate) type Deliver = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>> + Send>;

/// Some work that will be, is, or was in progress. Dropped, it is cancelled.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Task {
    shared: Arc<Shared>,
    /// Where it has its turn; without one it shares nothing with other tasks.
    slot: Option<Py<Slot>>,
}

/// Every task that was begun and not left, for the end of the interpreter. Locked with the GIL held, for a moment.
static LIVE: Mutex<Vec<Arc<Shared>>> = Mutex::new(Vec::new());

/// The thread that ends the interpreter.
static CLOSING: Mutex<Option<ThreadId>> = Mutex::new(None);

impl Task {
    /// Work that has not begun; it is told to stop through `control`.
    pub(crate) fn new(
        control: Control,
        slot: Option<Py<Slot>>,
        work: impl FnOnce(&Control) -> Result<Deliver, Error> + Send + 'static,
    ) -> Self {
        Self { shared: Shared::new(control, Box::new(work)), slot }
    }

    /// A thread of another process never ends here.
    fn check_process(&self) -> PyResult<()> {
        self.shared.home().check("this job", "start a new job there")
    }

    fn slot(&self) -> Option<&Slot> {
        self.slot.as_ref().map(Py::get)
    }
}

#[pymethods]
impl Task {
    /// Begins the work.
    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let this = slf.get();
        let ending = *CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        while ending.is_some_and(|thread| thread != thread::current().id()) {
            // The interpreter ends, and this thread with it, without a word.
            slf.py().detach(thread::park);
        }
        if let Some(slot) = this.slot() {
            slot.take(&this.shared)?;
        }
        if let Err(error) = this.shared.start() {
            if let Some(slot) = this.slot() {
                slot.leave(&this.shared);
            }
            return Err(no_thread(&error).into());
        }
        let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
        live.retain(|task| task.is_ours() && !task.is_gone());
        live.push(Arc::clone(&this.shared));
        drop(live);
        Ok(slf)
    }

    /// Leaves nothing behind: work that is not done is stopped, and waited for.
    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: &Bound<'_, PyAny>,
        _error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        if self.shared.is_ours() {
            self.stop(py)?;
            LIVE.lock().unwrap_or_else(PoisonError::into_inner).retain(|task| !Arc::ptr_eq(task, &self.shared));
        }
        if let Some(slot) = self.slot() {
            slot.leave(&self.shared);
        }
        Ok(false)
    }

    /// Asks the work to stop, from any thread.
    fn cancel(&self) {
        self.shared.cancel();
    }

    /// Asks the work to stop, and waits for its end.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process()?;
        if !self.shared.settle(py) {
            self.shared.cancel();
        }
        self.shared.join(py)
    }

    /// Whether the work has ended and its thread is gone.
    #[getter]
    fn done(&self, py: Python<'_>) -> PyResult<bool> {
        self.check_process()?;
        Ok(!self.shared.is_abandoned() && self.shared.settle(py))
    }

    /// What the work has told since the last call: kinds and their data.
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
        let mut events = Vec::new();
        while let Some(event) = self.shared.take_event() {
            events.push(match event {
                Event::Planned(plan) => ("planned", value::report(py, &plan)?),
                Event::Stage(stage) => ("stage", value::report(py, &stage)?),
                Event::Warning(text) => ("warning", value::report(py, &text)?),
                Event::Progress(progress) => ("progress", value::report(py, &progress)?),
            });
        }
        Ok(events)
    }

    /// Waits until there may be something to see. Raises what a signal's handler raises.
    fn wait(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process()?;
        while self.shared.is_abandoned() {
            py.detach(thread::park);
        }
        if self.shared.settle(py) { Ok(()) } else { self.shared.rest(py) }
    }

    /// A future of `event_loop` that is done when there is something to see.
    fn woken<'py>(&self, py: Python<'py>, event_loop: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.check_process()?;
        if self.shared.is_abandoned() {
            return event_loop.call_method0("create_future");
        }
        // Held until the future is under way, whoever else gives the task's own back meanwhile.
        let _lease = self.shared.lease().map_err(|error| no_thread(&error))?;
        runtime::future(py, event_loop, self.shared.heard())
    }

    /// The outcome, once, of work that is done.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check_process()?;
        self.shared.join(py)?;
        let outcome = self.shared.take_outcome().ok_or_else(lost)?;
        flat(outcome)?(py)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // What has ended is not cancelled: there may be more to do with what it worked on. A slot sees by it who left.
        if self.slot.is_some() || !self.shared.is_gone() {
            self.shared.cancel();
        }
    }
}

/// Ends all work, wherever it is, and lets nobody who waits for it see the end: the interpreter ends first. After this
/// no thread of the library needs it.
#[pyfunction]
pub(crate) fn end_all(py: Python<'_>) {
    *CLOSING.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
    loop {
        let tasks = std::mem::take(&mut *LIVE.lock().unwrap_or_else(PoisonError::into_inner));
        if tasks.is_empty() {
            break;
        }
        for task in &tasks {
            task.abandon();
        }
        py.detach(|| tasks.iter().filter(|task| task.is_ours()).for_each(|task| task.outlive()));
    }
    reader::close_all(py);
    py.detach(runtime::finish);
}

/// Calls of a few microseconds: only the panic is kept from crossing.
pub(crate) fn quick<T>(work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    Ok(caught(work)?)
}

fn lost() -> Failure {
    Failure::new(ErrorKind::Bug, "the job's result is gone; expected it to be asked for once; please report it")
}

fn no_thread(error: &std::io::Error) -> Failure {
    Failure::no_thread(error, "job", "run fewer jobs at once")
}
