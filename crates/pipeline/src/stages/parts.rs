//! Sound decoded in parts, side by side, that are joined as if one decoder had made them.
//!
//! A part is some packets in a row. Its decoder is first given the packets before them, and forgets what it makes of
//! those: after that it is where one that began at the beginning would be. Each time the last frame that it made ahead of
//! its part is compared, bit by bit, with the one that the part before ended with; where they differ, the decoder of the
//! part before goes on instead.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use transcode_av::{Decoder, DecoderConfig, Frame, LogRing, Packet, StreamInfo};

use super::{Decode, Lane};
use crate::error::{Error, ErrorKind};
use crate::run::panic_text;
use crate::stage::{Flow, Sink, Stage, Stop};

/// Packets of a part: some seconds of sound, which once decoded are about what the caches hold, and long beside what is
/// decoded ahead of it.
const LENGTH: usize = 128;

/// Packets that are decoded before parts are begun: in a short stream there is nothing to gain.
const ALONE: usize = 512;

/// Parts that are decoded again before a stream is decoded in one piece from there on.
const MOST_AGAIN: usize = 2;

/// What is needed to decode a stream anywhere in it.
#[derive(Clone)]
pub(crate) struct Recipe {
    pub(crate) lane: Lane,
    pub(crate) stream: Arc<StreamInfo>,
    pub(crate) strict: bool,
    pub(crate) log: Arc<LogRing>,
}

impl Recipe {
    pub(crate) fn decoder(&self) -> Result<Decode, Error> {
        // FFmpeg's decoders of sound have no use for threads; each would only start some.
        let config = DecoderConfig { threads: 1, strict: self.strict, max_pixels: u64::MAX };
        let decoder = Decoder::open(&self.stream.parameters, self.stream.time_base, &config, &self.log);
        let decoder = decoder.map_err(|error| Error::from(error).stage("decode").stream(self.stream.index))?;
        Ok(Decode::new(self.lane.clone(), decoder, &self.stream, self.strict))
    }
}

/// How a stream can be cut.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// Packets that a decoder is given ahead of a part,
    pub(crate) ahead: usize,
    /// and before them as many as hold so many bytes.
    pub(crate) bytes: usize,
    /// Tells a packet from which on the stream cannot be cut any more.
    pub(crate) ends_at: fn(&[u8]) -> bool,
}

/// Decodes one stream of sound on some threads.
pub(crate) struct Parts {
    recipe: Recipe,
    cut: Cut,
    /// The decoder of the part that was put out last.
    decode: Decode,
    /// The last frame of that part.
    last: Option<Frame>,
    /// Packets that are left until parts are begun; `None` where none will be.
    alone: Option<usize>,
    /// The last packets that are in parts.
    before: VecDeque<Packet>,
    next: Vec<Packet>,
    /// Where each part that is decoded will come out, in order.
    running: VecDeque<Receiver<Result<Done, Stop>>>,
    /// Decoders that have done their part.
    spare: Vec<Decode>,
    threads: usize,
    workers: Option<Workers>,
    /// Parts that joined, and those that were decoded again.
    joined: usize,
    again: usize,
}

/// Packets to decode.
struct Part {
    decode: Option<Decode>,
    ahead: Vec<Packet>,
    packets: Vec<Packet>,
    done: Sender<Result<Done, Stop>>,
}

/// What became of them.
struct Done {
    decode: Decode,
    /// The last frame ahead of the part.
    ahead: Option<Frame>,
    frames: Vec<Frame>,
    packets: Vec<Packet>,
    flow: Flow,
}

/// Threads that decode parts; dropped, they are stopped and waited for.
struct Workers {
    parts: Option<Sender<Part>>,
    threads: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Workers {
    /// As many as the system gives of those that are asked for; `None` where that is none.
    fn start(recipe: &Recipe, threads: usize) -> Option<Self> {
        let (give, take) = unbounded::<Part>();
        let stop = Arc::new(AtomicBool::new(false));
        let mut this = Self { parts: Some(give), threads: Vec::new(), stop: Arc::clone(&stop) };
        for _ in 0..threads {
            let (recipe, take, stop) = (recipe.clone(), take.clone(), Arc::clone(&stop));
            let work = move || take.iter().for_each(|part| part.decode(&recipe, &stop));
            let Ok(thread) = thread::Builder::new().name("sound".to_owned()).spawn(work) else { break };
            this.threads.push(thread);
        }
        (!this.threads.is_empty()).then_some(this)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        self.parts = None;
        for thread in self.threads.drain(..) {
            let _stopped = thread.join();
        }
    }
}

/// Keeps frames.
struct Kept<'a>(&'a mut Vec<Frame>);

impl Sink<Frame> for Kept<'_> {
    fn accept(&mut self, frame: Frame) -> Flow {
        self.0.push(frame);
        Ok(())
    }
}

/// Passes frames on, and keeps the last.
struct Passed<'a> {
    last: &'a mut Option<Frame>,
    out: &'a mut dyn Sink<Frame>,
}

impl Sink<Frame> for Passed<'_> {
    fn accept(&mut self, frame: Frame) -> Flow {
        *self.last = frame.try_clone().ok();
        self.out.accept(frame)
    }
}

impl Part {
    fn decode(self, recipe: &Recipe, stop: &AtomicBool) {
        let Self { decode, ahead, packets, done } = self;
        let work = || decode_part(decode, &ahead, packets, recipe, stop);
        let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            Err(Stop::Failed(Error::new(ErrorKind::Bug, format!("bug: {}", panic_text(panic.as_ref())))))
        });
        // Nobody waits for it any more where the stream is not read to its end.
        let _unwanted = done.send(result);
    }
}

