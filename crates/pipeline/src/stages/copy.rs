//! Packets that are kept as they are.

use transcode_av::{BitstreamFilter, MediaKind, Output, Packet, Rational, StreamInfo};

use super::Lane;
use crate::plan::CopyTrack;
use crate::shared::Tally;
use crate::stage::{Flow, Sink, Stage};

/// Copies one stream, cut at packets.
pub(crate) struct Copy {
    lane: Lane,
    base: Rational,
    kind: MediaKind,
    is_cover: bool,
    started: bool,
    filter: Option<BitstreamFilter>,
    refused: Tally,
}

impl Copy {
    pub(crate) fn new(lane: Lane, stream: &StreamInfo, copy: CopyTrack) -> Self {
        Self {
            lane,
            base: stream.time_base,
            kind: stream.parameters.kind(),
            is_cover: stream.is_cover(),
            started: false,
            filter: copy.filter,
            refused: Tally::default(),
        }
    }

    /// Whether the packet lies in the taken part.
    fn is_taken(&mut self, packet: &Packet) -> bool {
        let first = packet.dts().or(packet.pts()).unwrap_or(0);
        let shown = packet.pts().unwrap_or(first);
        if self.lane.is_after(first, self.base) {
            return false;
        }
        if self.kind == MediaKind::Video {
            // Pictures before the first keyframe, or shown before it, lean on what was cut.
            self.started |= packet.is_key() && !self.lane.is_before(shown);
            return self.started && !self.lane.is_before(shown);
        }
        // A subtitle may be under way at the start; sound begins with the first whole packet.
        let held = if self.kind == MediaKind::Subtitle { (packet.duration() - 1).max(0) } else { 0 };
        !self.lane.is_before(shown + held)
    }

    /// Puts a packet out, in the form that the container takes.
    fn put(&mut self, mut packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        if self.filter.is_some() {
            return self.refine(Some(packet), out);
        }
        packet.set_stream_index(self.lane.output);
        out.accept(packet)
    }

    fn refine(&mut self, packet: Option<Packet>, out: &mut dyn Sink<Packet>) -> Flow {
        let Some(filter) = &mut self.filter else { return Ok(()) };
        if let Err(error) = filter.send(packet) {
            self.refused.add(|| error.message);
        }
        loop {
            match filter.receive() {
                Ok(Output::Item(mut packet)) => {
                    packet.set_stream_index(self.lane.output);
                    out.accept(packet)?;
                }
                Ok(Output::NeedsInput | Output::End) => return Ok(()),
                Err(error) => {
                    self.refused.add(|| error.message);
                    return Ok(());
                }
            }
        }
    }
}

impl Stage for Copy {
    type In = Packet;
    type Out = Packet;

    fn push(&mut self, mut packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        if self.is_cover {
            // A picture without a time of its own.
            packet.set_times(Some(0), Some(0));
        } else {
            if !self.is_taken(&packet) {
                return Ok(());
            }
            if let Some(late) = packet.pts().filter(|pts| self.lane.is_before(*pts)) {
                packet.set_times(Some(0), Some(0));
                packet.set_duration(packet.duration() + late);
            }
        }
        self.put(packet, out)
    }

    fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        if self.filter.is_some() {
            self.refine(None, out)?;
        }
        if let Some(warning) =
            self.refused.report(self.lane.input, "packets that could not be put into the container's form")
        {
            self.lane.shared.warn(warning);
        }
        Ok(())
    }
}
