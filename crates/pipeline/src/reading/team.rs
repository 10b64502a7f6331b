//! Many pictures at once: groups of them are decoded side by side, each by a decoder that uses one thread.
//!
//! One decoder with several threads waits for rows of the picture before, and comes to half of two cores; two decoders at
//! different groups wait for nothing.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::cursor::{Cursor, Twin};
use super::hand::{Decoded, Hand};
use super::index::Index;
use super::maker::Found;
use crate::error::{Error, ErrorKind, Result};

/// Most decoders: each holds a few pictures.
pub(super) const MOST: usize = 8;

/// Pictures on their way to whoever takes them, for each decoder.
const ON_THE_WAY: usize = 2;

/// Decoders beside a reader's own.
pub(super) struct Team {
    hands: Vec<Hand>,
    size: usize,
}

/// A picture and where it goes, or why there is none: `None` = it does not come of its packet.
type Told = Result<Option<(Vec<usize>, Decoded)>>;

impl Team {
    /// For the stream of a cursor, whose decoder was to have so many threads.
    pub(super) fn new(cursor: &Cursor, threads: usize) -> Self {
        Self { hands: Vec::new(), size: if cursor.can_be_doubled() { threads.min(MOST) } else { 1 } }
    }

    pub(super) fn tell_damage(&mut self) {
        self.hands.iter_mut().for_each(|hand| hand.cursor.tell_damage());
    }

    /// What its decoders found damaged or odd since the last call.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.hands.iter().flat_map(|hand| hand.cursor.warnings())
    }

    /// Gives `take` the pictures whose numbers stand at the places of `order`, by rising number. `false` where that is better
    /// done by one decoder: all of them, whatever was given already.
    pub(super) fn pictures(
        &mut self,
        own: &Cursor,
        index: &Index,
        order: &[usize],
        numbers: &[usize],
        take: &mut impl FnMut(Vec<usize>, Found) -> Result<()>,
    ) -> Result<bool> {
        if order.iter().any(|place| numbers[*place] >= index.len()) {
            return Ok(false);
        }
        // Places of pictures that are decoded from the same packet on.
        let groups: Vec<&[usize]> =
            order.chunk_by(|a, b| index.entry(numbers[*a]) == index.entry(numbers[*b])).collect();
        let size = self.size.min(groups.len());
        if size < 2 {
            return Ok(false);
        }
        while self.hands.len() < size {
            let Some(Ok(cursor)) = own.twin(1).map(Twin::open) else { return Ok(false) };
            self.hands.push(Hand::new(cursor));
        }
        let next = AtomicUsize::new(0);
        let (tell, told) = crossbeam_channel::bounded::<Told>(size * ON_THE_WAY);
        thread::scope(|scope| {
            for hand in &mut self.hands[..size] {
                let (tell, next, groups) = (tell.clone(), &next, &groups);
                let log = own.log();
                let work = move || {
                    let _log_here = log.enter();
                    while let Some(group) = groups.get(next.fetch_add(1, Relaxed)) {
                        if !decode(hand, index, group, numbers, |found| tell.send(found).is_ok()) {
                            return;
                        }
                    }
                };
                let name = "transcode-read".to_owned();
                if let Err(error) = thread::Builder::new().name(name).spawn_scoped(scope, work) {
                    let message = format!(
                        "the system refused a thread; expected one for a decoder; got {error}; close some readers"
                    );
                    return Err(Error::new(ErrorKind::Io, message));
                }
            }
            drop(tell);
            // Dropped when this ends, however it does: nobody waits to tell any more.
            let told = told;
            for found in &told {
                match found? {
                    Some((places, decoded)) => take(places, Found::Decoded(decoded))?,
                    None => return Ok(false),
                }
            }
            Ok(true)
        })
    }
}

/// Tells the pictures of a group; `false` where nobody listens, or nothing more is to be told.
fn decode(
    hand: &mut Hand,
    index: &Index,
    group: &[usize],
    numbers: &[usize],
    mut tell: impl FnMut(Told) -> bool,
) -> bool {
    let mut same = group.chunk_by(|a, b| numbers[*a] == numbers[*b]).peekable();
    while let Some(places) = same.next() {
        let number = numbers[places[0]];
        let found = hand.look_for(index, number, same.peek().is_none());
        let is_good = matches!(found, Ok(Some(_)));
        if !tell(found.map(|found| found.map(|decoded| (places.to_vec(), decoded)))) || !is_good {
            return false;
        }
    }
    true
}
