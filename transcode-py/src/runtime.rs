//! The bridge from worker threads to asyncio: one tokio thread, alive only while jobs are awaited.
//!
//! The runtime that comes with `pyo3-async-runtimes` lives as long as the process: it does not survive a fork, and its
//! threads meet the end of the interpreter. This one begins with the first job that is awaited and ends with the last,
//! when nothing it was asked to deliver is left; a forked child makes its own.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use pyo3::prelude::*;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{ContextExt, JoinError, Runtime, future_into_py_with_locals};
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc;
use tokio::task;

use crate::worker::Worker;

/// Keeps the runtime alive. When the last one is dropped, the thread ends once it has delivered what it has.
pub(crate) type Lease = Arc<Bridge>;

/// Taken with the GIL held, and never while it is waited for: so no fork finds it locked by a thread that is gone.
static CURRENT: Mutex<Weak<Bridge>> = Mutex::new(Weak::new());

pub(crate) struct Bridge {
    handle: Handle,
    /// Held by every lease and by every future on its way: nothing is sent, the thread waits for the last to go.
    in_flight: Option<mpsc::Sender<Infallible>>,
    thread: Option<Worker>,
}

/// The runtime of this process, started where there is none.
pub(crate) fn lease() -> io::Result<Lease> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bridge) = current.upgrade().filter(|bridge| bridge.thread.as_ref().is_some_and(Worker::is_ours)) {
        return Ok(bridge);
    }
    let bridge = Arc::new(Bridge::start()?);
    *current = Arc::downgrade(&bridge);
    Ok(bridge)
}

impl Bridge {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let handle = runtime.handle().clone();
        let (in_flight, mut landed) = mpsc::channel(1);
        let body = move || {
            let _never_sent = runtime.block_on(landed.recv());
        };
        let thread = Worker::spawn("transcode-asyncio", body)?;
        Ok(Self { handle, in_flight: Some(in_flight), thread: Some(thread) })
    }
}

/// Threads of bridges that were dropped, not released: they end when they have delivered what they have.
static RETIRED: Mutex<Vec<Worker>> = Mutex::new(Vec::new());

impl Drop for Bridge {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let mut retired = RETIRED.lock().unwrap_or_else(PoisonError::into_inner);
            retired.retain(|thread| !thread.is_gone());
            retired.push(thread);
        }
    }
}

/// Gives a lease back. The last one waits for the thread, which may still need the GIL: to be called without it.
pub(crate) fn release(lease: Lease) {
    let Some(mut bridge) = Arc::into_inner(lease) else { return };
    bridge.in_flight = None;
    if let Some(thread) = bridge.thread.take() {
        thread.join();
    }
}

/// Waits for all threads, once all leases are gone. To be called without the GIL.
pub(crate) fn finish() {
    for thread in std::mem::take(&mut *RETIRED.lock().unwrap_or_else(PoisonError::into_inner)) {
        thread.join();
    }
}

/// A future of `event_loop` that is done when `work` is. The caller holds a [`Lease`].
pub(crate) fn future<'py>(
    py: Python<'py>,
    event_loop: Bound<'py, PyAny>,
    work: impl Future<Output = ()> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    future_into_py_with_locals::<Tokio, _, ()>(py, TaskLocals::new(event_loop), async move {
        work.await;
        Ok(())
    })
}

struct Tokio;

impl Runtime for Tokio {
    type JoinError = Lost;
    type JoinHandle = Landing;

    fn spawn<F: Future<Output = ()> + Send + 'static>(work: F) -> Landing {
        // What runs on the bridge spawns beside itself, and waits for it: it is counted already.
        if let Ok(handle) = Handle::try_current() {
            return Landing(handle.spawn(work));
        }
        let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        #[expect(clippy::expect_used, reason = "the caller of `future` holds a lease")]
        let bridge = current.expect("a future is made under a lease");
        let counted = bridge.in_flight.clone();
        Landing(bridge.handle.spawn(async move {
            work.await;
            drop(counted);
        }))
    }

    /// Hands a result to Python, on the bridge's own thread: it has nothing else to do but to hand out results, one
    /// after the other, as the GIL allows.
    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Landing {
        work();
        Landing(task::spawn(async {}))
    }
}

/// No Python code is awaited from here: there are no locals to keep.
impl ContextExt for Tokio {
    fn scope<F, R>(_: TaskLocals, work: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(work)
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}

/// tokio's handle and error, for the traits of another crate.
struct Landing(task::JoinHandle<()>);

struct Lost(task::JoinError);

impl Future for Landing {
    type Output = Result<(), Lost>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map_err(Lost)
    }
}

impl JoinError for Lost {
    fn is_panic(&self) -> bool {
        self.0.is_panic()
    }

    fn into_panic(self) -> Box<dyn Any + Send> {
        self.0.into_panic()
    }
}
