//! Packets from the demuxer, with times that start where the output starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use transcode_av::{Demuxer, ErrorKind as AvKind, Packet, Rational, time};

use crate::error::Error;
use crate::lanes::Way;
use crate::plan::Window;
use crate::shared::Shared;
use crate::stage::Stop;

/// What is known of a stream that is read.
struct Stream {
    input: usize,
    done: Arc<AtomicBool>,
    time_base: Rational,
    is_video: bool,
}

/// Reads the packets of the streams that are kept.
pub(crate) struct Source {
    demuxer: Demuxer,
    streams: Vec<Stream>,
    window: Window,
    shared: Arc<Shared>,
    started: bool,
    strict: bool,
}

impl Source {
    pub(crate) fn new(demuxer: Demuxer, ways: &[Way], window: Window, strict: bool, shared: Arc<Shared>) -> Self {
        let stream = |way: &Way| Stream {
            input: way.input,
            done: Arc::clone(&way.done),
            time_base: way.time_base,
            is_video: way.is_video,
        };
        let streams = ways.iter().map(stream).collect();
        Self { demuxer, streams, window, shared, started: false, strict }
    }

    /// The next packet and the way it goes; `None` when all streams have what they need.
    pub(crate) fn next(&mut self) -> Result<Option<(usize, Packet)>, Stop> {
        if !self.started {
            self.started = true;
            // Sound alone is read from the beginning: its containers often find a time only by guessing.
            if self.window.cuts_start && self.streams.iter().any(|stream| stream.is_video) {
                // A container that cannot be searched is read from the beginning, too.
                let _unsearchable = self.demuxer.seek(self.window.seek_target());
            }
        }
        let found = self.read()?;
        Ok(found.map(|(way, mut packet)| {
            packet.shift(-time::rescale(self.window.origin, Rational::MICROS, self.streams[way].time_base));
            (way, packet)
        }))
    }

    fn read(&mut self) -> Result<Option<(usize, Packet)>, Stop> {
        loop {
            self.shared.check()?;
            if self.streams.iter().all(|stream| stream.done.load(Relaxed)) {
                return Ok(None);
            }
            let counters = &self.shared.counters;
            let packet = match counters.demux_time.time(|| self.demuxer.read()) {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                Err(error) => return self.broken(error),
            };
            let index = packet.stream_index();
            let Some(way) = self.streams.iter().position(|stream| stream.input == index) else { continue };
            counters.packets.add(1);
            counters.bytes_in.add(packet.size() as u64);
            if !self.streams[way].done.load(Relaxed) {
                return Ok(Some((way, packet)));
            }
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
