//! Which frame of one stream belongs to which of another: those that are shown at the same time.
//!
//! A frame is shown until the next one is. Two belong together where their times, counted from the first of their own
//! stream, differ by no more than half of the shorter of the two: then none beside is nearer, so that streams of variable
//! frame rate, and times rounded by a container, pair as they should.

/// Half a frame, and what floats are rounded by.
const HALF: f64 = 0.5 + 1e-6;

/// Something with a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timed<T> {
    /// Seconds from the first of its stream.
    pub(super) at: f64,
    /// Seconds that it is shown, as far as is known without the next; 0 = unknown.
    pub(super) duration: f64,
    pub(super) item: T,
}

/// Where timed items come from, in order.
pub(super) trait Feed<T> {
    type Error;

    fn pull(&mut self) -> Result<Option<Timed<T>>, Self::Error>;
}

/// One step through both streams.
#[derive(Debug, PartialEq)]
pub(super) enum Step<T> {
    /// One of each, shown at the same time.
    Pair(Timed<T>, Timed<T>),
    /// One that the other stream has none for: of the first stream (0) or the second (1).
    Alone(usize, Timed<T>),
}

/// The item to decide about, and the one after it.
#[derive(Debug)]
struct Ahead<T> {
    now: Option<Timed<T>>,
    next: Option<Timed<T>>,
    begun: bool,
    /// How long the last one was shown.
    last: Option<f64>,
}

impl<T> Ahead<T> {
    const fn new() -> Self {
        Self { now: None, next: None, begun: false, last: None }
    }

    fn fill<F: Feed<T>>(&mut self, feed: &mut F) -> Result<(), F::Error> {
        if !self.begun {
            self.begun = true;
            self.next = feed.pull()?;
        }
        if self.now.is_none() {
            self.now = self.next.take();
            self.next = if self.now.is_some() { feed.pull()? } else { None };
        }
        Ok(())
    }

    /// How long the item is shown; without end, where nothing tells.
    fn shown(&self) -> f64 {
        let now = self.now.as_ref();
        let until_next = now.zip(self.next.as_ref()).map(|(now, next)| next.at - now.at);
        let told = now.map(|now| now.duration);
        let positive = |seconds: &f64| *seconds > 0.0;
        until_next.filter(positive).or(told.filter(positive)).or(self.last).unwrap_or(f64::INFINITY)
    }

    fn take(&mut self) -> Option<Timed<T>> {
        let shown = self.shown();
        self.last = Some(shown).filter(|shown| shown.is_finite());
        self.now.take()
    }
}

/// A walk through two streams.
#[derive(Debug)]
pub(super) struct Pairs<T> {
    first: Ahead<T>,
    second: Ahead<T>,
}

impl<T> Pairs<T> {
    pub(super) const fn new() -> Self {
        Self { first: Ahead::new(), second: Ahead::new() }
    }

