//! Containers, read.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::{Arc, OnceLock};

use ffmpeg_sys_next as ffi;

use crate::error::{AGAIN, Error, ErrorKind, Result, check, no_memory};
use crate::interrupt::Interrupt;
use crate::io::{IoContext, MediaSource, refuse_open};
use crate::log::LogRing;
use crate::options;
use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::side_data::SideData;
use crate::time::{Rational, known};
use crate::{raw, text};

/// Where a demuxer reads from.
pub enum Input {
    /// A reader; `name` helps to guess the format from the extension and stands in log lines.
    Source {
        /// What is read.
        source: Box<dyn MediaSource>,
        /// A file name, or empty.
        name: Vec<u8>,
    },
    /// Anything FFmpeg opens by protocol.
    Url(String),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source { name, .. } => write!(f, "Source({})", String::from_utf8_lossy(name)),
            Self::Url(url) => write!(f, "Url({url})"),
        }
    }
}

/// The disposition bit of cover pictures.
pub const COVER: i32 = ffi::AV_DISPOSITION_ATTACHED_PIC;

/// One stream of a container.
#[derive(Debug)]
pub struct StreamInfo {
    /// Its index in the container.
    pub index: usize,
    /// Its codec and what that needs.
    pub parameters: CodecParameters,
    /// Seconds a tick of its timestamps.
    pub time_base: Rational,
    /// First timestamp, in ticks.
    pub start_time: Option<i64>,
    /// Duration, in ticks.
    pub duration: Option<i64>,
    /// Number of frames, where the container says so.
    pub frames: Option<u64>,
    /// Frames a second over the whole stream.
    pub average_frame_rate: Option<Rational>,
    /// The lowest frame rate that can hold all timestamps, as FFmpeg guesses.
    pub real_frame_rate: Option<Rational>,
    /// Shape of a pixel, as the container says, or else the codec.
    pub sample_aspect_ratio: Option<Rational>,
    /// FFmpeg's disposition bits.
    pub disposition: i32,
    /// Tags.
    pub metadata: Vec<(String, String)>,
    /// What describes the whole stream beside its codec: rotation, mastering display, ...
    pub side_data: SideData,
    /// The picture of a stream that is a cover.
    pub attached_picture: Option<Vec<u8>>,
}

impl StreamInfo {
    /// Whether the stream is a cover picture.
    pub fn is_cover(&self) -> bool {
        self.disposition & COVER != 0
    }

    /// The names of its dispositions, as FFmpeg prints them.
    pub fn disposition_names(&self) -> Vec<String> {
        let bits = (0..31).map(|bit| 1 << bit).filter(|bit| self.disposition & bit != 0);
        // SAFETY: the function takes any single bit and returns null or a static string.
        bits.filter_map(|bit| unsafe { text::owned(ffi::av_disposition_to_string(bit)) }).collect()
    }

    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str())
    }
}

/// A packet, or a keyframe and what follows it, as the container's index lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its decoding time in ticks of the stream.
    pub at: i64,
    /// Where it lies in the file; negative where that is not known.
    pub place: i64,
    /// Its bytes; 0 where the index does not say.
    pub size: i32,
}

/// Where in a file a packet is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At or before a decoding time of a stream, in its ticks.
    Time {
        /// The stream's index.
        stream: usize,
        /// Its ticks.
        at: i64,
    },
    /// At a byte of the file.
    Byte(u64),
}

/// A chapter mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// The number the container gives it.
    pub id: i64,
    /// Seconds a tick.
    pub time_base: Rational,
    /// First tick.
    pub start: i64,
    /// First tick after it.
    pub end: i64,
    /// Tags, such as the title.
    pub metadata: Vec<(String, String)>,
}

/// An opened container.
#[derive(Debug)]
pub struct Demuxer {
    context: *mut ffi::AVFormatContext,
    /// `None` for URLs, whose I/O is FFmpeg's own. Dropped after the context.
    io: Option<IoContext>,
    interrupt: Arc<Interrupt>,
    _log: Arc<LogRing>,
    ended: bool,
    /// Packets that were given back.
    unread: VecDeque<Packet>,
}

// SAFETY: the context is owned by this value and used from one thread at a time; its I/O, interrupt and log are
// `Send`, and FFmpeg keeps no thread-bound state in a demuxer.
unsafe impl Send for Demuxer {}

