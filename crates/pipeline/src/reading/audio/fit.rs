//! Frames of sound brought to one rate, layout and type.

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{FilterGraph, Frame, LogRing, Rational};

use crate::error::{Error, Result};
use crate::plan::{SoundRecipe, bad_graph};
use crate::stage::{Flow, Sink, Stage};
use crate::stages::{Built, Filter, Lane, Making};

/// Samples that are put together before they go through the graph, whose cost is by the frame.
const TOGETHER: u32 = 1 << 14;

/// Frames that are as wanted pass; from the first on that is not, all go through a filter graph.
pub(super) struct Fit {
    target: FilterInput,
    passes: bool,
    /// The last frame that was found to be as wanted.
    fits: Option<Frame>,
    waiting: Vec<Frame>,
    samples: u32,
    filter: Filter,
}

impl Fit {
    /// For sound that is mostly like `input`.
    pub(super) fn new(lane: Lane, input: FilterInput, target: FilterInput, log: &Arc<LogRing>) -> Result<Self> {
        let recipe = SoundRecipe::to(target.clone());
        let FilterInput::Audio { sample_rate, .. } = &input else { unreachable!("sound alone is read here") };
        let base = Rational::new(1, sample_rate.cast_signed());
        let graph = FilterGraph::new(&recipe.spec(&input), &input, base, None, 1, log);
        let graph = graph.map_err(|error| bad_graph(error, log))?;
        let passes = input == target;
        let built = Built { ahead: None, graph, input, from: None, to: None, rate: None };
        let filter = Filter::new(lane, Making::Sound(recipe), built, 1, log);
        Ok(Self { target, passes, fits: None, waiting: Vec::new(), samples: 0, filter })
    }

    fn is_as_wanted(&mut self, frame: &Frame) -> Result<bool> {
        if self.fits.as_ref().is_some_and(|fits| fits.is_sound_like(frame)) {
            return Ok(true);
        }
        let fits = FilterInput::of(frame).is_some_and(|input| input == self.target);
        self.fits = if fits { Some(frame.silence(1)?) } else { None };
        Ok(fits)
    }

    fn flush(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        self.samples = 0;
        let frame = match self.waiting.len() {
            0 | 1 => self.waiting.pop(),
            _ => Frame::joined(&self.waiting).map_err(Error::from)?,
        };
        self.waiting.clear();
        frame.map_or(Ok(()), |frame| self.filter.push(frame, out))
    }
}

impl Stage for Fit {
    type In = Frame;
    type Out = Frame;

    fn push(&mut self, frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        self.passes = self.passes && self.is_as_wanted(&frame)?;
        if self.passes {
            return out.accept(frame);
        }
        if self.waiting.first().is_some_and(|first| !first.is_sound_like(&frame)) {
            self.flush(out)?;
        }
        self.samples += frame.samples();
        self.waiting.push(frame);
        if self.samples >= TOGETHER { self.flush(out) } else { Ok(()) }
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        self.flush(out)?;
        if self.passes { Ok(()) } else { self.filter.finish(out) }
    }
}
