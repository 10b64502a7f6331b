//! All matrices, ranges, depths, sitings, subsamplings and layouts against exact arithmetic, at the scalar level (the others equal
//! it) and the best one.

use super::*;

/// The whole grid of formats of one type of samples.
fn formats(depths: &[(u32, bool)]) -> Vec<Format> {
    let mut all = Vec::new();
    for matrix in MATRICES {
        for range in RANGES {
            for subsampling in SUBSAMPLINGS {
                for semi_planar in [false, true] {
                    for &(depth, high_bits) in depths {
                        let coding = Coding { matrix, range, depth };
                        all.push(Format { subsampling, semi_planar, high_bits, coding });
                    }
                }
            }
        }
    }
    all
}

const GEOMETRY: Geometry = Geometry { width: 71, height: 5, offset: 1, gap: 3 };

fn ends() -> [Level; 2] {
    [Level::SCALAR, *Level::available().last().expect("scalar at least")]
}

/// The place of a channel in each layout.
fn channels(layout: Layout) -> &'static [usize] {
    match layout {
        Layout::Gray => &[],
        Layout::Rgb | Layout::Rgba => &[0, 1, 2],
        Layout::Bgr | Layout::Bgra => &[2, 1, 0],
    }
}

impl<T: Depth> Picture<T> {
    fn code(&self, plane: usize, x: usize, y: usize) -> f64 {
        let down = if self.format.high_bits { f64::from(16 - self.format.coding.depth).exp2() } else { 1.0 };
        let height = self.planes[plane].geometry().height;
        let y = if self.upside_down { height - 1 - y } else { y };
        self.planes[plane].row(y)[x].wide() / down
    }

    fn chroma(&self, of: usize, x: usize, y: usize) -> f64 {
        if self.format.semi_planar { self.code(1, 2 * x + of, y) } else { self.code(1 + of, x, y) }
    }

    /// R, G, B and gray, of 0 to 1.
    fn exact(&self, chroma: Chroma, x: usize, y: usize) -> [f64; 4] {
        let Format { subsampling, coding, .. } = self.format;
        let Geometry { width, height, .. } = self.planes[0].geometry();
        let size = subsampling.chroma_size(width, height);
        let [u, v] = [0, 1].map(|of| exact::chroma_at(subsampling, chroma, (x, y), size, |x, y| self.chroma(of, x, y)));
        let luma = self.code(0, x, y);
        let [r, g, b] = exact::to_rgb(coding, luma, u, v);
        [r, g, b, exact::to_gray(coding, luma)]
    }
}

fn near(what: &str, got: f64, expected: f64, bound: f64) {
    assert!((got - expected).abs() <= bound, "{what}: {got} is not within {bound} of {expected}");
}

fn decode<T: Depth>(format: Format, rng: &mut Rng) {
    let Geometry { width, height, .. } = GEOMETRY;
    let picture = Picture::<T>::filled(format, GEOMETRY, Pattern::Random, rng);
    let bound8 = if T::CANARY.wide() < 256.0 { 0.57 } else { 0.51 };
    for chroma in CHROMAS {
        let exact: Vec<[f64; 4]> = (0..width * height).map(|i| picture.exact(chroma, i % width, i / width)).collect();
        for (level, layout) in ends().into_iter().flat_map(|level| LAYOUTS.map(|layout| (level, layout))) {
            let what = format!("{} {format:?} {chroma:?} {layout:?} seed {}", level.name(), rng.seed());
            let samples = layout.samples();
            let mut rgb8 = Guarded::<u8>::new(wider(GEOMETRY, samples));
            yuv_to_rgb8(level, &picture.yuv(), format.coding, chroma, layout, plane_mut(&mut rgb8));
            let mut rgb16 = Guarded::<u16>::new(wider(GEOMETRY, samples));
            yuv_to_rgb16(level, &picture.yuv(), format.coding, chroma, layout, plane_mut(&mut rgb16));
            for (i, exact) in exact.iter().enumerate() {
                let (x, y) = (i % width * samples, i / width);
                let (eight, sixteen) = (&rgb8.row(y)[x..][..samples], &rgb16.row(y)[x..][..samples]);
                let places = if layout == Layout::Gray { &[3] } else { channels(layout) };
                for (at, &channel) in places.iter().enumerate() {
                    near(&what, f64::from(eight[at]), exact[channel] * 255.0, bound8);
                    near(&what, f64::from(sixteen[at]), exact[channel] * 65_535.0, 0.6);
                }
                if matches!(layout, Layout::Rgba | Layout::Bgra) {
                    assert_eq!((eight[3], sixteen[3]), (255, 65_535), "{what}");
                }
            }
        }
        for level in ends() {
            let mut to = [0, 1, 2].map(|_| Guarded::<f32>::new(GEOMETRY));
            let planes = to.each_mut().map(plane_mut);
            yuv_to_planar_f32(level, &picture.yuv(), format.coding, chroma, IMAGENET, planes);
            for (i, exact) in exact.iter().enumerate() {
                for channel in 0..3 {
                    let value = f64::from(to[channel].row(i / width)[i % width]);
                    let (mean, std) = (f64::from(IMAGENET.mean[channel]), f64::from(IMAGENET.std[channel]));
                    near(&format!("{format:?} {chroma:?}"), value * std + mean, exact[channel], 2.0_f64.powi(-20));
                }
            }
        }
    }
}

#[test]
fn rgb_is_near_exact() {
    let mut rng = Rng::from_env();
    for format in formats(&[(8, false)]) {
        decode::<u8>(format, &mut rng);
    }
    for format in formats(&[(10, false), (10, true), (12, false), (16, false)]) {
        decode::<u16>(format, &mut rng);
    }
}

