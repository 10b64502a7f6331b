//! What becomes of every stream, decided and opened before anything is written.
//!
//! [`prepare`] opens the input, the decoders, filter graphs and encoders: what it reports is what then runs.

use std::path::Path;
use std::sync::Arc;

use transcode_av::demuxer::Input as AvInput;
use transcode_av::{
    Chapter, CodecParameters, Demuxer, EncoderInfo, LogRing, MediaKind, MuxerInfo, OutputStream, StreamInfo,
    SubtitleConverter,
};
use transcode_kernels::Level;

use crate::codecs;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::{Destination, Input, Output, Searchable, open_source};
use crate::options::Options;
use crate::report::{Action, Plan, StreamPlan};

mod align;
mod audio;
mod carry;
pub(crate) mod colour;
mod command;
mod cover;
mod edges;
mod encoding;
mod fields;
mod frames;
mod hdr;
mod kernels;
mod keyframes;
mod language;
mod others;
mod outline;
mod picture;
mod place;
mod refusal;
mod rgb;
mod select;
mod shape;
mod smart;
mod tags;
mod trimming;
mod unfit;
mod upright;
mod video;
mod window;
mod written;
mod yuv;

pub(crate) use audio::{AudioTrack, SoundRecipe};
pub(crate) use carry::CopyTrack;
pub(crate) use edges::{Edge, SmartTrack, Ticks};
pub(crate) use frames::{Showing, showing};
pub(crate) use kernels::{Ahead, Tone, sdr};
pub(crate) use outline::Declared;
pub(crate) use picture::{Recipe, Steps};
use place::Place;
pub(crate) use refusal::bad_graph;
pub(crate) use rgb::{Rgb, Source, known_siting, matrix, siting, subsampling};
use select::Unwanted;
pub(crate) use smart::Cuts;
pub(crate) use upright::{rotation, upright};
pub(crate) use video::{VideoTrack, check_pixels};
pub(crate) use window::{RUN_UP, Window};
pub(crate) use written::{check_written, prepare_written};
pub(crate) use yuv::FromRgb;

/// What happens to one input stream, with everything for it opened.
pub(crate) enum Work {
    Drop,
    /// The parameters of the output stream; no packet follows (attachments).
    Attach(CodecParameters),
    /// A tag of the file says it; no stream is added.
    Tag(String),
    Copy(Box<CopyTrack>),
    Subtitle(Box<SubtitleConverter>),
    Video(Box<VideoTrack>),
    Audio(Box<AudioTrack>),
}

impl Work {
    /// Whether anything is encoded for it.
    pub(crate) fn encodes(&self) -> bool {
        match self {
            Self::Video(_) | Self::Audio(_) => true,
            Self::Copy(copy) => copy.smart.is_some(),
            _ => false,
        }
    }
}

/// One input stream.
pub(crate) struct Track {
    pub(crate) input: StreamInfo,
    pub(crate) output: OutputStream,
    pub(crate) report: StreamPlan,
    pub(crate) work: Work,
}

/// A job that is ready to run.
pub(crate) struct Prepared {
    pub(crate) muxer: MuxerInfo,
    pub(crate) destination: Option<Destination>,
    pub(crate) tracks: Vec<Track>,
    pub(crate) window: Window,
    /// Tags of the whole output.
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) muxer_options: Vec<(&'static str, &'static str)>,
    /// The level of our own kernels.
    pub(crate) level: Level,
    pub(crate) report: Plan,
}

