//! How far a job is: measured where packets are written, told at most ten times a second.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::control::Event;
use crate::report::Progress;
use crate::shared::Shared;

/// The time between two reports.
const INTERVAL: Duration = Duration::from_millis(100);

/// How much of the newest speed goes into the smoothed one that the time left is told from.
const SMOOTHING: f64 = 0.2;

/// Until the last report, a job is never told to be complete.
const ALMOST: f64 = 99.9;

/// What the reports are made from.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    duration: Option<f64>,
    input_size: Option<u64>,
    bytes_read: Option<Arc<AtomicU64>>,
    bytes_written: Arc<AtomicU64>,
    finishing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Seconds written of the leading stream, and of any.
    time: f64,
    longest: f64,
    last: Instant,
    last_time: f64,
    percent: f64,
    rate: Option<f64>,
}

impl Meter {
    pub(crate) fn new(
        started: Instant,
        duration: Option<f64>,
        input_size: Option<u64>,
        bytes_read: Option<Arc<AtomicU64>>,
        bytes_written: Arc<AtomicU64>,
    ) -> Self {
        let state = State { time: 0.0, longest: 0.0, last: started, last_time: 0.0, percent: 0.0, rate: None };
        Self {
            started,
            duration,
            input_size,
            bytes_read,
            bytes_written,
            finishing: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a packet that ends at `seconds` was written.
    pub(crate) fn wrote(&self, seconds: f64, leads: bool) {
        let mut state = self.state();
        state.longest = state.longest.max(seconds);
        if leads {
            state.time = state.time.max(seconds);
        }
    }

    /// From now on the container is being finished.
    pub(crate) fn finishing(&self, shared: &Shared) {
        self.finishing.store(true, Relaxed);
        shared.control.publish(Event::Stage("finish"));
    }

    /// Reports, if it is time.
    pub(crate) fn tick(&self, shared: &Shared) {
        let mut state = self.state();
        let now = Instant::now();
        let since = now.duration_since(state.last);
        if since < INTERVAL {
            return;
        }
        let rate = (state.time - state.last_time) / since.as_secs_f64();
        state.rate = Some(state.rate.map_or(rate, |before| before + SMOOTHING * (rate - before)));
        (state.last, state.last_time) = (now, state.time);
        let reached = match self.duration {
            Some(duration) if duration > 0.0 => state.time / duration,
            _ => self.share_read(),
        };
        state.percent = (reached * 100.0).clamp(state.percent, ALMOST);
        let stage = if self.finishing.load(Relaxed) { "finish" } else { "encode" };
        let report = self.report(&state, shared, stage, now);
        drop(state);
        shared.control.publish(Event::Progress(report));
    }

    /// The first report, before anything is read.
    pub(crate) fn begin(&self, shared: &Shared) {
        let report = self.report(&self.state(), shared, "open", self.started);
        shared.control.publish(Event::Progress(report));
    }

    /// The last report: exactly 100.
    pub(crate) fn end(&self, shared: &Shared) {
        let mut state = self.state();
        state.percent = 100.0;
        state.time = state.time.max(state.longest);
        let mut report = self.report(&state, shared, "finish", Instant::now());
        report.eta = Some(0.0);
        shared.control.publish(Event::Progress(report));
    }

    /// Seconds written of the longest stream.
    pub(crate) fn seconds_written(&self) -> f64 {
        self.state().longest
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of a file's bytes, to three digits")]
    fn share_read(&self) -> f64 {
        match (&self.bytes_read, self.input_size) {
            (Some(read), Some(size)) if size > 0 => read.load(Relaxed) as f64 / size as f64,
            _ => 0.0,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts and rates told to a person"
    )]
    fn report(&self, state: &State, shared: &Shared, stage: &'static str, now: Instant) -> Progress {
        let elapsed = now.duration_since(self.started).as_secs_f64();
        let per_second = |amount: f64| if elapsed > 0.0 { amount / elapsed } else { 0.0 };
        let counters = &shared.counters;
        let frames = match counters.video_encoded.get() {
            0 => counters.written.get(),
            frames => frames,
        };
        let size = self.bytes_written.load(Relaxed);
        let left = self.duration.map(|duration| (duration - state.time).max(0.0));
        let eta = left.zip(state.rate.filter(|rate| *rate > 0.0)).map(|(left, rate)| left / rate);
        Progress {
            percent: state.percent,
            frames,
            speed: per_second(state.time),
            eta,
            size,
            bitrate: if state.time > 0.0 { (size as f64 * 8.0 / state.time) as u64 } else { 0 },
            fps: per_second(frames as f64),
            time: state.time,
            duration: self.duration,
            elapsed,
            stage,
        }
    }
}