impl Demuxer {
    /// Opens a container and reads enough of it to know its streams.
    ///
    /// # Errors
    /// The data is no media that FFmpeg knows, it could not be read, or the interrupt was triggered.
    pub fn open(input: Input, interrupt: &Arc<Interrupt>, log: &Arc<LogRing>) -> Result<Self> {
        let (url, io) = match input {
            Input::Url(url) => (text::c_string(url, "a URL")?, None),
            Input::Source { source, name } => {
                (text::c_string(name, "a file name")?, Some(IoContext::reader(source, Arc::clone(interrupt))?))
            }
        };
        // SAFETY: allocates; null is checked below.
        let context = unsafe { ffi::avformat_alloc_context() };
        if context.is_null() {
            return Err(no_memory("a demuxer"));
        }
        let (interrupt, log_ring) = (Arc::clone(interrupt), Arc::clone(log));
        let mut this = Self { context, io, interrupt, _log: log_ring, ended: false, unread: VecDeque::new() };
        // SAFETY: the context is ours; interrupt, log and I/O outlive it (fields of the same value, dropped after
        // it). When opening fails, FFmpeg frees the context and nulls our pointer, and not the custom I/O.
        let opened = unsafe {
            (*this.context).interrupt_callback = this.interrupt.as_callback();
            (*this.context).opaque = log.as_opaque();
            if let Some(io) = &this.io {
                (*this.context).pb = io.as_ptr();
                (*this.context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
                (*this.context).io_open = Some(refuse_open);
                // Playlists of files and session descriptions open without asking; a list of no protocols stops them.
                (*this.context).protocol_whitelist = ffi::av_strdup(c"".as_ptr());
                (*this.context).format_whitelist = ffi::av_strdup(single_file_formats().as_ptr());
                if (*this.context).protocol_whitelist.is_null() || (*this.context).format_whitelist.is_null() {
                    return Err(no_memory("a demuxer"));
                }
            }
            ffi::avformat_open_input(&raw mut this.context, url.as_ptr(), ptr::null(), ptr::null_mut())
        };
        this.checked(opened, "it is no media file that FFmpeg knows")?;
        // SAFETY: an opened context; per-stream options may be null.
        let found = unsafe { ffi::avformat_find_stream_info(this.context, ptr::null_mut()) };
        this.checked(found, "its streams cannot be read")?;
        Ok(this)
    }

    /// An FFmpeg result, where an interrupt and the reader's own error tell more than the code.
    fn checked(&mut self, code: i32, what: &str) -> Result<i32> {
        // An interrupt while streams are probed looks like success to FFmpeg.
        if self.interrupt.is_set() {
            return Err(Error::new(ErrorKind::Interrupted, "reading was interrupted"));
        }
        if let Some(error) = self.io.as_mut().and_then(|io| io.take_error("reading failed")) {
            return Err(error);
        }
        check(code, ErrorKind::InvalidData, what)
    }

    fn raw(&self) -> &ffi::AVFormatContext {
        // SAFETY: not null since `open` succeeded, and owned by self.
        unsafe { &*self.context }
    }

    /// FFmpeg's name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`.
    pub fn format(&self) -> String {
        // SAFETY: an opened context has a static input format with a terminated name.
        unsafe { text::owned((*self.raw().iformat).name) }.unwrap_or_default()
    }

    /// First timestamp of the container, in microseconds.
    pub fn start_time(&self) -> Option<i64> {
        known(self.raw().start_time)
    }

    /// Duration in microseconds.
    pub fn duration(&self) -> Option<i64> {
        known(self.raw().duration).filter(|d| *d > 0)
    }

    /// Whether the duration was read, not guessed from the bit rate.
    pub fn duration_is_exact(&self) -> bool {
        let guessed = ffi::AVDurationEstimationMethod::AVFMT_DURATION_FROM_BITRATE as i32;
        // SAFETY: a plain field, read as an integer.
        unsafe { raw::get_enum!(self.raw().duration_estimation_method) != guessed }
    }

    /// Bits a second of the whole file; 0 = unknown.
    pub fn bit_rate(&self) -> u64 {
        self.raw().bit_rate.max(0).unsigned_abs()
    }

    /// Bytes of the input, where they can be told.
    pub fn size(&mut self) -> Option<u64> {
        // SAFETY: asks a valid I/O context; null for formats without one.
        let size = unsafe { if self.raw().pb.is_null() { -1 } else { ffi::avio_size(self.raw().pb) } };
        let _unseekable = self.io.as_mut().and_then(|io| io.take_error("size"));
        u64::try_from(size).ok()
    }

    /// What the container's index tells of a stream's packets, where it has one: the decoding time of each in ticks,
    /// and its bytes. Some list every packet, some the keyframes alone, with the place in the file instead of a size.
    pub fn index(&self, stream: usize) -> Vec<IndexEntry> {
        let Some(stream) = self.stream(stream) else { return Vec::new() };
        // SAFETY: a stream of this demuxer; entries are read one by one before anything else is done with it, each
        // checked for null.
        unsafe {
            (0..ffi::avformat_index_get_entries_count(stream))
                .map_while(|n| ffi::avformat_index_get_entry(stream, n).as_ref())
                .map(|entry| IndexEntry { at: entry.timestamp, place: entry.pos, size: entry.size() })
                .collect()
        }
    }

    /// Whether timestamps may jump (transport streams).
    pub fn timestamps_may_jump(&self) -> bool {
        // SAFETY: an opened context has a static input format.
        unsafe { (*self.raw().iformat).flags & ffi::AVFMT_TS_DISCONT != 0 }
    }

    /// Tags of the whole file.
    pub fn metadata(&self) -> Vec<(String, String)> {
        // SAFETY: the dictionary belongs to our context.
        unsafe { options::read(self.raw().metadata) }
    }

    /// Chapter marks, in order.
    pub fn chapters(&self) -> Vec<Chapter> {
        let raw = self.raw();
        let at = |i: u32| {
            // SAFETY: FFmpeg keeps `nb_chapters` valid entries.
            let chapter = unsafe { &**raw.chapters.add(i as usize) };
            #[allow(clippy::useless_conversion, reason = "the id is an int before FFmpeg 5 and 64 bits since")]
            let id = i64::from(chapter.id);
            Chapter {
                id,
                time_base: Rational::from_ffi(chapter.time_base),
                start: chapter.start,
                end: chapter.end,
                // SAFETY: the dictionary belongs to our context.
                metadata: unsafe { options::read(chapter.metadata) },
            }
        };
        (0..raw.nb_chapters).map(at).collect()
    }

    fn stream(&self, index: usize) -> Option<*mut ffi::AVStream> {
        // SAFETY: FFmpeg keeps `nb_streams` valid entries.
        (index < self.raw().nb_streams as usize).then(|| unsafe { *self.raw().streams.add(index) })
    }

    /// All streams.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn streams(&self) -> Result<Vec<StreamInfo>> {
        (0..)
            .map_while(|index| self.stream(index).map(|stream| (index, stream)))
            .map(|(i, s)| self.info(i, s))
            .collect()
    }

