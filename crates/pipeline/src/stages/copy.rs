//! Packets that are kept as they are.

use transcode_av::{MediaKind, Packet, Rational, StreamInfo, time};

use super::Lane;
use super::form::Form;
use crate::plan::CopyTrack;
use crate::stage::{Flow, Sink, Stage};

/// Most packets that are held back while the keyframe to begin at is looked for.
const MOST_HELD: usize = 4096;

/// Microseconds of lossy sound before the cut that a decoder needs, to sound as it would have without: what Opus asks
/// for, and several frames of the others.
const LEAD_IN: i64 = 100_000;

/// Copies one stream, cut at packets.
pub(crate) struct Copy {
    lane: Lane,
    base: Rational,
    kind: MediaKind,
    is_cover: bool,
    /// Sound that ends before this tick is not needed.
    earliest: i64,
    /// The time of the keyframe that the pictures begin with.
    key: Option<i64>,
    /// Pictures from a keyframe before the start on, until it is known that no later one will do.
    lead: Vec<Packet>,
    searching: bool,
    /// Pictures shown after the end, until it is known whether one before the end needs them.
    tail: Vec<Packet>,
    /// Ticks that pictures go on after the end.
    over: i64,
    form: Form,
}

impl Copy {
    pub(crate) fn new(lane: Lane, stream: &StreamInfo, copy: CopyTrack) -> Self {
        let needed = if stream.parameters.codec().is_lossless_only() { 0 } else { LEAD_IN };
        let earliest = if lane.hides { -needed.max(lane.lead_in) } else { 0 };
        Self {
            base: stream.time_base,
            kind: stream.parameters.kind(),
            is_cover: stream.is_cover(),
            earliest: time::rescale(earliest, Rational::MICROS, stream.time_base),
            key: None,
            lead: Vec::new(),
            searching: lane.cuts_start && lane.hides,
            tail: Vec::new(),
            over: 0,
            form: Form::new(lane.clone(), copy),
            lane,
        }
    }

    /// The tick after which nothing is taken.
    fn end(&self) -> Option<i64> {
        self.lane.length.map(|length| time::rescale(length, Rational::MICROS, self.base))
    }

    /// A picture: kept from a keyframe on, and as far as pictures before the end need it.
    fn picture(&mut self, packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        let first = packet.dts().or(packet.pts()).unwrap_or(0);
        let shown = packet.pts().unwrap_or(first);
        if self.lane.is_after(first, self.base) {
            return Ok(());
        }
        let begins = packet.is_key() && (if self.searching { shown <= 0 } else { self.key.is_none() });
        if begins && (self.searching || !self.lane.is_before(shown)) {
            self.key = Some(shown);
            self.lead.clear();
        }
        // What is shown before its keyframe leans on what was cut. Hidden it does no harm, and a decoder misses it less.
        let Some(key) = self.key.or_else(|| packet.is_key().then_some(shown)) else { return Ok(()) };
        let hidden = self.lane.hides && self.lane.is_before(shown);
        if self.lane.cuts_start && shown < key && !hidden || !self.searching && self.key.is_none() {
            return Ok(());
        }
        if !self.searching {
            return self.until_end(packet, out);
        }
        self.key = Some(key);
        self.lead.push(packet);
        // Nothing that is decoded later is shown earlier than that.
        if first > 0 || self.lead.len() > MOST_HELD { self.release(out) } else { Ok(()) }
    }

    fn release(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        self.searching = false;
        for packet in std::mem::take(&mut self.lead) {
            self.until_end(packet, out)?;
        }
        Ok(())
    }

    /// Holds a picture back that is shown after the end, until one before the end follows, which may need it.
    fn until_end(&mut self, packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        let shown = packet.pts().or(packet.dts()).unwrap_or(0);
        let end = self.end().unwrap_or(i64::MAX);
        if shown >= end {
            self.tail.push(packet);
            return Ok(());
        }
        for needed in std::mem::take(&mut self.tail) {
            let until = needed.pts().or(needed.dts()).unwrap_or(0) + needed.duration();
            self.over = self.over.max(until - end);
            self.form.put(needed, out)?;
        }
        self.form.put(packet, out)
    }

    fn sound(&mut self, mut packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        let at = packet.pts().or(packet.dts()).unwrap_or(0);
        let until = at + packet.duration();
        if self.lane.is_after(at, self.base) {
            return Ok(());
        }
        // Where nothing can be hidden, sound begins with the first whole packet.
        let early = if self.lane.hides { until <= self.earliest } else { at < 0 };
        if self.lane.cuts_start && early {
            return Ok(());
        }
        if let Some(end) = self.end().filter(|end| self.lane.hides && until > *end) {
            packet.set_duration(end - at);
        }
        self.form.put(packet, out)
    }

    /// Subtitles and data: what is under way at the start begins with it.
    fn event(&mut self, mut packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        let at = packet.pts().or(packet.dts()).unwrap_or(0);
        let held = if self.kind == MediaKind::Subtitle { (packet.duration() - 1).max(0) } else { 0 };
        if self.lane.is_after(at, self.base) || self.lane.is_before(at + held) {
            return Ok(());
        }
        if self.lane.is_before(at) {
            packet.set_times(Some(0), Some(0));
            packet.set_duration(packet.duration() + at);
        }
        let at = at.max(0);
        if let Some(end) = self.end().filter(|end| at + packet.duration() > *end) {
            packet.set_duration(end - at);
        }
        self.form.put(packet, out)
    }
}

impl Stage for Copy {
    type In = Packet;
    type Out = Packet;

    fn push(&mut self, mut packet: Packet, out: &mut dyn Sink<Packet>) -> Flow {
        self.lane.shared.check()?;
        if self.is_cover {
            // A picture without a time of its own.
            packet.set_times(Some(0), Some(0));
            return self.form.put(packet, out);
        }
        match self.kind {
            MediaKind::Video => self.picture(packet, out),
            MediaKind::Audio => self.sound(packet, out),
            _ => self.event(packet, out),
        }
    }

    fn finish(&mut self, out: &mut dyn Sink<Packet>) -> Flow {
        self.release(out)?;
        self.form.finish(out)?;
        if self.over > 0 && !self.lane.hides {
            let (stream, over) = (self.lane.input, self.base.seconds(self.over));
            self.lane.shared.warn(format!(
                "stream {stream}: ends {over:.3} s later than asked: a picture before the end needs one after it, \
                 which this container cannot hide"
            ));
        }
        Ok(())
    }
}
