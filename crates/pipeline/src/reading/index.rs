//! The packets of a stream, and which picture comes of which: made once, without decoding where the packets tell enough.

use transcode_av::{Packet, Rational};

use super::cursor::Cursor;
use super::entry::Entries;
use crate::error::Result;

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its times in ticks of the stream, from the beginning of the file on.
    pub(super) pts: Option<i64>,
    pub(super) dts: Option<i64>,
    pub(super) duration: i64,
    /// Where it lies in the file.
    pub(super) position: Option<u64>,
    pub(super) size: u32,
    /// Whether decoding can begin here: what is shown from its picture on is then the same as always.
    pub(super) is_entry: bool,
    /// Whether its picture is not shown.
    pub(super) is_hidden: bool,
}

impl Row {
    pub(super) fn of(packet: &Packet, is_entry: bool, is_hidden: bool) -> Self {
        Self {
            pts: packet.pts(),
            dts: packet.dts(),
            duration: packet.duration(),
            position: packet.position(),
            size: u32::try_from(packet.size()).unwrap_or(u32::MAX),
            is_entry,
            is_hidden,
        }
    }

    /// Whether it and a packet can be told apart by where they lie, or by when they are decoded.
    pub(super) fn tells_place(&self, packet: &Packet) -> bool {
        (self.position.is_some() && packet.position().is_some()) || (self.dts.is_some() && packet.dts().is_some())
    }

    /// Whether a packet as the file has it, whose times count from before the `origin`, is this one (`Some(true)`), or lies
    /// past it (`Some(false)`).
    pub(super) fn look(&self, packet: &Packet, origin: i64) -> Option<bool> {
        let same_size = packet.size() == self.size as usize;
        match (self.position, packet.position()) {
            (Some(here), Some(there)) if here == there && same_size => Some(true),
            (Some(here), Some(there)) => (there > here.saturating_add(MOST_PAST)).then_some(false),
            _ => match (self.dts, packet.dts()) {
                (Some(here), Some(there)) if here == there - origin && same_size => Some(true),
                _ => None,
            },
        }
    }
}

/// Packets of a stream lie in the order in which they are read, but for a little.
const MOST_PAST: u64 = 16 << 20;

/// All packets and pictures of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub(super) rows: Vec<Row>,
    /// The packet of each picture, in the order they are shown in.
    pub(super) pictures: Vec<u32>,
    /// When each is shown, in ticks of the stream, from the beginning of the file on.
    pub(super) times: Vec<i64>,
    /// When the last one ends.
    pub(super) end: i64,
    /// Whether everything was decoded, and not foretold by the packets.
    pub(super) is_certain: bool,
    /// The pictures that decoding can begin at, and their packets.
    entries: Vec<(u32, u32)>,
    /// The first picture that each packet is a part of.
    made: Vec<Option<u32>>,
}

impl Index {
    /// Of a stream whose packets `cursor` reads next from the first on. It has to jump afterwards.
    pub(super) fn read(cursor: &mut Cursor) -> Result<Self> {
        let mut entries = Entries::new(&cursor.stream().parameters);
        let mut rows = Vec::new();
        cursor.scan(|packet| {
            let is_hidden = packet.is_discarded() || entries.hides(packet);
            rows.push(Row::of(packet, entries.is_entry(packet), is_hidden));
        })?;
        match predicted(&rows).filter(|_| cursor.has_whole_pictures()) {
            Some(pictures) => {
                let times: Vec<i64> = pictures.iter().filter_map(|row| rows[*row as usize].pts).collect();
                Ok(Self::ended(rows, pictures, times, cursor, false))
            }
            None => Self::decoded(rows, cursor),
        }
    }

    /// Of a stream whose packets do not tell what comes of them.
    pub(super) fn decoded(rows: Vec<Row>, cursor: &mut Cursor) -> Result<Self> {
        let (mut pictures, mut times) = (Vec::new(), Vec::new());
        if cursor.jump(&rows, 0)? {
            while let Some(frame) = cursor.picture(Some(&rows))? {
                pictures.push(frame.mark().saturating_sub(1));
                times.push(frame.pts().unwrap_or(0));
            }
        }
        Ok(Self::ended(rows, pictures, times, cursor, true))
    }

