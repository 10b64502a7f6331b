//! Frames into packets.

use std::collections::VecDeque;

use transcode_av::{Encoder, Frame, Output, Packet};

use super::Lane;
use crate::error::{Error, ErrorKind};
use crate::stage::{Flow, Sink, Stage, Stop};

/// More frames than any encoder looks ahead.
const MOST_PENDING: usize = 1024;

/// Most pictures that surely leave an encoder in the order they are shown in.
const MOST_UNTURNED: u64 = 2;

/// Encodes one stream.
pub(crate) struct Encode {
    lane: Lane,
    encoder: Encoder,
    is_video: bool,
    /// How long frames inside the encoder are shown: encoders do not carry it.
    durations: VecDeque<(i64, i64)>,
    sent: u64,
}

impl Encode {
    pub(crate) fn new(lane: Lane, encoder: Encoder, is_video: bool) -> Self {
        Self { lane, encoder, is_video, durations: VecDeque::new(), sent: 0 }
    }

    fn fail(&self, error: transcode_av::Error) -> Stop {
        let mut error = Error::from(error).stage("encode").stream(self.lane.input);
        if !matches!(error.kind, ErrorKind::Cancelled | ErrorKind::Io) {
            error.kind = ErrorKind::Encode;
        }
        Stop::Failed(error)
    }

    fn send(&mut self, frame: Option<Frame>, out: &mut dyn Sink<Packet>) -> Flow {
        let is_last = frame.is_none();
        self.sent += u64::from(!is_last);
        let sent = self.lane.shared.counters.encode_time.time(|| self.encoder.send(frame));
        sent.map_err(|error| self.fail(error))?;
        loop {
            let received = self.lane.shared.counters.encode_time.time(|| self.encoder.receive());
            match received.map_err(|error| self.fail(error))? {
                Output::Item(mut packet) => {
                    packet.set_stream_index(self.lane.output);
                    self.set_duration(&mut packet);
                    if self.is_video && is_last && self.sent <= MOST_UNTURNED {
                        // x265 takes the decoding times of so short a stream from memory that it never wrote.
                        packet.set_times(packet.pts(), packet.pts());
                    }
                    out.accept(packet)?;
                }
                Output::NeedsInput | Output::End => return Ok(()),
            }
        }
    }

    fn set_duration(&mut self, packet: &mut Packet) {
        let Some(pts) = packet.pts().filter(|_| self.is_video) else { return };
        if let Some(at) = self.durations.iter().position(|(at, _)| *at == pts)
            && let Some((_, duration)) = self.durations.remove(at)
            && packet.duration() <= 0
        {
            packet.set_duration(duration);
        }
    }
}

impl Stage for Encode {
    type In = Frame;
    type Out = Packet;

    fn push(&mut self, frame: Frame, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        let shared = &self.lane.shared;
        shared.counters.encoded.add(1);
        if let Some(at) = frame.pts().filter(|_| self.lane.leads) {
            // Told here too: an encoder may take frames for seconds before it gives out the first.
            shared.meter.took(self.encoder.time_base().seconds(at));
            shared.meter.tick(&shared.counters);
        }
        if self.is_video {
            shared.counters.video_encoded.add(1);
            self.durations.extend(frame.pts().map(|pts| (pts, frame.duration())));
            if self.durations.len() > MOST_PENDING {
                self.durations.pop_front();
            }
        }
        self.send(Some(frame), out)
    }

    fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        self.send(None, out)
    }
}
