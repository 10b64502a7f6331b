//! Times for packets and frames that come without.

use transcode_av::{Packet, StreamInfo, time};

/// Fills in decoding times that a container does not store, from the one before and its duration.
#[derive(Clone, Debug)]
pub(crate) struct Predictor {
    next: Option<i64>,
    /// Decoding time of a first packet without any.
    first: i64,
    /// Ticks of a packet that does not say how long it is.
    step: i64,
}

impl Predictor {
    pub(crate) fn new(stream: &StreamInfo) -> Self {
        let rate = stream.average_frame_rate.or(stream.real_frame_rate);
        let step = rate.map_or(0, |rate| time::rescale(1, rate.invert(), stream.time_base));
        // Where nothing has a time, decoding begins so much earlier that the first picture is shown at 0.
        Self { next: None, first: -step * i64::from(stream.parameters.video_delay()), step }
    }

    /// Forgets what came before.
    pub(crate) fn restart(&mut self) {
        self.next = None;
    }

    /// Makes sure that the packet has a decoding time.
    pub(crate) fn complete(&mut self, packet: &mut Packet) {
        let dts = packet.dts().or(self.next).or_else(|| packet.pts().map(|pts| pts + self.first)).unwrap_or(self.first);
        if packet.dts().is_none() {
            packet.set_times(packet.pts(), Some(dts));
        }
        let duration = if packet.duration() > 0 { packet.duration() } else { self.step };
        self.next = Some(dts.saturating_add(duration));
    }
}
