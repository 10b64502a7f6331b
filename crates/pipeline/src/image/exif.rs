//! TIFF's list of tags, of which image files of other kinds carry one too, as Exif.

/// The numbers of the first list of tags that are asked for here.
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const ORIENTATION: u16 = 274;

/// What the first list of tags says of its picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags {
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    /// From 1 to 8, as Exif numbers them.
    pub(super) orientation: Option<u8>,
}

/// Numbers in the order of bytes that the file has.
struct Reader<'a> {
    data: &'a [u8],
    is_big: bool,
}

impl Reader<'_> {
    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.data.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes(at)?;
        Some(if self.is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = self.bytes(at)?;
        Some(if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// The first number of a tag's value, where that is whole and short enough to stand in the list.
    fn value(&self, entry: usize) -> Option<u32> {
        match self.u16(entry + 2)? {
            3 => self.u16(entry + 8).map(u32::from),
            4 => self.u32(entry + 8),
            _ => None,
        }
    }
}

/// Reads the tags of a TIFF file, or of the same in an Exif block. What is broken says nothing.
pub(super) fn tags(data: &[u8]) -> Tags {
    read(data).unwrap_or_default()
}

fn read(data: &[u8]) -> Option<Tags> {
    let is_big = match data.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let reader = Reader { data, is_big };
    let list = usize::try_from(reader.u32(4)?).ok()?;
    let mut out = Tags::default();
    for n in 0..usize::from(reader.u16(list)?) {
        let entry = list + 2 + n * 12;
        let Some(tag) = reader.u16(entry) else { break };
        let value = reader.value(entry);
        match tag {
            WIDTH => out.width = value,
            HEIGHT => out.height = value,
            ORIENTATION => {
                out.orientation = value.and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=8).contains(n));
            }
            _ => {}
        }
    }
    Some(out)
}
