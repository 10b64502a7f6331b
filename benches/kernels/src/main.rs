//! Each kernel beside its neighbours: one thread, the same picture, in turns within one run.
//!
//! `cargo run --release -- [PART OF A NAME]`. Figures are ratios: a time on a shared machine means little, two times taken
//! in turns on one machine mean something.

mod race;
mod tone;
mod samples;
mod swr;
mod yuv;

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mut races = race::Races::new(wanted);
    tone::races(&mut races);
    samples::races(&mut races);
    yuv::races(&mut races);
    races.end();
}
