//! The nearest equal command line of the `ffmpeg` program.

use transcode_av::{Demuxer, EncoderConfig, EncoderInfo, Rational};

use super::{Prepared, Track, Work, carry};
use crate::options::{Metadata, Options};

/// The words of a command line as they are added.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn flag(&mut self, flag: &str) {
        self.0.push(flag.to_owned());
    }

    fn pair(&mut self, flag: &str, value: impl ToString) {
        self.0.extend([format!("-{flag}"), value.to_string()]);
    }

    /// An option of the output stream of that index.
    fn of(&mut self, index: usize, flag: &str, value: impl ToString) {
        self.pair(&format!("{flag}:{index}"), value);
    }
}

/// A path as the program takes it for a file, whatever it is named; a pipe where there is none.
fn place(name: Option<&str>, is_url: bool, pipe: &str) -> String {
    match name {
        None => pipe.to_owned(),
        Some(name) if !is_url && (name.starts_with('-') || name.contains([':', '|', '%'])) => format!("file:{name}"),
        Some(name) => name.to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a day are exact in a float")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// The words of the nearest equal command, the program's name first.
pub(super) fn line(prepared: &Prepared, demuxer: &Demuxer, options: &Options, input_is_url: bool) -> Vec<String> {
    let mut words = Words::default();
    words.flag("ffmpeg");
    words.flag(if options.overwrite { "-y" } else { "-n" });
    reading(&mut words, prepared, demuxer, options);
    words.pair("i", place(prepared.report.input.as_deref(), input_is_url, "pipe:0"));
    // The program attaches files only, no stream: a cover would become a film of one frame.
    let is_stream = |track: &&Track| !matches!(track.work, Work::Drop | Work::Attach(_) | Work::Tag(_));
    let mut kept: Vec<&Track> = prepared.tracks.iter().filter(is_stream).collect();
    kept.sort_by_key(|track| track.report.output_index);
    for track in &kept {
        words.pair("map", format!("0:{}", track.input.index));
    }
    for (index, track) in kept.iter().enumerate() {
        stream(&mut words, index, track, prepared, options);
    }
    if let Some(length) = prepared.window.length {
        words.pair("t", seconds(length));
    }
    tags(&mut words, &kept, options);
    for (key, value) in &prepared.muxer_options {
        words.pair(key, value);
    }
    words.pair("f", &prepared.report.format);
    words.0.push(place(prepared.report.output.as_deref(), false, "pipe:1"));
    words.0
}

/// Where reading begins.
fn reading(words: &mut Words, prepared: &Prepared, demuxer: &Demuxer, options: &Options) {
    if !prepared.window.cuts_start {
        return;
    }
    if prepared.window.at_keyframe {
        words.flag("-noaccurate_seek");
        words.pair("ss", seconds(prepared.window.origin - demuxer.start_time().unwrap_or(0)));
    } else if let Some(start) = options.start {
        words.pair("ss", start.get());
    }
}

/// One output stream.
fn stream(words: &mut Words, index: usize, track: &Track, prepared: &Prepared, options: &Options) {
    let container = prepared.muxer.name();
    match (&track.report.encoder, &track.work) {
        (Some(encoder), _) => words.of(index, "c", encoder),
        (None, _) => words.of(index, "c", "copy"),
    }
    match &track.work {
        Work::Video(video) => {
            let spec = track.report.filters.as_deref().unwrap_or_default();
            // The program turns pictures upright itself.
            let upright = video.recipe.upright();
            let spec = spec.strip_prefix(upright.as_str()).unwrap_or(spec).trim_start_matches(',');
            let pace = video.constant_rate.map(|Rational { num, den }| format!("fps={num}/{den}"));
            let spec = [spec, pace.as_deref().unwrap_or_default()].into_iter().filter(|part| !part.is_empty());
            let spec = spec.collect::<Vec<_>>().join(",");
            if !spec.is_empty() {
                words.of(index, "filter", spec);
            }
            words.of(index, "pix_fmt", video.format.pixel_format.name());
            settings(words, index, &video.settings);
            let Rational { num, den } = video.encoder.time_base();
            words.of(index, "fps_mode", "passthrough");
            words.of(index, "enc_time_base", format!("{num}/{den}"));
        }
        Work::Audio(audio) => {
            let spec = track.report.filters.as_deref().unwrap_or_default();
            // The program cuts sound itself, by -ss and -t.
            let cut = spec.starts_with("atrim=").then(|| spec.split_once(',').map_or("", |(_, rest)| rest));
            let spec = cut.unwrap_or(spec);
            if !spec.is_empty() {
                words.of(index, "filter", spec);
            }
            let lossless = track.report.encoder.as_deref().and_then(EncoderInfo::by_name);
            let lossless = lossless.is_some_and(|encoder| encoder.codec().is_lossless_only());
            let rate = audio.encoder.parameters().map_or(0, |parameters| parameters.bit_rate());
            if rate > 0 && !lossless {
                words.of(index, "b", rate);
            }
        }
        Work::Copy(_) => {
            if let Some(filter) = carry::filters(&track.input, &container) {
                words.of(index, "bsf", filter);
            }
        }
        Work::Subtitle(_) | Work::Attach(_) | Work::Tag(_) | Work::Drop => {}
    }
    if let Some(tag) = track.output.tag.as_ref().and_then(|tag| std::str::from_utf8(tag).ok()) {
        words.of(index, "tag", tag);
    }
    if options.threads > 0 && matches!(track.work, Work::Video(_) | Work::Audio(_)) {
        words.of(index, "threads", options.threads);
    }
}

/// What a video encoder is told.
fn settings(words: &mut Words, index: usize, config: &EncoderConfig) {
    let numbers = [
        ("b", config.bit_rate),
        ("maxrate", config.max_rate),
        ("bufsize", config.buffer_size),
        ("g", config.gop.map(u64::from)),
        ("bf", config.bframes.map(u64::from)),
        ("q", config.quantiser.map(u64::from)),
    ];
    for (flag, value) in numbers {
        if let Some(value) = value {
            words.of(index, flag, value);
        }
    }
    for (key, value) in &config.options {
        words.of(index, key, value);
    }
}

/// Tags, chapters and dispositions, where they are not what the program makes of them by itself.
fn tags(words: &mut Words, kept: &[&Track], options: &Options) {
    if options.metadata == Metadata::Drop {
        for what in ["map_metadata", "map_metadata:s", "map_metadata:c"] {
            words.pair(what, "-1");
        }
    }
    for (index, track) in kept.iter().enumerate() {
        let is_new = |(key, value): &&(String, String)| {
            options.metadata == Metadata::Drop || track.input.tag(key) != Some(value.as_str())
        };
        for (key, value) in track.output.metadata.iter().filter(is_new) {
            words.of(index, "metadata:s", format!("{key}={value}"));
        }
    }
    if let Metadata::Merge(changes) = &options.metadata {
        for (key, value) in changes {
            words.pair("metadata", format!("{key}={}", value.as_deref().unwrap_or_default()));
        }
    }
    if !options.chapters {
        words.pair("map_chapters", "-1");
    }
    // The program marks the first of several streams as the default, where none is and nobody says otherwise.
    let several = |kind: &str| kept.iter().filter(|track| track.report.kind == kind).count() > 1;
    let marked = |kind: &str| kept.iter().any(|t| t.report.kind == kind && t.input.disposition & 1 != 0);
    if let Some(index) = kept.iter().position(|t| several(t.report.kind) && !marked(t.report.kind)) {
        let names = kept[index].input.disposition_names().join("+");
        words.of(index, "disposition", if names.is_empty() { "0" } else { &names });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_something_else_are_files() {
        let file = |name| place(Some(name), false, "pipe:0");
        assert_eq!(file("-x.mp4"), "file:-x.mp4");
        assert_eq!(file("concat:a.mp4"), "file:concat:a.mp4");
        assert_eq!(file("100%d.mp4"), "file:100%d.mp4");
        assert_eq!(file("a film.mp4"), "a film.mp4");
        assert_eq!(place(Some("https://x/y"), true, "pipe:0"), "https://x/y");
        assert_eq!(place(None, false, "pipe:0"), "pipe:0");
    }
}
