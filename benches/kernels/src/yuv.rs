//! YUV to RGB and back, beside libyuv, the `yuv` crate and swscale.

use std::ffi::c_int;
use std::hint::black_box;

use ::yuv::{BufferStoreMut, YuvBiPlanarImage, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange};
use ffmpeg_sys_next as ff;
use transcode_kernels as ours;
use transcode_kernels::{Chroma, Coding, Layout, Level, Matrix, Normal, Plane, PlaneMut, Range, Siting, Subsampling};

use crate::race::{Contender, Races};

const SIZES: [(usize, usize); 2] = [(1920, 1080), (224, 224)];
const CODING: Coding = Coding { matrix: Matrix::Bt601, range: Range::Limited, depth: 8 };
const BT601: ::yuv::YuvStandardMatrix = ::yuv::YuvStandardMatrix::Bt601;

#[link(name = "yuv")]
unsafe extern "C" {
    // `RAW` of libyuv is R, G, B in memory; its `RGB24` is B, G, R. All of BT.601 limited.
    #[rustfmt::skip]
    fn I420ToRAW(
        y: *const u8,
        y_stride: c_int,
        u: *const u8,
        u_stride: c_int,
        v: *const u8,
        v_stride: c_int,
        rgb: *mut u8,
        rgb_stride: c_int,
        width: c_int,
        height: c_int,
    ) -> c_int;
    #[rustfmt::skip]
    fn NV12ToRAW(
        y: *const u8,
        y_stride: c_int,
        uv: *const u8,
        uv_stride: c_int,
        rgb: *mut u8,
        rgb_stride: c_int,
        width: c_int,
        height: c_int,
    ) -> c_int;
    #[rustfmt::skip]
    fn I420ToABGR(
        y: *const u8,
        y_stride: c_int,
        u: *const u8,
        u_stride: c_int,
        v: *const u8,
        v_stride: c_int,
        rgba: *mut u8,
        rgba_stride: c_int,
        width: c_int,
        height: c_int,
    ) -> c_int;
    #[rustfmt::skip]
    fn RAWToI420(
        rgb: *const u8,
        rgb_stride: c_int,
        y: *mut u8,
        y_stride: c_int,
        u: *mut u8,
        u_stride: c_int,
        v: *mut u8,
        v_stride: c_int,
        width: c_int,
        height: c_int,
    ) -> c_int;
}

/// A picture in the planes that each contender wants.
struct Picture {
    width: usize,
    height: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
    uv: Vec<u8>,
}

impl Picture {
    fn new(width: usize, height: usize) -> Self {
        let plane = |width: usize, height: usize, seed: usize| -> Vec<u8> {
            (0..width * height).map(|i| ((i % width * 3 + i / width * 5 + seed) ^ (i >> 7)) as u8).collect()
        };
        let (u, v) = (plane(width / 2, height / 2, 40), plane(width / 2, height / 2, 90));
        let uv = u.iter().zip(&v).flat_map(|(u, v)| [*u, *v]).collect();
        Self { width, height, y: plane(width, height, 0), u, v, uv }
    }

    fn plane<'a>(&self, data: &'a [u8], down: usize, samples: usize) -> Plane<'a, u8> {
        let width = self.width / down * samples;
        Plane::new(data, width, self.height / down, width).expect("the picture's own planes")
    }

    fn planar(&self) -> ours::Yuv<'_, u8> {
        let [y, u, v] = [(&self.y, 1), (&self.u, 2), (&self.v, 2)].map(|(data, down)| self.plane(data, down, 1));
        ours::Yuv::planar(Subsampling::Yuv420, y, u, v).expect("planes of one picture")
    }

    fn semi_planar(&self) -> ours::Yuv<'_, u8> {
        let (y, uv) = (self.plane(&self.y, 1, 1), self.plane(&self.uv, 2, 2));
        ours::Yuv::semi_planar(Subsampling::Yuv420, y, uv).expect("planes of one picture")
    }

    fn theirs(&self) -> YuvPlanarImage<'_, u8> {
        YuvPlanarImage {
            y_plane: &self.y,
            y_stride: self.width as u32,
            u_plane: &self.u,
            u_stride: self.width as u32 / 2,
            v_plane: &self.v,
            v_stride: self.width as u32 / 2,
            width: self.width as u32,
            height: self.height as u32,
        }
    }

    fn their_pairs(&self) -> YuvBiPlanarImage<'_, u8> {
        YuvBiPlanarImage {
            y_plane: &self.y,
            y_stride: self.width as u32,
            uv_plane: &self.uv,
            uv_stride: self.width as u32,
            width: self.width as u32,
            height: self.height as u32,
        }
    }

    /// Ours at every level, best first, for nearest chroma, and at the best level for linear.
    fn ours<'a>(&'a self, from: ours::Yuv<'a, u8>, layout: Layout) -> Vec<Contender<'a>> {
        let mut levels = Level::available();
        levels.reverse();
        let mut ways: Vec<_> = levels.iter().map(|level| (*level, Chroma::Nearest)).collect();
        let linear = levels.iter().take(2).map(|level| (*level, Chroma::Linear(Siting::Left)));
        ways.extend(linear);
        ways.into_iter()
            .map(|(level, chroma)| {
                let stride = self.width * layout.samples();
                let mut to = vec![0; stride * self.height];
                Contender::new(format!("ours {} {chroma:?}", level.name()), move || {
                    let to = PlaneMut::new(&mut to, stride, self.height, stride).expect("of that size");
                    ours::yuv_to_rgb8(level, black_box(&from), CODING, chroma, layout, to);
                })
            })
            .collect()
    }
}

