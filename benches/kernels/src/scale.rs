//! Scaling beside swscale, `fast_image_resize` and `pic-scale`.

mod truth;

use fast_image_resize as fir;
use ffmpeg_sys_next as ff;
use transcode_kernels::{Axis, Filter, Level, Plane, PlaneMut, Scaler, scale_ladder_u8};

use crate::race::{Contender, Races};

// Macros before FFmpeg 8 and an enumeration since, of the same numbers.
const SWS_BILINEAR: i32 = 2;
const SWS_BICUBIC: i32 = 4;
const SWS_LANCZOS: i32 = 0x200;

/// What a picture is made of: something that is neither flat nor noise.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let wave = |x: usize, y: usize| ((x * x / 97 + y * 3) ^ (y * y / 31 + x)) & 0xFF;
    (0..width * height).map(|i| u8::try_from(wave(i % width, i / width)).unwrap_or(0)).collect()
}

fn scaler(filter: Filter, from: (usize, usize), to: (usize, usize)) -> Scaler {
    let axis = |from, to| Axis::centred(from, to).expect("a size");
    Scaler::new(filter, axis(from.0, to.0), axis(from.1, to.1))
}

/// A scaling by swscale, made once.
struct Sws {
    context: *mut ff::SwsContext,
    height: i32,
}

impl Sws {
    fn new(format: ff::AVPixelFormat, from: (usize, usize), to: (usize, usize), flags: i32) -> Self {
        let int = |size: usize| i32::try_from(size).expect("a small size");
        // SAFETY: no filter and no parameters are given, which null stands for.
        let context = unsafe {
            ff::sws_getContext(
                int(from.0),
                int(from.1),
                format,
                int(to.0),
                int(to.1),
                format,
                flags,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null(),
            )
        };
        assert!(!context.is_null(), "swscale takes the sizes");
        Self { context, height: int(from.1) }
    }

    fn run<const N: usize>(&self, from: [(&[u8], usize); N], to: [(&mut [u8], usize); N]) {
        let int = |size: usize| i32::try_from(size).expect("a small size");
        let (mut sources, mut targets) = ([std::ptr::null(); 4], [std::ptr::null_mut(); 4]);
        let (mut from_strides, mut to_strides) = ([0; 4], [0; 4]);
        for (i, ((from, from_stride), (to, to_stride))) in from.into_iter().zip(to).enumerate() {
            (sources[i], from_strides[i]) = (from.as_ptr(), int(from_stride));
            (targets[i], to_strides[i]) = (to.as_mut_ptr(), int(to_stride));
        }
        // SAFETY: the planes are as large as the sizes and the format that the context was made for.
        unsafe {
            ff::sws_scale(
                self.context,
                sources.as_ptr(),
                from_strides.as_ptr(),
                0,
                self.height,
                targets.as_ptr(),
                to_strides.as_ptr(),
            )
        };
    }
}

impl Drop for Sws {
    fn drop(&mut self) {
        // SAFETY: the context came from `sws_getContext` and is freed once.
        unsafe { ff::sws_freeContext(self.context) };
    }
}

fn levels() -> impl Iterator<Item = Level> {
    Level::available().into_iter().rev()
}

