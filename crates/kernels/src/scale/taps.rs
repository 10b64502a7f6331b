//! Which source samples make a target sample, and how much of each.

use std::fmt;

/// No picture is as large.
const FAR: f64 = 2_147_483_648.0;

/// How a source is weighed. When a picture shrinks by more than one, every filter but [`Filter::Area`] widens with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The mean over the area that the target sample covers: exact for whole ratios, blocky when enlarging.
    Area,
    /// A triangle of radius 1.
    Bilinear,
    /// The cubic of Mitchell and Netravali ("Reconstruction Filters in Computer Graphics", 1988) with B = 0 and
    /// C = 0.6, radius 2: what swscale takes by default.
    Bicubic,
    /// sinc(x) sinc(x / 3), radius 3.
    Lanczos,
}

impl Filter {
    /// Where it ends, in samples from its centre.
    fn radius(self) -> f64 {
        match self {
            Self::Area => 0.5,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// Its value at `x` samples from the centre. [`Filter::Area`] goes by overlap instead.
    fn at(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Self::Area => f64::from(x <= 0.5),
            Self::Bilinear => (1.0 - x).max(0.0),
            Self::Bicubic => {
                const C: f64 = 0.6;
                if x < 1.0 {
                    ((2.0 - C) * x + (C - 3.0)) * x * x + 1.0
                } else if x < 2.0 {
                    ((-C * x + 5.0 * C) * x - 8.0 * C) * x + 4.0 * C
                } else {
                    0.0
                }
            }
            Self::Lanczos => {
                let sinc = |x: f64| {
                    let x = x * std::f64::consts::PI;
                    if x == 0.0 { 1.0 } else { x.sin() / x }
                };
                if x < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
            }
        }
    }
}

/// One direction of a scaling: target sample `i` sits at `i * step + start` in the source, counted in source samples
/// whose centres are whole numbers. What lies beyond the source counts as its first or last sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    source: usize,
    target: usize,
    start: f64,
    step: f64,
}

impl Axis {
    /// The outer edges of source and target coincide: luma, RGB, and chroma that sits between its luma samples.
    ///
    /// # Errors
    /// There is nothing to make the target from.
    pub fn centred(source: usize, target: usize) -> Result<Self, ScaleError> {
        let step = ratio(source, target);
        Self::between(source, target, (step - 1.0) / 2.0, step)
    }

    /// Chroma that sits on every `1 << log2`th luma sample, beginning with the first: it does so in the target too.
    ///
    /// `source` and `target` count chroma samples, `luma_source` and `luma_target` the luma samples of the same line.
    /// Luma is taken as scaled by [`Axis::centred`]: luma target `x` sits at `(x + 1/2) r - 1/2`, hence chroma target `i`
    /// at `i r + (r - 1) / (2 << log2)`.
    ///
    /// # Errors
    /// There is nothing to make the target from.
    pub fn cosited(
        source: usize,
        target: usize,
        log2: u32,
        luma_source: usize,
        luma_target: usize,
    ) -> Result<Self, ScaleError> {
        let step = ratio(luma_source, luma_target);
        Self::between(source, target, (step - 1.0) / 2.0 / 2f64.powi(log2.min(31).cast_signed()), step)
    }

    /// Any positions: a crop begins elsewhere than at the edge.
    ///
    /// # Errors
    /// There is nothing to make the target from, `step` is not above 0, or a number is beyond 2^31.
    pub fn between(source: usize, target: usize, start: f64, step: f64) -> Result<Self, ScaleError> {
        let right = start.abs() <= FAR && step <= FAR && step > 0.0 && (source > 0 || target == 0);
        if right { Ok(Self { source, target, start, step }) } else { Err(ScaleError { source, target, start, step }) }
    }

    /// Samples that are read.
    #[must_use]
    pub fn source(&self) -> usize {
        self.source
    }

    /// Samples that are made.
    #[must_use]
    pub fn target(&self) -> usize {
        self.target
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
fn ratio(source: usize, target: usize) -> f64 {
    if target == 0 { 1.0 } else { source as f64 / target as f64 }
}

/// An axis that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleError {
    source: usize,
    target: usize,
    start: f64,
    step: f64,
}

impl fmt::Display for ScaleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, target, start, step } = self;
        write!(
            f,
            "a scaling has no meaning; expected a source of at least one sample, a step above 0 and numbers up to 2^31; \
             got {source} samples to make {target} of, from {start} by {step}; give the sizes of a picture"
        )
    }
}

impl std::error::Error for ScaleError {}

