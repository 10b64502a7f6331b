//! Pictures in their order from several decoders: each decodes a run of them, while those of the run before are shown.
//!
//! A decoder with several threads waits for rows of the picture before; two that decode different runs wait for nothing, but
//! what the later one has decoded has to be kept. So there are as many as there is room for.

use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::cursor::{Cursor, Twin};
use super::hand::Hand;
use super::index::Index;
use super::maker::{Found, Maker};
use super::team::MOST;
use super::video::ReadOptions;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// Pictures that a run has at least, as the file counts them: to begin anywhere costs a search.
const LEAST: usize = 16;

/// Pictures from the next one on that are decoded even where there is no more room: so many, or a quarter of what there is room for.
const NEAR: usize = 8;

/// How often a wait looks whether the reader is stopped.
const LOOK: Duration = Duration::from_millis(50);

/// Pictures at equal distances.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first one,
    pub first: usize,
    /// the one before which they end,
    pub end: usize,
    /// and from each to the next; not 0.
    pub step: usize,
}

impl Span {
    fn within(self, run: &Range<usize>) -> impl Iterator<Item = usize> + use<> {
        run.clone().step_by(self.step)
    }

    /// Those that are decoded from the same entry on, or few, in a row.
    fn runs(self, index: &Index) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut last = None;
        for number in self.within(&(self.first..self.end.min(index.len()))) {
            let entry = index.entry(number);
            match runs.last_mut() {
                Some(run) if last == Some(entry) || number - run.start < LEAST => run.end = number + 1,
                _ => runs.push(number..number + 1),
            }
            last = Some(entry);
        }
        runs
    }
}

/// What may be held of pictures that nobody has asked for yet.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) pictures: usize,
    pub(super) bytes: usize,
}

/// Decoders that take turns.
pub(super) struct Relay {
    track: Arc<Track>,
    threads: Vec<JoinHandle<()>>,
    control: Control,
}

/// What its decoders share.
struct Track {
    index: Arc<Index>,
    span: Span,
    runs: Vec<Range<usize>>,
    room: Room,
    /// Pictures from the next one on that are decoded even where there is no more room.
    near: usize,
    state: Mutex<State>,
    /// What is waited for has come.
    arrived: Condvar,
    /// There is room again.
    freed: Condvar,
}

#[derive(Default)]
struct State {
    /// Runs that are taken.
    taken: usize,
    /// Pictures by their numbers; `None` = who has decoded up to there cannot, and goes no further.
    ready: HashMap<usize, Option<Found>>,
    /// Bytes of them.
    held: usize,
    /// The number of the picture that is asked for next.
    next: usize,
    stopped: bool,
    warnings: Vec<String>,
}

impl Relay {
    /// For pictures of the stream of a cursor, whose decoder was to have so many threads. `None` where one decoder does it better.
    pub(super) fn start(
        own: &Cursor,
        index: &Arc<Index>,
        span: Span,
        (threads, room): (usize, Room),
        asked: &ReadOptions,
        (decoded, made): (usize, usize),
    ) -> Option<Self> {
        let runs = span.runs(index);
        let lengths: Vec<usize> = runs.iter().map(|run| run.len().div_ceil(span.step)).collect();
        let makes = made <= decoded.saturating_mul(2);
        let each = if makes { made } else { decoded }.max(1);
        // Any of them may come to hold all that is held, and the memory stays with its thread.
        let share = |size: usize| Room { bytes: room.bytes / size, ..room };
        let held = |size: usize| room.pictures.min(share(size).bytes / each);
        let most = if own.can_be_doubled() { threads.min(runs.len()).min(MOST) } else { 1 };
        let size = (2..=most).rev().find(|size| are_busy(*size, &lengths, held(*size)))?;
        let near = (held(size) / 4).min(NEAR);
        // More than whole runs of the others is of no use, and memory that was never touched costs time.
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let room = Room { pictures: room.pictures.min(longest * (size - 1)), ..share(size) };
        let threads = u32::try_from(threads / size).unwrap_or(1);
        let mut asked = asked.clone();
        asked.options.threads = threads;
        let state = Mutex::new(State { next: span.first, ..State::default() });
        let (arrived, freed) = (Condvar::new(), Condvar::new());
        let track = Arc::new(Track { index: Arc::clone(index), span, runs, room, near, state, arrived, freed });
        let mut this = Self { track, threads: Vec::new(), control: own.control() };
        for _ in 0..size {
            let Some(twin) = own.twin(threads) else { break };
            let (track, log) = (Arc::clone(&this.track), own.log());
            let asked = makes.then(|| asked.clone());
            let work = move || {
                let _log_here = log.enter();
                Runner::Waiting(Box::new(twin)).run(&track, asked.as_ref());
            };
            // Fewer do it too.
            let Ok(thread) = thread::Builder::new().name("transcode-ahead".to_owned()).spawn(work) else { break };
            this.threads.push(thread);
        }
        (!this.threads.is_empty()).then_some(this)
    }

    /// The number of the picture that it gives next.
    pub(super) fn next(&self) -> usize {
        self.track.lock().next
    }

    /// Whether it has given all.
    pub(super) fn is_over(&self) -> bool {
        self.track.runs.last().is_none_or(|run| self.next() >= run.end)
    }

