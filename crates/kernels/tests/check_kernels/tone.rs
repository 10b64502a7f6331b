//! Tone mapping: every level equals scalar, and scalar is near the published formulas.

mod difference;
mod reference;

use transcode_kernels::{Hdr, Level, Plane, PlaneMut, Range, Siting, ToneMap, ToneSpec};
use transcode_testkit::{Geometry, Guarded, Number, Pattern, Rng, assert_same, geometries};

use difference::{ciede2000, lab};
use reference::Chain;

const CHROMA: [(u32, u32); 4] = [(1, 1), (1, 0), (0, 0), (0, 1)];
const SITINGS: [Siting; 3] = [Siting::Left, Siting::Center, Siting::TopLeft];

fn spec(transfer: Hdr, peak: f64) -> ToneSpec {
    ToneSpec { transfer, peak, range: Range::Limited, siting: Siting::Left }
}

fn map(spec: ToneSpec) -> ToneMap {
    ToneMap::new(&spec).expect("a peak within bounds")
}

fn plane(from: &Guarded<u16>) -> Plane<'_, u16> {
    let Geometry { width, height, .. } = from.geometry();
    Plane::new(from.memory(), width, height, from.stride()).expect("a plane within its memory")
}

fn plane_mut<T: Number>(to: &mut Guarded<T>) -> PlaneMut<'_, T> {
    let (Geometry { width, height, .. }, stride) = (to.geometry(), to.stride());
    PlaneMut::new(to.memory_mut(), width, height, stride).expect("a plane within its memory")
}

/// The geometry of each plane.
fn shapes(luma: Geometry, (across, down): (u32, u32)) -> [Geometry; 3] {
    let width = luma.width.div_ceil(1 << across);
    let height = luma.height.div_ceil(1 << down);
    [luma, Geometry { width, height, ..luma }, Geometry { width, height, gap: luma.gap + 3, offset: luma.offset + 1 }]
}

#[test]
fn every_level_equals_scalar() {
    let mut rng = Rng::from_env();
    let maps: Vec<ToneMap> = SITINGS
        .iter()
        .map(|&siting| {
            let (transfer, range) = match siting {
                Siting::Center => (Hdr::Hlg, Range::Full),
                _ => (Hdr::Pq, Range::Limited),
            };
            map(ToneSpec { transfer, peak: 1000.0, range, siting })
        })
        .collect();
    for (i, geometry) in geometries(&mut rng).into_iter().enumerate() {
        for (j, pattern) in Pattern::ALL.into_iter().enumerate() {
            let (map, bits) = (&maps[i % 3], [10, 12, 8, 9, 11][(i + j) % 5]);
            let chroma = CHROMA[(i / 2 + j) % 4];
            let shapes = shapes(geometry, chroma);
            // At times beyond the depth, as damaged files have it.
            let max = if i % 7 == 0 { u32::from(u16::MAX) } else { (1 << bits) - 1 };
            let source = shapes.map(|shape| Guarded::filled(shape, pattern, &mut rng, max));
            let upright = i % 5 != 0;
            let planes = [0, 1, 2].map(|k| if upright { plane(&source[k]) } else { plane(&source[k]).upside_down() });
            let mut expected8 = shapes.map(Guarded::<u8>::new);
            map.run_u8(Level::SCALAR, planes, chroma, bits, expected8.each_mut().map(plane_mut));
            let mut expected10 = shapes.map(Guarded::<u16>::new);
            map.run_u16(Level::SCALAR, planes, chroma, bits, expected10.each_mut().map(plane_mut));
            for level in Level::available() {
                let what = format!("tone {} {bits} bits, chroma {chroma:?}, {pattern:?}", level.name());
                let mut got = shapes.map(Guarded::<u8>::new);
                map.run_u8(level, planes, chroma, bits, got.each_mut().map(plane_mut));
                for k in 0..3 {
                    assert_same(&rng, &format!("{what}, plane {k} of u8"), &expected8[k], &got[k]);
                }
                let mut got = shapes.map(Guarded::<u16>::new);
                map.run_u16(level, planes, chroma, bits, got.each_mut().map(plane_mut));
                for k in 0..3 {
                    assert_same(&rng, &format!("{what}, plane {k} of u16"), &expected10[k], &got[k]);
                }
            }
        }
    }
}

