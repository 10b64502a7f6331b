//! Sound as arrays.

mod loan;

use std::sync::Arc;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PySlice};
use transcode_pipeline as pipeline;
use transcode_pipeline::{AudioReader, Control, ErrorKind, ReadAudio, SampleType, Samples};

use crate::array::{ArrayMut, Dim, Expected, Item};
use crate::errors::Failure;
use crate::job::{Media, input_from};
use crate::memory::Memory;
use crate::options;
use crate::task::Task;
use loan::{Loan, Owner};

/// Reads all sound of a part. The result: an array, or the part of `out` that was filled.
#[pyfunction]
#[pyo3(signature = (input, stream, kind, fills_gaps, values, out=None))]
pub(crate) fn read_audio(
    input: Media<'_>,
    stream: Option<usize>,
    kind: &str,
    fills_gaps: bool,
    values: &Bound<'_, PyMapping>,
    out: Option<Bound<'_, PyAny>>,
) -> PyResult<Task> {
    let control = Control::new();
    let mut job = job(&control, &input, stream, kind, fills_gaps, values)?;
    if let Some(out) = &out {
        let channels = job.options.channels.map(|channels| [channels as usize]);
        let dim = channels.as_ref().map_or(Dim::Any("C"), |channels| Dim::Of(channels));
        let array = ArrayMut::new(out, &expected(&[item(job.kind)], &[&[Dim::Any("N"), dim]]))?;
        job.room = array.shape().try_into().ok();
    }
    let out = out.map(Bound::unbind);
    Ok(Task::new(control, None, move |control| {
        let (info, samples) = pipeline::read_audio(job, control)?;
        let channels = info.channels as usize;
        Ok(Box::new(move |py| match out {
            Some(out) => filled(out.bind(py), &samples, channels),
            None => memory(samples, channels).into_bound_py_any(py),
        }))
    }))
}

fn expected<'a>(items: &'a [Item], shapes: &'a [&'a [Dim<'a>]]) -> Expected<'a> {
    Expected { what: "out", items, shapes, has_layout: false }
}

const fn item(kind: SampleType) -> Item {
    match kind {
        SampleType::F32 => Item::F32,
        SampleType::I16 => Item::I16,
    }
}

fn job(
    control: &Control,
    input: &Media<'_>,
    stream: Option<usize>,
    kind: &str,
    fills_gaps: bool,
    values: &Bound<'_, PyMapping>,
) -> PyResult<ReadAudio> {
    let kind = match kind {
        "float32" => SampleType::F32,
        "int16" => SampleType::I16,
        other => {
            let message = format!("samples of the unknown kind {other:?}; please report it");
            return Err(Failure::new(ErrorKind::Bug, message).into());
        }
    };
    let options = options::from_python(values)?;
    Ok(ReadAudio { input: input_from(control, input)?, stream, kind, fills_gaps, room: None, options })
}

fn memory(samples: Samples, channels: usize) -> Memory {
    let shape = shape(&samples, channels);
    match samples {
        Samples::F32(samples) => Memory::packed(samples, &shape),
        Samples::I16(samples) => Memory::packed(samples, &shape),
    }
}

fn shape(samples: &Samples, channels: usize) -> [usize; 2] {
    [samples.len() / channels.max(1), channels]
}

/// Fills the front of an array, and gives that.
fn filled<'py>(out: &Bound<'py, PyAny>, samples: &Samples, channels: usize) -> PyResult<Bound<'py, PyAny>> {
    let [frames, channels] = shape(samples, channels);
    let item = match samples {
        Samples::F32(_) => Item::F32,
        Samples::I16(_) => Item::I16,
    };
    let front = out.get_item(PySlice::new(out.py(), 0, frames.cast_signed(), 1))?;
    let shapes: &[&[Dim<'_>]] = &[&[Dim::Just(frames), Dim::Just(channels)]];
    let mut array = ArrayMut::new(&front, &expected(&[item], shapes))?;
    out.py().detach(|| match samples {
        Samples::F32(samples) => array.fill(samples),
        Samples::I16(samples) => array.fill(samples),
    });
    Ok(front)
}

/// Opens sound. The result: a [`Sound`].
#[pyfunction]
pub(crate) fn open_audio(
    input: Media<'_>,
    stream: Option<usize>,
    kind: &str,
    fills_gaps: bool,
    values: &Bound<'_, PyMapping>,
) -> PyResult<Task> {
    let control = Control::new();
    let job = job(&control, &input, stream, kind, fills_gaps, values)?;
    // A task that has ended leaves its control alone, and the sound is stopped by its own.
    let own = control.clone();
    Ok(Task::new(control, None, move |control| {
        let reader = AudioReader::open(job, control)?;
        Ok(Box::new(move |py| Sound(Owner::new(reader, own)).into_bound_py_any(py)))
    }))
}

/// Sound that is read piece by piece, by one thread at a time.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Sound(Arc<Owner>);

#[pymethods]
impl Sound {
    #[getter]
    fn sample_rate(&self) -> u32 {
        self.0.info().sample_rate
    }

    #[getter]
    fn channels(&self) -> u32 {
        self.0.info().channels
    }

    #[getter]
    fn duration(&self) -> Option<f64> {
        self.0.info().duration
    }

    /// Whether it was stopped, and gives nothing more.
    #[getter]
    fn stopped(&self) -> bool {
        self.0.is_stopped()
    }

    /// Samples a channel that were given or passed over.
    #[getter]
    fn position(&self) -> PyResult<u64> {
        self.0.with(|reader| reader.position())
    }

    /// Does not give the next samples.
    fn pass_over(&self, frames: u64) -> PyResult<()> {
        self.0.with(|reader| reader.pass_over(frames))
    }

    /// The next samples, where so many are there or the end was reached.
    fn take(&self, frames: usize) -> PyResult<Option<Memory>> {
        let channels = self.0.info().channels as usize;
        self.0.with(|reader| {
            let is_there = reader.ready() >= frames || reader.has_ended();
            is_there.then(|| memory(reader.take(frames), channels))
        })
    }

    /// Reads until so many samples are there.
    fn fill(&self, frames: usize) -> PyResult<Task> {
        let mut loan = Loan::take(&self.0)?;
        Ok(Task::new(self.0.control(), None, move |control| {
            loan.reader().fill(frames, control)?;
            drop(loan);
            Ok(Box::new(|py| Ok(py.None().into_bound(py))))
        }))
    }

    /// Lets go of the input, once nobody reads.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}
