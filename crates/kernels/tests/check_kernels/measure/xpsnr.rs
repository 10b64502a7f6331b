//! XPSNR against its definition in double precision: Helmrich et al., ITU Journal: ICT Discoveries 3(1), 2020, sections 2 to 4,
//! with the choices of the authors' filter in FFmpeg for borders, first frames and rounding.

use transcode_kernels::Level;
use transcode_kernels::measure::{Xpsnr, XpsnrPool};
use transcode_testkit::Rng;

use super::{bytes, pair, tight};

struct Picture<'a> {
    samples: &'a [u16],
    width: usize,
}

impl Picture<'_> {
    fn at(&self, x: usize, y: usize) -> f64 {
        f64::from(self.samples[y * self.width + x])
    }

    /// The sum of a square of 2x2 samples.
    fn square(&self, x: usize, y: usize) -> f64 {
        self.at(x, y) + self.at(x + 1, y) + self.at(x, y + 1) + self.at(x + 1, y + 1)
    }
}

/// The high-pass for pictures of more than HD size: samples of 6x6 about a square of 2x2.
const COARSE: [[f64; 6]; 6] = [
    [0.0, -1.0, -1.0, -1.0, -1.0, 0.0],
    [-1.0, -2.0, -3.0, -3.0, -2.0, -1.0],
    [-1.0, -3.0, 12.0, 12.0, -3.0, -1.0],
    [-1.0, -3.0, 12.0, 12.0, -3.0, -1.0],
    [-1.0, -2.0, -3.0, -3.0, -2.0, -1.0],
    [0.0, -1.0, -1.0, -1.0, -1.0, 0.0],
];

const FINE: [[f64; 3]; 3] = [[-1.0, -2.0, -1.0], [-2.0, 12.0, -2.0], [-1.0, -2.0, -1.0]];

/// The weights of all blocks. `past` are the original before and the one before that.
fn weights(
    now: &[u16],
    past: [&[u16]; 2],
    (width, height): (usize, usize),
    block: usize,
    bits: i32,
    rate: f64,
) -> Vec<f64> {
    let picture = |samples| Picture { samples, width };
    let (now, last, before) = (picture(now), picture(past[0]), picture(past[1]));
    let coarse = width * height > 2048 * 1152;
    let step = if coarse { 2 } else { 1 };
    let mut weights = Vec::new();
    for y0 in (0..height).step_by(block) {
        for x0 in (0..width).step_by(block) {
            let (x1, y1) = (width.min(x0 + block), height.min(y0 + block));
            let inside = |start: usize, end: usize, length: usize| {
                let first = if start == 0 { step } else { start };
                first..if end == length { end.saturating_sub(step) } else { end }
            };
            let (columns, rows) = (inside(x0, x1, width), inside(y0, y1, height));
            if columns.is_empty() || rows.is_empty() {
                weights.push(1.0);
                continue;
            }
            let mut spatial = 0.0;
            for (x, y) in rows.clone().step_by(step).flat_map(|y| columns.clone().step_by(step).map(move |x| (x, y))) {
                let mut value = 0.0;
                if coarse {
                    for (j, row) in COARSE.iter().enumerate() {
                        for (i, coefficient) in row.iter().enumerate() {
                            value += coefficient * now.at(x + i - 2, y + j - 2);
                        }
                    }
                } else {
                    for (j, row) in FINE.iter().enumerate() {
                        for (i, coefficient) in row.iter().enumerate() {
                            value += coefficient * now.at(x + i - 1, y + j - 1);
                        }
                    }
                }
                spatial += value.abs();
            }
            let mut temporal = 0.0;
            for (x, y) in (y0..y1).step_by(step).flat_map(|y| (x0..x1).step_by(step).map(move |x| (x, y))) {
                let of = |picture: &Picture<'_>| if coarse { picture.square(x, y) } else { picture.at(x, y) };
                let change = if rate < 32.0 { of(&now) - of(&last) } else { of(&now) - 2.0 * of(&last) + of(&before) };
                temporal += 2.0 * change.abs();
            }
            let spatial = spatial / (columns.len() * rows.len()) as f64;
            let activity = spatial + temporal / ((x1 - x0) * (y1 - y0)) as f64;
            weights.push(1.0 / activity.max(f64::powi(2.0, bits - 6)));
        }
    }
    weights
}

/// The least of a weight and the greatest of its neighbours to the left, right and above.
fn smoothed(mut weights: Vec<f64>, columns: usize) -> Vec<f64> {
    for i in 0..weights.len() {
        let mut neighbours = Vec::new();
        if i % columns > 0 {
            neighbours.push(weights[i - 1]);
        }
        if (i + 1) % columns > 0 {
            neighbours.push(weights[i + 1]);
        }
        if i >= columns {
            neighbours.push(weights[i - columns]);
        }
        let limit = neighbours.into_iter().fold(0.0, f64::max);
        weights[i] = weights[i].min(limit);
    }
    weights
}