impl Prepared {
    /// The kernels that the pictures that are expected go through.
    pub(crate) fn kernels(&self) -> Vec<&'static str> {
        let ahead = self.tracks.iter().filter_map(|track| match &track.work {
            Work::Video(video) => video.ahead.as_ref(),
            _ => None,
        });
        let mut names: Vec<&str> = ahead.flat_map(Ahead::kernels).collect();
        let limits = |track: &Track| matches!(&track.work, Work::Video(video) if video.recipe.limit().is_some());
        names.extend(self.tracks.iter().any(limits).then_some("clamp"));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What deciding about one stream needs to know of the whole.
struct Planner<'a> {
    options: &'a Options,
    muxer: MuxerInfo,
    window: Window,
    muxer_options: Vec<(&'static str, &'static str)>,
    control: &'a Control,
    log: &'a Arc<LogRing>,
    /// The level of our own kernels.
    level: Level,
    /// Whether the pictures are arrays of a caller's, and so RGB because arrays are.
    is_written: bool,
    warnings: Vec<String>,
    /// Where streams are cut by a smart trim, by their index.
    cuts: Vec<(usize, Cuts)>,
    /// Which streams cannot be copied, by their index, and why.
    unfit: Vec<(usize, &'static str)>,
    /// Whether a cover fills the only place that the tags have for one.
    has_cover_tag: bool,
}

impl Planner<'_> {
    fn warn(&mut self, index: usize, text: impl std::fmt::Display) {
        self.warnings.push(format!("stream {index}: {text}"));
    }
}

/// Most threads of a decoder: FFmpeg's own bound, past which frame threads only cost memory.
const MOST_DECODER_THREADS: u32 = 16;

/// Threads of a video decoder. FFmpeg takes one more than there are cores when left alone, and each holds a few
/// frames. Here decoding has a thread of its own beside the encoder's, so next to an encoder that uses all cores half
/// of them are enough.
fn decoder_threads(asked: u32, encoder: EncoderInfo) -> u32 {
    let cores = || std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
    let share = if encoder.is_threaded() { 2 } else { 1 };
    let threads = if asked > 0 { asked } else { cores().min(MOST_DECODER_THREADS) / share };
    threads.clamp(1, MOST_DECODER_THREADS)
}

/// The parts of a decision; the planner adds what all streams have in common.
struct Decision {
    action: Action,
    work: Work,
    encoder: Option<String>,
    filters: Option<String>,
    reason: String,
}

impl Decision {
    fn drop(reason: impl Into<String>) -> Self {
        Self { action: Action::Drop, work: Work::Drop, encoder: None, filters: None, reason: reason.into() }
    }

    fn copy(reason: impl Into<String>) -> Self {
        Self {
            action: Action::Copy,
            work: Work::Copy(Box::default()),
            encoder: None,
            filters: None,
            reason: reason.into(),
        }
    }
}

impl Decision {
    /// The codec of the output stream.
    fn output_codec(&self, stream: &StreamInfo) -> Option<String> {
        let encoder = self.encoder.as_deref().and_then(EncoderInfo::by_name);
        let codec = encoder.map_or_else(|| stream.parameters.codec(), EncoderInfo::codec);
        (self.action != Action::Drop).then(|| codec.name())
    }
}

/// Opens an input for FFmpeg.
pub(crate) fn open_input(input: Input, control: &Control, log: &Arc<LogRing>) -> Result<Demuxer> {
    let path = input.path().map(Path::to_owned);
    let name = input.name().unwrap_or_else(|| "the data".to_owned());
    let source = |source, name: &[u8]| AvInput::Source { source, name: name.to_owned() };
    let input = match input {
        Input::Url(url) => AvInput::Url(url),
        Input::Path(path) => {
            let opened = open_source(&path, control.interrupt())?;
            source(opened, path.as_os_str().as_encoded_bytes())
        }
        Input::Bytes(bytes) if bytes.is_empty() => {
            let message = "the data is empty; expected a media file; got 0 bytes; check where the bytes come from";
            return Err(Error::new(ErrorKind::InvalidMedia, message).stage("open"));
        }
        Input::Bytes(bytes) => source(Box::new(Searchable(std::io::Cursor::new(bytes))), b""),
        Input::Reader(reader) => source(reader, b""),
    };
    Demuxer::open(input, control.interrupt(), log).map_err(|error| {
        let mut error = Error::from(error).stage("open");
        if error.kind == ErrorKind::InvalidMedia || error.kind == ErrorKind::InvalidOption {
            error.kind = ErrorKind::InvalidMedia;
            error.message = format!(
                "{name} cannot be read as media; expected a media file; got {}; check that it is one and complete",
                error.message
            );
        }
        match path {
            Some(path) => error.path(path),
            None => error,
        }
    })
}

