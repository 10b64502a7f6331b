//! Readers: pictures by number and time, decoded on a thread of each reader's own.
//!
//! Whoever asks waits with the GIL released and answers signals. The thread never takes the GIL.

mod pixel;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, TryRecvError, bounded, unbounded};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use transcode_pipeline::reading::{
    Decoded, Form, Found, Kind, Maker, Normal, Picture, ReadOptions, Ready, Span, VideoReader,
};
use transcode_pipeline::{Control, Error, ErrorKind};

use crate::array::{ArrayMut, Dim, Expected, Item};
use crate::errors::{Failure, caught};
use crate::frame::Frame;
use crate::job::{Media, input_from};
use crate::options;
use crate::worker::{Home, Worker};
use pixel::Pixel;

/// What is told in a forked child.
const WHAT: &str = "this VideoReader";
const FIX: &str = "open the video there";

/// How often a wait looks for signals.
const LOOK: Duration = Duration::from_millis(50);

type Ask = Box<dyn FnOnce(&mut VideoReader) + Send>;

/// A reader that is open.
struct Open {
    asks: Sender<Ask>,
    worker: Worker,
    /// Used by whoever has asked, on its own thread, while the reader's decodes on.
    maker: Option<Arc<Mutex<Maker>>>,
}

/// What a reader tells of its pictures.
struct Facts {
    form: Option<Form>,
    size: (u32, u32),
    frame_rate: Option<f64>,
    duration: Option<f64>,
    ready: Ready,
}

/// The pictures of one stream, in any order.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Reader {
    shared: Arc<Shared>,
    facts: Facts,
}

/// What outlives a reader until its thread is gone.
struct Shared {
    open: Mutex<Option<Open>>,
    control: Control,
    home: Home,
    /// What its thread had still to tell when it ended.
    last_words: Arc<Mutex<Vec<String>>>,
}

/// Every reader that is open, for the end of the interpreter. Locked with the GIL held, for a moment.
static LIVE: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Opens an input to read its pictures.
#[pyfunction]
#[pyo3(signature = (input, values, format, planar, normal, video, ahead, index))]
#[expect(clippy::too_many_arguments, reason = "what the Python side has told apart")]
pub(crate) fn open_video(
    py: Python<'_>,
    input: Media<'_>,
    values: &Bound<'_, PyMapping>,
    format: Option<String>,
    planar: bool,
    normal: Option<([f32; 3], [f32; 3])>,
    video: Option<usize>,
    ahead: Option<usize>,
    index: Option<&Bound<'_, PyBytes>>,
) -> PyResult<Reader> {
    let control = Control::new();
    let options = options::from_python(values)?;
    let normal = normal.map(|(mean, std)| Normal { mean, std });
    let asked = ReadOptions { stream: video, format, planar, normal, ahead, options };
    let input = input_from(&control, &input)?;
    let index = index.map(|bytes| bytes.as_bytes().to_vec());
    let (asks, inbox) = unbounded::<Ask>();
    let (told, answer) = bounded(1);
    let own = control.clone();
    let last_words = Arc::<Mutex<Vec<String>>>::default();
    let words = Arc::clone(&last_words);
    let body = move || {
        let opened = caught(|| {
            let (mut reader, maker) = VideoReader::open(input, &asked, &own)?;
            index.map_or(Ok(()), |index| reader.use_index(&index))?;
            Ok((reader, maker))
        });
        match opened {
            Ok((mut reader, maker)) => {
                let facts = Facts {
                    form: maker.form().cloned(),
                    size: maker.size(),
                    frame_rate: reader.frame_rate(),
                    duration: reader.duration(),
                    ready: reader.ready(),
                };
                let _gone = told.send(Ok((facts, maker)));
                serve(&mut reader, &inbox);
                *words.lock().unwrap_or_else(PoisonError::into_inner) = reader.last_warnings();
            }
            Err(failure) => {
                let _gone = told.send(Err(failure));
            }
        }
    };
    let worker = Worker::spawn("transcode-read", body)
        .map_err(|error| Failure::no_thread(&error, "reader", "close some readers"))?;
    let open = Mutex::new(Some(Open { asks, worker, maker: None }));
    let shared = Arc::new(Shared { open, control, home: Home::here(), last_words });
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    live.retain(|reader| reader.strong_count() > 0);
    live.push(Arc::downgrade(&shared));
    drop(live);
    match shared.wait(py, &answer) {
        Ok((facts, maker)) => {
            shared.put(maker);
            Ok(Reader { shared, facts })
        }
        Err(error) => {
            shared.close(py);
            Err(error)
        }
    }
}

