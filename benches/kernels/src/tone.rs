//! Tone mapping beside FFmpeg's zscale (zimg) and tonemap, in one graph with one thread.

use std::ffi::CString;
use std::ptr::null_mut;

use ffmpeg_sys_next as ff;
use transcode_kernels::{Hdr, Level, Plane, PlaneMut, Range, Siting, ToneMap, ToneSpec, clamp_u16, exceeds_u16};

use crate::race::{Contender, Races};

/// What guides give for HDR to SDR; the curve by its name, of which hable is the usual one.
fn description(curve: &str) -> String {
    format!(
        "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap={curve}:desat=0:peak=10,\
         zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
    )
}

pub fn races(races: &mut Races) {
    for (width, height) in [(1920, 1080), (224, 224)] {
        let content = [("picture", picture(width, height)), ("noise", noise(width, height))];
        for (name, planes) in &content {
            for transfer in [Hdr::Pq, Hdr::Hlg] {
                if transfer == Hdr::Hlg && *name == "noise" {
                    continue;
                }
                tone(races, &format!("tone {transfer:?} {width}x{height} {name}"), transfer, planes, (width, height));
            }
        }
        clamp(races, &format!("clamp tone {width}x{height}"), &content[0].1[0], (width, height));
    }
}

fn tone(races: &mut Races, name: &str, transfer: Hdr, planes: &[Vec<u16>; 3], (width, height): (usize, usize)) {
    let spec = ToneSpec { transfer, peak: ToneSpec::DEFAULT_PEAK, range: Range::Limited, siting: Siting::Left };
    let map = ToneMap::new(&spec).expect("a good peak");
    let (wide, high) = (width.div_ceil(2), height.div_ceil(2));
    let mut contenders = Vec::new();
    for level in levels() {
        let map = &map;
        let mut to = [vec![0u8; width * height], vec![0u8; wide * high], vec![0u8; wide * high]];
        contenders.push(Contender::new(level.name(), move || {
            let sizes = [(width, height), (wide, high), (wide, high)];
            let source =
                [0, 1, 2].map(|i| Plane::new(&planes[i], sizes[i].0, sizes[i].1, sizes[i].0).expect("a plane"));
            let [y, cb, cr] = &mut to;
            let to = [
                PlaneMut::new(y, width, height, width).expect("a plane"),
                PlaneMut::new(cb, wide, high, wide).expect("a plane"),
                PlaneMut::new(cr, wide, high, wide).expect("a plane"),
            ];
            map.run_u8(level, source, (1, 1), 10, to);
        }));
    }
    for curve in ["hable", "mobius"] {
        let mut graph = Graph::new(&description(curve), transfer, planes, (width, height));
        contenders.push(Contender::new(format!("zscale + tonemap={curve}"), move || graph.run()));
    }
    races.run(name, 3 * (width * height + 2 * wide * high), contenders);
}

fn clamp(races: &mut Races, name: &str, luma: &[u16], (width, height): (usize, usize)) {
    let mut contenders = Vec::new();
    for level in levels() {
        contenders.push(Contender::new(format!("exceeds_u16 {}", level.name()), move || {
            let plane = Plane::new(luma, width, height, width).expect("a plane");
            assert!(!exceeds_u16(level, std::hint::black_box(plane), 10));
        }));
        let (mut own, noise) = (luma.to_vec(), luma.to_vec());
        contenders.push(Contender::new(format!("clamp_u16 {} all rows", level.name()), move || {
            // Of 9 bits, so that all rows have something to do; each time anew.
            own.copy_from_slice(&noise);
            clamp_u16(level, PlaneMut::new(&mut own, width, height, width).expect("a plane"), 9);
        }));
    }
    races.run(name, 2 * width * height, contenders);
}

/// Those that differ here: AVX-512 goes the way of AVX2.
fn levels() -> impl Iterator<Item = Level> {
    Level::available().into_iter().rev().filter(|level| level.name() != "avx512")
}

/// Slow waves of brightness and colour, with a little grain: neighbours are alike, as in pictures.
fn picture(width: usize, height: usize) -> [Vec<u16>; 3] {
    let mut rng = transcode_testkit::Rng::new(1);
    let mut plane = |width: usize, height: usize, middle: f64, swing: f64, pace: f64| {
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let wave = (x as f64 * pace / width as f64).sin() * (y as f64 * pace / height as f64).cos();
                samples.push((middle + swing * wave) as u16 + rng.below(8) as u16);
            }
        }
        samples
    };
    let (wide, high) = (width.div_ceil(2), height.div_ceil(2));
    [plane(width, height, 400.0, 280.0, 19.0), plane(wide, high, 512.0, 90.0, 7.0), plane(wide, high, 512.0, 90.0, 9.0)]
}

