//! What becomes of pictures and sound that a caller writes.

use std::sync::Arc;

use transcode_av::{CodecParameters, LogRing, MediaKind, StreamInfo};

use super::audio::layouts;
use super::place::Place;
use super::refusal::cannot_hold;
use super::{Planner, Prepared, Said, Window, select};
use crate::codecs;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Output;
use crate::options::{Options, StreamChoice, Trim, table};

/// Checks all that can be checked before it is known what will be written, beside that there will be `kinds` of it.
pub(crate) fn check_written(output: &Output, options: &Options, kinds: &[MediaKind]) -> Result<()> {
    refuse_of_inputs(options)?;
    let (pictures, sound) = (kinds.contains(&MediaKind::Video), kinds.contains(&MediaKind::Audio));
    if !pictures {
        refuse_of_pictures(options)?;
    }
    let place = Place::check(output, None, options)?;
    let codecs = [
        (options.video_codec.as_deref().filter(|_| pictures), MediaKind::Video),
        (options.audio_codec.as_deref().filter(|_| sound), MediaKind::Audio),
    ];
    for (name, kind) in codecs {
        let Some(name) = name.filter(|name| !["auto", "pcm"].contains(name)) else { continue };
        let encoder = codecs::encoder(name, kind)?;
        if !codecs::holds(place.muxer, encoder.codec()) {
            return Err(cannot_hold(place.muxer, encoder).stage("plan"));
        }
    }
    let takes = |codec: usize| !place.muxer.default_codecs()[codec].is_none();
    let lacks = match (takes(0) && !place.audio_only, takes(1)) {
        (false, _) if pictures => MediaKind::Video,
        (_, false) if sound => MediaKind::Audio,
        _ => return Ok(()),
    };
    Err(no_place(place.muxer.name(), lacks))
}

/// Decides about the streams that are written, and opens what the decisions need.
pub(crate) fn prepare_written(
    mut streams: Vec<StreamInfo>,
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
    for stream in streams.iter_mut().filter(|stream| stream.parameters.kind() == MediaKind::Audio) {
        planner.name_channels(stream)?;
    }
    planner.conclude(streams, wanted, Said::default(), output, destination)
}

impl Planner<'_> {
    /// Channels of arrays are not of any speakers: they are those that the encoder knows of so many, and none is mixed
    /// into others unless that is asked for.
    fn name_channels(&mut self, stream: &mut StreamInfo) -> Result<()> {
        let parameters = &stream.parameters;
        let (Some(format), Some(layout)) = (parameters.sample_format(), parameters.channel_layout()) else {
            return Ok(());
        };
        if self.options.channels.is_some_and(|channels| channels != layout.channels) {
            return Ok(());
        }
        let encoder = self.sound_encoder(stream)?;
        let known = layouts(encoder);
        if known.is_empty() || known.contains(&layout) {
            return Ok(());
        }
        let Some(same) = known.iter().find(|known| known.channels == layout.channels) else {
            let list = known.iter().map(|layout| layout.name.as_str()).collect::<Vec<_>>().join(", ");
            let message = format!(
                "{} takes no {count} channels; expected one of {list}; got {count}; choose another codec, or write an \
                 array of other channels",
                encoder.name(),
                count = layout.channels
            );
            return Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"));
        };
        let (_, floats) = format.precision();
        stream.parameters = CodecParameters::raw_audio(floats, parameters.sample_rate(), same)?;
        Ok(())
    }
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

/// Refuses options that tell what becomes of pictures.
fn refuse_of_pictures(options: &Options) -> Result<()> {
    let unset = Options::default();
    let mut of_pictures = table().iter().filter(|row| ["video", "picture"].contains(&row.group));
    let Some(row) = of_pictures.find(|row| row.value_in(options) != row.value_in(&unset)) else { return Ok(()) };
    let message = format!(
        "{0} is about pictures, and sound has none; expected options of the sound; got {0}; leave it out",
        row.name
    );
    Err(Error::new(ErrorKind::InvalidOption, message).stage("plan"))
}
