//! How far a job is: measured where frames are encoded and packets are written, told at most ten times a second.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::control::{Control, Event};
use crate::curve::Curve;
use crate::report::Progress;
use crate::shared::Counters;
use crate::work::Work;

/// The time between two reports.
const INTERVAL: Duration = Duration::from_millis(100);

/// Until the last report, a job is never told to be complete.
const ALMOST: f64 = 99.9;

/// What the reports are made from.
#[derive(Debug)]
pub(crate) struct Meter {
    control: Control,
    started: Instant,
    /// When the input was opened and everything planned: the time left is told from here.
    opened: Instant,
    duration: Option<f64>,
    bytes_written: Arc<AtomicU64>,
    /// What the work is called while it goes on.
    doing: &'static str,
    finishing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    work: Work,
    /// Seconds written of any stream.
    longest: f64,
    last: Instant,
    percent: f64,
}

impl Meter {
    /// A job that started at `started` and is about to write `duration` seconds. `input_size`: the bytes it reads,
    /// where it reads all; `curve`: where its work lies, as far as the index tells.
    pub(crate) fn new(
        control: Control,
        started: Instant,
        duration: Option<f64>,
        input_size: Option<u64>,
        curve: Option<Curve>,
        bytes_written: Arc<AtomicU64>,
    ) -> Self {
        let state = State { work: Work::new(duration, input_size, curve), longest: 0.0, last: started, percent: 0.0 };
        Self {
            control,
            started,
            opened: Instant::now(),
            duration,
            bytes_written,
            doing: "encode",
            finishing: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    /// The same meter of work that is called otherwise.
    pub(crate) fn of(self, doing: &'static str) -> Self {
        Self { doing, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a packet of the leading stream was read at a byte of the input.
    pub(crate) fn read(&self, seconds: Option<f64>, byte: u64) {
        self.state().work.read(seconds, byte);
    }

    /// Notes that a frame of the leading stream was given to its encoder.
    pub(crate) fn took(&self, seconds: f64) {
        self.state().work.took(seconds);
    }

    /// Notes that a packet that ends at `seconds` was written.
    pub(crate) fn wrote(&self, seconds: f64, leads: bool) {
        let mut state = self.state();
        state.longest = state.longest.max(seconds);
        if leads {
            state.work.wrote(seconds);
        }
    }

    /// From now on the container is being finished.
    pub(crate) fn finishing(&self) {
        self.finishing.store(true, Relaxed);
        self.control.publish(Event::Stage("finish"));
    }

    /// Reports, if it is time.
    pub(crate) fn tick(&self, counters: &Counters) {
        let mut state = self.state();
        let now = Instant::now();
        if now.duration_since(state.last) < INTERVAL {
            return;
        }
        state.last = now;
        let reached = state.work.written_share().unwrap_or(0.0);
        state.percent = (reached * 100.0).clamp(state.percent, ALMOST);
        let stage = if self.finishing.load(Relaxed) { "finish" } else { self.doing };
        let used = now.duration_since(self.opened).as_secs_f64();
        let share = state.work.share().filter(|share| *share > 0.0);
        let eta = share.map(|share| used * (1.0 - share) / share);
        let report = self.report(&state, counters, stage, eta, now);
        // Under the lock, so that two threads cannot change the order; the caller is rung without it.
        self.control.enqueue(Event::Progress(report));
        drop(state);
        self.control.ring();
    }

    /// The first report, before anything is read.
    pub(crate) fn begin(&self, counters: &Counters) {
        let report = self.report(&self.state(), counters, "open", None, self.started);
        self.control.publish(Event::Progress(report));
    }

    /// The last report: exactly 100.
    pub(crate) fn end(&self, counters: &Counters) {
        let mut state = self.state();
        state.percent = 100.0;
        let longest = state.longest;
        state.work.wrote(longest);
        let report = self.report(&state, counters, "finish", Some(0.0), Instant::now());
        drop(state);
        self.control.publish(Event::Progress(report));
    }

    /// Seconds written of the longest stream.
    pub(crate) fn seconds_written(&self) -> f64 {
        self.state().longest
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts and rates told to a person"
    )]
    fn report(
        &self,
        state: &State,
        counters: &Counters,
        stage: &'static str,
        eta: Option<f64>,
        now: Instant,
    ) -> Progress {
        let elapsed = now.duration_since(self.started).as_secs_f64();
        let per_second = |amount: f64| if elapsed > 0.0 { amount / elapsed } else { 0.0 };
        let frames = match counters.video_encoded.get() {
            0 => counters.written.get(),
            frames => frames,
        };
        let (size, time) = (self.bytes_written.load(Relaxed), state.work.written());
        Progress {
            percent: state.percent,
            frames,
            speed: per_second(time),
            eta,
            size,
            bitrate: if time > 0.0 { (size as f64 * 8.0 / time) as u64 } else { 0 },
            fps: per_second(frames as f64),
            time,
            duration: self.duration,
            elapsed,
            stage,
        }
    }
}
