//! The two ways to run the same stages: one after the other, or on threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, Scope};

use transcode_av::{LogRing, Packet};

use crate::error::{Error, ErrorKind, Result};
use crate::lanes::Stages;
use crate::queue::{Rx, Tx, Weight, bounded};
use crate::run::panic_text;
use crate::shared::Shared;
use crate::source::{PACKETS, Packets};
use crate::stage::{Flow, Sink, Stage, Stop};
use crate::stages::Mux;

/// Frames are large. The codecs hold several themselves; one more on each side is enough to overlap them, and four
/// measured no faster.
const FRAMES: usize = 2;

/// How the stages of a job are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executor {
    /// Sequential where nothing is encoded or one thread is asked for, threaded otherwise.
    Auto,
    /// All stages on the calling thread.
    Sequential,
    /// Decoding, encoding and writing on threads of their own.
    Threaded,
}

impl Executor {
    pub(crate) fn choose(self, encodes: bool, threads: u32) -> Self {
        match self {
            Self::Auto if encodes && threads != 1 => Self::Threaded,
            Self::Auto => Self::Sequential,
            chosen => chosen,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sequential => "sequential",
            Self::Threaded => "threaded",
        }
    }
}

/// Reads, runs every packet through the stages of its stream, and writes. `Ok` only after the trailer.
pub(crate) fn execute(
    executor: Executor,
    source: impl Packets,
    ways: Vec<Stages>,
    mux: Mux,
    shared: &Arc<Shared>,
    log: &Arc<LogRing>,
) -> Result<()> {
    let flow = match executor {
        Executor::Sequential | Executor::Auto => sequential(source, ways, mux),
        Executor::Threaded => threaded(source, ways, mux, shared, log),
    };
    let finished = flow.is_ok();
    if let Err(stop) = flow {
        shared.record(stop);
    }
    match shared.take_error() {
        Some(error) => Err(error),
        None if finished => Ok(()),
        None => Err(Error::new(ErrorKind::Bug, "bug: every stage ended, none failed, and the output is not finished")),
    }
}

/// The stages of a stream as one, for a single thread.
struct Joined(Stages);

/// Feeds the second half of split stages.
struct Second<'a>(&'a mut dyn Stage<In = transcode_av::Frame, Out = Packet>, &'a mut dyn Sink<Packet>);

impl Sink<transcode_av::Frame> for Second<'_> {
    fn accept(&mut self, frame: transcode_av::Frame) -> Flow {
        self.0.push(frame, self.1)
    }
}

impl Joined {
    fn push(&mut self, packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        match &mut self.0 {
            Stages::Light(stage) | Stages::Whole(stage) => stage.push(packet, out),
            Stages::Split(first, second) => first.push(packet, &mut Second(second.as_mut(), out)),
        }
    }

    fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        match &mut self.0 {
            Stages::Light(stage) | Stages::Whole(stage) => stage.finish(out),
            Stages::Split(first, second) => {
                first.finish(&mut Second(second.as_mut(), out))?;
                second.finish(out)
            }
        }
    }
}

fn sequential(mut source: impl Packets, ways: Vec<Stages>, mut mux: Mux) -> Flow {
    let mut ways: Vec<Joined> = ways.into_iter().map(Joined).collect();
    while let Some((way, packet)) = source.next()? {
        ways[way].push(packet, &mut mux)?;
    }
    for way in &mut ways {
        way.finish(&mut mux)?;
    }
    mux.finish()
}

/// Where the reading thread puts the packets of one stream.
enum Entry {
    Here(Box<dyn Stage<In = Packet, Out = Packet>>),
    Queue(Tx<Packet>),
}