fn gray(
    races: &mut Races,
    name: &str,
    filters: (Filter, i32, fir::FilterType, pic_scale::ResamplingFunction),
    from: (usize, usize),
    to: (usize, usize),
) {
    let source = &picture(from.0, from.1);
    let (filter, flags, fir_filter, pic_filter) = filters;
    let mut contenders = Vec::new();
    for level in levels() {
        let (mut scaler, mut target) = (scaler(filter, from, to), vec![0; to.0 * to.1]);
        contenders.push(Contender::new(format!("ours, {}", level.name()), move || {
            let source = Plane::new(source, from.0, from.1, from.0).expect("a plane");
            scaler.run_u8(level, source, PlaneMut::new(&mut target, to.0, to.1, to.0).expect("a plane"));
        }));
    }
    let (sws, mut target) = (Sws::new(ff::AVPixelFormat::AV_PIX_FMT_GRAY8, from, to, flags), vec![0; to.0 * to.1 + 64]);
    contenders.push(Contender::new("swscale", move || sws.run([(source, from.0)], [(&mut target, to.0)])));
    let int = |size: usize| u32::try_from(size).expect("a small size");
    let from_image =
        fir::images::ImageRef::new(int(from.0), int(from.1), source, fir::PixelType::U8).expect("an image");
    let mut to_image = fir::images::Image::new(int(to.0), int(to.1), fir::PixelType::U8);
    let mut resizer = fir::Resizer::new();
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir_filter));
    contenders.push(Contender::new("fast_image_resize", move || {
        resizer.resize(&from_image, &mut to_image, &options).expect("a resize");
    }));
    for (name, strategy) in [
        ("pic-scale, for quality", pic_scale::WorkloadStrategy::PreferQuality),
        ("pic-scale, for speed", pic_scale::WorkloadStrategy::PreferSpeed),
    ] {
        let scaler = pic_scale::Scaler::new(pic_filter)
            .set_threading_policy(pic_scale::ThreadingPolicy::Single)
            .set_workload_strategy(strategy);
        let size = |size: (usize, usize)| pic_scale::ImageSize::new(size.0, size.1);
        let plan = scaler.plan_planar_resampling(size(from), size(to)).expect("a plan");
        let store = pic_scale::ImageStore::<u8, 1>::borrow(source, from.0, from.1).expect("an image");
        let mut to = pic_scale::ImageStoreMut::<u8, 1>::alloc(to.0, to.1);
        let mut scratch = plan.alloc_scratch();
        contenders.push(Contender::new(name, move || {
            plan.resample_with_scratch(&store, &mut to, &mut scratch).expect("a resize");
        }));
    }
    races.run(name, from.0 * from.1, contenders);
}

fn yuv420p(races: &mut Races, name: &str, from: (usize, usize), to: (usize, usize)) {
    let half = |(width, height): (usize, usize)| (width / 2, height / 2);
    let sizes = [(from, to), (half(from), half(to)), (half(from), half(to))];
    let sources = &sizes.map(|(from, _)| picture(from.0, from.1));
    let mut contenders = Vec::new();
    for level in levels().filter(|level| *level != Level::SCALAR) {
        let mut scalers = sizes.map(|(from, to)| (scaler(Filter::Bicubic, from, to), vec![0; to.0 * to.1]));
        contenders.push(Contender::new(format!("ours, {}", level.name()), move || {
            for ((scaler, target), (source, (from, to))) in scalers.iter_mut().zip(sources.iter().zip(sizes)) {
                let source = Plane::new(source, from.0, from.1, from.0).expect("a plane");
                scaler.run_u8(level, source, PlaneMut::new(target, to.0, to.1, to.0).expect("a plane"));
            }
        }));
    }
    let sws = Sws::new(ff::AVPixelFormat::AV_PIX_FMT_YUV420P, from, to, SWS_BICUBIC);
    let mut targets = sizes.map(|(_, to)| vec![0; to.0 * to.1 + 64]);
    contenders.push(Contender::new("swscale", move || {
        let mut planes = targets.iter_mut().zip(sizes).map(|(target, (_, to))| (target.as_mut_slice(), to.0));
        let targets = std::array::from_fn(|_| planes.next().expect("three planes"));
        sws.run::<3>(std::array::from_fn(|i| (sources[i].as_slice(), sizes[i].0.0)), targets);
    }));
    races.run(name, from.0 * from.1 * 3 / 2, contenders);
}