/// The fixed-point way over a wide grid of codes: each luma with 100 pairs of chroma.
#[test]
fn fixed_point_is_near_exact() {
    let mut rng = Rng::from_env();
    let geometry = Geometry { width: 256, height: 100, offset: 0, gap: 0 };
    for format in formats(&[(8, false)]) {
        if format.subsampling != Subsampling::Yuv444 || format.semi_planar {
            continue;
        }
        let mut picture = Picture::<u8>::filled(format, geometry, Pattern::Ramp, &mut rng);
        for row in 0..100 {
            for plane in [1, 2] {
                let code = match row {
                    0..4 => [0, 255][row >> (plane - 1) & 1],
                    _ => u8::try_from(rng.below(256)).expect("it fits"),
                };
                let stride = picture.planes[plane].stride();
                picture.planes[plane].memory_mut()[row * stride..][..256].fill(code);
            }
        }
        let mut to = Guarded::<u8>::new(wider(geometry, 3));
        let level = ends()[1];
        yuv_to_rgb8(level, &picture.yuv(), format.coding, Chroma::Nearest, Layout::Rgb, plane_mut(&mut to));
        for (x, y) in (0..100).flat_map(|y| (0..256).map(move |x| (x, y))) {
            let exact =
                exact::to_rgb(format.coding, picture.code(0, x, y), picture.chroma(0, x, y), picture.chroma(1, x, y));
            for (got, exact) in to.row(y)[3 * x..].iter().zip(exact) {
                near(&format!("{format:?}"), f64::from(*got), exact * 255.0, 0.57);
            }
        }
    }
}

fn encode<T: Depth>(format: Format, rng: &mut Rng) {
    let Geometry { width, height, .. } = GEOMETRY;
    let size = (width, height);
    let Format { subsampling, coding, .. } = format;
    let floats = [0, 1, 2].map(|_| Guarded::<f32>::filled(GEOMETRY, Pattern::Random, rng, 1000));
    // Some values lie beyond black and white.
    let normal = Normal { mean: [0.5, 0.48, 0.45], std: [0.001; 3] };
    for (siting, layout) in SITINGS.into_iter().flat_map(|siting| LAYOUTS.map(|layout| (siting, layout))) {
        let samples = layout.samples();
        let rgb8 = Guarded::<u8>::filled(wider(GEOMETRY, samples), Pattern::Random, rng, 255);
        let rgb16 = Guarded::<u16>::filled(wider(GEOMETRY, samples), Pattern::Random, rng, 65_535);
        let channel = |pixel: [f64; 4]| match layout {
            Layout::Gray => [pixel[0]; 3],
            Layout::Bgr | Layout::Bgra => [pixel[2], pixel[1], pixel[0]],
            Layout::Rgb | Layout::Rgba => [pixel[0], pixel[1], pixel[2]],
        };
        let eight = |x: usize, y: usize| {
            let pixel = &rgb8.row(y)[x * samples..];
            channel([0, 1, 2, 3].map(|i| pixel.get(i).map_or(0.0, |value| f64::from(*value) / 255.0)))
        };
        let sixteen = |x: usize, y: usize| {
            let pixel = &rgb16.row(y)[x * samples..];
            channel([0, 1, 2, 3].map(|i| pixel.get(i).map_or(0.0, |value| f64::from(*value) / 65_535.0)))
        };
        let float = |x: usize, y: usize| {
            [0, 1, 2].map(|i| {
                let value = f64::from(floats[i].row(y)[x]);
                (value * f64::from(normal.std[i]) + f64::from(normal.mean[i])).clamp(0.0, 1.0)
            })
        };
        for level in ends() {
            for way in 0..3 {
                let mut picture = Picture::<T>::empty(format, GEOMETRY);
                let to = picture.yuv_mut();
                match way {
                    0 => rgb8_to_yuv(level, layout, plane(&rgb8, false), coding, siting, to),
                    1 => rgb16_to_yuv(level, layout, plane(&rgb16, false), coding, siting, to),
                    _ => {
                        let from = floats.each_ref().map(|floats| plane(floats, false));
                        planar_f32_to_yuv(level, from, normal, coding, siting, to);
                    }
                }
                let at = |x, y| match way {
                    0 => eight(x, y),
                    1 => sixteen(x, y),
                    _ => float(x, y),
                };
                let what = format!("{} {format:?} {siting:?} {layout:?} way {way}", level.name());
                let bound = match coding.depth {
                    8 if way == 0 && !format.high_bits => 0.57,
                    8..=12 => 0.51,
                    _ => 0.6,
                };
                for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                    near(&what, picture.code(0, x, y), exact::to_yuv(coding, at(x, y))[0], bound);
                }
                let (columns, rows) = subsampling.chroma_size(width, height);
                for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
                    let average = exact::average_at(subsampling, siting, (x, y), size, at);
                    let exact = exact::to_yuv(coding, average);
                    near(&what, picture.chroma(0, x, y), exact[1], bound);
                    near(&what, picture.chroma(1, x, y), exact[2], bound);
                }
            }
        }
    }
}

#[test]
fn yuv_is_near_exact() {
    let mut rng = Rng::from_env();
    for format in formats(&[(8, false)]) {
        encode::<u8>(format, &mut rng);
    }
    for format in formats(&[(10, false), (10, true), (12, false), (16, false)]) {
        encode::<u16>(format, &mut rng);
    }
}
