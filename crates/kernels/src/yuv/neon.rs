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
pub(super) fn picture(yuv: &Yuv<'_, u8>, k: &Fixed, chroma: Chroma, layout: Layout, mut to: PlaneMut<'_, u8>) {
    fixed::rows(yuv, chroma, &mut to, |y, chroma, to| row(k, layout, y, chroma, to));
}

#[target_feature(enable = "neon")]
fn row(k: &Fixed, layout: Layout, y: &[u8], chroma: Row<'_>, to: &mut [u8]) {
    match layout {
        Layout::Rgb | Layout::Gray => order::<0>(k, y, chroma, to),
        Layout::Bgr => order::<1>(k, y, chroma, to),
        Layout::Rgba => order::<2>(k, y, chroma, to),
    }
    let done = if y.len() < STEP { 0 } else { y.len() & !1 };
    if done < y.len() {
        scalar::row(k, layout, y, chroma, to, done);
    }
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
fn order<const ORDER: u8>(k: &Fixed, y: &[u8], chroma: Row<'_>, to: &mut [u8]) {
    match chroma {
        Row::Half { u, v } => steps::<ORDER>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| code(load_low_u8(window(row, x / 2))));
            [u, u, v, v]
        }),
        Row::HalfPairs { uv } => steps::<ORDER>(k, y, to, |x| {
            let uint8x8x2_t(u, v) = load_two_u8(window(uv, x));
            let (u, v) = (code(u), code(v));
            [u, u, v, v]
        }),
        Row::Full { u, v } => steps::<ORDER>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| load_two_u8(window(row, x)));
            [code(u.0), code(u.1), code(v.0), code(v.1)]
        }),
        Row::Split { u, v } => {
            steps::<ORDER>(k, y, to, |x| [u[0], u[1], v[0], v[1]].map(|row| load_i16(window(row, x / 2))));
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn steps<const ORDER: u8>(k: &Fixed, y: &[u8], to: &mut [u8], codes: impl Fn(usize) -> Codes) {
    let bias = vdupq_n_s16(k.bias);
    for x in fixed::starts(y.len(), STEP) {
        let uint8x8x2_t(even, odd) = load_two_u8(window(y, x));
        let [even, odd] = [even, odd].map(|luma| vaddq_s16(vqrdmulhq_n_s16(code(luma), k.y), bias));
        let [u_even, u_odd, v_even, v_odd] = codes(x);
        let pack = |even_colour, odd_colour| {
            let even = vqmovun_s16(vshrq_n_s16::<FRACTION>(vqaddq_s16(even, even_colour)));
            let odd = vqmovun_s16(vshrq_n_s16::<FRACTION>(vqaddq_s16(odd, odd_colour)));
            vcombine_u8(vzip1_u8(even, odd), vzip2_u8(even, odd))
        };
        let green = |u, v| vaddq_s16(vqrdmulhq_n_s16(u, k.gu), vqrdmulhq_n_s16(v, k.gv));
        let r = pack(vqrdmulhq_n_s16(v_even, k.rv), vqrdmulhq_n_s16(v_odd, k.rv));
        let g = pack(green(u_even, v_even), green(u_odd, v_odd));
        let b = pack(vqrdmulhq_n_s16(u_even, k.bu), vqrdmulhq_n_s16(u_odd, k.bu));
        match ORDER {
            0 => store_three_u8(window_mut(to, 3 * x), uint8x16x3_t(r, g, b)),
            1 => store_three_u8(window_mut(to, 3 * x), uint8x16x3_t(b, g, r)),
            _ => store_four_u8(window_mut(to, 4 * x), uint8x16x4_t(r, g, b, vdupq_n_u8(255))),
        }
    }
}
