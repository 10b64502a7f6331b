//! The pictures of one stream, decoded one after the other from any place on.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use transcode_av::{
    Decoder, DecoderConfig, Demuxer, Frame, LogRing, MediaKind, Packet, Place, Rational, StreamInfo, time,
};

use super::alone::{self, duration, source};
use super::entry::{Entries, measures_fields};
use super::index::Row;
use super::stored::Origin;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::options::Options;
use crate::plan::{Window, check_pixels, open_input};
use crate::progress::Meter;
use crate::shared::Shared;
use crate::source::{Packets, Source};
use crate::stage::{Flow, Sink, Stage, Stop};
use crate::stages::{Decode, Lane};

/// Which stream of pictures of an input is meant, and what the input is called in errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    /// The index of a stream; `None` = the first of pictures, covers last.
    pub(crate) stream: Option<usize>,
}

/// One stream of pictures of an opened input.
pub(crate) struct Cursor {
    path: Option<PathBuf>,
    /// The input once more, where there can be two of it.
    again: Option<Input>,
    options: Options,
    control: Control,
    log: Arc<LogRing>,
    shared: Arc<Shared>,
    lane: Lane,
    source: Source,
    decode: Decode,
    stream: StreamInfo,
    /// Whether the decoder gives transparency that the parameters do not tell.
    with_alpha: bool,
    /// The moment of the file that counts as 0, in microseconds.
    origin: i64,
    by_bytes: bool,
    /// Whether the decoder can leave out pictures that no other one needs, and the others stay the same.
    skips: bool,
    duration: Option<f64>,
    ready: VecDeque<Frame>,
    /// The first packet that was read.
    first: Option<Row>,
    /// The number of the next packet.
    next: u32,
    entries: Entries,
    /// The last packets that decoding can begin at, where no index tells them.
    began: VecDeque<u32>,
    ended: bool,
}

/// A cursor that is not open yet.
pub(super) struct Twin {
    input: Input,
    choice: Choice,
    options: Options,
    control: Control,
    log: Arc<LogRing>,
}

impl Twin {
    pub(super) fn open(self) -> Result<Cursor> {
        let Self { input, choice, options, control, log } = self;
        Cursor::open(input, choice, &options, &control, &log)
    }
}

/// A picture that is looked for.
pub(super) struct Wanted<'a> {
    /// The packet that it is decoded from.
    pub(super) packet: u32,
    /// How many pictures of that packet come before it.
    pub(super) again: u32,
    /// Its last packet, where nothing is asked for from here on: what follows is not even read, and the next thing is a jump.
    pub(super) ends_with: Option<u32>,
    /// Which packets hold nothing that will be asked for before the next jump.
    pub(super) unneeded: &'a dyn Fn(u32) -> bool,
}

/// Takes the frames that a decoder gives.
struct Ready<'a>(&'a mut VecDeque<Frame>);

impl Sink<Frame> for Ready<'_> {
    fn accept(&mut self, frame: Frame) -> Flow {
        self.0.push_back(frame);
        Ok(())
    }
}

impl Cursor {
    pub(crate) fn open(
        input: Input,
        choice: Choice,
        options: &Options,
        control: &Control,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let path = input.path().map(PathBuf::from);
        let again = input.again();
        let mut demuxer = open_input(input, control, log)?;
        let opened = decoding(&mut demuxer, choice, options, log);
        let (stream, decoder) = opened.map_err(|error| with_path(error, path.as_ref()))?;
        // Whoever reads tells its warnings in its own words, and knows how far it is.
        let meter = Meter::new(control.unheard(), Instant::now(), None, None, None, Arc::default());
        let shared = Arc::new(Shared::new(control.unheard(), meter));
        let lane = alone::lane(&shared, &stream);
        let with_alpha = decoder.name().starts_with("libvpx");
        let decode = Decode::new(lane.clone(), decoder, &stream, options.strict);
        let window = Window::new(&Options::default(), &demuxer)?;
        let (origin, duration) = (window.origin, duration(&demuxer, &stream));
        // Where times jump or are not stored, they do not tell where a packet is.
        let by_bytes = demuxer.timestamps_may_jump() || demuxer.start_time().is_none();
        let source = source(demuxer, window, &stream, &lane, options.strict);
        let entries = Entries::new(&stream.parameters);
        let skips = is_progressive(&stream) && SKIPPED.contains(&stream.parameters.codec().name().as_str());
        Ok(Self {
            path,
            again,
            options: options.clone(),
            control: control.clone(),
            log: Arc::clone(log),
            shared,
            lane,
            source,
            decode,
            stream,
            with_alpha,
            origin,
            by_bytes,
            skips,
            duration,
            ready: VecDeque::new(),
            first: None,
            next: 0,
            entries,
            began: VecDeque::new(),
            ended: false,
        })
    }

