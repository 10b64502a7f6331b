//! One job from beginning to end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use transcode_av::{Demuxer, LogRing, MediaTarget, Muxer, Rational};
use transcode_kernels::Level;

use crate::budget::{self, Share};
use crate::control::{Control, Event};
use crate::curve::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{self, Executor};
use crate::lanes;
use crate::media::{Buffer, Input, Output};
use crate::options::{Options, Seconds};
use crate::plan::{self, Prepared, Track, Window, Work};
use crate::progress::Meter;
use crate::report::{Outcome, Plan, Stats};
use crate::shared::Shared;
use crate::source::{self, Packets, Source};
use crate::stages::Mux;

/// What to do: an input, an output and how.
#[derive(Debug)]
pub struct Job {
    /// What is read.
    pub input: Input,
    /// What is written.
    pub output: Output,
    /// How.
    pub options: Options,
    /// How many jobs the caller runs at once, this one included: they share the processor cores.
    pub at_once: u32,
}

/// Runs a job and returns what it did.
///
/// # Errors
/// Whatever stopped the job: the first error of any stage. The output path then holds what it held before.
pub fn run(job: Job, executor: Executor, control: &Control) -> Result<Outcome> {
    let places = Places::of(&job);
    let timeout = job.options.timeout;
    let outcome = guarded(timeout, places, control, |log| run_job(job, executor, control, log));
    transcode_av::memory::tidy();
    outcome
}

/// What [`run`] would do, without doing it.
///
/// # Errors
/// Whatever would keep the job from starting.
pub fn plan(job: Job, control: &Control) -> Result<Plan> {
    let (timeout, places) = (job.options.timeout, Places::of(&job));
    guarded(timeout, places, control, |log| {
        let Job { input, output, options, at_once: _ } = job;
        plan::prepare(input, &output, &options, control, log).map(|(_, prepared)| prepared.report)
    })
}

/// The files that an error may be about.
#[derive(Default)]
pub(crate) struct Places {
    input: Option<PathBuf>,
    output: Option<PathBuf>,
}

impl Places {
    pub(crate) fn written(output: &Output) -> Self {
        Self { input: None, output: output.path().map(PathBuf::from) }
    }

    fn of(job: &Job) -> Self {
        Self::of_files(job.input.path().map(PathBuf::from), job.output.path().map(PathBuf::from))
    }

    pub(crate) fn of_files(input: Option<PathBuf>, output: Option<PathBuf>) -> Self {
        Self { input, output }
    }
}

impl From<Option<&Path>> for Places {
    /// An input alone.
    fn from(input: Option<&Path>) -> Self {
        Self { input: input.map(PathBuf::from), output: None }
    }
}

/// Runs `work` with a log of its own; panics, timeouts and cancels become errors that say so.
pub(crate) fn guarded<T>(
    timeout: Option<Seconds>,
    places: Places,
    control: &Control,
    work: impl FnOnce(&Arc<LogRing>) -> Result<T>,
) -> Result<T> {
    let log = LogRing::new();
    let _log_here = log.enter();
    let timeout = timeout.map(|t| Duration::from_secs_f64(t.get()));
    if let Some(timeout) = timeout {
        control.set_deadline(Instant::now() + timeout);
    }
    let result = catch_unwind(AssertUnwindSafe(|| work(&log)))
        .unwrap_or_else(|panic| Err(Error::new(ErrorKind::Bug, format!("bug: {}", panic_text(panic.as_ref())))));
    result.map_err(|error| {
        let path = if error.stage == Some("mux") { places.output } else { places.input };
        explain(error, control, timeout, path, &log)
    })
}

/// The words of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}

/// Adds what only the whole job knows to an error.
fn explain(
    mut error: Error,
    control: &Control,
    timeout: Option<Duration>,
    path: Option<PathBuf>,
    log: &LogRing,
) -> Error {
    if control.is_cancelled() && matches!(error.kind, ErrorKind::Cancelled | ErrorKind::InvalidMedia | ErrorKind::Io) {
        (error.kind, error.message) = match timeout {
            Some(limit) if control.timed_out() => (
                ErrorKind::Timeout,
                format!(
                    "the job took too long; expected at most timeout={0} s; got no end after {0} s; allow more time",
                    limit.as_secs_f64()
                ),
            ),
            _ => (ErrorKind::Cancelled, "the job was cancelled; nothing was written".to_owned()),
        };
    }
    if error.kind == ErrorKind::Io && error.os_code.is_some() && !error.message.starts_with("cannot ") {
        let (place, doing) = match error.stage {
            Some("mux") => ("the output", "write"),
            _ => ("the input", "read"),
        };
        let place = path.as_ref().map_or_else(|| place.to_owned(), |path| path.display().to_string());
        error.message = format!("cannot {doing} {place}; got {}; make room, or choose another place", error.message);
    }
    error.path = error.path.or(path);
    error.log_tail.extend(log.drain());
    error
}

