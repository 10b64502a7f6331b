//! Sizes and crops.

use serde_json::{Value, json};

use super::Kind;
use super::form::{Form, WRONG_TYPE, Wrong};
use super::number::Whole;

/// The longest side that JPEG, VP8, VP9 and AV1 can write, rounded down to one figure for all.
pub(super) const LONGEST: u32 = 65_535;

type Side = Whole<1, LONGEST>;
type Offset = Whole<0, LONGEST>;

/// The size of a picture; a side that is not given follows from the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
}

/// A part of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Crop {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pixels left of it and above it; `None`: the part in the middle.
    pub corner: Option<(u32, u32)>,
}

/// The form of [`Size`]: two numbers, of which one may be null, or text such as `"640x360"` and `"640x"`.
pub(super) struct Resolution;

impl Form for Resolution {
    type Value = Size;
    const KIND: Kind = Kind::Size;

    fn parse(value: &Value) -> Result<Size, Wrong> {
        let wrong = |what| {
            let expected = format!("a width and a height from 1 to {LONGEST}, one of which may be left open");
            Wrong::new(what, expected, "write (640, 360) or \"640x360\", or \"640x\" to keep the shape")
        };
        let [width, height] = parts(value, 'x').map_err(wrong)?.try_into().map_err(|_| wrong("is not two numbers"))?;
        let side = |side: Value| match side {
            Value::Null => Ok(None),
            side => Side::parse(&side).map(Some).map_err(|fault| wrong(fault.what)),
        };
        let size = Size { width: side(width)?, height: side(height)? };
        if size == Size::default() { Err(wrong("has neither width nor height")) } else { Ok(size) }
    }

    fn show(value: &Size) -> Value {
        json!([value.width, value.height])
    }
}

/// The form of [`Crop`]: two or four numbers, or text such as `"640:360"` and `"640:360:0:60"`.
pub(super) struct Part;

impl Form for Part {
    type Value = Crop;
    const KIND: Kind = Kind::Crop;

    fn parse(value: &Value) -> Result<Crop, Wrong> {
        let wrong = |what| {
            let expected = format!("width and height from 1 to {LONGEST}, or width, height, left and top");
            Wrong::new(what, expected, "write (640, 360) for the middle, or (640, 360, 0, 60) or \"640:360:0:60\"")
        };
        let side = |value: &Value| Side::parse(value).map_err(|fault| wrong(fault.what));
        let offset = |value: &Value| Offset::parse(value).map_err(|fault| wrong(fault.what));
        match parts(value, ':').map_err(wrong)?.as_slice() {
            [width, height] => Ok(Crop { width: side(width)?, height: side(height)?, corner: None }),
            [width, height, left, top] => {
                Ok(Crop { width: side(width)?, height: side(height)?, corner: Some((offset(left)?, offset(top)?)) })
            }
            _ => Err(wrong("is neither two numbers nor four")),
        }
    }

    fn show(value: &Crop) -> Value {
        match value.corner {
            None => json!([value.width, value.height]),
            Some((left, top)) => json!([value.width, value.height, left, top]),
        }
    }
}

/// The items of a list, or of a text between separators, where an empty one is null.
fn parts(value: &Value, separator: char) -> Result<Vec<Value>, &'static str> {
    match value {
        Value::Array(items) => Ok(items.clone()),
        Value::String(text) => {
            let parts = text.split(|c: char| c.eq_ignore_ascii_case(&separator)).map(str::trim);
            Ok(parts.map(|part| if part.is_empty() { Value::Null } else { Value::from(part) }).collect())
        }
        _ => Err(WRONG_TYPE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_lists_and_text() {
        for (value, width, height) in [
            (json!([640, 360]), Some(640), Some(360)),
            (json!([640, null]), Some(640), None),
            (json!([null, 360.0]), None, Some(360)),
            (json!("640x360"), Some(640), Some(360)),
            (json!(" 640 X 360 "), Some(640), Some(360)),
            (json!("640x"), Some(640), None),
            (json!("x360"), None, Some(360)),
            (json!([LONGEST, 1]), Some(LONGEST), Some(1)),
        ] {
            assert_eq!(Resolution::parse(&value).expect("a size"), Size { width, height }, "{value}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for (value, what) in [
            (json!(640), WRONG_TYPE),
            (json!(true), WRONG_TYPE),
            (json!({"width": 640}), WRONG_TYPE),
            (json!([true, 360]), WRONG_TYPE),
            (json!([]), "is not two numbers"),
            (json!([640]), "is not two numbers"),
            (json!([640, 360, 1]), "is not two numbers"),
            (json!(""), "is not two numbers"),
            (json!("640:360"), "is not two numbers"),
            (json!("720p"), "is not two numbers"),
            (json!("640x360\u{0}"), "is not a number"),
            (json!("nanx360"), "is not a number"),
            (json!("x"), "has neither width nor height"),
            (json!([null, null]), "has neither width nor height"),
            (json!([640, -2]), "is out of range"),
            (json!([0, 360]), "is out of range"),
            (json!([640, 65_536]), "is out of range"),
            (json!([640, u64::MAX]), "is out of range"),
            (json!([640.5, 360]), "is not a whole number"),
        ] {
            assert_eq!(Resolution::parse(&value).expect_err("refused").what, what, "{value}");
        }
    }

    #[test]
    fn crops_are_read_from_lists_and_text() {
        let crop = |corner| Crop { width: 640, height: 360, corner };
        for (value, corner) in [
            (json!([640, 360]), None),
            (json!("640:360"), None),
            (json!([640, 360, 0, 60]), Some((0, 60))),
            (json!("640:360:0:60"), Some((0, 60))),
        ] {
            let read = Part::parse(&value).expect("a crop");
            assert_eq!(read, crop(corner), "{value}");
            assert_eq!(Part::parse(&Part::show(&read)).expect("a crop"), read);
        }
    }

    #[test]
    fn what_is_no_crop_is_refused() {
        for (value, what) in [
            (json!(640), WRONG_TYPE),
            (json!([640, null]), WRONG_TYPE),
            (json!("640:"), WRONG_TYPE),
            (json!([640]), "is neither two numbers nor four"),
            (json!([640, 360, 0]), "is neither two numbers nor four"),
            (json!(""), "is neither two numbers nor four"),
            (json!("640:360:a:0"), "is not a number"),
            (json!([640, 0]), "is out of range"),
            (json!([640, 360, -1, 0]), "is out of range"),
            (json!([640, 360, 0, 1e18]), "is out of range"),
        ] {
            assert_eq!(Part::parse(&value).expect_err("refused").what, what, "{value}");
        }
    }
}