    pub(crate) const fn stream(&self) -> &StreamInfo {
        &self.stream
    }

    pub(crate) const fn with_alpha(&self) -> bool {
        self.with_alpha
    }

    /// Seconds, as far as the container tells.
    pub(crate) const fn duration(&self) -> Option<f64> {
        self.duration
    }

    /// The moment that counts as 0, in ticks of the stream.
    pub(crate) fn origin(&self) -> i64 {
        time::rescale(self.origin, Rational::MICROS, self.stream.time_base)
    }

    /// What an index of the stream belongs to.
    pub(super) fn index_origin(&mut self) -> Origin {
        Origin {
            size: self.source.size().unwrap_or(0),
            stream: self.stream.index as u64,
            begin: self.origin(),
            base: (self.stream.time_base.num, self.stream.time_base.den),
        }
    }

    /// Stops it, wherever it is.
    pub(super) fn control(&self) -> Control {
        self.control.clone()
    }

    /// Where FFmpeg's words go.
    pub(super) fn log(&self) -> Arc<LogRing> {
        Arc::clone(&self.log)
    }

    /// What the stages of its stream share.
    pub(super) fn lane(&self) -> Lane {
        self.lane.clone()
    }

    /// Puts what is damaged up to here among the warnings.
    pub(super) fn tell_damage(&mut self) {
        self.decode.tell_damage();
    }

