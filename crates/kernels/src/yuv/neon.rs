//! 16 pixels at a time, even and odd ones apart as in `avx2.rs`; the interleaving stores do the rest.

use std::arch::aarch64::*;

use crate::aarch64::{load_i16, load_low_u8, load_two_u8, store_four_u8, store_three_u8};
use crate::{Chroma, Layout, PlaneMut};

use super::coefficients::{FRACTION, Fixed};
use super::fixed::{self, Row};
use super::picture::Yuv;
use super::{scalar, window, window_mut};

const STEP: usize = 16;

#[target_feature(enable = "neon")]
pub(super) fn picture(yuv: &Yuv<'_, u8>, k: &Fixed, chroma: Chroma, layout: Layout, to: PlaneMut<'_, u8>) {
    let one = |y: [&[u8]; 1], chroma: Row<'_>, to: [&mut [u8]; 1]| rows(k, layout, y, chroma, to);
    fixed::picture(yuv, chroma, to, one, |y, chroma, to| rows(k, layout, y, chroma, to));
}

#[target_feature(enable = "neon")]
fn rows<const ROWS: usize>(k: &Fixed, layout: Layout, y: [&[u8]; ROWS], chroma: Row<'_>, mut to: [&mut [u8]; ROWS]) {
    match layout {
        Layout::Rgb | Layout::Gray => order::<0, ROWS>(k, y, chroma, &mut to),
        Layout::Bgr => order::<1, ROWS>(k, y, chroma, &mut to),
        Layout::Rgba => order::<2, ROWS>(k, y, chroma, &mut to),
        Layout::Bgra => order::<3, ROWS>(k, y, chroma, &mut to),
    }
    scalar::rest(STEP, k, layout, y, chroma, to);
}

/// U of even and odd columns, V of even and odd columns: 8 bits above and 8 below the point, neutral is 0.
type Codes = [int16x8_t; 4];

#[inline]
#[target_feature(enable = "neon")]
fn code(codes: uint8x8_t) -> int16x8_t {
    let high = vshll_n_u8::<8>(codes);
    vreinterpretq_s16_u16(veorq_u16(high, vdupq_n_u16(0x8000)))
}

#[inline]
#[target_feature(enable = "neon")]
fn order<const ORDER: u8, const ROWS: usize>(k: &Fixed, y: [&[u8]; ROWS], chroma: Row<'_>, to: &mut [&mut [u8]; ROWS]) {
    match chroma {
        Row::Half { u, v } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| code(load_low_u8(window(row, x / 2))));
            [u, u, v, v]
        }),
        Row::HalfPairs { uv } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let uint8x8x2_t(u, v) = load_two_u8(window(uv, x));
            let (u, v) = (code(u), code(v));
            [u, u, v, v]
        }),
        Row::Full { u, v } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| load_two_u8(window(row, x)));
            [code(u.0), code(u.1), code(v.0), code(v.1)]
        }),
        Row::Split { u, v } => {
            steps::<ORDER, ROWS>(k, y, to, |x| [u[0], u[1], v[0], v[1]].map(|row| load_i16(window(row, x / 2))));
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn steps<const ORDER: u8, const ROWS: usize>(
    k: &Fixed,
    y: [&[u8]; ROWS],
    to: &mut [&mut [u8]; ROWS],
    codes: impl Fn(usize) -> Codes,
) {
    let bias = vdupq_n_s16(k.bias);
    for x in fixed::starts(y[0].len(), STEP) {
        let [u_even, u_odd, v_even, v_odd] = codes(x);
        let green = |u, v| vaddq_s16(vqrdmulhq_n_s16(u, k.gu), vqrdmulhq_n_s16(v, k.gv));
        let red = [v_even, v_odd].map(|v| vqrdmulhq_n_s16(v, k.rv));
        let blue = [u_even, u_odd].map(|u| vqrdmulhq_n_s16(u, k.bu));
        let green = [green(u_even, v_even), green(u_odd, v_odd)];
        for (y, to) in y.into_iter().zip(&mut *to) {
            let uint8x8x2_t(even, odd) = load_two_u8(window(y, x));
            let [even, odd] = [even, odd].map(|luma| vaddq_s16(vqrdmulhq_n_s16(code(luma), k.y), bias));
            let pack = |[even_colour, odd_colour]: [_; 2]| {
                let even = vqmovun_s16(vshrq_n_s16::<FRACTION>(vqaddq_s16(even, even_colour)));
                let odd = vqmovun_s16(vshrq_n_s16::<FRACTION>(vqaddq_s16(odd, odd_colour)));
                vcombine_u8(vzip1_u8(even, odd), vzip2_u8(even, odd))
            };
            let (r, g, b) = (pack(red), pack(green), pack(blue));
            match ORDER {
                0 => store_three_u8(window_mut(to, 3 * x), uint8x16x3_t(r, g, b)),
                1 => store_three_u8(window_mut(to, 3 * x), uint8x16x3_t(b, g, r)),
                2 => store_four_u8(window_mut(to, 4 * x), uint8x16x4_t(r, g, b, vdupq_n_u8(255))),
                _ => store_four_u8(window_mut(to, 4 * x), uint8x16x4_t(b, g, r, vdupq_n_u8(255))),
            }
        }
    }
}