    /// The next step; `None` when both streams have ended.
    pub(super) fn next<F: Feed<T>>(&mut self, first: &mut F, second: &mut F) -> Result<Option<Step<T>>, F::Error> {
        self.first.fill(first)?;
        self.second.fill(second)?;
        let (a, b) = (&mut self.first, &mut self.second);
        let apart = a.now.as_ref().zip(b.now.as_ref()).map(|(a, b)| a.at - b.at);
        let together = apart.is_some_and(|apart| apart.abs() <= HALF * a.shown().min(b.shown()));
        let earlier = match apart {
            _ if together => {
                let pair = a.take().zip(b.take());
                return Ok(pair.map(|(a, b)| Step::Pair(a, b)));
            }
            Some(apart) => usize::from(apart > 0.0),
            None => usize::from(a.now.is_none()),
        };
        let alone = if earlier == 0 { a.take() } else { b.take() };
        Ok(alone.map(|frame| Step::Alone(earlier, frame)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use super::*;

    struct Times(VecDeque<f64>);

    impl Feed<()> for Times {
        type Error = Infallible;

        fn pull(&mut self) -> Result<Option<Timed<()>>, Infallible> {
            Ok(self.0.pop_front().map(|at| Timed { at, duration: 0.0, item: () }))
        }
    }

    /// Pairs of times, and those left alone of each stream.
    fn paired(a: &[f64], b: &[f64]) -> (Vec<(f64, f64)>, [Vec<f64>; 2]) {
        let (mut a, mut b) = (Times(a.iter().copied().collect()), Times(b.iter().copied().collect()));
        let (mut pairs, mut alone, mut walk) = (Vec::new(), [Vec::new(), Vec::new()], Pairs::new());
        while let Ok(Some(step)) = walk.next(&mut a, &mut b) {
            match step {
                Step::Pair(a, b) => pairs.push((a.at, b.at)),
                Step::Alone(which, frame) => alone[which].push(frame.at),
            }
        }
        (pairs, alone)
    }

    fn every(step: f64, count: u32) -> Vec<f64> {
        (0..count).map(|n| f64::from(n) * step).collect()
    }

    #[test]
    fn equal_times_pair_and_rounded_ones_too() {
        let (pairs, alone) = paired(&every(0.04, 10), &every(0.04, 10));
        assert_eq!((pairs.len(), alone), (10, [vec![], vec![]]));
        let rounded: Vec<f64> = every(1.0 / 60.0, 100).iter().map(|at| (at * 1000.0).round() / 1000.0).collect();
        let (pairs, alone) = paired(&rounded, &every(1.0 / 60.0, 100));
        assert_eq!((pairs.len(), alone), (100, [vec![], vec![]]));
    }

    #[test]
    fn a_frame_that_one_lacks_is_alone_and_moves_no_other() {
        let whole = every(0.04, 10);
        let mut some = whole.clone();
        some.remove(4);
        some.remove(7);
        let (pairs, alone) = paired(&some, &whole);
        assert_eq!(pairs.len(), 8);
        assert!(pairs.iter().all(|(a, b)| a == b));
        assert_eq!(alone, [vec![], vec![whole[4], whole[8]]]);
        assert_eq!(paired(&whole, &some).1, [vec![whole[4], whole[8]], vec![]]);
    }

    #[test]
    fn twice_the_rate_pairs_every_other_frame() {
        let (pairs, alone) = paired(&every(0.02, 20), &every(0.04, 10));
        assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!((pairs.len(), alone[0].len(), alone[1].len()), (10, 10, 0));
    }

    #[test]
    fn variable_rates_pair_by_their_times() {
        let varying = [0.0, 0.04, 0.2, 0.21, 0.22, 1.0];
        let (pairs, alone) = paired(&varying, &varying);
        assert_eq!((pairs.len(), alone), (6, [vec![], vec![]]));
        let (pairs, alone) = paired(&[0.0, 0.2, 1.0], &varying);
        assert_eq!(pairs, [(0.0, 0.0), (0.2, 0.2), (1.0, 1.0)]);
        assert_eq!(alone, [vec![], vec![0.04, 0.21, 0.22]]);
    }

    #[test]
    fn what_comes_after_the_end_of_the_other_is_alone() {
        let (pairs, alone) = paired(&every(0.04, 3), &every(0.04, 5));
        assert_eq!((pairs.len(), alone[0].len(), alone[1].len()), (3, 0, 2));
        assert_eq!(paired(&[], &[0.0]).1, [vec![], vec![0.0]]);
        assert_eq!(paired(&[0.0], &[0.0]).0, [(0.0, 0.0)]);
        assert_eq!(paired(&[], &[]), (vec![], [vec![], vec![]]));
    }

    #[test]
    fn times_that_go_back_come_to_an_end() {
        let (pairs, alone) = paired(&[0.0, 0.08, 0.04, 0.12], &every(0.04, 4));
        assert_eq!(pairs.len() + alone[0].len(), 4);
        assert_eq!(pairs.len() + alone[1].len(), 4);
    }
}
