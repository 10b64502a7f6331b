//! How much of a job's work is done, from which the time left is told.
//!
//! The time left is what was used so far times what is left over what is done. Only how "done" is counted makes a
//! difference. Of 16 jobs of 5 to 21 s (x264, x265, VP9, SVT-AV1; 180 to 720 lines; whole and cut), by how many of
//! the reports after the first fifth foretold the end to 20 %, and by the middle one's error:
//!
//! | done                                              | to 20 % | median |
//! |---------------------------------------------------|---------|--------|
//! | time written, at the newest speeds                | 75 %    | 11 %   |
//! | time written                                      | 88 %    | 10 %   |
//! | time taken by the encoder                         | 93 %    | 8 %    |
//! | between those two                                 | 95 %    | 8 %    |
//! | the same, a part of it by the bytes of the input  | 96 %    | 5 %    |
//!
//! Where the container's index tells the bytes of what is to come, [`Curve`] does better than the bytes behind.
//!
//! What remains is content that costs more, or less, than all before it, and a machine that gets other work to do.

use std::collections::VecDeque;

use crate::curve::Curve;

/// How much of a frame's work is done when the encoder has taken it. Encoders look ahead by up to 60 frames before
/// they give out the first, but analyse them meanwhile.
const TAKEN: f64 = 0.65;

/// How much of the work goes by the bytes of the input and not by its time: black pictures and titles are small, and
/// quick to do.
const BY_BYTES: f64 = 0.3;

/// How much of the work goes by the index, where there is one.
const BY_INDEX: f64 = 0.5;

/// Seconds between two places that are noted.
const STEP: f64 = 0.25;

/// A moment of the output and where it lies in the bytes of the input.
#[derive(Clone, Copy, Debug)]
struct Mark {
    seconds: f64,
    byte: f64,
}

/// What is known of the leading stream's way through a job.
#[derive(Debug)]
pub(crate) struct Work {
    /// Seconds the output will have.
    duration: Option<f64>,
    /// Bytes of the input, where it is read to its end.
    size: Option<f64>,
    curve: Option<Curve>,
    /// What was read and is not written, and before it where that begins.
    marks: VecDeque<Mark>,
    /// Where the first packet lies, and the last that was read.
    first: Option<f64>,
    last: f64,
    /// Seconds the encoder has taken; `None` where nothing is encoded.
    taken: Option<f64>,
    written: f64,
}

impl Work {
    #[expect(clippy::cast_precision_loss, reason = "a share of a file's bytes, to three digits")]
    pub(crate) fn new(duration: Option<f64>, size: Option<u64>, curve: Option<Curve>) -> Self {
        let (duration, size) = (duration.filter(|d| *d > 0.0), size.map(|size| size as f64));
        Self { duration, size, curve, marks: VecDeque::new(), first: None, last: 0.0, taken: None, written: 0.0 }
    }

    /// Notes that what is shown at `seconds` was found at a byte of the input. Raw streams do not say when that is.
    #[expect(clippy::cast_precision_loss, reason = "a share of a file's bytes, to three digits")]
    pub(crate) fn read(&mut self, seconds: Option<f64>, byte: u64) {
        let byte = byte as f64;
        self.first.get_or_insert(byte);
        self.last = self.last.max(byte);
        let Some(seconds) = seconds else { return };
        if self.marks.back().is_none_or(|last| seconds >= last.seconds + STEP && byte >= last.byte) {
            self.marks.push_back(Mark { seconds, byte });
        }
    }

    /// Notes that the encoder was given what is shown at `seconds`.
    pub(crate) fn took(&mut self, seconds: f64) {
        self.taken = Some(self.taken.unwrap_or(0.0).max(seconds));
    }

    /// Notes that everything up to `seconds` was written.
    pub(crate) fn wrote(&mut self, seconds: f64) {
        self.written = self.written.max(seconds);
        while self.marks.get(1).is_some_and(|next| next.seconds <= self.written) {
            self.marks.pop_front();
        }
    }

    /// Seconds written.
    pub(crate) fn written(&self) -> f64 {
        self.written
    }

