//! The job's end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Acquire};
use std::time::Duration;

use transcode_av::Packet;

use crate::error::{Error, ErrorKind};
use crate::queue::Rx;
use crate::shared::Shared;
use crate::source::{Packets, Stream};
use crate::stage::Stop;

/// Most pictures between the caller's queue and the encoder's own.
const AHEAD: usize = 2;

/// How long a job that waits for its caller may not notice that it is to stop.
const LOOK: Duration = Duration::from_millis(20);

/// Takes what a [`Pen`](super::Pen) writes for the packets of an input.
pub(super) struct Written {
    packets: Rx<Packet>,
    /// Whether the pen was put down, where it is gone.
    ended: Arc<AtomicBool>,
    streams: Vec<Stream>,
    shared: Arc<Shared>,
}

impl Written {
    pub(super) fn new(packets: Rx<Packet>, ended: Arc<AtomicBool>, streams: Vec<Stream>, shared: Arc<Shared>) -> Self {
        Self { packets, ended, streams, shared }
    }
}

impl Packets for Written {
    fn next(&mut self) -> Result<Option<(usize, Packet)>, Stop> {
        loop {
            self.shared.check()?;
            let counters = &self.shared.counters;
            let packet = match counters.demux_time.time(|| self.packets.receive_within(LOOK)) {
                Ok(Some(packet)) => packet,
                Ok(None) => continue,
                Err(_) if self.ended.load(Acquire) => return Ok(None),
                Err(_) => {
                    let message = "the writer was left before its end; nothing was written";
                    return Err(Error::new(ErrorKind::Cancelled, message).into());
                }
            };
            let Some(way) = self.streams.iter().position(|stream| stream.input == packet.stream_index()) else {
                continue;
            };
            counters.packets.add(1);
            counters.bytes_in.add(packet.size() as u64);
            return Ok(Some((way, packet)));
        }
    }

    fn ahead(&self) -> usize {
        AHEAD
    }
}
