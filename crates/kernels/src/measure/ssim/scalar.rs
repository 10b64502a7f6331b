//! The reference: exact sums of blocks, and the ratio in double precision.

use crate::Plane;

/// Sums over a block of a pair: samples of each, squares of both, products.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    a: u64,
    b: u64,
    squares: u64,
    products: u64,
}

impl Sums {
    fn of<T: Copy + Into<u64>>(a: Plane<'_, T>, b: Plane<'_, T>) -> Self {
        let mut sums = Self::default();
        for (a, b) in a.rows().zip(b.rows()) {
            for (a, b) in a.iter().zip(b) {
                let (a, b): (u64, u64) = ((*a).into(), (*b).into());
                sums.a += a;
                sums.b += b;
                sums.squares += a * a + b * b;
                sums.products += a * b;
            }
        }
        sums
    }

    fn plus(self, other: Self) -> Self {
        Self {
            a: self.a + other.a,
            b: self.b + other.b,
            squares: self.squares + other.squares,
            products: self.products + other.products,
        }
    }

    /// All numbers but the result are whole and below 2^53: exact.
    fn similarity(self, samples: f64, max: u32) -> f64 {
        let (c1, c2) = super::constants(samples, max);
        let (a, b) = (self.a as f64, self.b as f64);
        let variances = self.squares as f64 * samples - a * a - b * b;
        let covariance = self.products as f64 * samples - a * b;
        (2.0 * a * b + c1) * (2.0 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2))
    }
}

/// The sum over all windows.
pub(super) fn sum<T: Copy + Into<u64>>(a: Plane<'_, T>, b: Plane<'_, T>, max: u32) -> f64 {
    let (columns, rows) = (a.width() / 4, a.height() / 4);
    let strip = |y: usize| -> Vec<Sums> {
        let block = |x| Some(Sums::of(a.part(4 * x, 4 * y, 4, 4)?, b.part(4 * x, 4 * y, 4, 4)?));
        (0..columns).map_while(block).collect()
    };
    let mut sum = 0.0;
    let mut above = strip(0);
    for y in 1..rows {
        let below = strip(y);
        for (above, below) in above.windows(2).zip(below.windows(2)) {
            let window = above[0].plus(above[1]).plus(below[0]).plus(below[1]);
            sum += window.similarity(64.0, max);
        }
        above = below;
    }
    sum
}

/// A plane that is too small for a window, as one window.
pub(super) fn whole<T: Copy + Into<u64>>(a: Plane<'_, T>, b: Plane<'_, T>, max: u32) -> f64 {
    let samples = a.width() as f64 * a.height() as f64;
    if samples == 0.0 {
        return 1.0;
    }
    Sums::of(a, b).similarity(samples, max)
}
