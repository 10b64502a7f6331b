//! Frames into frames, by FFmpeg's filters.

use std::ptr;
use std::sync::Arc;

use ffmpeg_sys_next as ffi;

use crate::Output;
use crate::error::{AGAIN, Error, ErrorKind, Result, check, no_memory};
use crate::format::{ChannelLayout, ColorInfo, PixelFormat, RawLayout, SampleFormat};
use crate::frame::Frame;
use crate::log::LogRing;
use crate::text;
use crate::time::Rational;

/// Scaling that the graph does by itself is bicubic, as in the `ffmpeg` command.
const SCALER: &std::ffi::CStr = c"flags=bicubic";

/// What goes into a graph. A frame that differs from it needs a new graph.
#[derive(Clone, Debug, PartialEq)]
pub enum FilterInput {
    /// Pictures.
    Video {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Pixel format.
        format: PixelFormat,
        /// Shape of a pixel.
        sample_aspect_ratio: Option<Rational>,
        /// Colour description.
        color: ColorInfo,
    },
    /// Sound.
    Audio {
        /// Samples a second.
        sample_rate: u32,
        /// Sample format.
        format: SampleFormat,
        /// Speakers.
        layout: ChannelLayout,
    },
}

impl FilterInput {
    /// What a frame is; `None` where a decoder gave a frame that makes no sense.
    pub fn of(frame: &Frame) -> Option<Self> {
        if frame.width() > 0 {
            return Some(Self::Video {
                width: frame.width(),
                height: frame.height(),
                format: frame.pixel_format()?,
                sample_aspect_ratio: frame.sample_aspect_ratio(),
                color: frame.color(),
            });
        }
        Some(Self::Audio {
            sample_rate: Some(frame.sample_rate()).filter(|rate| *rate > 0)?,
            format: frame.sample_format()?,
            layout: frame.channel_layout()?,
        })
    }

    /// Whether frames like `next` cannot go through a graph made for this. Pixel shape may change on the way, as in
    /// the `ffmpeg` command; matrix and range may not: the graph is what turns them into the encoder's.
    pub fn needs_another_graph(&self, next: &Self) -> bool {
        match (self, next) {
            (
                Self::Video { width, height, format, color, .. },
                Self::Video { width: next_width, height: next_height, format: next_format, color: next_color, .. },
            ) => {
                let colors = |c: &ColorInfo| (c.matrix, c.range);
                (width, height, format) != (next_width, next_height, next_format) || colors(color) != colors(next_color)
            }
            _ => self != next,
        }
    }

    /// Whether a frame has just this shape. FFmpeg takes others with a warning, and filters that have laid out their
    /// memory for this one would read and write beyond it.
    fn is_like(&self, frame: &Frame) -> bool {
        match self {
            Self::Video { width, height, format, .. } => {
                (frame.width(), frame.height(), frame.pixel_format()) == (*width, *height, Some(*format))
            }
            Self::Audio { sample_rate, format, layout } => {
                (frame.sample_rate(), frame.sample_format(), frame.channels())
                    == (*sample_rate, Some(*format), layout.channels)
            }
        }
    }

    fn source(&self, time_base: Rational, frame_rate: Option<Rational>) -> String {
        let mut out = format!("time_base={}/{}", time_base.num, time_base.den);
        let mut add = |key: &str, value: String| out.extend([":", key, "=", &value]);
        match self {
            Self::Video { width, height, format, sample_aspect_ratio, color } => {
                add("video_size", format!("{width}x{height}"));
                add("pix_fmt", format.name());
                if let Some(ratio) = sample_aspect_ratio {
                    add("pixel_aspect", format!("{}/{}", ratio.num, ratio.den));
                }
                if let Some(rate) = frame_rate {
                    add("frame_rate", format!("{}/{}", rate.num, rate.den));
                }
                // Since 7.1 graphs negotiate matrix and range; before, filters read them from the frames.
                if cfg!(ffmpeg_7_1) {
                    add("colorspace", color.matrix.to_string());
                    add("range", color.range.to_string());
                }
            }
            Self::Audio { sample_rate, format, layout } => {
                add("sample_rate", sample_rate.to_string());
                add("sample_fmt", format.name());
                add("channel_layout", layout.name.clone());
            }
        }
        out
    }
}