    fn info(&self, index: usize, stream: *mut ffi::AVStream) -> Result<StreamInfo> {
        // SAFETY: a stream of our context with its parameters and dictionary; `av_guess_*` only read.
        unsafe {
            let s = &*stream;
            Ok(StreamInfo {
                index,
                parameters: CodecParameters::copy_of(s.codecpar)?,
                time_base: Rational::from_ffi(s.time_base),
                start_time: known(s.start_time),
                duration: known(s.duration).filter(|d| *d > 0),
                frames: u64::try_from(s.nb_frames).ok().filter(|n| *n > 0),
                average_frame_rate: Rational::from_ffi(s.avg_frame_rate).positive(),
                real_frame_rate: Rational::from_ffi(s.r_frame_rate).positive(),
                sample_aspect_ratio: Rational::from_ffi(ffi::av_guess_sample_aspect_ratio(
                    self.context,
                    stream,
                    ptr::null_mut(),
                ))
                .positive(),
                disposition: s.disposition,
                metadata: options::read(s.metadata),
                side_data: SideData::of_stream(s),
                attached_picture: attached_picture(s),
            })
        }
    }

    /// Tells the demuxer which streams nobody will read.
    pub fn keep_only(&mut self, wanted: impl Fn(usize) -> bool) {
        for (index, stream) in (0..).map_while(|i| self.stream(i).map(|s| (i, s))) {
            let discard = if wanted(index) { ffi::AVDiscard::AVDISCARD_DEFAULT } else { ffi::AVDiscard::AVDISCARD_ALL };
            // SAFETY: a stream of our context, not in use by another thread.
            unsafe { (*stream).discard = discard };
        }
    }

    /// The next packet of any wanted stream; `None` at the end.
    ///
    /// # Errors
    /// Reading failed or was interrupted. Damage inside the file is no error here: the demuxer skips it.
    pub fn read(&mut self) -> Result<Option<Packet>> {
        if let Some(packet) = self.unread.pop_front() {
            return Ok(Some(packet));
        }
        while !self.ended {
            let mut packet = Packet::new()?;
            // SAFETY: an opened context and a fresh packet.
            let code = unsafe { ffi::av_read_frame(self.context, packet.as_mut_ptr()) };
            match code {
                // The end of a file and a failing reader look alike to some demuxers: the I/O context knows.
                ffi::AVERROR_EOF => self.ended = self.checked(0, "reading failed").map(|_| true)?,
                AGAIN => drop(self.checked(0, "reading failed")?),
                _ => return self.checked(code, "reading failed").map(|_| Some(packet)),
            }
        }
        Ok(None)
    }