/// swscale between two formats; scaler flags 0 with nothing to scale is its quick way.
struct Scaler {
    context: *mut ff::SwsContext,
    height: c_int,
}

impl Scaler {
    fn new(picture: &Picture, from: ff::AVPixelFormat, to: ff::AVPixelFormat) -> Self {
        let (width, height) = (picture.width as c_int, picture.height as c_int);
        let (none, filter) = (std::ptr::null(), std::ptr::null_mut());
        // SAFETY: no pointer is passed that must hold anything.
        let context = unsafe { ff::sws_getContext(width, height, from, width, height, to, 0, filter, filter, none) };
        assert!(!context.is_null(), "swscale has no such conversion");
        Self { context, height }
    }

    fn run(&mut self, from: [(&[u8], usize); 3], to: &mut [(&mut [u8], usize)]) {
        let mut source = [std::ptr::null(); 4];
        let mut target = [std::ptr::null_mut(); 4];
        let (mut source_strides, mut target_strides) = ([0; 4], [0; 4]);
        for (i, (plane, stride)) in from.iter().enumerate().filter(|(_, (plane, _))| !plane.is_empty()) {
            (source[i], source_strides[i]) = (plane.as_ptr(), *stride as c_int);
        }
        for (i, (plane, stride)) in to.iter_mut().enumerate() {
            (target[i], target_strides[i]) = (plane.as_mut_ptr(), *stride as c_int);
        }
        // SAFETY: the planes hold a picture of the size and formats of the context.
        unsafe {
            ff::sws_scale(
                self.context,
                source.as_ptr(),
                source_strides.as_ptr(),
                0,
                self.height,
                target.as_ptr(),
                target_strides.as_ptr(),
            );
        }
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        // SAFETY: made by `sws_getContext`, and freed once.
        unsafe { ff::sws_freeContext(self.context) }
    }
}

pub fn races(races: &mut Races) {
    for (width, height) in SIZES {
        let picture = Picture::new(width, height);
        planar(races, &picture);
        semi_planar(races, &picture);
        rgba(races, &picture);
        tensor(races, &picture);
        ten_bits(races, &picture);
        encode(races, &picture);
    }
}

fn planar(races: &mut Races, picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    let (w, h) = (width as c_int, height as c_int);
    let (y, u, v) = (&picture.y, &picture.u, &picture.v);
    let bytes = width * height * 9 / 4;
    let mut contenders = picture.ours(picture.planar(), Layout::Rgb);
    let mut to = vec![0; width * height * 3];
    contenders.push(Contender::new("libyuv I420ToRAW", move || {
        // SAFETY: planes and picture are as large as they are said to be.
        unsafe { I420ToRAW(y.as_ptr(), w, u.as_ptr(), w / 2, v.as_ptr(), w / 2, to.as_mut_ptr(), 3 * w, w, h) };
    }));
    let mut to = vec![0; width * height * 3];
    contenders.push(Contender::new("yuv crate yuv420_to_rgb", move || {
        ::yuv::yuv420_to_rgb(black_box(&picture.theirs()), &mut to, 3 * w as u32, YuvRange::Limited, BT601)
            .expect("sizes");
    }));
    let mut to = vec![0; width * height * 3];
    contenders.push(Contender::new("yuv crate yuv420_to_rgb_bilinear", move || {
        ::yuv::yuv420_to_rgb_bilinear(black_box(&picture.theirs()), &mut to, 3 * w as u32, YuvRange::Limited, BT601)
            .expect("sizes");
    }));
    use ff::AVPixelFormat::{AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P};
    let mut scaler = Scaler::new(picture, AV_PIX_FMT_YUV420P, AV_PIX_FMT_RGB24);
    let mut to = vec![0; width * height * 3 + 64];
    contenders.push(Contender::new("swscale", move || {
        scaler.run([(y, width), (u, width / 2), (v, width / 2)], &mut [(&mut to, 3 * width)]);
    }));
    races.run(&format!("yuv420p to rgb24 {width}x{height}"), bytes, contenders);
}