/// Squared errors of one component, weighted by block, with blocks of `across` x `down` samples.
fn errors(a: &[u16], b: &[u16], width: usize, (across, down): (usize, usize), columns: usize, weights: &[f64]) -> f64 {
    let square = |(i, (a, b)): (usize, (&u16, &u16))| {
        let block = i / width / down * columns + i % width / across;
        (f64::from(*a) - f64::from(*b)).powi(2) * weights[block]
    };
    a.iter().zip(b).enumerate().map(square).sum()
}

#[test]
fn xpsnr_is_its_definition() {
    let mut rng = Rng::from_env();
    for (width, height, bits, rate) in [
        (96usize, 64usize, 8, 25.0),
        (101, 75, 10, 60.0),
        (320, 240, 8, 32.0),
        (654, 483, 8, 50.0),
        (2304, 1026, 10, 30.0),
        (2052, 1150, 8, 60.0),
    ] {
        let max = (1u32 << bits) - 1;
        let size = (width as f64 * height as f64) / (3840.0 * 2160.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of the width")]
        let block = 4 * (32.0 * size.sqrt() + 0.5).floor() as usize;
        let columns = width.div_ceil(block);
        let mean = (16.0 * f64::powi(2.0, 2 * bits - 9) / size.sqrt()).sqrt();
        let mut xpsnr = Xpsnr::new(width, height, bits.cast_unsigned(), rate);
        let mut pool = XpsnrPool::new((width * height) as u64, max);
        let mut past = [vec![0; width * height], vec![0; width * height]];
        let mut roots = 0.0;
        // Large pictures are slow here.
        let frames = if width > 2000 && rate < 32.0 { 1u8 } else { 3 };
        for time in 0..frames {
            let (a, b) = pair(&mut rng, width, height, max, usize::from(time));
            let mut weights = weights(&a, [&past[0], &past[1]], (width, height), block, bits, rate);
            if width * height <= 640 * 480 {
                weights = smoothed(weights, columns);
            }
            let expected = errors(&a, &b, width, (block, block), columns, &weights) * mean;
            let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
            let (ca, cb) = pair(&mut rng, cw, ch, max, usize::from(time));
            let chroma_expected = errors(&ca, &cb, cw, (block / 2, block / 2), columns, &weights) * mean;
            let (got, chroma) = if bits == 8 {
                let [a, b, ca, cb] = [&a, &b, &ca, &cb].map(|samples| bytes(samples));
                let luma = xpsnr.luma_frame_u8(Level::SCALAR, tight(&a, width, height), tight(&b, width, height));
                (luma, xpsnr.chroma_plane_u8(Level::SCALAR, tight(&ca, cw, ch), tight(&cb, cw, ch)))
            } else {
                let luma = xpsnr.luma_frame_u16(Level::SCALAR, tight(&a, width, height), tight(&b, width, height));
                (luma, xpsnr.chroma_plane_u16(Level::SCALAR, tight(&ca, cw, ch), tight(&cb, cw, ch)))
            };
            let what = format!("{width}x{height} {bits} bits at {rate}, frame {time}");
            assert!((got as f64 - expected).abs() <= 0.6 + 1e-9 * expected, "{what}: {got}, expected {expected}");
            assert!(
                (chroma as f64 - chroma_expected).abs() <= 0.6 + 1e-9 * chroma_expected,
                "{what}, chroma: {chroma}"
            );
            let frame = pool.add(got);
            let peak = f64::from(max).powi(2) * (width * height) as f64;
            assert!((frame - 10.0 * (peak / expected).log10()).abs() < 1e-4, "{what}: {frame}");
            roots += expected.sqrt() / f64::from(frames);
            past = [a, std::mem::take(&mut past[0])];
            if time + 1 == frames {
                let pooled = pool.pooled();
                assert!((pooled - 10.0 * (peak / roots.powi(2)).log10()).abs() < 1e-4, "{what}: {pooled}");
            }
        }
    }
}

#[test]
fn equal_streams_have_an_infinite_xpsnr() {
    let samples = vec![77u8; 100 * 100];
    let plane = tight(&samples, 100, 100);
    let mut xpsnr = Xpsnr::new(100, 100, 8, 25.0);
    let mut pool = XpsnrPool::new(10_000, 255);
    for _ in 0..2 {
        assert_eq!(pool.add(xpsnr.luma_frame_u8(Level::SCALAR, plane, plane)), f64::INFINITY);
    }
    assert_eq!(pool.pooled(), f64::INFINITY);
    // One frame that differs: the mean of roots is below 1 over many frames, and the mean of dB infinite.
    assert!(pool.add(50_000).is_finite());
    assert!(pool.pooled().is_finite());
}
