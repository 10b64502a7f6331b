//! Scaling: every level equals scalar, and scalar the published filters in 64-bit floats.
#![expect(clippy::unwrap_used, reason = "a test may fail so")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "pictures of a test are small, and floats were brought into range"
)]

use transcode_kernels::{Axis, Filter, Level, Plane, PlaneMut, Scaler, scale_ladder_u8, scale_ladder_u16};
use transcode_testkit::{Geometry, Guarded, Number, Pattern, Rng, assert_near, assert_same, geometries};

const FILTERS: [Filter; 4] = [Filter::Area, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos];

/// A sample format to scale in.
trait Format: Number {
    fn scale(level: Level, bits: u32, scaler: &mut Scaler, source: &Guarded<Self>, target: &mut Guarded<Self>);
}

fn plane<T: Number>(of: &Guarded<T>) -> Plane<'_, T> {
    let Geometry { width, height, .. } = of.geometry();
    Plane::new(of.memory(), width, height, of.stride()).unwrap()
}

fn plane_mut<T: Number>(of: &mut Guarded<T>) -> PlaneMut<'_, T> {
    let (Geometry { width, height, .. }, stride) = (of.geometry(), of.stride());
    PlaneMut::new(of.memory_mut(), width, height, stride).unwrap()
}

impl Format for u8 {
    fn scale(level: Level, _: u32, scaler: &mut Scaler, source: &Guarded<Self>, target: &mut Guarded<Self>) {
        scaler.run_u8(level, plane(source), plane_mut(target));
    }
}

impl Format for u16 {
    fn scale(level: Level, bits: u32, scaler: &mut Scaler, source: &Guarded<Self>, target: &mut Guarded<Self>) {
        scaler.run_u16(level, bits, plane(source), plane_mut(target));
    }
}

/// A length to scale `length` to: by usual ratios and by odd ones.
fn other(rng: &mut Rng, length: usize) -> usize {
    let (up, down) = [(1, 1), (2, 3), (1, 2), (1, 4), (1, 9), (7, 60), (2, 1), (3, 2), (5, 1), (35, 37)][rng.below(10)];
    (length * up).div_ceil(down) + rng.below(2)
}

fn levels_agree<T: Format>(depths: &[u32]) {
    let mut rng = Rng::from_env();
    let above: Vec<Level> = Level::available().into_iter().filter(|level| *level != Level::SCALAR).collect();
    for geometry in geometries(&mut rng) {
        let channels = if rng.below(3) == 0 { 1 + rng.below(4) } else { 1 };
        let pixels = geometry.width / channels;
        let source_geometry = Geometry { width: pixels * channels, ..geometry };
        let empty = geometry.height * pixels == 0;
        let (width, height) = if empty { (0, 0) } else { (other(&mut rng, pixels), other(&mut rng, geometry.height)) };
        let filter = FILTERS[rng.below(4)];
        let across = Axis::centred(pixels, width).unwrap();
        let down = Axis::centred(geometry.height, height).unwrap();
        let mut scaler = Scaler::with_channels(filter, across, down, channels);
        let target = Geometry { width: width * channels, height, offset: rng.below(64), gap: rng.below(40) };
        let bits = depths[rng.below(depths.len())];
        for pattern in Pattern::ALL {
            let source = Guarded::<T>::filled(source_geometry, pattern, &mut rng, (1 << bits) - 1);
            let mut expected = Guarded::new(target);
            T::scale(Level::SCALAR, bits, &mut scaler, &source, &mut expected);
            for level in &above {
                let mut got = Guarded::new(target);
                T::scale(*level, bits, &mut scaler, &source, &mut got);
                let what = format!("{filter:?} {pattern:?} {source_geometry:?} {channels} {bits} {}", level.name());
                assert_same(&rng, &what, &expected, &got);
            }
        }
    }
}

#[test]
fn levels_agree_on_8_bits() {
    levels_agree::<u8>(&[8]);
}

