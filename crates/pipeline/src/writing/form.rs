//! How arrays of pictures are stored, by the names that callers give.

use transcode_av::{ColorInfo, PixelFormat};

use crate::error::{Error, ErrorKind, Result};

/// What an array is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Bytes, of which all values have a meaning.
    U8,
    /// Words, up to a value.
    U16 {
        /// The largest that has a meaning.
        most: u16,
    },
    /// Floats, from 0 to 1.
    F32,
}

/// How the elements of a picture lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Rows of pixels of so many elements.
    Pixels(usize),
    /// A plane for each of luma and two colour differences, which have a row for two (`true`) or for one, and a column for
    /// two or for one.
    Planes {
        /// Columns and rows are halved.
        halves: [bool; 2],
        /// The colour differences share a plane.
        shared: bool,
    },
}

/// A way to store pictures in arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayFormat {
    /// Its name.
    pub name: &'static str,
    /// What FFmpeg calls it, without the order of bytes; of floats, what they become.
    stored: &'static str,
    /// What the arrays are made of.
    pub element: Element,
    /// How that lies.
    pub shape: Shape,
}

const fn pixels(name: &'static str, stored: &'static str, element: Element, each: usize) -> ArrayFormat {
    ArrayFormat { name, stored, element, shape: Shape::Pixels(each) }
}

const fn planes(name: &'static str, element: Element, halves: [bool; 2], shared: bool) -> ArrayFormat {
    ArrayFormat { name, stored: name, element, shape: Shape::Planes { halves, shared } }
}

const WORD: Element = Element::U16 { most: u16::MAX };
const TEN_BITS: Element = Element::U16 { most: 1023 };

const FORMATS: &[ArrayFormat] = &[
    pixels("rgb24", "rgb24", Element::U8, 3),
    pixels("bgr24", "bgr24", Element::U8, 3),
    pixels("rgba", "rgba", Element::U8, 4),
    pixels("bgra", "bgra", Element::U8, 4),
    pixels("gray", "gray", Element::U8, 1),
    pixels("rgb48", "rgb48", WORD, 3),
    pixels("rgba64", "rgba64", WORD, 4),
    pixels("gray16", "gray16", WORD, 1),
    pixels("rgbf32", "rgb24", Element::F32, 3),
    pixels("rgbaf32", "rgba", Element::F32, 4),
    pixels("grayf32", "gray", Element::F32, 1),
    planes("yuv420p", Element::U8, [true, true], false),
    planes("yuv422p", Element::U8, [true, false], false),
    planes("yuv444p", Element::U8, [false, false], false),
    planes("nv12", Element::U8, [true, true], true),
    planes("yuv420p10", TEN_BITS, [true, true], false),
    planes("yuv422p10", TEN_BITS, [true, false], false),
    planes("yuv444p10", TEN_BITS, [false, false], false),
];

/// All of them.
pub fn array_formats() -> &'static [ArrayFormat] {
    FORMATS
}

impl ArrayFormat {
    /// FFmpeg's format of what is written. `deep`: floats keep 16 bits.
    pub(super) fn stored(self, deep: bool) -> Result<PixelFormat> {
        let name = match (self.element, self.stored) {
            (Element::F32, "rgb24") if deep => "rgb48",
            (Element::F32, "rgba") if deep => "rgba64",
            (Element::F32, "gray") if deep => "gray16",
            (_, name) => name,
        };
        PixelFormat::from_name(name).ok_or_else(|| {
            let message = format!("this FFmpeg has no pictures of {name}; expected another format; got {}", self.name);
            Error::new(ErrorKind::Unsupported, message)
        })
    }
}

/// Whether pictures of a pixel format have samples of more than 8 bits.
pub(super) fn is_deep(pixel_format: &str) -> bool {
    PixelFormat::from_name(pixel_format).is_some_and(|format| format.layout().depth > 8)
}

/// What the numbers of arrays mean: RGB and gray are of full range, and nobody says more.
pub(super) fn color(format: PixelFormat) -> ColorInfo {
    /// FFmpeg's number of "matrix" for red, green and blue.
    const RGB: i32 = 0;
    let is_gray = format.layout().components == 1;
    let range = if format.is_rgb() || is_gray { ColorInfo::FULL_RANGE } else { ColorInfo::UNKNOWN.range };
    let matrix = if format.is_rgb() { RGB } else { ColorInfo::UNKNOWN.matrix };
    ColorInfo { range, matrix, ..ColorInfo::UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_known_to_ffmpeg_and_stored_as_it_says() {
        for format in FORMATS {
            for deep in [false, true] {
                let planes = format.stored(deep).expect(format.name).stored(6, 4).expect(format.name);
                let elements: usize = planes.iter().map(|plane| plane.width * plane.height).sum();
                let expected = match format.shape {
                    Shape::Pixels(each) => 24 * each,
                    Shape::Planes { halves, .. } => 24 + 48 / halves.iter().fold(1, |n, half| n << usize::from(*half)),
                };
                assert_eq!(elements, expected, "{}", format.name);
                let word = matches!(format.element, Element::U16 { .. }) || (deep && format.element == Element::F32);
                assert!(planes.iter().all(|plane| plane.bytes == 1 + usize::from(word)), "{}", format.name);
            }
        }
    }
}
