//! What all stages of a job share: cancel, counters, timers, warnings.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::control::{Control, Event};
use crate::error::{Error, ErrorKind};
use crate::progress::Meter;
use crate::stage::Stop;

/// Time spent in one kind of work, by all threads together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timer(Arc<AtomicU64>);

impl Timer {
    pub(crate) fn add(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Runs `work` on the clock.
    pub(crate) fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        self.add(began.elapsed());
        result
    }

    pub(crate) fn seconds(&self) -> f64 {
        Duration::from_nanos(self.0.load(Relaxed)).as_secs_f64()
    }
}

/// A count that threads add to.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// What a job counts.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) packets: Count,
    pub(crate) bytes_in: Count,
    pub(crate) bytes_out: Count,
    pub(crate) decoded: Count,
    pub(crate) encoded: Count,
    pub(crate) video_encoded: Count,
    pub(crate) written: Count,
    pub(crate) decode_errors: Count,
    pub(crate) dropped: Count,
    pub(crate) duplicated: Count,
    pub(crate) demux_time: Timer,
    pub(crate) decode_time: Timer,
    pub(crate) filter_time: Timer,
    pub(crate) encode_time: Timer,
    pub(crate) mux_time: Timer,
    pub(crate) packet_wait: Timer,
    pub(crate) frame_wait: Timer,
    pub(crate) mux_wait: Timer,
}

/// Shared by all stages of a job.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) control: Control,
    pub(crate) counters: Counters,
    pub(crate) meter: Meter,
    warnings: Mutex<Vec<String>>,
    first_error: Mutex<Option<Error>>,
    /// Whether every stage is to stop, because one failed.
    failed: AtomicBool,
}

impl Shared {
    pub(crate) fn new(control: Control, meter: Meter) -> Self {
        Self {
            control,
            counters: Counters::default(),
            meter,
            warnings: Mutex::default(),
            first_error: Mutex::default(),
            failed: AtomicBool::new(false),
        }
    }

    /// Stops a stage whose job was cancelled or failed elsewhere.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        if self.control.is_cancelled() {
            return Err(Stop::Failed(Error::new(ErrorKind::Cancelled, "the job was cancelled")));
        }
        if self.failed.load(Relaxed) { Err(Stop::HungUp) } else { Ok(()) }
    }

    pub(crate) fn warn(&self, text: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
        self.control.publish(Event::Warning(text));
    }

    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Records why a stage stopped; the first error wins.
    pub(crate) fn record(&self, stop: Stop) {
        if let Stop::Failed(error) = stop {
            self.first_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            self.failed.store(true, Relaxed);
        }
    }

    pub(crate) fn take_error(&self) -> Option<Error> {
        self.first_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Faults of one stream that are counted, and said once at the end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    count: u64,
    first: Option<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        self.first.get_or_insert_with(what);
    }

    /// Takes over what was counted before.
    pub(crate) fn absorb(&mut self, before: Self) {
        self.count += before.count;
        self.first = before.first.or(self.first.take());
    }

    /// The warning, where anything was counted.
    pub(crate) fn report(&mut self, stream: usize, what: &str) -> Option<String> {
        let first = self.first.take()?;
        Some(format!("stream {stream}: {what}: {} (first: {first})", self.count))
    }
}