/// Vectors take samples from 64 or 128 bytes of a row, for 16, 8 or 4 of the target, as the ratio and the channels allow.
#[test]
fn levels_agree_at_every_ratio() {
    let (mut rng, width) = (Rng::from_env(), 1003);
    let shape = |width, height| Geometry { width, height, offset: 3, gap: 5 };
    for (channels, filter) in (1..=4).flat_map(|channels| FILTERS.map(|filter| (channels, filter))) {
        let source = Guarded::<u8>::filled(shape(width * channels, 9), Pattern::Random, &mut rng, 255);
        for (to_width, to_height) in
            [(1003, 9), (2500, 4), (669, 3), (500, 1), (334, 9), (200, 5), (117, 2), (90, 1), (60, 9), (40, 3), (11, 1)]
        {
            let axis = |from, to| Axis::centred(from, to).unwrap();
            let mut scaler = Scaler::with_channels(filter, axis(width, to_width), axis(9, to_height), channels);
            let made = Level::available().into_iter().map(|level| {
                let mut target = Guarded::new(shape(to_width * channels, to_height));
                u8::scale(level, 8, &mut scaler, &source, &mut target);
                (level, target)
            });
            let made: Vec<_> = made.collect();
            for (level, got) in &made[1..] {
                let what = format!("{filter:?} {channels} {to_width}x{to_height} {}", level.name());
                assert_same(&rng, &what, &made[0].1, got);
            }
        }
    }
}

#[test]
fn levels_agree_on_16_bits() {
    levels_agree::<u16>(&[9, 10, 12, 14, 15, 16]);
}

/// Filters as published: the cubic of Mitchell and Netravali 1988 in terms of B and C, Lanczos 1979 by way of Duchon,
/// the box by the overlap of intervals.
fn weight(filter: Filter, distance: f64, step: f64) -> f64 {
    let wide = step.max(1.0);
    let x = (distance / wide).abs();
    match filter {
        Filter::Area => {
            let (from, to) = ((distance - 0.5).max(-step / 2.0), (distance + 0.5).min(step / 2.0));
            (to - from).max(0.0)
        }
        Filter::Bilinear => (1.0 - x).max(0.0),
        Filter::Bicubic => {
            let (b, c) = (0.0, 0.6);
            if x < 1.0 {
                ((12.0 - 9.0 * b - 6.0 * c) * x.powi(3) + (-18.0 + 12.0 * b + 6.0 * c) * x.powi(2) + (6.0 - 2.0 * b))
                    / 6.0
            } else if x < 2.0 {
                let cubic = (-b - 6.0 * c) * x.powi(3) + (6.0 * b + 30.0 * c) * x.powi(2);
                (cubic + (-12.0 * b - 48.0 * c) * x + (8.0 * b + 24.0 * c)) / 6.0
            } else {
                0.0
            }
        }
        Filter::Lanczos if x == 0.0 => 1.0,
        Filter::Lanczos if x >= 3.0 => 0.0,
        Filter::Lanczos => {
            let angle = std::f64::consts::PI * x;
            3.0 * angle.sin() * (angle / 3.0).sin() / (angle * angle)
        }
    }
}

/// What each target sample takes of which source sample, of a line that is scaled in floats from edge to edge; what lies
/// beyond it repeats its ends.
fn line(filter: Filter, source: usize, target: usize) -> Vec<Vec<(usize, f64)>> {
    let step = source as f64 / target as f64;
    let reach = (3.0 * step.max(1.0)).ceil() as isize + 1;
    (0..target)
        .map(|i| {
            let centre = (i as f64 + 0.5) * step - 0.5;
            let near = centre.round() as isize;
            let parts: Vec<(usize, f64)> = (near - reach..=near + reach)
                .map(|x| (x.clamp(0, source as isize - 1) as usize, weight(filter, x as f64 - centre, step)))
                .collect();
            let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
            parts.into_iter().map(|(x, weight)| (x, weight / total)).collect()
        })
        .collect()
}

fn reference(filter: Filter, source: &[Vec<f64>], width: usize, height: usize, max: f64, cut: bool) -> Vec<Vec<f64>> {
    let (across, down) = (line(filter, source[0].len(), width), line(filter, source.len(), height));
    let range = if cut { (0.0, max) } else { (f64::MIN, f64::MAX) };
    let scaled = |row: &Vec<f64>| -> Vec<f64> {
        let value = |parts: &Vec<(usize, f64)>| parts.iter().map(|(x, weight)| row[*x] * weight).sum::<f64>();
        across.iter().map(|parts| value(parts).clamp(range.0, range.1)).collect()
    };
    let rows: Vec<Vec<f64>> = source.iter().map(scaled).collect();
    down.iter()
        .map(|parts| {
            let value = |x: usize| parts.iter().map(|(y, weight)| rows[*y][x] * weight).sum::<f64>();
            (0..width).map(|x| value(x).clamp(0.0, max)).collect()
        })
        .collect()
}

