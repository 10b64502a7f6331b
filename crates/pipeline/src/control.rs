//! The handle by which a caller watches and stops a job.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use transcode_av::Interrupt;

use crate::report::Progress;

/// A cheap handle on a running job, shared between the caller and the job.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    interrupt: Arc<Interrupt>,
    /// What nobody has taken yet: the very first report, and the newest.
    progress: Mutex<VecDeque<Progress>>,
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

    /// The next report, once. Of those that came since the last call only the newest is left, but the first one of
    /// a job always comes.
    pub fn take_progress(&self) -> Option<Progress> {
        self.progress().pop_front()
    }

    pub(crate) fn publish(&self, progress: Progress) {
        let mut waiting = self.progress();
        if waiting.back().is_some_and(|last| last.elapsed > 0.0) {
            waiting.pop_back();
        }
        waiting.push_back(progress);
    }

    fn progress(&self) -> MutexGuard<'_, VecDeque<Progress>> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
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
