//! Times for packets and frames that come without.

use transcode_av::{Packet, Rational, StreamInfo, time};

/// Fills in decoding times that a container does not store, from the one before and its duration.
#[derive(Debug)]
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

/// Turns times of sound in a coarse time base into a count of samples without jitter: a time that is within its
/// own rounding of where the sound before ended means "go on", any other is a real gap or overlap.
#[derive(Debug, Default)]
pub(crate) struct SampleClock {
    next: Option<i64>,
}

impl SampleClock {
    /// The first sample of a frame of `samples` at `rate` whose time is `ticks` of `base`.
    /// A frame without a time goes on where the one before ended; the first one then begins at `otherwise`.
    pub(crate) fn stamp(&mut self, ticks: Option<i64>, otherwise: i64, base: Rational, rate: u32, samples: u32) -> i64 {
        let sample = Rational::new(1, rate.cast_signed());
        let at = match (ticks, self.next) {
            (None, Some(next)) => next,
            (None, None) => time::rescale(otherwise, base, sample),
            (Some(ticks), None) => time::rescale(ticks, base, sample),
            (Some(ticks), Some(next)) => {
                let said = time::rescale(ticks, base, sample);
                // A tick stands for everything that rounds to it: up to one tick off, and one sample for rounding.
                let tolerance = time::rescale(1, base, sample) + 1;
                if (said - next).abs() <= tolerance { next } else { said }
            }
        };
        self.next = Some(at + i64::from(samples));
        at
    }

    /// Forgets where the sound ended, for a stream whose sample rate changes.
    pub(crate) fn restart(&mut self) {
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_times_count_on_and_gaps_stay() {
        let ms = Rational::new(1, 1000);
        let mut clock = SampleClock::default();
        // 1024 samples at 44.1 kHz are 23.22 ms: Matroska stores 0, 23, 46, 70 ...
        for (n, ticks) in [(0, 0), (1, 23), (2, 46), (3, 70), (4, 93)] {
            assert_eq!(clock.stamp(Some(ticks), 0, ms, 44_100, 1024), n * 1024);
        }
        assert_eq!(clock.stamp(None, 0, ms, 44_100, 1024), 5 * 1024);
        assert_eq!(clock.stamp(Some(1000), 0, ms, 44_100, 1024), 44_100);
    }

    #[test]
    fn exact_times_stay_exact() {
        let base = Rational::new(1, 48_000);
        let mut clock = SampleClock::default();
        assert_eq!(clock.stamp(Some(-1024), 0, base, 48_000, 1024), -1024);
        assert_eq!(clock.stamp(Some(0), 0, base, 48_000, 1024), 0);
        assert_eq!(clock.stamp(Some(5000), 0, base, 48_000, 1024), 5000);
    }
}
