//! What image files say of themselves before anything of them is decoded.

use super::ImageFormat;
use super::exif;

/// The beginning of a file, read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Width and height, as far as they were found.
    pub(super) size: Option<(u32, u32)>,
    /// How the picture is to be turned, as Exif numbers it.
    pub(super) orientation: u8,
    /// Whether pixels have an alpha that means something, where the file says so.
    pub(super) alpha: Option<bool>,
    /// Whether its colours are inks, and nothing says how they are stored.
    pub(super) has_unknown_inks: bool,
    /// Whether it moves, of which PNG holds a still picture too; not looked for in GIF.
    pub(super) is_animated: bool,
}

/// The kind of file that data is, by its first bytes.
pub(super) fn format(data: &[u8]) -> Option<ImageFormat> {
    let brands = || data.get(8..).unwrap_or_default().chunks_exact(4).take(16);
    Some(match data {
        [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ImageFormat::Png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ImageFormat::Webp,
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => ImageFormat::Tiff,
        [b'B', b'M', ..] if data.len() > 26 => ImageFormat::Bmp,
        [b'G', b'I', b'F', b'8', ..] => ImageFormat::Gif,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if brands().any(|brand| matches!(brand, b"avif" | b"avis")) => {
            ImageFormat::Avif
        }
        _ => return None,
    })
}

/// Whether it is a HEIF file of pictures other than AVIF's.
pub(super) fn is_heif(data: &[u8]) -> bool {
    let brand = data.get(8..12).unwrap_or_default();
    data.get(4..8) == Some(b"ftyp")
        && [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"].iter().any(|b| *b == brand)
}

/// Reads the header of a file of that kind. What is broken is left to the decoder to tell.
pub(super) fn read(format: ImageFormat, data: &[u8]) -> Header {
    let header = match format {
        ImageFormat::Jpeg => jpeg(data),
        ImageFormat::Png => png(data),
        ImageFormat::Webp => webp(data),
        ImageFormat::Tiff => tiff(data),
        ImageFormat::Bmp => bmp(data),
        ImageFormat::Gif => gif(data),
        // Its container tells, when that is opened.
        ImageFormat::Avif => None,
    };
    header.unwrap_or_default()
}

fn be<const N: usize>(data: &[u8], at: usize) -> Option<u32> {
    let bytes: [u8; N] = data.get(at..at.checked_add(N)?)?.try_into().ok()?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

fn le<const N: usize>(data: &[u8], at: usize) -> Option<u32> {
    let bytes: [u8; N] = data.get(at..at.checked_add(N)?)?.try_into().ok()?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

fn orientation(exif: &[u8]) -> u8 {
    exif::tags(exif).orientation.unwrap_or(1)
}

fn jpeg(data: &[u8]) -> Option<Header> {
    let mut header = Header { alpha: Some(false), ..Header::default() };
    let (mut components, mut is_adobe) = (0, false);
    let mut at = 2;
    loop {
        // Markers may be filled up with any number of these.
        while data.get(at) == Some(&0xff) {
            at += 1;
        }
        let marker = *data.get(at)?;
        let body = at + 3;
        let length = be::<2>(data, at + 1)? as usize;
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                header.size = be::<2>(data, body + 3).zip(be::<2>(data, body + 1));
                components = *data.get(body + 5)?;
            }
            0xe1 => {
                let block = data.get(body..(at + 1 + length).min(data.len()))?;
                if let Some(exif) = block.strip_prefix(b"Exif\0\0") {
                    header.orientation = orientation(exif);
                }
            }
            0xee => is_adobe |= data.get(body..)?.starts_with(b"Adobe"),
            // The picture's own data, or the end.
            0xda | 0xd9 => {
                header.has_unknown_inks = components == 4 && !is_adobe;
                return Some(header);
            }
            _ => {}
        }
        at += 1 + length;
    }
}

fn png(data: &[u8]) -> Option<Header> {
    let size = be::<4>(data, 16).zip(be::<4>(data, 20));
    let mut header = Header { size, ..Header::default() };
    let mut at: usize = 8;
    while let (Some(length), Some(kind)) = (be::<4>(data, at), data.get(at + 4..at + 8)) {
        let body = at + 8;
        let end = body.checked_add(length as usize)?;
        match kind {
            b"acTL" => header.is_animated = true,
            b"eXIf" => header.orientation = data.get(body..end).map_or(0, orientation),
            b"IEND" => break,
            _ => {}
        }
        at = end.checked_add(4)?;
    }
    Some(header)
}

fn webp(data: &[u8]) -> Option<Header> {
    let mut header = Header { alpha: Some(false), ..Header::default() };
    let mut at: usize = 12;
    while let (Some(kind), Some(length)) = (data.get(at..at + 4), le::<4>(data, at + 4)) {
        let body = at + 8;
        match kind {
            b"VP8X" => {
                let flags = *data.get(body)?;
                (header.alpha, header.is_animated) = (Some(flags & 0x10 != 0), flags & 2 != 0);
                header.size = Some((le::<3>(data, body + 4)? + 1, le::<3>(data, body + 7)? + 1));
            }
            b"VP8L" => {
                let bits = le::<4>(data, body + 1)?;
                header.size = header.size.or(Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)));
                header.alpha = Some(bits >> 28 & 1 != 0);
            }
            b"VP8 " if header.size.is_none() => {
                header.size = Some((le::<2>(data, body + 6)? & 0x3fff, le::<2>(data, body + 8)? & 0x3fff));
            }
            b"EXIF" => {
                let block = data.get(body..body.checked_add(length as usize)?)?;
                header.orientation = orientation(block.strip_prefix(b"Exif\0\0").unwrap_or(block));
            }
            _ => {}
        }
        // Chunks begin at even places.
        at = body.checked_add(length as usize)?.checked_next_multiple_of(2)?;
    }
    Some(header)
}

fn tiff(data: &[u8]) -> Option<Header> {
    let tags = exif::tags(data);
    let size = tags.width.zip(tags.height);
    Some(Header { size, orientation: tags.orientation.unwrap_or(1), ..Header::default() })
}

fn bmp(data: &[u8]) -> Option<Header> {
    // The oldest form counts in words; a negative height stands for rows from the top.
    let size = match le::<4>(data, 14)? {
        12 => le::<2>(data, 18).zip(le::<2>(data, 20)),
        _ => le::<4>(data, 18).zip(le::<4>(data, 22).map(|height| height.cast_signed().unsigned_abs())),
    };
    Some(Header { size, ..Header::default() })
}

fn gif(data: &[u8]) -> Option<Header> {
    Some(Header { size: le::<2>(data, 6).zip(le::<2>(data, 8)), ..Header::default() })
}
