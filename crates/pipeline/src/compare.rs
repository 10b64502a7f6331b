//! Two streams of pictures, measured against each other.
//!
//! Both are decoded at once, their frames are paired by time (`pairs`), brought to one format (`form`) and measured
//! (`measures`). Nothing is scaled, and no frame is passed over in silence.

mod form;
mod measures;
mod pairs;
mod result;
mod side;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use transcode_av::{Frame, LogRing};
use transcode_kernels::Level;

use crate::budget;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::options::{Options, did_you_mean};
use crate::progress::Meter;
use crate::run::{Places, guarded};
use crate::shared::Shared;
use form::Form;
use measures::Measures;
use pairs::{Pairs, Step};
use side::{Converter, Side};

pub use result::Comparison;

/// How two pictures are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Peak signal-to-noise ratio, in dB.
    Psnr,
    /// Structural similarity.
    Ssim,
    /// Structural similarity at five scales, of planes of the picture's full size.
    MsSsim,
    /// PSNR weighted by what the eye sees, in dB.
    Xpsnr,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 4] = [Self::Psnr, Self::Ssim, Self::MsSsim, Self::Xpsnr];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Psnr => "psnr",
            Self::Ssim => "ssim",
            Self::MsSsim => "ms_ssim",
            Self::Xpsnr => "xpsnr",
        }
    }

    /// The metrics of these names, each once.
    ///
    /// # Errors
    /// One is unknown, or there is none.
    pub fn parse(names: &[String]) -> Result<Vec<Self>> {
        let known = || Self::ALL.map(Self::name);
        let refuse = |what: &str, got: &str, fix: &str| {
            let message = format!("{what}; expected some of {}; got {got}; {fix}", known().join(", "));
            Err(Error::new(ErrorKind::InvalidOption, message))
        };
        let mut out = Vec::new();
        for name in names {
            let Some(metric) = Self::ALL.into_iter().find(|metric| metric.name() == name) else {
                let fix = did_you_mean(name, known());
                return refuse("unknown metric", &format!("'{name}'"), fix.as_deref().unwrap_or("choose among these"));
            };
            if !out.contains(&metric) {
                out.push(metric);
            }
        }
        if out.is_empty() { refuse("metrics", "none", "name at least one") } else { Ok(out) }
    }
}

/// What to compare, and how.
#[derive(Debug)]
pub struct Compare {
    /// The distorted pictures.
    pub a: Input,
    /// The reference.
    pub b: Input,
    /// The index of the stream in each; `None` takes the first of pictures.
    pub streams: [Option<usize>; 2],
    /// What is measured.
    pub metrics: Vec<Metric>,
    /// Of these `threads`, `simd`, `timeout`, `strict` and `max_pixels` matter.
    pub options: Options,
}

/// Measures the pictures of `a` against those of `b`.
///
/// # Errors
/// An input cannot be read or has no pictures, the pictures differ in size, or no two of them have the same time.
pub fn compare(job: Compare, control: &Control) -> Result<Comparison> {
    let outcome = guarded(job.options.timeout, Places::default(), control, |log| run(job, control, log));
    transcode_av::memory::tidy();
    outcome
}

