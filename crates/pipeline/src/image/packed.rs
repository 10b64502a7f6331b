//! Orders of samples of which all of a pixel lie together.

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{FilterGraph, Frame, LogRing, Output, PixelFormat, Rational};

use super::bug;
use crate::error::{Error, Result};

/// FFmpeg's names of those that pictures in memory have, by their channels, and whether they have 16 bits.
const NAMES: [[&str; 4]; 2] = [["gray", "ya8", "rgb24", "rgba"], ["gray16", "ya16", "rgb48", "rgba64"]];

/// The name for 1 to 4 channels.
pub(super) fn name(channels: usize, deep: bool) -> &'static str {
    NAMES[usize::from(deep)][channels - 1]
}

/// The channels of pictures in memory that are stored so, and whether they have 16 bits.
pub(super) fn order(format: PixelFormat) -> Option<(usize, bool)> {
    let known = [false, true].into_iter().flat_map(|deep| (1..=4).map(move |channels| (channels, deep)));
    known.into_iter().find(|(channels, deep)| PixelFormat::from_name(name(*channels, *deep)) == Some(format))
}

/// What FFmpeg's filters make of one picture.
pub(super) fn filtered(frame: Frame, filters: &str, log: &Arc<LogRing>) -> Result<Frame> {
    let input = FilterInput::of(&frame).ok_or_else(|| bug("a picture without a format"))?;
    let failed = |error: transcode_av::Error| Error::from(error).stage("filter");
    let mut graph = FilterGraph::new(filters, &input, Rational::MICROS, None, 1, log).map_err(failed)?;
    graph.push(Some(frame)).map_err(failed)?;
    match graph.pull().map_err(failed)? {
        Output::Item(frame) => Ok(frame),
        Output::NeedsInput | Output::End => Err(bug("a conversion gave no picture")),
    }
}
