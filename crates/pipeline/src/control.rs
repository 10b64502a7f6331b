//! The handle by which a caller watches and stops a job.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use transcode_av::Interrupt;

use crate::report::Progress;

/// A cheap handle on a running job, shared between the caller and the job.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    interrupt: Arc<Interrupt>,
    /// The newest progress that nobody has taken yet.
    progress: Mutex<Option<Progress>>,
}

impl Control {
    /// A handle for a job that is going to run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the job to stop. It stops at its next packet, frame or blocked read, and reports `Cancelled`.
    pub fn cancel(&self) {
        self.0.interrupt.trigger();
    }

    /// Whether the job was asked to stop, by [`cancel`](Self::cancel) or by its timeout.
    pub fn is_cancelled(&self) -> bool {
        self.0.interrupt.is_set()
    }

    /// The newest progress, once.
    pub fn take_progress(&self) -> Option<Progress> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn publish(&self, progress: Progress) {
        *self.0.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    pub(crate) fn interrupt(&self) -> &Arc<Interrupt> {
        &self.0.interrupt
    }

    pub(crate) fn set_deadline(&self, at: Instant) {
        self.0.interrupt.set_deadline(at);
    }

    pub(crate) fn timed_out(&self) -> bool {
        self.0.interrupt.is_late()
    }
}
