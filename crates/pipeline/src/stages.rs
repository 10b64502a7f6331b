//! The stages of a job, from the demuxer's packets to the muxer's.

mod begin;
mod convert;
mod copy;
mod decode;
mod encode;
mod filter;
mod form;
mod gapless;
mod mux;
mod parts;
mod pixels;
mod retime;
mod rgb;
mod smart;
mod sound_clock;
mod timestamps;

pub(crate) use begin::FromFirst;
pub(crate) use convert::Convert;
pub(crate) use copy::Copy;
pub(crate) use decode::Decode;
pub(crate) use encode::Encode;
pub(crate) use filter::{Built, Filter, Making};
pub(crate) use gapless::Gapless;
pub(crate) use mux::Mux;
pub(crate) use parts::{Cut, Parts, Recipe};
pub(crate) use retime::Retime;
pub(crate) use rgb::ToRgb;
pub(crate) use smart::Smart;
pub(crate) use sound_clock::Begin;
pub(crate) use timestamps::Predictor;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use transcode_av::{Rational, time};

use crate::shared::Shared;

/// What every stage of one stream knows of it.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) shared: Arc<Shared>,
    /// Index in the input.
    pub(crate) input: usize,
    /// Index in the output.
    pub(crate) output: usize,
    /// Microseconds to take; times before 0 are cut too where `cuts_start`.
    pub(crate) length: Option<i64>,
    pub(crate) cuts_start: bool,
    /// Whether players are told to show only the taken part, so that copied streams may hold more.
    pub(crate) hides: bool,
    /// Microseconds of copied streams that are kept and hidden before the taken part.
    pub(crate) lead_in: i64,
    /// Set when the stream has all it needs, so that reading can stop.
    pub(crate) done: Arc<AtomicBool>,
    /// Whether its times are the job's progress.
    pub(crate) leads: bool,
}

impl Lane {
    /// Whether a moment lies before the taken part.
    pub(crate) fn is_before(&self, ticks: i64) -> bool {
        self.cuts_start && ticks < 0
    }

    /// Whether a moment lies after the taken part; then the stream is done.
    pub(crate) fn is_after(&self, ticks: i64, base: Rational) -> bool {
        let after = self.length.is_some_and(|length| ticks >= time::rescale(length, Rational::MICROS, base));
        if after {
            self.done.store(true, Relaxed);
        }
        after
    }
}