fn near_the_filters<T: Format>(bits: u32, to_sample: impl Fn(f64) -> T) {
    let mut rng = Rng::from_env();
    let level = *Level::available().last().unwrap();
    let max = f64::from((1u32 << bits) - 1);
    let sizes = [(31, 17), (64, 48), (97, 5), (1, 9), (7, 1), (200, 30)];
    for (case, filter) in sizes.iter().flat_map(|size| FILTERS.map(|filter| (size, filter))) {
        let (width, height) = *case;
        for (to_width, to_height) in
            [(width, height), (other(&mut rng, width), other(&mut rng, height)), (9, 23), (1, 1)]
        {
            for pattern in Pattern::ALL {
                let flat = Geometry { width, height, offset: 0, gap: 0 };
                let source = Guarded::<T>::filled(flat, pattern, &mut rng, (1 << bits) - 1);
                let rows: Vec<Vec<f64>> =
                    (0..height).map(|y| source.row(y).iter().map(|sample| sample.wide()).collect()).collect();
                let wanted = reference(filter, &rows, to_width, to_height, max, bits == 16);
                let target = Geometry { width: to_width, height: to_height, offset: 0, gap: 0 };
                let (mut expected, mut got) = (Guarded::<T>::new(target), Guarded::<T>::new(target));
                for (to, from) in expected.memory_mut().iter_mut().zip(wanted.iter().flatten()) {
                    *to = to_sample(from.round());
                }
                let across = Axis::centred(width, to_width).unwrap();
                let down = Axis::centred(height, to_height).unwrap();
                T::scale(level, bits, &mut Scaler::new(filter, across, down), &source, &mut got);
                let same = (width, height) == (to_width, to_height) || matches!(pattern, Pattern::Zero | Pattern::Max);
                let bound = if same { 0.0 } else { f64::from(1u32 << bits.saturating_sub(12)) };
                assert_near(
                    &rng,
                    &format!("{filter:?} {pattern:?} of {width}x{height}, {bits}"),
                    &expected,
                    &got,
                    bound,
                );
            }
        }
    }
}

#[test]
fn eight_bits_are_near_the_filters() {
    near_the_filters::<u8>(8, |value| value as u8);
}

#[test]
fn sixteen_bits_are_near_the_filters() {
    for bits in [9, 10, 12, 16] {
        near_the_filters::<u16>(bits, |value| value as u16);
    }
}

#[test]
fn a_flat_picture_stays_flat() {
    let level = *Level::available().last().unwrap();
    for filter in FILTERS {
        for (from, to) in [(90, 61), (90, 11), (40, 77), (300, 7), (5, 64), (1000, 3)] {
            let axis = Axis::centred(from, to).unwrap();
            let mut scaler = Scaler::new(filter, axis, axis);
            for value in (0..=255).step_by(15) {
                let (source, mut target) = (vec![value; from * from], vec![!value; to * to]);
                let plane = Plane::new(&source, from, from, from).unwrap();
                scaler.run_u8(level, plane, PlaneMut::new(&mut target, to, to, to).unwrap());
                assert!(target.iter().all(|sample| *sample == value), "{filter:?} {from} {to} {value}: {target:?}");
                let source: Vec<u16> = source.iter().map(|sample| u16::from(*sample) * 257).collect();
                let mut target = vec![0u16; to * to];
                let plane = Plane::new(&source, from, from, from).unwrap();
                scaler.run_u16(level, 16, plane, PlaneMut::new(&mut target, to, to, to).unwrap());
                assert!(target.iter().all(|sample| *sample == source[0]), "{filter:?} {from} {to} {value} of 16 bits");
            }
        }
    }
}

#[test]
fn sited_chroma_stays_on_its_luma() {
    // A ramp along the luma axis: what chroma holds is where it sits, before and after.
    let (luma, small) = (64, 48);
    let axis = Axis::cosited(luma / 2, small / 2, 1, luma, small).unwrap();
    let source: Vec<u16> = (0..luma / 2).map(|i| 16 * 2 * i as u16).collect();
    let mut target = vec![0u16; small / 2];
    let one = Axis::centred(1, 1).unwrap();
    let plane = Plane::new(&source, luma / 2, 1, luma / 2).unwrap();
    let mut scaler = Scaler::new(Filter::Bilinear, axis, one);
    let to = PlaneMut::new(&mut target, small / 2, 1, small / 2).unwrap();
    scaler.run_u16(Level::SCALAR, 12, plane, to);
    for (i, value) in target.iter().enumerate().take(small / 2 - 2).skip(2) {
        let place = 16.0 * ((2.0 * i as f64 + 0.5) * luma as f64 / small as f64 - 0.5);
        assert!((f64::from(*value) - place).abs() <= 1.0, "{i}: {value}, {place}");
    }
}