fn ten_bits(races: &mut Races, name: &str, from: (usize, usize), to: (usize, usize)) {
    let source = &picture(from.0, from.1).iter().map(|sample| u16::from(*sample) * 4).collect::<Vec<_>>();
    let bytes = &source.iter().flat_map(|sample| sample.to_ne_bytes()).collect::<Vec<_>>();
    let mut contenders = Vec::new();
    for level in levels() {
        let (mut scaler, mut target) = (scaler(Filter::Bicubic, from, to), vec![0; to.0 * to.1]);
        contenders.push(Contender::new(format!("ours, {}", level.name()), move || {
            let source = Plane::new(source, from.0, from.1, from.0).expect("a plane");
            scaler.run_u16(level, 10, source, PlaneMut::new(&mut target, to.0, to.1, to.0).expect("a plane"));
        }));
    }
    let format = ff::AVPixelFormat::AV_PIX_FMT_GRAY10LE;
    let (sws, mut target) = (Sws::new(format, from, to, SWS_BICUBIC), vec![0; 2 * to.0 * to.1 + 64]);
    contenders.push(Contender::new("swscale", move || sws.run([(bytes, 2 * from.0)], [(&mut target, 2 * to.0)])));
    let size = |size: (usize, usize)| pic_scale::ImageSize::new(size.0, size.1);
    let plan = pic_scale::Scaler::new(pic_scale::ResamplingFunction::CatmullRom)
        .set_threading_policy(pic_scale::ThreadingPolicy::Single)
        .plan_planar_resampling16(size(from), size(to), 10)
        .expect("a plan");
    let store = pic_scale::ImageStore::<u16, 1>::borrow(source, from.0, from.1).expect("an image");
    let mut image = pic_scale::ImageStoreMut::<u16, 1>::alloc_with_depth(to.0, to.1, 10);
    let mut scratch = plan.alloc_scratch();
    contenders.push(Contender::new("pic-scale", move || {
        plan.resample_with_scratch(&store, &mut image, &mut scratch).expect("a resize");
    }));
    races.run(name, 2 * from.0 * from.1, contenders);
}

/// 1080p to 720p, 480p and 360p at once, and one after the other.
fn ladder(races: &mut Races) {
    let (from, sizes) = ((1920, 1080), [(1280, 720), (854, 480), (640, 360)]);
    let source = &picture(from.0, from.1);
    let level = *Level::available().last().expect("scalar at least");
    let made = || sizes.map(|to| (scaler(Filter::Bicubic, from, to), vec![0; to.0 * to.1]));
    let (mut together, mut apart) = (made(), made());
    let contenders = vec![
        Contender::new("ours, together", move || {
            let source = Plane::new(source, from.0, from.1, from.0).expect("a plane");
            let mut steps = Vec::new();
            for ((scaler, target), to) in together.iter_mut().zip(sizes) {
                steps.push((scaler, PlaneMut::new(target, to.0, to.1, to.0).expect("a plane")));
            }
            scale_ladder_u8(level, source, &mut steps);
        }),
        Contender::new("ours, one by one", move || {
            for ((scaler, target), to) in apart.iter_mut().zip(sizes) {
                let source = Plane::new(source, from.0, from.1, from.0).expect("a plane");
                scaler.run_u8(level, source, PlaneMut::new(target, to.0, to.1, to.0).expect("a plane"));
            }
        }),
    ];
    races.run("scale ladder of three", from.0 * from.1, contenders);
}

pub fn races(races: &mut Races) {
    let (full, hd, small) = ((1920, 1080), (1280, 720), (224, 224));
    let bicubic =
        (Filter::Bicubic, SWS_BICUBIC, fir::FilterType::CatmullRom, pic_scale::ResamplingFunction::CatmullRom);
    let lanczos = (Filter::Lanczos, SWS_LANCZOS, fir::FilterType::Lanczos3, pic_scale::ResamplingFunction::Lanczos3);
    let bilinear = (Filter::Bilinear, SWS_BILINEAR, fir::FilterType::Bilinear, pic_scale::ResamplingFunction::Bilinear);
    gray(races, "scale bicubic gray8 1080p to 720p", bicubic, full, hd);
    gray(races, "scale bicubic gray8 1080p to 224x224", bicubic, full, small);
    yuv420p(races, "scale bicubic yuv420p 1080p to 720p", full, hd);
    yuv420p(races, "scale bicubic yuv420p 1080p to 224x224", full, small);
    gray(races, "scale bicubic gray8 1080p to 640x360", bicubic, full, (640, 360));
    gray(races, "scale bicubic gray8 720p to 1080p", bicubic, hd, full);
    gray(races, "scale lanczos gray8 1080p to 720p", lanczos, full, hd);
    gray(races, "scale bilinear gray8 1080p to 720p", bilinear, full, hd);
    ten_bits(races, "scale bicubic gray10 1080p to 720p", full, hd);
    ten_bits(races, "scale bicubic gray10 1080p to 224x224", full, small);
    ladder(races);
    if races.wants("scale truth") {
        truth::run();
    }
}
