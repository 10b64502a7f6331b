//! Smart trims: which groups of pictures at the two edges are encoded again, found in the container without decoding.

use transcode_av::{Demuxer, Packet, Rational, StreamInfo, time};

use super::window::Window;
use crate::error::{Error, ErrorKind, Result};
use crate::mpeg;
use crate::nal::{self, hevc};

/// Packets without an end of the search after which it is given up.
const MOST_READ: u32 = 1 << 20;

/// Where a stream is cut, in ticks of the stream from the start of the taken part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cuts {
    /// The keyframe that is the first copied picture; `None` = nothing is copied.
    pub(crate) copied_from: Option<i64>,
    /// What is encoded again at the end.
    pub(crate) tail: Option<Tail>,
}

/// The pictures at the end that are encoded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The keyframe at which copying ends, by its time.
    pub(crate) key: i64,
    /// The keyframe from which on they can be decoded.
    pub(crate) decoded_from: i64,
    /// The first of them that is shown.
    pub(crate) first: i64,
}

/// A picture, as far as the search goes.
#[derive(Clone, Copy)]
struct Picture {
    pts: i64,
    dts: i64,
    is_key: bool,
    /// Whether decoding can begin anew here, whatever came before in the stream.
    is_clean: bool,
}

/// The codecs whose edges can be encoded again.
pub(super) const CODECS: &[&str] = &["h264", "hevc", "av1", "vp8", "vp9", "mpeg2video", "mpeg4"];

/// Whether nothing that is decoded after a keyframe and shown after it leans on what came before.
fn is_clean(codec: &str, header: &[u8], packet: &Packet) -> bool {
    /// A slice of an IDR picture of H.264.
    const IDR: u8 = 5;
    let units = || nal::units_of(header, packet.data());
    match codec {
        // Others than IDR pictures go on with the numbers of those before them.
        "h264" => units().iter().any(|unit| nal::kind(codec, unit) == IDR),
        "hevc" => units().iter().any(|unit| hevc::is_random_access(unit)),
        _ => true,
    }
}

/// Reads pictures of a stream.
struct Search<'a> {
    demuxer: &'a mut Demuxer,
    stream: &'a StreamInfo,
    origin: i64,
    /// The last time seen, and whether the input ends there.
    last: i64,
    ended: bool,
}

