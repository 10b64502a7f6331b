//! The conversions in `f64`, from ITU-T H.273 (v4): 8.3 for the quantisation of luma and colour differences, table 4 for `KR` and
//! `KB`; and chroma by where its samples lie (figures 7-1 of H.264 and 6-4 of H.265).

#![expect(clippy::cast_possible_truncation, reason = "indices clamped to the picture")]

use transcode_kernels::{Chroma, Coding, Matrix, Range, Siting, Subsampling};

/// `KR`, `KB`, from table 4.
fn weights(matrix: Matrix) -> (f64, f64) {
    match matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
        Matrix::Bt2020 => (0.2627, 0.0593),
    }
}

/// Offset and extent of luma, then of the colour differences.
fn quantisation(coding: Coding) -> [f64; 4] {
    let unit = f64::from(coding.depth - 8).exp2();
    let all = f64::from(coding.depth).exp2() - 1.0;
    match coding.range {
        Range::Limited => [16.0 * unit, 219.0 * unit, 128.0 * unit, 224.0 * unit],
        Range::Full => [0.0, all, 128.0 * unit, all],
    }
}

/// R, G, B of 0 to 1, clipped.
pub(super) fn to_rgb(coding: Coding, y: f64, u: f64, v: f64) -> [f64; 3] {
    let (kr, kb) = weights(coding.matrix);
    let [black, luma, neutral, chroma] = quantisation(coding);
    let (y, pb, pr) = ((y - black) / luma, (u - neutral) / chroma, (v - neutral) / chroma);
    let r = y + 2.0 * (1.0 - kr) * pr;
    let b = y + 2.0 * (1.0 - kb) * pb;
    let g = (y - kr * r - kb * b) / (1.0 - kr - kb);
    [r, g, b].map(|value| value.clamp(0.0, 1.0))
}

/// Luma of 0 to 1, clipped.
pub(super) fn to_gray(coding: Coding, y: f64) -> f64 {
    let [black, luma, ..] = quantisation(coding);
    ((y - black) / luma).clamp(0.0, 1.0)
}

/// Y, U, V as codes, from R, G, B of 0 to 1.
pub(super) fn to_yuv(coding: Coding, [r, g, b]: [f64; 3]) -> [f64; 3] {
    let (kr, kb) = weights(coding.matrix);
    let [black, luma, neutral, chroma] = quantisation(coding);
    let y = kr * r + (1.0 - kr - kb) * g + kb * b;
    let (pb, pr) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
    let most = f64::from(coding.depth).exp2() - 1.0;
    [black + luma * y, neutral + chroma * pb, neutral + chroma * pr].map(|code| code.clamp(0.0, most))
}

/// Where chroma sample 0 lies among luma columns and rows.
fn origin(siting: Siting) -> (f64, f64) {
    match siting {
        Siting::Left => (0.0, 0.5),
        Siting::Center => (0.5, 0.5),
        Siting::TopLeft => (0.0, 0.0),
    }
}

fn halved(subsampling: Subsampling) -> (bool, bool) {
    match subsampling {
        Subsampling::Yuv420 => (true, true),
        Subsampling::Yuv422 => (true, false),
        Subsampling::Yuv444 => (false, false),
    }
}

/// The samples (of `count`) that make up the value at position `at`, with their weights: by distance, the edge repeated.
fn between(at: f64, count: usize) -> [(usize, f64); 2] {
    let last = count as f64 - 1.0;
    let (left, share) = (at.floor(), at - at.floor());
    [(left, 1.0 - share), (left + 1.0, share)].map(|(i, weight)| (i.clamp(0.0, last) as usize, weight))
}

/// Chroma at luma sample `x`, `y`; `size` is that of the chroma plane, which `at` reads.
pub(super) fn chroma_at(
    subsampling: Subsampling,
    chroma: Chroma,
    (x, y): (usize, usize),
    size: (usize, usize),
    at: impl Fn(usize, usize) -> f64,
) -> f64 {
    let (columns, rows) = halved(subsampling);
    let position = |halved: bool, luma: usize, origin: f64| match (halved, chroma) {
        (false, _) => luma as f64,
        (true, Chroma::Nearest) => (luma / 2) as f64,
        (true, Chroma::Linear(_)) => (luma as f64 - origin) / 2.0,
    };
    let (left, top) = match chroma {
        Chroma::Nearest => (0.0, 0.0),
        Chroma::Linear(siting) => origin(siting),
    };
    let (xs, ys) = (between(position(columns, x, left), size.0), between(position(rows, y, top), size.1));
    ys.iter().flat_map(|(y, wy)| xs.iter().map(|(x, wx)| at(*x, *y) * wx * wy).collect::<Vec<_>>()).sum()
}

/// RGB around chroma sample `x`, `y`: a triangle two luma samples wide to each side of a sample it lies on, the two samples that
/// it lies between elsewhere; the edge repeated. `size` is that of the luma plane, which `at` reads.
pub(super) fn average_at(
    subsampling: Subsampling,
    siting: Siting,
    (x, y): (usize, usize),
    size: (usize, usize),
    at: impl Fn(usize, usize) -> [f64; 3],
) -> [f64; 3] {
    let (columns, rows) = halved(subsampling);
    let taps = |halved: bool, chroma: usize, origin: f64, count: usize| -> Vec<(usize, f64)> {
        if !halved {
            return vec![(chroma, 1.0)];
        }
        let middle = 2.0 * chroma as f64 + origin;
        let candidates = (-1..=2).map(|i| 2.0 * chroma as f64 + f64::from(i));
        let weight = |at: f64| {
            let distance = (at - middle).abs();
            if origin == 0.0 { (1.0 - distance / 2.0).max(0.0) } else { f64::from(u8::from(distance < 1.0)) }
        };
        let total: f64 = candidates.clone().map(weight).sum();
        candidates.map(|at| (at.clamp(0.0, count as f64 - 1.0) as usize, weight(at) / total)).collect()
    };
    let (left, top) = origin(siting);
    let mut sum = [0.0; 3];
    for (row, wy) in taps(rows, y, top, size.1) {
        for &(column, wx) in &taps(columns, x, left, size.0) {
            let rgb = at(column, row);
            for i in 0..3 {
                sum[i] += rgb[i] * wx * wy;
            }
        }
    }
    sum
}
