//! One edge of a smart trim: pictures that are decoded and encoded again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use transcode_av::{Frame, Packet, Rational, StreamInfo, time};

use crate::plan::{Edge, Ticks};
use crate::stage::{Flow, Sink, Stage, Stop};
use crate::stages::{Decode, Encode, Lane};

/// Frames within a span of ticks go to the encoder.
struct Span<'a> {
    encode: &'a mut Encode,
    packets: &'a mut Packets,
    clock: &'a mut Clock,
    from: i64,
    until: i64,
}

/// Packets as they come.
#[derive(Default)]
struct Packets(Vec<Packet>);

/// The times of an encoder that does not count as the source does.
struct Clock {
    ticks: Ticks,
    base: Rational,
    /// The last time that it was told.
    last: Option<i64>,
    /// When pictures are shown, and for how long, in the order in which it gets and gives them.
    pictures: VecDeque<(i64, i64)>,
}

/// A picture that was encoded.
pub(super) struct Made {
    pub(super) packet: Packet,
    pub(super) pts: i64,
    pub(super) duration: i64,
}

impl Clock {
    /// Gives a frame the time that the encoder is told.
    fn tell(&mut self, frame: &mut Frame) {
        let at = frame.pts().unwrap_or(0);
        let least = self.last.map_or(i64::MIN, |last| last + 1);
        let told = match self.ticks {
            Ticks::Source => return,
            Ticks::Counted => least.max(0),
            Ticks::Of(base) => time::rescale(at, self.base, base).max(least),
        };
        self.last = Some(told);
        self.pictures.push_back((at, frame.duration()));
        frame.set_pts(Some(told));
    }

    fn made(&mut self, packet: Packet) -> Made {
        let own = || (packet.pts().unwrap_or(0), packet.duration());
        let (pts, duration) = self.pictures.pop_front().unwrap_or_else(own);
        Made { packet, pts, duration }
    }
}

impl Sink<Packet> for Packets {
    fn accept(&mut self, packet: Packet) -> Flow {
        self.0.push(packet);
        Ok(())
    }
}

impl Sink<Frame> for Span<'_> {
    fn accept(&mut self, mut frame: Frame) -> Flow {
        match frame.pts() {
            Some(at) if (self.from..self.until).contains(&at) => {
                self.clock.tell(&mut frame);
                self.encode.push(frame, self.packets)
            }
            _ => Ok(()),
        }
    }
}

/// A decoder and an encoder, and what of their pictures is taken.
pub(super) struct Coder {
    decode: Decode,
    encode: Encode,
    clock: Clock,
    from: i64,
    until: i64,
    packets: Packets,
    /// Decoding times of the source's packets, of which the new ones get as many.
    pub(super) times: Vec<i64>,
}

impl Coder {
    pub(super) fn new(
        lane: &Lane,
        edge: Edge,
        stream: &StreamInfo,
        strict: bool,
        ticks: Ticks,
        (from, until): (i64, i64),
    ) -> Self {
        // What it decodes is more than what is taken, and its end is not the stream's.
        let own = Lane {
            length: None,
            cuts_start: false,
            done: Arc::new(AtomicBool::new(false)),
            leads: false,
            ..lane.clone()
        };
        Self {
            decode: Decode::new(own.clone(), edge.decoder, stream, strict),
            encode: Encode::new(own, edge.encoder, true),
            clock: Clock { ticks, base: stream.time_base, last: None, pictures: VecDeque::new() },
            from,
            until,
            packets: Packets::default(),
            times: Vec::new(),
        }
    }

    fn span(&mut self) -> (&mut Decode, Span<'_>) {
        let Self { decode, encode, clock, from, until, packets, .. } = self;
        (decode, Span { encode, packets, clock, from: *from, until: *until })
    }

    pub(super) fn push(&mut self, packet: Packet) -> Flow {
        let (decode, mut span) = self.span();
        decode.push(packet, &mut span)
    }

    /// Ends the edge and gives its pictures, which are decoded in the order they are shown.
    pub(super) fn finish(&mut self) -> Result<Vec<Made>, Stop> {
        let (decode, mut span) = self.span();
        decode.finish(&mut span)?;
        self.encode.finish(&mut self.packets)?;
        let packets = std::mem::take(&mut self.packets.0);
        Ok(packets.into_iter().map(|packet| self.clock.made(packet)).collect())
    }
}
