//! One of the two inputs: opened, decoded, brought to the format that is measured.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{
    Decoder, DecoderConfig, Demuxer, FilterGraph, Frame, LogRing, MediaKind, Output, Rational, StreamInfo, time,
};

use super::form::Form;
use super::pairs::{Feed, Timed};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::options::Options;
use crate::plan::{Window, bad_graph, check_pixels, open_input, upright};
use crate::progress::Meter;
use crate::shared::Shared;
use crate::source::{self, Packets, Source};
use crate::stage::{Flow, Sink, Stage, Stop};
use crate::stages::{Decode, Lane, Predictor};

/// One input, as a stream of frames.
pub(super) struct Side {
    name: &'static str,
    path: Option<PathBuf>,
    shared: Arc<Shared>,
    source: Source,
    decode: Decode,
    stream: StreamInfo,
    ready: VecDeque<Frame>,
    ended: bool,
    /// Ticks of the first frame.
    first: Option<i64>,
    duration: Option<f64>,
}

/// Takes the frames that a decoder gives.
struct Ready<'a>(&'a mut VecDeque<Frame>);

impl Sink<Frame> for Ready<'_> {
    fn accept(&mut self, frame: Frame) -> Flow {
        self.0.push_back(frame);
        Ok(())
    }
}

impl Side {
    pub(super) fn open(
        name: &'static str,
        input: Input,
        choice: Option<usize>,
        options: &Options,
        control: &Control,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let path = input.path().map(PathBuf::from);
        let mut demuxer = open_input(input, control, log)?;
        let opened = Self::decoding(name, &mut demuxer, choice, options, log);
        let (stream, decoder) = opened.map_err(|error| with_path(error, path.as_ref()))?;
        // The warnings of one input are told with its name, and its progress is half of the truth.
        let meter = Meter::new(control.unheard(), Instant::now(), None, None, None, Arc::default());
        let shared = Arc::new(Shared::new(control.unheard(), meter));
        let done = Arc::new(AtomicBool::new(false));
        let lane = Lane {
            shared: Arc::clone(&shared),
            input: stream.index,
            output: 0,
            length: None,
            cuts_start: false,
            hides: false,
            lead_in: 0,
            done: Arc::clone(&done),
            leads: true,
        };
        let decode = Decode::new(lane, decoder, &stream, options.strict);
        let window = Window::new(&Options::default(), &demuxer)?;
        let duration = duration(&demuxer, &stream);
        let read = source::Stream {
            input: stream.index,
            done,
            time_base: stream.time_base,
            is_video: true,
            leads: false,
            predictor: (!stream.is_cover()).then(|| Predictor::new(&stream)),
            flows: !stream.is_cover(),
            speech: None,
        };
        let promised = stream.duration.map(|ticks| {
            time::rescale(stream.start_time.unwrap_or(0).saturating_add(ticks), stream.time_base, Rational::MICROS)
        });
        let source = Source::new(demuxer, vec![read], promised, window, options.strict, Arc::clone(&shared));
        let (ready, ended, first) = (VecDeque::new(), false, None);
        Ok(Self { name, path, shared, source, decode, stream, ready, ended, first, duration })
    }

    fn decoding(
        name: &str,
        demuxer: &mut Demuxer,
        choice: Option<usize>,
        options: &Options,
        log: &Arc<LogRing>,
    ) -> Result<(StreamInfo, Decoder)> {
        let stream = chosen(name, demuxer.streams()?, choice)?;
        let parameters = &stream.parameters;
        check_pixels(parameters.width(), parameters.height(), options.max_pixels)?;
        demuxer.keep_only(|index| index == stream.index);
        let config =
            DecoderConfig { threads: options.threads, strict: options.strict, max_pixels: options.max_pixels.into() };
        let open = if stream.tag("alpha_mode") == Some("1") { Decoder::open_with_alpha } else { Decoder::open };
        let decoder = open(parameters, stream.time_base, &config, log)
            .map_err(|error| Error::from(error).stage("decode").stream(stream.index))?;
        Ok((stream, decoder))
    }

    /// `"a"` or `"b"`.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Seconds, as far as the container tells.
    pub(super) const fn duration(&self) -> Option<f64> {
        self.duration
    }

    /// Frames a second.
    pub(super) fn frame_rate(&self) -> Option<f64> {
        self.stream.average_frame_rate.or(self.stream.real_frame_rate).map(Rational::as_f64)
    }

    /// The filters that show its pictures upright.
    pub(super) fn upright(&self) -> Vec<String> {
        self.stream.side_data.display_matrix().map_or_else(Vec::new, upright)
    }

    /// What was found damaged or odd, told once, at the end.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.shared.take_warnings().into_iter().map(|warning| format!("{}: {warning}", self.name)).collect()
    }

    fn next(&mut self) -> std::result::Result<Option<Frame>, Stop> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(Some(frame));
            }
            if self.ended {
                return Ok(None);
            }
            let mut ready = Ready(&mut self.ready);
            match self.source.next()? {
                Some((_, packet)) => self.decode.push(packet, &mut ready)?,
                None => {
                    self.ended = true;
                    self.decode.finish(&mut ready)?;
                }
            }
        }
    }
}

impl Feed<Frame> for Side {
    type Error = Error;