/// Opens the input, decides about every stream and opens what the decisions need.
pub(crate) fn prepare(
    input: Input,
    output: &Output,
    options: &Options,
    control: &Control,
    log: &Arc<LogRing>,
) -> Result<(Demuxer, Prepared)> {
    let place = Place::check(output, input.path(), options)?;
    let (input_name, input_is_url) = (input.name(), matches!(input, Input::Url(_)));
    let mut demuxer = open_input(input, control, log)?;
    let mut streams = demuxer.streams()?;
    let mut window = Window::new(options, &demuxer)?;
    let wanted = select::choose(options, &streams, place.muxer, place.audio_only)?;
    let kept: Vec<_> = streams.iter().zip(&wanted).filter(|(_, wanted)| wanted.is_ok()).map(|(s, _)| s).collect();
    window.skip_to(&demuxer, kept.iter().copied());
    let can_hide = others::is_rewritable(place.muxer, output, place.destination.as_ref());
    let (mut planner, destination) = place.planner(window, output, options, control, log);
    planner.unfit = unfit::find(&mut demuxer, kept.iter().copied(), options);
    planner.window = planner.trimmed(&mut demuxer, &kept, can_hide)?;
    if options.video_codec.as_deref() != Some("copy") {
        hdr::look_at_pictures(&mut demuxer, &mut streams, options, log);
    }
    let said = Said { name: input_name, tags: demuxer.metadata(), chapters: demuxer.chapters() };
    let mut prepared = planner.conclude(streams, wanted, said, output, destination)?;
    demuxer.keep_only(|index| prepared.tracks.iter().any(|t| t.input.index == index && !matches!(t.work, Work::Drop)));
    prepared.report.command = command::line(&prepared, &demuxer, options, input_is_url);
    Ok((demuxer, prepared))
}

/// What an input says of itself beside its streams.
#[derive(Default)]
struct Said {
    name: Option<String>,
    tags: Vec<(String, String)>,
    chapters: Vec<Chapter>,
}

impl Planner<'_> {
    /// Decides about every stream and opens what the decisions need.
    fn conclude(
        mut self,
        streams: Vec<StreamInfo>,
        wanted: Vec<std::result::Result<(), Unwanted>>,
        said: Said,
        output: &Output,
        destination: Option<Destination>,
    ) -> Result<Prepared> {
        let mut tracks = Vec::with_capacity(streams.len());
        for (stream, wanted) in streams.into_iter().zip(wanted) {
            tracks.push(self.track(stream, wanted)?);
        }
        if !outline::number(&mut tracks) {
            let mut error = nothing_left(self.muxer, &tracks);
            error.path = said.name.as_ref().map(Into::into);
            return Err(error);
        }
        let mut tags = self.file_tags(said.tags);
        tags.extend(tracks.iter().filter_map(|track| match &track.work {
            Work::Tag(text) => Some((cover::OGG_TAG.to_owned(), text.clone())),
            _ => None,
        }));
        let chapters = self.chapters(said.chapters);
        if matches!(self.muxer.name().as_str(), "mp4" | "mov") && outline::names_colours_partly(&tracks)? {
            others::write_colours(&mut self.muxer_options);
        }
        let Self { muxer, window, muxer_options, level, control, log, warnings, .. } = self;
        let report = Plan {
            input: said.name,
            output: output.name(),
            format: muxer.name(),
            duration: window.output_seconds(),
            streams: tracks.iter().map(|t| t.report.clone()).collect(),
            warnings,
            command: Vec::new(),
        };
        let prepared = Prepared { muxer, destination, tracks, window, tags, chapters, muxer_options, level, report };
        prepared.rehearse(control, log)?;
        Ok(prepared)
    }

    /// What becomes of one stream, with everything for it opened.
    fn track(&mut self, stream: StreamInfo, wanted: std::result::Result<(), Unwanted>) -> Result<Track> {
        let index = stream.index;
        let decision = match wanted {
            Ok(()) => {
                let decided = self.decide(&stream).and_then(|mut decision| {
                    self.carry(&stream, &mut decision)?;
                    Ok(decision)
                });
                decided.map_err(|error| error.stage("plan").stream(index))?
            }
            Err(reason) => reason.into_decision(self, index),
        };
        let report = StreamPlan {
            input_index: index,
            output_index: None,
            kind: stream.parameters.kind().name(),
            action: decision.action,
            codec: stream.parameters.codec().name(),
            output_codec: decision.output_codec(&stream),
            encoder: decision.encoder,
            filters: decision.filters,
            reason: decision.reason,
        };
        let output = self.output_stream(&stream, &decision.work);
        Ok(Track { input: stream, output, report, work: decision.work })
    }
}

