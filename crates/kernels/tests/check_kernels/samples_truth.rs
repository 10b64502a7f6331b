//! Sound against `f64` by the published formulas, and against what the recommendations say comes out.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use transcode_kernels::Level;
use transcode_kernels::samples::{
    ChannelLayout, Dither, KWeighting, MixMatrix, convert, interleave, k_weighted_squares, loudness, mix, peak,
    sum_of_squares,
};
use transcode_testkit::Rng;

/// Saturates, and makes 0 of NaN, as a cast does.
fn saturated(value: f64, bits: u32) -> f64 {
    let limit = f64::powi(2.0, i32::try_from(bits).expect("few bits") - 1);
    if value.is_nan() { 0.0 } else { value.clamp(-limit, limit - 1.0) }
}

/// Values all over the range and about its steps and ends.
fn floats(rng: &mut Rng) -> Vec<f32> {
    let mut values = vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1.0, -1.0, 0.0, -0.0];
    for step in (0..=33_000u16).step_by(7) {
        for half in [0.0, 0.25, 0.5, 0.75] {
            values.push((f32::from(step) + half) / 32_768.0);
            values.push(-(f32::from(step) + half) / 32_768.0);
        }
    }
    for _ in 0..20_000 {
        // Any bits: all magnitudes.
        values.push(f32::from_bits(u32::try_from(rng.next_u64() >> 32).unwrap_or(0)));
    }
    values
}

#[test]
fn conversions_are_their_formulas() {
    let rng = &mut Rng::from_env();
    let shorts: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    let mut longs: Vec<i32> = shorts.iter().map(|x| i32::from(*x) << 16 | 0x7FFF).collect();
    longs.extend(shorts.iter().map(|x| i32::from(*x) << 16 | 0x8000));
    longs.extend((0..50_000).map(|_| u32::try_from(rng.next_u64() >> 32).unwrap_or(0).cast_signed()));
    let floats = floats(rng);
    for level in Level::available() {
        let mut to = vec![0f32; shorts.len()];
        convert(level, &shorts, &mut to, None);
        assert!(shorts.iter().zip(&to).all(|(x, y)| f64::from(*y) == f64::from(*x) / 32_768.0));

        let mut to = vec![0i32; shorts.len()];
        convert(level, &shorts, &mut to, None);
        assert!(shorts.iter().zip(&to).all(|(x, y)| f64::from(*y) == f64::from(*x) * 65_536.0));

        let mut to = vec![0f32; longs.len()];
        convert(level, &longs, &mut to, None);
        #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is the formula")]
        let nearest = |x: f64| (x / 2_147_483_648.0) as f32;
        assert!(longs.iter().zip(&to).all(|(x, y)| *y == nearest(f64::from(*x))));

        let mut to = vec![0i16; longs.len()];
        convert(level, &longs, &mut to, None);
        let halves_up = |x: f64| saturated((x / 65_536.0 + 0.5).floor(), 16);
        assert!(longs.iter().zip(&to).all(|(x, y)| f64::from(*y) == halves_up(f64::from(*x))));

        let mut to = vec![0i16; floats.len()];
        convert(level, &floats, &mut to, None);
        for (x, y) in floats.iter().zip(&to) {
            let expected = saturated((f64::from(*x) * 32_768.0).round_ties_even(), 16);
            assert_eq!(f64::from(*y), expected, "{level:?} {x}");
        }

        let mut to = vec![0i32; floats.len()];
        convert(level, &floats, &mut to, None);
        for (x, y) in floats.iter().zip(&to) {
            let expected = saturated((f64::from(*x) * 2_147_483_648.0).round_ties_even(), 32);
            assert_eq!(f64::from(*y), expected, "{level:?} {x}");
        }
    }
}

