//! Packets from the demuxer, with times that start where the output starts.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use transcode_av::{Demuxer, ErrorKind as AvKind, Packet, Place, Rational, StreamInfo, time};

use crate::error::Error;
use crate::plan::{RUN_UP, Window};
use crate::shared::Shared;
use crate::speech::Speech;
use crate::stage::Stop;
use crate::stages::Predictor;
use crate::timeline::{self, Timeline};

/// Most packets that are kept while looking for a keyframe.
const MOST_AHEAD: usize = 4096;

/// A container that ends this much before the time its header gives, in seconds, was cut off: more than rounding and
/// last frames without a duration make.
const SHORTFALL: f64 = 0.25;

/// The same as a share of the whole.
const SHORT_SHARE: f64 = 0.01;

/// Containers whose header is written when the length is known; others guess it, or count what is not shown.
const HEADERS_TO_TRUST: &[&str] = &["mp4", "matroska", "flv", "avi", "wav"];

/// A day, in microseconds: headers that say more mostly mean that they do not know.
const MOST_DURATION: i64 = 86_400_000_000;

/// Where the packets of a job come from.
pub(crate) trait Packets {
    /// The next packet and the way it goes; `None` when no more come.
    fn next(&mut self) -> Result<Option<(usize, Packet)>, Stop>;

    /// How many packets may wait at the entry of a way.
    fn ahead(&self) -> usize;
}

/// Compressed packets are small and come in bursts.
pub(crate) const PACKETS: usize = 64;

/// What is known of a stream that is read.
pub(crate) struct Stream {
    /// Index in the input.
    pub(crate) input: usize,
    /// Whether the stream needs no more packets.
    pub(crate) done: Arc<AtomicBool>,
    pub(crate) time_base: Rational,
    /// Whether the stream decides which keyframe a job begins at.
    pub(crate) is_video: bool,
    /// Whether its times are the job's progress.
    pub(crate) leads: bool,
    /// Fills in what the container does not say; `None` for what has no time of its own.
    pub(crate) predictor: Option<Predictor>,
    /// Whether it is pictures or sound, whose times go on.
    pub(crate) flows: bool,
    /// Speech whose packets may be several frames.
    pub(crate) speech: Option<Speech>,
}

/// Where a stream should end by its header, in microseconds.
pub(crate) fn promised_end(stream: &StreamInfo) -> Option<i64> {
    let ticks = stream.start_time.unwrap_or(0).saturating_add(stream.duration?);
    Some(time::rescale(ticks, stream.time_base, Rational::MICROS))
}

/// Reads the packets of the streams that are kept.
pub(crate) struct Source {
    demuxer: Demuxer,
    streams: Vec<Stream>,
    window: Window,
    shared: Arc<Shared>,
    /// Where times may jump.
    timeline: Option<Timeline>,
    /// Packets read while looking for the keyframe to begin at.
    ahead: VecDeque<(usize, Packet)>,
    /// Where the last packet ends, in microseconds.
    reached: i64,
    /// Where the last packet of what is kept should end by the header, in microseconds.
    promised: Option<i64>,
    started: bool,
    said_early: bool,
    strict: bool,
}

impl Source {
    pub(crate) fn new(
        demuxer: Demuxer,
        streams: Vec<Stream>,
        promised: Option<i64>,
        window: Window,
        strict: bool,
        shared: Arc<Shared>,
    ) -> Self {
        let timeline = demuxer.timestamps_may_jump().then(|| Timeline::new(streams.len()));
        Self {
            timeline,
            demuxer,
            streams,
            window,
            shared,
            ahead: VecDeque::new(),
            reached: i64::MIN,
            promised,
            started: false,
            said_early: false,
            strict,
        }
    }

    /// Bytes of the input, where they can be told.
    pub(crate) fn size(&mut self) -> Option<u64> {
        self.demuxer.size()
    }

    /// Whether the next packet is as `is_so` says; it is still the next one.
    pub(crate) fn peek(&mut self, is_so: impl Fn(&Packet) -> bool) -> Result<bool, Stop> {
        if self.ahead.is_empty() {
            self.started = true;
            let next = self.read()?;
            self.ahead.extend(next);
        }
        Ok(self.ahead.front().is_some_and(|(_, packet)| is_so(packet)))
    }

    /// Whether it can be read from any place on.
    pub(crate) fn is_searchable(&self) -> bool {
        self.demuxer.is_searchable()
    }