/// What comes out of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterOutput {
    /// Seconds a tick of the frames' times.
    pub time_base: Rational,
    /// Frames a second, where constant.
    pub frame_rate: Option<Rational>,
    /// Width in pixels; 0 for sound.
    pub width: u32,
    /// Height in pixels; 0 for sound.
    pub height: u32,
    /// Shape of a pixel.
    pub sample_aspect_ratio: Option<Rational>,
    /// Pixel format of pictures.
    pub pixel_format: Option<PixelFormat>,
    /// Sample format of sound.
    pub sample_format: Option<SampleFormat>,
    /// Samples a second; 0 for pictures.
    pub sample_rate: u32,
    /// Speakers of sound.
    pub layout: Option<ChannelLayout>,
}

/// A configured graph with one input and one output.
#[derive(Debug)]
pub struct FilterGraph {
    graph: *mut ffi::AVFilterGraph,
    source: *mut ffi::AVFilterContext,
    sink: *mut ffi::AVFilterContext,
    input: FilterInput,
    _log: Arc<LogRing>,
}

// SAFETY: the graph is owned by this value and used from one thread at a time; its slice threads synchronise
// inside.
unsafe impl Send for FilterGraph {}

/// An `AVFilterInOut` chain that is freed when parsing is over.
struct Ends(*mut ffi::AVFilterInOut);

impl Ends {
    /// One named, open end.
    ///
    /// # Safety
    /// `filter` is null or a filter of the graph that is going to be parsed into.
    unsafe fn new(name: &std::ffi::CStr, filter: *mut ffi::AVFilterContext) -> Result<Self> {
        // SAFETY: allocated by FFmpeg, checked, filled; the name is duplicated by its allocator.
        unsafe {
            let end = Self(ffi::avfilter_inout_alloc());
            let entry = end.0.as_mut().ok_or_else(|| no_memory("a filter graph"))?;
            entry.name = ffi::av_strdup(name.as_ptr());
            if entry.name.is_null() {
                return Err(no_memory("a filter graph"));
            }
            entry.filter_ctx = filter;
            entry.pad_idx = 0;
            entry.next = ptr::null_mut();
            Ok(end)
        }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        // SAFETY: owned by self; a null chain is allowed.
        unsafe { ffi::avfilter_inout_free(&raw mut self.0) }
    }
}

