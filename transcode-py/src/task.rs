//! Long work on a thread of its own, and the handle by which Python watches, stops and waits for it.
//!
//! The worker never takes the GIL: it leaves its outcome, rings a bell, and ends. Whoever waits does so with the GIL
//! released, in a call (`wait`) or on an event loop (`woken`), and converts the outcome itself (`result`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use pyo3::prelude::*;
use tokio::sync::Notify;
use transcode_pipeline::{Control, Error, ErrorKind, Event};

use crate::errors::Failure;
use crate::runtime::{self, Lease};
use crate::value;
use crate::worker::Worker;

/// How long a signal may wait: a Ctrl-C is promised an answer within 100 ms, and most of them are the codecs', which
/// finish the frames they have begun.
const STEP: Duration = Duration::from_millis(20);

/// How long after a Ctrl-C another one is an impatient second, and no longer an accidental one.
const PATIENCE: Duration = Duration::from_secs(1);

/// The outcome of some work as a Python object, made on the thread that asks for it.
pub(crate) type Deliver = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>> + Send>;

type Outcome = thread::Result<Result<Deliver, Error>>;

/// Rung when there is something to see: an event, or the end.
struct Bell {
    ring: Sender<()>,
    rung: Receiver<()>,
    notify: Notify,
    ended: AtomicBool,
}

impl Bell {
    fn new() -> Self {
        let (ring, rung) = bounded(1);
        Self { ring, rung, notify: Notify::new(), ended: AtomicBool::new(false) }
    }

    fn ring(&self) {
        // Full: it has been rung, and nobody has come yet.
        let _ = self.ring.try_send(());
        self.notify.notify_one();
    }

    fn end(&self) {
        self.ended.store(true, Release);
        self.ring();
        self.notify.notify_waiters();
    }

    async fn heard(&self) {
        // Made before the look at `ended`, so that it hears an end that comes after it.
        let rung = self.notify.notified();
        if !self.ended.load(Acquire) {
            rung.await;
        }
    }
}

enum State {
    Running(Worker),
    /// The worker is gone; its outcome waits to be asked for, once.
    Ended(Option<Outcome>),
}

/// Some work in progress.
#[pyclass(frozen, weakref, module = "transcode_py._native")]
pub(crate) struct Task {
    control: Control,
    bell: Arc<Bell>,
    outcome: Receiver<Outcome>,
    state: Mutex<State>,
    lease: Mutex<Option<Lease>>,
    abandoned: AtomicBool,
    process: u32,
}

