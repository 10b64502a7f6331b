//! Where blocks of sound lie, by their times and by how much sound there is.

use transcode_av::{Rational, time};

/// A deviation of up to this many milliseconds that is over within the next blocks is a wobble of the times, not a
/// gap or an overlap of the sound: capture programs stamp blocks when they arrive.
const WOBBLE: i64 = 50;

/// A block of sound: the sample at which it should begin, where a time says so, and how many samples it has.
pub(super) type Block = (Option<i64>, i64);

/// Counts samples and holds the count against the times.
///
/// A time in a coarse unit stands for everything that rounds to it. Each one bounds by how much the count can be
/// wrong; as long as all of them can be right together the sound simply goes on, and not a sample is touched.
/// So the count is never further from any time than one tick.
#[derive(Debug)]
pub(super) struct SoundClock {
    next: i64,
    /// How far from its time a block may be for rounding alone, in half samples.
    slack: i64,
    /// Bounds of how much the count is behind, in half samples.
    low: i64,
    high: i64,
    wobble: i64,
}

impl SoundClock {
    /// A clock at sample `next` for times in ticks of `base`.
    pub(super) fn new(next: i64, base: Rational, rate: u32) -> Self {
        let (num, den) = (i64::from(base.num) * i64::from(rate), i64::from(base.den));
        let slack = match (den % num, num % den) {
            // A sample is a whole number of ticks: nothing is rounded.
            (0, _) => 0,
            (_, 0) => num / den,
            // Ticks that are no whole samples are rounded once more here.
            _ => num / den + 2,
        };
        Self { next, slack, low: -slack, high: slack, wobble: WOBBLE * i64::from(rate) / 1000 }
    }

    /// Where the sound so far ends.
    pub(super) fn now(&self) -> i64 {
        self.next
    }

    pub(super) fn advance(&mut self, samples: i64) {
        self.next += samples;
    }

    /// Samples that are missing before the first of `blocks`, or with a minus those of it that were there already.
    /// What comes after it tells whether its time can be believed.
    pub(super) fn missing(&mut self, mut blocks: impl Iterator<Item = Block>) -> i64 {
        let Some((Some(said), samples)) = blocks.next() else { return 0 };
        let off = said - self.next;
        if self.agrees(off) {
            (self.low, self.high) = (self.low.max(2 * off - self.slack), self.high.min(2 * off + self.slack));
            return 0;
        }
        let mut least = off;
        if off.abs() <= self.wobble {
            let mut at = self.next + samples;
            let mut confirmed = false;
            for (said, samples) in blocks {
                if let Some(said) = said {
                    confirmed = true;
                    let off_then = said - at;
                    if self.agrees(off_then) || off_then.signum() != off.signum() {
                        return 0;
                    }
                    if off_then.abs() < least.abs() {
                        least = off_then;
                    }
                }
                at += samples;
            }
            // Nor can the last block's time be believed: encoders shorten it.
            if !confirmed {
                return 0;
            }
        }
        (self.low, self.high) = (-self.slack, self.slack);
        least
    }

    fn agrees(&self, off: i64) -> bool {
        2 * off - self.slack <= self.high && 2 * off + self.slack >= self.low
    }
}

/// Where the first sample of sound has to lie, so that the container can tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Anywhere.
    Anywhere,
    /// So that the encoder's first packet, which is `padding` seconds earlier, lies on a tick.
    OnTick {
        /// Seconds a tick.
        tick: Rational,
        /// Samples that the encoder puts in front, at its rate.
        padding: Rational,
    },
    /// At just this time, in seconds: the container begins every stream with the file, and the encoder's padding
    /// comes first.
    At(Rational),
}

