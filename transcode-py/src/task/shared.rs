//! What a worker and everybody who waits for it share.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use pyo3::prelude::*;
use tokio::sync::Notify;
use transcode_pipeline::{Control, Error, Event};

use super::Deliver;
use crate::runtime::{self, Lease};
use crate::worker::{Home, Worker};

/// How long a signal may wait: a Ctrl-C is promised an answer within 100 ms, and most of them are the codecs', which
/// finish the frames they have begun.
const STEP: Duration = Duration::from_millis(20);

/// How long after a Ctrl-C another one is an impatient second, and no longer an accidental one.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) type Outcome = thread::Result<Result<Deliver, Error>>;

type Work = Box<dyn FnOnce(&Control) -> Result<Deliver, Error> + Send>;

/// Rung when there is something to see: an event, or the end.
struct Bell {
    ring: Sender<()>,
    rung: Receiver<()>,
    notify: Notify,
    ended: AtomicBool,
}

impl Bell {
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
}

enum State {
    Ready(Work),
    Running(Worker),
    /// The worker is gone; its outcome waits to be asked for, once.
    Ended(Option<Outcome>),
}

pub(super) struct Shared {
    control: Control,
    bell: Arc<Bell>,
    done: Sender<Outcome>,
    outcome: Receiver<Outcome>,
    state: Mutex<State>,
    lease: Mutex<Option<Lease>>,
    abandoned: AtomicBool,
    home: Home,
}

impl Shared {
    pub(super) fn new(control: Control, work: Work) -> Arc<Self> {
        let (ring, rung) = bounded(1);
        let (done, outcome) = bounded(1);
        Arc::new(Self {
            control,
            bell: Arc::new(Bell { ring, rung, notify: Notify::new(), ended: AtomicBool::new(false) }),
            done,
            outcome,
            state: Mutex::new(State::Ready(work)),
            lease: Mutex::default(),
            abandoned: AtomicBool::new(false),
            home: Home::here(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the work, once.
    pub(super) fn start(&self) -> io::Result<()> {
        let mut state = self.state();
        let State::Ready(work) = std::mem::replace(&mut *state, State::Ended(None)) else {
            return Err(io::Error::other("the job was begun before"));
        };
        let bell = Arc::clone(&self.bell);
        self.control.on_event(move || bell.ring());
        let (control, bell, done) = (self.control.clone(), Arc::clone(&self.bell), self.done.clone());
        let worker = Worker::spawn("transcode", move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&control)));
            // A task that nobody holds any more has no use for the outcome.
            let _ = done.send(outcome);
            bell.end();
        })?;
        *state = State::Running(worker);
        Ok(())
    }

    pub(super) fn home(&self) -> Home {
        self.home
    }

    pub(super) fn is_ours(&self) -> bool {
        self.home.is_here()
    }

    /// Whether the work has begun and its outcome is not there.
    pub(super) fn is_working(&self) -> bool {
        self.is_ours() && matches!(*self.state(), State::Running(_)) && self.outcome.is_empty()
    }

    /// Whether somebody still runs it. One that was cancelled and has ended may be held by who will not come back to
    /// it: an iterator that was left.
    pub(super) fn is_in_use(&self) -> bool {
        self.is_working() || (self.is_ours() && !self.control.is_cancelled())
    }

    /// Whether the worker was joined.
    pub(super) fn is_gone(&self) -> bool {
        matches!(*self.state(), State::Ended(_))
    }

    pub(super) fn cancel(&self) {
        self.control.cancel();
    }

    pub(super) fn take_event(&self) -> Option<Event> {
        self.control.take_event()
    }

    pub(super) fn take_outcome(&self) -> Option<Outcome> {
        match &mut *self.state() {
            State::Ended(outcome) => outcome.take(),
            State::Ready(_) | State::Running(_) => None,
        }
    }

    /// Joins the worker where it has ended; whether it is gone. Its outcome is its last act but one, so this is quick.
    fn reap(&self) -> bool {
        let mut state = self.state();
        if let State::Running(_) = *state {
            let Ok(outcome) = self.outcome.try_recv() else { return false };
            if let State::Running(worker) = std::mem::replace(&mut *state, State::Ended(Some(outcome))) {
                worker.join();
            }
        }
        matches!(*state, State::Ended(_))
    }

    pub(super) fn settle(&self, py: Python<'_>) -> bool {
        // The GIL is let go for the thread's end alone: asking is cheap, and getting it back may not be.
        !self.is_working() && (self.is_gone() || py.detach(|| self.reap()))
    }

    /// Waits a moment for something to see, and looks for signals.
    pub(super) fn rest(&self, py: Python<'_>) -> PyResult<()> {
        // Either way there may be something to see.
        let _ = py.detach(|| self.bell.rung.recv_timeout(STEP));
        py.check_signals()
    }

    /// Waits for the end, and that nothing more comes of it. What a signal's handler raises meanwhile is raised then;
    /// but a signal well after the first is raised without waiting any longer: a codec that does not come back must
    /// not hold the caller for ever.
    pub(super) fn join(&self, py: Python<'_>) -> PyResult<()> {
        let began = Instant::now();
        let mut raised = None;
        while !self.settle(py) {
            match self.rest(py) {
                Ok(()) => {}
                Err(error) if began.elapsed() > PATIENCE => return Err(error),
                Err(error) => drop(raised.get_or_insert(error)),
            }
        }
        py.detach(|| self.release());
        raised.map_or(Ok(()), Err)
    }

    /// Gives the lease back. The last one waits for the runtime's thread, which may still need the GIL.
    fn release(&self) {
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lease) = lease {
            runtime::release(lease);
        }
    }

    /// The task's share of the runtime.
    pub(super) fn lease(&self) -> io::Result<Lease> {
        let mut lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        match &*lease {
            Some(lease) => Ok(Arc::clone(lease)),
            None => Ok(Arc::clone(lease.insert(runtime::lease()?))),
        }
    }

    /// Is done when the bell is rung, or the work has ended.
    pub(super) fn heard(&self) -> impl Future<Output = ()> + Send + use<> {
        let bell = Arc::clone(&self.bell);
        async move {
            // Made before the look at `ended`, so that it hears an end that comes after it.
            let rung = bell.notify.notified();
            if !bell.ended.load(Acquire) {
                rung.await;
            }
        }
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Relaxed)
    }

    /// Stops the work for the end of the interpreter.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Relaxed);
        self.control.cancel();
    }

    /// Waits for the end without a look at anything else. To be called without the GIL.
    pub(super) fn outlive(&self) {
        while !self.reap() {
            let _rung_or_not = self.bell.rung.recv_timeout(STEP);
        }
        self.release();
    }
}