/// Answers until nobody can ask any more; between two questions it decodes ahead.
fn serve(reader: &mut VideoReader, inbox: &Receiver<Ask>) {
    loop {
        let ask = match inbox.try_recv() {
            Ok(ask) => ask,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                if catch_unwind(AssertUnwindSafe(|| reader.look_ahead())).unwrap_or(false) {
                    continue;
                }
                match inbox.recv() {
                    Ok(ask) => ask,
                    Err(_) => return,
                }
            }
        };
        ask(reader);
    }
}

/// The picture that becomes of one that was found.
fn make(maker: &Mutex<Maker>, found: Found) -> Result<Picture, Failure> {
    let made = caught(|| maker.lock().unwrap_or_else(PoisonError::into_inner).make(found));
    // Only who closes a reader cancels what it does.
    made.map_err(|failure| if failure.0.kind == ErrorKind::Cancelled { closed() } else { failure })
}

fn closed() -> Failure {
    Failure::new(
        ErrorKind::InvalidOption,
        "the reader is closed; expected one that is open; got one after close(), or one that Ctrl-C has stopped; open it anew",
    )
}

impl Shared {
    /// Has the reader's thread do something, and waits for the answer.
    fn call<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut VideoReader) -> Result<T, Error> + Send + 'static,
    ) -> PyResult<T> {
        let (told, answer) = bounded(1);
        self.ask(move |reader| {
            let _gone = told.send(caught(|| work(reader)));
        })?;
        self.wait(py, &answer)
    }

    /// What makes the pictures.
    fn maker(&self) -> PyResult<Arc<Mutex<Maker>>> {
        self.home.check(WHAT, FIX)?;
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(open.as_ref().and_then(|open| open.maker.clone()).ok_or_else(closed)?)
    }

    fn put(&self, maker: Maker) {
        if let Some(open) = self.open.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            open.maker = Some(Arc::new(Mutex::new(maker)));
        }
    }

    fn ask(&self, work: impl FnOnce(&mut VideoReader) + Send + 'static) -> PyResult<()> {
        self.home.check(WHAT, FIX)?;
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let asks = open.as_ref().map(|open| open.asks.clone()).ok_or_else(closed)?;
        drop(open);
        asks.send(Box::new(work)).map_err(|_| closed().into())
    }

    /// Waits for an answer. What a signal's handler raises stops the reader for good.
    fn wait<T: Send>(&self, py: Python<'_>, answer: &Receiver<Result<T, Failure>>) -> PyResult<T> {
        loop {
            match py.detach(|| answer.recv_timeout(LOOK)) {
                Ok(Err(Failure(error))) if error.kind == ErrorKind::Cancelled => return Err(closed().into()),
                Ok(answer) => return Ok(answer?),
                Err(RecvTimeoutError::Disconnected) => return Err(closed().into()),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(raised) = py.check_signals() {
                        self.close(py);
                        return Err(raised);
                    }
                }
            }
        }
    }

    /// Stops what is under way, and waits until the thread is gone.
    fn close(&self, py: Python<'_>) {
        if !self.home.is_here() {
            return;
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Open { asks, worker, maker: _ }) = open {
            self.control.cancel();
            drop(asks);
            py.detach(|| worker.join());
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if self.home.is_here() {
            self.control.cancel();
        } else {
            // Another process has the thread behind it, and perhaps the lock of its queue.
            std::mem::forget(open);
        }
    }
}

