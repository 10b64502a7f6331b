//! The scalar level against references in double precision, written from the published formulas.

use transcode_kernels::Level;
use transcode_kernels::measure::{
    ms_ssim_u8, ms_ssim_u16, psnr, sad_u8, share_below_u8, share_below_u16, sse_u8, sse_u16, ssim_u8, ssim_u16,
};
use transcode_testkit::Rng;

use super::{bytes, pair, tight};

const BEST: Level = Level::SCALAR;

#[test]
fn psnr_is_ten_log_of_peak_over_mean_square() {
    let mut rng = Rng::from_env();
    for (width, height, max) in [(64, 36, 255), (33, 7, 1023), (40, 40, 4095), (17, 9, 65_535)] {
        let (a, b) = pair(&mut rng, width, height, max, 0);
        let square = |(a, b): (&u16, &u16)| (f64::from(*a) - f64::from(*b)).powi(2);
        let mean = a.iter().zip(&b).map(square).sum::<f64>() / a.len() as f64;
        let expected = 20.0 * f64::from(max).log10() - 10.0 * mean.log10();
        let sse = sse_u16(BEST, tight(&a, width, height), tight(&b, width, height));
        let got = psnr(sse, a.len() as u64, max);
        assert!((got - expected).abs() < 1e-9, "{got} {expected}");
    }
    assert_eq!(psnr(0, 100, 255), f64::INFINITY);
    // Black and white.
    assert!(psnr(255 * 255 * 100, 100, 255).abs() < 1e-12);
}

