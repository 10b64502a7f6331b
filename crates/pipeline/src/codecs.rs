//! Codec and container names: what people type, and what this FFmpeg calls it.

use transcode_av::{CodecId, EncoderInfo, MediaKind, MuxerInfo};

use crate::error::{Error, ErrorKind, Result};
use crate::options::did_you_mean;

/// A codec by its common name, and the encoders that make it, best first.
pub(crate) struct Codec {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) kind: MediaKind,
    pub(crate) encoders: &'static [&'static str],
}

const fn codec(
    kind: MediaKind,
    name: &'static str,
    aliases: &'static [&'static str],
    encoders: &'static [&'static str],
) -> Codec {
    Codec { name, aliases, kind, encoders }
}

use MediaKind::{Audio, Subtitle, Video};

/// Every codec name of the documentation.
pub(crate) static CODECS: &[Codec] = &[
    codec(Video, "h264", &["avc", "x264"], &["libx264", "libopenh264", "h264_videotoolbox", "h264_nvenc"]),
    codec(Video, "hevc", &["h265", "x265"], &["libx265", "hevc_videotoolbox", "hevc_nvenc"]),
    codec(Video, "av1", &[], &["libsvtav1", "libaom-av1", "librav1e", "av1_nvenc"]),
    codec(Video, "vp9", &[], &["libvpx-vp9"]),
    codec(Video, "vp8", &[], &["libvpx"]),
    codec(Video, "mpeg4", &[], &["mpeg4"]),
    codec(Video, "mpeg2", &["mpeg2video"], &["mpeg2video"]),
    codec(Video, "prores", &[], &["prores_ks", "prores"]),
    codec(Video, "dnxhd", &["dnxhr"], &["dnxhd"]),
    codec(Video, "ffv1", &[], &["ffv1"]),
    codec(Video, "mjpeg", &[], &["mjpeg"]),
    codec(Video, "gif", &[], &["gif"]),
    codec(Audio, "aac", &[], &["aac", "libfdk_aac"]),
    codec(Audio, "mp3", &[], &["libmp3lame", "libshine"]),
    codec(Audio, "opus", &[], &["libopus"]),
    codec(Audio, "vorbis", &[], &["libvorbis"]),
    codec(Audio, "flac", &[], &["flac"]),
    codec(Audio, "alac", &[], &["alac"]),
    codec(Audio, "ac3", &[], &["ac3"]),
    codec(Audio, "eac3", &[], &["eac3"]),
    codec(Audio, "pcm", &[], &["pcm_s16le"]),
    codec(Subtitle, "srt", &["subrip"], &["srt"]),
    codec(Subtitle, "ass", &["ssa"], &["ass"]),
    codec(Subtitle, "mov_text", &["tx3g"], &["mov_text"]),
    codec(Subtitle, "webvtt", &["vtt"], &["webvtt"]),
];

/// The codecs this FFmpeg can make, by common name.
fn offered(kind: MediaKind) -> String {
    let names =
        CODECS.iter().filter(|c| c.kind == kind && c.encoders.iter().any(|e| EncoderInfo::by_name(e).is_some()));
    names.map(|c| c.name).collect::<Vec<_>>().join(", ")
}

/// The encoder for a codec's common name or an encoder's exact name.
pub(crate) fn encoder(name: &str, kind: MediaKind) -> Result<EncoderInfo> {
    let lower = name.to_lowercase();
    let what = kind.name();
    if let Some(codec) = CODECS.iter().find(|c| c.name == lower || c.aliases.contains(&lower.as_str())) {
        if codec.kind != kind {
            let message = format!(
                "{what}_codec '{name}'; expected a {what} codec; got one for {}; use one of {}",
                codec.kind.name(),
                offered(kind)
            );
            return Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"));
        }
        return codec.encoders.iter().find_map(|e| EncoderInfo::by_name(e)).ok_or_else(|| {
            let message = format!(
                "{what}_codec '{name}'; expected a codec this FFmpeg can make; got one for which it has none of {}; \
                 use one of {}, or install an FFmpeg built with one of those encoders",
                codec.encoders.join(", "),
                offered(kind)
            );
            Error::new(ErrorKind::Unsupported, message).stage("plan")
        });
    }
    if let Some(found) = EncoderInfo::by_name(name).filter(|found| found.kind() == kind) {
        return Ok(found);
    }
    let known = CODECS.iter().filter(|c| c.kind == kind).flat_map(|c| c.aliases.iter().chain([&c.name]).copied());
    let encoders: Vec<String> = EncoderInfo::all().filter(|e| e.kind() == kind).map(EncoderInfo::name).collect();
    let hint = did_you_mean(name, known.chain(["copy", "auto"]).chain(encoders.iter().map(String::as_str)));
    let message = format!(
        "unknown {what}_codec '{name}'; expected one of {}, copy, auto, or the name of an FFmpeg encoder; got '{name}'; {}",
        offered(kind),
        hint.unwrap_or_else(|| "see `transcode codecs`".to_owned())
    );
    // A codec that FFmpeg only decodes is known, but cannot be made.
    let decodes = CodecId::from_name(&lower).is_some();
    let fault = if decodes { ErrorKind::Unsupported } else { ErrorKind::InvalidOption };
    Err(Error::new(fault, message).stage("plan"))
}

