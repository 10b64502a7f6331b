//! Errors of FFmpeg's put so that a user can act on them.

use transcode_av::{CodecParameters, EncoderInfo, LogRing, MuxerInfo, info};

use crate::codecs;
use crate::error::{Error, ErrorKind};
use crate::options::did_you_mean;

/// The error for a codec that the container has no place for.
pub(super) fn cannot_hold(muxer: MuxerInfo, encoder: EncoderInfo) -> Error {
    let message = format!(
        "the {} container cannot hold {1}; expected one of {2}; got {1}; choose one of these, or a container such as mkv",
        muxer.name(),
        encoder.codec().name(),
        codecs::held(muxer, encoder.kind())
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// The error for a stream that is to be copied and that the container does not take.
pub(super) fn cannot_copy(muxer: MuxerInfo, stream: &CodecParameters, why: &str) -> Error {
    let (kind, codec) = (stream.kind().name(), stream.codec().name());
    let message = format!(
        "the {} container cannot hold {codec}; expected a codec it holds for {kind}_codec=\"copy\"; got {codec} ({why}); \
         let it be encoded, or choose another container such as mkv",
        muxer.name()
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// The error for pictures that are to be copied in the order of their decoding, without a word of when they are shown.
pub(super) fn untimed(stream: &CodecParameters) -> Error {
    let message = format!(
        "the pictures cannot be copied; expected packets that say when they are shown; got {} in the order of decoding \
         without that; encode them, as video_codec=\"auto\" does",
        stream.codec().name()
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// An encoder's refusal with the line in which it says why.
pub(super) fn with_last_line(error: transcode_av::Error, log: &LogRing) -> Error {
    let mut error = Error::from(error);
    let lines = log.drain();
    if let Some(last) = lines.iter().rev().find(|line| !line.trim().is_empty()) {
        error.message = format!("{}; {}", error.message, last.trim());
    }
    error.log_tail = lines;
    error
}

/// A filter graph that cannot be built, with FFmpeg's reason and the nearest name of an unknown filter.
pub(crate) fn bad_graph(error: transcode_av::Error, log: &LogRing) -> Error {
    let mut error = with_last_line(error, log).stage("filter");
    let unknown = error.log_tail.iter().find_map(|line| line.split_once("No such filter: '"));
    if let Some(name) = unknown.and_then(|(_, rest)| rest.split('\'').next()) {
        let filters = info::filters();
        let hint = did_you_mean(name, filters.iter().map(String::as_str));
        let fix = hint.unwrap_or_else(|| "use a filter this FFmpeg has".to_owned());
        error.message = format!("unknown filter '{name}'; expected one of FFmpeg's; got '{name}'; {fix}");
    }
    error
}
