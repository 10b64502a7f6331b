//! An index as bytes: columns of little-endian numbers behind a header.

use super::index::{Index, Row};
use crate::error::{Error, ErrorKind, Result};

/// What every stored index begins with: a name, and the version of what follows.
const MAGIC: &[u8; 12] = b"transcode\0\0\x01";

/// In place of a time or a position that is not there.
const NONE: i64 = i64::MIN;

const ENTRY: u8 = 1;
const HIDDEN: u8 = 2;

/// What an index belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Bytes of the file; 0 = not known.
    pub(super) size: u64,
    pub(super) stream: u64,
    /// The moment that counts as 0, in ticks of the stream, and how many of them are a second: numerator and denominator.
    pub(super) begin: i64,
    pub(super) base: (i32, i32),
}

impl Origin {
    fn numbers(self) -> [i64; 5] {
        let (num, den) = self.base;
        [self.size.cast_signed(), self.stream.cast_signed(), self.begin, num.into(), den.into()]
    }
}

pub(super) fn to_bytes(index: &Index, origin: Origin) -> Vec<u8> {
    let rows = &index.rows;
    let mut out = MAGIC.to_vec();
    let counts = [rows.len() as u64, index.pictures.len() as u64].map(u64::cast_signed);
    let certain = i64::from(index.is_certain);
    let mut put = |numbers: &mut dyn Iterator<Item = i64>| numbers.for_each(|n| out.extend(n.to_le_bytes()));
    put(&mut origin.numbers().into_iter().chain(counts).chain([index.end, certain]));
    put(&mut rows.iter().map(|row| row.pts.unwrap_or(NONE)));
    put(&mut rows.iter().map(|row| row.dts.unwrap_or(NONE)));
    put(&mut rows.iter().map(|row| row.duration));
    put(&mut rows.iter().map(|row| row.position.map_or(NONE, u64::cast_signed)));
    put(&mut index.times.iter().copied());
    out.extend(rows.iter().flat_map(|row| row.size.to_le_bytes()));
    out.extend(index.pictures.iter().flat_map(|row| row.to_le_bytes()));
    out.extend(rows.iter().map(|row| if row.is_entry { ENTRY } else { 0 } | if row.is_hidden { HIDDEN } else { 0 }));
    out
}

/// The index, where the bytes are one and belong to `origin`.
pub(super) fn from_bytes(bytes: &[u8], origin: Origin) -> Result<Index> {
    let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(|| refused("no index that this version wrote"))?;
    let told = words(&mut rest, 9).ok_or_else(cut_off)?;
    if told[..5] != origin.numbers() {
        return Err(refused("the index of another file or stream"));
    }
    let count = |n: i64| usize::try_from(n).ok().filter(|count| *count <= bytes.len()).ok_or_else(cut_off);
    let (rows, pictures) = (count(told[5])?, count(told[6])?);
    let mut column = |count| words(&mut rest, count).ok_or_else(cut_off);
    let (pts, dts, durations, positions) = (column(rows)?, column(rows)?, column(rows)?, column(rows)?);
    let times = column(pictures)?;
    let sizes = halves(&mut rest, rows).ok_or_else(cut_off)?;
    let numbers = halves(&mut rest, pictures).ok_or_else(cut_off)?;
    if rest.len() != rows || numbers.iter().any(|row| *row as usize >= rows) {
        return Err(cut_off());
    }
    let known = |n: i64| Some(n).filter(|n| *n != NONE);
    let row = |(n, flags): (usize, &u8)| Row {
        pts: known(pts[n]),
        dts: known(dts[n]),
        duration: durations[n],
        position: known(positions[n]).map(i64::cast_unsigned),
        size: sizes[n],
        is_entry: flags & ENTRY != 0,
        is_hidden: flags & HIDDEN != 0,
    };
    let rows = rest.iter().enumerate().map(row).collect();
    Ok(Index::of(rows, numbers, times, told[7], told[8] != 0))
}

fn words(rest: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    let (here, after) = rest.split_at_checked(count.checked_mul(8)?)?;
    *rest = after;
    Some(here.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
}

fn halves(rest: &mut &[u8], count: usize) -> Option<Vec<u32>> {
    let (here, after) = rest.split_at_checked(count.checked_mul(4)?)?;
    *rest = after;
    Some(here.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
}

fn refused(got: &str) -> Error {
    let message =
        format!("index; expected what save_index() made of this very file; got {got}; leave index out to make it anew");
    Error::new(ErrorKind::InvalidOption, message)
}

fn cut_off() -> Error {
    refused("one that is cut off or damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin = Origin { size: 1000, stream: 0, begin: -3, base: (1, 25) };

    fn index() -> Index {
        let row = |at: i64, is_entry| Row {
            pts: Some(at),
            dts: None,
            duration: 1,
            position: u64::try_from(at).ok(),
            size: 7,
            is_entry,
            is_hidden: at == 2,
        };
        Index::of(vec![row(0, true), row(2, false), row(-1, false)], vec![0, 2], vec![0, 1], 2, true)
    }

    #[test]
    fn an_index_comes_back_as_it_was() {
        let stored = to_bytes(&index(), ORIGIN);
        assert_eq!(from_bytes(&stored, ORIGIN).expect("whole"), index());
    }

    #[test]
    fn what_is_not_whole_or_of_another_file_is_refused() {
        let stored = to_bytes(&index(), ORIGIN);
        for length in 0..stored.len() {
            assert!(from_bytes(&stored[..length], ORIGIN).is_err(), "{length}");
        }
        assert!(from_bytes(&stored, Origin { size: 1001, ..ORIGIN }).is_err());
        let mut wild = stored;
        let at = wild.len() - 3 - 8;
        wild[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
        assert!(from_bytes(&wild, ORIGIN).is_err());
    }
}
