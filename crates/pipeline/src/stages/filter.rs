//! Frames through a filter graph that is rebuilt when they change.

use std::sync::Arc;

use transcode_av::filter_graph::{FilterInput, FilterOutput};
use transcode_av::{FilterGraph, Frame, LogRing, Output, Rational};

use super::Lane;
use super::pixels::{self, Pixels};
use crate::error::{Error, Result};
use crate::plan::{Ahead, Recipe, SoundRecipe, Steps};
use crate::stage::{Flow, Sink, Stage, Stop};

/// How the graph for frames of some kind is written.
pub(crate) enum Making {
    /// Pictures.
    Picture(Box<Recipe>),
    /// Sound.
    Sound(SoundRecipe),
    /// Sound that only has to be cut into frames of the encoder's size.
    Frames(u32),
}

impl Making {
    fn steps(&self, input: &FilterInput) -> Result<Steps> {
        let graph = match self {
            Self::Picture(recipe) => return recipe.steps(input),
            Self::Sound(recipe) => recipe.spec(input),
            Self::Frames(_) => "anull".to_owned(),
        };
        Ok(Steps { ahead: None, graph })
    }
}

/// Filters one stream. Frames leave with times in `to`.
pub(crate) struct Filter {
    lane: Lane,
    making: Making,
    /// What our kernels do to pictures before the graph gets them.
    pixels: Option<Pixels>,
    graph: FilterGraph,
    input: FilterInput,
    output: FilterOutput,
    /// Width by height that the first picture says it is shown in. Containers may say something else for all.
    shape: Option<f64>,
    said_shape: bool,
    /// Time base of the frames that come; `None` = samples.
    from: Option<Rational>,
    /// Time base of the frames that leave; `None` = the graph's own.
    to: Option<Rational>,
    rate: Option<Rational>,
    threads: u32,
    log: Arc<LogRing>,
}

/// A stream's time base, frame rate and the graph that was built for it when the job was planned.
pub(crate) struct Built {
    pub(crate) ahead: Option<Ahead>,
    pub(crate) graph: FilterGraph,
    pub(crate) input: FilterInput,
    pub(crate) from: Option<Rational>,
    pub(crate) to: Option<Rational>,
    pub(crate) rate: Option<Rational>,
}

impl Filter {
    pub(crate) fn new(lane: Lane, making: Making, built: Built, threads: u32, log: &Arc<LogRing>) -> Self {
        let output = built.graph.output();
        let Built { ahead, graph, input, from, to, rate } = built;
        let (shape, said_shape) = (None, false);
        let pixels = ahead.map(Pixels::new);
        Self {
            lane,
            making,
            pixels,
            graph,
            input,
            output,
            shape,
            said_shape,
            from,
            to,
            rate,
            threads,
            log: Arc::clone(log),
        }
    }

    fn fail(&self, error: impl Into<Error>) -> Stop {
        Stop::Failed(error.into().stage("filter").stream(self.lane.input))
    }

    /// Empties the graph and builds another, for frames that are not what came before.
    fn rebuild(&mut self, input: FilterInput, out: &mut dyn Sink<Frame>) -> Flow {
        self.graph.push(None).map_err(|error| self.fail(error))?;
        self.drain(out)?;
        let steps = self.making.steps(&input).map_err(|error| self.fail(error))?;
        let base = self.from.unwrap_or_else(|| sample_base(&input));
        let filtered = steps.filtered(&input);
        let graph = FilterGraph::new(&steps.graph, &filtered, base, self.rate, self.threads, &self.log);
        self.graph = graph.map_err(|error| self.fail(error))?;
        if let Making::Frames(samples) = self.making {
            self.graph.set_frame_size(samples);
        }
        self.pixels = steps.ahead.map(Pixels::new);
        self.output = self.graph.output();
        self.input = input;
        Ok(())
    }

    /// Says so, once, where pictures come that are to be shown in another shape: the output has one for all.
    fn notice_shape(&mut self, input: &FilterInput, pts: Option<i64>) {
        let Some(is) = shape(input) else { return };
        let was = *self.shape.get_or_insert(is);
        if (is / was - 1.0).abs() > SHAPE_TOLERANCE && !std::mem::replace(&mut self.said_shape, true) {
            let at = self.from.zip(pts).map_or(0.0, |(base, pts)| base.seconds(pts));
            self.lane.shared.warn(format!(
                "stream {}: the shape of its pictures changes from {was:.3}:1 to {is:.3}:1 at {at:.3} s; all are \
                 shown in the first",
                self.lane.input
            ));
        }
    }

    fn drain(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        let own = self.output.time_base;
        loop {
            let pulled = self.lane.shared.counters.filter_time.time(|| self.graph.pull());
            match pulled.map_err(|error| self.fail(error))? {
                Output::Item(mut frame) => {
                    if let Making::Picture(recipe) = &self.making {
                        // The pixels are upright now.
                        frame.remove_rotation();
                        if let Some(depth) = recipe.limit() {
                            let limited = self.lane.shared.counters.filter_time.time(|| pixels::limit(frame, depth));
                            frame = limited.map_err(|error| self.fail(error))?;
                        }
                    }
                    if let Some(to) = self.to {
                        frame.rescale(own, to);
                    }
                    out.accept(frame)?;
                }
                Output::NeedsInput | Output::End => return Ok(()),
            }
        }
    }
}

/// Nobody sees a smaller difference of shape.
const SHAPE_TOLERANCE: f64 = 0.01;

/// Width by height of pictures as they are shown.
fn shape(input: &FilterInput) -> Option<f64> {
    match input {
        FilterInput::Video { width, height, sample_aspect_ratio, .. } => {
            let ratio = sample_aspect_ratio.map_or(1.0, Rational::as_f64);
            Some(f64::from(*width) * ratio / f64::from(*height))
        }
        FilterInput::Audio { .. } => None,
    }
}

fn sample_base(input: &FilterInput) -> Rational {
    match input {
        FilterInput::Audio { sample_rate, .. } => Rational::new(1, sample_rate.cast_signed()),
        FilterInput::Video { .. } => Rational::MICROS,
    }
}

impl Stage for Filter {
    type In = Frame;
    type Out = Frame;

    fn push(&mut self, frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        self.lane.shared.check()?;
        let Some(input) = FilterInput::of(&frame) else {
            self.lane.shared.counters.decode_errors.add(1);
            return Ok(());
        };
        self.notice_shape(&input, frame.pts());
        let differs = match &self.making {
            Making::Picture(recipe) => recipe.tells_apart(&self.input, &input),
            Making::Sound(_) | Making::Frames(_) => false,
        };
        if differs || self.input.needs_another_graph(&input) {
            self.rebuild(input, out)?;
        }
        let pixels = self.pixels.as_mut();
        let pushed = self.lane.shared.counters.filter_time.time(|| {
            let frame = match pixels {
                Some(pixels) => pixels.run(frame)?,
                None => frame,
            };
            self.graph.push(Some(frame)).map_err(Error::from)
        });
        pushed.map_err(|error| self.fail(error))?;
        self.drain(out)
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        self.graph.push(None).map_err(|error| self.fail(error))?;
        self.drain(out)
    }
}