#[test]
fn sums_of_a_small_plane() {
    let (a, b) = ([0u8, 16, 17, 255, 9, 1], [255u8, 16, 20, 0, 9, 3]);
    let (a, b) = (tight(&a, 3, 2), tight(&b, 3, 2));
    assert_eq!(sse_u8(BEST, a, b), 2 * 255 * 255 + 9 + 4);
    assert_eq!(sad_u8(BEST, a, b), 2 * 255 + 3 + 2);
    assert!((share_below_u8(BEST, a, 16) - 4.0 / 6.0).abs() < 1e-12);
    assert!((share_below_u16(BEST, tight(&[64, 65, 0], 3, 1), 64) - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(share_below_u8(BEST, tight(&[], 0, 0), 255), 0.0);
}

/// Mean, variance and covariance of weighted samples, and SSIM's two factors of them (Wang et al. 2004, equation 13).
struct Window {
    luminance: f64,
    structure: f64,
}

fn window(pairs: &[(f64, f64, f64)], bias: f64, c1: f64, c2: f64) -> Window {
    let mean = |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(a, b, weight)| weight * f(*a, *b)).sum::<f64>();
    let (ma, mb) = (mean(&|a, _| a), mean(&|_, b| b));
    let va = bias * mean(&|a, _| (a - ma).powi(2));
    let vb = bias * mean(&|_, b| (b - mb).powi(2));
    let cov = bias * mean(&|a, b| (a - ma) * (b - mb));
    Window { luminance: (2.0 * ma * mb + c1) / (ma * ma + mb * mb + c1), structure: (2.0 * cov + c2) / (va + vb + c2) }
}

/// As FFmpeg's filter: 8x8 windows at steps of 4, sample variances, and a first constant that is too small by 64.
fn ssim(a: &[f64], b: &[f64], width: usize, height: usize, max: f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for y in (0..height / 4 * 4 - 4).step_by(4) {
        for x in (0..width / 4 * 4 - 4).step_by(4) {
            let at = (0..64).map(|i| (y + i / 8) * width + x + i % 8);
            let pairs: Vec<_> = at.map(|i| (a[i], b[i], 1.0 / 64.0)).collect();
            let found = window(&pairs, 64.0 / 63.0, (0.01 * max).powi(2) / 64.0, (0.03 * max).powi(2));
            sum += found.luminance * found.structure;
            count += 1.0;
        }
    }
    sum / count
}

fn wide(samples: &[u16]) -> Vec<f64> {
    samples.iter().map(|sample| f64::from(*sample)).collect()
}

#[test]
fn ssim_is_the_mean_over_windows() {
    let mut rng = Rng::from_env();
    for (width, height) in [(8, 8), (11, 9), (64, 48), (130, 71), (12, 200)] {
        for bits in [8, 10, 12, 16] {
            let max = (1 << bits) - 1;
            let (a, b) = pair(&mut rng, width, height, max, 0);
            let expected = ssim(&wide(&a), &wide(&b), width, height, f64::from(max));
            for level in Level::available() {
                let got = if bits == 8 {
                    ssim_u8(level, tight(&bytes(&a), width, height), tight(&bytes(&b), width, height))
                } else {
                    ssim_u16(level, bits, tight(&a, width, height), tight(&b, width, height))
                };
                assert!((got - expected).abs() < 1e-5, "{level:?} {width}x{height} {bits}: {got}, expected {expected}");
                assert!((0.1..0.998).contains(&got), "a telling pair: {got}");
            }
        }
    }
}

#[test]
fn planes_smaller_than_a_window_have_a_similarity() {
    for (width, height) in [(1usize, 1usize), (7, 7), (4, 100), (100, 3), (8, 7)] {
        let a: Vec<u8> = (0..width * height).map(|i: usize| (i * 7 % 251).to_le_bytes()[0]).collect();
        let b: Vec<u8> = a.iter().map(|a| 255 - a).collect();
        let (a, b) = (tight(&a, width, height), tight(&b, width, height));
        let (same, other) = (ssim_u8(BEST, a, a), ssim_u8(BEST, a, b));
        assert!((same - 1.0).abs() < 1e-12 && other < 0.5, "{width}x{height}: {same} {other}");
    }
    assert_eq!(ssim_u8(BEST, tight(&[], 0, 5), tight(&[], 0, 5)), 1.0);
}

/// Wang et al. 2003, with the whole two-dimensional window at each place.
fn ms_ssim(mut a: Vec<f64>, mut b: Vec<f64>, mut width: usize, mut height: usize, max: f64) -> f64 {
    let (c1, c2) = ((0.01 * max).powi(2), (0.03 * max).powi(2));
    let bell = |i: usize| (-(i as f64 - 5.0).powi(2) / (2.0 * 1.5 * 1.5)).exp();
    let all: f64 = (0..121).map(|i| bell(i / 11) * bell(i % 11)).sum();
    let mut product = 1.0;
    for (scale, exponent) in [0.0448, 0.2856, 0.3001, 0.2363, 0.1333].into_iter().enumerate() {
        let (mut sum, mut count) = (0.0, 0.0);
        for (x, y) in (0..height - 10).flat_map(|y| (0..width - 10).map(move |x| (x, y))) {
            let at = (0..121).map(|i| ((y + i / 11) * width + x + i % 11, bell(i / 11) * bell(i % 11) / all));
            let pairs: Vec<_> = at.map(|(i, weight)| (a[i], b[i], weight)).collect();
            let found = window(&pairs, 1.0, c1, c2);
            sum += if scale == 4 { found.luminance * found.structure } else { found.structure };
            count += 1.0;
        }
        product *= f64::powf(sum / count, exponent);
        let halved = |from: &[f64]| -> Vec<f64> {
            let at = |x: usize, y: usize| from[y.min(height - 1) * width + x.min(width - 1)];
            let places = (0..height).step_by(2).flat_map(|y| (0..width).step_by(2).map(move |x| (x, y)));
            places.map(|(x, y)| (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4.0).collect()
        };
        (a, b) = (halved(&a), halved(&b));
        (width, height) = (width.div_ceil(2), height.div_ceil(2));
    }
    product
}

#[test]
fn ms_ssim_is_the_product_over_scales() {
    let mut rng = Rng::from_env();
    for (width, height, bits) in [(176, 181, 8), (187, 176, 10), (176, 176, 16)] {
        let max = (1 << bits) - 1;
        let (a, b) = pair(&mut rng, width, height, max, 0);
        let expected = ms_ssim(wide(&a), wide(&b), width, height, f64::from(max));
        let got = if bits == 8 {
            ms_ssim_u8(BEST, tight(&bytes(&a), width, height), tight(&bytes(&b), width, height))
        } else {
            ms_ssim_u16(BEST, bits, tight(&a, width, height), tight(&b, width, height))
        };
        let got = got.expect("large enough");
        assert!((got - expected).abs() < 1e-5, "{width}x{height} {bits}: {got}, expected {expected}");
        assert!((0.1..0.998).contains(&got), "a telling pair: {got}");
    }
    let samples = vec![0u8; 175 * 176];
    assert_eq!(ms_ssim_u8(BEST, tight(&samples, 175, 176), tight(&samples, 175, 176)), None);
}
