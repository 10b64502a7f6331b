//! YUV to RGB and back: every level as the scalar one, and all of them near exact arithmetic.

mod exact;
mod truth;

use transcode_kernels::{
    Chroma, Coding, Layout, Level, Matrix, Normal, Plane, PlaneMut, Range, Sample, Siting, Subsampling, Yuv, YuvMut,
    planar_f32_to_yuv, rgb8_to_yuv, rgb16_to_yuv, yuv_to_planar_f32, yuv_to_rgb8, yuv_to_rgb16,
};
use transcode_testkit::{Geometry, Guarded, Number, Pattern, Rng, assert_same, geometries};

const MATRICES: [Matrix; 3] = [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020];
const RANGES: [Range; 2] = [Range::Limited, Range::Full];
const SITINGS: [Siting; 3] = [Siting::Left, Siting::Center, Siting::TopLeft];
const CHROMAS: [Chroma; 4] =
    [Chroma::Nearest, Chroma::Linear(Siting::Left), Chroma::Linear(Siting::Center), Chroma::Linear(Siting::TopLeft)];
const SUBSAMPLINGS: [Subsampling; 3] = [Subsampling::Yuv420, Subsampling::Yuv422, Subsampling::Yuv444];
const LAYOUTS: [Layout; 5] = [Layout::Rgb, Layout::Bgr, Layout::Rgba, Layout::Bgra, Layout::Gray];
const IMAGENET: Normal = Normal { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/// How a picture lies in memory, and what it means.
#[derive(Clone, Copy, Debug)]
struct Format {
    subsampling: Subsampling,
    semi_planar: bool,
    high_bits: bool,
    coding: Coding,
}

fn any<T: Copy, const N: usize>(rng: &mut Rng, of: [T; N]) -> T {
    of[rng.below(N)]
}

impl Format {
    fn any(rng: &mut Rng, bits: u32) -> Self {
        let depth = if bits == 8 { 8 } else { any(rng, [8, 10, 12, 16]) };
        Self {
            subsampling: any(rng, SUBSAMPLINGS),
            semi_planar: any(rng, [false, true]),
            high_bits: bits > 8 && any(rng, [false, true]),
            coding: Coding { matrix: any(rng, MATRICES), range: any(rng, RANGES), depth },
        }
    }

    fn max(&self) -> u32 {
        (1 << self.coding.depth) - 1
    }

    /// Luma and one or two planes of chroma; each has its own alignment and stride.
    fn planes(&self, geometry: Geometry) -> Vec<Geometry> {
        let (width, height) = self.subsampling.chroma_size(geometry.width, geometry.height);
        if self.semi_planar {
            return vec![geometry, Geometry { width: 2 * width, height, offset: geometry.gap, gap: geometry.offset }];
        }
        let u = Geometry { width, height, ..geometry };
        vec![geometry, u, Geometry { gap: geometry.gap + 1, ..u }]
    }
}

/// What of the tests differs between the two types of samples.
trait Depth: Sample + Number {
    fn raise(self, by: u32) -> Self;
    fn source<'a>(yuv: Yuv<'a, Self>, format: &Format) -> Yuv<'a, Self>;
    fn target<'a>(yuv: YuvMut<'a, Self>, format: &Format) -> YuvMut<'a, Self>;
}

impl Depth for u8 {
    fn raise(self, _: u32) -> Self {
        self
    }
    fn source<'a>(yuv: Yuv<'a, Self>, _: &Format) -> Yuv<'a, Self> {
        yuv
    }
    fn target<'a>(yuv: YuvMut<'a, Self>, _: &Format) -> YuvMut<'a, Self> {
        yuv
    }
}

impl Depth for u16 {
    fn raise(self, by: u32) -> Self {
        self << by
    }
    fn source<'a>(yuv: Yuv<'a, Self>, format: &Format) -> Yuv<'a, Self> {
        if format.high_bits { yuv.in_high_bits() } else { yuv }
    }
    fn target<'a>(yuv: YuvMut<'a, Self>, format: &Format) -> YuvMut<'a, Self> {
        if format.high_bits { yuv.in_high_bits() } else { yuv }
    }
}

/// The planes of a picture, in memory that notices a trespass.
struct Picture<T> {
    format: Format,
    planes: Vec<Guarded<T>>,
    upside_down: bool,
}

fn plane<T: Number>(from: &Guarded<T>, upside_down: bool) -> Plane<'_, T> {
    let Geometry { width, height, .. } = from.geometry();
    let plane = Plane::new(from.memory(), width, height, from.stride()).expect("it fits");
    if upside_down { plane.upside_down() } else { plane }
}

fn plane_mut<T: Number>(to: &mut Guarded<T>) -> PlaneMut<'_, T> {
    let (Geometry { width, height, .. }, stride) = (to.geometry(), to.stride());
    PlaneMut::new(to.memory_mut(), width, height, stride).expect("it fits")
}

