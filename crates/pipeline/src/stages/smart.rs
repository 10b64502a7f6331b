//! Smart trims: the groups of pictures at the edges are encoded again, all between them is kept as it is.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use transcode_av::{Frame, Packet, Rational, StreamInfo, time};

use super::form::Form;
use super::{Decode, Encode, Lane};
use crate::error::Error;
use crate::nal;
use crate::plan::{CopyTrack, Cuts, Edge, SmartTrack};
use crate::stage::{Flow, Sink, Stage, Stop};

/// Frames within a span of ticks go to the encoder.
struct Span<'a> {
    encode: &'a mut Encode,
    packets: &'a mut Made,
    from: i64,
    until: i64,
}

/// Packets as they come.
#[derive(Default)]
struct Made(Vec<Packet>);

impl Sink<Packet> for Made {
    fn accept(&mut self, packet: Packet) -> Flow {
        self.0.push(packet);
        Ok(())
    }
}

impl Sink<Frame> for Span<'_> {
    fn accept(&mut self, frame: Frame) -> Flow {
        match frame.pts() {
            Some(at) if (self.from..self.until).contains(&at) => self.encode.push(frame, self.packets),
            _ => Ok(()),
        }
    }
}

/// One edge: pictures that are decoded and encoded.
struct Coder {
    decode: Decode,
    encode: Encode,
    from: i64,
    until: i64,
    made: Made,
    /// Decoding times of the source's packets, of which the new ones get as many.
    times: Vec<i64>,
}

impl Coder {
    fn new(lane: &Lane, edge: Edge, stream: &StreamInfo, strict: bool, from: i64, until: i64) -> Self {
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
            from,
            until,
            made: Made::default(),
            times: Vec::new(),
        }
    }

    fn push(&mut self, packet: Packet) -> Flow {
        let Self { decode, encode, from, until, made, .. } = self;
        decode.push(packet, &mut Span { encode, packets: made, from: *from, until: *until })
    }

    /// Ends the edge and gives its packets, which decode in the order they are shown.
    fn finish(&mut self) -> Result<Vec<Packet>, Stop> {
        let Self { decode, encode, from, until, made, .. } = self;
        decode.finish(&mut Span { encode, packets: made, from: *from, until: *until })?;
        encode.finish(made)?;
        Ok(std::mem::take(&mut made.0))
    }
}

/// How far the stream is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Head,
    /// Right behind the first copied keyframe, where pictures follow that are shown before it.
    Leading,
    Middle,
    Tail,
}

/// Cuts one stream of pictures at any picture, and copies most of it.
pub(crate) struct Smart {
    lane: Lane,
    base: Rational,
    cuts: Cuts,
    phase: Phase,
    head: Option<Coder>,
    tail: Option<Coder>,
    /// Whether the tail's decoder is under way.
    tail_decodes: bool,
    /// The first copied keyframe, while pictures before it are still to come.
    held: Option<Packet>,
    /// The codec header of the source, which tells the form of packets.
    header: Vec<u8>,
    /// What comes before a keyframe that was encoded, where the container's own header does not hold it.
    sets: Vec<u8>,
    is_h264: bool,
    form: Form,
}

impl Smart {
    pub(crate) fn new(lane: Lane, stream: &StreamInfo, copy: CopyTrack, smart: SmartTrack, strict: bool) -> Self {
        let base = stream.time_base;
        let form = Form::new(lane.clone(), copy);
        let SmartTrack { cuts, head, tail, sets } = smart;
        let end = lane.length.map_or(i64::MAX, |length| time::rescale(length, Rational::MICROS, base));
        let head_end = cuts.copied_from.unwrap_or(end);
        let tail_from = cuts.tail.map_or(end, |tail| tail.first);
        Self {
            phase: if head.is_some() { Phase::Head } else { Phase::Middle },
            head: head.map(|edge| Coder::new(&lane, edge, stream, strict, 0, head_end)),
            tail: tail.map(|edge| Coder::new(&lane, edge, stream, strict, tail_from, end)),
            tail_decodes: false,
            held: None,
            header: stream.parameters.header().to_vec(),
            is_h264: stream.parameters.codec().name() == "h264",
            sets,
            form,
            cuts,
            base,
            lane,
        }
    }