/// The output container: by `format`, or else by the output's file name.
pub(crate) fn container(format: Option<&str>, file_name: Option<&str>) -> Result<MuxerInfo> {
    let found = match (format, file_name) {
        (Some(name), _) => by_format(name),
        (None, Some(file)) => {
            let by_name = MuxerInfo::by_file_name(file);
            // Names without an extension must not fall to whatever FFmpeg guesses from them.
            by_name.filter(|_| file.contains('.'))
        }
        (None, None) => {
            let message = "format is not given; expected one for an output that is not a file; got none; \
                           pass format=\"mp4\" or another container";
            return Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"));
        }
    };
    found.ok_or_else(|| {
        let asked = format.unwrap_or_else(|| {
            let file = file_name.unwrap_or_default();
            file.rsplit_once('.').map_or("", |(_, extension)| extension)
        });
        let names: Vec<String> = MuxerInfo::all().flat_map(|m| [vec![m.name()], m.extensions()].concat()).collect();
        let hint = did_you_mean(asked, names.iter().map(String::as_str));
        let got = match format {
            Some(name) => format!("format='{name}'"),
            None if asked.is_empty() => "a name without an extension".to_owned(),
            None => format!("'.{asked}'"),
        };
        let message = format!(
            "unknown container; expected a name such as mp4, mov, mkv, webm, ts, avi, gif, wav, mp3, m4a, flac, ogg; got {got}; {}",
            hint.unwrap_or_else(|| "pass format= or name the file with its extension".to_owned())
        );
        Error::new(ErrorKind::InvalidOption, message).stage("plan")
    })
}

fn by_format(name: &str) -> Option<MuxerInfo> {
    let lower = name.trim_start_matches('.').to_lowercase();
    // An extension is what people type; FFmpeg's own name goes first.
    MuxerInfo::by_name(&lower).or_else(|| MuxerInfo::by_file_name(&format!("x.{lower}")))
}

/// What the container usually holds: encoders for video and audio.
pub(crate) fn usual(muxer: MuxerInfo, kind: MediaKind) -> Option<EncoderInfo> {
    let name = muxer.name();
    let common = match (name.as_str(), kind) {
        ("mp4" | "mov" | "matroska" | "ipod" | "3gp" | "3g2" | "psp" | "flv" | "mpegts", Video) => Some("h264"),
        ("mp4" | "mov" | "matroska" | "ipod" | "3gp" | "3g2" | "psp" | "flv" | "mpegts" | "adts", Audio) => Some("aac"),
        ("webm", Video) => Some("vp9"),
        ("webm" | "opus", Audio) => Some("opus"),
        ("ogg" | "oga", Audio) => Some("vorbis"),
        ("mp3", Audio) => Some("mp3"),
        _ => None,
    };
    if let Some(found) = common.and_then(|name| encoder(name, kind).ok()) {
        return Some(found);
    }
    let [video, audio, subtitle] = muxer.default_codecs();
    let default = match kind {
        Video => video,
        Audio => audio,
        _ => subtitle,
    };
    if default.is_none() { None } else { EncoderInfo::by_codec(default) }
}

/// Whether the container holds the codec. FFmpeg answers for most; for the rest this does.
pub(crate) fn holds(muxer: MuxerInfo, codec: CodecId) -> bool {
    let name = codec.name();
    // FFmpeg writes them, and reads them back as many broken streams, and with the bytes the other way round.
    if muxer.name() == "flv" && matches!(name.as_str(), "mpeg4" | "pcm_s16be") {
        return false;
    }
    if let Some(answer) = muxer.holds(codec) {
        return answer;
    }
    let codec = name;
    let list: &[&str] = match muxer.name().as_str() {
        // Other codecs would be written as private data that no player reads.
        "mpegts" => &[
            "mpeg1video",
            "mpeg2video",
            "mpeg4",
            "h264",
            "hevc",
            "vvc",
            "cavs",
            "dirac",
            "mp2",
            "mp3",
            "aac",
            "aac_latm",
            "ac3",
            "eac3",
            "dts",
            "truehd",
            "opus",
            "s302m",
            "dvb_subtitle",
            "dvb_teletext",
        ],
        "ogg" | "oga" | "ogv" | "spx" | "opus" => &["theora", "vp8", "vorbis", "opus", "flac", "speex"],
        "adts" => &["aac"],
        "ivf" => &["vp8", "vp9", "av1"],
        name @ ("mp3" | "flac" | "gif" | "h264" | "hevc" | "mjpeg" | "ac3" | "eac3" | "tta") => return codec == name,
        _ => return true,
    };
    list.contains(&codec.as_str())
}

