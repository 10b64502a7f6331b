//! A look at the first packets of streams that may be copied: some cannot be, and only their packets tell.

use transcode_av::{Demuxer, MediaKind, Packet, StreamInfo};

use crate::options::Options;

/// Packets of a stream that are looked at: more than any order of pictures holds back.
const MOST_OF_ONE: usize = 24;

/// Packets of all streams, and their bytes.
const MOST_PACKETS: usize = 1000;
const MOST_BYTES: usize = 16 << 20;

pub(super) const UNTIMED: &str = "its packets do not say when they are shown";
const WITHOUT_KEY: &str = "it has no keyframe to begin at";

/// What is looked for in the packets of a stream.
struct Look {
    index: usize,
    /// Whether pictures come in another order than they are shown.
    reorders: bool,
    seen: usize,
    found_key: bool,
    untimed: bool,
}

impl Look {
    fn new(stream: &StreamInfo) -> Self {
        let reorders = stream.parameters.video_delay() > 0;
        Self { index: stream.index, reorders, seen: 0, found_key: false, untimed: false }
    }

    fn at(&mut self, packet: &Packet) {
        self.seen += 1;
        self.found_key |= packet.is_key();
        self.untimed |= self.reorders && packet.pts().is_none();
    }

    fn has_enough(&self) -> bool {
        self.found_key && (self.untimed || self.seen >= if self.reorders { MOST_OF_ONE } else { 1 })
    }

    /// Why it is not copied; `at_end`: all of its packets were seen.
    fn verdict(&self, at_end: bool) -> Option<&'static str> {
        let is_without_key = at_end && self.seen > 0 && !self.found_key;
        if self.untimed { Some(UNTIMED) } else { is_without_key.then_some(WITHOUT_KEY) }
    }
}

/// Which streams cannot be copied as they are, and why.
pub(super) fn find<'a>(
    demuxer: &mut Demuxer,
    streams: impl Iterator<Item = &'a StreamInfo>,
    options: &Options,
) -> Vec<(usize, &'static str)> {
    if !matches!(options.video_codec.as_deref(), Some("auto" | "copy")) {
        return Vec::new();
    }
    let pictures = streams.filter(|s| s.parameters.kind() == MediaKind::Video && !s.is_cover());
    let mut looks: Vec<Look> = pictures.map(Look::new).collect();
    let (mut read, mut bytes, mut at_end) = (Vec::new(), 0, false);
    while !looks.iter().all(Look::has_enough) && read.len() < MOST_PACKETS && bytes < MOST_BYTES {
        // Whatever is wrong with the input shows again, and is reported, when the job reads it.
        let Ok(Some(packet)) = demuxer.read() else {
            at_end = true;
            break;
        };
        bytes += packet.size();
        if let Some(look) = looks.iter_mut().find(|look| look.index == packet.stream_index()) {
            look.at(&packet);
        }
        read.push(packet);
    }
    demuxer.unread(read);
    looks.iter().filter_map(|look| look.verdict(at_end).map(|why| (look.index, why))).collect()
}
