//! One of the two inputs: opened, decoded, brought to the format that is measured.

use std::sync::Arc;

use transcode_av::filter_graph::FilterInput;
use transcode_av::{FilterGraph, Frame, LogRing, Output, Rational};

use super::form::Form;
use super::pairs::{Feed, Timed};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Input;
use crate::options::Options;
use crate::plan::{bad_graph, upright};
use crate::reading::{Choice, Cursor};

/// One input, as a stream of frames.
pub(super) struct Side {
    name: &'static str,
    cursor: Cursor,
    /// Ticks of the first frame.
    first: Option<i64>,
}

impl Side {
    pub(super) fn open(
        name: &'static str,
        input: Input,
        stream: Option<usize>,
        options: &Options,
        control: &Control,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let cursor = Cursor::open(input, Choice { name, stream }, options, control, log)?;
        Ok(Self { name, cursor, first: None })
    }

    /// `"a"` or `"b"`.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Seconds, as far as the container tells.
    pub(super) const fn duration(&self) -> Option<f64> {
        self.cursor.duration()
    }

    /// Frames a second.
    pub(super) fn frame_rate(&self) -> Option<f64> {
        let stream = self.cursor.stream();
        stream.average_frame_rate.or(stream.real_frame_rate).map(Rational::as_f64)
    }

    /// The filters that show its pictures upright.
    pub(super) fn upright(&self) -> Vec<String> {
        self.cursor.stream().side_data.display_matrix().map_or_else(Vec::new, upright)
    }

    /// What was found damaged or odd, told once, at the end.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.cursor.warnings().into_iter().map(|warning| format!("{}: {warning}", self.name)).collect()
    }

    fn time_base(&self) -> Rational {
        self.cursor.stream().time_base
    }
}

impl Feed<Frame> for Side {
    type Error = Error;

    fn pull(&mut self) -> Result<Option<Timed<Frame>>> {
        let frame = self.cursor.picture(None)?;
        Ok(frame.map(|frame| {
            let ticks = frame.pts().unwrap_or(0);
            let first = *self.first.get_or_insert(ticks);
            let [at, duration] =
                [ticks.saturating_sub(first), frame.duration()].map(|ticks| self.time_base().seconds(ticks));
            Timed { at, duration, item: frame }
        }))
    }
}

/// Pictures that begin so many seconds after their file do so because of how the sound beside them is coded.
const LATE: f64 = 0.03;

/// Says so where the pictures of one begin later in their file than those of the other.
pub(super) fn late(a: &Side, b: &Side) -> Option<String> {
    let begin = |side: &Side| side.first.map(|ticks| side.time_base().seconds(ticks));
    let (of_a, of_b) = begin(a).zip(begin(b))?;
    let frame = a.frame_rate().into_iter().chain(b.frame_rate()).reduce(f64::max).map_or(0.0, |rate| 1.0 / rate);
    ((of_a - of_b).abs() > LATE.max(frame * 0.75)).then(|| {
        format!(
            "the pictures of a begin at {of_a:.3} s and those of b at {of_b:.3} s: the first of each were taken for the \
             same moment"
        )
    })
}

/// Brings the frames of one side to the form that is measured.
pub(super) struct Converter {
    name: &'static str,
    base: Rational,
    upright: Vec<String>,
    threads: u32,
    log: Arc<LogRing>,
    graph: Option<(FilterInput, FilterGraph)>,
}

impl Converter {
    /// `turned`: whether the two are not shown in the same way as they are stored.
    pub(super) fn new(side: &Side, turned: bool, threads: u32, log: &Arc<LogRing>) -> Self {
        let upright = if turned { side.upright() } else { Vec::new() };
        Self { name: side.name, base: side.time_base(), upright, threads, log: Arc::clone(log), graph: None }
    }

    /// The frame in that form, and what is done to it and those that follow, where that changes samples.
    pub(super) fn fit(&mut self, frame: Frame, form: &Form) -> Result<(Frame, Option<String>)> {
        if !form.differs(&frame) && self.upright.is_empty() {
            return Ok((frame, None));
        }
        let input = FilterInput::of(&frame).ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, format!("{}: the decoder gave a picture without a format", self.name))
        })?;
        let mut warning = None;
        let same = self.graph.as_ref().is_some_and(|(made_for, _)| !made_for.needs_another_graph(&input));
        if !same {
            let changes = form.conversion(&frame);
            warning = changes.as_ref().map(|changes| format!("{}: {}", self.name, changes.told));
            let filters = self.upright.iter().cloned().chain(changes.into_iter().flat_map(|changes| changes.filters));
            let spec = filters.collect::<Vec<_>>().join(",");
            let graph = FilterGraph::new(&spec, &input, self.base, None, self.threads, &self.log)
                .map_err(|error| bad_graph(error, &self.log))?;
            self.graph = Some((input, graph));
        }
        let failed = |error: transcode_av::Error| Error::from(error).stage("filter");
        let Some((_, graph)) = &mut self.graph else { unreachable!("made above") };
        graph.push(Some(frame)).map_err(failed)?;
        match graph.pull().map_err(failed)? {
            Output::Item(frame) => Ok((frame, warning)),
            Output::NeedsInput | Output::End => {
                Err(Error::new(ErrorKind::Bug, "bug: a conversion of formats gave no picture").stage("filter"))
            }
        }
    }
}
