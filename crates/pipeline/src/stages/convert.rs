//! Subtitles into another codec.

use transcode_av::{Packet, Rational, SubtitleConverter};

use super::Lane;
use crate::shared::Tally;
use crate::stage::{Flow, Sink, Stage};

/// Converts one stream of text subtitles, cut to the taken part.
pub(crate) struct Convert {
    lane: Lane,
    converter: SubtitleConverter,
    damaged: Tally,
}

impl Convert {
    pub(crate) fn new(lane: Lane, converter: SubtitleConverter) -> Self {
        Self { lane, converter, damaged: Tally::default() }
    }
}

impl Stage for Convert {
    type In = Packet;
    type Out = Packet;

    fn push(&mut self, packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        let mut converted = match self.converter.convert(&packet) {
            Ok(Some(converted)) => converted,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.damaged.add(|| error.message);
                return Ok(());
            }
        };
        let start = converted.pts().unwrap_or(0);
        let end = start + converted.duration();
        if self.lane.is_after(start, Rational::MICROS) || self.lane.is_before(end - 1) {
            return Ok(());
        }
        // An event under way when the part begins is shown for what is left of it.
        let from = if self.lane.cuts_start { start.max(0) } else { start };
        let until = self.lane.length.map_or(end, |length| end.min(length));
        converted.set_times(Some(from), Some(from));
        converted.set_duration(until - from);
        converted.set_stream_index(self.lane.output);
        out.accept(converted)
    }

    fn finish(&mut self, _out: &mut dyn Sink<Packet>) -> Flow {
        if let Some(warning) = self.damaged.report(self.lane.input, "subtitle events that could not be converted") {
            self.lane.shared.warn(warning);
        }
        Ok(())
    }
}
