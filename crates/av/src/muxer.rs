//! Containers, written.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use ffmpeg_sys_next as ffi;

use crate::demuxer::Chapter;
use crate::error::{Error, ErrorKind, Result, check, no_memory};
use crate::format::CodecId;
use crate::interrupt::Interrupt;
use crate::io::{IoContext, MediaTarget, close_own_output, open_own_output};
use crate::log::LogRing;
use crate::options::Dictionary;
use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::side_data::SideData;
use crate::time::Rational;
use crate::{raw, text};

mod boxes;
mod edits;

use edits::Edits;

/// An output container that this FFmpeg has.
#[derive(Clone, Copy)]
pub struct MuxerInfo(&'static ffi::AVOutputFormat);

// SAFETY: output formats are static and never written to.
unsafe impl Send for MuxerInfo {}
// SAFETY: as above.
unsafe impl Sync for MuxerInfo {}

impl std::fmt::Debug for MuxerInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MuxerInfo({})", self.name())
    }
}

impl MuxerInfo {
    /// All output containers of this FFmpeg.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut at = ptr::null_mut();
        // SAFETY: `at` is the iteration state FFmpeg asks for; the entries are static.
        std::iter::from_fn(move || unsafe { ffi::av_muxer_iterate(&raw mut at).as_ref() }.map(Self))
    }

    /// The container of that FFmpeg name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|muxer| muxer.name().split(',').any(|n| n == name))
    }

    /// The container that files named so usually have.
    pub fn by_file_name(name: &str) -> Option<Self> {
        let name = text::c_string(name, "a file name").ok()?;
        // SAFETY: terminated strings or null; the result is null or static.
        unsafe { ffi::av_guess_format(ptr::null(), name.as_ptr(), ptr::null()).as_ref() }.map(Self)
    }

    /// FFmpeg's name.
    pub fn name(self) -> String {
        // SAFETY: a static terminated string.
        unsafe { text::owned(self.0.name) }.unwrap_or_default()
    }

    /// File name extensions, without dots.
    pub fn extensions(self) -> Vec<String> {
        // SAFETY: null or a static terminated string.
        let list = unsafe { text::owned(self.0.extensions) }.unwrap_or_default();
        list.split(',').filter(|e| !e.is_empty()).map(str::to_owned).collect()
    }

    /// The codecs FFmpeg takes by default: video, audio, subtitles.
    pub fn default_codecs(self) -> [CodecId; 3] {
        // SAFETY: plain fields of a static struct, read as integers.
        unsafe {
            [
                CodecId(raw::get_enum!(self.0.video_codec)),
                CodecId(raw::get_enum!(self.0.audio_codec)),
                CodecId(raw::get_enum!(self.0.subtitle_codec)),
            ]
        }
    }

    /// Whether the container can hold the codec; `None` where FFmpeg does not know.
    pub fn holds(self, codec: CodecId) -> Option<bool> {
        // Matroska holds more than it has names of its own for, if asked not to be strict.
        // SAFETY: a static output format and any number.
        match unsafe { raw::avformat_query_codec(self.0, codec.0, ffi::FF_COMPLIANCE_UNOFFICIAL) } {
            1 => Some(true),
            0 => Some(false),
            _ => None,
        }
    }

    fn has_flag(self, flag: i32) -> bool {
        self.0.flags & flag != 0
    }

    /// Whether frames may lie at any time; otherwise they come at a constant rate.
    pub fn allows_variable_frame_rate(self) -> bool {
        // AVI counts frames in ticks of the frame rate: gaps become empty chunks. MP4 stores a duration for every
        // frame, whatever FFmpeg's flag says.
        match self.name().as_str() {
            "avi" => false,
            "mp4" | "mov" | "ipod" | "3gp" | "3g2" | "psp" | "f4v" | "flv" | "mpegts" => true,
            _ => self.has_flag(ffi::AVFMT_VARIABLE_FPS) || self.has_flag(ffi::AVFMT_NOTIMESTAMPS),
        }
    }

    /// Whether two packets of a stream may have the same decoding time.
    pub fn allows_equal_times(self) -> bool {
        self.has_flag(ffi::AVFMT_TS_NONSTRICT) || self.has_flag(ffi::AVFMT_NOTIMESTAMPS)
    }

    /// Whether the container stores which part of a stream is shown.
    pub fn has_edit_lists(self) -> bool {
        matches!(self.name().as_str(), "mp4" | "mov" | "ipod" | "3gp" | "3g2" | "psp" | "f4v")
    }

    /// Whether codec headers go to the container, not into the packets.
    pub fn wants_global_header(self) -> bool {
        self.has_flag(ffi::AVFMT_GLOBALHEADER)
    }

    /// Whether FFmpeg opens the files itself, one for each frame or segment.
    pub fn opens_files_itself(self) -> bool {
        self.has_flag(ffi::AVFMT_NOFILE | ffi::AVFMT_NEEDNUMBER)
    }

    /// The tag under which the container keeps a copied codec, or 0 to let it choose: an input's tag is kept
    /// only where it means the same codec here.
    fn tag_for(self, codec: CodecId, tag: u32) -> u32 {
        if self.0.codec_tag.is_null() {
            return tag;
        }
        let mut own = 0;
        // SAFETY: a static, null-terminated list of tables.
        let (same, listed) = unsafe {
            (
                raw::av_codec_get_id(self.0.codec_tag, tag) == codec.0,
                raw::av_codec_get_tag2(self.0.codec_tag, codec.0, &raw mut own) != 0,
            )
        };
        if same || !listed { tag } else { 0 }
    }
}