fn threaded(
    mut source: impl Packets,
    ways: Vec<Stages>,
    mut mux: Mux,
    shared: &Arc<Shared>,
    log: &Arc<LogRing>,
) -> Flow {
    let counters = &shared.counters;
    thread::scope(|scope| {
        let team = Team { scope, shared, log };
        let senders = ways.len();
        let (to_mux, at_mux) = bounded::<Packet>(PACKETS, counters.mux_wait.clone());
        let mut entries = Vec::with_capacity(senders);
        for (index, way) in ways.into_iter().enumerate() {
            let out = to_mux.clone();
            entries.push(match way {
                Stages::Light(stage) => Entry::Here(stage),
                Stages::Whole(stage) => {
                    let (tx, rx) = bounded(source.ahead(), counters.packet_wait.clone());
                    team.start(format!("sound-{index}"), move || pump(rx, stage, out))?;
                    Entry::Queue(tx)
                }
                Stages::Split(first, second) => {
                    let (tx, rx) = bounded(source.ahead(), counters.packet_wait.clone());
                    let (frames_tx, frames_rx) = bounded(FRAMES, counters.frame_wait.clone());
                    team.start(format!("decode-{index}"), move || pump(rx, first, frames_tx))?;
                    team.start(format!("encode-{index}"), move || pump(frames_rx, second, out))?;
                    Entry::Queue(tx)
                }
            });
        }
        let writing = team.start("mux".to_owned(), move || {
            let mut open = senders;
            while open > 0 {
                match at_mux.receive()? {
                    Some(packet) => mux.accept(packet)?,
                    None => open -= 1,
                }
            }
            mux.finish()
        })?;
        let read = read_all(&mut source, entries, to_mux);
        if let Err(stop) = read {
            shared.record(stop);
        }
        // The writer ends last, or as soon as everything that feeds it has hung up.
        writing.join().unwrap_or(Err(Stop::HungUp))
    })
}

fn read_all(source: &mut impl Packets, mut entries: Vec<Entry>, mut to_mux: Tx<Packet>) -> Flow {
    while let Some((way, packet)) = source.next()? {
        match &mut entries[way] {
            Entry::Here(stage) => stage.push(packet, &mut to_mux)?,
            Entry::Queue(tx) => tx.accept(packet)?,
        }
    }
    for entry in entries {
        match entry {
            Entry::Here(mut stage) => {
                stage.finish(&mut to_mux)?;
                to_mux.clone().finish()?;
            }
            Entry::Queue(tx) => tx.finish()?,
        }
    }
    Ok(())
}

/// Runs a stage between two queues.
fn pump<I: Weight, O: Weight>(rx: Rx<I>, mut stage: Box<dyn Stage<In = I, Out = O>>, mut out: Tx<O>) -> Flow {
    while let Some(item) = rx.receive()? {
        stage.push(item, &mut out)?;
    }
    stage.finish(&mut out)?;
    out.finish()
}

/// Starts threads that record why they stop and keep the job's log.
struct Team<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    shared: &'env Arc<Shared>,
    log: &'env Arc<LogRing>,
}

impl<'scope> Team<'scope, '_> {
    fn start(
        &self,
        name: String,
        body: impl FnOnce() -> Flow + Send + 'scope,
    ) -> std::result::Result<thread::ScopedJoinHandle<'scope, Flow>, Stop> {
        let (shared, log) = (Arc::clone(self.shared), Arc::clone(self.log));
        let thread = thread::Builder::new().name(name).spawn_scoped(self.scope, move || {
            let _log_here = log.enter();
            let flow = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
                let message = format!("bug: {}", panic_text(panic.as_ref()));
                Err(Stop::Failed(Error::new(ErrorKind::Bug, message)))
            });
            match flow {
                Ok(()) => Ok(()),
                Err(stop) => {
                    shared.record(stop);
                    Err(Stop::HungUp)
                }
            }
        });
        thread.map_err(|error| {
            let mut failure =
                Error::new(ErrorKind::Io, format!("a thread cannot be started: {error}; free some memory"));
            failure.os_code = error.raw_os_error();
            Stop::Failed(failure)
        })
    }
}
