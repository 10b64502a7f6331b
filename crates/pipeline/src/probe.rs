//! What is in a file, without decoding it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Map;
use transcode_av::{Demuxer, LogRing, MediaKind, Rational, StreamInfo, parser};

use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::plan::{open_input, rotation};

/// Most packets that are looked at for what only packets tell.
const LOOK: usize = 64;

/// FFmpeg's transfer characteristics of HDR pictures.
const HDR: &[(&str, &str)] = &[("smpte2084", "pq"), ("arib-std-b67", "hlg")];

/// A chapter mark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChapterInfo {
    /// Seconds from the start of the file.
    pub start: f64,
    /// Seconds from the start of the file.
    pub end: f64,
    /// Its title, where it has one.
    pub title: Option<String>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MediaInfo {
    /// FFmpeg's name of the container.
    pub format: String,
    /// Seconds.
    pub duration: Option<f64>,
    /// Whether the duration was read, not guessed from the bit rate.
    pub duration_is_exact: bool,
    /// Seconds of the first timestamp.
    pub start_time: Option<f64>,
    /// Bytes.
    pub size: Option<u64>,
    /// Bits a second.
    pub bitrate: Option<u64>,
    /// Tags.
    pub tags: Map<String, serde_json::Value>,
    /// Chapters.
    pub chapters: Vec<ChapterInfo>,
    /// Streams, in the container's order.
    pub streams: Vec<StreamDetails>,
}

/// One stream of a file. What does not apply to its kind is absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamDetails {
    /// Index in the file.
    pub index: usize,
    /// `"video"`, `"audio"`, `"subtitle"`, `"attachment"` or `"data"`.
    pub kind: &'static str,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Its profile.
    pub profile: Option<String>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Seconds a tick of its timestamps, as a fraction.
    pub time_base: String,
    /// Seconds of its first timestamp.
    pub start_time: Option<f64>,
    /// Bits a second.
    pub bitrate: Option<u64>,
    /// Language tag.
    pub language: Option<String>,
    /// FFmpeg's names of its dispositions.
    pub disposition: Vec<String>,
    /// All tags.
    pub tags: Map<String, serde_json::Value>,
    /// What only video streams have.
    #[serde(flatten)]
    pub video: Option<VideoDetails>,
    /// What only audio streams have.
    #[serde(flatten)]
    pub audio: Option<AudioDetails>,
}

/// The video part of a stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VideoDetails {
    /// Pixels, before rotation.
    pub width: u32,
    /// Pixels, before rotation.
    pub height: u32,
    /// Pixels as coded.
    pub coded_width: u32,
    /// Pixels as coded.
    pub coded_height: u32,
    /// FFmpeg's name.
    pub pixel_format: Option<String>,
    /// Shape of a pixel, as a fraction.
    pub sample_aspect_ratio: Option<String>,
    /// Square pixels as shown, rotated.
    pub display_width: u32,
    /// Square pixels as shown, rotated.
    pub display_height: u32,
    /// Degrees clockwise that a player turns it by.
    pub rotation: f64,
    /// Frames a second on average, as a fraction.
    pub frame_rate: Option<String>,
    /// Whether average and base rate differ.
    pub is_vfr: bool,
    /// `"tv"` or `"pc"`.
    pub color_range: Option<String>,
    /// FFmpeg's name.
    pub color_primaries: Option<String>,
    /// FFmpeg's name.
    pub color_transfer: Option<String>,
    /// FFmpeg's name of the matrix.
    pub color_space: Option<String>,
    /// FFmpeg's name.
    pub chroma_location: Option<String>,
    /// `"pq"`, `"hlg"` or absent.
    pub hdr: Option<&'static str>,
    /// `"progressive"`, `"tt"`, `"bb"`, `"tb"`, `"bt"` or absent.
    pub field_order: Option<&'static str>,
    /// Number of frames, where the container says.
    pub frames: Option<u64>,
    /// Whether it is a cover picture.
    pub is_cover: bool,
}

/// The audio part of a stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AudioDetails {
    /// Hertz.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u32,
    /// FFmpeg's name.
    pub channel_layout: Option<String>,
    /// FFmpeg's name.
    pub sample_format: Option<String>,
}

