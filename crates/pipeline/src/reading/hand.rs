//! A cursor that finds pictures by their numbers.

use transcode_av::Frame;

use super::cursor::{Cursor, Wanted};
use super::index::Index;
use crate::error::{Error, ErrorKind, Result};

/// A picture as it was decoded.
#[derive(Debug)]
pub struct Decoded {
    pub(super) frame: Frame,
    pub(super) number: usize,
    pub(super) pts: i64,
    pub(super) time: f64,
    pub(super) duration: f64,
    pub(super) key: bool,
}

/// One decoder at work on a stream.
pub(super) struct Hand {
    pub(super) cursor: Cursor,
    /// The number of the picture that the cursor gives next; `None` where it has to jump.
    pub(super) next: Option<usize>,
}

impl Hand {
    /// Of a cursor that nothing was read with.
    pub(super) fn new(cursor: Cursor) -> Self {
        Self { cursor, next: Some(0) }
    }

    /// A picture; `None` where it does not come of its packet. After one that `is_last` the cursor has to jump.
    pub(super) fn look_for(&mut self, index: &Index, number: usize, is_last: bool) -> Result<Option<Decoded>> {
        let found = self.frame(index, number, is_last)?;
        self.next = found.as_ref().filter(|_| !is_last).map(|_| number + 1);
        Ok(found.map(|frame| self.finished(Some(index), number, frame)))
    }

    fn frame(&mut self, index: &Index, number: usize, is_last: bool) -> Result<Option<Frame>> {
        let (packet, entry) = (index.pictures[number], index.entry(number));
        let goes_on = self.next.is_some_and(|next| number >= next) && entry <= self.cursor.place();
        let mut again = index.again(number);
        if !goes_on {
            self.next = None;
            self.jump(index, entry)?;
        } else if self.next.is_some_and(|next| next > 0 && index.pictures[next - 1] == packet) {
            again = 0;
        }
        // Where packets are not what they seem, all are decoded: how damage is concealed depends on what came before.
        let unneeded = |packet| !index.is_certain && index.picture_of(packet).is_none_or(|other| other < number);
        let ends_with = is_last.then(|| index.last_packet(packet));
        let wanted = Wanted { packet, again, ends_with, unneeded: &unneeded };
        if let Some(frame) = self.cursor.picture_of(&index.rows, &wanted)? {
            return Ok(Some(frame));
        }
        // Decoding could not begin where the packets said so.
        self.next = None;
        self.jump(index, 0)?;
        let wanted = Wanted { again: index.again(number), ends_with: None, unneeded: &|_| false, ..wanted };
        self.cursor.picture_of(&index.rows, &wanted)
    }

    fn jump(&mut self, index: &Index, packet: u32) -> Result<()> {
        if self.cursor.jump(&index.rows, packet)? {
            return Ok(());
        }
        let message = format!(
            "packet {packet} is not where the index says; expected the very file that was indexed; got another one, or one \
             that has changed; leave index out, or open the file anew"
        );
        Err(Error::new(ErrorKind::InvalidMedia, message).stage("demux"))
    }

    /// What is known of a picture, by the index where there is one.
    pub(super) fn finished(&self, index: Option<&Index>, number: usize, frame: Frame) -> Decoded {
        let base = self.cursor.stream().time_base;
        let told = frame.mark().checked_sub(1).and_then(|packet| {
            let index = index?;
            Some((*index.times.get(number)?, index.rows.get(packet as usize)?.is_entry))
        });
        let (ticks, key) = told.unwrap_or_else(|| (frame.pts().unwrap_or(0), self.cursor.began(&frame)));
        let duration = base.seconds(frame.duration().max(0));
        Decoded { frame, number, pts: ticks + self.cursor.origin(), time: base.seconds(ticks), duration, key }
    }
}
