//! What a copied stream needs beside its packets: another form of them, or another tag, as the container's players
//! know it. Muxers add most of that themselves; this is the rest.

use transcode_av::{BitstreamFilter, CodecParameters, MuxerInfo, StreamInfo};

use super::{Decision, Planner, SmartTrack, Work};
use crate::error::{Error, ErrorKind, Result};
use crate::nal;

/// A stream whose packets are kept.
#[derive(Default)]
pub(crate) struct CopyTrack {
    /// What puts the packets into the form of the container.
    pub(crate) filter: Option<BitstreamFilter>,
    /// What the stream is, where it is not what the input says.
    pub(super) parameters: Option<CodecParameters>,
    /// What encodes the edges of a smart trim.
    pub(crate) smart: Option<Box<SmartTrack>>,
}

impl CopyTrack {
    /// What the muxer is told of the stream, where that is not what the input says.
    pub(crate) fn parameters(&self) -> Result<Option<CodecParameters>> {
        let own = || self.parameters.as_ref().map(CodecParameters::try_clone);
        let made = self.filter.as_ref().map(BitstreamFilter::parameters).or_else(own);
        made.transpose().map_err(Error::from)
    }
}

/// The bitstream filters between an input stream and a container.
pub(super) fn filters(stream: &StreamInfo, container: &str) -> Option<&'static str> {
    let codec = stream.parameters.codec().name();
    let has_lengths = nal::holds_lengths(stream.parameters.header());
    match (codec.as_str(), container) {
        // Start codes, and the parameter sets before every keyframe: no place for them in a header.
        ("h264", "avi" | "mpeg" | "vob" | "dvd" | "svcd") if has_lengths => Some("h264_mp4toannexb"),
        ("hevc", "avi" | "mpeg" | "vob" | "dvd" | "svcd") if has_lengths => Some("hevc_mp4toannexb"),
        // The header that other containers store for it has to come with the keyframes.
        ("mpeg4", "mpegts" | "mpeg" | "vob" | "dvd" | "svcd" | "m4v") if !stream.parameters.header().is_empty() => {
            Some("dump_extra=freq=keyframe")
        }
        _ => None,
    }
}

/// The tag under which players find a copied codec, where the muxer would choose one they do not know.
pub(super) fn tag(parameters: &CodecParameters, muxer: MuxerInfo) -> Option<[u8; 4]> {
    let (codec, container) = (parameters.codec().name(), muxer.name());
    match (codec.as_str(), container.as_str()) {
        // Players of one large maker know HEVC in mp4 only under this tag, which promises that the parameter sets are
        // in the header. Dolby Vision has tags of its own.
        ("hevc", "mp4" | "mov" | "ipod")
            if !parameters.tag().starts_with(b"dv") && nal::is_complete_hevc(parameters.header()) =>
        {
            Some(*b"hvc1")
        }
        ("h264", "avi") => Some(*b"H264"),
        _ => None,
    }
}

impl Planner<'_> {
    /// Opens what a copied stream needs to get into the container.
    pub(super) fn carry(&self, stream: &StreamInfo, decision: &mut Decision) -> Result<()> {
        let Work::Copy(copy) = &mut decision.work else { return Ok(()) };
        let Some(list) = filters(stream, &self.muxer.name()) else { return Ok(()) };
        let parameters = copy.parameters.as_ref().unwrap_or(&stream.parameters);
        let filter = BitstreamFilter::open(list, parameters, stream.time_base).map_err(|error| {
            let mut error = Error::from(error);
            error.kind = ErrorKind::Unsupported;
            error.message = format!("{}; let the stream be encoded, or choose mkv", error.message);
            error
        })?;
        copy.filter = Some(filter);
        decision.reason = format!("{}, by {list}", decision.reason);
        Ok(())
    }
}
