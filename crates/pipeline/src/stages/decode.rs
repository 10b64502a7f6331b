//! Packets into frames, each with a time.

use transcode_av::{Decoder, ErrorKind as AvKind, Frame, MediaKind, Output, Packet, Rational, StreamInfo, time};

use super::Lane;
use crate::error::{Error, ErrorKind};
use crate::shared::Tally;
use crate::stage::{Flow, Sink, Stage, Stop};

/// Decodes one stream. Frames leave with times in the stream's time base, sound perhaps without.
pub(crate) struct Decode {
    lane: Lane,
    decoder: Decoder,
    base: Rational,
    is_audio: bool,
    strict: bool,
    /// Decoding time of the last packet, for sound that comes without a time.
    sent: i64,
    /// Where the last picture ends, for one that comes without a time.
    next: i64,
    /// When the last picture was shown, and how long that was after the one before it: containers may count empty places
    /// between pictures.
    last: i64,
    apart: i64,
    /// Ticks of a picture that does not say how long it is shown.
    step: i64,
    frames: u64,
    /// Packets of pictures before the first keyframe: decoders pass over them in silence.
    leading: u64,
    key_seen: bool,
    damaged: Tally,
}

impl Decode {
    pub(crate) fn new(lane: Lane, decoder: Decoder, stream: &StreamInfo, strict: bool) -> Self {
        let rate = stream.average_frame_rate.or(stream.real_frame_rate);
        Self {
            lane,
            decoder,
            base: stream.time_base,
            is_audio: stream.parameters.kind() == MediaKind::Audio,
            strict,
            sent: 0,
            next: 0,
            last: 0,
            apart: 0,
            step: rate.map_or(0, |rate| time::rescale(1, rate.invert(), stream.time_base)),
            frames: 0,
            leading: 0,
            key_seen: false,
            damaged: Tally::default(),
        }
    }

    /// Forgets what was decoded last, so that pictures can go on at another keyframe.
    pub(crate) fn go_on_elsewhere(&mut self) {
        self.decoder.flush();
        (self.next, self.last, self.apart) = (0, 0, 0);
        // What lies before it is known.
        self.key_seen = true;
    }

    /// Begins anew with the first packet, and a decoder that has seen none: how times are guessed depends on all that it saw.
    pub(crate) fn begin_with(&mut self, decoder: Decoder) {
        self.decoder = decoder;
        (self.next, self.last, self.apart, self.frames, self.sent) = (0, 0, 0, 0, 0);
    }

    /// Whether pictures that no other one needs are left out from the next packet on, where the decoder can.
    pub(crate) fn skip_unneeded(&mut self, skip: bool) {
        self.decoder.skip_unneeded(skip);
    }

    /// Decodes a packet for what the next ones need of it, and gives the last frame it makes. Its damage is told by who
    /// decodes it for itself.
    pub(crate) fn lead_in(&mut self, packet: &Packet) -> Option<Frame> {
        let mut last = None;
        if self.decoder.send(Some(packet)).is_ok() {
            while let Ok(Output::Item(mut frame)) = self.decoder.receive() {
                frame.set_pts(frame.pts().or(frame.best_effort_timestamp()));
                (self.frames, last) = (self.frames + 1, Some(frame));
            }
        }
        last
    }

    /// Decodes a packet.
    pub(crate) fn take(&mut self, packet: &Packet, out: &mut dyn Sink<Frame>) -> Flow {
        self.lane.shared.check()?;
        if packet.is_corrupt() {
            self.forgive(transcode_av::Error::new(AvKind::InvalidData, "a packet is marked as damaged"))?;
        }
        self.key_seen |= self.is_audio || packet.is_key();
        self.leading += u64::from(!self.key_seen && self.frames == 0);
        self.sent = packet.pts().or(packet.dts()).unwrap_or(0);
        let sent = self.lane.shared.counters.decode_time.time(|| self.decoder.send(Some(packet)));
        if let Err(error) = sent {
            self.forgive(error)?;
        }
        self.receive(out)
    }

    /// Begins anew, with a packet from anywhere.
    pub(crate) fn restart(&mut self) {
        self.decoder.flush();
        (self.frames, self.sent, self.damaged) = (0, 0, Tally::default());
    }

