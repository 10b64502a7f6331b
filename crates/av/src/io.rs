//! Bytes in and out: readers and writers of the caller behind FFmpeg's `AVIOContext`.

use std::ffi::{c_int, c_void};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, fn_addr_eq};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ffmpeg_sys_next as ffi;

use crate::error::{Error, Result, no_memory};
use crate::interrupt::Interrupt;

/// One transfer between FFmpeg and a reader or writer: large enough to make the calls cheap, small enough that a seek
/// throws little away.
const BUFFER: c_int = 64 * 1024;

/// Something media can be read from.
pub trait MediaSource: Send {
    /// Reads at most `buffer.len()` bytes; 0 means the end.
    ///
    /// # Errors
    /// What the source reports; the job fails with it.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Moves to a position and returns it, counted from the start.
    ///
    /// # Errors
    /// What the source reports.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64>;

    /// Whether [`seek`](Self::seek) works.
    fn seekable(&self) -> bool;
}

/// Something media can be written to.
pub trait MediaTarget: Send {
    /// Writes some of `data` and returns how much.
    ///
    /// # Errors
    /// What the target reports; the job fails with it.
    fn write(&mut self, data: &[u8]) -> io::Result<usize>;

    /// Moves to a position and returns it, counted from the start.
    ///
    /// # Errors
    /// What the target reports.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64>;

    /// Whether [`seek`](Self::seek) works.
    fn seekable(&self) -> bool;

    /// Hands buffered bytes on.
    ///
    /// # Errors
    /// What the target reports.
    fn flush(&mut self) -> io::Result<()>;

    /// A reader of what was written so far, where there can be one: "faststart" needs it.
    fn reader(&self) -> Option<io::Result<Box<dyn MediaSource>>> {
        None
    }
}

enum Side {
    Source(Box<dyn MediaSource>),
    Target(Box<dyn MediaTarget>),
}

/// What the callbacks work on; FFmpeg's `opaque` points at it.
struct State {
    side: Side,
    interrupt: Arc<Interrupt>,
    /// The first error of the reader or writer, in its own words.
    error: Option<io::Error>,
    position: u64,
    /// Where a source reads to: FFmpeg's own buffer is not initialised, and not always free to be written to.
    scratch: Vec<u8>,
    /// The furthest position reached: bytes read or written.
    reached: Arc<AtomicU64>,
    /// What was written from a position on, since that was asked for.
    kept: Option<(u64, Vec<u8>)>,
}

/// An `AVIOContext` over a reader or writer.
pub(crate) struct IoContext {
    avio: *mut ffi::AVIOContext,
    state: *mut State,
}

// SAFETY: both pointers are owned by this value; the state is `Send` (traits and fields are), and FFmpeg uses the
// context only from the thread that calls into the demuxer or muxer that owns it.
unsafe impl Send for IoContext {}

impl std::fmt::Debug for IoContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IoContext").finish_non_exhaustive()
    }
}

impl IoContext {
    pub(crate) fn reader(source: Box<dyn MediaSource>, interrupt: Arc<Interrupt>) -> Result<Self> {
        let seekable = source.seekable();
        Self::new(Side::Source(source), seekable, interrupt)
    }

    pub(crate) fn writer(target: Box<dyn MediaTarget>, interrupt: Arc<Interrupt>) -> Result<Self> {
        let seekable = target.seekable();
        Self::new(Side::Target(target), seekable, interrupt)
    }

