//! From weighted errors to dB, for one frame and for a stream.

use crate::measure::psnr;

/// XPSNR of one component over the frames of a stream.
#[derive(Clone, Copy, Debug)]
pub struct XpsnrPool {
    samples: u64,
    max: u32,
    frames: u64,
    /// Sum of the roots of weighted errors.
    roots: f64,
    /// Sum of dB.
    decibels: f64,
}

impl XpsnrPool {
    /// For planes of `samples` samples with a greatest value of `max`.
    #[must_use]
    pub fn new(samples: u64, max: u32) -> Self {
        Self { samples, max, frames: 0, roots: 0.0, decibels: 0.0 }
    }

    /// Adds a frame with a weighted sum of squared errors as [`Xpsnr`](super::Xpsnr) gives it, and returns its XPSNR in dB:
    /// infinite where nothing differs.
    pub fn add(&mut self, errors: u64) -> f64 {
        let decibels = psnr(errors, self.samples, self.max);
        self.frames += 1;
        self.roots += (errors as f64).sqrt();
        self.decibels += decibels;
        decibels
    }

    /// XPSNR in dB of all frames so far: that of the squared mean of the roots of their errors (so that a few bad
    /// frames weigh less than in a mean of errors), or the mean of their dB where the errors are next to none. Infinite where
    /// no frame differs, and where there is none.
    #[must_use]
    pub fn pooled(&self) -> f64 {
        let frames = self.frames as f64;
        if self.frames == 0 {
            return f64::INFINITY;
        }
        if self.roots < frames {
            return self.decibels / frames;
        }
        let root = self.roots / frames;
        let peak = f64::from(self.max) * f64::from(self.max);
        10.0 * (self.samples as f64 * peak / (root * root)).log10()
    }
}