/// No stream of the input becomes one of the output.
fn nothing_left(muxer: MuxerInfo, tracks: &[Track]) -> Error {
    let kinds = tracks.iter().map(|t| format!("{} ({})", t.report.kind, t.report.reason)).collect::<Vec<_>>();
    let message = format!(
        "nothing is left to write; expected a stream that {} holds; got {}; choose other streams or another container",
        muxer.name(),
        if kinds.is_empty() { "no stream".to_owned() } else { kinds.join(", ") }
    );
    Error::new(ErrorKind::InvalidMedia, message).stage("plan")
}

impl Planner<'_> {
    /// What becomes of a stream that is wanted.
    fn decide(&mut self, stream: &StreamInfo) -> Result<Decision> {
        match stream.parameters.kind() {
            MediaKind::Video | MediaKind::Audio if stream.parameters.codec().is_none() => {
                Ok(self.left_out(stream, "its codec is unknown".to_owned()))
            }
            MediaKind::Video if stream.is_cover() => self.cover(stream),
            MediaKind::Video => self.video(stream),
            MediaKind::Audio => self.audio(stream),
            MediaKind::Subtitle => self.subtitle(stream),
            MediaKind::Attachment => Ok(self.attachment(stream)),
            MediaKind::Data => Ok(self.data(stream)),
        }
    }

    /// Whether a stream is copied, given what the user said of its codec: `Ok(None)` = it is encoded.
    fn copied(&mut self, stream: &StreamInfo, asked: Option<&str>, changed: Option<&str>) -> Result<Option<Decision>> {
        let codec = stream.parameters.codec();
        let container = self.muxer.name();
        match asked {
            Some("copy") => match self.refusal(stream) {
                None if self.unfit(stream) == Some(unfit::UNTIMED) => Err(refusal::untimed(&stream.parameters)),
                None => Ok(Some(Decision::copy("copied as asked"))),
                Some(why) => Err(refusal::cannot_copy(self.muxer, &stream.parameters, &why)),
            },
            Some("auto")
                if changed.is_none() && !codecs::plays_badly(self.muxer, codec) && self.unfit(stream).is_none() =>
            {
                let found = self.refusal(stream).is_none();
                let reason = || format!("{container} holds {} and no option changes it", codec.name());
                Ok(found.then(|| Decision::copy(reason())))
            }
            _ => Ok(None),
        }
    }

    /// Why packets of the stream cannot be copied, by the first of them.
    fn unfit(&self, stream: &StreamInfo) -> Option<&'static str> {
        self.unfit.iter().find_map(|(index, why)| (*index == stream.index).then_some(*why))
    }

    /// Why the container does not take the stream as it is; `None` where it does.
    fn refusal(&mut self, stream: &StreamInfo) -> Option<String> {
        if !codecs::holds(self.muxer, stream.parameters.codec()) {
            return Some("FFmpeg has no place for it there".to_owned());
        }
        let mut decision = Decision::copy("");
        if let Err(error) = self.carry(stream, &mut decision) {
            return Some(error.message);
        }
        let output = tags::output_stream(stream, &decision.work, self.muxer, self.options);
        let filtered = match &decision.work {
            Work::Copy(copy) => copy.parameters().ok().flatten(),
            _ => None,
        };
        let parameters = filtered.as_ref().unwrap_or(&stream.parameters);
        outline::refusal(self.muxer, parameters, &output, &self.muxer_options, self.control)
    }
}
