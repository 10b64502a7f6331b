//! Packets of several frames of speech, taken apart: phones record AMR in that way, FFmpeg's decoder takes the first frame
//! of each alone, and QuickTime files hold single frames.

use transcode_av::{CodecId, Packet, Rational, time};

/// Most frames of a packet that are taken apart: 20 s of speech, where recorders put up to a third of a second together.
const MOST_FRAMES: usize = 1000;

/// Microseconds of a frame.
const FRAME: i64 = 20_000;

/// Bytes of a frame, by the mode that its first byte tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speech([usize; 16]);

const NARROW: Speech = Speech([13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1]);
const WIDE: Speech = Speech([18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1]);

impl Speech {
    pub(crate) fn of(codec: CodecId) -> Option<Self> {
        match codec.name().as_str() {
            "amr_nb" => Some(NARROW),
            "amr_wb" => Some(WIDE),
            _ => None,
        }
    }

    /// Bytes of the frames of a packet, one after the other; `None` where they are not just what it holds.
    fn sizes(self, mut data: &[u8]) -> Option<Vec<usize>> {
        let mut out = Vec::new();
        while let Some(first) = data.first() {
            let size = self.0[usize::from(first >> 3 & 15)];
            data = data.get(size..)?;
            out.push(size);
        }
        Some(out)
    }

    /// The frames of a packet; `None` where it is one, or damaged, or too many, or memory ran out.
    pub(crate) fn split(self, packet: &Packet, base: Rational) -> Option<Vec<Packet>> {
        let sizes = self.sizes(packet.data()).filter(|sizes| (2..=MOST_FRAMES).contains(&sizes.len()))?;
        let (mut begin, mut out) = (0, Vec::with_capacity(sizes.len()));
        for (size, number) in sizes.into_iter().zip(0..) {
            let [from, to] = [number, number + 1].map(|n| time::rescale(n * FRAME, Rational::MICROS, base));
            let mut part = packet.part(begin..begin + size).ok()?;
            part.shift(from);
            part.set_duration(to - from);
            out.push(part);
            begin += size;
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_taken_apart_at_their_frames() {
        // Mode 7 (31 bytes of speech), silence, and a frame without any.
        let mut data = vec![0x3c; 32];
        data.extend([0x44; 6]);
        data.push(0x7c);
        assert_eq!(NARROW.sizes(&data), Some(vec![32, 6, 1]));
        assert_eq!(NARROW.sizes(&data[..30]), None);
        let mut packet = Packet::from_data(&data).expect("memory");
        packet.set_times(Some(-40), Some(-40));
        let parts = NARROW.split(&packet, Rational::new(1, 8000)).expect("three frames");
        let told: Vec<_> = parts.iter().map(|p| (p.pts(), p.dts(), p.duration(), p.size())).collect();
        assert_eq!(
            told,
            [-40, 120, 280].map(Some).into_iter().zip([32, 6, 1]).map(|(t, s)| (t, t, 160, s)).collect::<Vec<_>>()
        );
        assert!(NARROW.split(&parts[0], Rational::new(1, 8000)).is_none());
    }
}
