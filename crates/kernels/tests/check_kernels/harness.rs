//! The harness itself: a kernel that is broken must be caught.

use transcode_testkit::{Geometry, Guarded, Pattern, Rng, difference, geometries};

/// Adds one to each sample, as the scalar reference of the planted kernels.
fn reference(source: &Guarded<u8>) -> Guarded<u8> {
    planted(source, |_, _| 0, 0)
}

/// The same with a fault: `wrong` is added to samples, `beyond` samples are written behind the last row.
fn planted(source: &Guarded<u8>, wrong: impl Fn(usize, usize) -> u8, beyond: usize) -> Guarded<u8> {
    // A kernel that overruns writes into what its caller took for the gap.
    let Geometry { width, height, offset, gap } = source.geometry();
    let mut out = Guarded::new(Geometry { width, height, offset, gap });
    let stride = out.stride();
    for y in 0..height {
        let end = if y + 1 < height { width + beyond.min(gap) } else { width };
        for x in 0..end {
            let value = source.row(y).get(x).map_or(7, |value| value.wrapping_add(1));
            out.memory_mut()[y * stride + x] = value.wrapping_add(wrong(x, y));
        }
    }
    out
}

#[test]
fn planted_faults_are_caught() {
    let mut rng = Rng::from_env();
    let (mut checked, mut overran) = (0, 0);
    for geometry in geometries(&mut rng) {
        for pattern in Pattern::ALL {
            let source = Guarded::filled(geometry, pattern, &mut rng, 255);
            let expected = reference(&source);
            assert_eq!(difference(&expected, &reference(&source), 0.0), None);
            let (width, height) = (geometry.width, geometry.height);
            if width * height == 0 {
                continue;
            }
            // The last sample of the last row alone, as a tail that is forgotten.
            let tail = planted(&source, |x, y| u8::from((x + 1, y + 1) == (width, height)), 0);
            assert!(difference(&expected, &tail, 0.0).is_some_and(|text| text.contains("expected")));
            checked += 1;
            if geometry.gap > 0 && height > 1 {
                let overrun = planted(&source, |_, _| 0, 1);
                assert!(difference(&expected, &overrun, 0.0).is_some_and(|text| text.contains("outside")));
                overran += 1;
            }
        }
    }
    assert!(checked > 500 && overran > 200, "{checked} {overran}");
}

#[test]
fn a_seed_replays() {
    let draw = |seed| {
        let mut rng = Rng::new(seed);
        let geometry = geometries(&mut rng)[77];
        (geometry, Guarded::<u16>::filled(geometry, Pattern::Random, &mut rng, 1023).memory().to_vec())
    };
    assert_eq!(draw(5), draw(5));
    assert_ne!(draw(5), draw(6));
}
