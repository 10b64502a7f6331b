//! The video encoder's settings: which option of ours means what to which encoder.

use transcode_av::{EncoderConfig, EncoderInfo};

use crate::codecs;
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Options, did_you_mean};

/// Encoders without a quality scale of their own get a quantiser of this, good and not wasteful, where the user
/// names neither bitrate nor quality; FFmpeg's default of 200 kb/s would look broken.
const PLAIN_QUANTISER: u8 = 3;

fn refuse(encoder: EncoderInfo, option: &str, got: &str, fix: &str) -> Error {
    let message = format!(
        "the encoder {} takes no {option}; expected an option it has; got {option}={got}; {fix}",
        encoder.name()
    );
    Error::new(ErrorKind::InvalidOption, message)
}

/// One of an encoder's words, or an error with the nearest of them.
fn check_word(encoder: EncoderInfo, option: &str, word: &str, known: &[String]) -> Result<()> {
    // A number is a level between the named ones; FFmpeg checks its range.
    if known.is_empty() || known.iter().any(|k| k == word) || word.parse::<f64>().is_ok() {
        return Ok(());
    }
    let hint = did_you_mean(word, known.iter().map(String::as_str));
    let message = format!(
        "unknown {option} '{word}'; expected one of {} for {}; got '{word}'; {}",
        known.join(", "),
        encoder.name(),
        hint.unwrap_or_else(|| "choose one of these".to_owned())
    );
    Err(Error::new(ErrorKind::InvalidOption, message))
}

/// What kind of control over quality an encoder has.
pub(super) fn is_quantised(encoder: EncoderInfo) -> bool {
    matches!(
        encoder.codec().name().as_str(),
        "mpeg4"
            | "mpeg1video"
            | "mpeg2video"
            | "mjpeg"
            | "msmpeg4v3"
            | "msmpeg4v2"
            | "h263"
            | "h263p"
            | "flv1"
            | "wmv1"
            | "wmv2"
    )
}

fn makes_bframes(encoder: EncoderInfo) -> bool {
    let name = encoder.name();
    matches!(name.as_str(), "mpeg4" | "mpeg1video" | "mpeg2video" | "libxvid")
        || name.starts_with("libx26")
        || ["_nvenc", "_qsv", "_vaapi", "_videotoolbox", "_amf"].iter().any(|end| name.ends_with(end))
}

/// Most threads of an encoder: FFmpeg's own bound, past which some do not open.
const MOST_THREADS: u32 = 64;

/// The threads to tell FFmpeg. To x265 they are frames in work at once, of which it takes 15 at most and by itself
/// about one for every eight cores; what it computes with is a pool with a setting of its own.
fn threads(asked: u32, encoder: EncoderInfo) -> u32 {
    match asked {
        2.. if encoder.name() == "libx265" => 0,
        _ => asked.min(MOST_THREADS),
    }
}

/// The settings of the video encoder, and in words how its quality is ruled.
pub(super) fn video(encoder: EncoderInfo, options: &Options) -> Result<(EncoderConfig, String)> {
    let mut config = EncoderConfig { threads: threads(options.threads, encoder), ..EncoderConfig::default() };
    let mut set = |key: &str, value: String| config.options.push((key.to_owned(), value));
    if encoder.name() == "libx265" && options.threads > 0 {
        set("x265-params", format!("pools={}", options.threads));
    }
    let mut how = "its default quality".to_owned();
    let lossless = encoder.codec().is_lossless_only();
    if let Some(crf) = options.crf {
        let key = ["crf", "qp"].into_iter().find(|key| encoder.has_option(key));
        let Some(key) = key.filter(|_| !lossless) else {
            return Err(refuse(
                encoder,
                "crf",
                &crf.to_string(),
                "use video_bitrate, or a codec with crf such as h264",
            ));
        };
        set(key, crf.to_string());
        how = format!("crf {crf}");
    }
    if let Some(preset) = &options.preset {
        if !encoder.has_option("preset") {
            let fix = "leave preset out, or give encoder_options";
            return Err(refuse(encoder, "preset", preset, fix));
        }
        check_word(encoder, "preset", preset, &codecs::presets(encoder))?;
        set("preset", preset.clone());
    }
    if let Some(tune) = &options.tune {
        if !encoder.has_option("tune") {
            return Err(refuse(encoder, "tune", tune, "leave tune out, or give encoder_options"));
        }
        check_word(encoder, "tune", tune, &codecs::tunes(encoder))?;
        set("tune", tune.clone());
    }
    if let Some(profile) = &options.profile {
        check_word(encoder, "profile", profile, &codecs::profiles(encoder))?;
        set("profile", profile.clone());
    }
    if let Some(level) = &options.level {
        // x265 has no option of FFmpeg's for its level.
        match encoder.name().as_str() {
            "libx265" => set("x265-params", format!("level-idc={level}")),
            _ => set("level", level.clone()),
        }
    }
    for (key, value) in &options.encoder_options {
        set(key, value.clone());
    }
    let names_profile = options.profile.is_some() || options.encoder_options.iter().any(|(key, _)| key == "profile");
    if encoder.name() == "dnxhd" && !names_profile && options.video_bitrate.is_none() {
        // Without a profile it takes only a few sizes at exact bitrates.
        set("profile", "dnxhr_hq".to_owned());
        how = "profile dnxhr_hq".to_owned();
    }
    if let Some(rate) = options.video_bitrate {
        if lossless {
            return Err(refuse(encoder, "video_bitrate", &rate.to_string(), "leave it out: the codec is lossless"));
        }
        config.bit_rate = Some(rate.into());
        how = format!("{rate} b/s");
    } else if is_quantised(encoder) && options.max_bitrate.is_none() {
        config.quantiser = Some(PLAIN_QUANTISER);
        how = format!("quantiser {PLAIN_QUANTISER}");
    }
    config.max_rate = options.max_bitrate.map(u64::from);
    config.buffer_size = options.buffer_size.map(u64::from);
    if let Some(gop) = options.gop {
        if encoder.codec().is_intra_only() && gop > 1 {
            return Err(refuse(encoder, "gop", &gop.to_string(), "leave it out: every frame is a keyframe"));
        }
        config.gop = Some(gop);
    }
    if let Some(bframes) = options.bframes {
        if !makes_bframes(encoder) {
            return Err(refuse(encoder, "bframes", &bframes.to_string(), "leave it out"));
        }
        config.bframes = Some(bframes);
    }
    Ok((config, how))
}
