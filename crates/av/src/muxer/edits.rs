//! Edit lists: which part of each stream's packets players show.
//!
//! FFmpeg's muxer writes one for a stream that begins early, but none that also ends it, and none for pictures of
//! which the first shown one lies after the start. So the muxer is given times late enough that it writes a list of
//! two entries everywhere, a pause and the stream, and both are written anew when everything is known.

use super::boxes::{Layout, Patch};
use crate::format::MediaKind;
use crate::packet::Packet;
use crate::time::{Rational, rescale};

/// Seconds by which times are late when the muxer sees them: no keyframe lies farther before what is shown. A stream
/// whose first packet does keeps its single entry.
const LATE: i64 = 36_000;

/// What is shown of one stream, in its ticks from the start of the output.
#[derive(Clone, Copy, Debug)]
struct Shown {
    kind: MediaKind,
    /// Decoding time of the first packet.
    first: Option<i64>,
    from: Option<i64>,
    until: i64,
}

/// What is shown of all streams.
#[derive(Debug)]
pub(super) struct Edits {
    /// Microseconds after which nothing is shown.
    length: Option<i64>,
    streams: Vec<Shown>,
    /// Ticks a second in which the movie's own times are stored: those of the first sound, which is heard to the
    /// sample.
    pub(super) timescale: u32,
}

impl Edits {
    pub(super) fn new(length: Option<i64>) -> Self {
        Self { length, streams: Vec::new(), timescale: 90_000 }
    }

    pub(super) fn add_stream(&mut self, kind: MediaKind, rate: u32) {
        if rate >= 1000 && !self.streams.iter().any(|stream| stream.kind == MediaKind::Audio) {
            self.timescale = rate;
        }
        self.streams.push(Shown { kind, first: None, from: None, until: 0 });
    }

    /// Notes what of a packet is shown, and makes it late.
    pub(super) fn note(&mut self, packet: &mut Packet, base: Rational) {
        let Some(stream) = self.streams.get_mut(packet.stream_index()) else { return };
        if !matches!(stream.kind, MediaKind::Video | MediaKind::Audio) {
            // The muxer begins subtitles at 0 by itself, and they come cut.
            return;
        }
        let length = self.length.map_or(i64::MAX, |length| rescale(length, Rational::MICROS, base));
        if let (Some(pts), Some(dts)) = (packet.pts(), packet.dts()) {
            stream.first.get_or_insert(dts);
            let end = pts + packet.duration();
            // Sound is cut within a packet, pictures are shown or not.
            let at = if stream.kind == MediaKind::Audio && end > 0 { pts.max(0) } else { pts };
            if (0..length).contains(&at) {
                stream.from = Some(stream.from.map_or(at, |from| from.min(at)));
                stream.until = stream.until.max(end.min(length));
            }
        }
        packet.shift(rescale(LATE, Rational::new(1, 1), base));
    }

    /// The bytes to change in a movie header that lies at byte `at` of the output. `bases`: the streams' time bases.
    pub(super) fn patches(&self, movie: &[u8], at: u64, bases: &[Rational]) -> Option<Vec<Patch>> {
        let layout = Layout::of(movie)?;
        let tick = Rational::new(1, i32::try_from(layout.timescale).ok().filter(|scale| *scale > 0)?);
        let mut out = Vec::new();
        let mut longest = 0;
        for track in &layout.tracks {
            let stream = usize::try_from(track.id).ok().and_then(|id| id.checked_sub(1));
            let known = stream.and_then(|i| Some((self.streams.get(i)?, *bases.get(i)?)));
            let Some((shown, base, edits, first)) =
                known.and_then(|(shown, base)| Some((shown, base, track.edits?, shown.first?)))
            else {
                // Subtitles, or a track of the muxer's own, such as chapters.
                longest = longest.max(track.duration.value);
                continue;
            };
            let from = shown.from.unwrap_or(0);
            let pause = rescale(from, base, tick).max(0).unsigned_abs();
            // Rounded down, so that a picture that begins where the part ends stays hidden.
            let length = floor(shown.until - from, base, tick);
            out.extend(edits.rewrite(pause, length, from - first));
            let whole = pause + length;
            out.push(track.duration.with(whole));
            longest = longest.max(whole);
        }
        out.push(layout.duration.with(longest));
        for patch in &mut out {
            patch.at += at;
        }
        Some(out)
    }
}

/// `ticks` of `from` in whole ticks of `to`; nothing for a negative span.
fn floor(ticks: i64, from: Rational, to: Rational) -> u64 {
    let num = i128::from(ticks.max(0)) * i128::from(from.num) * i128::from(to.den);
    u64::try_from(num / (i128::from(from.den) * i128::from(to.num))).unwrap_or(0)
}