fn decode_part(
    decode: Option<Decode>,
    ahead: &[Packet],
    packets: Vec<Packet>,
    recipe: &Recipe,
    stop: &AtomicBool,
) -> Result<Done, Stop> {
    let _log_here = recipe.log.enter();
    let mut decode = match decode {
        Some(mut decode) => {
            decode.restart();
            decode
        }
        None => recipe.decoder()?,
    };
    let ahead = ahead.iter().fold(None, |last, packet| decode.lead_in(packet).or(last));
    let mut frames = Vec::with_capacity(packets.len());
    let mut flow = Ok(());
    for packet in &packets {
        if stop.load(Relaxed) {
            return Err(Stop::HungUp);
        }
        flow = decode.take(packet, &mut Kept(&mut frames));
        if flow.is_err() {
            break;
        }
    }
    Ok(Done { decode, ahead, frames, packets, flow })
}

impl Parts {
    /// `threads`: how many parts are decoded at once; with one, or without a `cut`, there are none.
    pub(crate) fn new(recipe: Recipe, cut: Option<Cut>, threads: usize) -> Result<Self, Error> {
        let cut = cut.filter(|_| threads > 1);
        Ok(Self {
            decode: recipe.decoder()?,
            recipe,
            alone: cut.map(|_| ALONE),
            cut: cut.unwrap_or(Cut { ahead: 0, bytes: 0, ends_at: |_| true }),
            last: None,
            before: VecDeque::new(),
            next: Vec::new(),
            running: VecDeque::new(),
            spare: Vec::new(),
            threads,
            workers: None,
            joined: 0,
            again: 0,
        })
    }

    /// Decodes a packet here.
    fn here(&mut self, packet: &Packet, out: &mut dyn Sink<Frame>) -> Flow {
        self.decode.take(packet, &mut Passed { last: &mut self.last, out })
    }

    /// Notes a packet that the next part may need ahead of it.
    fn remember(&mut self, packet: &Packet) -> Flow {
        self.before.push_back(packet.try_clone().map_err(|error| Error::from(error).stage("decode"))?);
        let needed = |before: &VecDeque<Packet>| {
            let bytes: usize = before.iter().rev().skip(self.cut.ahead).map(Packet::size).sum();
            before.len() <= self.cut.ahead || bytes < self.cut.bytes
        };
        while let Some(first) = self.before.pop_front() {
            if needed(&self.before) {
                self.before.push_front(first);
                break;
            }
        }
        Ok(())
    }

    /// Gives the packets that wait to the threads; where the system has none, they are decoded here.
    fn begin(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        let workers = match self.workers.take() {
            Some(workers) => workers,
            None => match Workers::start(&self.recipe, self.threads) {
                Some(workers) => workers,
                None => return self.go_on_alone(out),
            },
        };
        let packets = std::mem::take(&mut self.next);
        let ahead = self.before.iter().map(Packet::try_clone).collect::<Result<_, _>>();
        let ahead = ahead.map_err(|error| Error::from(error).stage("decode"))?;
        packets.iter().try_for_each(|packet| self.remember(packet))?;
        let (done, come) = bounded(1);
        let part = Part { decode: self.spare.pop(), ahead, packets, done };
        // They take parts until they are dropped.
        let _taken = workers.parts.as_ref().map(|parts| parts.send(part));
        self.running.push_back(come);
        self.workers = Some(workers);
        Ok(())
    }

    /// Puts out the oldest parts, until so many are left.
    fn collect(&mut self, left: usize, out: &mut dyn Sink<Frame>) -> Flow {
        while self.running.len() > left {
            let Some(running) = self.running.pop_front() else { break };
            let mut done = running.recv().unwrap_or(Err(Stop::HungUp))?;
            let joins = match (&self.last, &done.ahead) {
                (Some(last), Some(ahead)) => last.sounds_like(ahead),
                _ => false,
            };
            if joins {
                self.joined += 1;
                done.decode.succeed(&mut self.decode);
                self.spare.push(std::mem::replace(&mut self.decode, done.decode));
                self.last = done.frames.last().and_then(|frame| frame.try_clone().ok()).or(self.last.take());
                done.frames.into_iter().try_for_each(|frame| out.accept(frame))?;
                done.flow?;
            } else {
                self.again += 1;
                done.packets.iter().try_for_each(|packet| self.here(packet, out))?;
                self.spare.push(done.decode);
            }
        }
        Ok(())
    }

    /// Puts out all parts, and goes on here.
    fn go_on_alone(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        self.alone = None;
        self.collect(0, out)?;
        self.before.clear();
        let packets = std::mem::take(&mut self.next);
        packets.iter().try_for_each(|packet| self.here(packet, out))
    }
}

impl Stage for Parts {
    type In = Packet;
    type Out = Frame;

    fn push(&mut self, packet: Packet, out: &mut dyn Sink<Frame>) -> Flow {
        let Some(alone) = &mut self.alone else { return self.here(&packet, out) };
        let begins = *alone == 0;
        *alone = alone.saturating_sub(1);
        if (self.cut.ends_at)(packet.data()) {
            self.go_on_alone(out)?;
            return self.here(&packet, out);
        }
        if !begins {
            self.remember(&packet)?;
            return self.here(&packet, out);
        }
        self.next.push(packet);
        if self.next.len() < LENGTH {
            return Ok(());
        }
        self.begin(out)?;
        self.collect(self.threads, out)?;
        // Where most parts do not join there is nothing to gain; a few are damaged.
        if self.again > MOST_AGAIN + self.joined { self.go_on_alone(out) } else { Ok(()) }
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        self.go_on_alone(out)?;
        self.decode.finish(&mut Passed { last: &mut self.last, out })
    }
}
