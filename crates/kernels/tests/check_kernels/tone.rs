//! Tone mapping: every level equals scalar, and scalar is near the published formulas.

mod difference;
mod reference;

use transcode_kernels::tone::{Hdr, ToneMap, ToneRange, ToneSiting, ToneSpec};
use transcode_kernels::{Level, Plane, PlaneMut};
use transcode_testkit::{Geometry, Guarded, Number, Pattern, Rng, assert_same, geometries};

use difference::{ciede2000, lab};
use reference::Chain;

const CHROMA: [(u32, u32); 4] = [(1, 1), (1, 0), (0, 0), (0, 1)];
const SITINGS: [ToneSiting; 3] = [ToneSiting::Left, ToneSiting::Centre, ToneSiting::TopLeft];

fn spec(transfer: Hdr, peak: f64) -> ToneSpec {
    ToneSpec { transfer, peak, range: ToneRange::Limited, siting: ToneSiting::Left }
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
                ToneSiting::Centre => (Hdr::Hlg, ToneRange::Full),
                _ => (Hdr::Pq, ToneRange::Limited),
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
    [
        code(16.0 + 219.0 * luma),
        code(128.0 + 224.0 * (b - luma) / 1.8814),
        code(128.0 + 224.0 * (r - luma) / 1.4746),
    ]
}

fn grid_and_random(rng: &mut Rng, top: f64) -> Vec<[f64; 3]> {
    let mut colours = Vec::new();
    for r in 0..=20 {
        for g in 0..=20 {
            for b in 0..=20 {
                colours.push([r, g, b].map(|step| f64::from(step) / 20.0 * top));
            }
        }
    }
    for _ in 0..20_000 {
        colours.push([0, 1, 2].map(|_| f64::from(u32::try_from(rng.below(1 << 20)).expect("20 bits")) / 1_048_576.0 * top));
    }
    colours
}

/// Mean and greatest difference from the reference.
fn differences(map: &ToneMap, colours: &[[u16; 3]], bits: u32, to_bits: u32) -> (f64, f64) {
    let chain = Chain::new(map.spec());
    let unit = f64::from(1 << (to_bits - 8));
    let (mut sum, mut most) = (0.0, 0.0_f64);let mut all = vec![];
    for (colour, got) in colours.iter().zip(mapped(map, colours, bits, to_bits)) {
        let [y, cb, cr] = got.map(f64::from);
        let got = lab([(y / unit - 16.0) / 219.0, (cb / unit - 128.0) / 224.0, (cr / unit - 128.0) / 224.0]);
        let distance = ciede2000(lab(chain.map(*colour, bits)), got);
        sum += distance;
        all.push((distance, *colour, chain.components(colour.map(f64::from), bits)));
        most = most.max(distance);
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    for q in [0.5, 0.9, 0.95, 0.99, 0.999] { eprint!(" q{q}: {:.3}", all[(q * all.len() as f64) as usize].0); }
    eprintln!();
    for x in all.iter().rev().take(12) { eprintln!("{:?} -> {:?}", x, chain.map(x.1, bits)); }
    (sum / colours.len() as f64, most)
}

#[test]
fn differs_little_from_the_formulas() {
    let mut rng = Rng::new(7);
    for (transfer, peak, top) in [
        (Hdr::Pq, 1000.0, 0.7518),
        (Hdr::Pq, 4000.0, 0.9026),
        (Hdr::Pq, 10_000.0, 1.0),
        (Hdr::Hlg, 1000.0, 1.0),
    ] {
        let map = map(spec(transfer, peak));
        let colours: Vec<_> = grid_and_random(&mut rng, top).into_iter().map(|rgb| encode(rgb, 12)).collect();
        for bits in [10, 8] {
            let (mean, most) = differences(&map, &colours, 12, bits);
            eprintln!("{transfer:?} {peak} to {bits} bits: mean {mean:.4}, most {most:.4}");
        }
    }
}
