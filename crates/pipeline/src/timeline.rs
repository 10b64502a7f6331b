//! Times of a transport stream made one line: where they wrap or jump, what follows is moved to where it belongs.

use transcode_av::{Demuxer, Rational, time};

/// A step of more than this forwards is no pause of the programme but another clock, in microseconds: the `ffmpeg`
/// command's `dts_delta_threshold`.
const LONGEST_PAUSE: i64 = 10_000_000;

/// A step of more than this backwards is another clock; a smaller one is disorder.
const DISORDER: i64 = 100_000;

/// Clocks that are kept: streams cross a jump one after the other, and damage makes more of them.
const MOST_CLOCKS: usize = 8;

/// The largest transport stream in which a moment is looked for from the beginning on, in bytes: a few seconds' reading.
const MOST_WALKED: u64 = 4 << 30;

/// Whether a moment of the line is found by reading from the beginning: the times of a transport stream do not tell
/// where in the file they are, as they may jump on the way there.
pub(crate) fn is_walked(demuxer: &mut Demuxer) -> bool {
    let jumps = demuxer.timestamps_may_jump() && matches!(demuxer.format().as_str(), "mpegts" | "mpeg");
    jumps && demuxer.is_at_hand() && demuxer.size().is_some_and(|size| size <= MOST_WALKED)
}

/// One stream's place on the line.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// What is added to its times, in microseconds.
    offset: i64,
    /// Where it goes on, on the line.
    next: Option<i64>,
}

/// The line of all streams of a file. A jump is seen first in one stream; the others, which cross it a little later,
/// are moved by the same, so that sound and picture stay as far apart as they were made.
#[derive(Debug)]
pub(crate) struct Timeline {
    places: Vec<Place>,
    /// What was added after each jump, the newest last.
    offsets: Vec<i64>,
    /// Ticks after which clocks begin again, in microseconds.
    wrap: i64,
    /// Where the newest packet of any stream is.
    newest: Option<i64>,
    jumps: u64,
    /// The first jump: where on the line it is, and by how much the times moved.
    first: Option<(i64, i64)>,
}

impl Timeline {
    pub(crate) fn new(streams: usize) -> Self {
        // 33 bits of a clock of 90 kHz.
        let wrap = time::rescale(1 << 33, Rational::new(1, 90_000), Rational::MICROS);
        let places = vec![Place::default(); streams];
        Self { places, offsets: vec![0], wrap, newest: None, jumps: 0, first: None }
    }

    /// Begins anew, for a file that is read from another place on.
    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.places.len());
    }

    /// What to add to the times of a packet of a stream that is decoded at `at` and lasts `duration`, all in
    /// microseconds.
    pub(crate) fn offset(&mut self, stream: usize, at: i64, duration: i64) -> i64 {
        let place = self.places[stream];
        let expected = place.next.or(self.newest);
        let goes_on = |offset: i64| {
            expected.is_none_or(|expected| (-DISORDER..=LONGEST_PAUSE).contains(&(at + offset - expected)))
        };
        // A stream that begins need not begin after the others.
        let begins = |offset: i64| {
            place.next.is_none() && expected.is_none_or(|expected| (at + offset - expected).abs() <= LONGEST_PAUSE)
        };
        let mut offset = place.offset;
        if !goes_on(offset) && !begins(offset) {
            let known = self.offsets.iter().rev().copied().find(|offset| goes_on(*offset) || begins(*offset));
            offset = known.unwrap_or_else(|| self.jump(at, expected.unwrap_or(at), offset));
        }
        let end = at + offset + duration;
        let next = place.next.filter(|_| offset == place.offset).map_or(end, |next| next.max(end));
        self.places[stream] = Place { offset, next: Some(next) };
        self.newest = Some(at + offset);
        offset
    }

    /// The offset after a jump that no other stream has crossed yet.
    fn jump(&mut self, at: i64, expected: i64, before: i64) -> i64 {
        // A clock that has come round is moved by just that, and nothing is lost.
        let wrapped = before + self.wrap;
        let offset = if (at + wrapped - expected).abs() <= LONGEST_PAUSE { wrapped } else { expected - at };
        self.jumps += 1;
        self.first.get_or_insert((expected, at + before - expected));
        if self.offsets.len() == MOST_CLOCKS {
            self.offsets.remove(0);
        }
        self.offsets.push(offset);
        offset
    }

    /// What was done, in words; positions count from `origin`.
    pub(crate) fn report(&mut self, origin: i64) -> Option<String> {
        let (at, by) = self.first.take()?;
        let [at, by] = [at - origin, by].map(|micros| Rational::MICROS.seconds(micros));
        Some(format!(
            "the input's timestamps jump or begin again; what follows was moved to where it goes on: {} (first at \
             {at:.3} s, by {by:+.3} s)",
            self.jumps
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = 40_000;
    const WRAP: i64 = 95_443_717_689;

    /// The places of packets of stream 0 on the line.
    fn line(times: &[i64]) -> Vec<i64> {
        let mut line = Timeline::new(1);
        times.iter().map(|at| at + line.offset(0, *at, FRAME)).collect()
    }

    #[test]
    fn what_goes_on_is_left_alone() {
        assert_eq!(line(&[7, 40_007, 80_007]), [7, 40_007, 80_007]);
        // A pause, and a little disorder.
        assert_eq!(line(&[0, 9_000_000, 8_950_000, 9_040_000]), [0, 9_000_000, 8_950_000, 9_040_000]);
    }

    #[test]
    fn jumps_are_closed() {
        assert_eq!(line(&[0, 40_000, 3_600_000_000, 3_600_040_000]), [0, 40_000, 80_000, 120_000]);
        assert_eq!(line(&[5_000_000, 5_040_000, 0, 40_000]), [5_000_000, 5_040_000, 5_080_000, 5_120_000]);
    }

    #[test]
    fn a_clock_that_comes_round_loses_nothing() {
        // 30 ms late, as they were before the clock wrapped.
        assert_eq!(line(&[WRAP - FRAME, 30_000, 70_000]), [WRAP - FRAME, WRAP + 30_000, WRAP + 70_000]);
    }

    #[test]
    fn streams_cross_a_jump_together() {
        let mut line = Timeline::new(2);
        let mut at = |stream, at, duration| at + line.offset(stream, at, duration);
        assert_eq!(at(0, 1_000_000, FRAME), 1_000_000);
        assert_eq!(at(1, 990_000, 20_000), 990_000);
        // The picture jumps first; sound of before comes after it, and then sound of after.
        assert_eq!(at(0, 500_000_000, FRAME), 1_040_000);
        assert_eq!(at(1, 1_010_000, 20_000), 1_010_000);
        assert_eq!(at(1, 499_990_000, 20_000), 1_030_000);
        assert_eq!(at(0, 500_040_000, FRAME), 1_080_000);
    }

    #[test]
    fn a_stream_may_begin_late() {
        let mut line = Timeline::new(2);
        for n in 0..1000 {
            assert_eq!(line.offset(0, n * FRAME, FRAME), 0);
        }
        assert_eq!(line.offset(1, 1000 * FRAME - 700_000, FRAME), 0);
        assert_eq!(line.report(0), None);
    }
}
