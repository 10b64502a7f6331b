//! What is to be known before sound is read: which stream, how it is cut, and what is made of it.

use std::sync::Arc;
use std::time::Instant;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{ChannelLayout, Demuxer, LogRing, MediaKind, Rational, SampleFormat, StreamInfo, time};

use super::super::alone;
use super::fit::Fit;
use super::noise;
use super::{Decoding, ReadAudio, SoundInfo};
use crate::budget;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{Window, open_input};
use crate::progress::Meter;
use crate::shared::Shared;
use crate::source::Source;
use crate::stage::Chain;
use crate::stages::{Begin, Cut, FromFirst, Gapless, Parts, Recipe};

/// All that reads and decodes.
pub(super) struct Opened {
    pub(super) shared: Arc<Shared>,
    pub(super) source: Source,
    pub(super) packets: Decoding,
    pub(super) info: SoundInfo,
    pub(super) share: budget::Share<'static>,
}

pub(super) fn open(job: ReadAudio, control: &Control, log: &Arc<LogRing>) -> Result<Opened> {
    let ReadAudio { input, stream, kind, fills_gaps, options, room: _ } = job;
    let mut demuxer = open_input(input, control, log)?;
    let stream = chosen(demuxer.streams()?, stream)?;
    demuxer.keep_only(|index| index == stream.index);
    let input = sound_of(&stream)?;
    let target = target(&input, kind, &options);
    let info = info(&demuxer, &stream, &target);
    // Refuses a start behind the end.
    Window::new(&options, &demuxer)?;
    let window = Window::new(&Options::default(), &demuxer)?;
    let is_first = demuxer
        .start_time()
        .zip(stream.start_time)
        .is_none_or(|(whole, own)| time::rescale(own, stream.time_base, Rational::MICROS) <= whole);

    let meter = Meter::new(control.clone(), Instant::now(), info.duration, None, None, Arc::default()).of("read");
    let shared = Arc::new(Shared::new(control.clone(), meter));
    let lane = alone::lane(&shared, &stream);
    let source = alone::source(demuxer, window, &stream, &lane, options.strict);

    let cut = cut(&stream);
    let mut share = budget::take(options.threads, 1);
    if cut.is_none() {
        share.needs_one();
    }
    let base = stream.time_base;
    let recipe = Recipe { lane: lane.clone(), stream: Arc::new(stream), strict: options.strict, log: Arc::clone(log) };
    let parts = Parts::new(recipe, cut, share.counted() as usize)?;
    let fit = Fit::new(lane.clone(), input, target, log)?;
    let packets: Decoding = if fills_gaps {
        let gapless = Gapless::new(lane, base, Begin::At(Rational::new(0, 1))).bounded();
        // Where no other stream begins earlier, time begins with the first sample, whatever lies before it in the file.
        if is_first {
            Box::new(Chain(parts, Chain(FromFirst::default(), Chain(gapless, fit))))
        } else {
            Box::new(Chain(parts, Chain(gapless, fit)))
        }
    } else {
        Box::new(Chain(parts, fit))
    };
    Ok(Opened { shared, source, packets, info, share })
}

/// The stream to take: that of the index, or the first of sound.
fn chosen(streams: Vec<StreamInfo>, choice: Option<usize>) -> Result<StreamInfo> {
    let is_sound = |stream: &StreamInfo| stream.parameters.kind() == MediaKind::Audio;
    let kinds = alone::kinds(&streams);
    let found = streams.into_iter().find(|stream| is_sound(stream) && choice.is_none_or(|index| stream.index == index));
    found.ok_or_else(|| {
        let (kind, message) = match choice {
            Some(index) => {
                let fix = "probe() tells the indices";
                let message = format!("no audio stream {index}; expected the index of one; got {kinds}; {fix}");
                (ErrorKind::InvalidOption, message)
            }
            None => {
                let fix = "pass a file that has one";
                (
                    ErrorKind::InvalidMedia,
                    format!("the input has no sound; expected an audio stream; got {kinds}; {fix}"),
                )
            }
        };
        Error::new(kind, message).stage("open")
    })
}

fn sound_of(stream: &StreamInfo) -> Result<FilterInput> {
    let parameters = &stream.parameters;
    match (parameters.sample_format(), parameters.channel_layout(), parameters.sample_rate()) {
        (Some(format), Some(layout), sample_rate @ 1..) => Ok(FilterInput::Audio { sample_rate, format, layout }),
        _ => {
            let message = format!(
                "the sound cannot be decoded; expected packets that tell what it is; got {} that do not; check that the \
                 file is complete",
                parameters.codec().name()
            );
            Err(Error::new(ErrorKind::InvalidMedia, message).stage("open").stream(stream.index))
        }
    }
}

/// What the frames are to be: of the type that is asked for, unless it is our kernels that make it.
fn target(input: &FilterInput, kind: super::SampleType, options: &Options) -> FilterInput {
    let FilterInput::Audio { sample_rate, format, layout } = input else { unreachable!("made of sound") };
    let rate = options.sample_rate.unwrap_or(*sample_rate);
    let layout = match options.channels {
        Some(channels) if channels != layout.channels => ChannelLayout::usual(channels),
        _ => layout.clone(),
    };
    let plain = FilterInput::Audio { sample_rate: rate, format: *format, layout: layout.clone() };
    let ours = plain == *input && kind.is_made_of(&format.packed().name());
    let made = SampleFormat::from_name(kind.format()).filter(|_| !ours).unwrap_or(*format);
    FilterInput::Audio { sample_rate: rate, format: made, layout }
}

fn info(demuxer: &Demuxer, stream: &StreamInfo, target: &FilterInput) -> SoundInfo {
    let FilterInput::Audio { sample_rate, layout, .. } = target else { unreachable!("made of sound") };
    SoundInfo {
        stream: stream.index,
        sample_rate: *sample_rate,
        channels: layout.channels,
        duration: alone::duration(demuxer, stream),
    }
}

/// How a stream can be cut into parts whose decoders come to the very same state, so that the joined parts are what one
/// decoder makes. Codecs of which that is not known, or not so, have none.
fn cut(stream: &StreamInfo) -> Option<Cut> {
    let never = |_: &[u8]| false;
    let parameters = &stream.parameters;
    let channels = parameters.channel_layout().map_or(0, |layout| layout.channels);
    match parameters.codec().name().as_str() {
        // Half of a frame's samples come from the one before.
        "aac" if parameters.profile().as_deref() == Some("LC") && channels <= 2 => {
            Some(Cut { ahead: 4, bytes: 0, ends_at: noise::has_noise })
        }
        // Frames begin up to 511 bytes back, of which headers do not count; one more is for the filters.
        "mp3" => Some(Cut { ahead: 2, bytes: 1024, ends_at: never }),
        "vorbis" => Some(Cut { ahead: 4, bytes: 0, ends_at: never }),
        // What is predicted from frames before fades out of those that follow.
        "opus" => Some(Cut { ahead: 64, bytes: 0, ends_at: never }),
        "flac" | "alac" => Some(Cut { ahead: 1, bytes: 0, ends_at: never }),
        _ => None,
    }
}
