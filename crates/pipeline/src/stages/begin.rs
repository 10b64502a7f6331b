//! Sound whose first sample is the beginning of time.

use transcode_av::Frame;

use crate::stage::{Flow, Sink, Stage};

/// Moves the times of frames so that the first has 0.
#[derive(Debug, Default)]
pub(crate) struct FromFirst {
    first: Option<i64>,
}

impl Stage for FromFirst {
    type In = Frame;
    type Out = Frame;

    fn push(&mut self, mut frame: Frame, out: &mut dyn Sink<Frame>) -> Flow {
        let first = *self.first.get_or_insert(frame.pts().unwrap_or(0));
        frame.set_pts(frame.pts().map(|at| at.saturating_sub(first)));
        out.accept(frame)
    }

    fn finish(&mut self, _out: &mut dyn Sink<Frame>) -> Flow {
        Ok(())
    }
}