fn run(job: Compare, control: &Control, log: &Arc<LogRing>) -> Result<Comparison> {
    let started = Instant::now();
    let Compare { a, b, streams, metrics, mut options } = job;
    let level = Level::named("simd", options.simd.word())
        .map_err(|error| Error::new(ErrorKind::InvalidOption, error.to_string()))?;
    let names = [a.name(), b.name()];
    let share = budget::take(options.threads, 1);
    options.threads = share.threads();
    let mut a = Side::open("a", a, streams[0], &options, control, log)?;
    let mut b = Side::open("b", b, streams[1], &options, control, log)?;
    let duration = a.duration().into_iter().chain(b.duration()).reduce(f64::max);
    let meter = Meter::new(control.clone(), started, duration, None, None, Arc::default()).of("compare");
    let mut told = Told { shared: Shared::new(control.clone(), meter), said: BTreeSet::new() };
    told.shared.meter.begin(&told.shared.counters);
    let turned = a.upright() != b.upright();
    let mut converters = [&a, &b].map(|side| Converter::new(side, turned, options.threads, log));
    let mut measures: Option<Measures> = None;
    let mut steps = Pairs::new();
    let mut unpaired = [Unpaired::default(), Unpaired::default()];
    while let Some(step) = steps.next(&mut a, &mut b)? {
        let reached = match step {
            Step::Pair(first, second) => {
                let at = second.at;
                let pair = [first.item, second.item];
                let measures = match &mut measures {
                    Some(measures) => measures,
                    None => measures.insert(begin(&pair, [&a, &b], &metrics, turned, &mut told)?),
                };
                let pair = fit(pair, measures.form(), &mut converters, &mut told)?;
                measures.add(level, at, &pair)?;
                told.shared.counters.video_encoded.add(1);
                at
            }
            Step::Alone(which, frame) => {
                unpaired[which].add(frame.at);
                frame.at
            }
        };
        told.shared.meter.wrote(reached, true);
        told.shared.meter.tick(&told.shared.counters);
    }
    for (which, side) in [&a, &b].into_iter().enumerate() {
        side.warnings().into_iter().for_each(|warning| told.warn(warning));
        unpaired[which].report(side.name(), ["b", "a"][which]).into_iter().for_each(|warning| told.warn(warning));
    }
    let Some(measures) = measures else {
        let [of_a, of_b] = unpaired.map(|unpaired| unpaired.count);
        let message = format!(
            "no two pictures have the same time; expected frames at times that both inputs have; got {of_a} frames of a and \
             {of_b} of b, counted from the first of each; check that they show the same and are not damaged"
        );
        return Err(Error::new(ErrorKind::InvalidMedia, message).stage("decode"));
    };
    told.shared.meter.end(&told.shared.counters);
    let unpaired = unpaired.map(|unpaired| unpaired.count);
    Ok(measures.finish(names, unpaired, told.shared.take_warnings()))
}

/// What there is to know before the first pair is measured.
fn begin(pair: &[Frame; 2], sides: [&Side; 2], metrics: &[Metric], turned: bool, told: &mut Told) -> Result<Measures> {
    let [a, b] = sides;
    if let Some(warning) = side::late(a, b) {
        told.warn(warning);
    }
    let form = Form::of(&pair[1], b, turned)?;
    form::differing_colours(pair).into_iter().for_each(|warning| told.warn(warning));
    let (measures, left_out) = Measures::new(form, metrics, b.frame_rate())?;
    left_out.into_iter().for_each(|warning| told.warn(warning));
    Ok(measures)
}

fn fit(pair: [Frame; 2], form: &Form, converters: &mut [Converter; 2], told: &mut Told) -> Result<[Frame; 2]> {
    let [a, b] = pair;
    let [first, second] = converters;
    let mut one = |converter: &mut Converter, frame| {
        let (frame, warning) = converter.fit(frame, form)?;
        warning.into_iter().for_each(|warning| told.warn(warning));
        Ok::<_, Error>(frame)
    };
    let fitted = [one(first, a)?, one(second, b)?];
    form.check(&fitted)?;
    Ok(fitted)
}

/// Where warnings go, each once.
struct Told {
    shared: Shared,
    said: BTreeSet<String>,
}

impl Told {
    fn warn(&mut self, warning: String) {
        if self.said.insert(warning.clone()) {
            self.shared.warn(warning);
        }
    }
}

/// Frames of one side that the other has none for.
#[derive(Clone, Copy, Debug, Default)]
struct Unpaired {
    count: u64,
    first: f64,
}

impl Unpaired {
    fn add(&mut self, at: f64) {
        if self.count == 0 {
            self.first = at;
        }
        self.count += 1;
    }

    fn report(&self, name: &str, other: &str) -> Option<String> {
        let Self { count, first } = self;
        let what = if *count == 1 { "frame is" } else { "frames are" };
        (*count > 0).then(|| {
            format!(
                "{name}: {count} {what} not measured, the first at {first:.3} s: {other} has none within half a frame"
            )
        })
    }
}
