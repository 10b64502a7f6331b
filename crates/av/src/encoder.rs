//! Frames into packets.

use std::sync::Arc;

use ffmpeg_sys_next as ffi;

use crate::Output;
use crate::error::{AGAIN, Error, ErrorKind, Result, check, no_memory};
use crate::filter_graph::FilterInput;
use crate::format::{ChannelLayout, ColorInfo, MediaKind, PixelFormat, SampleFormat};
use crate::frame::Frame;
use crate::log::LogRing;
use crate::options::Dictionary;
use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::raw::{get_enum, set_enum};
use crate::side_data::SideData;
use crate::time::Rational;

mod info;
pub use info::EncoderInfo;

/// Pictures to encode.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoFormat {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pixel format.
    pub pixel_format: PixelFormat,
    /// Seconds a tick of the frames' times.
    pub time_base: Rational,
    /// Frames a second, for rate control; frames may still come at any time.
    pub frame_rate: Option<Rational>,
    /// Shape of a pixel.
    pub sample_aspect_ratio: Option<Rational>,
    /// Colour description.
    pub color: ColorInfo,
    /// How its lines were taken.
    pub scan: Scan,
}

/// How the lines of pictures were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scan {
    /// Nobody said.
    #[default]
    Unknown,
    /// All at one moment.
    Progressive,
    /// In two fields, the upper first.
    UpperFirst,
    /// In two fields, the lower first.
    LowerFirst,
}

impl Scan {
    /// Whether pictures have two fields.
    pub fn is_interlaced(self) -> bool {
        matches!(self, Self::UpperFirst | Self::LowerFirst)
    }
}

/// Sound to encode; its times are in ticks of `1 / sample_rate`.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFormat {
    /// Samples a second.
    pub sample_rate: u32,
    /// Sample format.
    pub sample_format: SampleFormat,
    /// Speakers.
    pub layout: ChannelLayout,
    /// Bits of a sample that carry sound, where fewer than the sample format has.
    pub bits_per_raw_sample: Option<i32>,
}

/// What to encode.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// Pictures.
    Video(VideoFormat),
    /// Sound.
    Audio(AudioFormat),
}

/// How to encode.
#[derive(Clone, Debug, Default)]
pub struct EncoderConfig {
    /// Average bits a second.
    pub bit_rate: Option<u64>,
    /// Highest bits a second.
    pub max_rate: Option<u64>,
    /// Bits of the decoder's buffer that `max_rate` is held over.
    pub buffer_size: Option<u64>,
    /// Constant quantiser of the encoders that have no other quality scale, from 1 (best) to 31.
    pub quantiser: Option<u8>,
    /// What JPEG's encoder divides luma and chroma by at a `quantiser` of 8, row by row. It has its own first number.
    pub matrices: Option<Box<[[u16; 64]; 2]>>,
    /// Most frames from one keyframe to the next.
    pub gop: Option<u32>,
    /// Most B-frames in a row.
    pub bframes: Option<u32>,
    /// Whether the container keeps the codec's header.
    pub global_header: bool,
    /// Threads of the codec's own; 0 = as many as there are cores.
    pub threads: u32,
    /// Options of the encoder by FFmpeg's names.
    pub options: Vec<(String, String)>,
}

/// An opened encoder.
#[derive(Debug)]
pub struct Encoder {
    context: *mut ffi::AVCodecContext,
    /// The format frames must have in memory; the encoder may know it under a `yuvj*` name.
    relabel: Option<PixelFormat>,
    /// What is said of its frames, and the frames must say too: some encoders read it there.
    color: ColorInfo,
    /// Whether it still must be told the end before it is closed: SVT-AV1 (seen in 1.4) waits for ever otherwise.
    needs_end: bool,
    has_frames: bool,
    _log: Arc<LogRing>,
}

// SAFETY: the context is owned by this value and used from one thread at a time; FFmpeg's own encoding threads
// synchronise inside.
unsafe impl Send for Encoder {}

