//! Smart trims: the groups of pictures at the edges are encoded again, all between them is kept as it is.

use transcode_av::{Packet, Rational, StreamInfo, time};

mod coder;
use coder::{Coder, Made};

use super::Lane;
use super::form::Form;
use crate::error::Error;
use crate::joint::Joint;
use crate::plan::{CopyTrack, Cuts, SmartTrack};
use crate::stage::{Flow, Sink, Stage, Stop};

/// How far the stream is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Head,
    /// Right behind the first copied keyframe, where pictures follow that are shown before it.
    Leading,
    /// At the first picture of all, where nothing is cut before it.
    Begin,
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
    /// The first copied picture, while pictures before it are still to come.
    held: Option<Packet>,
    /// The same as it was, as long as copied pictures belong to its group.
    first: Option<Packet>,
    joint: Joint,
    form: Form,
}

/// Makes decoding times rise, up to one after them: containers that store none have FFmpeg make up some twice.
fn let_rise(times: &mut [i64], mut limit: i64) {
    for time in times.iter_mut().rev() {
        *time = (*time).min(limit - 1);
        limit = *time;
    }
}

impl Smart {
    pub(crate) fn new(lane: Lane, stream: &StreamInfo, copy: CopyTrack, smart: SmartTrack, strict: bool) -> Self {
        let base = stream.time_base;
        let form = Form::new(lane.clone(), copy);
        let SmartTrack { cuts, head, tail, ticks, joint } = smart;
        let end = lane.length.map_or(i64::MAX, |length| time::rescale(length, Rational::MICROS, base));
        let head_end = cuts.copied_from.unwrap_or(end);
        let tail_from = cuts.tail.map_or(end, |tail| tail.first);
        Self {
            phase: if cuts.copied_from == Some(i64::MIN) { Phase::Begin } else { Phase::Head },
            head: head.map(|edge| Coder::new(&lane, edge, stream, strict, ticks, (0, head_end))),
            tail: tail.map(|edge| Coder::new(&lane, edge, stream, strict, ticks, (tail_from, end))),
            tail_decodes: false,
            held: None,
            first: None,
            joint,
            form,
            cuts,
            base,
            lane,
        }
    }

    /// Puts out what was encoded, each packet with the decoding time that a picture of the source had there.
    fn put_made(&mut self, made: Vec<Made>, times: &[i64], out: &mut dyn Sink<Packet>) -> Flow {
        for (n, Made { packet, pts, duration }) in made.into_iter().enumerate() {
            let dts = times.get(n).copied().unwrap_or(pts).min(pts);
            let data = self.joint.made(packet.data(), packet.is_key());
            let data = data.map_err(|error| Stop::Failed(error.stage("encode").stream(self.lane.input)))?;
            let mut packet = self.with_data(packet, data)?;
            packet.set_times(Some(pts), Some(dts));
            packet.set_duration(duration);
            self.form.put(packet, out)?;
        }
        Ok(())
    }

    /// A packet that holds something else.
    fn with_data(&self, packet: Packet, data: Option<Vec<u8>>) -> Result<Packet, Stop> {
        let Some(data) = data else { return Ok(packet) };
        let bug = |error| Stop::Failed(Error::from(error).stage("encode").stream(self.lane.input));
        let mut out = Packet::from_data(&data).map_err(bug)?;
        out.copy_key(&packet);
        out.set_times(packet.pts(), packet.dts());
        out.set_duration(packet.duration());
        Ok(out)
    }

    /// Ends the first edge.
    fn finish_head(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        let Some(mut head) = self.head.take() else { return Ok(()) };
        let made = head.finish()?;
        head.times.sort_unstable();
        // Those right before the first copied picture. Where it is the head's pictures that are shown before it but
        // were decoded after it, there are too few, and counting goes on backwards.
        let step = made.windows(2).map(|two| two[1].pts - two[0].pts).min().unwrap_or(1).max(1);
        let first = head.times.first().or(made.first().map(|made| &made.pts)).copied().unwrap_or(0);
        let missing = made.len().saturating_sub(head.times.len());
        let earlier = (1..).take(missing).map(|n| first - step * n);
        head.times.splice(0..0, earlier.collect::<Vec<_>>().into_iter().rev());
        let mut times = head.times.split_off(head.times.len() - made.len());
        let limit = self.held.as_ref().and_then(Packet::dts).unwrap_or(i64::MAX);
        let_rise(&mut times, limit);
        self.put_made(made, &times, out)
    }

    fn copy(&mut self, packet: Packet, is_first: bool, out: &mut dyn Sink<Packet>) -> Flow {
        let data = if packet.is_key() {
            self.first = if is_first { Some(self.twin(&packet)?) } else { None };
            self.joint.kept(packet.data(), is_first)
        } else {
            self.first.as_ref().and_then(|first| self.joint.following(packet.data(), first.data()))
        };
        let packet = self.with_data(packet, data)?;
        self.form.put(packet, out)
    }

    /// Puts out what was encoded of the first edge, and the keyframe that follows it.
    fn begin_copying(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        self.finish_head(out)?;
        match self.held.take() {
            Some(held) => self.copy(held, self.phase == Phase::Leading, out),
            None => Ok(()),
        }
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
            if is_key_at(Some(tail.key)) && !matches!(self.phase, Phase::Head | Phase::Tail) {
                self.begin_copying(out)?;
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
                self.begin_copying(out)?;
                self.phase = Phase::Middle;
                self.copy(packet, false, out)
            }
            Phase::Begin => match self.held.take() {
                None => {
                    self.held = Some(packet);
                    Ok(())
                }
                Some(mut held) => {
                    // Where the input was searched and has no decoding times, the first two may have the same.
                    if held.dts().is_some_and(|first| first >= dts) {
                        held.set_times(held.pts(), Some(dts - held.duration().max(1)));
                    }
                    self.phase = Phase::Middle;
                    self.copy(held, false, out)?;
                    self.copy(packet, false, out)
                }
            },
            Phase::Middle => self.copy(packet, false, out),
            Phase::Tail => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        self.begin_copying(out)?;
        if let Some(mut tail) = self.tail.take() {
            let made = tail.finish()?;
            tail.times.sort_unstable();
            let_rise(&mut tail.times, i64::MAX);
            self.put_made(made, &tail.times, out)?;
        }
        self.form.finish(out)
    }
}
