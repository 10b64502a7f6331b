//! A filter of FFmpeg with two inputs, one thread, and nothing before or behind it.

use std::ffi::CString;
use std::ptr;

use ffmpeg_sys_next as ffi;
use transcode_kernels::Plane;

/// A graph of two sources, the filter and a sink.
pub struct Filter {
    graph: *mut ffi::AVFilterGraph,
    sources: [*mut ffi::AVFilterContext; 2],
    sink: *mut ffi::AVFilterContext,
    frames: [*mut ffi::AVFrame; 2],
    output: *mut ffi::AVFrame,
    time: i64,
}

impl Filter {
    /// `name` compares pictures of the pixel format `format`, here `a` with `b`.
    pub fn new<T: Copy>(name: &str, format: &str, a: &[Plane<'_, T>; 3], b: &[Plane<'_, T>; 3]) -> Self {
        let (width, height) = (a[0].width(), a[0].height());
        let source = |label: &str| {
            format!("buffer=video_size={width}x{height}:pix_fmt={format}:time_base=1/25:frame_rate=25/1 [{label}]")
        };
        let text = format!("{}; {}; [a] [b] {name}, buffersink", source("a"), source("b"));
        let text = CString::new(text).expect("no zero in it");
        // SAFETY: the graph is made here and owned by the result; every pointer that FFmpeg gives is checked.
        unsafe {
            let graph = ffi::avfilter_graph_alloc();
            assert!(!graph.is_null());
            (*graph).nb_threads = 1;
            let (mut inputs, mut outputs) = (ptr::null_mut(), ptr::null_mut());
            assert!(ffi::avfilter_graph_parse2(graph, text.as_ptr(), &raw mut inputs, &raw mut outputs) >= 0);
            assert!(ffi::avfilter_graph_config(graph, ptr::null_mut()) >= 0);
            let filters = std::slice::from_raw_parts((*graph).filters, (*graph).nb_filters as usize);
            let named = |wanted: &str| {
                let is = |context: &&*mut ffi::AVFilterContext| {
                    std::ffi::CStr::from_ptr((*(**(*context)).filter).name).to_bytes() == wanted.as_bytes()
                };
                filters.iter().filter(is).copied().collect::<Vec<_>>()
            };
            let (sources, sinks) = (named("buffer"), named("buffersink"));
            let format = CString::new(format).expect("no zero in it");
            let format = ffi::av_get_pix_fmt(format.as_ptr());
            let frames = [a, b].map(|planes| frame(format, planes));
            Self {
                graph,
                sources: [sources[0], sources[1]],
                sink: sinks[0],
                frames,
                output: ffi::av_frame_alloc(),
                time: 0,
            }
        }
    }

    /// One more pair of the same pictures.
    pub fn run(&mut self) {
        for (source, frame) in self.sources.into_iter().zip(self.frames) {
            // SAFETY: both live as long as `self`; the source takes a reference of its own.
            unsafe {
                (*frame).pts = self.time;
                let keep = ffi::AV_BUFFERSRC_FLAG_KEEP_REF as i32;
                assert!(ffi::av_buffersrc_add_frame_flags(source, frame, keep) >= 0);
            }
        }
        self.time += 1;
        // SAFETY: as above; what the sink gives is dropped at once.
        unsafe {
            while ffi::av_buffersink_get_frame(self.sink, self.output) >= 0 {
                ffi::av_frame_unref(self.output);
            }
        }
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        // SAFETY: they were made in `new` and are used by nobody else.
        unsafe {
            for frame in &mut self.frames {
                ffi::av_frame_free(frame);
            }
            ffi::av_frame_free(&raw mut self.output);
            ffi::avfilter_graph_free(&raw mut self.graph);
        }
    }
}

/// A frame with a copy of the planes.
///
/// # Safety
/// `format` has three planes of samples of type `T`.
unsafe fn frame<T: Copy>(format: ffi::AVPixelFormat, planes: &[Plane<'_, T>; 3]) -> *mut ffi::AVFrame {
    // SAFETY: FFmpeg allocates planes of the size that was asked for.
    unsafe {
        let frame = ffi::av_frame_alloc();
        assert!(!frame.is_null());
        (*frame).format = format as i32;
        (*frame).width = planes[0].width() as i32;
        (*frame).height = planes[0].height() as i32;
        assert!(ffi::av_frame_get_buffer(frame, 0) >= 0);
        for (i, plane) in planes.iter().enumerate() {
            for (y, row) in plane.rows().enumerate() {
                let to = (*frame).data[i].offset(y as isize * (*frame).linesize[i] as isize);
                ptr::copy_nonoverlapping(row.as_ptr(), to.cast::<T>(), row.len());
            }
        }
        frame
    }
}
