//! The handle by which a caller watches and stops a job.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use transcode_av::Interrupt;

use crate::report::{Plan, Progress};

/// What a job tells its caller, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// What it is going to do; once.
    Planned(Plan),
    /// What it does now: `"encode"` once the header is written, `"finish"` once the trailer begins.
    Stage(&'static str),
    /// Something was dropped, changed, repaired or found damaged: each text of [`Stats`](crate::Stats) once, when it
    /// becomes known.
    Warning(String),
    /// How far it is.
    Progress(Progress),
}

/// A cheap handle on a running job, shared between the caller and the job.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Shared>);

#[derive(Default)]
struct Shared {
    interrupt: Arc<Interrupt>,
    /// What nobody has taken yet.
    events: Mutex<VecDeque<Event>>,
    ring: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("interrupt", &self.interrupt).finish_non_exhaustive()
    }
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

    /// The next event, once. Of the progress reports that came since the last call only the newest is left, but the
    /// first one of a job always comes. Everything else waits until it is taken.
    pub fn take_event(&self) -> Option<Event> {
        self.events().pop_front()
    }

    /// Has `ring` called after every event that comes, on a thread of the job's: it must be quick. Only the first call
    /// has an effect, and it belongs before the job runs.
    pub fn on_event(&self, ring: impl Fn() + Send + Sync + 'static) {
        let _already_set = self.0.ring.set(Box::new(ring));
    }

    pub(crate) fn publish(&self, event: Event) {
        self.enqueue(event);
        self.ring();
    }

    /// The first half of [`publish`](Self::publish).
    pub(crate) fn enqueue(&self, event: Event) {
        let mut waiting = self.events();
        if matches!(event, Event::Progress(_)) {
            waiting.retain(|old| !matches!(old, Event::Progress(report) if report.stage != "open"));
        }
        waiting.push_back(event);
    }

    /// The second half of [`publish`](Self::publish). No lock may be held: the ring may take the event at once, or wait
    /// for a lock whose holder is about to.
    pub(crate) fn ring(&self) {
        if let Some(ring) = self.0.ring.get() {
            ring();
        }
    }

    fn events(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handle that is stopped with this one, and whose events nobody is told.
    #[must_use]
    pub fn unheard(&self) -> Self {
        Self(Arc::new(Shared { interrupt: Arc::clone(&self.0.interrupt), ..Shared::default() }))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::*;

    fn progress(percent: f64, stage: &'static str) -> Event {
        Event::Progress(Progress {
            percent,
            frames: 0,
            speed: 0.0,
            eta: None,
            size: 0,
            bitrate: 0,
            fps: 0.0,
            time: 0.0,
            duration: None,
            elapsed: percent,
            stage,
        })
    }

    #[test]
    fn the_first_report_and_the_newest_stay_and_so_does_everything_else_in_its_order() {
        let control = Control::new();
        let warning = || Event::Warning("odd".to_owned());
        control.publish(progress(0.0, "open"));
        control.publish(Event::Stage("encode"));
        control.publish(progress(1.0, "encode"));
        control.publish(warning());
        control.publish(progress(2.0, "encode"));
        control.publish(progress(3.0, "encode"));
        let left: Vec<Event> = std::iter::from_fn(|| control.take_event()).collect();
        let expected = [progress(0.0, "open"), Event::Stage("encode"), warning(), progress(3.0, "encode")];
        assert_eq!(left, expected);
        assert_eq!(control.take_event(), None);
    }

    #[test]
    fn the_ring_may_take_the_events_itself() {
        let control = Control::new();
        let taken = Arc::new(AtomicU64::new(0));
        let (inner, count) = (control.clone(), Arc::clone(&taken));
        control.on_event(move || {
            count.fetch_add(std::iter::from_fn(|| inner.take_event()).count() as u64, Relaxed);
        });
        control.publish(Event::Stage("encode"));
        control.publish(Event::Stage("finish"));
        assert_eq!(taken.load(Relaxed), 2);
    }
}
