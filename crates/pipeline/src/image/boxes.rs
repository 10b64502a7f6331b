//! What AVIF files say of their picture in boxes that FFmpeg passes over.

/// The properties that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// Quarter turns, counter-clockwise.
    turns: u8,
    /// Then rows are shown from the bottom, or columns from the right.
    mirror: Option<Mirror>,
    /// Whether a second picture is the alpha of the first.
    pub(super) has_alpha: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mirror {
    Rows,
    Columns,
}

impl Properties {
    /// How the picture is to be turned, as Exif numbers it.
    pub(super) fn orientation(self) -> u8 {
        match (self.mirror, self.turns) {
            (None, 0) => 1,
            (None, 1) => 8,
            (None, 2) => 3,
            (None, _) => 6,
            (Some(Mirror::Rows), 0) | (Some(Mirror::Columns), 2) => 4,
            (Some(Mirror::Columns), 0) | (Some(Mirror::Rows), 2) => 2,
            (Some(Mirror::Rows), 1) | (Some(Mirror::Columns), 3) => 5,
            (Some(Mirror::Rows | Mirror::Columns), _) => 7,
        }
    }
}

/// The boxes that lie one after another in `data`: their names and what is in them.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (size, rest) = self.0.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let (body, rest) = match u32::from_be_bytes(*size) as usize {
            0 => (rest, &[][..]),
            1 => {
                let (size, rest) = rest.split_first_chunk::<8>()?;
                rest.split_at_checked(usize::try_from(u64::from_be_bytes(*size)).ok()?.checked_sub(16)?)?
            }
            size => rest.split_at_checked(size.checked_sub(8)?)?,
        };
        self.0 = rest;
        Some((name, body))
    }
}

fn find<'a>(data: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes(data).find(|(own, _)| *own == name).map(|(_, body)| body)
}

/// Reads the properties of a file's items, of which the picture is taken to have all. What is broken says nothing.
pub(super) fn properties(data: &[u8]) -> Properties {
    let mut out = Properties::default();
    // The first of these boxes has a version and flags before the boxes in it.
    let list = find(data, b"meta").and_then(|meta| find(find(meta.get(4..)?, b"iprp")?, b"ipco"));
    for (name, body) in Boxes(list.unwrap_or_default()) {
        match (name, body) {
            (b"irot", [angle, ..]) => out.turns = angle & 3,
            (b"imir", [axis, ..]) => out.mirror = Some(if axis & 1 == 0 { Mirror::Rows } else { Mirror::Columns }),
            (b"auxC", kind) => out.has_alpha |= kind.windows(5).any(|word| word == b"alpha"),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).expect("it is small");
        [&size.to_be_bytes(), &name[..], body].concat()
    }

    fn file(properties: &[Vec<u8>]) -> Vec<u8> {
        let list = boxed(b"iprp", &boxed(b"ipco", &properties.concat()));
        [boxed(b"ftyp", b"avif\0\0\0\0"), boxed(b"meta", &[&[0; 4], &list[..]].concat())].concat()
    }

    #[test]
    fn properties_are_found_and_what_is_broken_says_nothing() {
        let alpha = boxed(b"auxC", b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0");
        let whole = file(&[boxed(b"irot", &[1]), alpha, boxed(b"imir", &[1])]);
        let found = properties(&whole);
        assert!(found.has_alpha);
        assert_eq!(found.orientation(), 7);
        assert_eq!(properties(&file(&[])), Properties::default());
        for end in 0..whole.len() {
            properties(&whole[..end]);
        }
        assert_eq!(properties(&[0, 0, 0, 3, b'm', b'e', b't', b'a']), Properties::default());
    }

    #[test]
    fn turns_and_mirrors_are_what_exif_numbers() {
        // The corners of a picture of two rows by their place: what a reader sees after each step.
        let turned = |[a, b, c, d]: [u8; 4]| [b, d, a, c];
        let shown = |turns: u8, mirror: Option<Mirror>| {
            let [a, b, c, d] = (0..turns).fold([0, 1, 2, 3], |corners, _| turned(corners));
            match mirror {
                None => [a, b, c, d],
                Some(Mirror::Rows) => [c, d, a, b],
                Some(Mirror::Columns) => [b, a, d, c],
            }
        };
        let exif = |orientation: u8| match orientation {
            1 => [0, 1, 2, 3],
            2 => [1, 0, 3, 2],
            3 => [3, 2, 1, 0],
            4 => [2, 3, 0, 1],
            5 => [0, 2, 1, 3],
            6 => [2, 0, 3, 1],
            7 => [3, 1, 2, 0],
            _ => [1, 3, 0, 2],
        };
        for turns in 0..4 {
            for mirror in [None, Some(Mirror::Rows), Some(Mirror::Columns)] {
                let properties = Properties { turns, mirror, has_alpha: false };
                assert_eq!(exif(properties.orientation()), shown(turns, mirror), "{properties:?}");
            }
        }
    }
}
