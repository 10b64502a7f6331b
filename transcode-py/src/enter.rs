//! The one door to the pipeline. Long work runs on a thread of its own while the calling thread
//! waits with the GIL released, looks for signals, hands out progress and serves Python's file
//! objects; so no worker thread ever needs the GIL.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, select};
use pyo3::prelude::*;
use transcode_pipeline::{Control, Error, ErrorKind};

use crate::errors::Failure;
use crate::io::{Desk, Request};
use crate::value;

/// How long a signal or a progress report may wait: a Ctrl-C is promised an answer within 100 ms, and
/// most of them are the codecs', which finish the frames they have begun.
const STEP: Duration = Duration::from_millis(20);

/// How long after a Ctrl-C another one is an impatient second, and no longer an accidental one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Calls of a few microseconds: only the panic is kept from crossing.
pub(crate) fn quick<T>(work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    settle(catch_unwind(AssertUnwindSafe(work)))
}

/// Work that can take long. What the caller's Python code raises meanwhile (a signal handler, the
/// progress callback, a file object) stops the work, and comes out itself once the work has ended.
pub(crate) fn enter<T: Send + 'static>(
    py: Python<'_>,
    control: &Control,
    desk: &Desk,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Control) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let (done, finished) = bounded(1);
    let theirs = control.clone();
    let worker = thread::Builder::new()
        .name("transcode".to_owned())
        .spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&theirs)));
            // The receiver waits below for as long as this thread lives.
            let _ = done.send(outcome);
        })
        .map_err(|error| no_thread(&error))?;

    let mut raised: Option<(PyErr, Instant)> = None;
    let outcome = loop {
        let event = py.detach(|| wait(&finished, desk.requests()));
        let turn = match event {
            Event::Done(outcome) => break outcome,
            Event::Request(request) => desk.serve(py, request, raised.is_some()),
            Event::Tick => Ok(()),
        };
        let turn = turn.and_then(|()| py.check_signals());
        let turn = if raised.is_none() { turn.and_then(|()| show(py, control, progress).map(drop)) } else { turn };
        let Err(error) = turn else { continue };
        match &raised {
            None => {
                control.cancel();
                raised = Some((error, Instant::now()));
            }
            // A second signal, well after the first: a codec that does not come back must not hold the caller for ever.
            Some((_, at)) if at.elapsed() > PATIENCE => return Err(error),
            Some(_) => {}
        }
    };
    // The outcome was its last word: the thread is ending, and nothing of the job outlives the call.
    let _ = py.detach(|| worker.join());
    if let Some((error, _)) = raised {
        return Err(error);
    }
    let result = settle(outcome)?;
    while show(py, control, progress)? {}
    Ok(result)
}

type Outcome<T> = thread::Result<Result<T, Error>>;

enum Event<T> {
    Done(Outcome<T>),
    Request(Request),
    Tick,
}

fn wait<T>(finished: &Receiver<Outcome<T>>, requests: &Receiver<Request>) -> Event<T> {
    select! {
        recv(finished) -> outcome => Event::Done(outcome.unwrap_or_else(|_| Ok(Err(lost())))),
        recv(requests) -> request => request.map_or(Event::Tick, Event::Request),
        default(STEP) => Event::Tick,
    }
}

/// Hands out one report; whether there was one.
fn show(py: Python<'_>, control: &Control, progress: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    let Some(callback) = progress else { return Ok(false) };
    let Some(progress) = control.take_progress() else { return Ok(false) };
    callback.call1((value::report(py, &progress)?,))?;
    Ok(true)
}

fn settle<T>(outcome: Outcome<T>) -> PyResult<T> {
    match outcome {
        Ok(result) => Ok(result.map_err(Failure)?),
        Err(payload) => Err(Failure::from_panic(&*payload).into()),
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Bug, "the job's thread ended without a result; please report it")
}

fn no_thread(error: &std::io::Error) -> Failure {
    let mut failure = Error::new(
        ErrorKind::Io,
        format!("the system refused a thread; expected one for the job; got {error}; run fewer jobs at once"),
    );
    failure.os_code = error.raw_os_error();
    Failure(failure)
}