/// One row of 4:4:4 colours through the kernel, at 10 or 8 bits.
fn mapped(map: &ToneMap, colours: &[[u16; 3]], bits: u32, to_bits: u32) -> Vec<[u16; 3]> {
    let level = *Level::available().last().expect("scalar at least");
    let width = colours.len();
    let rows = [0, 1, 2].map(|k| colours.iter().map(|colour| colour[k]).collect::<Vec<u16>>());
    let source = [0, 1, 2].map(|k| Plane::new(&rows[k], width, 1, width).expect("one row"));
    let mut to = [0, 1, 2].map(|_| vec![0u16; width]);
    if to_bits == 10 {
        let planes = to.each_mut().map(|row| PlaneMut::new(row, width, 1, width).expect("one row"));
        map.run_u16(level, source, (0, 0), bits, planes);
    } else {
        let mut bytes = [0, 1, 2].map(|_| vec![0u8; width]);
        let planes = bytes.each_mut().map(|row| PlaneMut::new(row, width, 1, width).expect("one row"));
        map.run_u8(level, source, (0, 0), bits, planes);
        to = bytes.map(|row| row.into_iter().map(u16::from).collect());
    }
    (0..width).map(|i| [to[0][i], to[1][i], to[2][i]]).collect()
}

/// Codes of `bits` for a colour of R'G'B' in BT.2020, limited range.
fn encode(rgb: [f64; 3], bits: u32) -> [u16; 3] {
    let [r, g, b] = rgb;
    let luma = 0.2627 * r + 0.6780 * g + 0.0593 * b;
    let unit = f64::from(1 << (bits - 8));
    let code = |value: f64| format!("{:.0}", value * unit).parse().expect("a code");
    [code(16.0 + 219.0 * luma), code(128.0 + 224.0 * (b - luma) / 1.8814), code(128.0 + 224.0 * (r - luma) / 1.4746)]
}

/// A number of 0 to 1.
fn unit(rng: &mut Rng) -> f64 {
    f64::from(u32::try_from(rng.below(1 << 20)).expect("20 bits")) / 1_048_576.0
}

/// A grid over all colours, and random ones.
fn colours(rng: &mut Rng, top: f64) -> Vec<[u16; 3]> {
    let grid = (0..13 * 13 * 13).map(|i| [i / 169, i / 13 % 13, i % 13].map(|step| f64::from(step) / 12.0));
    let mut colours: Vec<[f64; 3]> = grid.collect();
    colours.extend((0..6000).map(|_| [unit(rng), unit(rng), unit(rng)]));
    colours.into_iter().map(|colour| encode(colour.map(|part| part * top), 12)).collect()
}

/// The differences from the reference, least first: at 10 bits, and at 8.
fn differences(spec: ToneSpec, colours: &[[u16; 3]]) -> [Vec<f64>; 2] {
    let (map, chain) = (map(spec), Chain::new(&spec));
    let expected: Vec<[f64; 3]> = colours.iter().map(|colour| lab(chain.map(*colour, 12))).collect();
    [10, 8].map(|bits| {
        let unit = f64::from(1 << (bits - 8));
        let got = mapped(&map, colours, 12, bits).into_iter().map(|code| {
            let [y, cb, cr] = code.map(|part| f64::from(part) / unit);
            lab([(y - 16.0) / 219.0, (cb - 128.0) / 224.0, (cr - 128.0) / 224.0])
        });
        let mut all: Vec<f64> = got.zip(&expected).map(|(got, expected)| ciede2000(*expected, got)).collect();
        all.sort_by(f64::total_cmp);
        all
    })
}

