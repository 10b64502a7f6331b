//! Keyframes, found in the container without decoding.

use transcode_av::{Demuxer, MediaKind, Rational, StreamInfo, time};

use crate::error::Result;
use crate::timeline::{self, Timeline};

/// How far before a moment its keyframe is looked for, in microseconds, one after the other: containers find a time
/// only roughly, and some films have few keyframes.
const STEPS: [i64; 4] = [0, 1_000_000, 10_000_000, i64::MAX];

/// Packets without a keyframe among them after which it is given up: not every container marks its keyframes.
const MOST_WITHOUT: u32 = 4096;

/// The same where times may jump, by reading from the beginning: `kept` are all streams that the job reads, in order.
fn last_before_on_line(
    demuxer: &mut Demuxer,
    kept: &[&StreamInfo],
    stream: &StreamInfo,
    micros: i64,
) -> Result<Option<i64>> {
    if demuxer.rewind().is_err() {
        return Ok(None);
    }
    let mut line = Timeline::new(kept.len());
    let mut found = None;
    while let Some(packet) = demuxer.read()? {
        let Some(way) = kept.iter().position(|s| s.index == packet.stream_index()) else { continue };
        let flows = matches!(kept[way].parameters.kind(), MediaKind::Video | MediaKind::Audio);
        let (true, Some(dts)) = (flows && !kept[way].is_cover(), packet.dts().or(packet.pts())) else { continue };
        let micro = |ticks| time::rescale(ticks, kept[way].time_base, Rational::MICROS);
        let offset = line.offset(way, micro(dts), micro(packet.duration()));
        if packet.stream_index() != stream.index {
            continue;
        }
        if micro(dts) + offset > micros {
            break;
        }
        let shown = micro(packet.pts().unwrap_or(dts)) + offset;
        if packet.is_key() && shown <= micros {
            found = Some(shown);
        }
    }
    Ok(found)
}

/// The time of the last keyframe of `stream` that is shown at or before `micros`, in microseconds. `None` where there
/// is none, or the container cannot be searched.
pub(super) fn last_before(
    demuxer: &mut Demuxer,
    kept: &[&StreamInfo],
    stream: &StreamInfo,
    micros: i64,
) -> Result<Option<i64>> {
    if timeline::is_walked(demuxer) {
        return last_before_on_line(demuxer, kept, stream, micros);
    }
    let start = demuxer.start_time().unwrap_or(0);
    for back in STEPS {
        // The first keyframe may be decoded before anything is shown, and a transport stream goes by that time.
        let to = micros.saturating_sub(back).max(start - 2_000_000);
        if demuxer.seek(to).or_else(|_| demuxer.seek(to.max(start))).is_err() {
            return Ok(None);
        }
        let mut found = None;
        let mut without = 0;
        while let Some(packet) = demuxer.read()? {
            if packet.stream_index() != stream.index {
                continue;
            }
            let at = |ticks| time::rescale(ticks, stream.time_base, Rational::MICROS);
            let (pts, dts) = (packet.pts().or(packet.dts()).map(at), packet.dts().or(packet.pts()).map(at));
            // Nothing that is decoded later is shown earlier than that.
            if dts.is_some_and(|dts| dts > micros) {
                break;
            }
            without += 1;
            if let Some(pts) = pts.filter(|pts| packet.is_key() && *pts <= micros) {
                (found, without) = (Some(pts), 0);
            } else if without > MOST_WITHOUT && found.is_none() {
                break;
            }
        }
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
