//! One array of sound, written by a job of its own.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyMapping;
use transcode_pipeline::writing::{Offered, Pen, Sheet, Sound, SoundJob};
use transcode_pipeline::{Control, Error, ErrorKind};

use super::{AT_ONCE, STEP, copy, deliver};
use crate::array::{Array, Dim, Expected, Item};
use crate::errors::Failure;
use crate::job::{Media, output_from};
use crate::options;
use crate::task::{Task, quick};
use crate::worker::Home;

/// Most channels that FFmpeg's filters know.
const MOST_CHANNELS: usize = 64;

/// What is left of an array to write.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Feed {
    array: Array,
    /// `None` when there is nothing more to do.
    state: Mutex<Option<State>>,
    home: Home,
}

struct State {
    pen: Pen,
    /// A copy for which there was no room.
    waits: Option<Sheet>,
    /// The first sample that is not copied.
    next: usize,
}

/// What writes an array, and the job to begin first. Its result: the stats, and the data where the output is memory.
#[pyfunction]
pub(crate) fn write_audio(
    samples: &Bound<'_, PyAny>,
    sample_rate: u32,
    output: Media<'_>,
    values: &Bound<'_, PyMapping>,
) -> PyResult<(Feed, Task)> {
    let array = sound_in(samples)?;
    let channels = array.shape().get(1).map_or(Ok(1), |channels| u32::try_from(*channels))?;
    let sound = Sound { sample_rate, channels, floats: array.item() == Item::F32 };
    let options = options::from_python(values)?;
    let control = Control::new();
    let output = output_from(&control, &output)?;
    let (pen, job) = quick(|| SoundJob { sound, samples: array.shape()[0], output, options }.open())?;
    let task = Task::new(control, None, move |control| {
        let outcome = job.run(control)?;
        Ok(Box::new(move |py| deliver(py, outcome)))
    });
    let state = Mutex::new(Some(State { pen, waits: None, next: 0 }));
    Ok((Feed { array, state, home: Home::here() }, task))
}

fn sound_in(samples: &Bound<'_, PyAny>) -> PyResult<Array> {
    let shapes: &[&[Dim<'_>]] = &[&[Dim::Any("N"), Dim::Any("C")], &[Dim::Any("N")]];
    let expected = Expected { what: "samples", items: &[Item::F32, Item::I16], shapes, has_layout: false };
    let array = Array::new(samples, &expected)?;
    let (wanted, fix) = match *array.shape() {
        [0, ..] => ("at least one sample", "leave out what is empty"),
        [_, 0] => ("at least one channel", "leave out what is empty"),
        [_, channels] if channels > MOST_CHANNELS => {
            ("an array of shape (N, C) of at most 64 channels", "use samples.T")
        }
        _ => return Ok(array),
    };
    let message = format!("samples: expected {wanted}; got {} {:?}; {fix}", array.item().name(), array.shape());
    Err(Failure::new(ErrorKind::InvalidOption, message).into())
}

#[pymethods]
impl Feed {
    /// Writes a piece where there is room, which it waits for a moment; false when all is written, or the job has ended.
    fn write(&self, py: Python<'_>) -> PyResult<bool> {
        let busy = || Error::new(ErrorKind::Bug, "bug: two threads write one array; please report it");
        let mut guard = self.state.try_lock().map_err(|_| Failure(busy()))?;
        let Some(State { pen, waits, next }) = &mut *guard else { return Ok(false) };
        let (array, all) = (&self.array, self.array.shape()[0]);
        let offered = py.detach(|| {
            let sheet = match waits.take() {
                Some(sheet) => sheet,
                None => {
                    let part = *next..all.min(*next + AT_ONCE);
                    *next = part.end;
                    pen.sound(part.len(), array.item() == Item::F32, |to| copy(array, part, to))?
                }
            };
            Ok(pen.offer(sheet, STEP))
        });
        match offered.map_err(Failure)? {
            Offered::Full(sheet) => *waits = Some(sheet),
            Offered::Taken if *next < all => {}
            Offered::Taken => {
                if let Some(State { pen, .. }) = guard.take() {
                    pen.finish();
                }
            }
            Offered::Ended => *guard = None,
        }
        Ok(guard.is_some())
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if !self.home.is_here() {
            // The locks behind it may be held by threads that are not in this process.
            let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(state.take());
        }
    }
}