/// Every sample anything: the worst for caches.
fn noise(width: usize, height: usize) -> [Vec<u16>; 3] {
    let mut rng = transcode_testkit::Rng::new(1);
    let quarter = width.div_ceil(2) * height.div_ceil(2);
    [width * height, quarter, quarter].map(|length| (0..length).map(|_| 64 + rng.below(877) as u16).collect())
}

/// A filter graph of one thread, and the frame that goes through it.
struct Graph {
    graph: *mut ff::AVFilterGraph,
    source: *mut ff::AVFilterContext,
    sink: *mut ff::AVFilterContext,
    frame: *mut ff::AVFrame,
}

impl Graph {
    fn new(description: &str, transfer: Hdr, planes: &[Vec<u16>; 3], (width, height): (usize, usize)) -> Self {
        // SAFETY: the calls have what the headers of libavfilter ask for, each result is checked, and the rows that are
        // written were allocated for this size and format.
        unsafe {
            let graph = ff::avfilter_graph_alloc();
            assert!(!graph.is_null());
            (*graph).nb_threads = 1;
            let format = ff::AVPixelFormat::AV_PIX_FMT_YUV420P10LE;
            let whole = format!(
                "buffer@in=video_size={width}x{height}:pix_fmt={}:time_base=1/25,{description},buffersink@out",
                format as i32
            );
            let whole = CString::new(whole).expect("no zeros");
            let (mut ins, mut outs) = (null_mut(), null_mut());
            assert!(ff::avfilter_graph_parse2(graph, whole.as_ptr(), &mut ins, &mut outs) >= 0);
            assert!(ff::avfilter_graph_config(graph, null_mut()) >= 0);
            let named = |name: &str| {
                let name = CString::new(name).expect("no zeros");
                let found = ff::avfilter_graph_get_filter(graph, name.as_ptr());
                assert!(!found.is_null(), "{name:?}");
                found
            };
            let (source, sink) = (named("buffer@in"), named("buffersink@out"));
            let frame = ff::av_frame_alloc();
            (*frame).format = format as i32;
            (*frame).width = width as i32;
            (*frame).height = height as i32;
            (*frame).color_range = ff::AVColorRange::AVCOL_RANGE_MPEG;
            (*frame).colorspace = ff::AVColorSpace::AVCOL_SPC_BT2020_NCL;
            (*frame).color_primaries = ff::AVColorPrimaries::AVCOL_PRI_BT2020;
            (*frame).color_trc = match transfer {
                Hdr::Pq => ff::AVColorTransferCharacteristic::AVCOL_TRC_SMPTE2084,
                Hdr::Hlg => ff::AVColorTransferCharacteristic::AVCOL_TRC_ARIB_STD_B67,
            };
            (*frame).chroma_location = ff::AVChromaLocation::AVCHROMA_LOC_LEFT;
            assert!(ff::av_frame_get_buffer(frame, 0) >= 0);
            for (i, plane) in planes.iter().enumerate() {
                let width = if i == 0 { width } else { width.div_ceil(2) };
                for (y, row) in plane.chunks(width).enumerate() {
                    let to = (*frame).data[i].offset(y as isize * (*frame).linesize[i] as isize);
                    std::ptr::copy_nonoverlapping(row.as_ptr().cast::<u8>(), to, 2 * row.len());
                }
            }
            Self { graph, source, sink, frame }
        }
    }

    /// One frame in, one out.
    fn run(&mut self) {
        // SAFETY: all four live as long as `self`; the frame is kept by reference.
        unsafe {
            let keep = ff::AV_BUFFERSRC_FLAG_KEEP_REF as i32;
            assert!(ff::av_buffersrc_add_frame_flags(self.source, self.frame, keep) >= 0);
            let mut out = ff::av_frame_alloc();
            assert!(ff::av_buffersink_get_frame(self.sink, out) >= 0);
            assert_eq!((*out).format, ff::AVPixelFormat::AV_PIX_FMT_YUV420P as i32);
            ff::av_frame_free(&mut out);
        }
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        // SAFETY: both came from their allocators, and nothing uses them behind this.
        unsafe {
            ff::avfilter_graph_free(&mut self.graph);
            ff::av_frame_free(&mut self.frame);
        }
    }
}
