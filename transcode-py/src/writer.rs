//! Pictures and sound from arrays, written by a job in the background.
//!
//! Python's side lets one thread at a time in here; a second that comes all the same is refused.

mod feed;
mod frames;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use transcode_pipeline::writing::{self, ArrayJob, Offered, Pen, Pictures, Sheet, Sound};
use transcode_pipeline::{Control, ErrorKind, Outcome, Output};

use crate::array::{Array, Dim, Expected, Item};
use crate::errors::Failure;
use crate::job::{Media, output_from};
use crate::task::{Task, quick};
use crate::worker::Home;
use crate::{options, value};
pub(crate) use feed::{Feed, write_audio};
use frames::{Choice, Form};

/// How long a signal may wait for a call that waits for room.
const STEP: Duration = Duration::from_millis(20);

/// Samples of sound that are copied at once.
const AT_ONCE: usize = 1 << 16;

/// Most bytes of sound that wait for the first picture, which tells what the output is: minutes of it.
const MOST_KEPT: usize = 1 << 26;

/// What arrays are written to: nothing yet, a job, or nothing any more.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Writer {
    choice: Choice,
    /// Samples a second, and channels.
    sound: Option<(u32, u32)>,
    state: Mutex<State>,
    home: Home,
}

enum State {
    /// Sound that came before the first picture.
    Waiting(Vec<Kept>),
    Open(Box<Open>),
    Ended,
}

struct Open {
    pen: Pen,
    form: Form,
    /// Sound that came before the first picture and is not written yet; the next first.
    kept: Vec<Kept>,
}