/// What an output stream is, beside its codec.
#[derive(Debug, Default)]
pub struct OutputStream {
    /// The time base its packets will come in; the container may choose another (see [`Muxer::time_base`]).
    pub time_base: Option<Rational>,
    /// Frames a second, for containers that store it.
    pub frame_rate: Option<Rational>,
    /// Shape of a pixel.
    pub sample_aspect_ratio: Option<Rational>,
    /// FFmpeg's disposition bits.
    pub disposition: i32,
    /// Tags.
    pub metadata: Vec<(String, String)>,
    /// Rotation and the like.
    pub side_data: SideData,
    /// A codec tag of four letters, such as `hvc1`.
    pub tag: Option<[u8; 4]>,
}

impl OutputStream {
    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str())
    }
}

/// How far a container is. FFmpeg trusts its callers to keep the order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Streams are added.
    Setup,
    /// The header is written: packets, then the trailer.
    Packets,
    /// Writing the header failed.
    Failed,
}

/// A container being written.
#[derive(Debug)]
pub struct Muxer {
    context: *mut ffi::AVFormatContext,
    phase: Phase,
    info: MuxerInfo,
    io: IoContext,
    interrupt: Arc<Interrupt>,
    edits: Option<Edits>,
    _log: Arc<LogRing>,
}

// SAFETY: the context is owned by this value and used from one thread at a time; its I/O, interrupt and log are
// `Send`, and FFmpeg keeps no thread-bound state in a muxer.
unsafe impl Send for Muxer {}

