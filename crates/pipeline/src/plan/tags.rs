//! What an output stream is called and how it is shown: tags, dispositions, rotation.

use transcode_av::{Chapter, MediaKind, MuxerInfo, OutputStream, Rational, StreamInfo, demuxer, time};

use super::{Planner, Work, language};
use crate::options::{Metadata, Options};

/// Tags that describe the bytes of the input and would be false of the output, without regard to case.
const OF_THE_INPUT: &[&str] = &[
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "duration",
    "bps",
    "number_of_frames",
    "number_of_bytes",
    "_statistics_writing_app",
    "_statistics_writing_date_utc",
    "_statistics_tags",
    "vendor_id",
    // The container makes it from the stream's side data, which does not outlive a crop.
    "stereo_mode",
];

/// Containers that keep chapters.
const KEEPS_CHAPTERS: &[&str] =
    &["mp4", "mov", "ipod", "matroska", "webm", "mp3", "opus", "asf", "nut", "ffmetadata", "null"];

/// Containers in which a stream has a title of its own.
const KEEPS_TITLES: &[&str] = &["mp4", "mov", "ipod", "matroska", "webm", "avi", "nut", "ogg", "opus", "oga", "null"];

fn keeps_language(container: &str, kind: MediaKind) -> bool {
    match container {
        "mpegts" => kind != MediaKind::Video,
        _ => {
            ["mp4", "mov", "ipod", "3gp", "3g2", "psp", "matroska", "webm", "asf", "nut", "ogg", "opus", "oga", "null"]
                .contains(&container)
        }
    }
}

/// Tags that say what a machine did, which nobody misses.
const OF_MACHINES: &[&str] = &["creation_time", "software", "handler_name", "timecode", "gapless_playback"];

/// Whether a container has a place for a tag of the whole file.
fn keeps_tag(container: &str, key: &str) -> bool {
    const MP4: &[&str] = &[
        "title",
        "artist",
        "album_artist",
        "composer",
        "album",
        "date",
        "comment",
        "genre",
        "copyright",
        "grouping",
        "lyrics",
        "description",
        "synopsis",
        "show",
        "episode_id",
        "network",
        "keywords",
        "compilation",
        "location",
        "episode_sort",
        "season_number",
        "media_type",
        "hd_video",
        "track",
        "disc",
        "year",
    ];
    const MOV: &[&str] = &[
        "title",
        "artist",
        "album",
        "date",
        "comment",
        "genre",
        "copyright",
        "location",
        "author",
        "make",
        "model",
        "keywords",
        "year",
    ];
    const RIFF: &[&str] =
        &["title", "artist", "album", "comment", "copyright", "date", "genre", "track", "language", "encoded_by"];
    let key = key.to_lowercase();
    // Locations come with a language, too.
    let base = key.split_once('-').map_or(key.as_str(), |(base, _)| base);
    let is_one_of = |list: &[&str]| list.contains(&base) || OF_MACHINES.contains(&base);
    match container {
        "mp4" | "ipod" | "psp" => is_one_of(MP4),
        "mov" => is_one_of(MOV) || key.starts_with("com.apple.quicktime."),
        "3gp" | "3g2" => is_one_of(&["title", "artist", "comment", "copyright", "genre", "album", "date", "location"]),
        "avi" | "wav" => is_one_of(RIFF),
        "aiff" => is_one_of(&["title", "artist", "copyright", "comment"]),
        "mpegts" => is_one_of(&["service_name", "service_provider"]),
        "gif" | "adts" | "h264" | "hevc" | "ivf" | "mjpeg" | "ac3" | "eac3" => is_one_of(&[]),
        _ => true,
    }
}

fn is_kept(key: &str) -> bool {
    // Matroska writes some with a language, e.g. "BPS-eng".
    let key = key.to_lowercase();
    let base = key.split_once('-').map_or(key.as_str(), |(base, _)| base);
    !OF_THE_INPUT.contains(&base)
}

/// Tags that are no description but say what a stream is: kept when descriptions are dropped.
fn is_needed(key: &str) -> bool {
    ["language", "filename", "mimetype"].iter().any(|needed| key.eq_ignore_ascii_case(needed))
}