    fn new(side: Side, seekable: bool, interrupt: Arc<Interrupt>) -> Result<Self> {
        let writes = matches!(side, Side::Target(_));
        let state = State {
            side,
            interrupt,
            error: None,
            position: 0,
            scratch: Vec::new(),
            reached: Arc::default(),
            kept: None,
        };
        let state = Box::into_raw(Box::new(state));
        // SAFETY: the buffer is allocated by FFmpeg's allocator as `avio_alloc_context` demands, which takes it
        // over on success; the callbacks match `state`, which lives until this context is dropped. On failure
        // both are still ours alone, and `av_free` allows null.
        unsafe {
            let buffer = ffi::av_malloc(BUFFER as usize);
            let avio = if buffer.is_null() {
                ptr::null_mut()
            } else {
                ffi::avio_alloc_context(
                    buffer.cast(),
                    BUFFER,
                    c_int::from(writes),
                    state.cast(),
                    if writes { None } else { Some(read) },
                    if writes { Some(write) } else { None },
                    if seekable { Some(seek) } else { None },
                )
            };
            if avio.is_null() {
                ffi::av_free(buffer);
                drop(Box::from_raw(state));
                return Err(no_memory("an I/O context"));
            }
            Ok(Self { avio, state })
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut ffi::AVIOContext {
        self.avio
    }

    fn state(&mut self) -> &mut State {
        // SAFETY: made by `Box::into_raw`, freed only on drop; `&mut self` keeps FFmpeg out meanwhile.
        unsafe { &mut *self.state }
    }

    /// A counter of the bytes read or written so far (the furthest position).
    pub(crate) fn reached(&mut self) -> Arc<AtomicU64> {
        Arc::clone(&self.state().reached)
    }

    /// The reader's or writer's own error, once.
    pub(crate) fn take_error(&mut self, what: &str) -> Option<Error> {
        self.state().error.take().map(|error| Error::from_io(&error, what))
    }

    /// Keeps what is written from here on, where the target cannot be read again.
    pub(crate) fn keep_writes(&mut self) {
        // SAFETY: a valid context of ours.
        unsafe { ffi::avio_flush(self.avio) };
        let state = self.state();
        if let Side::Target(target) = &state.side
            && !matches!(caught(|| target.reader().transpose()), Ok(Some(_)))
        {
            state.kept = Some((state.position, Vec::new()));
        }
    }

    /// The box of an ISO file that was written, whole, and where it begins: from what was kept, or by reading the
    /// target again.
    pub(crate) fn find_written(&mut self, kind: [u8; 4]) -> Result<Option<(u64, Vec<u8>)>> {
        // SAFETY: a valid context of ours.
        unsafe { ffi::avio_flush(self.avio) };
        let state = self.state();
        let found = caught(|| match (&state.side, &state.kept) {
            (_, Some((from, kept))) => Ok(find_box(&mut Cursor::new(kept), kind)?.map(|(at, body)| (from + at, body))),
            (Side::Target(target), None) => match target.reader().transpose()? {
                Some(mut reader) => find_box(&mut Reading(reader.as_mut()), kind),
                None => Ok(None),
            },
            (Side::Source(_), None) => Ok(None),
        });
        found.map_err(|error| Error::from_io(&error, "the output cannot be read again"))
    }

    /// Writes over what was written before.
    pub(crate) fn write_at(&mut self, at: u64, data: &[u8]) -> Result<()> {
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        let size = c_int::try_from(data.len()).unwrap_or(c_int::MAX);
        // SAFETY: a valid context of ours; `data` has that many bytes.
        unsafe {
            ffi::avio_seek(self.avio, at, 0);
            ffi::avio_write(self.avio, data.as_ptr(), size);
            ffi::avio_flush(self.avio);
        }
        self.take_error("write").map_or(Ok(()), Err)
    }

    /// Writes out what is buffered and asks the target to flush.
    pub(crate) fn flush(&mut self) -> Result<()> {
        // SAFETY: a valid context of ours.
        unsafe { ffi::avio_flush(self.avio) };
        if let Side::Target(target) = &mut self.state().side
            && let Err(error) = target.flush()
        {
            self.state().error.get_or_insert(error);
        }
        self.take_error("write").map_or(Ok(()), Err)
    }
}

/// A source as `std` reads.
struct Reading<'a>(&'a mut dyn MediaSource);

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Reading<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// The first box of that type outside all others, with its head, and where it begins.
fn find_box(data: &mut (impl Read + Seek), kind: [u8; 4]) -> io::Result<Option<(u64, Vec<u8>)>> {
    let mut at = 0;
    loop {
        data.seek(SeekFrom::Start(at))?;
        let mut head = Vec::new();
        data.take(16).read_to_end(&mut head)?;
        let Some((size, rest)) = head.split_first_chunk::<4>() else { return Ok(None) };
        let wide = || rest.get(4..).and_then(|rest| Some(u64::from_be_bytes(*rest.first_chunk()?)));
        let size = match u32::from_be_bytes(*size) {
            1 => wide().unwrap_or(0),
            size => size.into(),
        };
        if size < 8 {
            return Ok(None);
        }
        if rest.starts_with(&kind) {
            let mut body = Vec::new();
            data.seek(SeekFrom::Start(at))?;
            data.take(size).read_to_end(&mut body)?;
            return Ok(Some((at, body)));
        }
        at = at.saturating_add(size);
    }
}

impl Drop for IoContext {
    fn drop(&mut self) {
        // SAFETY: the buffer may have been replaced by FFmpeg, so the context's current one is freed; the context
        // and the state are ours alone and no FFmpeg object uses them any more.
        unsafe {
            ffi::av_freep((&raw mut (*self.avio).buffer).cast());
            ffi::avio_context_free(&raw mut self.avio);
            drop(Box::from_raw(self.state));
        }
    }
}

impl State {
    /// Runs one operation: refuses when interrupted, repeats it after a mere signal, remembers its error.
    fn run(&mut self, mut operation: impl FnMut(&mut Self) -> io::Result<i64>) -> i64 {
        while !self.interrupt.is_set() {
            match caught(|| operation(self)) {
                Ok(n) => {
                    self.reached.fetch_max(self.position, Ordering::Relaxed);
                    return n;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return i64::from(self.fail(error)),
            }
        }
        i64::from(ffi::AVERROR_EXIT)
    }

    /// Remembers an error and returns it as FFmpeg's code, which is always negative.
    fn fail(&mut self, error: io::Error) -> c_int {
        let code = error.raw_os_error().filter(|code| *code > 0).unwrap_or(ffi::EIO);
        self.error.get_or_insert(error);
        ffi::AVERROR(code)
    }
}

/// What an operation of the caller's gives; a panic, which must not reach FFmpeg, becomes an error.
fn caught<T>(operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or_else(|_| Err(io::Error::other("the reader or writer panicked")))
}

/// A count that fits the int FFmpeg asked with.
fn int(n: i64) -> c_int {
    c_int::try_from(n).unwrap_or(ffi::AVERROR_EXTERNAL)
}

unsafe extern "C" fn read(opaque: *mut c_void, buffer: *mut u8, size: c_int) -> c_int {
    // A damaged file may ask for gigabytes at once; FFmpeg comes back for the rest.
    let size = size.clamp(0, BUFFER).unsigned_abs() as usize;
    // SAFETY: `opaque` is the state of a live `IoContext`, used by one thread at a time.
    let state = unsafe { &mut *opaque.cast::<State>() };
    let n = state.run(|state| {
        let Side::Source(source) = &mut state.side else { return Err(io::ErrorKind::Unsupported.into()) };
        state.scratch.resize(size, 0);
        let n = source.read(&mut state.scratch)?;
        let Some(data) = state.scratch.get(..n) else {
            return Err(io::Error::other(format!(
                "read() gave too much; expected at most {size} bytes; got {n}; obey the size it is called with"
            )));
        };
        // At the end FFmpeg still uses what lies there from before, so only what was read is written.
        // SAFETY: `buffer` has `size` writable bytes that nobody else touches now, and `n` is no more.
        unsafe { buffer.copy_from_nonoverlapping(data.as_ptr(), n) };
        state.position += n as u64;
        Ok(n.cast_signed() as i64)
    });
    if n == 0 { ffi::AVERROR_EOF } else { int(n) }
}

#[cfg(ffmpeg_7_0)]
type WriteBuffer = *const u8;
#[cfg(not(ffmpeg_7_0))]
type WriteBuffer = *mut u8;

unsafe extern "C" fn write(opaque: *mut c_void, buffer: WriteBuffer, size: c_int) -> c_int {
    let buffer: *const u8 = buffer;
    // SAFETY: as in `read`; `buffer` has `size` readable bytes.
    let (state, data) = unsafe {
        let size = size.max(0).unsigned_abs() as usize;
        (&mut *opaque.cast::<State>(), std::slice::from_raw_parts(buffer, size))
    };
    int(state.run(|state| {
        let Side::Target(target) = &mut state.side else { return Err(io::ErrorKind::Unsupported.into()) };
        let mut rest = data;
        while !rest.is_empty() {
            let n = target.write(rest)?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            if let Some((from, kept)) = &mut state.kept
                && let Some(at) = state.position.checked_sub(*from).and_then(|at| usize::try_from(at).ok())
            {
                let end = at + n.min(rest.len());
                kept.resize(kept.len().max(end), 0);
                kept[at..end].copy_from_slice(&rest[..end - at]);
            }
            rest = rest.get(n..).ok_or_else(|| io::Error::other("write() claims more bytes than it was given"))?;
            state.position += n as u64;
        }
        Ok(i64::from(size))
    }))
}

unsafe extern "C" fn seek(opaque: *mut c_void, offset: i64, whence: c_int) -> i64 {
    // SAFETY: as in `read`.
    let state = unsafe { &mut *opaque.cast::<State>() };
    state.run(|state| {
        let mut seek = |to| match &mut state.side {
            Side::Source(source) => source.seek(to),
            Side::Target(target) => target.seek(to),
        };
        if whence & ffi::AVSEEK_SIZE != 0 {
            let size = seek(SeekFrom::End(0))?;
            seek(SeekFrom::Start(state.position))?;
            return i64::try_from(size).map_err(io::Error::other);
        }
        let to = match whence & !ffi::AVSEEK_FORCE {
            0 => SeekFrom::Start(u64::try_from(offset).map_err(io::Error::other)?),
            1 => SeekFrom::Current(offset),
            _ => SeekFrom::End(offset),
        };
        state.position = seek(to)?;
        i64::try_from(state.position).map_err(io::Error::other)
    })
}

/// Refuses every further file that a demuxer asks for: a playlist or a reference in an untrusted file must not
/// open others.
pub(crate) unsafe extern "C" fn refuse_open(
    context: *mut ffi::AVFormatContext,
    _out: *mut *mut ffi::AVIOContext,
    url: *const std::ffi::c_char,
    _flags: c_int,
    _options: *mut *mut ffi::AVDictionary,
) -> c_int {
    // SAFETY: FFmpeg passes its own context and a terminated URL, which the format prints.
    unsafe {
        ffi::av_log(
            context.cast(),
            ffi::AV_LOG_ERROR,
            c"it refers to another file, which is not opened: %s\n".as_ptr(),
            url,
        );
    };
    ffi::AVERROR(ffi::EPERM)
}

/// Whether the `opaque` of an I/O context is the [`State`] of a reader or writer of ours. Muxers of segments give our
/// callbacks to inner contexts whose I/O is FFmpeg's.
fn is_ours(avio: &ffi::AVIOContext) -> bool {
    type Read = unsafe extern "C" fn(*mut c_void, *mut u8, c_int) -> c_int;
    type Write = unsafe extern "C" fn(*mut c_void, WriteBuffer, c_int) -> c_int;
    avio.read_packet.is_some_and(|own| fn_addr_eq(own, read as Read))
        || avio.write_packet.is_some_and(|own| fn_addr_eq(own, write as Write))
}

/// Lets a muxer read its own output again ("faststart" does): opens a reader of the target behind `context.pb`.
pub(crate) unsafe extern "C" fn open_own_output(
    context: *mut ffi::AVFormatContext,
    out: *mut *mut ffi::AVIOContext,
    _url: *const std::ffi::c_char,
    flags: c_int,
    _options: *mut *mut ffi::AVDictionary,
) -> c_int {
    if flags & ffi::AVIO_FLAG_WRITE != 0 {
        return ffi::AVERROR(ffi::EPERM);
    }
    // SAFETY: FFmpeg passes a valid context, and not while it reads or writes.
    let Some(state) = (unsafe { target_of(context) }) else { return ffi::AVERROR(ffi::EPERM) };
    let reader = caught(|| match &state.side {
        Side::Target(target) => target.reader().transpose(),
        Side::Source(_) => Ok(None),
    });
    match reader.map(|source| source.map(|source| IoContext::reader(source, Arc::clone(&state.interrupt)))) {
        Ok(Some(Ok(io))) => {
            // SAFETY: `out` is where FFmpeg wants the new context, which `close_own_output` takes back.
            unsafe { out.write(ManuallyDrop::new(io).avio) };
            0
        }
        Ok(Some(Err(_))) => ffi::AVERROR(ffi::ENOMEM),
        Ok(None) => ffi::AVERROR(ffi::ENOSYS),
        Err(error) => state.fail(error),
    }
}

/// The state behind the output of a muxer of ours.
///
/// # Safety
/// `context` is valid, its `pb` is null or valid, and no callback is using the state now.
unsafe fn target_of<'a>(context: *mut ffi::AVFormatContext) -> Option<&'a mut State> {
    // SAFETY: by the caller's promise; the opaque of an I/O context of ours is its state, which lives as long.
    unsafe {
        let pb = (*context).pb.as_ref().filter(|pb| is_ours(pb))?;
        Some(&mut *pb.opaque.cast::<State>())
    }
}

/// Closes what [`open_own_output`] opened, and as FFmpeg would what it opened itself.
pub(crate) unsafe extern "C" fn close_own_output(
    context: *mut ffi::AVFormatContext,
    avio: *mut ffi::AVIOContext,
) -> c_int {
    // SAFETY: FFmpeg passes valid contexts, and not while it reads or writes; `avio` is not used again. One with our
    // callbacks is what `open_own_output` made by leaking an `IoContext`, for FFmpeg never closes those of a demuxer
    // or muxer.
    let (mut io, target) = unsafe {
        if !is_ours(&*avio) {
            return ffi::avio_close(avio);
        }
        (IoContext { avio, state: (*avio).opaque.cast() }, target_of(context))
    };
    // FFmpeg takes a failing reader for the end of the output, and calls what it then makes of it a success.
    let failed = io.state().error.take();
    let dropped = caught(|| {
        drop(io);
        Ok(())
    });
    let error = failed.or(dropped.err());
    error.zip(target).map_or(0, |(error, target)| target.fail(error))
}