/// The error of a dithered sample has mean 0 and a power of 1/4 step^2, wherever the signal lies between two steps: 1/6 of
/// the triangular noise and 1/12 of rounding (Lipshitz, Wannamaker and Vanderkooy, 1992).
#[test]
fn dither_makes_the_error_independent_of_the_signal() {
    const COUNT: u32 = 1 << 16;
    let check = |what: &str, truth: f64, got: &[i16]| {
        let errors = got.iter().map(|y| f64::from(*y) - truth);
        let mean = errors.clone().sum::<f64>() / f64::from(COUNT);
        let power = errors.map(|error| error * error).sum::<f64>() / f64::from(COUNT);
        assert!(mean.abs() < 0.01 && (power - 0.25).abs() < 0.01, "{what} {truth}: {mean} {power}");
    };
    for level in Level::available() {
        for quarter in 0..=4u8 {
            let truth = 100.0 + f64::from(quarter) / 4.0;
            let mut to = vec![0i16; COUNT as usize];
            let dither = Some(Dither { seed: 3 + u64::from(quarter), position: 0 });
            let float = 100.0 / 32_768.0 + f32::from(quarter) / 131_072.0;
            convert(level, &vec![float; COUNT as usize], &mut to, dither);
            check("f32", truth, &to);
            convert(level, &vec![(400 + i32::from(quarter)) << 14; COUNT as usize], &mut to, dither);
            check("i32", truth, &to);
        }
    }
}

#[test]
fn dither_is_of_its_seed_and_number() {
    let silence = vec![0f32; 4000];
    let noise = |seed, position, length: usize| {
        let mut to = vec![0i16; length];
        convert(Level::SCALAR, &silence[..length], &mut to, Some(Dither { seed, position }));
        to
    };
    let whole = noise(5, (1 << 32) - 1000, 4000);
    assert_eq!(whole[..1111], noise(5, (1 << 32) - 1000, 1111));
    assert_eq!(whole[1111..], noise(5, (1 << 32) + 111, 2889));
    assert_ne!(whole, noise(6, (1 << 32) - 1000, 4000));
    // Neighbours, other seeds and what is 2^32 later have nothing to do with each other.
    let like = |a: &[i16], b: &[i16]| {
        let product: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        product / a.iter().map(|a| f64::from(*a) * f64::from(*a)).sum::<f64>()
    };
    assert!(like(&whole[1..], &whole[..3999]).abs() < 0.08);
    assert!(like(&whole, &noise(6, (1 << 32) - 1000, 4000)).abs() < 0.08);
    assert!(like(&noise(5, 0, 4000), &noise(5, 1 << 32, 4000)).abs() < 0.08);
    // The same in an interleaved stream.
    let mut pair = vec![0i16; 4000];
    let dither = Some(Dither { seed: 5, position: (1 << 32) - 1000 });
    interleave(Level::SCALAR, &[&silence[..2000], &silence[..2000]], &mut pair, dither);
    assert_eq!(pair, whole);
}

