//! The boxes of a movie header, as far as edit lists need them.

/// Bytes to write over others.
#[derive(Debug, PartialEq)]
pub(super) struct Patch {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

/// Where a number of four or eight bytes stands, and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    at: usize,
    wide: bool,
    pub(super) value: u64,
}

impl Number {
    /// The change that makes it another; one that is too large becomes the largest.
    pub(super) fn with(self, value: u64) -> Patch {
        Patch { at: self.at as u64, bytes: number(value, self.wide) }
    }
}

/// An edit list.
#[derive(Clone, Copy, Debug)]
pub(super) struct EditList {
    /// Where its box begins.
    at: usize,
    wide: bool,
    entries: u32,
}

impl EditList {
    /// The changes that make it show the media from `start` on for `length`, after a pause; without a pause its entry
    /// becomes free space.
    pub(super) fn rewrite(self, pause: u64, length: u64, start: i64) -> Vec<Patch> {
        let entry = |duration: u64, start: i64| {
            let start = if self.wide { start } else { start.clamp(i32::MIN.into(), i32::MAX.into()) };
            let mut bytes = number(duration, self.wide);
            let at = start.to_be_bytes();
            bytes.extend(if self.wide { &at[..] } else { &at[4..] });
            bytes.extend([0, 1, 0, 0]);
            bytes
        };
        let mut body = Vec::new();
        let entries = if pause > 0 && self.entries == 2 { 2 } else { 1 };
        if entries == 2 {
            body.extend(entry(pause, -1));
        }
        body.extend(entry(length, start));
        let size = u32::try_from(16 + body.len()).unwrap_or(u32::MAX);
        if self.entries == 2 && entries == 1 {
            let rest = if self.wide { 20_u32 } else { 12 };
            body.extend(rest.to_be_bytes());
            body.extend(b"free");
            body.resize(body.len() + rest as usize - 8, 0);
        }
        let patch = |at: usize, bytes: Vec<u8>| Patch { at: at as u64, bytes };
        vec![
            patch(self.at, size.to_be_bytes().to_vec()),
            patch(self.at + 12, u32::to_be_bytes(entries).to_vec()),
            patch(self.at + 16, body),
        ]
    }
}

fn number(value: u64, wide: bool) -> Vec<u8> {
    if wide { value.to_be_bytes().to_vec() } else { u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes().to_vec() }
}

/// One track of a movie.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) duration: Number,
    pub(super) edits: Option<EditList>,
}

/// What a movie header says of times.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) timescale: u32,
    pub(super) duration: Number,
    pub(super) tracks: Vec<Track>,
}

/// The box that begins at `at`: its type, where its body begins and where it ends.
fn box_at(data: &[u8], at: usize) -> Option<([u8; 4], usize, usize)> {
    let (size, rest) = data.get(at..)?.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (size, head) = match u32::from_be_bytes(*size) {
        1 => (usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?, 16),
        size => (size as usize, 8),
    };
    let end = at.checked_add(size).filter(|end| size >= head && *end <= data.len())?;
    Some((*kind, at + head, end))
}

