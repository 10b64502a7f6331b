//! What this build can do, found by trying.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use transcode_av::encoder::Format;
use transcode_av::{
    AudioFormat, ChannelLayout, ColorInfo, Encoder, EncoderConfig, EncoderInfo, LogRing, MediaKind, MuxerInfo,
    PixelFormat, Rational, SampleFormat, Scan, VideoFormat, info,
};

use crate::codecs::{CODECS, Codec};

/// One of FFmpeg's libraries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LibraryVersion {
    /// e.g. `libavcodec`.
    pub name: &'static str,
    /// The version that is linked now.
    pub version: String,
}

/// What was linked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BuildInfo {
    /// Version of this library.
    pub version: &'static str,
    /// Version of FFmpeg.
    pub ffmpeg: String,
    /// Its licence, which is that of the whole.
    pub license: String,
    /// The options it was configured with.
    pub configuration: String,
    /// Its libraries.
    pub libraries: Vec<LibraryVersion>,
}

/// One codec name and the encoder that makes it here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EncoderStatus {
    /// The codec's common name.
    pub codec: &'static str,
    /// `"video"`, `"audio"` or `"subtitle"`.
    pub kind: &'static str,
    /// The encoder that is used; absent where FFmpeg has none.
    pub encoder: Option<String>,
    /// Whether it really opens on this machine.
    pub opens: bool,
    /// Why it does not.
    pub reason: Option<String>,
}

/// What this build can do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capabilities {
    /// Every codec name that options take.
    pub encoders: Vec<EncoderStatus>,
    /// Names of the containers that can be written.
    pub containers: Vec<String>,
}

/// What was linked.
pub fn build_info() -> BuildInfo {
    let library = |library: info::Library| LibraryVersion {
        name: library.name,
        version: library.version.map(|n| n.to_string()).join("."),
    };
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        ffmpeg: info::version(),
        license: info::license(),
        configuration: info::configuration(),
        libraries: info::libraries().into_iter().map(library).collect(),
    }
}

/// What this build can do. Every encoder is opened once, which takes a moment.
pub fn capabilities() -> Capabilities {
    let log = LogRing::new();
    let _log_here = log.enter();
    let containers = MuxerInfo::all().filter(|muxer| !muxer.opens_files_itself() || muxer.name() == "null");
    Capabilities {
        encoders: CODECS.iter().map(|codec| status(codec, &log)).collect(),
        // Some have two forms under one name.
        containers: containers.map(MuxerInfo::name).collect::<BTreeSet<_>>().into_iter().collect(),
    }
}

fn status(codec: &Codec, log: &Arc<LogRing>) -> EncoderStatus {
    let found = codec.encoders.iter().find_map(|name| EncoderInfo::by_name(name));
    let problem = match found {
        None => Some(format!("this FFmpeg has none of {}", codec.encoders.join(", "))),
        Some(encoder) => try_open(encoder, log).err(),
    };
    EncoderStatus {
        codec: codec.name,
        kind: codec.kind.name(),
        encoder: found.map(EncoderInfo::name),
        opens: problem.is_none(),
        reason: problem,
    }
}

/// Opens an encoder for a small, common picture or sound.
fn try_open(encoder: EncoderInfo, log: &Arc<LogRing>) -> Result<(), String> {
    let format = match encoder.kind() {
        MediaKind::Video => video(encoder),
        MediaKind::Audio => audio(encoder),
        // Subtitle encoders need a header to open and have nothing that could be missing.
        _ => return Ok(()),
    };
    let Some(format) = format else { return Err("it lists no format that this library knows".to_owned()) };
    let mut config = EncoderConfig { threads: 1, ..EncoderConfig::default() };
    if encoder.name() == "dnxhd" {
        config.options.push(("profile".to_owned(), "dnxhr_hq".to_owned()));
    }
    Encoder::open(encoder, &format, &config, log).map(drop).map_err(|error| error.message)
}

fn video(encoder: EncoderInfo) -> Option<Format> {
    let usual = PixelFormat::from_name("yuv420p")?;
    let known = encoder.pixel_formats();
    let pixel_format = if known.is_empty() || known.contains(&usual) { usual } else { usual.nearest(&known)? };
    let frame_rate = encoder.frame_rates().first().copied().unwrap_or(Rational::new(25, 1));
    // MJPEG takes full range only.
    let range = if encoder.codec().name() == "mjpeg" { ColorInfo::FULL_RANGE } else { 0 };
    Some(Format::Video(VideoFormat {
        width: 320,
        height: 240,
        pixel_format,
        time_base: frame_rate.invert(),
        frame_rate: Some(frame_rate),
        sample_aspect_ratio: None,
        color: ColorInfo { range, ..ColorInfo::UNKNOWN },
        scan: Scan::Unknown,
    }))
}

fn audio(encoder: EncoderInfo) -> Option<Format> {
    let known = encoder.sample_formats();
    let sample_format = known.first().copied().or_else(|| SampleFormat::from_name("s16"))?;
    let rates = encoder.sample_rates();
    let sample_rate = if rates.is_empty() || rates.contains(&48_000) { 48_000 } else { *rates.first()? };
    Some(Format::Audio(AudioFormat {
        sample_rate,
        sample_format,
        layout: ChannelLayout::usual(2),
        bits_per_raw_sample: None,
    }))
}