fn run_job(job: Job, executor: Executor, control: &Control, log: &Arc<LogRing>) -> Result<Outcome> {
    let started = Instant::now();
    let Job { input, output, mut options, at_once } = job;
    let share = budget::take(options.threads, at_once);
    options.threads = share.threads();
    let (mut demuxer, prepared) = plan::prepare(input, &output, &options, control, log)?;
    let size = demuxer.size();
    let known = Known {
        size,
        is_counted: false,
        all_read: size.filter(|_| prepared.window.length.is_none()),
        curve: prepared.report.duration.and_then(|duration| curve(&demuxer, &prepared, duration)),
    };
    let promised = promised_end(&demuxer, &prepared.tracks);
    let strict = options.strict;
    let run = Run { options, executor, control, log, share, started };
    run.carry_out(prepared, output, known, |streams, window, shared| {
        Source::new(demuxer, streams, promised, window, strict, shared)
    })
}

/// What is known of an input before it is read.
#[derive(Default)]
pub(crate) struct Known {
    /// Its bytes.
    pub(crate) size: Option<u64>,
    /// Whether they are those of its packets.
    pub(crate) is_counted: bool,
    /// Its bytes where all of it is read.
    pub(crate) all_read: Option<u64>,
    pub(crate) curve: Option<Curve>,
}

/// How a job is run.
pub(crate) struct Run<'a> {
    pub(crate) options: Options,
    pub(crate) executor: Executor,
    pub(crate) control: &'a Control,
    pub(crate) log: &'a Arc<LogRing>,
    pub(crate) share: Share<'static>,
    pub(crate) started: Instant,
}

impl Run<'_> {
    /// Does what was planned, with the packets of what `source` makes.
    pub(crate) fn carry_out<S: Packets>(
        self,
        mut prepared: Prepared,
        output: Output,
        known: Known,
        source: impl FnOnce(Vec<source::Stream>, Window, Arc<Shared>) -> S,
    ) -> Result<Outcome> {
        let Self { options, executor, control, log, mut share, started } = self;
        let report = prepared.report.clone();
        control.publish(Event::Planned(report.clone()));
        let (target, pending, buffer): (Box<dyn MediaTarget>, _, _) = match (output, prepared.destination.take()) {
            (Output::Path(_), Some(destination)) => {
                let (target, pending) = destination.create(control.interrupt())?;
                (target, Some(pending), None)
            }
            (Output::Writer(writer), _) => (writer, None, None),
            (Output::Path(_) | Output::Memory, _) => {
                let buffer = Buffer::default();
                (Box::new(buffer.clone()), None, Some(buffer))
            }
        };
        let mut muxer = Muxer::new(prepared.muxer, target, control.interrupt(), log)?;
        let streams = prepared.declare(&mut muxer)?;
        let bytes_written = muxer.bytes_written();
        let Known { size, is_counted, all_read, curve } = known;
        let meter = Meter::new(control.clone(), started, report.duration, all_read, curve, Arc::clone(&bytes_written));
        let shared = Arc::new(Shared::new(control.clone(), meter));
        for warning in &report.warnings {
            shared.warn(warning.clone());
        }
        shared.meter.begin(&shared.counters);
        prepared.write_header(&mut muxer, log)?;
        let kernels = prepared.kernels();
        let Prepared { muxer: info, tracks, window, level, .. } = prepared;
        control.publish(Event::Stage("encode"));
        if !tracks.iter().any(|track| track.work.encodes() && !matches!(track.work, Work::Audio(_))) {
            share.needs_one();
        }
        let leader = lanes::leader(&tracks);
        let encodes = tracks.iter().any(|track| track.work.encodes());
        let moves = streams.iter().any(|stream| stream.is_moving);
        let mux = Mux::new(Arc::clone(&shared), muxer, streams, leader, info.allows_equal_times());
        let (read, lanes) = lanes::build(tracks, leader, &window, &options, &shared, log);
        let chosen = executor.choose(encodes, options.threads);
        let source = source(read, window, Arc::clone(&shared));
        executor::execute(chosen, source, lanes, mux, &shared, log)?;
        if moves && shared.counters.written.get() == 0 {
            let (done, stage) = if encodes { ("decoded", "decode") } else { ("copied", "demux") };
            let message = format!(
                "nothing could be {done}; expected at least one whole frame; got none; \
                 check the file, and where start and end lie in it"
            );
            return Err(Error::new(ErrorKind::InvalidMedia, message).stage(stage));
        }
        if let Some(pending) = pending {
            pending.commit(options.overwrite)?;
        }
        shared.meter.end(&shared.counters);
        let output_size = bytes_written.load(Relaxed);
        let ran = Ran { elapsed: started.elapsed(), executor: chosen, threads: share.counted(), level, kernels };
        let input_size = if is_counted { shared.counters.bytes_in.get() } else { size.unwrap_or(0) };
        let stats = stats(report, &shared, input_size, output_size, &ran);
        Ok(Outcome { stats, data: buffer.map(|buffer| buffer.take()) })
    }
}