/// Whether a codec that FFmpeg writes to the container comes back without what its decoder needs, or plays almost
/// nowhere: `"auto"` encodes it then.
pub(crate) fn plays_badly(muxer: MuxerInfo, codec: CodecId) -> bool {
    // QuickTime's own codecs keep their depth outside of what Matroska takes along.
    muxer.name() == "matroska" && matches!(codec.name().as_str(), "qtrle" | "rpza" | "smc" | "8bps")
}

/// The common names of the codecs of a kind that the container holds and this FFmpeg can make.
pub(crate) fn held(muxer: MuxerInfo, kind: MediaKind) -> String {
    let encoder = |c: &Codec| c.encoders.iter().find_map(|e| EncoderInfo::by_name(e));
    let names = CODECS.iter().filter(|c| c.kind == kind && encoder(c).is_some_and(|e| holds(muxer, e.codec())));
    names.map(|c| c.name).collect::<Vec<_>>().join(", ")
}

/// Whether files of this kind carry sound only (and perhaps a cover).
pub(crate) fn is_audio_only(muxer: MuxerInfo, file_name: Option<&str>) -> bool {
    let ends = |ext: &str| file_name.is_some_and(|f| f.to_lowercase().ends_with(ext));
    match muxer.name().as_str() {
        "mp3" | "flac" | "wav" | "adts" | "opus" | "oga" | "spx" | "aiff" | "w64" | "ac3" | "eac3" | "tta" | "wv" => {
            true
        }
        "ipod" => !ends(".m4v"),
        "ogg" => !ends(".ogv"),
        _ => false,
    }
}

/// Where a container keeps a cover picture.
#[derive(Clone, Copy)]
pub(crate) enum CoverPlace {
    /// As a stream of its own kind.
    Stream,
    /// As an attached file.
    Attachment,
    /// In a tag.
    Tag,
}

/// Where the container keeps a cover picture of that codec; `None` where it keeps none.
pub(crate) fn cover_place(muxer: MuxerInfo, codec: CodecId) -> Option<CoverPlace> {
    let is_one_of = |list: &[&str]| list.contains(&codec.name().as_str());
    let usual = || is_one_of(&["mjpeg", "png", "bmp", "tiff", "gif"]);
    match muxer.name().as_str() {
        "matroska" => Some(CoverPlace::Attachment),
        "mp4" | "ipod" => is_one_of(&["mjpeg", "png", "bmp"]).then_some(CoverPlace::Stream),
        "mp3" | "flac" | "aiff" => (usual() || is_one_of(&["webp"])).then_some(CoverPlace::Stream),
        "ogg" | "oga" | "opus" | "spx" => usual().then_some(CoverPlace::Tag),
        _ => None,
    }
}

/// The presets an encoder knows, where its option is plain text to FFmpeg (x264, x265).
pub(crate) fn presets(encoder: EncoderInfo) -> Vec<String> {
    let x26x =
        ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"];
    match encoder.name().as_str() {
        "libx264" | "libx264rgb" | "libx265" => x26x.map(str::to_owned).to_vec(),
        _ => encoder.option_values("preset"),
    }
}

/// The profiles an encoder knows, where its option is plain text to FFmpeg (x264, x265).
pub(crate) fn profiles(encoder: EncoderInfo) -> Vec<String> {
    let list: &[&str] = match encoder.name().as_str() {
        "libx264" => &["baseline", "main", "high", "high10", "high422", "high444"],
        "libx265" => &[
            "main",
            "main10",
            "main12",
            "main-intra",
            "main10-intra",
            "main444-8",
            "main422-10",
            "main444-10",
            "mainstillpicture",
        ],
        _ => return encoder.option_values("profile"),
    };
    list.iter().map(|&profile| profile.to_owned()).collect()
}

/// The tunes an encoder knows, where its option is plain text to FFmpeg (x264, x265).
pub(crate) fn tunes(encoder: EncoderInfo) -> Vec<String> {
    let list: &[&str] = match encoder.name().as_str() {
        "libx264" | "libx264rgb" => {
            &["film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency"]
        }
        "libx265" => &["psnr", "ssim", "grain", "zerolatency", "fastdecode", "animation"],
        _ => return encoder.option_values("tune"),
    };
    list.iter().map(|&tune| tune.to_owned()).collect()
}