impl Begin {
    /// The sample to begin with for sound that begins at sample `first`.
    pub(crate) fn sample(self, first: i64, rate: u32) -> i64 {
        let sample = Rational::new(1, rate.cast_signed());
        match self {
            Self::Anywhere => first,
            Self::At(seconds) => time::rescale(1, seconds, sample),
            Self::OnTick { tick, padding } => {
                let ahead = time::rescale(1, padding, sample);
                let ticks = time::rescale(first - ahead, sample, tick);
                let on = |ticks| time::rescale(ticks, tick, sample) + ahead;
                if on(ticks) <= first { on(ticks) } else { on(ticks - 1) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Rational = Rational::new(1, 1000);

    /// What is missing before each of the blocks, looking two ahead.
    fn run(clock: &mut SoundClock, blocks: &[Block]) -> Vec<i64> {
        let mut out = Vec::new();
        for at in 0..blocks.len() {
            let missing = clock.missing(blocks[at..].iter().take(3).copied());
            clock.advance(missing + blocks[at].1);
            out.push(missing);
        }
        out
    }

    #[test]
    fn rounded_times_count_on() {
        // 1024 samples at 44.1 kHz are 23.22 ms: Matroska stores 0, 23, 46, 70 ... for hours.
        let mut clock = SoundClock::new(0, MS, 44_100);
        let sample = Rational::new(1, 44_100);
        let block = |n: i64| (Some(time::rescale(time::rescale(n * 1024, sample, MS), MS, sample)), 1024);
        let blocks: Vec<Block> = (0..200_000).map(block).collect();
        assert!(run(&mut clock, &blocks).iter().all(|missing| *missing == 0));
    }

    #[test]
    fn times_that_are_cut_off_count_on_too() {
        let mut clock = SoundClock::new(0, MS, 44_100);
        let block = |n: i64| (Some(time::rescale(n * 1024 * 1000 / 44_100, MS, Rational::new(1, 44_100))), 1024);
        let blocks: Vec<Block> = (0..100_000).map(block).collect();
        assert!(run(&mut clock, &blocks).iter().all(|missing| *missing == 0));
    }

    #[test]
    fn gaps_and_overlaps_are_what_stays() {
        let base = Rational::new(1, 48_000);
        let mut clock = SoundClock::new(-1024, base, 48_000);
        let blocks =
            [(-1024, 1024), (0, 1000), (1001, 999), (2000, 500), (2500, 500), (2990, 1000), (3990, 1000), (4990, 1000)];
        let blocks = blocks.map(|(at, samples)| (Some(at), samples));
        assert_eq!(run(&mut clock, &blocks), [0, 0, 1, 0, 0, -10, 0, 0]);
    }

    #[test]
    fn a_wobble_is_no_gap() {
        let mut clock = SoundClock::new(0, Rational::new(1, 48_000), 48_000);
        let blocks = [(Some(0), 1000), (Some(1300), 1000), (Some(1900), 1000), (Some(3000), 1000), (None, 1000)];
        assert_eq!(run(&mut clock, &blocks), [0; 5]);
        // A large one is believed at once.
        assert_eq!(clock.missing([(Some(10_000), 1000), (Some(6000), 1000)].into_iter()), 5000);
    }

    #[test]
    fn small_gaps_that_a_coarse_unit_hides_do_not_add_up() {
        // 500 gaps of 0.4 ms, each too small to be seen in milliseconds.
        let (rate, sample) = (8000, Rational::new(1, 8000));
        let mut clock = SoundClock::new(0, MS, rate);
        let mut truth = 0;
        for n in 0..5000 {
            truth += if n % 10 == 9 { 3 } else { 0 };
            let said = time::rescale(time::rescale(truth, sample, MS), MS, sample);
            let missing = clock.missing([(Some(said), 800), (Some(said + 800), 800)].into_iter());
            clock.advance(missing);
            assert!((clock.now() - said).abs() <= 8, "{} for {said}", clock.now());
            clock.advance(800);
            truth += 800;
        }
    }

    #[test]
    fn beginnings_that_containers_can_tell() {
        let padding = Rational::new(1024, 48_000);
        assert_eq!(Begin::Anywhere.sample(77, 48_000), 77);
        assert_eq!(Begin::At(padding).sample(0, 48_000), 1024);
        // 1024 samples are 21.33 ms; 32 more make it 22.
        let begin = Begin::OnTick { tick: MS, padding };
        assert_eq!(begin.sample(0, 48_000), -32);
        assert_eq!(begin.sample(16, 48_000), 16);
        for first in -100..100 {
            let at = begin.sample(first, 48_000);
            assert!(at <= first && first - at < 48 && (at - 1024) % 48 == 0, "{at} for {first}");
        }
    }
}