    /// What was found damaged or odd since the last call.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.shared.take_warnings()
    }

    pub(super) fn warn(&self, warning: String) {
        self.shared.warn(warning);
    }

    /// The number of the next packet that is decoded.
    pub(crate) const fn place(&self) -> u32 {
        self.next
    }

    /// The next picture that the decoder gives; with `rows`, its packets get the times that are written there.
    pub(crate) fn picture(&mut self, rows: Option<&[Row]>) -> Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(Some(frame));
            }
            if self.ended {
                return Ok(None);
            }
            self.step(rows)?;
        }
    }

    /// Decodes one more packet, or what is left at the end.
    fn step(&mut self, rows: Option<&[Row]>) -> Result<()> {
        match self.packet(rows)? {
            Some(packet) => {
                let pushed = self.decode.push(packet, &mut Ready(&mut self.ready));
                self.told(pushed)
            }
            None => self.finish(),
        }
    }

    /// Takes all out of the decoder; after that it has to [`jump`](Self::jump).
    fn finish(&mut self) -> Result<()> {
        self.ended = true;
        let finished = self.decode.finish(&mut Ready(&mut self.ready));
        self.told(finished)
    }

    /// The next packet, marked with its number.
    fn packet(&mut self, rows: Option<&[Row]>) -> Result<Option<Packet>> {
        let read = self.source.next();
        let Some((_, mut packet)) = self.told(read)? else { return Ok(None) };
        if let Some(row) = rows.and_then(|rows| rows.get(self.next as usize)) {
            packet.set_times(row.pts, row.dts);
        }
        if rows.is_none() && self.entries.is_entry(&packet) {
            self.began.push_back(self.next);
            if self.began.len() > MOST_WITHIN {
                self.began.pop_front();
            }
        }
        if self.next == 0 && self.first.is_none() {
            self.first = Some(Row::of(&packet, false, false));
        }
        self.next += 1;
        packet.set_mark(self.next);
        Ok(Some(packet))
    }

    /// Whether decoding could have begun at the packet of a picture that it gave just now, as no index was asked.
    pub(super) fn began(&self, picture: &Frame) -> bool {
        picture.mark().checked_sub(1).is_some_and(|packet| self.began.contains(&packet))
    }

    /// The picture of a packet that has not been given yet. `None` where it does not come.
    pub(super) fn picture_of(&mut self, rows: &[Row], wanted: &Wanted<'_>) -> Result<Option<Frame>> {
        let mut again = wanted.again;
        loop {
            while let Some(frame) = self.ready.pop_front() {
                if frame.mark() != wanted.packet + 1 {
                    continue;
                }
                if again == 0 {
                    return Ok(Some(frame));
                }
                again -= 1;
            }
            if self.ended {
                return Ok(None);
            }
            if wanted.ends_with.is_some_and(|last| self.next > last) {
                self.finish()?;
                continue;
            }
            self.decode.skip_unneeded(self.skips && (wanted.unneeded)(self.next));
            self.step(Some(rows))?;
            self.decode.skip_unneeded(false);
        }
    }

    /// Reads all packets that are left, without decoding.
    pub(super) fn scan(&mut self, mut each: impl FnMut(&Packet)) -> Result<()> {
        while let Some(packet) = self.packet(None)? {
            each(&packet);
        }
        self.ended = true;
        Ok(())
    }

    /// Whether there can be another one of the same stream.
    pub(super) fn can_be_doubled(&self) -> bool {
        matches!(&self.again, Some(Input::Path(_) | Input::Bytes(_)))
    }

    /// What opens another one of the same stream, whose decoder uses so many threads. `None` where there is no second one any more.
    pub(super) fn twin(&self, threads: u32) -> Option<Twin> {
        let input = self.again.as_ref().and_then(Input::again)?;
        let choice = Choice { name: "the input", stream: Some(self.stream.index) };
        let options = Options { threads, ..self.options.clone() };
        Some(Twin { input, choice, options, control: self.control.clone(), log: Arc::clone(&self.log) })
    }

    /// Whether pictures can be read in another order than theirs.
    pub(super) fn is_searchable(&self) -> bool {
        self.again.is_some() || self.source.is_searchable()
    }

    /// Goes to the first packet again, in an input that is opened anew where that is possible: after a search, demuxers may
    /// give the first packet without its time.
    pub(super) fn rewind(&mut self) -> Result<()> {
        let first = self.first.as_slice().to_vec();
        if let [row] = first.as_slice() {
            self.forget(0)?;
            if self.reopen(0, row)? {
                return Ok(());
            }
        }
        if self.jump(&first, 0)? {
            return Ok(());
        }
        let message = "the input cannot be read again; expected a file, or data, that can be searched; got one that only goes \
                       forwards; copy it to a file";
        Err(Error::new(ErrorKind::Io, message).stage("demux"))
    }

    /// Goes to packet `number`, to decode from there on.
    pub(super) fn jump(&mut self, rows: &[Row], number: u32) -> Result<bool> {
        self.forget(number)?;
        let (Some(row), Some(first)) = (rows.get(number as usize), rows.first()) else { return Ok(false) };
        let (stream, origin) = (self.stream.index, self.origin());
        let time = |row: &Row| row.dts.map(|dts| Place::Time { stream, at: dts.saturating_add(origin) });
        let byte = |row: &Row| row.position.map(Place::Byte);
        let places = if self.by_bytes {
            [byte(row), byte(first), Some(Place::Byte(0)), time(row), time(first)]
        } else {
            [time(row), byte(row), time(first), byte(first), Some(Place::Byte(0))]
        };
        for place in places.into_iter().flatten() {
            let found = self.source.find(place, |packet| row.look(packet, origin));
            if self.told(found)? {
                return Ok(true);
            }
        }
        self.reopen(number, row)
    }

    /// Makes ready for packet `number`.
    fn forget(&mut self, number: u32) -> Result<()> {
        self.ready.clear();
        if number == 0 {
            self.entries = Entries::new(&self.stream.parameters);
            self.began.clear();
            let decoder = decoder(&self.stream, &self.options, &self.log)?;
            self.decode.begin_with(decoder);
        } else {
            self.decode.go_on_elsewhere();
        }
        (self.next, self.ended) = (number, false);
        Ok(())
    }

    /// The same by counting, in an input that is opened anew.
    fn reopen(&mut self, number: u32, row: &Row) -> Result<bool> {
        let Some(input) = self.again.as_ref().and_then(Input::again) else { return Ok(false) };
        let mut demuxer = open_input(input, &self.control, &self.log)?;
        demuxer.keep_only(|index| index == self.stream.index);
        let window = Window::new(&Options::default(), &demuxer)?;
        self.source = source(demuxer, window, &self.stream, &self.lane, self.options.strict);
        for _ in 0..number {
            let read = self.source.next();
            if self.told(read)?.is_none() {
                return Ok(false);
            }
        }
        // A file that has changed since it was indexed has another packet there.
        let origin = self.origin();
        let found = self.source.peek(|packet| row.look(packet, origin) == Some(true) || !row.tells_place(packet));
        self.told(found)
    }

    /// Whether every packet that is shown is one picture, at its own time: others may hold single fields, and covers have none.
    pub(super) fn has_whole_pictures(&self) -> bool {
        (is_progressive(&self.stream) || !self.by_bytes) && !self.stream.is_cover()
    }

    fn told<T>(&self, done: std::result::Result<T, Stop>) -> Result<T> {
        done.map_err(|stop| match stop {
            Stop::Failed(error) => with_path(error, self.path.as_ref()),
            Stop::HungUp => Error::new(ErrorKind::Bug, "bug: who reads pictures has no neighbour to lose"),
        })
    }
}

