//! Frames of sound brought to one rate, layout and type.

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{FilterGraph, Frame, LogRing, Rational};

use crate::error::Result;
use crate::plan::{SoundRecipe, bad_graph};
use crate::stage::{Flow, Sink, Stage};
use crate::stages::{Built, Filter, Lane, Making};

/// Frames that are as wanted pass; from the first on that is not, all go through a filter graph.
pub(super) struct Fit {
    target: FilterInput,
    passes: bool,
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
        Ok(Self { target, passes, filter: Filter::new(lane, Making::Sound(recipe), built, 1, log) })
    }
}

impl Stage for Fit {
    type In = Frame;
    type Out = Frame;

    fn push(&mut self, frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        self.passes = self.passes && FilterInput::of(&frame).is_some_and(|input| input == self.target);
        if self.passes { out.accept(frame) } else { self.filter.push(frame, out) }
    }

    fn finish(&mut self, out: &mut dyn Sink<Frame>) -> Flow {
        if self.passes { Ok(()) } else { self.filter.finish(out) }
    }
}
