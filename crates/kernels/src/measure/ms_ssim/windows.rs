//! One scale: the Gaussian windows of a row after the other.

use super::{CENTRE, Means, Scale};
use crate::compiled::Body;

/// Half of the window, from its middle: `exp(-i^2 / (2 * 1.5^2))`, divided by the sum of all eleven.
const WINDOW: [f32; 6] = [0.266_011_7, 0.213_005_53, 0.109_360_69, 0.036_000_773, 0.007_598_758, 0.001_028_380_1];

const TAPS: usize = 11;

/// Filtered quantities: samples of each, squares of both, products.
const QUANTITIES: usize = 4;

/// `(0.01 * 255)^2` and `(0.03 * 255)^2`.
const C1: f32 = 6.5025;
const C2: f32 = 58.5225;

/// Samples that are computed together, and lanes of the sums; the same at every level, and so are the results.
const LANES: usize = 16;

/// A pair of pictures to be measured.
pub(super) struct Windows<'a> {
    pub(super) a: &'a Scale,
    pub(super) b: &'a Scale,
    pub(super) means: &'a mut Means,
}

impl Body for Windows<'_> {
    const AVX512: bool = false;

    #[inline(always)]
    fn run(self) {
        *self.means = means(self.a, self.b);
    }
}

#[inline(always)]
fn means(a: &Scale, b: &Scale) -> Means {
    let width = a.width;
    let columns = width + 1 - TAPS;
    let (mut squares, mut products) = (vec![0.0; width], vec![0.0; width]);
    // The last eleven rows, filtered along the row; the row of the picture says which one is overwritten.
    let mut ring: Vec<[Vec<f32>; QUANTITIES]> =
        (0..TAPS).map(|_| [0; QUANTITIES].map(|_| vec![0.0; columns])).collect();
    let mut filtered = [0; QUANTITIES].map(|_| vec![0.0; columns]);
    let (mut structure, mut similarity) = (vec![0.0; columns], vec![0.0; columns]);
    let mut sums = [[0.0; LANES]; 2];
    let mut windows = 0;
    for (y, (a, b)) in a.rows().zip(b.rows()).enumerate() {
        combine(a, b, &mut squares, &mut products);
        for (from, to) in [a, b, &squares, &products].into_iter().zip(&mut ring[y % TAPS]) {
            filter(std::array::from_fn(|tap| &from[tap..][..columns]), to);
        }
        if y + 1 < TAPS {
            continue;
        }
        for (quantity, to) in filtered.iter_mut().enumerate() {
            // The oldest row is the one that comes next.
            filter(std::array::from_fn(|tap| ring[(y + 1 + tap) % TAPS][quantity].as_slice()), to);
        }
        ratios(&filtered, &mut structure, &mut similarity);
        add(&structure, &mut sums[0]);
        add(&similarity, &mut sums[1]);
        windows += columns;
    }
    let [structure, similarity] = sums.map(|lanes| lanes.iter().sum::<f64>() / windows as f64);
    Means { structure, similarity }
}

#[inline(always)]
fn combine(a: &[f32], b: &[f32], squares: &mut [f32], products: &mut [f32]) {
    for ((a, b), (squares, products)) in a.iter().zip(b).zip(squares.iter_mut().zip(products)) {
        *squares = a * a + b * b;
        *products = a * b;
    }
}

#[inline(always)]
fn filter(taps: [&[f32]; TAPS], to: &mut [f32]) {
    let (to_chunks, to_rest) = to.as_chunks_mut::<LANES>();
    let whole = to_chunks.len() * LANES;
    let rest = taps.map(|tap| &tap[whole..][..to_rest.len()]);
    // One by one, and not by `map`, which would be a call in the innermost loop.
    let [a, b, c, d, e, f, g, h, i, j, k] = taps.map(|tap| &tap.as_chunks::<LANES>().0[..to_chunks.len()]);
    for (n, to) in to_chunks.iter_mut().enumerate() {
        *to = weighted([&a[n], &b[n], &c[n], &d[n], &e[n], &f[n], &g[n], &h[n], &i[n], &j[n], &k[n]]);
    }
    for (n, to) in to_rest.iter_mut().enumerate() {
        [*to] = weighted(rest.map(|tap| std::array::from_ref(&tap[n])));
    }
}

#[inline(always)]
fn weighted<const N: usize>(taps: [&[f32; N]; TAPS]) -> [f32; N] {
    let mut sums = [0.0; N];
    for (i, sum) in sums.iter_mut().enumerate() {
        let pair = |j: usize| WINDOW[j] * (taps[5 - j][i] + taps[5 + j][i]);
        *sum = WINDOW[0] * taps[5][i] + pair(1) + pair(2) + pair(3) + pair(4) + pair(5);
    }
    sums
}

#[inline(always)]
fn ratios(filtered: &[Vec<f32>; QUANTITIES], structure: &mut [f32], similarity: &mut [f32]) {
    let [a, b, squares, products] = filtered;
    for (i, (structure, similarity)) in structure.iter_mut().zip(similarity).enumerate() {
        let (a, b, squares, products) = (a[i], b[i], squares[i], products[i]);
        let covariance = products - a * b;
        let variances = squares - a * a - b * b;
        let contrast = (2.0 * covariance + C2) / (variances + C2);
        let (a, b) = (a + CENTRE, b + CENTRE);
        *structure = contrast;
        *similarity = contrast * (2.0 * a * b + C1) / (a * a + b * b + C1);
    }
}

#[inline(always)]
fn add(values: &[f32], sums: &mut [f64; LANES]) {
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(*value);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += f64::from(*value);
    }
}
