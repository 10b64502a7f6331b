//! What becomes of subtitles, attachments and data, and the container's own options.

use transcode_av::{EncoderInfo, MediaKind, MuxerInfo, StreamInfo, SubtitleConverter};

use super::{Decision, Planner, Work};
use crate::codecs;
use crate::error::Result;
use crate::media::{Destination, Output};
use crate::options::Options;
use crate::report::Action;

impl Planner<'_> {
    pub(super) fn left_out(&mut self, stream: &StreamInfo, reason: String) -> Decision {
        self.warn(stream.index, format_args!("left out: {reason}"));
        Decision::drop(reason)
    }

    pub(super) fn subtitle(&mut self, stream: &StreamInfo) -> Result<Decision> {
        let codec = stream.parameters.codec();
        let container = self.muxer.name();
        let holds = codecs::holds(self.muxer, codec);
        let asked = self.options.subtitle_codec.as_deref();
        let encoder = match asked {
            None | Some("auto" | "copy") if holds => {
                return Ok(Decision::copy(format!("{container} holds {}", codec.name())));
            }
            Some("copy") => {
                return Ok(self.left_out(
                    stream,
                    format!("{container} cannot hold {} and it is not to be converted", codec.name()),
                ));
            }
            None | Some("auto") => match text_codec(self.muxer) {
                Some(encoder) => encoder,
                None => return Ok(self.left_out(stream, format!("{container} holds no {} subtitles", codec.name()))),
            },
            Some(name) => {
                let encoder = codecs::encoder(name, MediaKind::Subtitle)?;
                if !codecs::holds(self.muxer, encoder.codec()) {
                    return Err(super::refusal::cannot_hold(self.muxer, encoder));
                }
                encoder
            }
        };
        if !codec.is_text_subtitle() || !encoder.codec().is_text_subtitle() {
            let reason = format!(
                "{} subtitles cannot become {} (pictures and text do not convert)",
                codec.name(),
                encoder.name()
            );
            return Ok(self.left_out(stream, reason));
        }
        match SubtitleConverter::open(&stream.parameters, stream.time_base, encoder, self.log) {
            Ok(converter) => Ok(Decision {
                action: Action::Convert,
                work: Work::Subtitle(Box::new(converter)),
                encoder: Some(encoder.name()),
                filters: None,
                reason: format!("{container} holds {}, not {}", encoder.codec().name(), codec.name()),
            }),
            // A job is never lost for a subtitle.
            Err(error) => Ok(self.left_out(stream, error.message)),
        }
    }

    pub(super) fn attachment(&mut self, stream: &StreamInfo) -> Decision {
        if self.muxer.name() != "matroska" {
            return self.left_out(stream, format!("{} keeps no attachments", self.muxer.name()));
        }
        Decision::copy("an attachment, kept")
    }

    pub(super) fn data(&mut self, stream: &StreamInfo) -> Decision {
        let codec = stream.parameters.codec();
        if codec.is_none() || self.muxer.holds(codec) != Some(true) {
            return self.left_out(stream, format!("{} keeps no {} data", self.muxer.name(), codec.name()));
        }
        Decision::copy("data, kept as asked")
    }
}

/// The text subtitle codec of a container.
fn text_codec(muxer: MuxerInfo) -> Option<EncoderInfo> {
    let name = match muxer.name().as_str() {
        "mp4" | "mov" | "ipod" | "3gp" | "3g2" | "psp" => "mov_text",
        "matroska" | "srt" => "srt",
        "webm" | "webvtt" => "webvtt",
        "ass" => "ass",
        _ => return None,
    };
    codecs::encoder(name, MediaKind::Subtitle).ok()
}

/// Edit lists count in ticks of the whole movie, of which FFmpeg makes a thousand a second: too coarse for a stream
/// that begins between two of them.
const MOVIE_TICKS: (&str, &str) = ("movie_timescale", "90000");

/// Whether places in the output can be written to again.
fn is_searchable(output: &Output, destination: Option<&Destination>) -> bool {
    match output {
        Output::Path(_) => destination.is_some_and(Destination::is_regular),
        Output::Memory => true,
        Output::Writer(writer) => writer.seekable(),
    }
}

/// Whether the container tells players what to show, in a place that is written when everything is known.
pub(super) fn is_rewritable(muxer: MuxerInfo, output: &Output, destination: Option<&Destination>) -> bool {
    muxer.has_edit_lists() && is_searchable(output, destination)
}

/// The container's own options: an index at the front, or a form that needs no going back.
pub(super) fn muxer_options(
    muxer: MuxerInfo,
    output: &Output,
    destination: Option<&Destination>,
    file_name: Option<&str>,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Vec<(&'static str, &'static str)> {
    match muxer.name().as_str() {
        "mp4" | "mov" | "ipod" | "3gp" | "3g2" | "psp" | "f4v" => {}
        // Discs and cameras keep four bytes before each packet of a transport stream: FFmpeg goes by the file's name.
        "mpegts" if file_name.is_some_and(|name| name.to_lowercase().ends_with(".m2ts")) => {
            return vec![("mpegts_m2ts_mode", "1")];
        }
        // Tags beyond the four that the format has of its own.
        "aiff" => return vec![("write_id3v2", "1")],
        _ => return Vec::new(),
    }
    // FFmpeg 5.1 still calls FLAC and TrueHD in mp4 experimental, which every player of either plays.
    let mut out = vec![MOVIE_TICKS, ("strict", "experimental")];
    out.extend(movflags(muxer, output, destination, options, warnings).map(|flags| ("movflags", flags)));
    out
}

/// How an mp4 file is written that cannot be gone back in.
const FRAGMENTED: &str = "frag_keyframe+empty_moov+default_base_moof";

/// Where the index of an mp4 file stands.
fn movflags(
    muxer: MuxerInfo,
    output: &Output,
    destination: Option<&Destination>,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Option<&'static str> {
    if !is_searchable(output, destination) {
        warnings.push(format!("the output cannot be searched: {} is written in fragments", muxer.name()));
        return Some(FRAGMENTED);
    }
    match output {
        // Moving the index to the front means reading the output again.
        Output::Writer(_) if options.faststart => {
            warnings
                .push("faststart is left out: a file object that is only written to cannot be read again".to_owned());
            None
        }
        _ if options.faststart => Some("+faststart"),
        _ => None,
    }
}

/// Lets what is known of the colours be written, also where it is not all: FFmpeg would write nothing then.
pub(super) fn write_colours(options: &mut Vec<(&'static str, &'static str)>) {
    match options.iter_mut().find(|(name, _)| *name == "movflags") {
        Some((_, flags)) if *flags == FRAGMENTED => *flags = "frag_keyframe+empty_moov+default_base_moof+write_colr",
        Some((_, flags)) => *flags = "+faststart+write_colr",
        None => options.push(("movflags", "+write_colr")),
    }
}