impl Task {
    /// Starts `work`, which is told to stop through `control`.
    pub(crate) fn start(
        control: Control,
        work: impl FnOnce(&Control) -> Result<Deliver, Error> + Send + 'static,
    ) -> PyResult<Self> {
        let bell = Arc::new(Bell::new());
        let (done, outcome) = bounded(1);
        let (theirs, their_bell) = (control.clone(), Arc::clone(&bell));
        let event_bell = Arc::clone(&bell);
        control.on_event(move || event_bell.ring());
        let worker = Worker::spawn("transcode", move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&theirs)));
            // A task that nobody holds any more has no use for the outcome.
            let _ = done.send(outcome);
            their_bell.end();
        });
        let worker = worker.map_err(|error| no_thread(&error))?;
        Ok(Self {
            control,
            bell,
            outcome,
            state: Mutex::new(State::Running(worker)),
            lease: Mutex::default(),
            abandoned: AtomicBool::new(false),
            process: std::process::id(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the worker is gone. Its outcome is its last act but one, so that joining it takes no time.
    fn settle(&self, py: Python<'_>) -> bool {
        if self.outcome.is_empty() {
            return matches!(*self.state(), State::Ended(_));
        }
        py.detach(|| {
            let mut state = self.state();
            if let State::Running(_) = *state {
                let outcome = self.outcome.try_recv().ok();
                if let State::Running(worker) = std::mem::replace(&mut *state, State::Ended(outcome)) {
                    worker.join();
                }
            }
        });
        true
    }

    /// A thread of another process never ends here.
    fn check_process(&self) -> PyResult<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let message = "this job belongs to another process; expected it to be used where it was started; got a forked \
                       child; start a new job there";
        Err(Failure::new(ErrorKind::Bug, message).into())
    }

    fn rest(&self, py: Python<'_>) -> PyResult<()> {
        // Either way there may be something to see.
        let _ = py.detach(|| self.bell.rung.recv_timeout(STEP));
        py.check_signals()
    }
}

#[pymethods]
impl Task {
    /// Asks the work to stop, from any thread.
    fn cancel(&self) {
        self.control.cancel();
    }

    /// Whether the work has ended and its thread is gone.
    #[getter]
    fn done(&self, py: Python<'_>) -> PyResult<bool> {
        self.check_process()?;
        Ok(!self.abandoned.load(Relaxed) && self.settle(py))
    }

    /// What the work has told since the last call: kinds and their data.
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
        let mut events = Vec::new();
        while let Some(event) = self.control.take_event() {
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
        while self.abandoned.load(Relaxed) {
            // The interpreter ends, and this thread with it, without a word.
            py.detach(thread::park);
        }
        if self.settle(py) { Ok(()) } else { self.rest(py) }
    }

    /// A future of `event_loop` that is done when there is something to see.
    fn woken<'py>(&self, py: Python<'py>, event_loop: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.check_process()?;
        if self.abandoned.load(Relaxed) {
            return event_loop.call_method0("create_future");
        }
        let mut lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        if lease.is_none() {
            *lease = Some(runtime::lease().map_err(|error| no_thread(&error))?);
        }
        drop(lease);
        let bell = Arc::clone(&self.bell);
        runtime::future(py, event_loop, async move { bell.heard().await })
    }

    /// Waits for the end, and that nothing more comes of it. A signal, well after the first, is raised without waiting any
    /// longer: a codec that does not come back must not hold the caller for ever.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process()?;
        let began = Instant::now();
        while !self.settle(py) {
            match self.rest(py) {
                Err(error) if began.elapsed() > PATIENCE => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Of the last job in flight, this waits for the runtime's thread, which may still need the GIL.
        if let Some(lease) = lease {
            py.detach(|| runtime::release(lease));
        }
        Ok(())
    }

    /// Asks the work to stop, and lets nobody who waits for it see the end: the interpreter ends first.
    fn abandon(&self) {
        self.abandoned.store(true, Relaxed);
        self.control.cancel();
    }

    /// The outcome, once, of work that is done.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.join(py)?;
        let outcome = match &mut *self.state() {
            State::Ended(outcome) => outcome.take(),
            State::Running(_) => None,
        };
        outcome.map_or_else(|| Err(lost().into()), settle)?(py)
    }
}

/// Threads of tasks that were dropped before their end, and what delivers for them.
static ORPHANS: Mutex<Vec<(Worker, Option<Lease>)>> = Mutex::new(Vec::new());

impl Drop for Task {
    fn drop(&mut self) {
        self.control.cancel();
        let State::Running(worker) = std::mem::replace(&mut *self.state(), State::Ended(None)) else { return };
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut orphans = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner);
        orphans.retain(|(worker, _)| !worker.is_gone());
        orphans.push((worker, lease));
    }
}

/// Waits for everything that was left behind: after this, no thread of the library needs the interpreter.
#[pyfunction]
pub(crate) fn wait_for_all(py: Python<'_>) {
    let orphans = std::mem::take(&mut *ORPHANS.lock().unwrap_or_else(PoisonError::into_inner));
    py.detach(|| {
        for (worker, lease) in orphans {
            worker.join();
            if let Some(lease) = lease {
                runtime::release(lease);
            }
        }
        runtime::finish();
    });
}

/// Calls of a few microseconds: only the panic is kept from crossing.
pub(crate) fn quick<T>(work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    settle(catch_unwind(AssertUnwindSafe(work)))
}

fn settle<T>(outcome: thread::Result<Result<T, Error>>) -> PyResult<T> {
    match outcome {
        Ok(result) => Ok(result.map_err(Failure)?),
        Err(payload) => Err(Failure::from_panic(&*payload).into()),
    }
}

fn lost() -> Failure {
    Failure::new(ErrorKind::Bug, "the job's result is gone; expected it to be asked for once; please report it")
}

fn no_thread(error: &std::io::Error) -> Failure {
    let mut failure = Error::new(
        ErrorKind::Io,
        format!("the system refused a thread; expected one for the job; got {error}; run fewer jobs at once"),
    );
    failure.os_code = error.raw_os_error();
    Failure(failure)
}
