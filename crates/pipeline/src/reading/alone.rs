//! One stream of an input that is read for itself, all of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use transcode_av::{Demuxer, MediaKind, Rational, StreamInfo};

use crate::plan::Window;
use crate::shared::Shared;
use crate::source::{self, Source};
use crate::speech::Speech;
use crate::stages::{Lane, Predictor};

/// What its stages share.
pub(super) fn lane(shared: &Arc<Shared>, stream: &StreamInfo) -> Lane {
    Lane {
        shared: Arc::clone(shared),
        input: stream.index,
        output: 0,
        length: None,
        cuts_start: false,
        hides: false,
        lead_in: 0,
        done: Arc::new(AtomicBool::new(false)),
        leads: true,
    }
}

/// Reads its packets.
pub(super) fn source(demuxer: Demuxer, window: Window, stream: &StreamInfo, lane: &Lane, strict: bool) -> Source {
    let flows = !stream.is_cover();
    let read = source::Stream {
        input: stream.index,
        done: Arc::clone(&lane.done),
        time_base: stream.time_base,
        is_video: stream.parameters.kind() == MediaKind::Video,
        leads: false,
        predictor: flows.then(|| Predictor::new(stream)),
        flows,
        speech: Speech::of(stream.parameters.codec()),
    };
    let promised = source::promised_end(stream).filter(|_| flows);
    Source::new(demuxer, vec![read], promised, window, strict, Arc::clone(&lane.shared))
}

/// Seconds, as far as the container tells.
pub(super) fn duration(demuxer: &Demuxer, stream: &StreamInfo) -> Option<f64> {
    let own = stream.duration.map(|ticks| stream.time_base.seconds(ticks));
    own.or_else(|| demuxer.duration().map(|micros| Rational::MICROS.seconds(micros)))
}

/// What an input has instead of the stream that is looked for.
pub(super) fn kinds(streams: &[StreamInfo]) -> String {
    let kinds: Vec<_> = streams.iter().map(|stream| stream.parameters.kind().name()).collect();
    if kinds.is_empty() { "no streams".to_owned() } else { kinds.join(", ") }
}