    /// Goes to a packet that was read before, by way of a place at or before it: the next one that is read, or `false` where it
    /// is not found there. `look` tells a packet that is it (`Some(true)`) or lies past it (`Some(false)`). The times of what
    /// follows count anew.
    pub(crate) fn find(&mut self, place: Place, look: impl Fn(&Packet) -> Option<bool>) -> Result<bool, Stop> {
        if self.demuxer.go_to(place).is_err() {
            return Ok(false);
        }
        self.started = true;
        self.ahead.clear();
        self.restart();
        while let Some((way, packet)) = self.read()? {
            if let Some(found) = look(&packet) {
                self.ahead.push_back((way, packet));
                return Ok(found);
            }
        }
        Ok(false)
    }

    /// Goes to where the taken part begins: to a keyframe at or before it, of the stream of pictures. Containers find
    /// a time only roughly, so what is found is looked at, and if it is too late the search begins further back.
    fn start(&mut self) -> Result<(), Stop> {
        let Some(video) = self.streams.iter().position(|stream| stream.is_video) else {
            // Sound alone is read from the beginning: its containers often find a time only by guessing.
            return Ok(());
        };
        if !self.window.cuts_start {
            return Ok(());
        }
        if self.demuxer.start_time().is_none() {
            // Nothing has a time: what was counted up to there tells where it is.
            return Ok(());
        }
        if timeline::is_walked(&mut self.demuxer) && self.demuxer.rewind().is_ok() {
            return self.walk(video);
        }
        let (target, base) = (self.window.seek_target(), self.streams[video].time_base);
        for back in [0, 1_000_000, 10_000_000, i64::MAX] {
            let start = self.demuxer.start_time().unwrap_or(0);
            // The first keyframe may be decoded before anything is shown, and a transport stream goes by that time.
            let to = target.saturating_sub(back).max(start - 2_000_000);
            if self.demuxer.seek(to).or_else(|_| self.demuxer.seek(to.max(start))).is_err() {
                // A container that cannot be searched is read from where it stands, which is its beginning.
                return Ok(());
            }
            self.ahead.clear();
            self.restart();
            while let Some((way, packet)) = self.read()? {
                let key = (way == video && packet.is_key()).then(|| packet.pts().or(packet.dts())).flatten();
                self.ahead.push_back((way, packet));
                match key.map(|at| time::rescale(at, base, Rational::MICROS) <= self.window.origin) {
                    Some(true) => return Ok(()),
                    Some(false) => break,
                    // Not every container marks its keyframes.
                    None if self.ahead.len() >= MOST_AHEAD => return Ok(()),
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// The same by reading from the beginning on, on the line of times that may jump. Kept is what the last keyframe
    /// leads to, and what comes a little before it.
    fn walk(&mut self, video: usize) -> Result<(), Stop> {
        self.ahead.clear();
        self.restart();
        let mut has_key = false;
        while let Some((way, packet)) = self.read()? {
            let bases = |way: usize| self.streams[way].time_base;
            let micros = |way: usize, ticks| time::rescale(ticks, bases(way), Rational::MICROS);
            let decoded = packet.dts().or(packet.pts()).map(|at| micros(way, at));
            let shown = packet.pts().map(|at| micros(way, at)).or(decoded);
            if way == video && packet.is_key() && shown.is_some_and(|at| at <= self.window.seek_target()) {
                let from = decoded.min(shown).unwrap_or(i64::MIN).saturating_sub(RUN_UP);
                let is_late = |way: usize, packet: &Packet| {
                    way != video && packet.dts().or(packet.pts()).is_some_and(|at| micros(way, at) >= from)
                };
                let late: VecDeque<_> = self.ahead.drain(..).filter(|(way, packet)| is_late(*way, packet)).collect();
                self.ahead = late;
                has_key = true;
            }
            self.ahead.push_back((way, packet));
            if way == video && decoded.is_some_and(|at| at > self.window.origin) {
                break;
            }
            // Of what a keyframe leads to, nothing is forgotten.
            if !has_key && self.ahead.len() > MOST_AHEAD {
                self.ahead.pop_front();
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<(usize, Packet)>, Stop> {
        loop {
            self.shared.check()?;
            if self.streams.iter().all(|stream| stream.done.load(Relaxed)) {
                self.warn_of_jumps();
                return Ok(None);
            }
            let counters = &self.shared.counters;
            let mut packet = match counters.demux_time.time(|| self.demuxer.read()) {
                Ok(Some(packet)) => packet,
                Ok(None) => {
                    self.warn_of_jumps();
                    self.warn_of_early_end();
                    return Ok(None);
                }
                Err(error) => return self.broken(error),
            };
            let index = packet.stream_index();
            let Some(way) = self.streams.iter().position(|stream| stream.input == index) else { continue };
            let Stream { speech, time_base, .. } = &self.streams[way];
            if let Some(frames) = speech.and_then(|speech| speech.split(&packet, *time_base)) {
                self.demuxer.unread(frames);
                continue;
            }
            counters.packets.add(1);
            counters.bytes_in.add(packet.size() as u64);
            self.complete(way, &mut packet);
            let at = packet.pts().or(packet.dts());
            let base = self.streams[way].time_base;
            let end = at.map(|at| time::rescale(at + packet.duration(), base, Rational::MICROS));
            if let Some(byte) = packet.position().filter(|_| self.streams[way].leads) {
                self.shared.meter.read(end.map(|end| Rational::MICROS.seconds(end - self.window.origin)), byte);
            }
            if let Some(end) = end {
                self.reached = self.reached.max(end);
            }
            if !self.streams[way].done.load(Relaxed) {
                return Ok(Some((way, packet)));
            }
        }
    }

    /// Makes sure that a packet has a decoding time, on the one line of all.
    fn complete(&mut self, way: usize, packet: &mut Packet) {
        let stream = &mut self.streams[way];
        let base = stream.time_base;
        if let (Some(timeline), true, Some(at)) = (&mut self.timeline, stream.flows, packet.dts().or(packet.pts())) {
            let [at, duration] = [at, packet.duration()].map(|ticks| time::rescale(ticks, base, Rational::MICROS));
            let offset = timeline.offset(way, at, duration);
            packet.shift(time::rescale(offset, Rational::MICROS, base));
        }
        if let Some(predictor) = &mut stream.predictor {
            predictor.complete(packet);
        }
    }

    /// Forgets what came before, for a file that is read from another place on.
    fn restart(&mut self) {
        if let Some(timeline) = &mut self.timeline {
            timeline.restart();
        }
        for predictor in self.streams.iter_mut().filter_map(|stream| stream.predictor.as_mut()) {
            predictor.restart();
        }
    }

    fn warn_of_jumps(&mut self) {
        let warning = self.timeline.as_mut().and_then(|timeline| timeline.report(self.window.origin));
        warning.into_iter().for_each(|warning| self.shared.warn(warning));
    }

    /// Says so where the input ends long before the time that its header gives for what is kept.
    fn warn_of_early_end(&mut self) {
        let format = self.demuxer.format();
        let writes_it_last = HEADERS_TO_TRUST.iter().any(|name| format.split(',').any(|n| n == *name));
        let sane = |end: &i64| writes_it_last && *end < MOST_DURATION && self.demuxer.duration_is_exact();
        let Some(whole) = self.promised.filter(sane) else { return };
        let start = self.demuxer.start_time().unwrap_or(0);
        let [reached, whole] = [self.reached, whole].map(|at| Rational::MICROS.seconds(at.saturating_sub(start)));
        if reached + SHORTFALL.max(whole * SHORT_SHARE) < whole && !std::mem::replace(&mut self.said_early, true) {
            self.shared.warn(format!("the input ends at {reached:.2} s; its header says {whole:.2} s: it is cut off"));
        }
    }

    /// A container that breaks in the middle ends there, with a warning; a failing reader is an error.
    fn broken(&self, error: transcode_av::Error) -> Result<Option<(usize, Packet)>, Stop> {
        self.shared.check()?;
        if self.strict || error.kind != AvKind::InvalidData {
            return Err(Stop::Failed(Error::from(error).stage("demux")));
        }
        self.shared.counters.decode_errors.add(1);
        self.shared.warn(format!("the input is damaged and was read up to there: {error}"));
        Ok(None)
    }
}

impl Packets for Source {
    fn next(&mut self) -> Result<Option<(usize, Packet)>, Stop> {
        if !self.started {
            self.started = true;
            self.start()?;
        }
        let found = match self.ahead.pop_front() {
            Some(found) => Some(found),
            None => self.read()?,
        };
        Ok(found.map(|(way, mut packet)| {
            packet.shift(-time::rescale(self.window.origin, Rational::MICROS, self.streams[way].time_base));
            (way, packet)
        }))
    }

    fn ahead(&self) -> usize {
        PACKETS
    }
}
