//! Structural similarity at several scales.
//!
//! Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multiscale structural similarity for image quality assessment", Asilomar Conf.
//! on Signals, Systems and Computers, 2003: contrast and structure at five scales, luminance at the last; a Gaussian window
//! of 11x11 samples and a deviation of 1.5, where it lies whole in the picture; from scale to scale means of 2x2 samples,
//! the last row and column of odd sizes doubled (as the authors' program `msssim.m` does).

mod windows;

use super::assert_same_size;
use crate::{Level, Plane, compiled};

/// The exponents of the scales, finest first (section 3.2 of the paper).
const EXPONENTS: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// The least width and height: a window at the coarsest scale.
const LEAST: usize = 11 << (EXPONENTS.len() - 1);

/// Means over the windows of a scale.
#[derive(Clone, Copy, Debug)]
struct Means {
    /// Contrast times structure.
    structure: f64,
    /// The same times luminance.
    similarity: f64,
}

/// Multi-scale structural similarity of two planes of 8-bit samples: 1 where they are the same.
///
/// `None` where a plane is less than 176 samples wide or high: too small for five scales. A negative mean of a scale, which
/// has no real power, counts as 0. Within 1e-4 of double precision, and the same at every level.
///
/// # Panics
/// The planes differ in size.
#[must_use]
pub fn ms_ssim_u8(level: Level, a: Plane<'_, u8>, b: Plane<'_, u8>) -> Option<f64> {
    ms_ssim(level, 255, a, b)
}

/// Multi-scale structural similarity of two planes of samples of `bits` bits, 9 to 16; see [`ms_ssim_u8`].
///
/// # Panics
/// The planes differ in size, or `bits` is not 8 to 16.
#[must_use]
pub fn ms_ssim_u16(level: Level, bits: u32, a: Plane<'_, u16>, b: Plane<'_, u16>) -> Option<f64> {
    assert!((8..=16).contains(&bits), "samples of {bits} bits; expected 8 to 16");
    ms_ssim(level, u16::MAX >> (16 - bits), a, b)
}

fn ms_ssim<T: Copy + Into<f32>>(level: Level, max: u16, a: Plane<'_, T>, b: Plane<'_, T>) -> Option<f64> {
    assert_same_size(&a, &b);
    if a.width() < LEAST || a.height() < LEAST {
        return None;
    }
    let (mut a, mut b) = (Scale::new(a, max), Scale::new(b, max));
    let mut product = 1.0;
    for (scale, exponent) in EXPONENTS.into_iter().enumerate() {
        let mut means = Means { structure: 0.0, similarity: 0.0 };
        compiled::run(level, windows::Windows { a: &a, b: &b, means: &mut means });
        let last = scale + 1 == EXPONENTS.len();
        let mean = if last { means.similarity } else { means.structure };
        product *= mean.max(0.0).powf(exponent);
        if !last {
            (a, b) = (a.halved(), b.halved());
        }
    }
    Some(product)
}

/// Samples at one scale, in a range of 255 about 0: variances do not change by that, and single precision suffices for them.
struct Scale {
    samples: Vec<f32>,
    width: usize,
}

/// What is taken from samples in a range of 255.
const CENTRE: f32 = 127.5;

impl Scale {
    fn new<T: Copy + Into<f32>>(plane: Plane<'_, T>, max: u16) -> Self {
        let gain = 255.0 / f32::from(max);
        let mut samples = Vec::with_capacity(plane.width() * plane.height());
        for row in plane.rows() {
            samples.extend(row.iter().map(|sample| (*sample).into() * gain - CENTRE));
        }
        Self { samples, width: plane.width() }
    }

    fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.samples.chunks_exact(self.width)
    }

    /// Means of 2x2; the last row and column of an odd size are doubled.
    fn halved(&self) -> Self {
        let width = self.width.div_ceil(2);
        let mut samples = Vec::with_capacity(self.samples.len().div_ceil(2));
        for rows in self.samples.chunks(2 * self.width) {
            let (above, below) = rows.split_at(self.width);
            let below = if below.is_empty() { above } else { below };
            let ((above, above_end), (below, below_end)) = (above.as_chunks::<2>(), below.as_chunks::<2>());
            samples.extend(above.iter().zip(below).map(|(a, b)| (a[0] + a[1] + b[0] + b[1]) * 0.25));
            samples.extend(above_end.iter().zip(below_end).map(|(a, b)| (a + b) * 0.5));
        }
        Self { samples, width }
    }
}