/// The figures that the documentation of `ToneMap` states.
#[test]
fn differs_little_from_the_formulas() {
    let mut rng = Rng::new(7);
    for (transfer, peak, top) in [
        (Hdr::Pq, 1000.0, 0.7518),
        (Hdr::Pq, 4000.0, 0.9026),
        (Hdr::Pq, 10_000.0, 1.0),
        (Hdr::Pq, 150.0, 0.5511),
        (Hdr::Hlg, 1000.0, 1.0),
        (Hdr::Hlg, 400.0, 1.0),
    ] {
        let bounds = [(0.07, 0.4, 1.2), (0.23, 0.7, 1.6)];
        for (all, bounds) in differences(spec(transfer, peak), &colours(&mut rng, top)).into_iter().zip(bounds) {
            let mean = all.iter().sum::<f64>() / f64::from(u32::try_from(all.len()).expect("few"));
            let (most_of_all, most) = (all[all.len() * 99 / 100], all[all.len() - 1]);
            let within = mean <= bounds.0 && most_of_all <= bounds.1 && most <= bounds.2;
            assert!(within, "{transfer:?} {peak}: {mean} {most_of_all} {most}, expected {bounds:?}");
        }
    }
}

/// Y' of a grey of this signal, of 0 to 1.
fn grey(map: &ToneMap, signal: f64) -> f64 {
    let [y, cb, cr] = mapped(map, &[encode([signal; 3], 12)], 12, 10)[0];
    assert_eq!((cb, cr), (512, 512));
    (f64::from(y) - 64.0) / 876.0
}

#[test]
fn greys_stay_grey_and_keep_their_order() {
    for (transfer, peak, range) in [
        (Hdr::Pq, 1000.0, Range::Limited),
        (Hdr::Pq, 100.0, Range::Full),
        (Hdr::Pq, 10_000.0, Range::Limited),
        (Hdr::Hlg, 1000.0, Range::Limited),
        (Hdr::Hlg, 2000.0, Range::Full),
    ] {
        let map = map(ToneSpec { range, ..spec(transfer, peak) });
        let (black, white) = if range == Range::Full { (0, 4095) } else { (256, 3760) };
        for (bits, neutral, low, high) in [(10, 512, 64, 940), (8, 128, 16, 235)] {
            let greys: Vec<[u16; 3]> = (0..4096).map(|y| [y, 2048, 2048]).collect();
            let got = mapped(&map, &greys, 12, bits);
            assert!(got.iter().all(|colour| colour[1..] == [neutral, neutral]), "{transfer:?} {peak} {range:?}");
            assert!(got.windows(2).all(|pair| pair[0][0] <= pair[1][0]), "{transfer:?} {peak} {range:?}");
            assert!(got[..=black].iter().all(|colour| colour[0] == low), "{transfer:?} {peak} {range:?}");
            // A source that is darker than SDR white does not reach it.
            let top = if peak >= 203.0 { high } else { got[4095][0] };
            assert!(got[white..].iter().all(|colour| colour[0] == top), "{transfer:?} {peak} {range:?}");
        }
    }
}

#[test]
fn white_goes_where_the_documentation_says() {
    let near = |got: f64, expected: f64| assert!((got - expected).abs() < 0.0015, "expected {expected}, got {got}");
    let pq = map(spec(Hdr::Pq, 1000.0));
    // As it is, up to the knee: a grey of 50 and of 90 cd/m2.
    for light in [5.0, 50.0, 90.0] {
        near(grey(&pq, reference::pq_inverse(light)), (light / 203.0_f64).powf(1.0 / 2.4));
    }
    assert!(grey(&pq, reference::pq_inverse(120.0)) < (120.0_f64 / 203.0).powf(1.0 / 2.4) - 0.002);
    let white = grey(&pq, reference::pq_inverse(203.0));
    near(white, (reference::eetf(203.0, 1000.0, 203.0) / 203.0).powf(1.0 / 2.4));
    assert!((white - 0.90).abs() < 0.005, "{white}");
    near(grey(&pq, reference::pq_inverse(1000.0)), 1.0);
    // 75 % HLG is the same white as 58 % PQ (BT.2408); the signal is rounded to whole percents there.
    assert!((grey(&map(spec(Hdr::Hlg, 1000.0)), 0.75) - white).abs() < 0.01);
    // A source no brighter than SDR white is not compressed.
    near(grey(&map(spec(Hdr::Pq, 203.0)), reference::pq_inverse(150.0)), (150.0_f64 / 203.0).powf(1.0 / 2.4));
}