/// The boxes within a part of the data: type, where each begins, where its body does, and where it ends.
fn boxes(data: &[u8], from: usize, to: usize) -> impl Iterator<Item = ([u8; 4], usize, usize, usize)> {
    let mut at = from;
    std::iter::from_fn(move || {
        let (kind, body, end) = box_at(&data[..to], at)?;
        let begin = std::mem::replace(&mut at, end);
        Some((kind, begin, body, end))
    })
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

/// The number that stands `narrow` bytes into a box of version 0, or `wide` into one of version 1.
fn versioned(data: &[u8], body: usize, narrow: usize, wide: usize) -> Option<Number> {
    if *data.get(body)? == 1 {
        let value = u64::from_be_bytes(*data.get(body + wide..)?.first_chunk()?);
        return Some(Number { at: body + wide, wide: true, value });
    }
    Some(Number { at: body + narrow, wide: false, value: word(data, body + narrow)?.into() })
}

impl Layout {
    /// Reads a `moov` box from its first byte on.
    pub(super) fn of(movie: &[u8]) -> Option<Self> {
        let (_, body, end) = box_at(movie, 0).filter(|(kind, ..)| kind == b"moov")?;
        let mut head = None;
        let mut tracks = Vec::new();
        for (kind, _, body, end) in boxes(movie, body, end) {
            match &kind {
                b"mvhd" => {
                    let scale = if *movie.get(body)? == 1 { 20 } else { 12 };
                    head = Some((word(movie, body + scale)?, versioned(movie, body, 16, 24)?));
                }
                b"trak" => tracks.extend(track(movie, body, end)),
                _ => {}
            }
        }
        let (timescale, duration) = head?;
        Some(Self { timescale, duration, tracks })
    }
}

fn track(movie: &[u8], from: usize, to: usize) -> Option<Track> {
    let mut head = None;
    let mut edits = None;
    for (kind, _, body, end) in boxes(movie, from, to) {
        match &kind {
            b"tkhd" => {
                let id = if *movie.get(body)? == 1 { 20 } else { 12 };
                head = Some((word(movie, body + id)?, versioned(movie, body, 20, 28)?));
            }
            b"edts" => {
                let found = boxes(movie, body, end).find(|(kind, ..)| kind == b"elst");
                if let Some((_, at, body, _)) = found {
                    edits = Some(EditList { at, wide: *movie.get(body)? == 1, entries: word(movie, body + 4)? });
                }
            }
            _ => {}
        }
    }
    let (id, duration) = head?;
    let edits = edits.filter(|edits| matches!(edits.entries, 1 | 2));
    Some(Track { id, duration, edits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).expect("small");
        [&size.to_be_bytes()[..], kind, body].concat()
    }

    fn movie() -> Vec<u8> {
        let mut mvhd = vec![0; 100];
        mvhd[12..16].copy_from_slice(&1000_u32.to_be_bytes());
        mvhd[16..20].copy_from_slice(&77_u32.to_be_bytes());
        let mut tkhd = vec![0; 84];
        tkhd[15] = 1;
        let elst = [&[0; 4][..], &2_u32.to_be_bytes(), &[9; 24]].concat();
        let edts = boxed(b"edts", &boxed(b"elst", &elst));
        let trak = boxed(b"trak", &[boxed(b"tkhd", &tkhd), edts].concat());
        boxed(b"moov", &[boxed(b"mvhd", &mvhd), trak].concat())
    }

    fn patched(pause: u64) -> Vec<u8> {
        let mut movie = movie();
        let layout = Layout::of(&movie).expect("a movie");
        assert_eq!((layout.timescale, layout.duration.value, layout.tracks.len()), (1000, 77, 1));
        let edits = layout.tracks[0].edits.expect("an edit list");
        for Patch { at, bytes } in edits.rewrite(pause, 500, 1024) {
            let at = usize::try_from(at).expect("small");
            movie[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        movie
    }

    #[test]
    fn a_pause_and_the_media_are_written_in_place() {
        let movie = patched(20);
        assert_eq!(movie.len(), self::movie().len());
        let body = [&[0, 0, 0, 20][..], &[255; 4], &[0, 1, 0, 0, 0, 0, 1, 244, 0, 0, 4, 0, 0, 1, 0, 0]].concat();
        assert!(movie.ends_with(&body));
    }

    #[test]
    fn without_a_pause_its_place_is_free() {
        let movie = patched(0);
        assert_eq!(movie.len(), self::movie().len());
        let layout = Layout::of(&movie).expect("a movie");
        assert_eq!(layout.tracks[0].edits.expect("an edit list").entries, 1);
        assert!(movie.ends_with(&[0, 0, 0, 12, b'f', b'r', b'e', b'e', 0, 0, 0, 0]));
    }

    #[test]
    fn broken_boxes_are_no_layout() {
        let movie = movie();
        for end in 0..movie.len() {
            assert!(Layout::of(&movie[..end]).is_none());
        }
        assert!(Layout::of(b"\0\0\0\x08mdat").is_none());
    }
}
