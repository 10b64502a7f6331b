//! What becomes of pictures and sound that a caller writes.

use std::sync::Arc;

use transcode_av::{LogRing, MediaKind, StreamInfo};

use super::place::Place;
use super::refusal::cannot_hold;
use super::{Prepared, Said, Window, select};
use crate::codecs;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Output;
use crate::options::{Options, StreamChoice, Trim};

/// Checks all that can be checked before it is known what will be written.
pub(crate) fn check_written(output: &Output, options: &Options, with_sound: bool) -> Result<()> {
    refuse_of_inputs(options)?;
    let place = Place::check(output, None, options)?;
    let sound = options.audio_codec.as_deref().filter(|_| with_sound);
    for (name, kind) in [(options.video_codec.as_deref(), MediaKind::Video), (sound, MediaKind::Audio)] {
        let Some(name) = name.filter(|name| !["auto", "pcm"].contains(name)) else { continue };
        let encoder = codecs::encoder(name, kind)?;
        if !codecs::holds(place.muxer, encoder.codec()) {
            return Err(cannot_hold(place.muxer, encoder).stage("plan"));
        }
    }
    let takes = |codec: usize| !place.muxer.default_codecs()[codec].is_none();
    let lacks = match (takes(0) && !place.audio_only, takes(1)) {
        (false, _) => MediaKind::Video,
        (true, false) if with_sound => MediaKind::Audio,
        _ => return Ok(()),
    };
    Err(no_place(place.muxer.name(), lacks))
}

/// Decides about the streams that are written, and opens what the decisions need.
pub(crate) fn prepare_written(
    streams: Vec<StreamInfo>,
    output: &Output,
    options: &Options,
    control: &Control,
    log: &Arc<LogRing>,
) -> Result<Prepared> {
    let place = Place::check(output, None, options)?;
    let wanted = select::choose(options, &streams, place.muxer, place.audio_only)?;
    if let Some((stream, _)) = streams.iter().zip(&wanted).find(|(_, wanted)| wanted.is_err()) {
        return Err(no_place(place.muxer.name(), stream.parameters.kind()));
    }
    let (mut planner, destination) = place.planner(Window::WHOLE, output, options, control, log);
    planner.is_written = true;
    planner.conclude(streams, wanted, Said::default(), output, destination)
}

fn no_place(container: String, kind: MediaKind) -> Error {
    let message = format!(
        "{container} has no place for {kind}; expected a container that holds it; got {container}; choose another, such \
         as mp4 or mkv",
        kind = kind.name()
    );
    Error::new(ErrorKind::Unsupported, message).stage("plan")
}

/// Refuses options that tell what to take of an input.
fn refuse_of_inputs(options: &Options) -> Result<()> {
    let is_copy = |codec: &Option<String>| matches!(codec.as_deref(), Some("copy"));
    let all = StreamChoice::All;
    let given = [
        (is_copy(&options.video_codec), "video_codec=\"copy\""),
        (is_copy(&options.audio_codec), "audio_codec=\"copy\""),
        (options.video != all, "video"),
        (options.audio != all, "audio"),
        (options.subtitles != all, "subtitles"),
        (options.subtitle_codec.is_some(), "subtitle_codec"),
        (options.data, "data"),
        (options.start.is_some(), "start"),
        (options.end.is_some(), "end"),
        (options.duration.is_some(), "duration"),
        (options.trim != Trim::Exact, "trim"),
    ];
    let Some((_, name)) = given.iter().find(|(is_given, _)| *is_given) else { return Ok(()) };
    let message = format!(
        "{name} is about an input, and arrays have none; expected options of the encoding; got {name}; leave it out"
    );
    Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"))
}