impl Planner<'_> {
    /// The tags of the output file.
    pub(super) fn file_tags(&mut self, input: Vec<(String, String)>) -> Vec<(String, String)> {
        let mut tags: Vec<_> = input.into_iter().filter(|(key, _)| is_kept(key)).collect();
        match &self.options.metadata {
            Metadata::Keep => {}
            Metadata::Drop => tags.clear(),
            Metadata::Merge(changes) => {
                for (key, value) in changes {
                    tags.retain(|(k, _)| !k.eq_ignore_ascii_case(key));
                    tags.extend(value.clone().map(|value| (key.clone(), value)));
                }
            }
        }
        let container = self.muxer.name();
        let lost = tags.iter().filter(|(key, value)| !keeps_tag(&container, key) && !value.is_empty());
        let lost: Vec<&str> = lost.map(|(key, _)| key.as_str()).collect();
        if !lost.is_empty() {
            self.warnings.push(format!("tags left out, since {container} has no place for them: {}", lost.join(", ")));
        }
        tags
    }

    /// The chapters of the output: those within the window, cut to it and shifted.
    pub(super) fn chapters(&mut self, input: Vec<Chapter>) -> Vec<Chapter> {
        if !self.options.chapters {
            return Vec::new();
        }
        let window = &self.window;
        let shifted = input.into_iter().filter_map(|mut chapter| {
            let at = |ticks| time::rescale(ticks, chapter.time_base, Rational::MICROS) - window.origin;
            let (start, end) = (at(chapter.start).max(0), at(chapter.end));
            let end = window.length.map_or(end, |length| end.min(length));
            (chapter.time_base, chapter.start, chapter.end) = (Rational::MICROS, start, end);
            if self.options.metadata == Metadata::Drop {
                chapter.metadata.clear();
            }
            (start < end).then_some(chapter)
        });
        let kept: Vec<Chapter> = shifted.collect();
        let container = self.muxer.name();
        if !kept.is_empty() && !KEEPS_CHAPTERS.contains(&container.as_str()) {
            self.warnings.push(format!("{} chapters left out, since {container} has no place for them", kept.len()));
            return Vec::new();
        }
        kept
    }

    /// What the muxer is told of a stream beside its codec, with a warning for what the container does not keep.
    pub(super) fn output_stream(&mut self, stream: &StreamInfo, work: &Work) -> OutputStream {
        let out = output_stream(stream, work, self.muxer, self.options);
        if matches!(work, Work::Drop) || stream.is_cover() || stream.parameters.kind() == MediaKind::Attachment {
            return out;
        }
        let container = self.muxer.name();
        let said = |key: &str| stream.tag(key).filter(|value| !["", "und", "unk"].contains(value));
        if let Some(language) = said("language")
            && !(out.tag("language").is_some() && keeps_language(&container, stream.parameters.kind()))
        {
            self.warn(stream.index, format_args!("its language ({language}) is lost: {container} does not store it"));
        }
        if let Some(title) = said("title").filter(|_| self.options.metadata != Metadata::Drop)
            && !KEEPS_TITLES.contains(&container.as_str())
        {
            self.warn(stream.index, format_args!("its title ({title}) is lost: {container} does not store it"));
        }
        let named = stream.disposition_names();
        let lost: Vec<&str> =
            named.iter().map(String::as_str).filter(|name| !keeps_disposition(&container, name)).collect();
        if !lost.is_empty() {
            let lost = lost.join(", ");
            self.warn(stream.index, format_args!("that it is marked {lost} is lost: {container} does not store it"));
        }
        out
    }
}

/// Whether a container stores a disposition. Which stream is the default is no more than a wish.
fn keeps_disposition(container: &str, name: &str) -> bool {
    match container {
        _ if matches!(name, "default" | "attached_pic" | "still_image" | "timed_thumbnails") => true,
        "matroska" | "mp4" | "ipod" | "nut" | "null" => true,
        // WebM leaves out what its rules do not name.
        "webm" => name == "forced",
        "mpegts" => matches!(name, "hearing_impaired" | "visual_impaired" | "clean_effects"),
        _ => false,
    }
}

/// What the muxer is told of a stream beside its codec.
pub(super) fn output_stream(stream: &StreamInfo, work: &Work, muxer: MuxerInfo, options: &Options) -> OutputStream {
    let keep_tags = options.metadata != Metadata::Drop;
    let mut metadata: Vec<_> =
        stream.metadata.iter().filter(|(key, _)| is_kept(key) && (keep_tags || is_needed(key))).cloned().collect();
    let container = muxer.name();
    if let Some(at) = metadata.iter().position(|(key, _)| key.eq_ignore_ascii_case("language")) {
        match language::for_container(&metadata[at].1, &container) {
            Some(form) => metadata[at].1 = form,
            None => drop(metadata.remove(at)),
        }
    }
    let has = |key: &str| metadata.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, value)| value.clone());
    if let (true, Some(title), None) =
        (matches!(container.as_str(), "mp4" | "mov" | "ipod"), has("title"), has("handler_name"))
    {
        // Many programs, FFmpeg's own among them, show a track of these under its handler's name.
        metadata.push(("handler_name".to_owned(), title));
    }
    let mut out = OutputStream { disposition: stream.disposition, ..OutputStream::default() };
    match work {
        Work::Copy(_) => {
            out.tag = super::carry::tag(&stream.parameters, muxer);
            out.time_base = Some(stream.time_base);
            out.frame_rate = stream.average_frame_rate;
            out.sample_aspect_ratio = stream.sample_aspect_ratio;
            out.side_data = stream.side_data.clone();
        }
        Work::Video(track) => {
            out.time_base = Some(track.encoder.time_base());
            out.frame_rate = track.frame_rate;
            out.sample_aspect_ratio = track.format.sample_aspect_ratio;
            out.side_data = track.side_data.clone();
            let is_hevc = track.encoder_info.codec().name() == "hevc";
            // Players of one large maker know HEVC in mp4 only under this tag.
            out.tag = (is_hevc && matches!(container.as_str(), "mp4" | "mov" | "ipod")).then_some(*b"hvc1");
        }
        Work::Audio(track) => {
            out.time_base = Some(track.encoder.time_base());
            out.side_data = track.encoder.side_data();
        }
        Work::Subtitle(_) => out.time_base = Some(transcode_av::SubtitleConverter::TIME_BASE),
        Work::Attach(parameters) => {
            out.disposition &= !demuxer::COVER;
            attachment_tags(&mut metadata, &parameters.codec().name());
        }
        Work::Tag(_) | Work::Drop => {}
    }
    out.metadata = metadata;
    out
}

/// An attachment has a name and a type; those of a cover follow from its codec.
fn attachment_tags(metadata: &mut Vec<(String, String)>, codec: &str) {
    let extension = if codec == "mjpeg" { "jpg" } else { codec };
    let kind = if codec == "mjpeg" { "jpeg" } else { codec };
    let mut add = |key: &str, value: String| {
        if !metadata.iter().any(|(k, _)| k.eq_ignore_ascii_case(key)) {
            metadata.push((key.to_owned(), value));
        }
    };
    add("filename", format!("cover.{extension}"));
    add("mimetype", format!("image/{kind}"));
}