    /// Gives packets back that were read ahead, in their order: the next reads give them again.
    pub fn unread(&mut self, packets: Vec<Packet>) {
        for packet in packets.into_iter().rev() {
            self.unread.push_front(packet);
        }
    }

    /// Whether it is a file or data, of a known number of bytes, and not something far away.
    pub fn is_at_hand(&self) -> bool {
        self.io.is_some()
    }

    /// Whether it can be read from any place on.
    pub fn is_searchable(&self) -> bool {
        // SAFETY: a valid I/O context, or null for formats without one.
        unsafe { self.raw().pb.as_ref() }.is_none_or(|io| io.seekable != 0)
    }

    /// Goes to the first byte, for files whose times do not tell where that is.
    ///
    /// # Errors
    /// The container cannot be searched, and something of it was read already.
    pub fn rewind(&mut self) -> Result<()> {
        self.ended = false;
        self.unread.clear();
        // SAFETY: an opened context; with this flag the place is a byte.
        let code = unsafe { ffi::av_seek_frame(self.context, -1, 0, ffi::AVSEEK_FLAG_BYTE) };
        self.checked(code, "it cannot be searched").map(drop)
    }

    /// Goes to the last point at or before `micros` from which decoding can start.
    ///
    /// # Errors
    /// The container cannot be searched.
    pub fn seek(&mut self, micros: i64) -> Result<()> {
        self.ended = false;
        self.unread.clear();
        // SAFETY: an opened context; stream -1 means microseconds.
        let code = unsafe { ffi::avformat_seek_file(self.context, -1, i64::MIN, micros, micros, 0) };
        self.checked(code, "it cannot be searched").map(drop)
    }

    /// Goes to the packet at a place, or to one before it.
    ///
    /// # Errors
    /// The container cannot be searched in this way.
    pub fn go_to(&mut self, place: Place) -> Result<()> {
        self.ended = false;
        self.unread.clear();
        let (stream, at, flags) = match place {
            Place::Time { stream, at } => (i32::try_from(stream).unwrap_or(-1), at, ffi::AVSEEK_FLAG_BACKWARD),
            Place::Byte(at) => (-1, i64::try_from(at).unwrap_or(i64::MAX), ffi::AVSEEK_FLAG_BYTE),
        };
        // SAFETY: an opened context; FFmpeg checks the stream's index.
        let code = unsafe { ffi::av_seek_frame(self.context, stream, at, flags) };
        self.checked(code, "it cannot be searched").map(drop)
    }
}

impl Drop for Demuxer {
    fn drop(&mut self) {
        // SAFETY: owned by self and closed once (null when opening failed); the custom I/O is dropped after it.
        unsafe { ffi::avformat_close_input(&raw mut self.context) }
    }
}

/// The packet that a cover stream holds.
///
/// # Safety
/// `stream` is valid.
unsafe fn attached_picture(stream: &ffi::AVStream) -> Option<Vec<u8>> {
    let picture = &stream.attached_pic;
    let size = usize::try_from(picture.size).ok().filter(|size| *size > 0 && !picture.data.is_null())?;
    // SAFETY: the packet of a valid stream points at `size` bytes.
    Some(unsafe { std::slice::from_raw_parts(picture.data, size) }.to_vec())
}

/// Formats that are lists of other files, or take any text for a picture.
const NOT_OPENED: &[&str] =
    &["concat", "ffmetadata", "hls", "dash", "imf", "webm_dash_manifest", "sdp", "tty", "bin", "xbin", "adf", "idf"];

/// The names of all formats that are one file of media, as FFmpeg takes a list.
fn single_file_formats() -> &'static CStr {
    static LIST: OnceLock<CString> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut at = ptr::null_mut();
        // SAFETY: `at` is the iteration state FFmpeg asks for; formats are static, their names terminated.
        let names = std::iter::from_fn(|| unsafe {
            ffi::av_demuxer_iterate(&raw mut at).as_ref().map(|format| text::owned(format.name).unwrap_or_default())
        });
        let kept: Vec<String> =
            names.filter(|name| !NOT_OPENED.iter().any(|not| name.split(',').any(|n| n == *not))).collect();
        CString::new(kept.join(",")).unwrap_or_default()
    })
}