/// Closes all readers, for the end of the interpreter.
pub(crate) fn close_all(py: Python<'_>) {
    let live = std::mem::take(&mut *LIVE.lock().unwrap_or_else(PoisonError::into_inner));
    live.iter().filter_map(Weak::upgrade).for_each(|reader| reader.close(py));
}

#[pymethods]
impl Reader {
    #[getter]
    const fn size(&self) -> (u32, u32) {
        self.facts.size
    }

    #[getter]
    const fn frame_rate(&self) -> Option<f64> {
        self.facts.frame_rate
    }

    #[getter]
    const fn duration(&self) -> Option<f64> {
        self.facts.duration
    }

    /// The shape of one picture and NumPy's name of its numbers; `None` where it has planes.
    #[getter]
    fn array(&self) -> Option<([usize; 3], &'static str)> {
        let form = self.facts.form.as_ref()?;
        let (w, h) = self.facts.size;
        let [w, h] = [w, h].map(|side| side as usize);
        let shape = if form.planar { [form.channels, h, w] } else { [h, w, form.channels] };
        Some((shape, item(form).name()))
    }

    /// Picture `number`, or `None` past the last one.
    fn picture(&self, py: Python<'_>, number: usize, goes_on: bool) -> PyResult<Option<Frame>> {
        let maker = self.shared.maker()?;
        let found = match goes_on.then(|| self.ready(number)).flatten() {
            None => self.shared.call(py, move |reader| reader.picture(number, goes_on))?,
            found => found,
        };
        let Some(decoded) = found else { return Ok(None) };
        let picture = py.detach(|| make(&maker, Found::Decoded(decoded)))?;
        Frame::new(py, picture, self.facts.form.as_ref()).map(Some)
    }

    /// Writes pictures into an array of as many. `span`: the first, the end and the step of what will be asked for from here
    /// on, these first.
    #[pyo3(signature = (numbers, out, span))]
    fn fill(
        &self,
        py: Python<'_>,
        numbers: Vec<usize>,
        out: &Bound<'_, PyAny>,
        span: Option<(usize, usize, usize)>,
    ) -> PyResult<()> {
        let form = self.facts.form.as_ref().ok_or_else(|| {
            let message = "pictures with planes are no batches; expected a packed format; got one with planes; pass \
                           format=\"rgb24\", or take them one by one";
            Failure::new(ErrorKind::InvalidOption, message)
        })?;
        let shape = self.array().map_or([0; 3], |(shape, _)| shape);
        let dims = [numbers.len(), shape[0], shape[1], shape[2]].map(Dim::Just);
        let items = [item(form)];
        let expected = Expected { what: "out", items: &items, shapes: &[&dims], has_layout: false };
        let mut out = ArrayMut::new(out, &expected)?;
        let span = span.map(|(first, end, step)| Span { first, end, step: step.max(1) });
        match form.kind {
            Kind::U8 => self.fill_with::<u8>(py, numbers, span, &mut out, shape),
            Kind::U16 => self.fill_with::<u16>(py, numbers, span, &mut out, shape),
            Kind::F32 => self.fill_with::<f32>(py, numbers, span, &mut out, shape),
        }
    }

    /// How many pictures there are.
    fn count(&self, py: Python<'_>) -> PyResult<usize> {
        self.shared.call(py, |reader| Ok(reader.index()?.len()))
    }

    /// When each picture is shown, in seconds.
    fn times(&self, py: Python<'_>) -> PyResult<Vec<f64>> {
        self.shared.call(py, |reader| {
            let index = reader.index()?;
            Ok(index.seconds(reader.time_base()))
        })
    }

    /// The numbers of the pictures that decoding can begin with.
    fn keyframes(&self, py: Python<'_>) -> PyResult<Vec<usize>> {
        self.shared.call(py, |reader| Ok(reader.index()?.keyframes()))
    }

