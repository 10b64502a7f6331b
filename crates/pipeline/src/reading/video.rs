//! Pictures of a file by their number or their time.

use std::sync::Arc;
use std::thread;

use transcode_av::{LogRing, Rational};
use transcode_kernels::Normal;

use super::cursor::{Choice, Cursor};
use super::forward::Forward;
use super::hand::{Decoded, Hand};
use super::index::Index;
use super::maker::{Found, Maker};
use super::ready::Ready;
use super::relay::{Room, Span};
use super::stored;
use super::team::Team;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::options::Options;

/// Which pictures a reader gives.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The index of the stream; `None` = the first of pictures, covers last.
    pub stream: Option<usize>,
    /// What they become: `"rgb24"`, `"bgr24"`, `"rgba"`, `"gray"`, `"rgb48"`, `"rgbf32"`, `"yuv420p"` or `"nv12"`; `None` = their
    /// own format.
    pub format: Option<String>,
    /// Whether all samples of a channel come before those of the next.
    pub planar: bool,
    /// Mean and standard deviation of each channel, for `"rgbf32"`.
    pub normal: Option<Normal>,
    /// Most pictures that are decoded ahead, where they are asked for in their order; `None` = as many as are of use, within 96 MiB.
    pub ahead: Option<usize>,
    /// Size, crop, rotation, threads, limits.
    pub options: Options,
}

/// Reads the pictures of one stream, in any order.
pub struct VideoReader {
    hand: Hand,
    /// Others that decode side by side with it, for many pictures at once; made when first needed.
    team: Team,
    /// Others that work ahead of it.
    forward: Forward,
    log: Arc<LogRing>,
    index: Option<Arc<Index>>,
    /// Whether nothing was read yet.
    fresh: bool,
    /// Pictures that nobody has asked for yet, the number of the one behind them, and the error that ends them.
    ready: Ready,
    next: Option<usize>,
    failed: Option<Error>,
    most_ahead: usize,
    /// Whether the last picture was asked for by somebody who goes on.
    goes_on: bool,
}

impl std::fmt::Debug for VideoReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VideoReader").field("next", &self.hand.next).finish_non_exhaustive()
    }
}

/// Bytes of pictures that are decoded ahead, whatever their number.
const MOST_AHEAD: usize = 96 << 20;

/// Threads, where nobody says how many: with more, FFmpeg's decoders gain nothing.
const MOST_THREADS: usize = 16;

/// Pictures that its own decoder works ahead, where nobody says otherwise: it is not to wait for who asks.
const USUAL_AHEAD: usize = 4;

impl VideoReader {
    /// Opens an input: what decodes its pictures, and what makes of them what is asked for. The two may be used side by side.
    ///
    /// # Errors
    /// It cannot be read, has no such stream, or its pictures cannot become what is asked for.
    pub fn open(input: Input, asked: &ReadOptions, control: &Control) -> Result<(Self, Maker)> {
        let log = LogRing::new();
        let _log_here = log.enter();
        asked.options.validate()?;
        let choice = Choice { name: "the input", stream: asked.stream };
        // FFmpeg would take one more, which on few cores makes them wait for one another.
        let cores = || thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
        let threads = if asked.options.threads == 0 { cores() } else { asked.options.threads as usize };
        let options = Options { threads: u32::try_from(threads).unwrap_or(1), ..asked.options.clone() };
        let cursor = Cursor::open(input, choice, &options, control, &log)?;
        let maker = Maker::new(&cursor, asked, &log)?;
        let room = Room { pictures: asked.ahead.unwrap_or(usize::MAX), bytes: MOST_AHEAD };
        let reader = Self {
            team: Team::new(&cursor, threads),
            forward: Forward::new(asked, &maker, threads, room),
            hand: Hand::new(cursor),
            log,
            index: None,
            fresh: true,
            ready: Ready::default(),
            next: None,
            failed: None,
            most_ahead: asked.ahead.unwrap_or(USUAL_AHEAD),
            goes_on: false,
        };
        Ok((reader, maker))
    }

    /// Seconds a tick of its pictures' times.
    pub fn time_base(&self) -> Rational {
        self.hand.cursor.stream().time_base
    }

    /// Frames a second, as the container says.
    pub fn frame_rate(&self) -> Option<f64> {
        let stream = self.hand.cursor.stream();
        stream.average_frame_rate.or(stream.real_frame_rate).map(Rational::as_f64)
    }

    /// Seconds, as far as the container tells.
    pub const fn duration(&self) -> Option<f64> {
        self.hand.cursor.duration()
    }

    /// What was found damaged or odd since the last call.
    pub fn warnings(&mut self) -> Vec<String> {
        self.hand.cursor.warnings().into_iter().chain(self.team.warnings()).chain(self.forward.warnings()).collect()
    }

