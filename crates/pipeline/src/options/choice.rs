//! Choices: options that take one of a few values.

use std::marker::PhantomData;

use serde_json::Value;

use super::form::{self, Form, WRONG_TYPE, Wrong};
use super::{Kind, did_you_mean, number};

/// How the picture meets a size of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The whole picture, as large as the size holds: one side may come out shorter.
    Contain,
    /// The size filled, what stands over cut off.
    Cover,
    /// The size filled, the shape distorted.
    Stretch,
    /// The whole picture, the rest of the size filled with black.
    Pad,
}

/// How `start` and `end` are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trim {
    /// To the frame; the stream must be encoded.
    Exact,
    /// From the keyframe at or before `start`, so that a stream can be copied.
    Keyframe,
    /// To the frame, of a stream that is copied but for the groups of pictures at its edges.
    Smart,
}

/// What becomes of HDR pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hdr {
    /// They stay as they are.
    Keep,
    /// They are tone mapped for displays of standard range: BT.709.
    Sdr,
}

/// The instructions that our own kernels use. The pictures are the same with all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Simd {
    /// The best of this CPU, or what `TRANSCODE_SIMD` names.
    Auto,
    /// None beyond those of every CPU.
    Scalar,
    /// AVX2.
    Avx2,
    /// AVX-512, as of Ice Lake.
    Avx512,
    /// NEON.
    Neon,
}

/// Which frames are deinterlaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deinterlace {
    /// None.
    Never,
    /// All.
    Always,
    /// Those flagged as interlaced.
    Auto,
}

/// A clockwise rotation of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// As it is.
    Upright,
    /// 90 degrees to the right.
    Clockwise,
    /// 180 degrees.
    UpsideDown,
    /// 90 degrees to the left, which is 270 to the right.
    Counterclockwise,
}

/// A type with a word for each of its values.
pub(super) trait Choice: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

impl Choice for Fit {
    const WORDS: &'static [(&'static str, Self)] =
        &[("contain", Self::Contain), ("cover", Self::Cover), ("stretch", Self::Stretch), ("pad", Self::Pad)];
}

impl Choice for Trim {
    const WORDS: &'static [(&'static str, Self)] =
        &[("exact", Self::Exact), ("keyframe", Self::Keyframe), ("smart", Self::Smart)];
}

impl Choice for Hdr {
    const WORDS: &'static [(&'static str, Self)] = &[("keep", Self::Keep), ("sdr", Self::Sdr)];
}

impl Choice for Simd {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("scalar", Self::Scalar),
        ("avx2", Self::Avx2),
        ("avx512", Self::Avx512),
        ("neon", Self::Neon),
    ];
}

impl Simd {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, choice)| *choice == self).map_or("auto", |(word, _)| word)
    }
}

/// One of the words of a [`Choice`].
pub(super) struct OneOf<T>(PhantomData<T>);

impl<T: Choice> Form for OneOf<T> {
    type Value = T;
    const KIND: Kind = Kind::Choice;

    fn parse(value: &Value) -> Result<T, Wrong> {
        let words = || T::WORDS.iter().map(|(word, _)| *word);
        let expected = || words().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        let fix = |near: Option<String>| near.unwrap_or_else(|| "write one of these words".to_owned());
        let text = value.as_str().ok_or_else(|| Wrong::new(WRONG_TYPE, expected(), fix(None)))?;
        let choice = T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        choice.ok_or_else(|| Wrong::new("is none of its choices", expected(), fix(did_you_mean(text, words()))))
    }

    fn show(value: &T) -> Value {
        T::WORDS.iter().find(|(_, choice)| choice == value).map_or(Value::Null, |(word, _)| Value::from(*word))
    }
}

/// The form of [`Deinterlace`]: true, false or `"auto"`.
pub(super) struct Fields;

impl Form for Fields {
    type Value = Deinterlace;
    const KIND: Kind = Kind::Choice;

