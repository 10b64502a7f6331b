//! Decoded pictures made into those that somebody asked for.

use std::sync::Arc;

use transcode_av::{Frame, LogRing, PixelFormat};

use super::cursor::Cursor;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{Showing, showing};
use crate::stage::{Flow, Sink, Stage, Stop};
use crate::stages::{Built, Filter, Making};

/// Makes one picture of each.
pub(super) struct Shown {
    filter: Filter,
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
        format: Option<PixelFormat>,
        options: &Options,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let stream = cursor.stream();
        let Showing { recipe, steps, graph, input, output } =
            showing(stream, cursor.with_alpha(), format, options, log)?;
        let built = Built {
            ahead: steps.ahead,
            graph,
            input,
            from: Some(stream.time_base),
            to: Some(stream.time_base),
            rate: stream.average_frame_rate.or(stream.real_frame_rate),
        };
        let making = Making::Picture(Box::new(recipe));
        let filter = Filter::new(cursor.lane(), making, built, options.threads, log);
        Ok(Self { filter, width: output.width, height: output.height })
    }

    /// Width and height of all of them.
    pub(super) const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
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