impl FilterGraph {
    /// Builds the graph `spec` (FFmpeg's filtergraph text with one open input and one open output) for frames like
    /// `input` with times in `time_base`.
    ///
    /// # Errors
    /// The text is wrong, a filter is unknown, or the filters cannot be joined.
    pub fn new(
        spec: &str,
        input: &FilterInput,
        time_base: Rational,
        frame_rate: Option<Rational>,
        threads: u32,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let refused = |code: i32| {
            let what = format_args!("the filter graph '{spec}' cannot be built");
            check(code, ErrorKind::InvalidArgument, what)
        };
        let (kind, sink_kind) = match input {
            FilterInput::Video { .. } => (c"buffer", c"buffersink"),
            FilterInput::Audio { .. } => (c"abuffer", c"abuffersink"),
        };
        let arguments = text::c_string(input.source(time_base, frame_rate), "a filter input")?;
        let spec_c = text::c_string(spec, "a filter graph")?;
        let _log_here = log.enter();
        // SAFETY: all objects belong to the graph, which is ours and freed on every path by its `Drop`; strings
        // are terminated and copied; the in/out chains are updated by parsing and freed by theirs.
        unsafe {
            let graph = ffi::avfilter_graph_alloc();
            if graph.is_null() {
                return Err(no_memory("a filter graph"));
            }
            let (source, sink) = (ptr::null_mut(), ptr::null_mut());
            let mut this = Self { graph, source, sink, input: input.clone(), _log: Arc::clone(log) };
            (*graph).nb_threads = i32::try_from(threads).unwrap_or(0);
            (*graph).scale_sws_opts = ffi::av_strdup(SCALER.as_ptr());
            let source = ffi::avfilter_get_by_name(kind.as_ptr());
            let sink = ffi::avfilter_get_by_name(sink_kind.as_ptr());
            refused(ffi::avfilter_graph_create_filter(
                &raw mut this.source,
                source,
                c"in".as_ptr(),
                arguments.as_ptr(),
                ptr::null_mut(),
                graph,
            ))?;
            refused(ffi::avfilter_graph_create_filter(
                &raw mut this.sink,
                sink,
                c"out".as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                graph,
            ))?;
            let mut outputs = Ends::new(c"in", this.source)?;
            let mut inputs = Ends::new(c"out", this.sink)?;
            refused(ffi::avfilter_graph_parse_ptr(
                graph,
                spec_c.as_ptr(),
                &raw mut inputs.0,
                &raw mut outputs.0,
                ptr::null_mut(),
            ))?;
            if !inputs.0.is_null() || !outputs.0.is_null() {
                let message = format!("the filter graph '{spec}' has other than one open input and one open output");
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            refused(ffi::avfilter_graph_config(graph, ptr::null_mut()))?;
            Ok(this)
        }
    }

    fn is_video(&self) -> bool {
        matches!(self.input, FilterInput::Video { .. })
    }

    /// Makes frames of sound come out with exactly that many samples, but for the last.
    pub fn set_frame_size(&mut self, samples: u32) {
        assert!(!self.is_video(), "only frames of sound can be cut");
        // SAFETY: the sink belongs to our configured graph.
        unsafe { ffi::av_buffersink_set_frame_size(self.sink, samples) }
    }

    /// What comes out.
    pub fn output(&self) -> FilterOutput {
        let mut layout = RawLayout::new();
        // SAFETY: the sink belongs to our configured graph; the layout is ours and filled with a copy.
        unsafe {
            let sink = self.sink;
            let format = ffi::av_buffersink_get_format(sink);
            let is_video = self.is_video();
            let no_layout = is_video || ffi::av_buffersink_get_ch_layout(sink, layout.as_mut_ptr()) < 0;
            FilterOutput {
                time_base: Rational::from_ffi(ffi::av_buffersink_get_time_base(sink)),
                frame_rate: Rational::from_ffi(ffi::av_buffersink_get_frame_rate(sink)).positive(),
                width: ffi::av_buffersink_get_w(sink).unsigned_abs(),
                height: ffi::av_buffersink_get_h(sink).unsigned_abs(),
                sample_aspect_ratio: Rational::from_ffi(ffi::av_buffersink_get_sample_aspect_ratio(sink)).positive(),
                pixel_format: is_video.then(|| PixelFormat::from_raw(format)).flatten(),
                sample_format: (!is_video).then(|| SampleFormat::from_raw(format)).flatten(),
                sample_rate: ffi::av_buffersink_get_sample_rate(sink).unsigned_abs(),
                layout: if no_layout { None } else { ChannelLayout::from_raw(layout.as_ptr()) },
            }
        }
    }

    /// Gives a frame, or with `None` says that there are no more.
    ///
    /// # Errors
    /// A filter failed, or the frame is other than the graph was made for.
    pub fn push(&mut self, frame: Option<Frame>) -> Result<()> {
        let mut frame = frame;
        if frame.as_ref().is_some_and(|frame| !self.input.is_like(frame)) {
            return Err(Error::new(ErrorKind::Bug, "the frame is not what the filter graph was made for"));
        }
        let raw = frame.as_mut().map_or(ptr::null_mut(), Frame::as_mut_ptr);
        // SAFETY: the source belongs to our configured graph; it moves the data out of the frame, whose empty
        // shell is freed here.
        let code = unsafe { ffi::av_buffersrc_add_frame_flags(self.source, raw, 0) };
        // A graph that has all it wants (a trim filter past its end) closes its input.
        if code == ffi::AVERROR_EOF { Ok(()) } else { check(code, ErrorKind::Encode, "a filter failed").map(drop) }
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// A filter failed.
    pub fn pull(&mut self) -> Result<Output<Frame>> {
        let mut frame = Frame::new()?;
        // SAFETY: the sink belongs to our configured graph; the frame is fresh.
        match unsafe { ffi::av_buffersink_get_frame(self.sink, frame.as_mut_ptr()) } {
            AGAIN => Ok(Output::NeedsInput),
            ffi::AVERROR_EOF => Ok(Output::End),
            code => check(code, ErrorKind::Encode, "a filter failed").map(|_| Output::Item(frame)),
        }
    }
}

impl Drop for FilterGraph {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once, with all its filters.
        unsafe { ffi::avfilter_graph_free(&raw mut self.graph) }
    }
}
