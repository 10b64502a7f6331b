//! Measures of pairs of pictures, beside the filters of FFmpeg.

mod filter;

use std::hint::black_box;

use filter::Filter;
use transcode_kernels::measure::{
    Xpsnr, ms_ssim_u8, ms_ssim_u16, sad_u8, share_below_u8, sse_u8, sse_u16, ssim_u8, ssim_u16,
};
use transcode_kernels::{Level, Plane};

use crate::race::{Contender, Races};

/// Three planes, 4:2:0.
struct Picture<T> {
    planes: [(Vec<T>, usize, usize); 3],
}

impl<T: Copy> Picture<T> {
    fn new(width: usize, height: usize, sample: impl Fn(usize, usize) -> T) -> Self {
        let plane = |width: usize, height: usize| {
            let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| sample(x, y)).collect();
            (samples, width, height)
        };
        let chroma = (width / 2, height / 2);
        Self { planes: [plane(width, height), plane(chroma.0, chroma.1), plane(chroma.0, chroma.1)] }
    }

    fn planes(&self) -> [Plane<'_, T>; 3] {
        self.planes.each_ref().map(|(samples, width, height)| {
            Plane::new(samples, *width, *height, *width).expect("as many samples as the size says")
        })
    }

    fn bytes(&self) -> usize {
        self.planes.iter().map(|(samples, ..)| size_of_val(samples.as_slice())).sum()
    }
}

fn value(x: usize, y: usize) -> usize {
    (x * 3 + y * 5) % 180 + (x * 7919 + y * 104_729) % 31
}

pub fn run(races: &mut Races) {
    for (width, height) in [(1920, 1080), (224, 224)] {
        let original = Picture::new(width, height, |x, y| value(x, y) as u8);
        let coded = Picture::new(width, height, |x, y| (value(x, y) / 6 * 6 + 3) as u8);
        let deep_original = Picture::new(width, height, |x, y| (value(x, y) * 4) as u16);
        let deep_coded = Picture::new(width, height, |x, y| (value(x, y) / 6 * 24 + 12) as u16);
        let (bytes, deep_bytes) = (2 * original.bytes(), 2 * deep_original.bytes());
        let (a, b, da, db) = (original.planes(), coded.planes(), deep_original.planes(), deep_coded.planes());

        // The best level first: it is what the others are compared with.
        let levels = || Level::available().into_iter().rev();
        macro_rules! contenders {
            (|$level:ident, $plane:ident| $call:expr) => {
                levels()
                    .map(|$level| {
                        Contender::new(format!("ours, {}", $level.name()), move || {
                            for $plane in 0..3 {
                                black_box($call);
                            }
                        })
                    })
                    .collect::<Vec<_>>()
            };
        }
        macro_rules! filter {
            ($name:expr, $format:expr, $a:expr, $b:expr) => {{
                let mut filter = Filter::new($name, $format, $a, $b);
                Contender::new(concat!("FFmpeg's filter ", $name), move || filter.run())
            }};
        }

        let size = format!("{width}x{height}");
        let mut all = contenders!(|level, i| sse_u8(level, a[i], b[i]));
        all.push(filter!("psnr", "yuv420p", &a, &b));
        races.run(&format!("measure psnr yuv420p {size}"), bytes, all);

        let mut all = contenders!(|level, i| sse_u16(level, da[i], db[i]));
        all.push(filter!("psnr", "yuv420p10le", &da, &db));
        races.run(&format!("measure psnr yuv420p10 {size}"), deep_bytes, all);

        let mut all = contenders!(|level, i| ssim_u8(level, a[i], b[i]));
        all.push(filter!("ssim", "yuv420p", &a, &b));
        races.run(&format!("measure ssim yuv420p {size}"), bytes, all);

        let mut all = contenders!(|level, i| ssim_u16(level, 10, da[i], db[i]));
        all.push(filter!("ssim", "yuv420p10le", &da, &db));
        races.run(&format!("measure ssim yuv420p10 {size}"), deep_bytes, all);

        races.run(&format!("measure sad yuv420p {size}"), bytes, contenders!(|level, i| sad_u8(level, a[i], b[i])));
        let all = contenders!(|level, i| share_below_u8(level, a[i], 16));
        races.run(&format!("measure black yuv420p {size}"), bytes / 2, all);

        let all = contenders!(|level, i| ms_ssim_u8(level, a[i], b[i]));
        races.run(&format!("measure ms-ssim yuv420p {size}"), bytes, all);
        let all = contenders!(|level, i| ms_ssim_u16(level, 10, da[i], db[i]));
        races.run(&format!("measure ms-ssim yuv420p10 {size}"), deep_bytes, all);

        for rate in [25.0, 50.0] {
            let shallow = levels().map(|level| {
                let mut xpsnr = Xpsnr::new(width, height, 8, rate);
                Contender::new(format!("ours, {}", level.name()), move || {
                    black_box(xpsnr.luma_frame_u8(level, a[0], b[0]));
                    black_box(xpsnr.chroma_plane_u8(level, a[1], b[1]));
                    black_box(xpsnr.chroma_plane_u8(level, a[2], b[2]));
                })
            });
            races.run(&format!("measure xpsnr yuv420p {size} at {rate}"), bytes, shallow.collect());
        }
        let deep = levels().map(|level| {
            let mut xpsnr = Xpsnr::new(width, height, 10, 25.0);
            Contender::new(format!("ours, {}", level.name()), move || {
                black_box(xpsnr.luma_frame_u16(level, da[0], db[0]));
                black_box(xpsnr.chroma_plane_u16(level, da[1], db[1]));
                black_box(xpsnr.chroma_plane_u16(level, da[2], db[2]));
            })
        });
        races.run(&format!("measure xpsnr yuv420p10 {size} at 25"), deep_bytes, deep.collect());
    }
}