impl<T: Depth> Picture<T> {
    fn filled(format: Format, geometry: Geometry, pattern: Pattern, rng: &mut Rng) -> Self {
        let mut planes: Vec<Guarded<T>> = format
            .planes(geometry)
            .into_iter()
            .map(|geometry| Guarded::filled(geometry, pattern, rng, format.max()))
            .collect();
        if format.high_bits {
            for sample in planes.iter_mut().flat_map(Guarded::memory_mut) {
                *sample = sample.raise(16 - format.coding.depth);
            }
        }
        Self { format, planes, upside_down: rng.below(4) == 0 }
    }

    fn empty(format: Format, geometry: Geometry) -> Self {
        let planes = format.planes(geometry).into_iter().map(Guarded::new).collect();
        Self { format, planes, upside_down: false }
    }

    fn yuv(&self) -> Yuv<'_, T> {
        let Format { subsampling, semi_planar, .. } = self.format;
        let at = |i: usize| plane(&self.planes[i], self.upside_down);
        let yuv = if semi_planar {
            Yuv::semi_planar(subsampling, at(0), at(1))
        } else {
            Yuv::planar(subsampling, at(0), at(1), at(2))
        };
        T::source(yuv.expect("it fits"), &self.format)
    }

    fn yuv_mut(&mut self) -> YuvMut<'_, T> {
        let format = self.format;
        let mut planes = self.planes.iter_mut().map(plane_mut);
        let (y, u) = (planes.next().expect("it fits"), planes.next().expect("it fits"));
        let yuv = match planes.next() {
            None => YuvMut::semi_planar(format.subsampling, y, u),
            Some(v) => YuvMut::planar(format.subsampling, y, u, v),
        };
        T::target(yuv.expect("it fits"), &format)
    }
}

fn wider(geometry: Geometry, samples: usize) -> Geometry {
    Geometry { width: geometry.width * samples, ..geometry }
}

fn levels() -> impl Iterator<Item = Level> {
    Level::available().into_iter().filter(|level| *level != Level::SCALAR)
}

fn decode_as_scalar<T: Depth>(format: Format, geometry: Geometry, pattern: Pattern, rng: &mut Rng) {
    let picture = Picture::<T>::filled(format, geometry, pattern, rng);
    let (chroma, layout) = (any(rng, CHROMAS), any(rng, LAYOUTS));
    let pixels = wider(geometry, layout.samples());
    let rgb8 = |level| {
        let mut to = Guarded::<u8>::new(pixels);
        yuv_to_rgb8(level, &picture.yuv(), format.coding, chroma, layout, plane_mut(&mut to));
        to
    };
    let rgb16 = |level| {
        let mut to = Guarded::<u16>::new(pixels);
        yuv_to_rgb16(level, &picture.yuv(), format.coding, chroma, layout, plane_mut(&mut to));
        to
    };
    let planar = |level| {
        let mut to = [0, 1, 2].map(|_| Guarded::<f32>::new(geometry));
        let planes = to.each_mut().map(plane_mut);
        yuv_to_planar_f32(level, &picture.yuv(), format.coding, chroma, IMAGENET, planes);
        to
    };
    let expected = (rgb8(Level::SCALAR), rgb16(Level::SCALAR), planar(Level::SCALAR));
    for level in levels() {
        let what = format!("{} {format:?} {chroma:?} {layout:?} {pattern:?}", level.name());
        assert_same(rng, &what, &expected.0, &rgb8(level));
        assert_same(rng, &what, &expected.1, &rgb16(level));
        for (expected, got) in expected.2.iter().zip(&planar(level)) {
            assert_same(rng, &what, expected, got);
        }
    }
}

fn encode_as_scalar<T: Depth>(format: Format, geometry: Geometry, pattern: Pattern, rng: &mut Rng) {
    let (siting, layout) = (any(rng, SITINGS), any(rng, LAYOUTS));
    let pixels = wider(geometry, layout.samples());
    let rgb8 = Guarded::<u8>::filled(pixels, pattern, rng, 255);
    let rgb16 = Guarded::<u16>::filled(pixels, pattern, rng, 65_535);
    let floats = [0, 1, 2].map(|_| Guarded::<f32>::filled(geometry, pattern, rng, 3));
    let upside_down = rng.below(4) == 0;
    let encoded = |level: Level, way: usize| {
        let mut picture = Picture::<T>::empty(format, geometry);
        let (coding, to) = (format.coding, picture.yuv_mut());
        match way {
            0 => rgb8_to_yuv(level, layout, plane(&rgb8, upside_down), coding, siting, to),
            1 => rgb16_to_yuv(level, layout, plane(&rgb16, upside_down), coding, siting, to),
            _ => {
                let from = floats.each_ref().map(|floats| plane(floats, upside_down));
                planar_f32_to_yuv(level, from, IMAGENET, coding, siting, to);
            }
        }
        picture
    };
    for way in 0..3 {
        let expected = encoded(Level::SCALAR, way);
        for level in levels() {
            let what = format!("{} {format:?} {siting:?} {layout:?} {pattern:?} way {way}", level.name());
            for (expected, got) in expected.planes.iter().zip(&encoded(level, way).planes) {
                assert_same(rng, &what, expected, got);
            }
        }
    }
}