    fn ended(rows: Vec<Row>, pictures: Vec<u32>, times: Vec<i64>, cursor: &Cursor, is_certain: bool) -> Self {
        let stream = cursor.stream();
        let rate = stream.average_frame_rate.or(stream.real_frame_rate);
        let step = rate.map_or(0, |rate| transcode_av::time::rescale(1, rate.invert(), stream.time_base));
        let last = pictures.last().map_or(0, |row| rows[*row as usize].duration);
        let end = times.last().map_or(0, |at| at + if last > 0 { last } else { step });
        Self::of(rows, pictures, times, end, is_certain)
    }

    pub(super) fn of(rows: Vec<Row>, pictures: Vec<u32>, times: Vec<i64>, end: i64, is_certain: bool) -> Self {
        let mut made = vec![None; rows.len()];
        let mut entries = Vec::new();
        for (picture, row) in (0..).zip(&pictures) {
            made[*row as usize].get_or_insert(picture);
            if rows[*row as usize].is_entry {
                entries.push((picture, *row));
            }
        }
        let mut last = None;
        for (made, row) in made.iter_mut().zip(&rows) {
            // What gives no picture and is not hidden goes on with the one before.
            last = made.or(last.filter(|_| !row.is_hidden));
            *made = last;
        }
        Self { rows, pictures, times, end, is_certain, entries, made }
    }

    /// The same, to be decoded from the beginning on always: how damage is concealed depends on all that came before.
    pub(super) fn without_entries(mut self) -> Self {
        self.rows.iter_mut().skip(1).for_each(|row| row.is_entry = false);
        self.entries.retain(|(_, row)| *row == 0);
        self
    }

    /// Pictures.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether there is not one.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// Seconds from the beginning of the file at which each picture is shown.
    pub fn seconds(&self, base: Rational) -> Vec<f64> {
        self.times.iter().map(|at| base.seconds(*at)).collect()
    }

    /// The pictures that decoding can begin with, in the order they are shown in.
    pub fn keyframes(&self) -> Vec<usize> {
        self.entries.iter().map(|(picture, _)| *picture as usize).collect()
    }

    /// The packet to begin at for a picture.
    pub(super) fn entry(&self, picture: usize) -> u32 {
        let packet = self.pictures[picture];
        let known = self.entries.partition_point(|(first, _)| *first as usize <= picture);
        self.entries[..known].iter().rev().find(|(_, row)| *row <= packet).map_or(0, |(_, row)| *row)
    }

    /// How many pictures before this one come of the same packet.
    pub(super) fn again(&self, picture: usize) -> u32 {
        let same = self.pictures[..picture].iter().rev().take_while(|row| **row == self.pictures[picture]);
        u32::try_from(same.count()).unwrap_or(0)
    }

    /// The first picture that a packet is a part of, where it is shown.
    pub(super) fn picture_of(&self, packet: u32) -> Option<usize> {
        self.made.get(packet as usize).copied().flatten().map(|picture| picture as usize)
    }

    /// The last packet of the picture that begins with this one: its second field may come in another one.
    pub(super) fn last_packet(&self, packet: u32) -> u32 {
        let of = |packet: u32| self.made.get(packet as usize).copied().flatten();
        (packet..).take_while(|next| of(*next) == of(packet)).last().unwrap_or(packet)
    }

    /// Whether a picture is best reached by decoding on from an earlier one.
    pub(super) fn goes_on(&self, from: usize, to: usize) -> bool {
        to < self.len() && self.entry(to) <= self.pictures[from]
    }

    /// The last picture that is shown at a moment or before it; `None` before the first.
    pub(super) fn shown_at(&self, ticks: i64) -> Option<usize> {
        // Damaged files may have times that step back.
        self.times.iter().rposition(|at| *at <= ticks)
    }
}

/// The packet of each picture in the order they are shown in, where packets tell it: each of those that are shown has a time
/// of its own, and none is shown before the first one that decoding can begin at.
fn predicted(rows: &[Row]) -> Option<Vec<u32>> {
    let mut shown: Vec<(i64, u32)> = Vec::with_capacity(rows.len());
    for (number, row) in (0..).zip(rows) {
        if !row.is_hidden {
            shown.push((row.pts?, number));
        }
    }
    let first = rows.first()?;
    if !first.is_entry {
        return None;
    }
    shown.sort_unstable();
    let distinct = shown.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let whole = shown.iter().all(|(at, _)| first.pts.is_none_or(|first| *at >= first));
    (distinct && whole).then(|| shown.into_iter().map(|(_, number)| number).collect())
}