    fn pull(&mut self) -> Result<Option<Timed<Frame>>> {
        let frame = self.next().map_err(|stop| match stop {
            Stop::Failed(error) => with_path(error, self.path.as_ref()),
            Stop::HungUp => Error::new(ErrorKind::Bug, "bug: a comparison has no neighbour to lose"),
        })?;
        Ok(frame.map(|frame| {
            let ticks = frame.pts().unwrap_or(0);
            let first = *self.first.get_or_insert(ticks);
            let [at, duration] =
                [ticks.saturating_sub(first), frame.duration()].map(|ticks| self.stream.time_base.seconds(ticks));
            Timed { at, duration, item: frame }
        }))
    }
}

fn with_path(error: Error, path: Option<&PathBuf>) -> Error {
    match path {
        Some(path) => error.path(path),
        None => error,
    }
}

/// Pictures that begin so many seconds after their file do so because of how the sound beside them is coded.
const LATE: f64 = 0.03;

/// Says so where the pictures of one begin later in their file than those of the other.
pub(super) fn late(a: &Side, b: &Side) -> Option<String> {
    let begin = |side: &Side| side.first.map(|ticks| side.stream.time_base.seconds(ticks));
    let (of_a, of_b) = begin(a).zip(begin(b))?;
    let frame = a.frame_rate().into_iter().chain(b.frame_rate()).reduce(f64::max).map_or(0.0, |rate| 1.0 / rate);
    ((of_a - of_b).abs() > LATE.max(frame * 0.75)).then(|| {
        format!(
            "the pictures of a begin at {of_a:.3} s and those of b at {of_b:.3} s: the first of each were taken for the \
             same moment"
        )
    })
}

fn duration(demuxer: &Demuxer, stream: &StreamInfo) -> Option<f64> {
    let own = stream.duration.map(|ticks| stream.time_base.seconds(ticks));
    own.or_else(|| demuxer.duration().map(|micros| Rational::MICROS.seconds(micros)))
}

/// The stream to take: that of the index, or the first of pictures, covers last.
fn chosen(name: &str, streams: Vec<StreamInfo>, choice: Option<usize>) -> Result<StreamInfo> {
    let is_video = |stream: &StreamInfo| stream.parameters.kind() == MediaKind::Video;
    let kinds = || {
        let kinds: Vec<_> = streams.iter().map(|stream| stream.parameters.kind().name()).collect();
        if kinds.is_empty() { "no streams".to_owned() } else { kinds.join(", ") }
    };
    let found = match choice {
        Some(index) => streams.iter().position(|stream| stream.index == index && is_video(stream)),
        None => streams
            .iter()
            .position(|stream| is_video(stream) && !stream.is_cover())
            .or_else(|| streams.iter().position(is_video)),
    };
    let (kind, message) = match (found, choice) {
        (Some(at), _) => return Ok(streams.into_iter().nth(at).unwrap_or_else(|| unreachable!("found above"))),
        (None, Some(index)) => {
            let fix = "probe() tells the indices";
            let message =
                format!("{name} has no video stream {index}; expected the index of one; got {}; {fix}", kinds());
            (ErrorKind::InvalidOption, message)
        }
        (None, None) => {
            let message =
                format!("{name} has no pictures; expected a video stream; got {}; pass a file that has one", kinds());
            (ErrorKind::InvalidMedia, message)
        }
    };
    Err(Error::new(kind, message).stage("open"))
}

/// Brings the frames of one side to the form that is measured.
pub(super) struct Converter {
    name: &'static str,
    base: Rational,
    upright: Vec<String>,
    threads: u32,
    log: Arc<LogRing>,
    graph: Option<(FilterInput, FilterGraph)>,
}

impl Converter {
    /// `turned`: whether the two are not shown in the same way as they are stored.
    pub(super) fn new(side: &Side, turned: bool, threads: u32, log: &Arc<LogRing>) -> Self {
        let upright = if turned { side.upright() } else { Vec::new() };
        Self { name: side.name, base: side.stream.time_base, upright, threads, log: Arc::clone(log), graph: None }
    }

    /// The frame in that form, and what is done to it and those that follow, where that changes samples.
    pub(super) fn fit(&mut self, frame: Frame, form: &Form) -> Result<(Frame, Option<String>)> {
        if !form.differs(&frame) && self.upright.is_empty() {
            return Ok((frame, None));
        }
        let input = FilterInput::of(&frame).ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, format!("{}: the decoder gave a picture without a format", self.name))
        })?;
        let mut warning = None;
        let same = self.graph.as_ref().is_some_and(|(made_for, _)| !made_for.needs_another_graph(&input));
        if !same {
            let changes = form.conversion(&frame);
            warning = changes.as_ref().map(|changes| format!("{}: {}", self.name, changes.told));
            let filters = self.upright.iter().cloned().chain(changes.into_iter().flat_map(|changes| changes.filters));
            let spec = filters.collect::<Vec<_>>().join(",");
            let graph = FilterGraph::new(&spec, &input, self.base, None, self.threads, &self.log)
                .map_err(|error| bad_graph(error, &self.log))?;
            self.graph = Some((input, graph));
        }
        let failed = |error: transcode_av::Error| Error::from(error).stage("filter");
        let Some((_, graph)) = &mut self.graph else { unreachable!("made above") };
        graph.push(Some(frame)).map_err(failed)?;
        match graph.pull().map_err(failed)? {
            Output::Item(frame) => Ok((frame, warning)),
            Output::NeedsInput | Output::End => {
                Err(Error::new(ErrorKind::Bug, "bug: a conversion of formats gave no picture").stage("filter"))
            }
        }
    }
}