#[test]
fn a_crop_is_a_part_of_the_whole() {
    let level = *Level::available().last().unwrap();
    let mut rng = Rng::from_env();
    let flat = Geometry { width: 120, height: 3, offset: 0, gap: 0 };
    let source = Guarded::<u8>::filled(flat, Pattern::Random, &mut rng, 255);
    let rows = Axis::centred(3, 3).unwrap();
    let (mut whole, mut part) = (vec![0u8; 80 * 3], vec![0u8; 30 * 3]);
    let scale = |across, target: &mut [u8], width| {
        let target = PlaneMut::new(target, width, 3, width).unwrap();
        Scaler::new(Filter::Lanczos, across, rows).run_u8(level, plane(&source), target);
    };
    scale(Axis::centred(120, 80).unwrap(), &mut whole, 80);
    scale(Axis::between(120, 30, 0.25 + 20.0 * 1.5, 1.5).unwrap(), &mut part, 30);
    for y in 0..3 {
        assert_eq!(whole[y * 80 + 20..][..30], part[y * 30..][..30], "row {y}");
    }
}

#[test]
fn a_ladder_and_single_rows_are_the_same_as_runs() {
    let level = *Level::available().last().unwrap();
    let mut rng = Rng::from_env();
    let size = Geometry { width: 150, height: 83, offset: 3, gap: 5 };
    let small = Guarded::<u8>::filled(size, Pattern::Random, &mut rng, 255);
    let large = Guarded::<u16>::filled(size, Pattern::Random, &mut rng, 1023);
    let sizes = [(100, 55), (50, 27), (20, 2), (150, 83), (211, 120)];
    let made = |(width, height)| {
        let axes = (Axis::centred(150, width).unwrap(), Axis::centred(83, height).unwrap());
        Scaler::new(Filter::Bicubic, axes.0, axes.1)
    };
    let target = |(width, height)| Geometry { width, height, offset: 1, gap: 2 };
    let mut scalers = sizes.map(made);
    let mut eight = sizes.map(|size| Guarded::<u8>::new(target(size)));
    let mut steps: Vec<_> = scalers.iter_mut().zip(eight.iter_mut().map(plane_mut)).collect();
    scale_ladder_u8(level, plane(&small), &mut steps);
    let mut sixteen = sizes.map(|size| Guarded::<u16>::new(target(size)));
    let mut steps: Vec<_> = scalers.iter_mut().zip(sixteen.iter_mut().map(plane_mut)).collect();
    scale_ladder_u16(level, 10, plane(&large), &mut steps);
    for ((size, eight), sixteen) in sizes.into_iter().zip(&eight).zip(&sixteen) {
        let (mut one, mut other) = (Guarded::new(target(size)), Guarded::new(target(size)));
        u8::scale(level, 8, &mut made(size), &small, &mut one);
        u16::scale(level, 10, &mut made(size), &large, &mut other);
        assert_same(&rng, "ladder", &one, eight);
        assert_same(&rng, "ladder of 16 bits", &other, sixteen);
        // Rows in any order, and upside down they are those of a source turned over.
        let (mut scaler, mut row) = (made(size), vec![0; size.0]);
        for y in (0..size.1).rev() {
            scaler.row_u8(level, plane(&small), y, &mut row);
            assert_eq!(row, one.row(y), "row {y} of {size:?}");
        }
        scaler.begin();
        let mut turned = Guarded::new(target(size));
        scaler.run_u8(level, plane(&small).upside_down(), plane_mut(&mut turned));
        let flipped: Vec<u8> = (0..83).rev().flat_map(|y| small.row(y).to_vec()).collect();
        let mut expected = Guarded::new(target(size));
        scaler.run_u8(level, Plane::new(&flipped, 150, 83, 150).unwrap(), plane_mut(&mut expected));
        assert_same(&rng, "upside down", &expected, &turned);
    }
}

#[test]
fn an_axis_without_meaning_is_an_error() {
    assert!(Axis::centred(0, 0).is_ok() && Axis::centred(5, 0).is_ok());
    for axis in [
        Axis::centred(0, 5),
        Axis::between(5, 5, f64::NAN, 1.0),
        Axis::between(5, 5, 0.0, 0.0),
        Axis::between(5, 5, 0.0, -1.0),
        Axis::between(5, 5, f64::INFINITY, 1.0),
    ] {
        let error = axis.unwrap_err().to_string();
        assert!(error.contains("expected") && error.contains("got"), "{error}");
    }
}