/// Packets that a decoder holds back at most, all threads of it, and more.
const MOST_WITHIN: usize = 256;

/// The codecs whose decoders leave out single pictures without a trace. Of two fields they may leave out one that the other
/// needs; MPEG-4's remembers the time of its first B-picture.
const SKIPPED: [&str; 2] = ["h264", "hevc"];

fn is_progressive(stream: &StreamInfo) -> bool {
    matches!(stream.parameters.field_order(), None | Some("progressive"))
}

fn decoding(
    demuxer: &mut Demuxer,
    choice: Choice,
    options: &Options,
    log: &Arc<LogRing>,
) -> Result<(StreamInfo, Decoder)> {
    let stream = chosen(choice, demuxer.streams()?)?;
    let parameters = &stream.parameters;
    check_pixels(parameters.width(), parameters.height(), options.max_pixels)?;
    demuxer.keep_only(|index| index == stream.index);
    let decoder = decoder(&stream, options, log)?;
    Ok((stream, decoder))
}

fn decoder(stream: &StreamInfo, options: &Options, log: &Arc<LogRing>) -> Result<Decoder> {
    let threads = if measures_fields(&stream.parameters) { 1 } else { options.threads };
    let config = DecoderConfig { threads, strict: options.strict, max_pixels: options.max_pixels.into() };
    let open = if stream.tag("alpha_mode") == Some("1") { Decoder::open_with_alpha } else { Decoder::open };
    open(&stream.parameters, stream.time_base, &config, log)
        .map_err(|error| Error::from(error).stage("decode").stream(stream.index))
}

fn with_path(error: Error, path: Option<&PathBuf>) -> Error {
    match path {
        Some(path) => error.path(path),
        None => error,
    }
}

/// The stream that is meant.
fn chosen(Choice { name, stream }: Choice, streams: Vec<StreamInfo>) -> Result<StreamInfo> {
    let is_video = |stream: &StreamInfo| stream.parameters.kind() == MediaKind::Video;
    let kinds = || alone::kinds(&streams);
    let found = match stream {
        Some(index) => streams.iter().position(|stream| stream.index == index && is_video(stream)),
        None => streams
            .iter()
            .position(|stream| is_video(stream) && !stream.is_cover())
            .or_else(|| streams.iter().position(is_video)),
    };
    let (kind, message) = match (found, stream) {
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