fn semi_planar(races: &mut Races, picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    let (w, h) = (width as c_int, height as c_int);
    let (y, uv) = (&picture.y, &picture.uv);
    let bytes = width * height * 9 / 4;
    let mut contenders = picture.ours(picture.semi_planar(), Layout::Rgb);
    let mut to = vec![0; width * height * 3];
    contenders.push(Contender::new("libyuv NV12ToRAW", move || {
        // SAFETY: planes and picture are as large as they are said to be.
        unsafe { NV12ToRAW(y.as_ptr(), w, uv.as_ptr(), w, to.as_mut_ptr(), 3 * w, w, h) };
    }));
    for mode in [YuvConversionMode::Fast, YuvConversionMode::Balanced] {
        let mut to = vec![0; width * height * 3];
        contenders.push(Contender::new(format!("yuv crate yuv_nv12_to_rgb {mode:?}"), move || {
            let from = picture.their_pairs();
            ::yuv::yuv_nv12_to_rgb(black_box(&from), &mut to, 3 * w as u32, YuvRange::Limited, BT601, mode)
                .expect("sizes");
        }));
    }
    use ff::AVPixelFormat::{AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24};
    let mut scaler = Scaler::new(picture, AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24);
    let mut to = vec![0; width * height * 3 + 64];
    contenders.push(Contender::new("swscale", move || {
        scaler.run([(y, width), (uv, width), (&[], 0)], &mut [(&mut to, 3 * width)]);
    }));
    races.run(&format!("nv12 to rgb24 {width}x{height}"), bytes, contenders);
}

fn rgba(races: &mut Races, picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    let (w, h) = (width as c_int, height as c_int);
    let (y, u, v) = (&picture.y, &picture.u, &picture.v);
    let mut contenders = picture.ours(picture.planar(), Layout::Rgba);
    let mut to = vec![0; width * height * 4];
    contenders.push(Contender::new("libyuv I420ToABGR", move || {
        // SAFETY: planes and picture are as large as they are said to be.
        unsafe { I420ToABGR(y.as_ptr(), w, u.as_ptr(), w / 2, v.as_ptr(), w / 2, to.as_mut_ptr(), 4 * w, w, h) };
    }));
    let mut to = vec![0; width * height * 4];
    contenders.push(Contender::new("yuv crate yuv420_to_rgba", move || {
        ::yuv::yuv420_to_rgba(black_box(&picture.theirs()), &mut to, 4 * w as u32, YuvRange::Limited, BT601)
            .expect("sizes");
    }));
    races.run(&format!("yuv420p to rgba {width}x{height}"), width * height * 11 / 4, contenders);
}

