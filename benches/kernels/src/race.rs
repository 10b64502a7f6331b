//! Contenders in turns, and the table of how they fared.
//!
//! A harness of our own, since criterion runs one contender to its end before the next: on a machine whose speed drifts, only
//! turns can be compared. A turn is timed by the CPU time of the process, so that whoever else runs costs it nothing but a
//! cache.

use std::time::Duration;

/// How often each contender has its turn.
const ROUNDS: usize = 25;

/// A turn is repeated until it lasts at least this long.
const TURN: Duration = Duration::from_millis(4);

/// One way to do the work.
pub struct Contender<'a> {
    name: String,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    /// `run` does the whole work once.
    pub fn new(name: impl Into<String>, run: impl FnMut() + 'a) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// All races of a run whose name has the wanted part.
pub struct Races {
    wanted: String,
    ran: usize,
}

impl Races {
    pub fn new(wanted: String) -> Self {
        println!(
            "level in force: {}",
            transcode_kernels::Level::active().map_or_else(|e| e.to_string(), |l| l.name().into())
        );
        Self { wanted, ran: 0 }
    }

    /// Whether `name` is to run, which then counts as done.
    pub fn wants(&mut self, name: &str) -> bool {
        let wanted = name.contains(&self.wanted);
        self.ran += usize::from(wanted);
        wanted
    }

    /// Runs the contenders in turns, and prints the median time of each, how many times as fast as each other one the
    /// first is (median of the ratios within a round), and its time over that of a copy of `bytes`.
    pub fn run(&mut self, name: &str, bytes: usize, mut contenders: Vec<Contender<'_>>) {
        if !self.wants(name) {
            return;
        }
        let (from, mut to) = (vec![1u8; bytes], vec![0u8; bytes]);
        contenders.push(Contender::new("copy of the bytes", move || {
            to.copy_from_slice(std::hint::black_box(&from));
            std::hint::black_box(&mut to);
        }));
        let repeats: Vec<u32> = contenders.iter_mut().map(|contender| repeats(&mut contender.run)).collect();
        let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
        for round in 0..ROUNDS {
            for turn in 0..contenders.len() {
                // Each begins a round as often as the others.
                let i = (turn + round) % contenders.len();
                times[i].push(turn_of(&mut contenders[i].run, repeats[i]));
            }
        }
        println!("\n{name}");
        for (contender, own) in contenders.iter().zip(&times) {
            let ratios = own.iter().zip(&times[0]).map(|(own, first)| own / first);
            println!(
                "  {:<34} {:>10.1} us   {:>6.2}x",
                contender.name,
                median(own.iter().copied()) * 1e6,
                median(ratios)
            );
        }
    }

    /// Says so where nothing ran: a misspelt name is no success.
    pub fn end(self) {
        assert!(self.ran > 0, "no race is called {:?}", self.wanted);
    }
}

fn repeats(run: &mut dyn FnMut()) -> u32 {
    run();
    let start = cpu_time();
    let mut count = 0;
    while cpu_time() - start < TURN {
        run();
        count += 1;
    }
    count
}

/// Seconds of one repeat.
fn turn_of(run: &mut dyn FnMut(), repeats: u32) -> f64 {
    let start = cpu_time();
    for _ in 0..repeats {
        run();
    }
    (cpu_time() - start).as_secs_f64() / f64::from(repeats)
}

/// Of all threads of this process so far.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a `timespec` to write to.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0, "the system tells the CPU time of a process");
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
