//! Readers that are told what they will be asked for, in its order: several decoders work ahead where that is worth it.

use std::sync::Arc;

use super::cursor::Cursor;
use super::index::Index;
use super::maker::{Found, Maker};
use super::relay::{Relay, Room, Span};
use super::video::ReadOptions;
use crate::error::Result;

/// What is read ahead of one reader.
pub(super) struct Forward {
    asked: ReadOptions,
    /// Bytes of a picture as it is decoded, and of what it becomes.
    bytes: (usize, usize),
    threads: usize,
    room: Room,
    relay: Option<Relay>,
    /// What relays that have ended had to tell.
    warnings: Vec<String>,
}

impl Forward {
    /// For a reader that may use so many threads and so much room.
    pub(super) fn new(asked: &ReadOptions, maker: &Maker, threads: usize, room: Room) -> Self {
        let (asked, bytes) = (asked.clone(), maker.bytes());
        Self { asked, bytes, threads, room, relay: None, warnings: Vec::new() }
    }

    /// Whether the picture is the next that comes from the other decoders.
    pub(super) fn gives(&self, number: usize) -> bool {
        self.relay.as_ref().is_some_and(|relay| relay.next() == number)
    }

    /// Lets several decoders work at these pictures, and at no others any more.
    pub(super) fn begin(&mut self, own: &Cursor, index: &Arc<Index>, span: Span) {
        self.end();
        if self.threads > 1 {
            self.relay = Relay::start(own, index, span, (self.threads, self.room), &self.asked, self.bytes);
        }
    }

    /// The picture, where it is the next that comes from the other decoders. Where they cannot decode it, they end.
    pub(super) fn take(&mut self, number: usize) -> Result<Option<Found>> {
        let Some(relay) = self.relay.as_mut().filter(|relay| relay.next() == number) else { return Ok(None) };
        let found = relay.take();
        if !matches!(found, Ok(Some(_))) || relay.is_over() {
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