/// An `int` of FFmpeg's for a count of ours.
fn int(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

impl Encoder {
    /// Opens an encoder.
    ///
    /// # Errors
    /// The encoder refuses the format or an option's value, or does not have an option.
    pub fn open(info: EncoderInfo, format: &Format, config: &EncoderConfig, log: &Arc<LogRing>) -> Result<Self> {
        // FFmpeg calls an encoder of subtitles with a frame, too, where that wants a subtitle.
        if !matches!((info.kind(), format), (MediaKind::Video, Format::Video(_)) | (MediaKind::Audio, Format::Audio(_)))
        {
            let message = format!("{} encodes {}", info.name(), info.kind().name());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        // SAFETY: a static codec; null is checked. The context is ours from here on, and the log outlives it as a
        // field dropped after it.
        let context = unsafe { ffi::avcodec_alloc_context3(info.as_ptr()) };
        if context.is_null() {
            return Err(no_memory("an encoder"));
        }
        let color = match format {
            Format::Video(video) => video.color,
            Format::Audio(_) => ColorInfo::UNKNOWN,
        };
        let log_ring = Arc::clone(log);
        let mut this = Self { context, relabel: None, color, needs_end: false, has_frames: false, _log: log_ring };
        // SAFETY: a fresh context of ours that nothing else uses.
        let raw = unsafe { &mut *context };
        raw.opaque = log.as_opaque();
        match format {
            Format::Video(video) => this.relabel = set_video(raw, info, video),
            Format::Audio(audio) => set_audio(raw, audio)?,
        }
        set_config(raw, config);
        if let Some(matrices) = &config.matrices {
            set_matrices(raw, matrices)?;
        }
        let quiet = (info.name() == "libx265").then_some((X265_PARAMS, "log-level=error"));
        let joined = join_lists(quiet, &config.options);
        let mut options = Dictionary::from_pairs(joined.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
        // SAFETY: a context of that codec, not opened yet.
        let code = unsafe { ffi::avcodec_open2(context, info.as_ptr(), options.as_mut_ptr()) };
        if code == ffi::AVERROR_OPTION_NOT_FOUND || code == ffi::AVERROR(ffi::EINVAL) {
            check(code, ErrorKind::InvalidArgument, format_args!("the encoder {} refuses its settings", info.name()))?;
        }
        check(code, ErrorKind::Unsupported, format_args!("the encoder {} cannot be opened", info.name()))?;
        this.needs_end = info.name() == "libsvtav1";
        if let Some((key, _)) = options.pairs().first() {
            let message = format!("the encoder {} has no option '{key}'", info.name());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(this)
    }

    fn raw(&self) -> &ffi::AVCodecContext {
        // SAFETY: not null since `open`, and owned by self.
        unsafe { &*self.context }
    }

    /// Seconds a tick of its packets' times.
    pub fn time_base(&self) -> Rational {
        Rational::from_ffi(self.raw().time_base)
    }

    /// Samples each frame of sound must have, but for the last; `None` = any number.
    pub fn frame_size(&self) -> Option<u32> {
        u32::try_from(self.raw().frame_size).ok().filter(|n| *n > 0)
    }

    /// What the muxer needs to know.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn parameters(&self) -> Result<CodecParameters> {
        let mut out = CodecParameters::new()?;
        // SAFETY: both are valid.
        let code = unsafe { ffi::avcodec_parameters_from_context(out.as_mut_ptr(), self.context) };
        check(code, ErrorKind::Bug, "codec parameters").map(|_| out)
    }

    /// What the encoder says of the whole stream beside that. Since FFmpeg 6.1 the parameters carry it.
    pub fn side_data(&self) -> SideData {
        #[cfg(ffmpeg_6_1)]
        return SideData::default();
        // SAFETY: the context keeps that many valid entries.
        #[cfg(not(ffmpeg_6_1))]
        unsafe {
            SideData::of_entries(self.raw().coded_side_data, self.raw().nb_coded_side_data)
        }
    }

    /// Gives a frame, or with `None` says that there are no more.
    ///
    /// # Errors
    /// The encoder failed, or the frame is other than it was opened for.
    pub fn send(&mut self, frame: Option<Frame>) -> Result<()> {
        let mut frame = frame;
        if let Some(frame) = &mut frame {
            frame.forget_picture_type();
            if frame.width() > 0 {
                frame.set_color(&self.color);
            }
            if let Some(format) = self.relabel.filter(|twin| twin.without_range() == frame.pixel_format()) {
                frame.relabel(format);
            }
            if !self.takes(frame) {
                let message = "a frame is not what the encoder was opened for; leave size and format to the job's \
                               own options";
                return Err(Error::new(ErrorKind::Encode, message));
            }
            // SAFETY: a valid frame and context.
            unsafe { (*frame.as_mut_ptr()).quality = self.raw().global_quality };
        }
        let raw = frame.as_ref().map_or(std::ptr::null(), Frame::as_ptr);
        // SAFETY: an opened context and a valid frame or null; the encoder takes its own reference.
        check(unsafe { ffi::avcodec_send_frame(self.context, raw) }, ErrorKind::Encode, "encoding failed")?;
        self.needs_end &= frame.is_some();
        self.has_frames |= frame.is_some();
        Ok(())
    }

    /// Whether a frame has the shape that the opened context has, which an option of the encoder may have changed.
    /// FFmpeg does not compare, and encoders read as much as the context says.
    fn takes(&self, frame: &Frame) -> bool {
        let raw = self.raw();
        // SAFETY: plain fields of our context, read as integers; the codec of an opened one is static.
        let (kind, pixels, samples) =
            unsafe { (get_enum!((*raw.codec).type_), get_enum!(raw.pix_fmt), get_enum!(raw.sample_fmt)) };
        if MediaKind::from_raw(kind) == MediaKind::Video {
            let format = PixelFormat::from_raw(pixels);
            return (frame.width(), frame.height(), frame.pixel_format())
                == (raw.width.unsigned_abs(), raw.height.unsigned_abs(), format);
        }
        (frame.sample_rate(), frame.channels(), frame.sample_format())
            == (
                raw.sample_rate.unsigned_abs(),
                raw.ch_layout.nb_channels.unsigned_abs(),
                SampleFormat::from_raw(samples),
            )
    }

    /// Takes the next packet.
    ///
    /// # Errors
    /// The encoder failed.
    pub fn receive(&mut self) -> Result<Output<Packet>> {
        let mut packet = Packet::new()?;
        // SAFETY: an opened context and a fresh packet.
        match unsafe { ffi::avcodec_receive_packet(self.context, packet.as_mut_ptr()) } {
            AGAIN => Ok(Output::NeedsInput),
            ffi::AVERROR_EOF => Ok(Output::End),
            code => check(code, ErrorKind::Encode, "encoding failed").map(|_| Output::Item(packet)),
        }
    }
}

/// x265's own parameters. It logs past FFmpeg, straight to standard error, if it is not told here to be quiet.
const X265_PARAMS: &str = "x265-params";

/// The options of FFmpeg's that are lists of an encoder's own parameters.
const LISTS: [&str; 4] = [X265_PARAMS, "x264-params", "svtav1-params", "aom-params"];

/// Makes one of the lists that come more than once; in each, a later parameter wins over an earlier.
fn join_lists(first: Option<(&str, &str)>, options: &[(String, String)]) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (key, value) in first.into_iter().chain(options.iter().map(|(k, v)| (k.as_str(), v.as_str()))) {
        match out.iter_mut().find(|(k, _)| k == key && LISTS.contains(&key)) {
            Some((_, list)) => list.extend([":", value]),
            None => out.push((key.to_owned(), value.to_owned())),
        }
    }
    out
}

/// Sets what pictures need; returns the name the encoder has for full-range pictures, where it is another.
fn set_video(raw: &mut ffi::AVCodecContext, info: EncoderInfo, video: &VideoFormat) -> Option<PixelFormat> {
    let own_name =
        (video.color.range == ColorInfo::FULL_RANGE).then(|| info.full_range_name(video.pixel_format)).flatten();
    raw.width = int(video.width);
    raw.height = int(video.height);
    raw.time_base = video.time_base.to_ffi();
    raw.framerate = video.frame_rate.unwrap_or(Rational::new(0, 1)).to_ffi();
    raw.sample_aspect_ratio = video.sample_aspect_ratio.unwrap_or(Rational::new(0, 1)).to_ffi();
    let color = &video.color;
    // SAFETY: plain fields of our context, written as integers that FFmpeg itself gave.
    unsafe {
        set_enum!(raw.pix_fmt, own_name.unwrap_or(video.pixel_format).0);
        set_enum!(raw.color_range, color.range);
        set_enum!(raw.color_primaries, color.primaries);
        set_enum!(raw.color_trc, color.transfer);
        set_enum!(raw.colorspace, color.matrix);
        set_enum!(raw.chroma_sample_location, color.chroma_location);
        // FFmpeg's AV_FIELD_*; the container takes it from here.
        let order = match video.scan {
            Scan::Unknown => 0,
            Scan::Progressive => 1,
            Scan::UpperFirst => 2,
            Scan::LowerFirst => 3,
        };
        set_enum!(raw.field_order, order);
    }
    if video.scan.is_interlaced() && info.makes_fields() {
        raw.flags |= (ffi::AV_CODEC_FLAG_INTERLACED_DCT | ffi::AV_CODEC_FLAG_INTERLACED_ME).cast_signed();
    }
    own_name
}

fn set_audio(raw: &mut ffi::AVCodecContext, audio: &AudioFormat) -> Result<()> {
    raw.sample_rate = int(audio.sample_rate);
    raw.time_base = Rational::new(1, raw.sample_rate).to_ffi();
    raw.bits_per_raw_sample = audio.bits_per_raw_sample.unwrap_or(0);
    let layout = audio.layout.to_raw()?;
    // SAFETY: plain fields of our context; the layout is copied, its former (empty) value freed.
    unsafe {
        set_enum!(raw.sample_fmt, audio.sample_format.0);
        let code = ffi::av_channel_layout_copy(&raw mut raw.ch_layout, layout.as_ptr());
        check(code, ErrorKind::Bug, "a channel layout").map(drop)
    }
}

fn set_matrices(raw: &mut ffi::AVCodecContext, [luma, chroma]: &[[u16; 64]; 2]) -> Result<()> {
    for (field, matrix) in [(&mut raw.intra_matrix, luma), (&mut raw.chroma_intra_matrix, chroma)] {
        // SAFETY: a copy in FFmpeg's own memory, which the context owns and frees from here on; null is checked.
        let copy = unsafe { ffi::av_memdup(matrix.as_ptr().cast(), size_of_val(matrix)) };
        if copy.is_null() {
            return Err(no_memory("an encoder"));
        }
        *field = copy.cast();
    }
    Ok(())
}

fn set_config(raw: &mut ffi::AVCodecContext, config: &EncoderConfig) {
    let int64 = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    raw.thread_count = int(config.threads);
    if let Some(rate) = config.bit_rate {
        raw.bit_rate = int64(rate);
    }
    if let Some(rate) = config.max_rate {
        raw.rc_max_rate = int64(rate);
    }
    if let Some(bits) = config.buffer_size {
        raw.rc_buffer_size = int(bits);
    }
    if let Some(gop) = config.gop {
        raw.gop_size = int(gop);
    }
    if let Some(bframes) = config.bframes {
        raw.max_b_frames = int(bframes);
    }
    if let Some(q) = config.quantiser {
        raw.flags |= ffi::AV_CODEC_FLAG_QSCALE.cast_signed();
        raw.global_quality = i32::from(q) * ffi::FF_QP2LAMBDA;
    }
    if config.global_header {
        raw.flags |= ffi::AV_CODEC_FLAG_GLOBAL_HEADER.cast_signed();
    }
}

impl Encoder {
    /// Encodes what is left and throws it away; an encoder that never got a frame gets one, since SVT-AV1 waits for
    /// ever for the end of nothing, too.
    fn run_to_the_end(&mut self) {
        if !self.has_frames
            && let Ok(frame) = self.blank_frame()
        {
            // What an encoder that is thrown away answers changes nothing now.
            let _closing = self.send(Some(frame));
        }
        // The end is refused as long as a packet is ready that nobody took.
        while self.send(None).is_err() {
            let Ok(Output::Item(_)) = self.receive() else { return };
        }
        while let Ok(Output::Item(_) | Output::NeedsInput) = self.receive() {}
    }

    /// A picture of zeroes, of the size and format of this encoder.
    fn blank_frame(&self) -> Result<Frame> {
        let raw = self.raw();
        // SAFETY: a plain field, read as an integer.
        let format = PixelFormat::from_raw(unsafe { get_enum!(raw.pix_fmt) });
        let input = format.map(|format| FilterInput::Video {
            width: raw.width.unsigned_abs(),
            height: raw.height.unsigned_abs(),
            format,
            sample_aspect_ratio: None,
            color: self.color,
        });
        let frame = input.map(|input| Frame::blank(&input)).transpose()?.flatten();
        frame.ok_or_else(|| Error::new(ErrorKind::Bug, "a picture for an encoder of sound"))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if self.needs_end {
            self.run_to_the_end();
        }
        // SAFETY: owned by self and freed once; joins the codec's threads.
        unsafe { ffi::avcodec_free_context(&raw mut self.context) }
    }
}
