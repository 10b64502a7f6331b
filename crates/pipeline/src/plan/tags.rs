//! What an output stream is called and how it is shown: tags, dispositions, rotation.

use transcode_av::{Chapter, MuxerInfo, OutputStream, Rational, StreamInfo, demuxer, time};

use super::{Window, Work};
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

/// The tags of the output file.
pub(crate) fn file_tags(input: Vec<(String, String)>, options: &Options) -> Vec<(String, String)> {
    let mut tags: Vec<_> = input.into_iter().filter(|(key, _)| is_kept(key)).collect();
    match &options.metadata {
        Metadata::Keep => {}
        Metadata::Drop => tags.clear(),
        Metadata::Merge(changes) => {
            for (key, value) in changes {
                tags.retain(|(k, _)| !k.eq_ignore_ascii_case(key));
                tags.extend(value.clone().map(|value| (key.clone(), value)));
            }
        }
    }
    tags
}

/// The chapters of the output: those within the window, cut to it and shifted.
pub(crate) fn chapters(input: Vec<Chapter>, window: &Window, options: &Options) -> Vec<Chapter> {
    if !options.chapters {
        return Vec::new();
    }
    let shifted = input.into_iter().filter_map(|mut chapter| {
        let at = |ticks| time::rescale(ticks, chapter.time_base, Rational::MICROS) - window.origin;
        let (start, end) = (at(chapter.start).max(0), at(chapter.end));
        let end = window.length.map_or(end, |length| end.min(length));
        (chapter.time_base, chapter.start, chapter.end) = (Rational::MICROS, start, end);
        if options.metadata == Metadata::Drop {
            chapter.metadata.clear();
        }
        (start < end).then_some(chapter)
    });
    shifted.collect()
}

/// What the muxer is told of a stream beside its codec.
pub(super) fn output_stream(stream: &StreamInfo, work: &Work, muxer: MuxerInfo, options: &Options) -> OutputStream {
    let keep_tags = options.metadata != Metadata::Drop;
    let mut metadata: Vec<_> =
        stream.metadata.iter().filter(|(key, _)| is_kept(key) && (keep_tags || is_needed(key))).cloned().collect();
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
            out.tag = (is_hevc && matches!(muxer.name().as_str(), "mp4" | "mov" | "ipod")).then_some(*b"hvc1");
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
        Work::Drop => {}
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
