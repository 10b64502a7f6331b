//! Threads of the whole process: jobs that run side by side share the cores instead of each taking all of them.
//!
//! A job that is alone is left to its codecs, which know best. One that is not gets its share when it starts and
//! keeps it, for codecs cannot change their threads later. Nothing waits here: a share may be small, never missing.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::available_parallelism;

/// What the jobs of this process were given.
static ACCOUNT: Account = Account::new();

/// The share of a new job of this process: of the threads that `asked` for, where 0 leaves it to us, when its caller
/// runs `at_once` jobs.
pub(crate) fn take(asked: u32, at_once: u32) -> Share<'static> {
    let cores = available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
    ACCOUNT.take(cores, asked, at_once)
}

/// The threads of a new job; 0 = its codecs decide.
fn share(cores: u32, in_use: u32, asked: u32, at_once: u32) -> u32 {
    match (asked, in_use, at_once) {
        (0, 0, 0 | 1) => 0,
        (0, ..) => (cores / at_once.max(1)).min(cores.saturating_sub(in_use)).max(1),
        _ => asked,
    }
}

/// Counts the threads given away. No lock, which a fork might find taken for good.
#[derive(Debug)]
struct Account(AtomicU64);

/// What is in the account.
#[derive(Clone, Copy, Debug, PartialEq)]
struct State {
    in_use: u32,
    /// The process whose jobs are counted: in one forked from it none of them goes on.
    process: u32,
}

impl State {
    const fn from_bits(bits: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = bits.to_ne_bytes();
        Self { in_use: u32::from_ne_bytes([a, b, c, d]), process: u32::from_ne_bytes([e, f, g, h]) }
    }

    const fn to_bits(self) -> u64 {
        let ([a, b, c, d], [e, f, g, h]) = (self.in_use.to_ne_bytes(), self.process.to_ne_bytes());
        u64::from_ne_bytes([a, b, c, d, e, f, g, h])
    }
}

impl Account {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    fn take(&self, cores: u32, asked: u32, at_once: u32) -> Share<'_> {
        let process = std::process::id();
        let (mut threads, mut counted) = (0, 0);
        self.update(|state| {
            let in_use = if state.process == process { state.in_use } else { 0 };
            threads = share(cores, in_use, asked, at_once);
            counted = if threads == 0 { cores } else { threads };
            State { in_use: in_use.saturating_add(counted), process }
        });
        Share { account: self, threads, counted }
    }

    fn update(&self, mut change: impl FnMut(State) -> State) {
        let change = |bits| Some(change(State::from_bits(bits)).to_bits());
        let _always_some = self.0.fetch_update(Relaxed, Relaxed, change);
    }
}

/// What one job was given, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    account: &'a Account,
    threads: u32,
    counted: u32,
}

impl Share<'_> {
    /// For codecs: 0 = they decide.
    pub(crate) fn threads(&self) -> u32 {
        self.threads
    }

    /// What it counts for: all cores where codecs decide.
    pub(crate) fn counted(&self) -> u32 {
        self.counted
    }

    /// Gives back all but one thread: the job turned out to have no use for more.
    pub(crate) fn needs_one(&mut self) {
        self.give_back(1);
        self.counted = 1;
    }

    fn give_back(&self, kept: u32) {
        let given = self.counted.saturating_sub(kept);
        self.account.update(|state| State { in_use: state.in_use.saturating_sub(given), ..state });
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.give_back(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_use(account: &Account) -> u32 {
        State::from_bits(account.0.load(Relaxed)).in_use
    }

    #[test]
    fn a_job_alone_is_left_to_its_codecs_and_others_get_what_is_left_but_never_nothing() {
        let cases = [
            // cores, in use, asked, at once -> given
            (8, 0, 0, 1, 0),
            (8, 0, 0, 0, 0),
            (8, 0, 0, 2, 4),
            (8, 0, 0, 3, 2),
            (8, 6, 0, 2, 2),
            (8, 6, 0, 1, 2),
            (8, 8, 0, 1, 1),
            (8, 40, 0, 4, 1),
            (8, 0, 0, 100, 1),
            (2, 1, 0, 2, 1),
            (1, 0, 0, 2, 1),
        ];
        for (cores, in_use, asked, at_once, given) in cases {
            assert_eq!(share(cores, in_use, asked, at_once), given, "{cores} {in_use} {asked} {at_once}");
        }
    }

    #[test]
    fn what_is_asked_for_is_given() {
        for (in_use, at_once) in [(0, 1), (0, 9), (99, 1), (99, 9)] {
            assert_eq!(share(8, in_use, 5, at_once), 5);
        }
    }

    #[test]
    fn what_runs_is_counted_until_it_ends() {
        let account = Account::new();
        let alone = account.take(8, 0, 1);
        assert_eq!((alone.threads(), alone.counted(), in_use(&account)), (0, 8, 8));
        let second = account.take(8, 0, 1);
        let third = account.take(8, 3, 1);
        assert_eq!((second.threads(), third.threads(), in_use(&account)), (1, 3, 12));
        drop(alone);
        assert_eq!(in_use(&account), 4);
        assert_eq!(account.take(8, 0, 2).threads(), 4);
        drop((second, third));
        assert_eq!(in_use(&account), 0);
        assert_eq!(account.take(8, 0, 1).threads(), 0);
    }

    #[test]
    fn a_job_that_needs_one_thread_leaves_the_others_to_the_next() {
        let account = Account::new();
        let mut copies = account.take(8, 0, 1);
        copies.needs_one();
        assert_eq!((copies.counted(), in_use(&account)), (1, 1));
        assert_eq!(account.take(8, 0, 1).threads(), 7);
        drop(copies);
        assert_eq!(in_use(&account), 0);
    }

    #[test]
    fn a_panic_gives_back() {
        let account = Account::new();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _share = account.take(4, 0, 1);
            panic!("as a job might");
        }));
        assert!(panicked.is_err());
        assert_eq!(in_use(&account), 0);
    }

    #[test]
    fn a_forked_process_begins_with_nothing_in_use() {
        let account = Account(AtomicU64::new(State { in_use: 99, process: std::process::id() + 1 }.to_bits()));
        assert_eq!(account.take(4, 0, 1).threads(), 0);
    }
}