    fn parse(value: &Value) -> Result<Deinterlace, Wrong> {
        match form::flag(value) {
            Some(true) => Ok(Deinterlace::Always),
            Some(false) => Ok(Deinterlace::Never),
            None if value == "auto" => Ok(Deinterlace::Auto),
            None => {
                let what = if value.is_string() { "is none of its choices" } else { WRONG_TYPE };
                Err(Wrong::new(
                    what,
                    "true, false or \"auto\"",
                    "write \"auto\" for only the frames flagged as interlaced",
                ))
            }
        }
    }

    fn show(value: &Deinterlace) -> Value {
        match value {
            Deinterlace::Never => Value::Bool(false),
            Deinterlace::Always => Value::Bool(true),
            Deinterlace::Auto => Value::from("auto"),
        }
    }
}

/// The form of [`Rotation`]: degrees clockwise, in quarters.
pub(super) struct Degrees;

impl Form for Degrees {
    type Value = Rotation;
    const KIND: Kind = Kind::Integer;

    fn parse(value: &Value) -> Result<Rotation, Wrong> {
        // More than a few turns is no rotation that anyone means, and a float that large has no quarters left.
        const MOST: f64 = 3600.0;
        let wrong = |what| {
            Wrong::new(what, "0, 90, 180 or 270 degrees clockwise", "write 270 or -90 for a quarter to the left")
        };
        let degrees = number::read(value).map_err(wrong)?;
        let quarter = if degrees.abs() > MOST { None } else { number::to_u32(degrees.rem_euclid(360.0)) };
        match quarter {
            Some(0) => Ok(Rotation::Upright),
            Some(90) => Ok(Rotation::Clockwise),
            Some(180) => Ok(Rotation::UpsideDown),
            Some(270) => Ok(Rotation::Counterclockwise),
            _ => Err(wrong("is not a number of quarter turns")),
        }
    }

    fn show(value: &Rotation) -> Value {
        Value::from(match value {
            Rotation::Upright => 0,
            Rotation::Clockwise => 90,
            Rotation::UpsideDown => 180,
            Rotation::Counterclockwise => 270,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_word_that_is_no_choice_gets_the_nearest() {
        assert_eq!(OneOf::<Fit>::parse(&json!("cover")).expect("a choice"), Fit::Cover);
        let wrong = OneOf::<Fit>::parse(&json!("streched")).expect_err("refused");
        assert_eq!(wrong.expected, "\"contain\" or \"cover\" or \"stretch\" or \"pad\"");
        assert_eq!(wrong.fix, "did you mean stretch?");
        for value in [json!(1), json!(true), json!(""), json!("pad\u{0}"), json!(["pad"])] {
            assert!(OneOf::<Fit>::parse(&value).is_err(), "{value}");
        }
        let fast = OneOf::<Trim>::parse(&json!("fast")).expect_err("refused");
        assert_eq!(fast.fix, "write one of these words");
    }

    #[test]
    fn deinterlace_is_a_truth_value_or_auto() {
        for (value, choice) in [
            (json!(true), Deinterlace::Always),
            (json!("true"), Deinterlace::Always),
            (json!(false), Deinterlace::Never),
            (json!("auto"), Deinterlace::Auto),
        ] {
            assert_eq!(Fields::parse(&value).expect("a choice"), choice, "{value}");
        }
        for value in [json!(1), json!("yes"), json!(""), json!([])] {
            assert!(Fields::parse(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn rotations_are_brought_to_one_turn() {
        for (degrees, canonical) in
            [(0, 0), (90, 90), (-90, 270), (180, 180), (-180, 180), (270, 270), (450, 90), (-360, 0)]
        {
            let rotation = Degrees::parse(&json!(degrees)).expect("quarters");
            assert_eq!(Degrees::show(&rotation), json!(canonical), "{degrees}");
        }
        assert_eq!(Degrees::parse(&json!("90")).expect("quarters"), Rotation::Clockwise);
        for value in [
            json!(45),
            json!(90.5),
            json!(1e300),
            json!(-1e300),
            json!(u64::MAX),
            json!("left"),
            json!(true),
            json!("nan"),
        ] {
            assert!(Degrees::parse(&value).is_err(), "{value}");
        }
    }
}