/// The weights of every target sample of an axis.
#[derive(Clone, Debug)]
pub(super) struct Taps {
    /// Source samples that make a target sample, at most.
    pub(super) taps: usize,
    /// The first of them, for each target sample; `start + taps` lies within a source that is as long.
    pub(super) starts: Vec<usize>,
    /// `taps` for each target sample, which sum to one.
    weights: Vec<f64>,
}

impl Taps {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the length of the source, which is far below 2^52"
    )]
    pub(super) fn new(filter: Filter, axis: &Axis) -> Self {
        let (scale, last) = (axis.step.max(1.0), axis.source.max(1) - 1);
        let clamp = |x: f64| x.clamp(0.0, last as f64) as usize;
        let windows: Vec<(usize, Vec<f64>)> = (0..axis.target)
            .map(|i| {
                let centre = (i as f64).mul_add(axis.step, axis.start);
                let (radius, width) = match filter {
                    Filter::Area => ((axis.step + 1.0) / 2.0, axis.step),
                    _ => (filter.radius() * scale, scale),
                };
                let (first, end) = ((centre - radius).ceil(), (centre + radius).floor());
                let mut window = vec![0.0; clamp(end) - clamp(first) + 1];
                let mut add = |x: f64, weight: f64| window[clamp(x) - clamp(first)] += weight;
                for j in 0..=(end - first).max(0.0) as u64 {
                    let x = first + j as f64;
                    add(
                        x,
                        match filter {
                            Filter::Area => {
                                let (from, to) =
                                    ((x - 0.5).max(centre - width / 2.0), (x + 0.5).min(centre + width / 2.0));
                                (to - from).max(0.0) / width
                            }
                            _ => filter.at((x - centre) / width),
                        },
                    );
                }
                trim(clamp(first), window)
            })
            .collect();
        let taps = windows.iter().map(|(_, window)| window.len()).max().unwrap_or(1);
        let mut made = Self { taps, starts: Vec::with_capacity(axis.target), weights: vec![0.0; taps * axis.target] };
        for ((first, window), to) in windows.into_iter().zip(made.weights.chunks_exact_mut(taps)) {
            let start = first.min(axis.source.saturating_sub(taps));
            to[first - start..][..window.len()].copy_from_slice(&window);
            made.starts.push(start);
        }
        made
    }

    /// The weights as whole numbers that sum to exactly `1 << precision`, of the greatest precision up to `limit` at which
    /// they fit 16 bits. What one weight is rounded by goes to its neighbour, so that smooth pictures see no error.
    #[expect(clippy::cast_possible_truncation, reason = "the largest weight was seen to fit")]
    pub(super) fn fixed(&self, limit: u32) -> (Vec<i16>, u32) {
        let largest = self.weights.iter().fold(0.0, |max: f64, weight| max.max(weight.abs()));
        let fits = |precision: u32| (largest * f64::from(1u32 << precision)).round() < f64::from(i16::MAX);
        let precision = (0..=limit).rev().find(|precision| fits(*precision)).unwrap_or(0);
        let one = f64::from(1u32 << precision);
        let rounded = self.weights.chunks_exact(self.taps).flat_map(|window| {
            let mut error = 0.0;
            window.iter().map(move |weight| {
                // Beyond the window no weight is wanted, not even a rest.
                let wanted = if *weight == 0.0 { 0.0 } else { weight * one + error };
                let rounded = wanted.round();
                error += weight * one - rounded;
                rounded as i16
            })
        });
        let mut rounded: Vec<i16> = rounded.collect();
        for (window, weights) in rounded.chunks_exact_mut(self.taps).zip(self.weights.chunks_exact(self.taps)) {
            // A rest of the floats' own rounding, if any.
            let sum: i32 = window.iter().map(|weight| i32::from(*weight)).sum();
            let largest = (0..self.taps).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).unwrap_or(0);
            window[largest] += ((1i32 << precision) - sum) as i16;
        }
        (rounded, precision)
    }
}

/// Without the ends that weigh nothing, and summing to one.
fn trim(first: usize, mut window: Vec<f64>) -> (usize, Vec<f64>) {
    let largest = window.iter().fold(0.0, |max: f64, weight| max.max(weight.abs()));
    // A 16-bit number holds nothing below that.
    let counts = |weight: &f64| weight.abs() > largest / 65536.0;
    window.truncate(window.iter().rposition(counts).map_or(1, |last| last + 1));
    let leading = window.iter().position(counts).unwrap_or(0);
    window.drain(..leading);
    let sum: f64 = window.iter().sum();
    if sum.abs() < 1e-9 {
        // A window that a tiny area missed by rounding: its first sample is what it sits on.
        window.truncate(1);
        window[0] = 1.0;
    } else {
        window.iter_mut().for_each(|weight| *weight /= sum);
    }
    (first + leading, window)
}