impl Search<'_> {
    fn seek(&mut self, ticks: i64) -> Result<()> {
        let start = self.demuxer.start_time().unwrap_or(0);
        let to = time::rescale(ticks.saturating_add(self.origin), self.stream.time_base, Rational::MICROS);
        let found = self.demuxer.seek(to.max(start - 2_000_000)).or_else(|_| self.demuxer.seek(start));
        found.map_err(|error| Error::from(error).stage("plan"))
    }

    /// Refuses what FFmpeg's decoder of MPEG-4 cannot begin with in the middle of a stream.
    fn check_part2(&self, packet: &Packet) -> Result<()> {
        let parameters = &self.stream.parameters;
        if parameters.codec().name() != "mpeg4" {
            return Ok(());
        }
        let kinds = mpeg::objects(packet.data());
        let is_interlaced = || mpeg::layer(parameters.header()).is_some_and(|layer| layer.is_interlaced);
        let (wanted, got) = if kinds.len() > 1 {
            ("one picture in a packet", "several, packed as for AVI")
        } else if kinds.contains(&mpeg::BOTH_WAYS) && is_interlaced() {
            // It takes their distances from the first pair of the stream, and drops them where that is missing.
            ("whole pictures, or no B-frames", "fields with B-frames, which FFmpeg decodes only from the beginning")
        } else {
            return Ok(());
        };
        let index = self.stream.index;
        let message = format!(
            "trim=\"smart\" cannot cut the MPEG-4 of stream {index}; expected {wanted}; got {got}; pass \
             trim=\"keyframe\", or encode the video"
        );
        Err(Error::new(ErrorKind::Unsupported, message).stage("plan").stream(index))
    }

    fn next(&mut self) -> Result<Option<Picture>> {
        while let Some(packet) = self.demuxer.read()? {
            if packet.stream_index() != self.stream.index {
                continue;
            }
            let Some(pts) = packet.pts() else {
                let message = format!(
                    "trim=\"smart\" needs the time of every picture; expected a container that stores them; got a \
                     picture of stream {} without one; pass trim=\"exact\" and a codec",
                    self.stream.index
                );
                return Err(Error::new(ErrorKind::Unsupported, message).stage("plan"));
            };
            let parameters = &self.stream.parameters;
            self.check_part2(&packet)?;
            self.last = self.last.max(pts - self.origin);
            let is_key = packet.is_key();
            return Ok(Some(Picture {
                pts: pts - self.origin,
                dts: packet.dts().unwrap_or(pts) - self.origin,
                is_key,
                is_clean: is_key && is_clean(&parameters.codec().name(), parameters.header(), &packet),
            }));
        }
        self.ended = true;
        Ok(None)
    }

    /// The first clean keyframe shown at or after the start, where there is one before `end`.
    fn head(&mut self, end: i64) -> Result<Option<i64>> {
        self.seek(0)?;
        for _ in 0..MOST_READ {
            let Some(picture) = self.next()? else { return Ok(None) };
            if picture.dts >= end {
                return Ok(None);
            }
            if picture.is_clean && picture.pts >= 0 {
                return Ok(Some(picture.pts).filter(|pts| *pts < end));
            }
        }
        Ok(None)
    }

    /// The pictures from the last keyframe before `end` on, where it is shown after `from`.
    fn tail(&mut self, from: i64, end: i64) -> Result<Option<Tail>> {
        let second = time::rescale(1_000_000, Rational::MICROS, self.stream.time_base);
        for back in [0, 1, 10, i64::MAX / second.max(1) / 2] {
            self.seek(end.saturating_sub(back * second).max(from))?;
            let mut found: Option<Tail> = None;
            let mut last_key = None;
            // The last time shown before the keyframe, and so far.
            let (mut before, mut latest) = (i64::MIN, i64::MIN);
            for _ in 0..MOST_READ {
                let Some(picture) = self.next()?.filter(|picture| picture.dts < end) else { break };
                if picture.is_key && picture.pts <= end && picture.pts >= from {
                    let decoded_from = last_key.unwrap_or(picture.pts);
                    found = Some(Tail { key: picture.pts, decoded_from, first: picture.pts });
                    last_key = Some(picture.pts);
                    before = latest;
                } else if let Some(tail) = &mut found
                    && picture.pts < tail.first
                    && picture.pts < tail.key
                {
                    tail.first = picture.pts;
                }
                latest = latest.max(picture.pts);
            }
            // One from which no earlier keyframe is known can be used only where nothing leans on one.
            let leads = |tail: &Tail| tail.decoded_from < tail.key && tail.first > before;
            let whole = |tail: &Tail| tail.first == tail.key || leads(tail);
            if let Some(mut tail) = found.filter(whole) {
                if tail.first == tail.key {
                    tail.decoded_from = tail.key;
                }
                return Ok(Some(tail));
            }
        }
        Ok(None)
    }
}

/// Finds where to cut a stream.
pub(super) fn find(demuxer: &mut Demuxer, stream: &StreamInfo, window: &Window) -> Result<Cuts> {
    let codec = stream.parameters.codec().name();
    if !CODECS.contains(&codec.as_str()) {
        let message = format!(
            "trim=\"smart\" cannot cut stream {}; expected one of {}; got {codec}; pass trim=\"keyframe\", or encode \
             the video",
            stream.index,
            CODECS.join(", ")
        );
        return Err(Error::new(ErrorKind::Unsupported, message).stage("plan").stream(stream.index));
    }
    let ticks = |micros| time::rescale(micros, Rational::MICROS, stream.time_base);
    let origin = ticks(window.origin);
    let end = window.length.map(ticks);
    let mut search = Search { demuxer, stream, origin, last: i64::MIN, ended: false };
    let nothing = Cuts { copied_from: None, tail: None };
    let copied_from = if window.cuts_start { search.head(end.unwrap_or(i64::MAX))? } else { Some(i64::MIN) };
    let Some(from) = copied_from else { return Ok(nothing) };
    let Some(end) = end else { return Ok(Cuts { copied_from, tail: None }) };
    let tail = search.tail(from, end)?;
    if !window.cuts_start {
        // Read from the beginning, not from where the search ended.
        search.seek(i64::MIN / 4)?;
    }
    if search.ended && search.last < end {
        // Past the end of the input nothing is cut.
        return Ok(Cuts { copied_from, tail: None });
    }
    match tail {
        Some(tail) if tail.key > from && tail.first > from => Ok(Cuts { copied_from, tail: Some(tail) }),
        _ => Ok(nothing),
    }
}