/// Opens an input and tells what is in it.
///
/// # Errors
/// It cannot be read or is no media.
pub fn probe(input: Input, control: &Control) -> Result<MediaInfo> {
    let log = LogRing::new();
    let _log_here = log.enter();
    let path = input.path().map(std::path::Path::to_owned);
    let looked = open_input(input, control, &log).and_then(|mut demuxer| look(&mut demuxer));
    looked.map_err(|mut error| {
        if control.is_cancelled() {
            error = Error::new(ErrorKind::Cancelled, "probing was cancelled");
        }
        error.path = error.path.or(path);
        error.log_tail.extend(log.drain());
        error
    })
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a day are exact in a float")]
fn look(demuxer: &mut Demuxer) -> Result<MediaInfo> {
    let streams = demuxer.streams()?;
    let coded = coded_sizes(demuxer, &streams);
    let seconds = |micros: i64| micros as f64 / 1e6;
    let chapter = |chapter: transcode_av::Chapter| ChapterInfo {
        start: chapter.time_base.seconds(chapter.start),
        end: chapter.time_base.seconds(chapter.end),
        title: chapter.metadata.into_iter().find(|(key, _)| key == "title").map(|(_, title)| title),
    };
    Ok(MediaInfo {
        format: demuxer.format(),
        duration: demuxer.duration().map(seconds),
        duration_is_exact: demuxer.duration().is_some() && demuxer.duration_is_exact(),
        start_time: demuxer.start_time().map(seconds),
        size: demuxer.size(),
        bitrate: Some(demuxer.bit_rate()).filter(|rate| *rate > 0),
        tags: tags(demuxer.metadata()),
        chapters: demuxer.chapters().into_iter().map(chapter).collect(),
        streams: streams.into_iter().map(|stream| details(&stream, &coded)).collect(),
    })
}

fn tags(pairs: Vec<(String, String)>) -> Map<String, serde_json::Value> {
    pairs.into_iter().map(|(key, value)| (key, value.into())).collect()
}

/// The coded size of every video stream whose first packet comes soon.
fn coded_sizes(demuxer: &mut Demuxer, streams: &[StreamInfo]) -> BTreeMap<usize, (u32, u32)> {
    let mut missing: Vec<usize> =
        streams.iter().filter(|s| s.parameters.kind() == MediaKind::Video).map(|s| s.index).collect();
    let mut found = BTreeMap::new();
    for _ in 0..LOOK {
        // What breaks here is reported by whoever reads the file for its content.
        let Ok(Some(packet)) = (if missing.is_empty() { Ok(None) } else { demuxer.read() }) else { break };
        let index = packet.stream_index();
        if let Some(at) = missing.iter().position(|i| *i == index)
            && let Some(stream) = streams.get(index)
        {
            missing.swap_remove(at);
            found.extend(parser::coded_size(&stream.parameters, &packet).map(|size| (index, size)));
        }
    }
    found
}

fn fraction(r: Rational) -> String {
    format!("{}/{}", r.num, r.den)
}

fn details(stream: &StreamInfo, coded: &BTreeMap<usize, (u32, u32)>) -> StreamDetails {
    let parameters = &stream.parameters;
    let kind = parameters.kind();
    StreamDetails {
        index: stream.index,
        kind: kind.name(),
        codec: parameters.codec().name(),
        profile: parameters.profile(),
        duration: stream.duration.map(|ticks| stream.time_base.seconds(ticks)),
        time_base: fraction(stream.time_base),
        start_time: stream.start_time.map(|ticks| stream.time_base.seconds(ticks)),
        bitrate: Some(parameters.bit_rate()).filter(|rate| *rate > 0),
        language: stream.tag("language").map(str::to_owned),
        disposition: stream.disposition_names(),
        tags: tags(stream.metadata.clone()),
        video: (kind == MediaKind::Video).then(|| video(stream, coded.get(&stream.index).copied())),
        audio: (kind == MediaKind::Audio).then(|| AudioDetails {
            sample_rate: parameters.sample_rate(),
            channels: parameters.channel_layout().map_or(0, |layout| layout.channels),
            channel_layout: parameters.channel_layout().map(|layout| layout.name),
            sample_format: parameters.sample_format().map(|format| format.name()),
        }),
    }
}

fn video(stream: &StreamInfo, coded: Option<(u32, u32)>) -> VideoDetails {
    let parameters = &stream.parameters;
    let (width, height) = (parameters.width(), parameters.height());
    let (coded_width, coded_height) = coded.unwrap_or((width, height));
    let turn = stream.side_data.display_matrix().map_or(0.0, rotation);
    let ratio = stream.sample_aspect_ratio.map_or(1.0, Rational::as_f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in pixels, not negative")]
    let square = (f64::from(width) * ratio).round() as u32;
    let upright = (turn.round() / 90.0) % 2.0 == 0.0;
    let (display_width, display_height) = if upright { (square, height) } else { (height, square) };
    let average = stream.average_frame_rate;
    let [range, primaries, transfer, space, location] = parameters.color().names();
    let hdr = HDR.iter().find(|(name, _)| transfer.as_deref() == Some(name)).map(|(_, kind)| *kind);
    VideoDetails {
        width,
        height,
        coded_width,
        coded_height,
        pixel_format: parameters.pixel_format().map(|format| format.name()),
        sample_aspect_ratio: stream.sample_aspect_ratio.map(fraction),
        display_width,
        display_height,
        rotation: turn,
        frame_rate: average.map(fraction),
        is_vfr: differ(average, stream.real_frame_rate),
        color_range: range,
        color_primaries: primaries,
        color_transfer: transfer,
        color_space: space,
        chroma_location: location,
        hdr,
        field_order: parameters.field_order(),
        frames: stream.frames,
        is_cover: stream.is_cover(),
    }
}

/// Whether the average rate is not the rate that the timestamps are multiples of. A thousandth is rounding.
fn differ(average: Option<Rational>, base: Option<Rational>) -> bool {
    match (average.map(Rational::as_f64), base.map(Rational::as_f64)) {
        (Some(average), Some(base)) => (average - base).abs() > base / 1000.0,
        _ => false,
    }
}
