//! The caller's end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Release};
use std::time::Duration;

use transcode_av::{Blocks, Packet};

use super::clock::Clock;
use super::form::{ArrayFormat, Element};
use super::{PICTURES, Sound, values};
use crate::error::{Error, ErrorKind, Result};
use crate::queue::Tx;
use crate::stage::Stop;

/// Writes pictures and sound. Dropped without [`finish`](Self::finish), it stops the job.
#[derive(Debug)]
pub struct Pen {
    tx: Tx<Packet>,
    ended: Arc<AtomicBool>,
    /// `None` where there are no pictures.
    paper: Option<Paper>,
    sound: Option<Sound>,
    /// Samples that were taken.
    samples: i64,
    /// What is not stored as it comes.
    scratch: Vec<u8>,
}

/// What pictures are written on.
#[derive(Debug)]
pub(super) struct Paper {
    pub(super) format: ArrayFormat,
    /// Items of a picture.
    pub(super) elements: usize,
    pub(super) blocks: Blocks,
    pub(super) clock: Clock,
}

/// A copy of a picture, or of some sound, that is not in the queue yet.
#[derive(Debug)]
pub struct Sheet {
    packet: Packet,
    is_picture: bool,
}

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
    pub(super) fn new(tx: Tx<Packet>, ended: Arc<AtomicBool>, paper: Option<Paper>, sound: Option<Sound>) -> Self {
        Self { tx, ended, paper, sound, samples: 0, scratch: Vec::new() }
    }

    /// A picture, shown at `seconds` or, where pictures follow each other at a rate, at its turn. `fill` copies it, in what
    /// its array is made of: all its items, plane after plane, row after row, without gaps.
    ///
    /// # Errors
    /// The time does not fit, a value has no meaning, or memory ran out.
    pub fn picture(&mut self, seconds: Option<f64>, fill: impl FnOnce(&mut [u8])) -> Result<Sheet> {
        let Some(Paper { format, elements, blocks, clock }) = &mut self.paper else {
            return Err(Error::new(ErrorKind::Bug, "bug: a picture for a file of sound"));
        };
        let moment = clock.next(seconds)?;
        let mut packet = blocks.make()?;
        let stored = packet.data_mut().ok_or_else(not_ours)?;
        if format.element == Element::F32 {
            self.scratch.resize(*elements * size_of::<f32>(), 0);
            fill(&mut self.scratch);
            values::quantise(&self.scratch, stored)?;
        } else {
            fill(stored);
            values::check(*format, stored)?;
        }
        packet.set_stream_index(PICTURES);
        packet.set_times(Some(moment.at), Some(moment.at));
        packet.set_duration(moment.duration);
        Ok(Sheet { packet, is_picture: true })
    }

    /// Some sound, which follows what was written of it before. `fill` copies it, in `floats` or words of 16 bits: the
    /// channels of each sample after each other.
    ///
    /// # Errors
    /// No sound was declared, or none of floats, a value is no number, or memory ran out.
    pub fn sound(&mut self, samples: usize, floats: bool, fill: impl FnOnce(&mut [u8])) -> Result<Sheet> {
        let Some(sound) = self.sound else {
            let message = "samples: expected none, since no sound was declared; got some; pass sample_rate= and \
                           channels= to the writer";
            return Err(Error::new(ErrorKind::InvalidOption, message));
        };
        let items = samples * sound.channels as usize;
        let mut packet = Packet::blank(items * if sound.floats { 4 } else { 2 })?;
        let stored = packet.data_mut().ok_or_else(not_ours)?;
        match (floats, sound.floats) {
            (false, true) => {
                self.scratch.resize(items * 2, 0);
                fill(&mut self.scratch);
                values::widen(&self.scratch, stored);
            }
            (true, true) => {
                fill(stored);
                values::check_sound(stored, sound.channels as usize, self.samples)?;
            }
            (false, false) => fill(stored),
            (true, false) => {
                let message = "samples: expected int16, as the first were; got float32; write one type throughout";
                return Err(Error::new(ErrorKind::InvalidOption, message));
            }
        }
        packet.set_stream_index(usize::from(self.paper.is_some()));
        packet.set_times(Some(self.samples), Some(self.samples));
        packet.set_duration(i64::try_from(samples).unwrap_or(i64::MAX));
        Ok(Sheet { packet, is_picture: false })
    }

    /// Puts a sheet of this pen in the queue, which must be the last one that it made, and waits so long for room.
    pub fn offer(&mut self, Sheet { packet, is_picture }: Sheet, patience: Duration) -> Offered {
        let (at, duration) = (packet.pts().unwrap_or(0), packet.duration());
        match (self.tx.offer(packet, patience), &mut self.paper) {
            (Ok(None), Some(paper)) if is_picture => paper.clock.took(at),
            (Ok(None), _) => self.samples = at.saturating_add(duration),
            (Ok(Some(packet)), _) => return Offered::Full(Sheet { packet, is_picture }),
            (Err(Stop::HungUp | Stop::Failed(_)), _) => return Offered::Ended,
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
