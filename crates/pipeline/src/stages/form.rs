//! Copied packets in the form that the container takes.

use transcode_av::{BitstreamFilter, Output, Packet};

use super::Lane;
use crate::plan::CopyTrack;
use crate::shared::Tally;
use crate::stage::{Flow, Sink};

/// The last step of copied packets.
pub(crate) struct Form {
    lane: Lane,
    filter: Option<BitstreamFilter>,
    refused: Tally,
}

impl Form {
    pub(super) fn new(lane: Lane, copy: CopyTrack) -> Self {
        Self { lane, filter: copy.filter, refused: Tally::default() }
    }

    /// Puts a packet out.
    pub(super) fn put(&mut self, mut packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
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

    /// Puts out what is left.
    pub(super) fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
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