fn tensor(races: &mut Races, picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    let mut levels = Level::available();
    levels.reverse();
    let contenders = levels.into_iter().map(|level| {
        let mut to: [Vec<f32>; 3] = std::array::from_fn(|_| vec![0.0; width * height]);
        let normal = Normal { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
        Contender::new(format!("ours {} linear", level.name()), move || {
            let planes = to.each_mut().map(|to| PlaneMut::new(to, width, height, width).expect("of that size"));
            let chroma = Chroma::Linear(Siting::Left);
            ours::yuv_to_planar_f32(level, black_box(&picture.planar()), CODING, chroma, normal, planes);
        })
    });
    races.run(&format!("yuv420p to tensor {width}x{height}"), width * height * 27 / 4, contenders.collect());
}

fn ten_bits(races: &mut Races, picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    let raise = |plane: &[u8]| -> Vec<u16> { plane.iter().map(|code| u16::from(*code) << 8).collect() };
    let (y, uv) = (raise(&picture.y), raise(&picture.uv));
    let plane = |data, rows| Plane::new(data, width, rows, width).expect("the picture's own planes");
    let (planes, coding) = ((plane(&y, height), plane(&uv, height / 2)), Coding { depth: 10, ..CODING });
    let from = ours::Yuv::semi_planar(Subsampling::Yuv420, planes.0, planes.1).expect("planes of one picture");
    let from = from.in_high_bits();
    let mut contenders = Vec::new();
    let mut levels = Level::available();
    levels.reverse();
    for (level, chroma) in levels
        .into_iter()
        .flat_map(|level| [Chroma::Nearest, Chroma::Linear(Siting::Left)].map(|chroma| (level, chroma)))
    {
        let mut to = vec![0; width * height * 3];
        contenders.push(Contender::new(format!("ours {} {chroma:?}", level.name()), move || {
            let to = PlaneMut::new(&mut to, 3 * width, height, 3 * width).expect("of that size");
            ours::yuv_to_rgb8(level, black_box(&from), coding, chroma, Layout::Rgb, to);
        }));
    }
    let bytes = |plane: &[u16]| -> Vec<u8> { plane.iter().flat_map(|code| code.to_le_bytes()).collect() };
    let (y8, uv8) = (bytes(&y), bytes(&uv));
    let theirs = YuvBiPlanarImage {
        y_plane: &y,
        y_stride: width as u32,
        uv_plane: &uv,
        uv_stride: width as u32,
        width: width as u32,
        height: height as u32,
    };
    let mut to = vec![0; width * height * 3];
    contenders.push(Contender::new("yuv crate p010_to_rgb", move || {
        ::yuv::p010_to_rgb(
            black_box(&theirs),
            &mut to,
            3 * width as u32,
            YuvRange::Limited,
            BT601,
            YuvConversionMode::Balanced,
        )
        .expect("sizes");
    }));
    use ff::AVPixelFormat::{AV_PIX_FMT_P010LE, AV_PIX_FMT_RGB24};
    let mut scaler = Scaler::new(picture, AV_PIX_FMT_P010LE, AV_PIX_FMT_RGB24);
    let mut out = vec![0; width * height * 3 + 64];
    contenders.push(Contender::new("swscale", move || {
        scaler.run([(&y8, 2 * width), (&uv8, 2 * width), (&[], 0)], &mut [(&mut out, 3 * width)]);
    }));
    races.run(&format!("p010 to rgb24 {width}x{height}"), width * height * 3, contenders);
}

fn encode(races: &mut Races, picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    let (w, h) = (width as c_int, height as c_int);
    let rgb: Vec<u8> = (0..width * height * 3).map(|i| (i * 7 + (i >> 9)) as u8).collect();
    let rgb = &rgb[..];
    let planes = || (vec![0_u8; width * height], vec![0_u8; width * height / 4], vec![0_u8; width * height / 4]);
    let mut contenders = Vec::new();
    let mut levels = Level::available();
    levels.reverse();
    for (level, siting) in
        levels.into_iter().flat_map(|level| [Siting::Center, Siting::Left].map(|siting| (level, siting)))
    {
        let (mut y, mut u, mut v) = planes();
        contenders.push(Contender::new(format!("ours {} {siting:?}", level.name()), move || {
            let from = Plane::new(black_box(rgb), 3 * width, height, 3 * width).expect("of that size");
            let y = PlaneMut::new(&mut y, width, height, width).expect("of that size");
            let [u, v] = [&mut u, &mut v]
                .map(|plane| PlaneMut::new(plane, width / 2, height / 2, width / 2).expect("of that size"));
            let to = ours::YuvMut::planar(Subsampling::Yuv420, y, u, v).expect("planes of one picture");
            ours::rgb8_to_yuv(level, Layout::Rgb, from, CODING, siting, to);
        }));
    }
    let (mut y, mut u, mut v) = planes();
    contenders.push(Contender::new("libyuv RAWToI420", move || {
        let (y, u, v) = (y.as_mut_ptr(), u.as_mut_ptr(), v.as_mut_ptr());
        // SAFETY: planes and picture are as large as they are said to be.
        unsafe { RAWToI420(black_box(rgb).as_ptr(), 3 * w, y, w, u, w / 2, v, w / 2, w, h) };
    }));
    for mode in [YuvConversionMode::Fast, YuvConversionMode::Balanced] {
        let (mut y, mut u, mut v) = planes();
        contenders.push(Contender::new(format!("yuv crate rgb_to_yuv420 {mode:?}"), move || {
            let mut to = YuvPlanarImageMut {
                y_plane: BufferStoreMut::Borrowed(&mut y),
                y_stride: w as u32,
                u_plane: BufferStoreMut::Borrowed(&mut u),
                u_stride: w as u32 / 2,
                v_plane: BufferStoreMut::Borrowed(&mut v),
                v_stride: w as u32 / 2,
                width: w as u32,
                height: h as u32,
            };
            ::yuv::rgb_to_yuv420(&mut to, black_box(rgb), 3 * w as u32, YuvRange::Limited, BT601, mode).expect("sizes");
        }));
    }
    use ff::AVPixelFormat::{AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P};
    let mut scaler = Scaler::new(picture, AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P);
    let (mut y, mut u, mut v) = planes();
    contenders.push(Contender::new("swscale", move || {
        let to = &mut [(&mut y[..], width), (&mut u[..], width / 2), (&mut v[..], width / 2)];
        scaler.run([(rgb, 3 * width), (&[], 0), (&[], 0)], to);
    }));
    races.run(&format!("rgb24 to yuv420p {width}x{height}"), width * height * 9 / 4, contenders);
}