/// All layouts, subsamplings and chromas of the fixed-point way, and a draw of everything, at each geometry.
#[test]
fn every_level_is_as_scalar() {
    let mut rng = Rng::from_env();
    for geometry in geometries(&mut rng) {
        for pattern in Pattern::ALL {
            for _ in 0..3 {
                let format = Format::any(&mut rng, 8);
                decode_as_scalar::<u8>(format, geometry, pattern, &mut rng);
            }
            let format = Format::any(&mut rng, 16);
            decode_as_scalar::<u16>(format, geometry, pattern, &mut rng);
            let format = Format::any(&mut rng, 8);
            encode_as_scalar::<u8>(format, geometry, pattern, &mut rng);
            let format = Format::any(&mut rng, 16);
            encode_as_scalar::<u16>(format, geometry, pattern, &mut rng);
        }
    }
}

/// Every way from 8-bit pixels to chroma, at widths around one and two steps of vectors, with odd ends.
#[test]
fn every_way_to_chroma_is_as_scalar() {
    let mut rng = Rng::from_env();
    let coding = Coding { matrix: Matrix::Bt709, range: Range::Full, depth: 8 };
    for (width, height) in [(31, 2), (32, 1), (33, 3), (47, 4), (63, 5), (64, 2), (65, 7), (97, 6)] {
        let geometry = Geometry { width, height, offset: 1, gap: 3 };
        for (layout, subsampling) in LAYOUTS.into_iter().flat_map(|layout| SUBSAMPLINGS.map(|how| (layout, how))) {
            let pixels = Guarded::<u8>::filled(wider(geometry, layout.samples()), Pattern::Random, &mut rng, 255);
            for (siting, semi_planar) in SITINGS.into_iter().flat_map(|siting| [(siting, false), (siting, true)]) {
                let format = Format { subsampling, semi_planar, high_bits: false, coding };
                let encoded = |level: Level| {
                    let mut picture = Picture::<u8>::empty(format, geometry);
                    rgb8_to_yuv(level, layout, plane(&pixels, false), coding, siting, picture.yuv_mut());
                    picture
                };
                let expected = encoded(Level::SCALAR);
                for level in levels() {
                    let what = format!("{} {format:?} {siting:?} {layout:?} {width}x{height}", level.name());
                    for (expected, got) in expected.planes.iter().zip(&encoded(level).planes) {
                        assert_same(&rng, &what, expected, got);
                    }
                }
            }
        }
    }
}

/// A kernel that fuses scaling and conversion hands over bands of 4:4:4 rows.
#[test]
fn a_band_of_rows_is_a_picture() {
    let mut rng = Rng::from_env();
    let coding = Coding { matrix: Matrix::Bt709, range: Range::Limited, depth: 8 };
    let format = Format { subsampling: Subsampling::Yuv444, semi_planar: false, high_bits: false, coding };
    let geometry = Geometry { width: 131, height: 9, offset: 3, gap: 5 };
    let picture = Picture::<u8>::filled(format, geometry, Pattern::Random, &mut rng);
    for level in Level::available() {
        let mut whole = Guarded::<u8>::new(wider(geometry, 3));
        yuv_to_rgb8(level, &picture.yuv(), coding, Chroma::Nearest, Layout::Rgb, plane_mut(&mut whole));
        let mut bands = Guarded::<u8>::new(wider(geometry, 3));
        for (top, rows) in [(0, 4), (4, 1), (5, 4)] {
            let band =
                |i: usize| plane(&picture.planes[i], picture.upside_down).part(0, top, 131, rows).expect("it fits");
            let yuv = Yuv::planar(Subsampling::Yuv444, band(0), band(1), band(2)).expect("it fits");
            let to = plane_mut(&mut bands).part(0, top, 393, rows).expect("it fits");
            yuv_to_rgb8(level, &yuv, coding, Chroma::Linear(Siting::Left), Layout::Rgb, to);
        }
        assert_same(&rng, level.name(), &whole, &bands);
    }
}

#[test]
fn planes_of_another_picture_are_refused() {
    let samples = [0_u8; 64];
    let plane = |width, height| Plane::new(&samples, width, height, 8).expect("it fits");
    let error =
        Yuv::planar(Subsampling::Yuv420, plane(7, 5), plane(4, 3), plane(4, 2)).expect_err("4x2 is no chroma of 7x5");
    let expected = "a chroma plane does not fit its Yuv420 picture of 7x5; expected 4x3 samples; got 4x2; give the planes of one picture";
    assert_eq!(error.to_string(), expected);
    assert!(Yuv::semi_planar(Subsampling::Yuv422, plane(7, 5), plane(8, 3)).is_err());
    assert!(Yuv::semi_planar(Subsampling::Yuv422, plane(7, 5), plane(8, 5)).is_ok());
}