/// Where the work on the leading stream lies in an output of so many seconds, as far as the container's index tells.
fn curve(demuxer: &Demuxer, prepared: &Prepared, duration: f64) -> Option<Curve> {
    let leader = lanes::leader(&prepared.tracks);
    let input = &prepared.tracks.iter().find(|track| track.report.output_index == Some(leader))?.input;
    let origin = Rational::MICROS.seconds(prepared.window.origin);
    Curve::new(demuxer.index(input.index), input.time_base, origin, duration)
}

/// Where the kept pictures and sound should end by the header, in microseconds: by their own durations, or by the
/// whole file's where all of its pictures and sound are kept.
fn promised_end(demuxer: &Demuxer, tracks: &[Track]) -> Option<i64> {
    let moving = || tracks.iter().filter(|t| t.is_moving());
    let kept = |t: &&Track| !matches!(t.work, Work::Drop);
    let ends: Option<Vec<i64>> = moving().filter(kept).map(|t| source::promised_end(&t.input)).collect();
    let whole = || Some(demuxer.start_time().unwrap_or(0) + demuxer.duration()?);
    match ends {
        Some(ends) => ends.into_iter().max(),
        None if moving().all(|t| kept(&t)) => whole(),
        None => None,
    }
}

/// How a job was run.
struct Ran {
    elapsed: Duration,
    executor: Executor,
    /// What it was given; all cores where its codecs decided.
    threads: u32,
    /// The level of our own kernels, and those that pictures went through.
    level: Level,
    kernels: Vec<&'static str>,
}

#[expect(clippy::cast_precision_loss, reason = "a ratio of file sizes, to three digits")]
fn stats(report: Plan, shared: &Shared, input_size: u64, output_size: u64, ran: &Ran) -> Stats {
    let counters = &shared.counters;
    let (duration, elapsed) = (shared.meter.seconds_written(), ran.elapsed.as_secs_f64());
    let metrics = json!({
        "seconds": {
            "demux": counters.demux_time.seconds(),
            "decode": counters.decode_time.seconds(),
            "filter": counters.filter_time.seconds(),
            "encode": counters.encode_time.seconds(),
            "mux": counters.mux_time.seconds(),
        },
        "bytes": { "demux": counters.bytes_in.get(), "mux": counters.bytes_out.get() },
        "queue_wait_seconds": {
            "packets": counters.packet_wait.seconds(),
            "frames": counters.frame_wait.seconds(),
            "mux": counters.mux_wait.seconds(),
        },
        "executor": ran.executor.name(),
        "threads": ran.threads,
        "simd": ran.level.name(),
        "kernels": ran.kernels,
        "ffmpeg": transcode_av::info::version(),
    });
    let Value::Object(metrics) = metrics else { unreachable!("json!({{}}) makes an object") };
    Stats {
        packets_processed: counters.packets.get(),
        frames_decoded: counters.decoded.get(),
        frames_encoded: counters.encoded.get(),
        input_size,
        output_size,
        compression_ratio: if output_size > 0 { input_size as f64 / output_size as f64 } else { 0.0 },
        duration,
        elapsed,
        speed: if elapsed > 0.0 { duration / elapsed } else { 0.0 },
        streams: report.streams,
        warnings: shared.take_warnings(),
        dropped_frames: counters.dropped.get(),
        duplicated_frames: counters.duplicated.get(),
        decode_errors: counters.decode_errors.get(),
        metrics: Map::from_iter(metrics),
    }
}
