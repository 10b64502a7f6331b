//! What a comparison found. Plain data, named as in Python.

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

/// How much two streams of pictures differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The distorted input's path or address; `None` for data in memory and readers.
    pub a: Option<String>,
    /// The same of the reference.
    pub b: Option<String>,
    /// Pairs of frames that were measured.
    pub frames: u64,
    /// Frames of `a` that `b` has none for.
    pub unpaired_a: u64,
    /// Frames of `b` that `a` has none for.
    pub unpaired_b: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// FFmpeg's name of the format that was measured.
    pub pixel_format: String,
    /// Seconds of each measured frame from the first of `b`.
    pub times: Vec<f64>,
    /// A value a frame, by metric and plane.
    pub values: Named<Named<Decibels>>,
    /// One value for all frames, by metric and plane.
    pub pooled: Named<Named<Decibel>>,
    /// What was converted, left out or found damaged.
    pub warnings: Vec<String>,
}

/// Things by name, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A value that may be infinite, which JSON has no number for: there it is `"inf"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decibel(pub f64);

impl Serialize for Decibel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.serialize_str("inf") }
    }
}

/// Such values in a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decibels(pub Vec<f64>);

impl Serialize for Decibels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|value| out.serialize_element(&Decibel(*value)))?;
        out.end()
    }
}