    /// The next picture; `None` where its decoder cannot decode it: another one may find out why.
    pub(super) fn take(&mut self) -> Result<Option<Found>> {
        let mut state = self.track.lock();
        let number = state.next;
        let found = loop {
            let are_gone = self.threads.iter().all(JoinHandle::is_finished);
            if let Some(found) = state.ready.remove(&number) {
                break found;
            }
            if self.control.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "the reader was stopped"));
            }
            if are_gone {
                break None;
            }
            state = self.track.arrived.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.held -= found.as_ref().map_or(0, Found::memory);
        state.next = number.saturating_add(self.track.span.step);
        drop(state);
        self.track.freed.notify_all();
        Ok(found)
    }

    /// What its decoders found damaged or odd since the last call.
    pub(super) fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.track.lock().warnings)
    }

    /// Stops it, and gives what it had still to tell.
    pub(super) fn end(mut self) -> Vec<String> {
        self.stop();
        self.warnings()
    }

    fn stop(&mut self) {
        self.track.lock().stopped = true;
        self.track.freed.notify_all();
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether so many decoders are kept busy where so many pictures may be held.
///
/// Of `n` decoders that begin runs of `length` pictures one after the other, those behind the first have decoded half of theirs on
/// average: `length * (n - 1) / 2` pictures. Where there is room for a quarter less they wait, but little. Long runs count more, as
/// they take more time.
fn are_busy(decoders: usize, lengths: &[usize], held: usize) -> bool {
    let (sum, squares) = (lengths.iter().sum::<usize>(), lengths.iter().map(|length| length * length).sum::<usize>());
    // length * (n - 1) / 2 <= held + length / 8, where length is squares / sum.
    squares * (4 * (decoders - 1)).saturating_sub(1) <= held.saturating_mul(8).saturating_mul(sum)
}

impl Track {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next run that nobody has taken.
    fn run(&self) -> Option<Range<usize>> {
        let mut state = self.lock();
        let run = self.runs.get(state.taken).filter(|_| !state.stopped)?;
        state.taken += 1;
        Some(run.clone())
    }

    /// Waits until there is room for a picture; `false` where it is not wanted any more.
    fn has_room(&self, number: usize) -> bool {
        let mut state = self.lock();
        loop {
            let is_near = number <= state.next.saturating_add(self.near * self.span.step);
            if state.stopped {
                return false;
            }
            if is_near || (state.held < self.room.bytes && state.ready.len() < self.room.pictures) {
                return true;
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, number: usize, found: Option<Found>) {
        let mut state = self.lock();
        state.held += found.as_ref().map_or(0, Found::memory);
        state.ready.insert(number, found);
        if number == state.next {
            self.arrived.notify_one();
        }
    }
}

/// One decoder, and what makes its pictures where they are not much larger than what they are made of.
enum Runner {
    Waiting(Box<Twin>),
    Open(Box<(Hand, Option<Maker>)>),
    Gone,
}

impl Runner {
    fn run(mut self, track: &Track, asked: Option<&ReadOptions>) {
        let mut goes_on = true;
        while goes_on && let Some(run) = track.run() {
            let mut numbers = track.span.within(&run).peekable();
            while goes_on && let Some(number) = numbers.next() {
                goes_on = track.has_room(number) && {
                    let work = || self.picture(track, asked, number, numbers.peek().is_none());
                    // Who waits for it tries it with the reader's own decoder, and finds whatever is wrong again.
                    let found = catch_unwind(AssertUnwindSafe(work)).ok().and_then(Result::ok).flatten();
                    let is_good = found.is_some();
                    track.put(number, found);
                    is_good
                };
            }
        }
        self.tell(track);
    }

    fn picture(
        &mut self,
        track: &Track,
        asked: Option<&ReadOptions>,
        number: usize,
        is_last: bool,
    ) -> Result<Option<Found>> {
        let (hand, maker) = self.open(asked)?;
        let Some(decoded) = hand.look_for(&track.index, number, is_last)? else { return Ok(None) };
        Ok(Some(match maker {
            Some(maker) => Found::Made(Box::new(maker.make(Found::Decoded(decoded))?)),
            None => Found::Decoded(decoded),
        }))
    }

    fn open(&mut self, asked: Option<&ReadOptions>) -> Result<&mut (Hand, Option<Maker>)> {
        *self = match std::mem::replace(self, Self::Gone) {
            Self::Waiting(twin) => {
                let cursor = twin.open()?;
                let maker = asked.map(|asked| Maker::new(&cursor, asked, &cursor.log())).transpose()?;
                Self::Open(Box::new((Hand::new(cursor), maker)))
            }
            other => other,
        };
        match self {
            Self::Open(open) => Ok(open),
            _ => Err(Error::new(ErrorKind::Bug, "bug: a decoder that could not be opened was asked again")),
        }
    }

    /// Passes on what was found damaged.
    fn tell(&mut self, track: &Track) {
        if let Self::Open(open) = self {
            let cursor = &mut open.0.cursor;
            cursor.tell_damage();
            track.lock().warnings.extend(cursor.warnings());
        }
    }
}