    /// Puts out what was encoded, each packet with the decoding time that a picture of the source had there.
    fn put_made(&mut self, made: Vec<Packet>, times: &[i64], out: &mut dyn Sink<Packet>) -> Flow {
        for (n, packet) in made.into_iter().enumerate() {
            let (pts, duration) = (packet.pts().unwrap_or(0), packet.duration());
            let dts = times.get(n).copied().unwrap_or(pts).min(pts);
            let mut packet = if self.is_h264 { self.packed(&packet)? } else { packet };
            packet.set_times(Some(pts), Some(dts));
            packet.set_duration(duration);
            self.form.put(packet, out)?;
        }
        Ok(())
    }

    /// A packet of the encoder in the form of the source's.
    fn packed(&self, packet: &Packet) -> Result<Packet, Stop> {
        let bug = |error| Stop::Failed(Error::from(error).stage("encode").stream(self.lane.input));
        let mut data = if packet.is_key() { nal::pack(&self.header, &self.sets) } else { Vec::new() };
        data.extend(nal::pack(&self.header, packet.data()));
        let mut out = Packet::from_data(&data).map_err(bug)?;
        out.copy_key(packet);
        Ok(out)
    }

    /// Ends the first edge.
    fn finish_head(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        let Some(mut head) = self.head.take() else { return Ok(()) };
        let made = head.finish()?;
        head.times.sort_unstable();
        // Those right before the first copied picture.
        let from = head.times.len().saturating_sub(made.len());
        self.put_made(made, &head.times[from..], out)
    }

    fn copy(&mut self, packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        self.form.put(packet, out)
    }

    /// A second packet on the same data, for a decoder.
    fn twin(&self, packet: &Packet) -> Result<Packet, Stop> {
        packet.try_clone().map_err(|error| Stop::Failed(Error::from(error).stage("decode").stream(self.lane.input)))
    }
}

impl Stage for Smart {
    type In = Packet;
    type Out = Packet;

    fn push(&mut self, packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        let dts = packet.dts().or(packet.pts()).unwrap_or(0);
        let shown = packet.pts().unwrap_or(dts);
        if self.lane.is_after(dts, self.base) {
            return Ok(());
        }
        let is_key_at = |at: Option<i64>| packet.is_key() && at == Some(shown);
        if let Some(tail) = self.cuts.tail {
            self.tail_decodes |= is_key_at(Some(tail.decoded_from));
            if is_key_at(Some(tail.key)) && self.phase == Phase::Middle {
                self.phase = Phase::Tail;
            }
            if self.tail_decodes {
                let twin = self.twin(&packet)?;
                let ends = self.phase == Phase::Tail;
                if let Some(coder) = &mut self.tail {
                    if ends {
                        coder.times.push(dts);
                    }
                    coder.push(twin)?;
                }
            }
        }
        match self.phase {
            Phase::Head if is_key_at(self.cuts.copied_from) => {
                let twin = self.twin(&packet)?;
                if let Some(head) = &mut self.head {
                    head.push(twin)?;
                }
                self.held = Some(packet);
                self.phase = Phase::Leading;
                Ok(())
            }
            Phase::Leading if self.cuts.copied_from.is_some_and(|from| shown < from) => match &mut self.head {
                Some(head) => head.push(packet),
                None => Ok(()),
            },
            Phase::Head => match &mut self.head {
                Some(head) => {
                    head.times.push(dts);
                    head.push(packet)
                }
                None => Ok(()),
            },
            Phase::Leading => {
                self.phase = Phase::Middle;
                self.finish_head(out)?;
                if let Some(held) = self.held.take() {
                    self.copy(held, out)?;
                }
                self.copy(packet, out)
            }
            Phase::Middle => self.copy(packet, out),
            Phase::Tail => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        self.finish_head(out)?;
        if let Some(held) = self.held.take() {
            self.copy(held, out)?;
        }
        if let Some(mut tail) = self.tail.take() {
            let made = tail.finish()?;
            tail.times.sort_unstable();
            self.put_made(made, &tail.times, out)?;
        }
        self.form.finish(out)
    }
}
