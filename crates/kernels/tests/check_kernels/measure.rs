//! Measures: every level equals the scalar one, and the scalar one the published formula.

mod levels;
mod truth;
mod xpsnr;

use transcode_kernels::Plane;
use transcode_testkit::{Geometry, Guarded, Number, Rng};

fn plane<T: Number>(guarded: &Guarded<T>) -> Plane<'_, T> {
    let Geometry { width, height, .. } = guarded.geometry();
    Plane::new(guarded.memory(), width, height, guarded.stride()).expect("a guarded buffer holds its plane")
}

/// A picture with flat, striped and noisy parts that moves with `time`, and what a coarse coder makes of it.
fn pair(rng: &mut Rng, width: usize, height: usize, max: u32, time: usize) -> (Vec<u16>, Vec<u16>) {
    let value = |rng: &mut Rng, x: usize, y: usize| {
        let (x, y) = (x + 3 * time, y + time);
        let noise = rng.below(1 + (x * 5 / width.max(1)) * 20) as f64;
        let stripes = if y % 13 < 6 { 90.0 } else { 20.0 };
        (30.0 + noise + stripes * (x as f64 / 9.0).sin().abs() + (y % 97) as f64 * 0.5) / 255.0
    };
    let quantum = max.div_ceil(12);
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most max")]
            let a = (value(rng, x, y).min(1.0) * f64::from(max)) as u32;
            let b = (a / quantum * quantum + quantum / 2).min(max);
            (u16::try_from(a).expect("at most 65535"), u16::try_from(b).expect("at most 65535"))
        })
        .unzip()
}

/// Whole planes without gaps.
fn tight<T>(samples: &[T], width: usize, height: usize) -> Plane<'_, T> {
    Plane::new(samples, width, height, width).expect("as many samples as the size says")
}

fn bytes(samples: &[u16]) -> Vec<u8> {
    samples.iter().map(|sample| u8::try_from(*sample).expect("at most 255")).collect()
}
