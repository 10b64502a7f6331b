//! Decoded pictures made into those that somebody asked for.

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{Frame, LogRing, PixelFormat};

use super::cursor::Cursor;
use super::form::{Form, Numbers, zeroed};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{Ahead, Recipe, Showing, check_pixels, showing};
use crate::stage::{Flow, Sink, Stage, Stop};
use crate::stages::{Built, Filter, Making, ToRgb};

/// Makes one picture of each.
pub(super) struct Shown {
    filter: Filter,
    /// Where numbers are made of decoded pictures in one step: how, and of which pictures.
    direct: Option<(ToRgb, FilterInput)>,
    recipe: Recipe,
    width: u32,
    height: u32,
}

#[derive(Default)]
struct Made(Option<Frame>);

impl Sink<Frame> for Made {
    fn accept(&mut self, frame: Frame) -> Flow {
        self.0 = Some(frame);
        Ok(())
    }
}

impl Shown {
    pub(super) fn new(
        cursor: &Cursor,
        (format, form): (Option<PixelFormat>, Option<&Form>),
        options: &Options,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let stream = cursor.stream();
        let Showing { recipe, steps, graph, input, output } =
            showing(stream, cursor.with_alpha(), format, options, log)?;
        // Planes of floats, of pictures to which nothing else is done.
        let plain = |ahead: &Ahead| ahead.tone.is_none() && form.is_some_and(Form::is_tensor) && steps.graph == "null";
        let ahead = steps.ahead.as_ref().filter(|ahead| plain(ahead));
        let direct = ahead.and_then(|ahead| Some((ToRgb::new(ahead.rgb?, ahead.level), input.clone())));
        let built = Built {
            ahead: steps.ahead,
            graph,
            input,
            from: Some(stream.time_base),
            to: Some(stream.time_base),
            rate: stream.average_frame_rate.or(stream.real_frame_rate),
        };
        check_pixels(output.width, output.height, options.max_pixels)?;
        let making = Making::Picture(Box::new(recipe.clone()));
        let filter = Filter::new(cursor.lane(), making, built, options.threads, log);
        Ok(Self { filter, direct, recipe, width: output.width, height: output.height })
    }

    /// Width and height of all of them.
    pub(super) const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The numbers of a decoded picture, in a form that is not plain.
    pub(super) fn numbers(&mut self, frame: Frame, form: &Form) -> Result<Numbers> {
        let size = self.size();
        if let Some((to_rgb, planned)) = &mut self.direct
            && FilterInput::of(&frame)
                .is_some_and(|is| !planned.needs_another_graph(&is) && !self.recipe.tells_apart(planned, &is))
        {
            let mut floats = zeroed(form.count(size))?;
            to_rgb.floats(&frame, size, form.normal, &mut floats)?;
            return Ok(Numbers::F32(floats));
        }
        let picture = self.picture(frame)?;
        form.numbers(&picture)
    }

    pub(super) fn picture(&mut self, frame: Frame) -> Result<Frame> {
        let mut made = Made::default();
        let pushed = self.filter.push(frame, &mut made);
        pushed.map_err(|stop| match stop {
            Stop::Failed(error) => error,
            Stop::HungUp => Error::new(ErrorKind::Bug, "bug: a reader has no neighbour to lose"),
        })?;
        made.0.ok_or_else(|| {
            let message = "a picture tells neither its size nor its format; expected both of each; got none; \
                           skip it, or repair the file";
            Error::new(ErrorKind::InvalidMedia, message).stage("filter")
        })
    }
}