#[test]
fn more_light_of_a_colour_is_no_darker() {
    let mut rng = Rng::new(3);
    let map = map(spec(Hdr::Pq, 1000.0));
    for _ in 0..40 {
        let colour = [unit(&mut rng), unit(&mut rng), unit(&mut rng)];
        let steps = (1..=100).map(|step| colour.map(|part| reference::pq_inverse(part * 10.0 * f64::from(step))));
        let steps: Vec<[u16; 3]> = steps.map(|signal| encode(signal, 12)).collect();
        let got: Vec<f64> = mapped(&map, &steps, 12, 10)
            .into_iter()
            .map(|[y, cb, cr]| {
                let unit = |code: u16, black: f64, span: f64| (f64::from(code) - black) / span;
                lab([unit(y, 64.0, 876.0), unit(cb, 512.0, 896.0), unit(cr, 512.0, 896.0)])[0]
            })
            .collect();
        // Codes of chroma are rounded too, and interpolation errs a little: half a step of L* is not seen.
        assert!(got.windows(2).all(|pair| pair[0] <= pair[1] + 0.5), "{colour:?} {got:?}");
    }
}

/// Random mild colours in planes of each subsampling and siting, beside interpolation in f64.
#[test]
fn chroma_is_where_its_siting_says() {
    let mut rng = Rng::new(5);
    for chroma in CHROMA {
        for siting in SITINGS {
            let spec = ToneSpec { siting, ..spec(Hdr::Pq, 1000.0) };
            let map = map(spec);
            for (width, height) in [(33, 17), (8, 6), (1, 1), (2, 5)] {
                let luma = Geometry { width, height, offset: 0, gap: 0 };
                let shapes = shapes(luma, chroma);
                let source = [(350, 500), (490u16, 530), (495, 535)];
                let mut planes = shapes.map(Guarded::<u16>::new);
                for (plane, (low, high)) in planes.iter_mut().zip(source) {
                    for sample in plane.memory_mut() {
                        *sample = low + u16::try_from(rng.below(usize::from(high - low))).expect("small");
                    }
                }
                let expected = reference::picture(&Chain::new(&spec), &planes, chroma, siting);
                let mut got = shapes.map(Guarded::<u16>::new);
                let from = [0, 1, 2].map(|k| plane(&planes[k]));
                map.run_u16(Level::SCALAR, from, chroma, 10, got.each_mut().map(plane_mut));
                for k in 0..3 {
                    for y in 0..shapes[k].height {
                        for x in 0..shapes[k].width {
                            let (got, expected) = (f64::from(got[k].row(y)[x]), expected[k][y * shapes[k].width + x]);
                            assert!(
                                (got - expected).abs() < 4.0,
                                "{chroma:?} {siting:?} {width}x{height}, plane {k} at {x},{y}: {expected}, got {got}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_peak_is_found_or_refused() {
    assert_eq!(ToneSpec::peak_of(Some(600.0), Some(4000.0)).to_string(), "600");
    assert_eq!(ToneSpec::peak_of(Some(0.0), Some(4000.0)).to_string(), "4000");
    assert_eq!(ToneSpec::peak_of(None, Some(0.1)).to_string(), "1000");
    assert_eq!(ToneSpec::peak_of(Some(f64::NAN), None).to_string(), "1000");
    for peak in [0.0, -1.0, 10_001.0, f64::NAN, f64::INFINITY] {
        let error = ToneMap::new(&spec(Hdr::Pq, peak)).expect_err("no such peak").to_string();
        assert!(error.contains("expected 1 to 10000 cd/m2; got"), "{error}");
    }
    // The ends of what is taken.
    for peak in [1.0, 10_000.0] {
        for transfer in [Hdr::Pq, Hdr::Hlg] {
            assert!(grey(&map(spec(transfer, peak)), 0.3) > 0.0);
        }
    }
}
