//! Sound decoded in parts, side by side, that are joined as if one decoder had made them.
//!
//! A part is some packets in a row. Its decoder is first given the packets before them, and forgets what it makes of
//! those: after that it is where one that began at the beginning would be. Each time the last frame that it made ahead of
//! its part is compared, bit by bit, with the one that the part before ended with; where they differ, the decoder of the
//! part before goes on instead.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};

use crossbeam_channel::bounded;
use transcode_av::{Decoder, DecoderConfig, Frame, LogRing, Packet, StreamInfo};

use super::{Decode, Lane};
use crate::error::{Error, ErrorKind};
use crate::run::panic_text;
use crate::stage::{Flow, Sink, Stage, Stop};

/// Packets of a part: some seconds of sound, a few MiB once decoded, and long beside those ahead of it.
const LENGTH: usize = 512;

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
    /// Packets that a decoder is given ahead of a part.
    pub(crate) ahead: usize,
    /// Tells a packet from which on the stream cannot be cut any more.
    pub(crate) ends_at: fn(&[u8]) -> bool,
}

/// Decodes one stream of sound on some threads.
pub(crate) struct Parts {
    recipe: Recipe,
    cut: Cut,
    threads: usize,
    /// The decoder of the part that was put out last.
    decode: Decode,
    /// The last frame of that part.
    last: Option<Frame>,
    /// Packets that are left until parts are begun: short streams are decoded here alone.
    alone: Option<usize>,
    /// The last packets that are in parts.
    before: VecDeque<Packet>,
    next: Vec<Packet>,
    running: VecDeque<Running>,
    stop: Arc<AtomicBool>,
}

/// Packets to decode.
struct Part {
    ahead: Vec<Packet>,
    packets: Vec<Packet>,
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

/// A part on its thread; dropped, it is stopped first.
struct Running {
    thread: Option<JoinHandle<Result<Done, Stop>>>,
    stop: Arc<AtomicBool>,
}

impl Running {
    fn join(mut self) -> Result<Done, Stop> {
        let Some(thread) = self.thread.take() else { return Err(Stop::HungUp) };
        thread.join().unwrap_or_else(|panic| {
            Err(Stop::Failed(Error::new(ErrorKind::Bug, format!("bug: {}", panic_text(panic.as_ref())))))
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.stop.store(true, Relaxed);
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
    fn decode(self, recipe: &Recipe, stop: &AtomicBool) -> Result<Done, Stop> {
        let _log_here = recipe.log.enter();
        let mut decode = recipe.decoder()?;
        let mut ahead = None;
        for packet in &self.ahead {
            ahead = decode.lead_in(packet).or(ahead);
        }
        let mut frames = Vec::with_capacity(self.packets.len());
        let mut flow = Ok(());
        for packet in &self.packets {
            if stop.load(Relaxed) {
                return Err(Stop::HungUp);
            }
            flow = decode.take(packet, &mut Kept(&mut frames));
            if flow.is_err() {
                break;
            }
        }
        Ok(Done { decode, ahead, frames, packets: self.packets, flow })
    }
}

impl Parts {
    /// `threads`: how many parts are decoded at once; one is for streams that `cut` does not fit.
    pub(crate) fn new(recipe: Recipe, cut: Option<Cut>, threads: usize) -> Result<Self, Error> {
        let cut = cut.filter(|_| threads > 1);
        Ok(Self {
            decode: recipe.decoder()?,
            recipe,
            alone: cut.map(|_| LENGTH),
            cut: cut.unwrap_or(Cut { ahead: 0, ends_at: |_| true }),
            threads,
            last: None,
            before: VecDeque::new(),
            next: Vec::new(),
            running: VecDeque::new(),
            stop: Arc::default(),
        })
    }

    /// Decodes a packet here.
    fn here(&mut self, packet: &Packet, out: &mut dyn Sink<Frame>) -> Flow {
        self.decode.take(packet, &mut Passed { last: &mut self.last, out })
    }

    /// Notes a packet that the next part may need ahead of it.
    fn remember(&mut self, packet: &Packet) -> Flow {
        if self.before.len() >= self.cut.ahead {
            self.before.pop_front();
        }
        if self.cut.ahead > 0 {
            self.before.push_back(packet.try_clone().map_err(|error| Error::from(error).stage("decode"))?);
        }
        Ok(())
    }

    /// Gives the packets that wait to a thread; where the system has none, they are decoded here.
    fn begin(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        let packets = std::mem::take(&mut self.next);
        let ahead = self.before.drain(..).collect();
        for packet in &packets[packets.len().saturating_sub(self.cut.ahead)..] {
            self.remember(packet)?;
        }
        let part = Part { ahead, packets };
        let (give, take) = bounded::<Part>(1);
        let (recipe, stop) = (self.recipe.clone(), Arc::clone(&self.stop));
        let work = move || match take.recv() {
            Ok(part) => part.decode(&recipe, &stop),
            Err(_) => Err(Stop::HungUp),
        };
        let thread = thread::Builder::new().name("sound".to_owned()).spawn(work);
        match thread {
            Ok(thread) => {
                let _it_waits = give.send(part);
                self.running.push_back(Running { thread: Some(thread), stop: Arc::clone(&self.stop) });
                Ok(())
            }
            Err(_) => {
                self.collect(0, out)?;
                part.packets.iter().try_for_each(|packet| self.here(packet, out))
            }
        }
    }

    /// Puts out the oldest parts, until so many are left.
    fn collect(&mut self, left: usize, out: &mut dyn Sink<Frame>) -> Flow {
        while self.running.len() > left {
            let Some(running) = self.running.pop_front() else { break };
            let mut done = running.join()?;
            let joins = match (&self.last, &done.ahead) {
                (Some(last), Some(ahead)) => last.sounds_like(ahead),
                _ => false,
            };
            if joins {
                done.decode.succeed(&mut self.decode);
                self.decode = done.decode;
                self.last = done.frames.last().and_then(|frame| frame.try_clone().ok()).or(self.last.take());
                done.frames.into_iter().try_for_each(|frame| out.accept(frame))?;
                done.flow?;
            } else {
                done.packets.iter().try_for_each(|packet| self.here(packet, out))?;
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
        self.collect(self.threads, out)
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        self.go_on_alone(out)?;
        self.decode.finish(&mut Passed { last: &mut self.last, out })
    }
}