    /// Takes the place of another decoder of the same stream, which has come to where this one begins.
    pub(crate) fn succeed(&mut self, before: &mut Self) {
        self.frames += before.frames;
        self.damaged.absorb(std::mem::take(&mut before.damaged));
    }

    /// Says what was found damaged and is not said yet.
    pub(crate) fn tell_damage(&mut self) {
        if let Some(warning) = self.damaged.report(self.lane.input, "damaged packets or frames") {
            self.lane.shared.warn(warning);
        }
    }

    /// Damage is counted, or in strict mode an error; anything else is an error.
    fn forgive(&mut self, error: transcode_av::Error) -> Flow {
        if error.kind == AvKind::Interrupted {
            self.lane.shared.check()?;
        }
        if self.strict {
            let mut error = Error::from(error).stage("decode").stream(self.lane.input);
            error.kind = ErrorKind::InvalidMedia;
            error.message = format!(
                "stream {} is damaged; expected clean data with strict=True; got {}; repair it, or pass strict=False",
                self.lane.input, error.message
            );
            return Err(Stop::Failed(error));
        }
        self.lane.shared.counters.decode_errors.add(1);
        self.damaged.add(|| error.message);
        Ok(())
    }

    fn receive(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        loop {
            let shared = &self.lane.shared;
            match shared.counters.decode_time.time(|| self.decoder.receive()) {
                Ok(Output::Item(frame)) => self.emit(frame, out)?,
                Ok(Output::NeedsInput | Output::End) => return Ok(()),
                Err(error) => return self.forgive(error),
            }
        }
    }

    fn emit(&mut self, mut frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        if !self.key_seen {
            // It decodes without one.
            self.leading = 0;
        }
        self.frames += 1;
        self.lane.shared.counters.decoded.add(1);
        if frame.is_corrupt() {
            self.forgive(transcode_av::Error::new(AvKind::InvalidData, "a frame is damaged and partly concealed"))?;
        }
        if self.is_audio {
            // The first block begins where its packet does; others without a time go on where the one before ended.
            let begin = (self.frames == 1).then_some(self.sent);
            frame.set_pts(frame.pts().or(frame.best_effort_timestamp()).or(begin));
        } else {
            frame.normalise_range();
            let told = frame.best_effort_timestamp();
            let at = told.unwrap_or_else(|| self.next.max(self.last.saturating_add(self.apart)));
            if frame.duration() <= 0 {
                // A repeated field shows the picture half as long again.
                frame.set_duration(self.step + self.step * i64::from(frame.repeat()) / 2);
            }
            self.next = at + frame.duration();
            if told.is_some() && self.frames > 1 {
                self.apart = at - self.last;
            }
            self.last = at;
            frame.set_pts(Some(at));
        }
        if let Some(at) = frame.pts() {
            // Sound is cut to the sample by a filter; frames wholly outside need not get there. Its times are rounded.
            let sample = Rational::new(1, frame.sample_rate().max(1).cast_signed());
            let (held, slack) = match i64::from(frame.samples()) {
                0 => (0, 0),
                samples => (time::rescale(samples, sample, self.base) + 1, 1),
            };
            if self.lane.is_after(at - slack, self.base) || self.lane.is_before(at + held) {
                return Ok(());
            }
        }
        out.accept(frame)
    }
}

impl Stage for Decode {
    type In = Packet;
    type Out = Frame;

    fn push(&mut self, packet: Packet, out: &mut dyn Sink<Frame>) -> Flow {
        self.take(&packet, out)
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        let sent = self.lane.shared.counters.decode_time.time(|| self.decoder.send(None));
        if let Err(error) = sent {
            self.forgive(error)?;
        }
        self.receive(out)?;
        self.tell_damage();
        let stream = self.lane.input;
        if self.leading > 0 && self.key_seen && !self.lane.cuts_start {
            self.lane.shared.counters.decode_errors.add(self.leading);
            self.lane.shared.warn(format!("stream {stream}: packets before its first keyframe: {}", self.leading));
        }
        if self.frames == 0 {
            self.lane.shared.warn(format!("stream {stream}: not one frame could be decoded"));
        }
        Ok(())
    }
}
