//! Readers that are asked for pictures in their order: once that is worth it, several decoders work ahead.

use std::sync::Arc;

use super::cursor::Cursor;
use super::index::Index;
use super::maker::{Found, Maker};
use super::relay::{Relay, Room, Span};
use super::scout::Scout;
use super::video::ReadOptions;
use crate::error::Result;

/// Pictures in a row after which more are likely to be asked for, by somebody who does not say so.
const IN_A_ROW: usize = 32;

/// What is read ahead of one reader.
pub(super) struct Forward {
    asked: ReadOptions,
    /// Bytes of a picture as it is decoded, and of what it becomes.
    bytes: (usize, usize),
    threads: usize,
    room: Room,
    /// Pictures that were asked for one after the other.
    in_a_row: usize,
    scout: Option<Scout>,
    relay: Option<Relay>,
    /// The end and the step of pictures that one decoder is better for.
    declined: Option<(usize, usize)>,
    /// What relays that have ended had to tell.
    warnings: Vec<String>,
}

impl Forward {
    /// For a reader that may use so many threads and so much room.
    pub(super) fn new(asked: &ReadOptions, maker: &Maker, threads: usize, room: Room) -> Self {
        Self {
            asked: asked.clone(),
            bytes: maker.bytes(),
            threads,
            room,
            in_a_row: 0,
            scout: None,
            relay: None,
            declined: None,
            warnings: Vec::new(),
        }
    }

    /// Notes that a picture is asked for. `is_next`: it is the one behind the last.
    pub(super) fn note(&mut self, is_next: bool) {
        self.in_a_row = if is_next { self.in_a_row + 1 } else { 0 };
        if !is_next {
            self.declined = None;
        }
    }

    /// Whether it is worth to look for more to do: there are decoders for it, but none is at work.
    pub(super) fn is_likely(&self, own: &Cursor) -> bool {
        self.in_a_row >= IN_A_ROW && self.threads > 1 && self.relay.is_none() && own.can_be_doubled()
    }

    /// An index of the stream, once a scout has read one; the first call sends it.
    pub(super) fn scout(&mut self, own: &Cursor) -> Result<Option<Index>> {
        if self.scout.is_none() {
            self.scout = Scout::start(own)?;
        }
        Ok(self.scout.as_ref().and_then(Scout::found))
    }

    /// The same, waiting for a scout that is under way.
    pub(super) fn scouted(&mut self) -> Option<Index> {
        self.scout.take().and_then(Scout::wait)
    }

    /// Whether the picture is the next that comes from the other decoders.
    pub(super) fn gives(&self, number: usize) -> bool {
        self.relay.as_ref().is_some_and(|relay| relay.next() == number)
    }

    /// Whether the other decoders have begun before it, or with it.
    pub(super) fn covers(&self, number: usize) -> bool {
        self.relay.as_ref().is_some_and(|relay| relay.first() <= number)
    }

    /// Lets several decoders work at these pictures.
    pub(super) fn begin(&mut self, own: &Cursor, index: &Arc<Index>, span: Span) -> Result<()> {
        let kind = (span.end, span.step);
        if self.threads < 2 || self.declined == Some(kind) {
            return Ok(());
        }
        self.end();
        self.relay = Relay::start(own, index, span, (self.threads, self.room), &self.asked, self.bytes)?;
        self.declined = self.relay.is_none().then_some(kind);
        Ok(())
    }

    /// The picture, where it is the next that comes from the other decoders. Where one is asked for that they do not give, or
    /// that does not come of its packet, they end. `comes`: the reader's own decoder has still to come to where they begin.
    pub(super) fn take(&mut self, number: usize, comes: bool) -> Result<Option<Found>> {
        let Some(relay) = self.relay.as_mut() else { return Ok(None) };
        let found = if relay.next() == number { relay.take() } else { Ok(None) };
        if !matches!(found, Ok(Some(_))) && !comes || relay.is_over() {
            self.end();
        }
        found
    }

    /// Ends what the other decoders do.
    pub(super) fn end(&mut self) {
        if let Some(relay) = self.relay.take() {
            self.warnings.extend(relay.end());
        }
    }

    /// What they found damaged or odd since the last call.
    pub(super) fn warnings(&mut self) -> Vec<String> {
        let told = std::mem::take(&mut self.warnings);
        told.into_iter().chain(self.relay.iter().flat_map(Relay::warnings)).collect()
    }
}