    /// The same at the end, with what is damaged where nobody read on.
    pub fn last_warnings(&mut self) -> Vec<String> {
        self.hand.cursor.tell_damage();
        self.team.tell_damage();
        self.forward.end();
        self.warnings()
    }

    /// What it has found ahead of who asks for pictures in their order.
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Picture `number`; `None` past the last one. The next one after the one before needs no index. `goes_on`: the next one is
    /// likely to be asked for, or taken out of what is [`ready`](Self::ready).
    ///
    /// # Errors
    /// The file cannot be read or searched.
    pub fn picture(&mut self, number: usize, goes_on: bool) -> Result<Option<Decoded>> {
        let log = Arc::clone(&self.log);
        let _log_here = log.enter();
        self.goes_on = goes_on;
        if let Some(found) = self.ready.look_for(number) {
            return Ok(Some(found));
        }
        match self.failed.take().filter(|_| self.next == Some(number)) {
            Some(error) => Err(error),
            None => self.in_order(number),
        }
    }

    /// The picture, behind which the next one comes.
    fn in_order(&mut self, number: usize) -> Result<Option<Decoded>> {
        self.next = Some(number);
        let found = if self.hand.next == Some(number) { self.following(number)? } else { self.chosen(number, false)? };
        self.next = found.is_some().then_some(number + 1);
        Ok(found)
    }

    /// Finds one more picture ahead, where that is worth it: whether it did.
    pub fn look_ahead(&mut self) -> bool {
        let (Some(next), true) = (self.next, self.goes_on && self.failed.is_none()) else { return false };
        let (pictures, bytes) = self.ready.held();
        if pictures >= self.most_ahead || bytes >= MOST_AHEAD {
            return false;
        }
        let log = Arc::clone(&self.log);
        let _log_here = log.enter();
        match self.in_order(next) {
            Ok(Some(found)) => self.ready.put(found),
            // The end is found again by whoever gets there.
            Ok(None) => self.goes_on = false,
            Err(error) => self.failed = Some(error),
        }
        true
    }

    /// The number of the picture that comes without a jump.
    fn expected(&self) -> Option<usize> {
        self.ready.first().or(self.hand.next)
    }

    /// The pictures of these numbers, each given to `take` with its places in the list, in any order. `span`: what will be asked
    /// for from here on, these first.
    ///
    /// # Errors
    /// The file cannot be read or searched, or has no such picture; whatever `take` returns.
    pub fn pictures(
        &mut self,
        numbers: &[usize],
        span: Option<Span>,
        mut take: impl FnMut(Vec<usize>, Found) -> Result<()>,
    ) -> Result<()> {
        let log = Arc::clone(&self.log);
        let _log_here = log.enter();
        (self.goes_on, self.failed) = (false, None);
        if let Some(span) = span {
            let index = self.index()?;
            self.forward.begin(&self.hand.cursor, &index, span);
        }
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by_key(|place| numbers[*place]);
        // Who goes on where the last batch has ended has its decoder there.
        let first = order.first().map(|place| numbers[*place]);
        let is_elsewhere = first.is_some_and(|first| !self.forward.gives(first)) && first != self.expected();
        if let Some(index) = self.index.clone().filter(|_| is_elsewhere)
            && self.team.pictures(&self.hand.cursor, &index, &order, numbers, &mut take)?
        {
            return Ok(());
        }
        let mut places = order.into_iter().peekable();
        while let Some(place) = places.next() {
            let number = numbers[place];
            let picture = match self.forward.take(number)? {
                None => self.own(number, places.clone().map(|place| numbers[place]))?.map(Found::Decoded),
                found => found,
            };
            let picture = picture.ok_or_else(|| missing(number, self.index.as_ref().map(|index| index.len())))?;
            let mut all = vec![place];
            while let Some(same) = places.next_if(|place| numbers[*place] == number) {
                all.push(same);
            }
            take(all, picture)?;
        }
        Ok(())
    }

    /// The picture, by its own decoder; `rest`: what is asked for afterwards.
    fn own(&mut self, number: usize, mut rest: impl Iterator<Item = usize>) -> Result<Option<Decoded>> {
        if let Some(picture) = self.ready.look_for(number) {
            return Ok(Some(picture));
        }
        if self.hand.next == Some(number) {
            return self.following(number);
        }
        let index = self.index()?;
        let goes_on = rest.find(|other| *other != number).is_some_and(|other| index.goes_on(number, other));
        self.chosen(number, !goes_on)
    }

    /// All packets and pictures of the stream: read once, when first asked for.
    ///
    /// # Errors
    /// The file cannot be read or searched.
    pub fn index(&mut self) -> Result<Arc<Index>> {
        if let Some(index) = &self.index {
            return Ok(Arc::clone(index));
        }
        if !self.hand.cursor.is_searchable() {
            return Err(not_searchable());
        }
        if !self.fresh {
            self.hand.next = None;
            self.hand.cursor.rewind()?;
        }
        (self.hand.next, self.fresh) = (None, false);
        let index = Arc::new(Index::read(&mut self.hand.cursor)?);
        self.index = Some(Arc::clone(&index));
        Ok(index)
    }

