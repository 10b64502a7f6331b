//! Metrics over the planes of pairs of pictures, frame by frame and over all.

use transcode_av::Frame;
use transcode_kernels::measure::{self, Xpsnr, XpsnrPool};
use transcode_kernels::{Level, Plane};

use super::Metric;
use super::form::Form;
use super::result::{Comparison, Decibel, Decibels, Named};
use crate::error::{Error, ErrorKind, Result};

/// The name of what the planes are together.
const ALL: &str = "all";

/// MS-SSIM needs a window of 11 samples at a sixteenth of the size.
const LEAST_MS_SSIM: u32 = 176;

/// Frames a second of a reference that does not tell: it decides only between two kinds of a high-pass.
const USUAL_RATE: f64 = 25.0;

/// A plane of `a` and the same of `b`.
#[derive(Clone, Copy)]
enum Pair<'a> {
    Bytes(Plane<'a, u8>, Plane<'a, u8>),
    Words(Plane<'a, u16>, Plane<'a, u16>),
}

impl<'a> Pair<'a> {
    fn of(frames: &'a [Frame; 2], index: usize, bits: u32) -> Option<Self> {
        let [a, b] = frames;
        if bits == 8 {
            return Some(Self::Bytes(a.plane_u8(index)?, b.plane_u8(index)?));
        }
        Some(Self::Words(a.plane_u16(index)?, b.plane_u16(index)?))
    }

    fn samples(self) -> u64 {
        let (width, height) = match self {
            Self::Bytes(a, _) => (a.width(), a.height()),
            Self::Words(a, _) => (a.width(), a.height()),
        };
        width as u64 * height as u64
    }

    fn sse(self, level: Level) -> u64 {
        match self {
            Self::Bytes(a, b) => measure::sse_u8(level, a, b),
            Self::Words(a, b) => measure::sse_u16(level, a, b),
        }
    }

    fn ssim(self, level: Level, bits: u32) -> f64 {
        match self {
            Self::Bytes(a, b) => measure::ssim_u8(level, a, b),
            Self::Words(a, b) => measure::ssim_u16(level, bits, a, b),
        }
    }

    /// Exactly 1 where nothing differs, and no more elsewhere: single precision rounds around it.
    fn ms_ssim(self, level: Level, bits: u32) -> Option<f64> {
        if self.sse(level) == 0 {
            return Some(1.0);
        }
        let value = match self {
            Self::Bytes(a, b) => measure::ms_ssim_u8(level, a, b),
            Self::Words(a, b) => measure::ms_ssim_u16(level, bits, a, b),
        };
        value.map(|value| value.min(1.0))
    }

    /// Weighted errors of plane `at`; luma comes first.
    fn xpsnr(self, level: Level, xpsnr: &mut Xpsnr, at: usize) -> u64 {
        match (self, at) {
            (Self::Bytes(a, b), 0) => xpsnr.luma_frame_u8(level, b, a),
            (Self::Bytes(a, b), _) => xpsnr.chroma_plane_u8(level, b, a),
            (Self::Words(a, b), 0) => xpsnr.luma_frame_u16(level, b, a),
            (Self::Words(a, b), _) => xpsnr.chroma_plane_u16(level, b, a),
        }
    }
}

/// What a metric gave so far.
struct Track {
    metric: Metric,
    /// The planes it measures.
    planes: usize,
    /// A value a frame: of all planes together, then of each.
    values: Vec<Vec<f64>>,
    /// Sums over the frames, in the same order, of what is averaged.
    sums: Vec<f64>,
}

/// All that is measured.
pub(super) struct Measures {
    form: Form,
    tracks: Vec<Track>,
    times: Vec<f64>,
    xpsnr: Xpsnr,
    pools: Vec<XpsnrPool>,
}

