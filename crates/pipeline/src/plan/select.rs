//! Which streams of the input are wanted.

use transcode_av::{MediaKind, MuxerInfo, StreamInfo};

use super::{Decision, Planner, language};
use crate::codecs;
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Options, StreamChoice};

/// Why a stream is left out.
#[derive(Clone, Copy)]
pub(super) enum Unwanted {
    /// The options say so.
    Asked,
    /// The container takes none of that kind, or has all it takes.
    Container,
    /// Data streams mean something only to who made them.
    Data,
}

impl Unwanted {
    pub(super) fn into_decision(self, planner: &mut Planner<'_>, index: usize) -> Decision {
        let container = planner.muxer.name();
        match self {
            Self::Asked => Decision::drop("not chosen"),
            Self::Container => {
                let reason = format!("{container} has no place for it");
                planner.warn(index, format_args!("left out: {reason}"));
                Decision::drop(reason)
            }
            Self::Data => {
                planner.warn(index, "left out: a data stream; pass data=True to keep it where the container can");
                Decision::drop("data streams are kept only with data=True")
            }
        }
    }
}

/// Checks codec names before the input is opened, so that a typo is found even beside a missing stream.
pub(super) fn check_names(options: &Options) -> Result<()> {
    let names = [
        (&options.video_codec, MediaKind::Video),
        (&options.audio_codec, MediaKind::Audio),
        (&options.subtitle_codec, MediaKind::Subtitle),
    ];
    for (name, kind) in names {
        match name.as_deref() {
            None | Some("copy" | "auto") => {}
            Some(name) => drop(codecs::encoder(name, kind)?),
        }
    }
    Ok(())
}

/// For each stream, whether it is wanted.
pub(super) fn choose(
    options: &Options,
    streams: &[StreamInfo],
    muxer: MuxerInfo,
    audio_only: bool,
) -> Result<Vec<std::result::Result<(), Unwanted>>> {
    let choices = [
        (&options.video, "video", MediaKind::Video),
        (&options.audio, "audio", MediaKind::Audio),
        (&options.subtitles, "subtitles", MediaKind::Subtitle),
    ];
    for (choice, option, kind) in choices {
        check_choice(choice, option, kind, streams)?;
    }
    let mut taken = [0_usize; 3];
    let mut out = Vec::with_capacity(streams.len());
    for stream in streams {
        let kind = stream.parameters.kind();
        let verdict = match kind {
            MediaKind::Attachment if options.attachments => Ok(()),
            MediaKind::Attachment => Err(Unwanted::Asked),
            MediaKind::Data if options.data => Ok(()),
            MediaKind::Data => Err(Unwanted::Data),
            MediaKind::Video | MediaKind::Audio | MediaKind::Subtitle => {
                let slot = choices.iter().position(|c| c.2 == kind).unwrap_or(0);
                let room = capacity(muxer, kind, audio_only);
                if !is_chosen(choices[slot].0, stream) {
                    Err(Unwanted::Asked)
                } else if stream.is_cover() {
                    Ok(())
                } else if taken[slot] >= room {
                    Err(Unwanted::Container)
                } else {
                    taken[slot] += 1;
                    Ok(())
                }
            }
        };
        out.push(verdict);
    }
    Ok(out)
}

fn is_chosen(choice: &StreamChoice, stream: &StreamInfo) -> bool {
    match choice {
        StreamChoice::All => true,
        StreamChoice::None => false,
        StreamChoice::Indices(list) => list.contains(&stream.index),
        StreamChoice::Language(tag) => stream.tag("language").is_some_and(|t| language::is_same(t, tag)),
    }
}

fn check_choice(choice: &StreamChoice, option: &str, kind: MediaKind, streams: &[StreamInfo]) -> Result<()> {
    let of_kind = || streams.iter().filter(|s| s.parameters.kind() == kind);
    let got = match choice {
        StreamChoice::All | StreamChoice::None => return Ok(()),
        StreamChoice::Indices(list) => match list.iter().find(|i| of_kind().all(|s| s.index != **i)) {
            Some(index) => index.to_string(),
            None => return Ok(()),
        },
        StreamChoice::Language(_) if of_kind().any(|s| is_chosen(choice, s)) => return Ok(()),
        StreamChoice::Language(tag) => tag.clone(),
    };
    let listed = of_kind().map(|s| match s.tag("language") {
        Some(language) => format!("{} ({language})", s.index),
        None => s.index.to_string(),
    });
    let listed = listed.collect::<Vec<_>>().join(", ");
    let message = format!(
        "{option} names a stream that is not there; expected one of [{listed}]; got {got}; look at probe() for the streams"
    );
    Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"))
}

/// How many streams of a kind the container takes.
fn capacity(muxer: MuxerInfo, kind: MediaKind, audio_only: bool) -> usize {
    let [video, audio, subtitle] = muxer.default_codecs().map(|codec| !codec.is_none());
    let name = muxer.name();
    let single =
        matches!(name.as_str(), "mp3" | "flac" | "wav" | "adts" | "opus" | "aiff" | "w64" | "flv" | "gif" | "ivf");
    let most = if single { 1 } else { usize::MAX };
    let many = matches!(name.as_str(), "matroska" | "mp4" | "mov" | "ipod" | "mpegts" | "null" | "nut");
    match kind {
        MediaKind::Video if audio_only || !video => 0,
        MediaKind::Audio if !audio => 0,
        // Containers with a default subtitle codec hold subtitles; so do these, whose default FFmpeg leaves open.
        MediaKind::Subtitle if audio_only || !(subtitle || many) => 0,
        _ => most,
    }
}
