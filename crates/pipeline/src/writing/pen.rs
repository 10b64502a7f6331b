//! The caller's end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Release};
use std::time::Duration;

use transcode_av::{Blocks, Packet};

use super::clock::Clock;
use super::{PICTURES, SOUND, Sound};
use crate::error::{Error, ErrorKind};
use crate::queue::Tx;
use crate::stage::Stop;

/// Writes pictures and sound. Dropped without [`finish`](Self::finish), it stops the job.
#[derive(Debug)]
pub struct Pen {
    tx: Tx<Packet>,
    ended: Arc<AtomicBool>,
    blocks: Blocks,
    clock: Clock,
    sound: Option<Sound>,
    /// Samples that were taken.
    samples: i64,
}

/// A copy of a picture, or of some sound, that is not in the queue yet.
#[derive(Debug)]
pub struct Sheet(Packet);

/// What became of a [`Sheet`].
#[derive(Debug)]
pub enum Offered {
    /// It is in the queue.
    Taken,
    /// There was no room for it.
    Full(Sheet),
    /// The job has ended: nobody will take it any more.
    Ended,
}

impl Pen {
    pub(super) fn new(
        tx: Tx<Packet>,
        ended: Arc<AtomicBool>,
        blocks: Blocks,
        clock: Clock,
        sound: Option<Sound>,
    ) -> Self {
        Self { tx, ended, blocks, clock, sound, samples: 0 }
    }

    /// A picture, shown at `seconds` or, where pictures follow each other at a rate, at its turn. `fill` copies it: all
    /// its samples, plane after plane, row after row, without gaps.
    ///
    /// # Errors
    /// The time does not fit, memory ran out, or what `fill` says.
    pub fn picture<E: From<Error>>(
        &self,
        seconds: Option<f64>,
        fill: impl FnOnce(&mut [u8]) -> std::result::Result<(), E>,
    ) -> std::result::Result<Sheet, E> {
        let moment = self.clock.next(seconds)?;
        let mut packet = self.blocks.make().map_err(Error::from)?;
        fill(packet.data_mut().ok_or_else(not_ours)?)?;
        packet.set_stream_index(PICTURES);
        packet.set_times(Some(moment.at), Some(moment.at));
        packet.set_duration(moment.duration);
        Ok(Sheet(packet))
    }

    /// Some sound, which follows what was written of it before. `fill` copies it: the channels of each sample after each
    /// other.
    ///
    /// # Errors
    /// No sound was declared, memory ran out, or what `fill` says.
    pub fn sound<E: From<Error>>(
        &self,
        samples: usize,
        fill: impl FnOnce(&mut [u8]) -> std::result::Result<(), E>,
    ) -> std::result::Result<Sheet, E> {
        let Some(Sound { channels, floats, .. }) = self.sound else {
            return Err(Error::new(ErrorKind::Bug, "bug: sound came where none was declared").into());
        };
        let size = samples * channels as usize * if floats { 4 } else { 2 };
        let mut packet = Packet::blank(size).map_err(Error::from)?;
        fill(packet.data_mut().ok_or_else(not_ours)?)?;
        packet.set_stream_index(SOUND);
        packet.set_times(Some(self.samples), Some(self.samples));
        packet.set_duration(i64::try_from(samples).unwrap_or(i64::MAX));
        Ok(Sheet(packet))
    }

    /// Puts a sheet of this pen in the queue, which must be the last one that it made, and waits so long for room.
    pub fn offer(&mut self, Sheet(packet): Sheet, patience: Duration) -> Offered {
        let (index, at, duration) = (packet.stream_index(), packet.pts().unwrap_or(0), packet.duration());
        match self.tx.offer(packet, patience) {
            Ok(None) if index == PICTURES => self.clock.took(at),
            Ok(None) => self.samples = at.saturating_add(duration),
            Ok(Some(packet)) => return Offered::Full(Sheet(packet)),
            Err(Stop::HungUp | Stop::Failed(_)) => return Offered::Ended,
        }
        Offered::Taken
    }

    /// Says that no more comes: the job takes what waits, and ends.
    pub fn finish(self) {
        self.ended.store(true, Release);
    }
}

fn not_ours() -> Error {
    Error::new(ErrorKind::Bug, "bug: a fresh packet is shared")
}