impl Measures {
    /// Measures of pictures of that form; and what is left out of them, and why.
    pub(super) fn new(form: Form, metrics: &[Metric], rate: Option<f64>) -> Result<(Self, Vec<String>)> {
        let mut left_out = Vec::new();
        let mut tracks = Vec::new();
        for metric in metrics {
            let planes = match metric {
                Metric::Xpsnr if form.is_rgb() => Err("it weighs luma, and b is of red, green and blue".to_owned()),
                Metric::MsSsim if form.width.min(form.height) < LEAST_MS_SSIM => Err(format!(
                    "it needs {LEAST_MS_SSIM} pixels in width and height, and b has {}x{}",
                    form.width, form.height
                )),
                // Chroma has planes of the full size in some formats only.
                Metric::MsSsim if !form.is_rgb() => Ok(1),
                _ => Ok(form.planes.len()),
            };
            match planes {
                Ok(planes) => tracks.push(Track {
                    metric: *metric,
                    planes,
                    values: vec![Vec::new(); planes + 1],
                    sums: vec![0.0; planes + 1],
                }),
                Err(why) => left_out.push(format!("{} is left out: {why}", metric.name())),
            }
        }
        if tracks.is_empty() {
            let message = format!(
                "no metric is left; expected one that these pictures can be measured by; got {}; take psnr or ssim",
                left_out.join("; ")
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        let (width, height) = (form.width as usize, form.height as usize);
        let xpsnr = Xpsnr::new(width, height, form.bits, rate.unwrap_or(USUAL_RATE));
        Ok((Self { form, tracks, times: Vec::new(), xpsnr, pools: Vec::new() }, left_out))
    }

    pub(super) const fn form(&self) -> &Form {
        &self.form
    }

    /// Measures the pictures at a moment, which have the form.
    pub(super) fn add(&mut self, level: Level, at: f64, frames: &[Frame; 2]) -> Result<()> {
        let (bits, max) = (self.form.bits, self.form.max());
        let pairs: Option<Vec<Pair<'_>>> =
            self.form.planes.iter().map(|(_, index)| Pair::of(frames, *index, bits)).collect();
        let pairs =
            pairs.ok_or_else(|| Error::new(ErrorKind::Bug, "bug: a picture without the planes of its format"))?;
        let samples: Vec<u64> = pairs.iter().map(|pair| pair.samples()).collect();
        if self.pools.is_empty() {
            self.pools = samples.iter().map(|samples| XpsnrPool::new(*samples, max)).collect();
        }
        self.times.push(at);
        for track in &mut self.tracks {
            let planes = pairs.iter().zip(&samples).take(track.planes);
            match track.metric {
                Metric::Psnr => {
                    let sse: Vec<u64> = planes.map(|(pair, _)| pair.sse(level)).collect();
                    let whole = (sse.iter().sum(), samples.iter().sum());
                    let each = std::iter::once(whole).chain(sse.into_iter().zip(samples.iter().copied()));
                    for (at, (sse, samples)) in each.enumerate() {
                        track.values[at].push(measure::psnr(sse, samples, max));
                        track.sums[at] += sse as f64 / samples as f64;
                    }
                }
                Metric::Ssim => {
                    let each: Vec<f64> = planes.map(|(pair, _)| pair.ssim(level, bits)).collect();
                    track.add(weighted(&each, &samples), &each);
                }
                Metric::MsSsim => {
                    let each: Option<Vec<f64>> = planes.map(|(pair, _)| pair.ms_ssim(level, bits)).collect();
                    let each =
                        each.unwrap_or_else(|| unreachable!("no plane is less than {LEAST_MS_SSIM} wide or high"));
                    track.add(weighted(&each, &samples), &each);
                }
                Metric::Xpsnr => {
                    let xpsnr = &mut self.xpsnr;
                    let errors = planes.enumerate().map(|(at, (pair, _))| pair.xpsnr(level, xpsnr, at));
                    let each: Vec<f64> = errors.zip(&mut self.pools).map(|(errors, pool)| pool.add(errors)).collect();
                    track.add(least(&each), &each);
                }
            }
        }
        Ok(())
    }

    /// What was found.
    pub(super) fn finish(self, names: [Option<String>; 2], unpaired: [u64; 2], warnings: Vec<String>) -> Comparison {
        let (frames, max) = (self.times.len(), f64::from(self.form.max()));
        let names_of =
            |planes: usize| std::iter::once(ALL).chain(self.form.planes.iter().map(|(name, _)| *name)).take(planes + 1);
        let by_pool: Vec<f64> = self.pools.iter().map(XpsnrPool::pooled).collect();
        let mut pooled = Vec::new();
        let mut values = Vec::new();
        for track in self.tracks {
            let over_all: Vec<f64> = match track.metric {
                Metric::Psnr => track.sums.iter().map(|sum| decibels(sum / frames as f64, max)).collect(),
                Metric::Ssim | Metric::MsSsim => track.sums.iter().map(|sum| sum / frames as f64).collect(),
                Metric::Xpsnr => std::iter::once(least(&by_pool)).chain(by_pool.iter().copied()).collect(),
            };
            let over_all = over_all.into_iter().map(Decibel);
            pooled.push((track.metric.name(), Named(names_of(track.planes).zip(over_all).collect())));
            let each = track.values.into_iter().map(Decibels);
            values.push((track.metric.name(), Named(names_of(track.planes).zip(each).collect())));
        }
        let ([a, b], [unpaired_a, unpaired_b]) = (names, unpaired);
        Comparison {
            a,
            b,
            frames: frames as u64,
            unpaired_a,
            unpaired_b,
            width: self.form.width,
            height: self.form.height,
            pixel_format: self.form.format.name(),
            times: self.times,
            values: Named(values),
            pooled: Named(pooled),
            warnings,
        }
    }
}

impl Track {
    fn add(&mut self, all: f64, each: &[f64]) {
        for (at, value) in std::iter::once(&all).chain(each).enumerate() {
            self.values[at].push(*value);
            self.sums[at] += value;
        }
    }
}

/// The mean of planes that count by their samples, as FFmpeg's filters take it.
fn weighted(values: &[f64], samples: &[u64]) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for (value, samples) in values.iter().zip(samples) {
        sum += value * *samples as f64;
        all += *samples as f64;
    }
    sum / all
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn decibels(mse: f64, max: f64) -> f64 {
    if mse > 0.0 { 10.0 * (max * max / mse).log10() } else { f64::INFINITY }
}