impl Open {
    /// Puts the sound in the queue that came before the first picture; false where the job has ended.
    fn put_kept(&mut self, py: Python<'_>) -> PyResult<bool> {
        while let Some(Kept { floats, samples, items }) = self.kept.pop() {
            let sheet = py.detach(|| self.pen.sound(samples, floats, |to| to.copy_from_slice(&items)));
            if !put(py, &mut self.pen, sheet.map_err(Failure)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A copy of some sound.
struct Kept {
    floats: bool,
    samples: usize,
    items: Vec<u8>,
}

impl Writer {
    /// The state, for the one call at a time that may be in here.
    fn state(&self) -> PyResult<MutexGuard<'_, State>> {
        self.check_process()?;
        self.state.try_lock().map_err(|_| {
            let message = "this VideoWriter is busy; expected one call at a time; got a second; wait for the first";
            Failure::new(ErrorKind::Bug, message).into()
        })
    }
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(signature = (frame_format, layout, sound))]
    fn new(frame_format: Option<&str>, layout: &str, sound: Option<(u32, u32)>) -> PyResult<Self> {
        let choice = quick(|| Choice::new(frame_format, layout))?;
        Ok(Self { choice, sound, state: Mutex::new(State::Waiting(Vec::new())), home: Home::here() })
    }

    /// Before anything is asked of it in a forked child, whose locks nobody may ever open.
    fn check_process(&self) -> PyResult<()> {
        self.home.check("this VideoWriter", "make a new one there")
    }

    /// Finds what is wrong before the first picture.
    fn check(&self, output: Media<'_>, values: &Bound<'_, PyMapping>) -> PyResult<()> {
        let options = options::from_python(values)?;
        let (kind, object) = &output;
        let output = if kind == "path" { Output::Path(object.extract()?) } else { Output::Memory };
        quick(|| writing::check(&output, &options, self.sound.is_some()))
    }

    /// Makes the job for pictures like `frame`, which are `timed` or follow each other. Its result is that of a run.
    fn begin(
        &self,
        output: Media<'_>,
        values: &Bound<'_, PyMapping>,
        frame: &Bound<'_, PyAny>,
        timed: bool,
    ) -> PyResult<Task> {
        let mut options = options::from_python(values)?;
        let (form, _) = self.choice.first(frame)?;
        let mut state = self.state()?;
        let State::Waiting(kept) = &mut *state else {
            return Err(Failure::new(ErrorKind::Bug, "a writer begins once; please report it").into());
        };
        let floats = kept.first().is_none_or(|kept| kept.floats);
        let sound = self.sound.map(|(sample_rate, channels)| Sound { sample_rate, channels, floats });
        let (width, height) = form.size();
        let rate = options.fps.take();
        let pictures = Pictures { format: form.format, width, height, rate, timed };
        let control = Control::new();
        let output = output_from(&control, &output)?;
        let (pen, job) = quick(|| ArrayJob { pictures, sound, output, options }.open())?;
        let mut kept = std::mem::take(kept);
        kept.reverse();
        *state = State::Open(Box::new(Open { pen, form, kept }));
        Ok(Task::new(control, None, move |control| {
            let outcome = job.run(control)?;
            Ok(Box::new(move |py| deliver(py, outcome)))
        }))
    }

    /// Copies a picture and puts it in the queue, waiting for room; false where the job has ended.
    #[pyo3(signature = (frame, pts=None))]
    fn write(&self, py: Python<'_>, frame: &Bound<'_, PyAny>, pts: Option<f64>) -> PyResult<bool> {
        let mut state = self.state()?;
        let open = match &mut *state {
            State::Open(open) => open,
            State::Waiting(_) => return Err(Failure::new(ErrorKind::Bug, "the writer has not begun").into()),
            State::Ended => return Ok(false),
        };
        let arrays = open.form.arrays(frame)?;
        if !open.put_kept(py)? {
            return Ok(false);
        }
        let Open { pen, form, .. } = &mut **open;
        let sheet = py.detach(|| pen.picture(pts, |to| form.fill(&arrays, to)));
        put(py, pen, sheet.map_err(Failure)?)
    }

    /// The same for sound; before the first picture it is kept.
    fn write_audio(&self, py: Python<'_>, samples: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some((_, channels)) = self.sound else {
            let message = "samples: expected none, since no sound was declared; got some; pass sample_rate= and channels= \
                           to the VideoWriter";
            return Err(Failure::new(ErrorKind::InvalidOption, message).into());
        };
        let array = sound_from(samples, channels as usize)?;
        let (floats, all) = (array.item() == Item::F32, array.shape()[0]);
        let mut state = self.state()?;
        for begin in (0..all).step_by(AT_ONCE) {
            let part = begin..all.min(begin + AT_ONCE);
            let samples = part.len();
            let bytes = samples * channels as usize * array.item().bytes();
            match &mut *state {
                State::Ended => return Ok(false),
                State::Open(open) => {
                    // Some is left where a signal came between.
                    if !open.put_kept(py)? {
                        return Ok(false);
                    }
                    let pen = &mut open.pen;
                    let sheet = py.detach(|| pen.sound(samples, floats, |to| copy(&array, part, to)));
                    if !put(py, pen, sheet.map_err(Failure)?)? {
                        return Ok(false);
                    }
                }
                State::Waiting(kept) => {
                    let waits: usize = kept.iter().map(|kept| kept.items.len()).sum();
                    if begin == 0 && waits + array.bytes() > MOST_KEPT {
                        let message = format!(
                            "samples: expected at most {MOST_KEPT} bytes of sound before the first frame; got more; \
                             write the frames that belong to it in between"
                        );
                        return Err(Failure::new(ErrorKind::Limit, message).into());
                    }
                    let mut items = vec![0; bytes];
                    py.detach(|| copy(&array, part, &mut items));
                    kept.push(Kept { floats, samples, items });
                }
            }
        }
        Ok(true)
    }

    /// No more comes: the job takes what waits, and ends.
    fn end(&self) -> PyResult<()> {
        let state = std::mem::replace(&mut *self.state()?, State::Ended);
        if let State::Open(open) = state {
            open.pen.finish();
        }
        Ok(())
    }
}

/// The stats, and the data where the output is memory.
fn deliver(py: Python<'_>, outcome: Outcome) -> PyResult<Bound<'_, PyAny>> {
    let data = outcome.data.map(|data| PyBytes::new(py, &data));
    (value::report(py, &outcome.stats)?, data).into_bound_py_any(py)
}

/// Offers a copy until there is room, and looks for signals meanwhile; false where nobody takes it any more.
fn put(py: Python<'_>, pen: &mut Pen, mut sheet: Sheet) -> PyResult<bool> {
    loop {
        match py.detach(|| pen.offer(sheet, STEP)) {
            Offered::Taken => return Ok(true),
            Offered::Ended => return Ok(false),
            Offered::Full(back) => sheet = back,
        }
        py.check_signals()?;
    }
}

/// Copies some samples of all channels, as they lie in the array.
fn copy(array: &Array, part: Range<usize>, to: &mut [u8]) {
    let order: Vec<usize> = (0..array.shape().len()).collect();
    array.copy_part(&order, part, to);
}

fn sound_from(samples: &Bound<'_, PyAny>, channels: usize) -> PyResult<Array> {
    let counts = [channels];
    let several: &[Dim<'_>] = &[Dim::Side("samples"), Dim::Of(&counts)];
    let one: &[Dim<'_>] = &[Dim::Side("samples")];
    let shapes: &[&[Dim<'_>]] = if channels == 1 { &[several, one] } else { &[several] };
    Array::new(samples, &Expected { what: "samples", items: &[Item::F32, Item::I16], shapes, has_layout: false })
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.home.is_here() {
            // The locks behind it may be held by threads that are not in this process.
            let state = self.state.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
            std::mem::forget(std::mem::replace(state, State::Ended));
        }
    }
}