/// ITU-R BS.775-4, Table 2: equations for 3/2 to 2/0 and 1/0.
#[test]
fn downmix_matrices_are_those_of_bs_775() {
    // "0.7071" in the table.
    const HALF: f64 = FRAC_1_SQRT_2;
    let values = |from, to| {
        let matrix = MixMatrix::downmix(from, to).expect("a downmix");
        let row = |r| (0..matrix.columns()).map(|c| f64::from(matrix.value(r, c))).collect::<Vec<_>>();
        (0..matrix.rows()).map(row).collect::<Vec<_>>()
    };
    let near = |got: &[f64], expected: &[f64]| {
        assert_eq!(got.len(), expected.len());
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {expected:?}");
    };
    let stereo = values(ChannelLayout::Surround51, ChannelLayout::Stereo);
    near(&stereo[0], &[1.0, 0.0, HALF, 0.0, HALF, 0.0]);
    near(&stereo[1], &[0.0, 1.0, HALF, 0.0, 0.0, HALF]);
    near(&values(ChannelLayout::Surround51, ChannelLayout::Mono)[0], &[HALF, HALF, 1.0, 0.0, 0.5, 0.5]);
    near(&values(ChannelLayout::Stereo, ChannelLayout::Mono)[0], &[HALF, HALF]);
    near(&values(ChannelLayout::Surround71, ChannelLayout::Stereo)[1], &[0.0, 1.0, HALF, 0.0, 0.0, HALF, 0.0, HALF]);
    near(&values(ChannelLayout::Surround71, ChannelLayout::Mono)[0], &[HALF, HALF, 1.0, 0.0, 0.5, 0.5, 0.5, 0.5]);
    near(&values(ChannelLayout::Surround51, ChannelLayout::Surround51)[3], &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(MixMatrix::downmix(ChannelLayout::Stereo, ChannelLayout::Surround51), None);
    assert_eq!(MixMatrix::downmix(ChannelLayout::Mono, ChannelLayout::Stereo), None);
    assert_eq!(MixMatrix::downmix(ChannelLayout::Surround71, ChannelLayout::Surround51), None);
}

#[test]
fn normalised_matrices_cannot_clip() {
    let rng = &mut Rng::from_env();
    let mut matrices: Vec<MixMatrix> = [ChannelLayout::Stereo, ChannelLayout::Surround51, ChannelLayout::Surround71]
        .into_iter()
        .flat_map(|from| {
            [ChannelLayout::Mono, ChannelLayout::Stereo].map(|to| MixMatrix::downmix(from, to).expect("a downmix"))
        })
        .collect();
    for _ in 0..200 {
        let values = (0..18).map(|_| f32::from(u8::try_from(rng.below(255)).unwrap_or(0)) / 77.0 - 1.4).collect();
        matrices.push(MixMatrix::new(2, 9, values).expect("2 x 9"));
    }
    for matrix in matrices {
        let plain_peak = greatest(&matrix);
        let peak = greatest(&matrix.clone().normalised());
        // As loud as can be, where it was too loud.
        assert!(peak <= 1.0 && (peak > 0.999_99 || plain_peak <= 1.0), "{matrix:?}: {peak}");
    }
    let quiet = MixMatrix::new(1, 2, vec![0.25, -0.5]).expect("1 x 2");
    assert_eq!(quiet.clone().normalised(), quiet);
}

/// What inputs of full scale give at most, at every level.
fn greatest(matrix: &MixMatrix) -> f64 {
    let mut greatest = 0f64;
    for row in 0..matrix.rows() {
        let full = |column| vec![1f32.copysign(matrix.value(row, column)); 70];
        let planes: Vec<Vec<f32>> = (0..matrix.columns()).map(full).collect();
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        for level in Level::available() {
            let mut out = vec![vec![0f32; 70]; matrix.rows()];
            mix(level, matrix, &planes, &mut out.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
            greatest = greatest.max(peak(level, &out[row]));
        }
    }
    greatest
}

#[test]
fn a_channel_that_counts_nothing_stays_out() {
    let (voice, broken) = (vec![0.5f32; 40], vec![f32::NAN; 40]);
    let matrix = MixMatrix::new(1, 2, vec![0.5, 0.0]).expect("1 x 2");
    for level in Level::available() {
        let mut out = vec![0f32; 40];
        mix(level, &matrix, &[&voice, &broken], &mut [&mut out]);
        assert!(out.iter().all(|value| *value == 0.25));
    }
}

#[test]
fn a_matrix_of_another_size_is_an_error() {
    let error = MixMatrix::new(2, 2, vec![1.0; 3]).expect_err("3 values");
    assert!(error.to_string().contains("expected 2 x 2 finite values; got 3;"), "{error}");
    let error = MixMatrix::new(1, 1, vec![f32::NAN]).expect_err("no number");
    assert!(error.to_string().contains("NaN among them"), "{error}");
}

#[test]
fn peaks_and_energies_of_known_signals() {
    for level in Level::available() {
        assert_eq!(peak::<f32>(level, &[]), 0.0);
        assert_eq!(peak(level, &[0i16, -32_768, 32_767]), 1.0);
        assert_eq!(peak(level, &[0i32, i32::MIN]), 1.0);
        assert_eq!(peak(level, &[0.1f32, -0.5, f32::NAN]), 0.5);
        // Squares that overflow 32 bits in pairs.
        assert_eq!(sum_of_squares(level, &[i16::MIN; 100]), 100.0);
        assert_eq!(sum_of_squares(level, &[i32::MIN; 100]), 100.0);
        let sine: Vec<f32> = (0..48_000u16).map(|n| sample(f64::from(n), 1000.0, 48_000.0)).collect();
        assert!((sum_of_squares(level, &sine) - 24_000.0).abs() < 1e-3);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest f32 will do")]
fn sample(n: f64, frequency: f64, rate: f64) -> f32 {
    (2.0 * PI * frequency * n / rate).sin() as f32
}

/// ITU-R BS.1770-5, Annex 1, Tables 1 and 2.
#[test]
fn k_weighting_at_48_khz_is_the_published_table() {
    let published = [
        [
            1.535_124_859_586_97,
            -2.691_696_189_406_38,
            1.198_392_810_852_85,
            -1.690_659_293_182_41,
            0.732_480_774_215_85,
        ],
        [1.0, -2.0, 1.0, -1.990_047_454_833_98, 0.990_072_250_366_21],
    ];
    for (got, expected) in KWeighting::new(48_000, 1).coefficients().iter().zip(published) {
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-13), "{got:?} {expected:?}");
    }
}

/// What a second of a sine of full scale in the left channel of stereo measures, fed in pieces, once the filter has settled.
fn sine_loudness(level: Level, frequency: f64, rate: u32) -> f64 {
    let mut filter = KWeighting::new(rate, 2);
    let tenth = usize::try_from(rate / 10).expect("fits");
    let left: Vec<f32> = (0..3 * rate / 2).map(|n| sample(f64::from(n), frequency, f64::from(rate))).collect();
    let right = vec![0f32; left.len()];
    let mut sums = [0.0; 2];
    for (i, (left, right)) in left.chunks(tenth).zip(right.chunks(tenth)).enumerate() {
        if i == 5 {
            sums = [0.0; 2];
        }
        k_weighted_squares(level, &mut filter, &[left, right], &mut sums);
    }
    loudness(&sums.map(|sum| sum / f64::from(rate)), ChannelLayout::Stereo.loudness_weights())
}

/// BS.1770-5, Annex 1: "If a 0 dB FS, 997 Hz sine wave is applied to the left, centre, or right channel input, the indicated
/// loudness will equal -3.01 LKFS".
#[test]
fn a_sine_of_full_scale_measures_minus_3_01() {
    for level in Level::available() {
        for (rate, bound) in [(48_000, 0.001), (32_000, 0.01), (44_100, 0.01), (96_000, 0.01)] {
            let measured = sine_loudness(level, 997.0, rate);
            assert!((measured + 3.0103).abs() < bound, "{level:?} {rate}: {measured}");
        }
    }
}

/// The response at other rates is that of the tables at 48 kHz, as the recommendation asks: the transfer function of the
/// tables, evaluated in `f64`, against what sines measure.
#[test]
fn other_rates_have_the_response_of_48_khz() {
    let tables = KWeighting::new(48_000, 1).coefficients();
    let gain = |[b0, b1, b2, a1, a2]: [f64; 5], frequency: f64| {
        let at = |c: [f64; 3]| {
            let w = 2.0 * PI * frequency / 48_000.0;
            let real = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
            let imaginary = -c[1] * w.sin() - c[2] * (2.0 * w).sin();
            real * real + imaginary * imaginary
        };
        at([b0, b1, b2]) / at([1.0, a1, a2])
    };
    for frequency in [30.0, 100.0, 500.0, 1500.0, 2500.0, 5000.0] {
        let response = gain(tables[0], frequency) * gain(tables[1], frequency);
        let expected = -0.691 + 10.0 * (response / 2.0).log10();
        for rate in [44_100, 48_000, 96_000] {
            let measured = sine_loudness(Level::SCALAR, frequency, rate);
            assert!((measured - expected).abs() < 0.02, "{frequency} Hz at {rate}: {measured} {expected}");
        }
    }
}

#[test]
fn weights_are_those_of_the_places() {
    assert_eq!(ChannelLayout::Surround51.loudness_weights(), [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]);
    assert_eq!(ChannelLayout::Surround71.channels(), 8);
    assert_eq!(loudness(&[0.0], &[1.0]), f64::NEG_INFINITY);
    let one = loudness(&[0.5], &[1.0]);
    assert!((loudness(&[0.25, 0.25], &[1.0, 1.0]) - one).abs() < 1e-12);
    assert!((one - (-0.691 + 20.0 * FRAC_1_SQRT_2.log10())).abs() < 1e-12);
}

#[test]
fn a_broken_sample_is_forgotten() {
    for level in Level::available() {
        let mut filter = KWeighting::new(48_000, 1);
        let mut sums = [0.0];
        k_weighted_squares(level, &mut filter, &[&[0.5, f32::NAN, f32::INFINITY, 0.5]], &mut sums);
        assert!(sums[0].is_finite() && sums[0] > 0.0);
        filter.reset();
        sums = [0.0];
        k_weighted_squares(level, &mut filter, &[&[0.0; 100]], &mut sums);
        assert_eq!(sums, [0.0]);
    }
}
