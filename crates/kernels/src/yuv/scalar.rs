//! One row of 8-bit pixels in plain Rust: the reference of the other levels.

use crate::{Chroma, Layout, PlaneMut};

use super::coefficients::{FRACTION, Fixed};
use super::fixed::{self, Row};
use super::picture::Yuv;

pub(super) fn picture(yuv: &Yuv<'_, u8>, k: &Fixed, chroma: Chroma, layout: Layout, to: PlaneMut<'_, u8>) {
    let one = |[y]: [&[u8]; 1], chroma: Row<'_>, [to]: [&mut [u8]; 1]| row(k, layout, y, chroma, to, 0);
    fixed::picture(yuv, chroma, to, one, |[upper, lower], chroma, [to_upper, to_lower]| {
        row(k, layout, upper, chroma, to_upper, 0);
        row(k, layout, lower, chroma, to_lower, 0);
    });
}

/// The pixels of a row from column `from` on.
pub(super) fn row(k: &Fixed, layout: Layout, y: &[u8], chroma: Row<'_>, to: &mut [u8], from: usize) {
    let samples = layout.samples();
    for (x, to) in to.chunks_exact_mut(samples).enumerate().skip(from) {
        let (u, v) = match chroma {
            Row::Half { u, v } => (code(u[x / 2]), code(v[x / 2])),
            Row::HalfPairs { uv } => (code(uv[x / 2 * 2]), code(uv[x / 2 * 2 + 1])),
            Row::Full { u, v } => (code(u[x]), code(v[x])),
            Row::Split { u, v } => (u[x % 2][x / 2], v[x % 2][x / 2]),
        };
        let [r, g, b] = pixel(k, y[x], u, v);
        match layout {
            Layout::Bgr => to.copy_from_slice(&[b, g, r]),
            Layout::Rgba => to.copy_from_slice(&[r, g, b, 255]),
            Layout::Bgra => to.copy_from_slice(&[b, g, r, 255]),
            Layout::Rgb | Layout::Gray => to.copy_from_slice(&[r, g, b]),
        }
    }
}

/// The pixels of the rows that [`fixed::starts`] leaves.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) fn rest<const ROWS: usize>(
    step: usize,
    k: &Fixed,
    layout: Layout,
    y: [&[u8]; ROWS],
    chroma: Row<'_>,
    to: [&mut [u8]; ROWS],
) {
    for (y, to) in y.into_iter().zip(to) {
        let done = if y.len() < step { 0 } else { y.len() & !1 };
        if done < y.len() {
            row(k, layout, y, chroma, to, done);
        }
    }
}

/// 8 bits above and 8 below the point, 0 for 128.
fn code(code: u8) -> i16 {
    (i16::from(code) - 128) << 8
}

fn pixel(k: &Fixed, y: u8, u: i16, v: i16) -> [u8; 3] {
    let product = |code: i16, factor: i16| cut((i32::from(code) * i32::from(factor) + (1 << 14)) >> 15);
    let y = product(code(y), k.y) + k.bias;
    [product(v, k.rv), product(u, k.gu) + product(v, k.gv), product(u, k.bu)]
        .map(|colour| clip(y.saturating_add(colour) >> FRACTION))
}

/// What [`Fixed`] makes fit.
#[expect(clippy::cast_possible_truncation, reason = "sums and products of these factors fit")]
fn cut(value: i32) -> i16 {
    value as i16
}

fn clip(value: i16) -> u8 {
    value.clamp(0, 255) as u8
}
