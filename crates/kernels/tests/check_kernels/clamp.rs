//! Samples beyond their depth: found and clamped alike at every level.

use transcode_kernels::{Level, Plane, PlaneMut, clamp_u16, exceeds_u16};
use transcode_testkit::{Geometry, Guarded, Pattern, Rng, assert_same, geometries};

#[test]
fn every_level_equals_the_definition() {
    let mut rng = Rng::from_env();
    for (i, geometry) in geometries(&mut rng).into_iter().enumerate() {
        for pattern in Pattern::ALL {
            let Geometry { width, height, .. } = geometry;
            let bits = [10, 12, 8, 1, 16][i % 5];
            let top = u16::MAX >> (16 - bits);
            // Mostly, at random places, within the depth.
            let max = if rng.below(3) == 0 { u32::from(u16::MAX) } else { u32::from(top) };
            let mut source = Guarded::<u16>::filled(geometry, pattern, &mut rng, max);
            let length = source.memory().len();
            if length > 0 && i % 4 == 0 {
                // One sample alone, anywhere: in a row, or between two, where it must not count.
                source.memory_mut()[rng.below(length)] = top.saturating_add(1);
            }
            let stride = source.stride();
            let found = (0..height).any(|y| source.row(y).iter().any(|sample| *sample > top));
            let mut expected = source.clone();
            for y in 0..height {
                for sample in &mut expected.memory_mut()[y * stride..][..width] {
                    *sample = (*sample).min(top);
                }
            }
            for level in Level::available() {
                let what = format!("clamp {} {bits} bits {pattern:?}", level.name());
                let mut got = source.clone();
                let plane = Plane::new(got.memory(), width, height, stride).expect("a plane within its memory");
                assert_eq!(exceeds_u16(level, plane, bits), found, "{what} {geometry:?} CHECK_SEED={}", rng.seed());
                assert_eq!(exceeds_u16(level, plane.upside_down(), bits), found, "{what} {geometry:?}");
                let plane = PlaneMut::new(got.memory_mut(), width, height, stride).expect("a plane within its memory");
                clamp_u16(level, plane, bits);
                if i % 4 == 0 {
                    // What was put between rows is no canary.
                    assert_eq!(expected.memory(), got.memory(), "{what} {geometry:?}");
                } else {
                    assert_same(&rng, &what, &expected, &got);
                }
            }
        }
    }
}
