//! Every level against scalar.

use transcode_kernels::measure::{
    Xpsnr, ms_ssim_u8, ms_ssim_u16, sad_u8, sad_u16, share_below_u8, share_below_u16, sse_u8, sse_u16, ssim_u8,
    ssim_u16,
};
use transcode_kernels::{Level, Plane};
use transcode_testkit::{Geometry, Guarded, Number, Pattern, Rng, geometries};

use super::{bytes, pair, plane, tight};

/// Both planes of a pair have their own offset and gap, and one may be upside down.
fn pairs<T: Number>(max: u32, all: &[Geometry], mut check: impl FnMut(Plane<'_, T>, Plane<'_, T>, &str)) {
    let mut rng = Rng::from_env();
    for &geometry in all {
        for pattern in Pattern::ALL {
            let other = Geometry { offset: rng.below(40), gap: rng.below(40), ..geometry };
            let second = if rng.below(2) == 0 { Pattern::Random } else { Pattern::Zero };
            let a = Guarded::<T>::filled(geometry, pattern, &mut rng, max);
            let b = Guarded::<T>::filled(other, second, &mut rng, max);
            let what = format!("{geometry:?} {pattern:?} {second:?} max {max}, CHECK_SEED={}", rng.seed());
            let b = if rng.below(3) == 0 { plane(&b).upside_down() } else { plane(&b) };
            check(plane(&a), b, &what);
            if pattern == Pattern::Random {
                check(plane(&a), plane(&a), &what);
            }
        }
    }
}

fn above_scalar() -> impl Iterator<Item = Level> {
    Level::available().into_iter().skip(1)
}

#[test]
fn sums_are_the_same_at_every_level() {
    let mut rng = Rng::from_env();
    let mut all = geometries(&mut rng);
    // Long rows fill the lanes of sums.
    all.extend([140_001, 530_000].map(|width| Geometry { width, height: 1, offset: 1, gap: 0 }));
    pairs::<u8>(255, &all, |a, b, what| {
        for level in above_scalar() {
            assert_eq!(sse_u8(level, a, b), sse_u8(Level::SCALAR, a, b), "sse {level:?} {what}");
            assert_eq!(sad_u8(level, a, b), sad_u8(Level::SCALAR, a, b), "sad {level:?} {what}");
            for limit in [0, 16, 127, 128, 255] {
                let share = |level| share_below_u8(level, a, limit);
                assert_eq!(share(level).to_bits(), share(Level::SCALAR).to_bits(), "share {level:?} {what}");
            }
        }
    });
    for bits in [10, 12, 14, 16] {
        pairs::<u16>((1 << bits) - 1, &all, |a, b, what| {
            for level in above_scalar() {
                assert_eq!(sse_u16(level, a, b), sse_u16(Level::SCALAR, a, b), "sse {level:?} {what}");
                assert_eq!(sad_u16(level, a, b), sad_u16(Level::SCALAR, a, b), "sad {level:?} {what}");
                for limit in [0, 64, 32_767, 32_768, 65_535] {
                    let share = |level| share_below_u16(level, a, limit);
                    assert_eq!(share(level).to_bits(), share(Level::SCALAR).to_bits(), "share {level:?} {what}");
                }
            }
        });
    }
}

#[test]
fn ssim_is_the_same_at_every_level() {
    let mut rng = Rng::from_env();
    let mut all = geometries(&mut rng);
    all.extend((8..100).map(|width| {
        let (height, offset, gap) = (8 + rng.below(14), rng.below(20), rng.below(20));
        Geometry { width, height, offset, gap }
    }));
    let near = |level: Level, got: f64, scalar: f64, what: &str| {
        assert!((got - scalar).abs() <= 1e-6, "{level:?}: {got}, scalar {scalar}; {what}");
        assert!((-1.0..=1.000_001).contains(&scalar), "{scalar}; {what}");
    };
    pairs::<u8>(255, &all, |a, b, what| {
        for level in above_scalar() {
            near(level, ssim_u8(level, a, b), ssim_u8(Level::SCALAR, a, b), what);
        }
    });
    for bits in [9, 10, 12, 14, 16] {
        pairs::<u16>((1 << bits) - 1, &all, |a, b, what| {
            for level in above_scalar() {
                near(level, ssim_u16(level, bits, a, b), ssim_u16(Level::SCALAR, bits, a, b), what);
            }
        });
    }
}

#[test]
fn ms_ssim_is_the_same_at_every_level() {
    let mut rng = Rng::from_env();
    for (width, height) in [(176, 176), (183, 177), (201, 191)] {
        let (a, b) = pair(&mut rng, width, height, 1023, 0);
        let deep = |level| ms_ssim_u16(level, 10, tight(&a, width, height), tight(&b, width, height).upside_down());
        let narrow =
            |samples: &Vec<u16>| samples.iter().map(|sample| (sample / 4).to_le_bytes()[0]).collect::<Vec<_>>();
        let (a8, b8): (Vec<u8>, Vec<u8>) = (narrow(&a), narrow(&b));
        let shallow = |level| ms_ssim_u8(level, tight(&a8, width, height), tight(&b8, width, height));
        for level in above_scalar() {
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            assert_eq!(bits(deep(level)), bits(deep(Level::SCALAR)), "{level:?} {width}x{height}");
            assert_eq!(bits(shallow(level)), bits(shallow(Level::SCALAR)), "{level:?} {width}x{height}");
        }
    }
}

#[test]
fn xpsnr_is_the_same_at_every_level() {
    let mut rng = Rng::from_env();
    // Too small for weights, one block, blocks of border alone, smoothed or not, at half resolution and odd.
    let sizes =
        [(0, 0), (1, 1), (44, 45), (45, 45), (46, 47), (49, 65), (97, 33), (253, 130), (901, 401), (2053, 1151)];
    for (width, height) in sizes {
        // Large pictures are slow here; their second frame has a past.
        let (rates, count): (&[f64], _) = if width > 1000 { (&[50.0], 2) } else { (&[25.0, 50.0], 3) };
        for &rate in rates {
            let frames: Vec<_> = (0..count).map(|time| pair(&mut rng, width, height, 255, time)).collect();
            let run = |level| {
                let mut shallow = Xpsnr::new(width, height, 8, rate);
                let mut deep = Xpsnr::new(width, height, 12, rate);
                let mut results = Vec::new();
                for (a, b) in &frames {
                    let (a8, b8) = (bytes(a), bytes(b));
                    let (a8, b8) = (tight(&a8, width, height), tight(&b8, width, height));
                    let (a, b) = (tight(a, width, height), tight(b, width, height));
                    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
                    let (ca, cb) = (a8.part(0, 0, cw, ch).expect("smaller"), b8.part(0, 0, cw, ch).expect("smaller"));
                    results.push(shallow.luma_frame_u8(level, a8, b8));
                    results.push(shallow.chroma_plane_u8(level, ca, cb));
                    results.push(deep.luma_frame_u16(level, a, b));
                    results.push(deep.chroma_plane_u16(level, a, b));
                }
                results
            };
            let scalar = run(Level::SCALAR);
            for level in above_scalar() {
                assert_eq!(run(level), scalar, "{level:?} {width}x{height} at {rate}, CHECK_SEED={}", rng.seed());
            }
        }
    }
}

#[test]
#[should_panic(expected = "expected the same size")]
fn planes_of_unequal_size_are_refused() {
    let samples = [0u8; 20];
    let _ = sse_u8(Level::SCALAR, tight(&samples, 5, 4), tight(&samples, 4, 5));
}