    /// The share of the output's time that is written, or of the input's bytes where the time is not known.
    pub(crate) fn written_share(&self) -> Option<f64> {
        match self.duration {
            Some(duration) => Some(self.written / duration),
            None => self.bytes_share(self.written),
        }
    }

    /// The share of the work that is done, from 0 to 1.
    pub(crate) fn share(&self) -> Option<f64> {
        let done = self.taken.map_or(self.written, |taken| TAKEN * taken + (1.0 - TAKEN) * self.written);
        let left = self.duration.filter(|duration| done < *duration);
        if let (Some(duration), Some(curve)) = (left, &self.curve) {
            return Some((1.0 - BY_INDEX) * done / duration + BY_INDEX * curve.share(done));
        }
        let share = match (left, self.bytes_share(done)) {
            (Some(duration), Some(by_bytes)) => (1.0 - BY_BYTES) * done / duration + BY_BYTES * by_bytes,
            (Some(duration), None) => done / duration,
            // Without a duration, or past one that was wrong.
            (None, by_bytes) => by_bytes?,
        };
        Some(share.clamp(0.0, 1.0))
    }

    /// The share of the input's bytes that lie before a moment that is not written yet.
    fn bytes_share(&self, seconds: f64) -> Option<f64> {
        let (size, first) = (self.size?, self.first?);
        let next = self.marks.partition_point(|mark| mark.seconds <= seconds);
        let from = self.marks.get(next.saturating_sub(1));
        let byte = match (from, self.marks.get(next)) {
            (Some(from), Some(to)) if to.seconds > from.seconds => {
                from.byte + (to.byte - from.byte) * (seconds - from.seconds) / (to.seconds - from.seconds)
            }
            (Some(from), _) => from.byte,
            (None, _) => self.last,
        };
        (size > first).then(|| (byte - first) / (size - first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-9)
    }

    #[test]
    fn without_bytes_the_time_counts_and_the_encoder_s_frames_partly() {
        let mut work = Work::new(Some(10.0), None, None);
        assert!(near(work.share(), 0.0));
        work.wrote(2.0);
        assert!(near(work.share(), 0.2));
        work.took(6.0);
        assert!(near(work.share(), 0.6 * TAKEN + 0.2 * (1.0 - TAKEN)));
        assert!(near(work.written_share(), 0.2));
    }

    #[test]
    fn cheap_content_at_the_end_makes_more_of_what_is_done() {
        let mut work = Work::new(Some(10.0), Some(1000), None);
        work.read(Some(0.0), 0);
        work.read(Some(5.0), 900);
        work.read(Some(10.0), 1000);
        work.wrote(5.0);
        assert!(near(work.share(), 0.5 * (1.0 - BY_BYTES) + 0.9 * BY_BYTES));
    }

    #[test]
    fn without_a_duration_the_bytes_count() {
        let mut work = Work::new(None, Some(1100), None);
        assert_eq!((work.share(), work.written_share()), (None, None));
        work.read(Some(0.0), 100);
        work.read(Some(4.0), 900);
        work.wrote(1.0);
        // The bytes before the first packet are nobody's work.
        assert!(near(work.share(), 0.2));
        assert!(near(work.written_share(), 0.2));
    }

    #[test]
    fn in_a_raw_stream_what_was_read_counts() {
        let mut work = Work::new(None, Some(1000), None);
        work.read(None, 0);
        work.read(None, 250);
        work.wrote(3.0);
        assert!(near(work.share(), 0.25));
    }

    #[test]
    fn past_a_wrong_duration_the_bytes_count() {
        let mut work = Work::new(Some(1.0), Some(1000), None);
        for second in 0..10_u32 {
            work.read(Some(f64::from(second)), u64::from(second) * 100);
        }
        work.wrote(5.0);
        assert!(near(work.share(), 0.5));
        let mut blind = Work::new(Some(1.0), None, None);
        blind.wrote(5.0);
        assert_eq!(blind.share(), None);
    }

    #[test]
    fn nothing_known_tells_nothing() {
        let mut work = Work::new(None, None, None);
        work.read(Some(1.0), 10);
        work.wrote(1.0);
        assert_eq!((work.share(), work.written_share()), (None, None));
    }
}