impl Muxer {
    /// A container of that kind on `target`. Nothing is written before [`write_header`](Self::write_header).
    ///
    /// # Errors
    /// Memory ran out.
    pub fn new(
        info: MuxerInfo,
        target: Box<dyn MediaTarget>,
        interrupt: &Arc<Interrupt>,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let io = IoContext::writer(target, Arc::clone(interrupt))?;
        let mut context = ptr::null_mut();
        // SAFETY: a static output format; the context is ours from here on. Its name is only for log lines and
        // for opening itself again, which our callback answers without looking at it.
        unsafe {
            let code = ffi::avformat_alloc_output_context2(&raw mut context, info.0, ptr::null(), c"output".as_ptr());
            check(code, ErrorKind::Bug, "a muxer")?;
            (*context).pb = io.as_ptr();
            (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
            (*context).io_open = Some(open_own_output);
            (*context).io_close2 = Some(close_own_output);
            (*context).interrupt_callback = interrupt.as_callback();
            (*context).opaque = log.as_opaque();
            // The boxes of Dolby Vision, spherical and stereoscopic pictures are no part of the mp4 standard itself.
            (*context).strict_std_compliance = ffi::FF_COMPLIANCE_UNOFFICIAL;
        }
        let phase = Phase::Setup;
        let (interrupt, log) = (Arc::clone(interrupt), Arc::clone(log));
        Ok(Self { context, phase, info, io, interrupt, edits: None, _log: log })
    }

    /// Refuses what does not belong into the phase the container is in.
    fn demand(&self, phase: Phase, what: &str) -> Result<()> {
        if self.phase == phase {
            return Ok(());
        }
        let message = format!("{what} is out of order; expected {phase:?}; got {:?}", self.phase);
        Err(Error::new(ErrorKind::Bug, message))
    }

    /// A counter of the bytes written so far.
    pub fn bytes_written(&mut self) -> Arc<AtomicU64> {
        self.io.reached()
    }

    /// Has players show only what lies between 0 and `length` microseconds of each stream, whatever else its packets
    /// hold: by edit lists. Said before any stream is added, and only to a container that
    /// [has them](MuxerInfo::has_edit_lists) on a target that can be searched.
    pub fn show_only(&mut self, length: Option<i64>) {
        self.edits = Some(Edits::new(length));
    }

    /// Adds a stream and returns its index.
    ///
    /// # Errors
    /// Memory ran out, or the header was written already.
    pub fn add_stream(&mut self, parameters: &CodecParameters, stream: &OutputStream) -> Result<usize> {
        self.demand(Phase::Setup, "a stream")?;
        let metadata = Dictionary::from_pairs(stream.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
        if let Some(edits) = &mut self.edits {
            edits.add_stream(parameters.kind(), parameters.sample_rate());
        }
        // SAFETY: the context is ours and its header not written; the new stream is checked for null and filled
        // with copies.
        unsafe {
            let raw = ffi::avformat_new_stream(self.context, ptr::null());
            if raw.is_null() {
                return Err(no_memory("a stream"));
            }
            let code = ffi::avcodec_parameters_copy((*raw).codecpar, parameters.as_ptr());
            check(code, ErrorKind::Bug, "codec parameters")?;
            let codecpar = &mut *(*raw).codecpar;
            codecpar.codec_tag = match stream.tag {
                Some(tag) => u32::from_le_bytes(tag),
                None => self.info.tag_for(parameters.codec(), codecpar.codec_tag),
            };
            if let Some(base) = stream.time_base {
                (*raw).time_base = base.to_ffi();
            }
            if let Some(rate) = stream.frame_rate {
                (*raw).avg_frame_rate = rate.to_ffi();
                (*raw).r_frame_rate = rate.to_ffi();
            }
            if let Some(ratio) = stream.sample_aspect_ratio {
                (*raw).sample_aspect_ratio = ratio.to_ffi();
                codecpar.sample_aspect_ratio = ratio.to_ffi();
            }
            (*raw).disposition = stream.disposition;
            (*raw).metadata = metadata.into_raw();
            stream.side_data.give_to(raw)?;
        }
        // SAFETY: the context is ours, with the stream just added.
        Ok(unsafe { (*self.context).nb_streams } as usize - 1)
    }

    /// What kind of container it is.
    pub fn info(&self) -> MuxerInfo {
        self.info
    }

    /// Seconds a tick of a stream's packets, as the container chose it when the header was written.
    pub fn time_base(&self, index: usize) -> Rational {
        // SAFETY: the context is ours; it has as many streams as it says.
        unsafe {
            let context = &*self.context;
            assert!(index < context.nb_streams as usize, "the muxer has no stream {index}");
            Rational::from_ffi((**context.streams.add(index)).time_base)
        }
    }

    /// Sets the tags of the whole file.
    ///
    /// # Errors
    /// A tag holds a NUL.
    pub fn set_metadata(&mut self, metadata: &[(String, String)]) -> Result<()> {
        let metadata = Dictionary::from_pairs(metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
        // SAFETY: the context is ours; its former dictionary is freed as ours.
        unsafe {
            ffi::av_dict_free(&raw mut (*self.context).metadata);
            (*self.context).metadata = metadata.into_raw();
        }
        Ok(())
    }

    /// Sets the chapter marks.
    ///
    /// # Errors
    /// A tag holds a NUL, or memory ran out.
    pub fn set_chapters(&mut self, chapters: &[Chapter]) -> Result<()> {
        for chapter in chapters {
            let metadata = Dictionary::from_pairs(chapter.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
            // SAFETY: the array and the entries are allocated by FFmpeg's allocator, as the context frees them
            // with it; the count is raised only after the entry is in place.
            unsafe {
                let context = &mut *self.context;
                let size = (context.nb_chapters as usize + 1) * size_of::<*mut ffi::AVChapter>();
                let array = ffi::av_realloc(context.chapters.cast(), size).cast::<*mut ffi::AVChapter>();
                if array.is_null() {
                    return Err(no_memory("chapters"));
                }
                context.chapters = array;
                let entry = ffi::av_mallocz(size_of::<ffi::AVChapter>()).cast::<ffi::AVChapter>();
                if entry.is_null() {
                    return Err(no_memory("chapters"));
                }
                (*entry).id = chapter.id as _;
                (*entry).time_base = chapter.time_base.to_ffi();
                (*entry).start = chapter.start;
                (*entry).end = chapter.end;
                (*entry).metadata = metadata.into_raw();
                array.add(context.nb_chapters as usize).write(entry);
                context.nb_chapters += 1;
            }
        }
        Ok(())
    }

    /// An FFmpeg result, where an interrupt and the writer's own error tell more than the code.
    fn checked(&mut self, code: i32, what: &str) -> Result<i32> {
        if let Some(error) = self.io.take_error("writing failed") {
            return Err(error);
        }
        if code < 0 && self.interrupt.is_set() {
            return Err(Error::new(ErrorKind::Interrupted, "writing was interrupted"));
        }
        check(code, ErrorKind::Encode, what)
    }

    /// Writes the header with options of the container.
    ///
    /// # Errors
    /// The container refuses a stream, an option was not taken, or writing failed.
    pub fn write_header(&mut self, options: &[(&str, &str)]) -> Result<()> {
        self.demand(Phase::Setup, "a header")?;
        let timescale = self.edits.as_ref().map(|edits| edits.timescale.to_string());
        let own = timescale.as_deref().map(|timescale| ("movie_timescale", timescale));
        let mut options = Dictionary::from_pairs(options.iter().copied().chain(own))?;
        // SAFETY: the context is ours with its I/O and streams in place, and this is its only header.
        let code = unsafe { ffi::avformat_write_header(self.context, options.as_mut_ptr()) };
        self.phase = if code < 0 { Phase::Failed } else { Phase::Packets };
        let what = format!("the {} container refuses these streams", self.info.name());
        self.checked(code, &what)?;
        if let Some((key, _)) = options.pairs().first() {
            let message = format!("the {} container has no option '{key}'", self.info.name());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(())
    }

    /// Writes a packet, whose `stream_index` is the output's and whose times are in the container's
    /// [`time_base`](Self::time_base). The container interleaves packets itself.
    ///
    /// # Errors
    /// Writing failed, or the container refuses the packet.
    pub fn write(&mut self, mut packet: Packet) -> Result<()> {
        self.demand(Phase::Packets, "a packet")?;
        let index = packet.stream_index();
        if let Some(edits) = self.edits.take() {
            let base = self.time_base(index);
            self.edits.insert(edits).note(&mut packet, base);
        }
        // SAFETY: header written, packet valid; FFmpeg takes over the packet's data and leaves it blank.
        let code = unsafe { ffi::av_interleaved_write_frame(self.context, packet.as_mut_ptr()) };
        // Some muxers say -1 for what they cannot write, which is the operating system's "not permitted" by accident.
        let code = if code == -1 { ffi::AVERROR_INVALIDDATA } else { code };
        self.checked(code, "the container refuses a packet").map(drop)
    }

    /// Writes what is held back, the trailer, and flushes the target.
    ///
    /// # Errors
    /// Writing failed.
    pub fn finish(mut self) -> Result<()> {
        self.demand(Phase::Packets, "the end")?;
        if self.edits.is_some() {
            self.io.keep_writes();
        }
        // SAFETY: the header was written; the trailer is written once, since `self` is consumed.
        let code = unsafe { ffi::av_write_trailer(self.context) };
        self.checked(code, "the container cannot be finished")?;
        self.write_edits()?;
        self.io.flush()
    }

    /// Writes the edit lists over those the muxer made.
    fn write_edits(&mut self) -> Result<()> {
        let Some(edits) = self.edits.take() else { return Ok(()) };
        // SAFETY: the context is ours.
        let count = unsafe { (*self.context).nb_streams } as usize;
        let bases: Vec<Rational> = (0..count).map(|index| self.time_base(index)).collect();
        let patches = match self.io.find_written(*b"moov")? {
            Some((at, movie)) => edits.patches(&movie, at, &bases),
            None => None,
        };
        let Some(patches) = patches else {
            return Err(Error::new(ErrorKind::Bug, "the muxer's edit lists are not where they are expected"));
        };
        for patch in patches {
            self.io.write_at(patch.at, &patch.bytes)?;
        }
        Ok(())
    }
}

impl Drop for Muxer {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once. Packets still held for interleaving are freed with the context; a
        // muxer whose trailer was not written still frees its private data. The custom I/O is dropped after it.
        unsafe { ffi::avformat_free_context(self.context) }
    }
}