    /// The index as bytes that [`use_index`](Self::use_index) takes.
    ///
    /// # Errors
    /// The file cannot be read or searched.
    pub fn stored_index(&mut self) -> Result<Vec<u8>> {
        let index = self.index()?;
        let origin = self.hand.cursor.index_origin();
        Ok(stored::to_bytes(&index, origin))
    }

    /// Takes an index that was stored, instead of reading the whole file.
    ///
    /// # Errors
    /// It is none, or that of another file.
    pub fn use_index(&mut self, bytes: &[u8]) -> Result<()> {
        let origin = self.hand.cursor.index_origin();
        self.index = Some(Arc::new(stored::from_bytes(bytes, origin)?));
        Ok(())
    }

    /// The number of the picture that is shown so many seconds after the beginning of the file.
    ///
    /// # Errors
    /// The file cannot be read or searched, or ends before.
    pub fn number_at(&mut self, seconds: f64) -> Result<usize> {
        let index = self.index()?;
        let base = self.time_base();
        // A moment that is a picture's own, as its `time` says, is that picture's, although floats round.
        let ticks = base.ticks(seconds);
        let ticks = if base.seconds(ticks) <= seconds + ROUNDING { ticks } else { ticks - 1 };
        if index.is_empty() || seconds.is_nan() || seconds < 0.0 || ticks >= index.end {
            let end = base.seconds(index.end);
            let message = format!(
                "no picture is shown at that time; expected 0 to below {end:.6} s; got {seconds} s; choose a time within the file"
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        Ok(index.shown_at(ticks).unwrap_or(0))
    }

    /// The picture that the cursor gives next.
    fn following(&mut self, number: usize) -> Result<Option<Decoded>> {
        self.fresh = false;
        let rows = self.index.as_ref().map(|index| index.rows.as_slice());
        let frame = self.hand.cursor.picture(rows)?;
        let foretold = self.index.as_ref().filter(|index| !index.is_certain);
        let is_other = |index: &Arc<Index>| match &frame {
            Some(frame) => index.picture_of(frame.mark().saturating_sub(1)) != Some(number),
            None => number < index.len(),
        };
        if foretold.is_some_and(is_other) {
            self.index_by_decoding()?;
            return self.chosen(number, false);
        }
        let Some(frame) = frame else { return Ok(None) };
        self.hand.next = Some(number + 1);
        Ok(Some(self.hand.finished(self.index.as_deref(), number, frame)))
    }

    /// A picture that is looked for; after one that `is_last` the cursor has to jump.
    fn chosen(&mut self, number: usize, is_last: bool) -> Result<Option<Decoded>> {
        let index = self.index()?;
        if number >= index.len() {
            return Ok(None);
        }
        if let Some(decoded) = self.hand.look_for(&index, number, is_last)? {
            return Ok(Some(decoded));
        }
        if !index.is_certain {
            self.index_by_decoding()?;
            return self.chosen(number, is_last);
        }
        let message = format!(
            "picture {number} cannot be decoded again; expected what was found when the file was indexed; got nothing; the \
             file may have changed: open it anew"
        );
        Err(Error::new(ErrorKind::InvalidMedia, message).stage("decode"))
    }

    /// Finds out by decoding what the packets have foretold wrongly.
    fn index_by_decoding(&mut self) -> Result<()> {
        let Some(foretold) = self.index.take() else { return Ok(()) };
        (self.hand.next, self.goes_on) = (None, false);
        self.forward.end();
        let index = Index::decoded(foretold.rows.clone(), &mut self.hand.cursor)?.without_entries();
        self.hand.cursor.warn(format!(
            "the packets foretold {} pictures, and {} could be decoded: numbers and times were found anew",
            foretold.len(),
            index.len()
        ));
        self.index = Some(Arc::new(index));
        Ok(())
    }
}

impl Drop for VideoReader {
    fn drop(&mut self) {
        // Nobody is to hold pictures of a reader that is closed.
        self.ready.clear();
    }
}

fn not_searchable() -> Error {
    let message = "the input cannot be searched; expected a file, or data, that can be read from any place on; got one that \
                   only goes forwards; read its pictures in their order, or copy it to a file";
    Error::new(ErrorKind::Io, message).stage("demux")
}

/// What seconds may be off by, in floats.
const ROUNDING: f64 = 1e-9;

fn missing(number: usize, count: Option<usize>) -> Error {
    let count = count.map_or_else(|| "an earlier one".to_owned(), |count| format!("one of {count}"));
    let message =
        format!("there is no picture {number}; expected {count}; got {number}; len() tells how many there are");
    Error::new(ErrorKind::InvalidOption, message)
}