    /// The number of the picture that is shown at a time.
    fn number_at(&self, py: Python<'_>, seconds: f64) -> PyResult<usize> {
        self.shared.call(py, move |reader| reader.number_at(seconds))
    }

    /// The index as bytes.
    fn stored_index<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.shared.call(py, VideoReader::stored_index)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// What was found damaged or odd since the last call.
    fn warnings(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        if self.closed() {
            self.shared.home.check(WHAT, FIX)?;
            return Ok(std::mem::take(&mut *self.shared.last_words.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        self.shared.call(py, |reader| Ok(reader.warnings()))
    }

    #[getter]
    fn closed(&self) -> bool {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn close(&self, py: Python<'_>) {
        self.shared.close(py);
    }
}

/// Pictures on their way from the reader's thread to an array.
const ON_THE_WAY: usize = 4;

/// Gives something to whoever waits for it, unless nobody does or the reader is stopped: who stops it waits for this thread,
/// and may be the one who has stopped taking. Whether it was taken.
fn give<T>(tell: &Sender<T>, control: &Control, mut item: T) -> bool {
    loop {
        match tell.send_timeout(item, LOOK) {
            Ok(()) => return true,
            Err(SendTimeoutError::Timeout(back)) if !control.is_cancelled() => item = back,
            Err(_) => return false,
        }
    }
}

impl Reader {
    /// The picture, where the reader's thread has found it ahead. It looks on where it had stopped.
    fn ready(&self, number: usize) -> Option<Decoded> {
        let found = self.facts.ready.take(number)?;
        // Where nobody takes it, the reader is closed, which who asks next is told.
        let _closed = self.shared.ask(|_| ());
        Some(found)
    }

    fn fill_with<T: Pixel>(
        &self,
        py: Python<'_>,
        numbers: Vec<usize>,
        span: Option<Span>,
        out: &mut ArrayMut,
        shape: [usize; 3],
    ) -> PyResult<()> {
        let one = shape.iter().product::<usize>();
        let total = one * numbers.len();
        let (tell, told) = bounded::<Result<Option<(Vec<usize>, Found)>, Failure>>(ON_THE_WAY);
        let control = self.shared.control.clone();
        self.shared.ask(move |reader| {
            let gone = || Error::new(ErrorKind::Cancelled, "nobody waits for the pictures any more");
            let done = caught(|| {
                reader.pictures(&numbers, span, |places, picture| {
                    give(&tell, &control, Ok(Some((places, picture)))).then_some(()).ok_or_else(gone)
                })
            });
            let _gone = give(&tell, &control, done.map(|()| None));
        })?;
        let mut spare = Vec::new();
        let packed = match out.packed::<T>() {
            Some(packed) => packed,
            None => {
                spare.resize(total, T::default());
                spare.as_mut_slice()
            }
        };
        let mut rest = Ok(());
        let maker = self.shared.maker()?;
        while let Some((places, found)) = self.shared.wait(py, &told)? {
            let packed = &mut *packed;
            let copied = py.detach(|| {
                let samples = make(&maker, found)?.samples;
                let copied = places.iter().try_for_each(|place| T::copy(&samples, &mut packed[place * one..][..one]));
                copied.ok_or_else(|| {
                    Failure::new(ErrorKind::Bug, "bug: a picture of another size or kind than was planned for")
                })
            });
            // The others still come: the reader's thread is not left waiting.
            rest = rest.and(copied);
            // Where pictures come fast, no wait is long enough to look.
            if let Err(raised) = py.check_signals() {
                self.shared.close(py);
                return Err(raised);
            }
        }
        rest?;
        if !spare.is_empty() {
            out.fill(&spare);
        }
        Ok(())
    }
}

fn item(form: &Form) -> Item {
    match form.kind {
        Kind::U8 => Item::U8,
        Kind::U16 => Item::U16,
        Kind::F32 => Item::F32,
    }
}
