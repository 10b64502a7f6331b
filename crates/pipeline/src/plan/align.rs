//! Containers that begin every stream with the file and show pictures at a constant rate.

use transcode_av::{MuxerInfo, Rational, StartTimes, StreamInfo, time};

use super::Window;
use crate::options::Options;

impl Window {
    /// Moves the origin up to a frame's time back where the container tells no times, so that the first picture lies
    /// on a frame of the output: what it is late by is then whole frames, and silence in the sound.
    pub(super) fn align(&mut self, muxer: MuxerInfo, first: &StreamInfo, options: &Options) {
        let asked = options.fps.map(|fps| Rational::new(fps.num().cast_signed(), fps.den().cast_signed()));
        let rate = asked.or(first.average_frame_rate).or(first.real_frame_rate);
        let (StartTimes::Lost, false, Some(start), Some(rate)) =
            (muxer.start_times(), self.cuts_start, first.start_time, rate)
        else {
            return;
        };
        let late = time::rescale(start, first.time_base, Rational::MICROS) - self.origin;
        let frame = rate.invert();
        let over = |frames: i64| time::rescale(frames, frame, Rational::MICROS) - late;
        let frames = time::rescale(late, Rational::MICROS, frame);
        let back = if over(frames) >= 0 { over(frames) } else { over(frames + 1) };
        self.origin -= back;
        self.length = self.length.map(|length| length + back);
    }
}
