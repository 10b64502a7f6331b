//! Packets into the container.

use std::sync::Arc;

use transcode_av::{Muxer, Packet, Rational, time};

use crate::error::{Error, ErrorKind};
use crate::plan::Declared;
use crate::shared::{Shared, Tally};
use crate::stage::{Flow, Sink, Stop};

/// One stream of the output.
struct Stream {
    /// Time base in which its packets come.
    from: Rational,
    /// Time base of the container.
    to: Rational,
    /// What the container counts into the times, in ticks of both.
    padding: Option<(i64, i64)>,
    last: Option<i64>,
    moved: Tally,
    /// Index in the input, for warnings.
    input: usize,
    /// Whether to say so where not one packet comes.
    is_moving: bool,
}

/// Writes the packets of all streams.
pub(crate) struct Mux {
    shared: Arc<Shared>,
    muxer: Muxer,
    streams: Vec<Stream>,
    /// The stream whose times are the job's progress.
    leader: usize,
    allows_equal_times: bool,
}

impl Mux {
    /// `streams`: every output stream, in order.
    pub(crate) fn new(
        shared: Arc<Shared>,
        muxer: Muxer,
        streams: Vec<Declared>,
        leader: usize,
        allows_equal_times: bool,
    ) -> Self {
        let stream = |(index, declared): (usize, Declared)| Stream {
            from: declared.time_base,
            to: muxer.time_base(index),
            padding: declared.padding.map(|seconds| {
                let to = muxer.time_base(index);
                let own = if muxer.info().adds_padding() { time::rescale(1, seconds, to) } else { 0 };
                (time::rescale(1, seconds, declared.time_base), own)
            }),
            last: None,
            moved: Tally::default(),
            input: declared.input,
            is_moving: declared.is_moving,
        };
        let streams = streams.into_iter().enumerate().map(stream).collect();
        Self { shared, muxer, streams, leader, allows_equal_times }
    }

    fn fail(error: transcode_av::Error) -> Stop {
        let mut error = Error::from(error).stage("mux");
        if matches!(error.kind, ErrorKind::InvalidMedia | ErrorKind::InvalidOption) {
            error.kind = ErrorKind::Encode;
        }
        Stop::Failed(error)
    }

    /// Writes what is held back and the trailer.
    pub(crate) fn finish(mut self) -> Flow {
        self.shared.check()?;
        for stream in &mut self.streams {
            if let Some(warning) = stream.moved.report(stream.input, "packets whose time did not rise, moved on") {
                self.shared.warn(warning);
            }
            if stream.is_moving && stream.last.is_none() {
                self.shared.warn(format!("stream {}: not one packet of it could be written", stream.input));
            }
        }
        self.shared.meter.finishing();
        let finished = self.shared.counters.mux_time.time(|| self.muxer.finish());
        if self.shared.counters.written.get() == 0 && self.streams.iter().any(|stream| stream.is_moving) {
            // Some containers cannot be finished without a packet; that there was none is told better than so.
            return Ok(());
        }
        finished.map_err(Self::fail)
    }
}

impl Sink<Packet> for Mux {
    fn accept(&mut self, mut packet: Packet) -> Flow {
        self.shared.check()?;
        let index = packet.stream_index();
        let Some(stream) = self.streams.get_mut(index) else {
            return Err(Error::new(ErrorKind::Bug, "bug: a packet for a stream that the output has not").into());
        };
        // Rounded with the padding, which is what is stored, and not before.
        let (before, after) = stream.padding.unwrap_or((0, 0));
        packet.shift(before);
        packet.rescale(stream.from, stream.to);
        packet.shift(-after);
        // Containers refuse decoding times that do not rise: damaged inputs, and rounding to a coarser time base.
        if let (Some(dts), Some(last)) = (packet.dts(), stream.last) {
            let least = if self.allows_equal_times { last } else { last + 1 };
            if dts < least {
                stream.moved.add(|| format!("at {:.3} s", stream.to.seconds(dts)));
                packet.set_times(packet.pts().map(|pts| pts.max(least)), Some(least));
            }
        }
        stream.last = packet.dts().or(stream.last);
        let end = packet.pts().or(packet.dts()).map(|at| stream.to.seconds(at + packet.duration()));
        let size = packet.size() as u64;
        self.shared.counters.mux_time.time(|| self.muxer.write(packet)).map_err(Self::fail)?;
        self.shared.counters.written.add(1);
        self.shared.counters.bytes_out.add(size);
        if let Some(end) = end {
            self.shared.meter.wrote(end, index == self.leader);
        }
        self.shared.meter.tick(&self.shared.counters);
        Ok(())
    }
}
