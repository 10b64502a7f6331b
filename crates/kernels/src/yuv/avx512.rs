//! 64 pixels at a time, as in `avx2.rs`; a byte permutation over two vectors (VBMI) interleaves R, G and B. 1.2 to 1.35 times
//! as fast as AVX2 for nearest chroma at 1080p, and no quicker for linear, on a Zen 4 class CPU.

use std::arch::x86_64::*;

use crate::x86::{load256, load512, store512};
use crate::{Chroma, Layout, PlaneMut};

use super::coefficients::{FRACTION, Fixed};
use super::fixed::{self, Row};
use super::picture::Yuv;
use super::{avx2, scalar, window, window_mut};

const STEP: usize = 64;

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
pub(super) fn picture(yuv: &Yuv<'_, u8>, k: &Fixed, chroma: Chroma, layout: Layout, to: PlaneMut<'_, u8>) {
    if yuv.width() < STEP {
        return avx2::picture(yuv, k, chroma, layout, to);
    }
    let one = |y: [&[u8]; 1], chroma: Row<'_>, to: [&mut [u8]; 1]| rows(k, layout, y, chroma, to);
    fixed::picture(yuv, chroma, to, one, |y, chroma, to| rows(k, layout, y, chroma, to));
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
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
type Codes = [__m512i; 4];

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn order<const ORDER: u8, const ROWS: usize>(k: &Fixed, y: [&[u8]; ROWS], chroma: Row<'_>, to: &mut [&mut [u8]; ROWS]) {
    let sign = _mm512_set1_epi8(i8::MIN);
    let high = _mm512_set1_epi16(!0xFF);
    match chroma {
        Row::Half { u, v } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| {
                let codes = _mm512_cvtepu8_epi16(load256(window::<_, 32>(row, x / 2)));
                _mm512_xor_si512(_mm512_slli_epi16::<8>(codes), _mm512_set1_epi16(i16::MIN))
            });
            [u, u, v, v]
        }),
        Row::HalfPairs { uv } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let uv = _mm512_xor_si512(load512(window::<_, 64>(uv, x)), sign);
            let (u, v) = (_mm512_slli_epi16::<8>(uv), _mm512_and_si512(uv, high));
            [u, u, v, v]
        }),
        Row::Full { u, v } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| _mm512_xor_si512(load512(window::<_, 64>(row, x)), sign));
            [_mm512_slli_epi16::<8>(u), _mm512_and_si512(u, high), _mm512_slli_epi16::<8>(v), _mm512_and_si512(v, high)]
        }),
        Row::Split { u, v } => {
            steps::<ORDER, ROWS>(k, y, to, |x| {
                [u[0], u[1], v[0], v[1]].map(|row| load512(window::<_, 32>(row, x / 2)))
            });
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn steps<const ORDER: u8, const ROWS: usize>(
    k: &Fixed,
    y: [&[u8]; ROWS],
    to: &mut [&mut [u8]; ROWS],
    codes: impl Fn(usize) -> Codes,
) {
    let [ky, bias] = [k.y, k.bias].map(|k| _mm512_set1_epi16(k));
    let [rv, gu, gv, bu] = [k.rv, k.gu, k.gv, k.bu].map(|k| _mm512_set1_epi16(k));
    for x in fixed::starts(y[0].len(), STEP) {
        let [u_even, u_odd, v_even, v_odd] = codes(x);
        let green = |u, v| _mm512_add_epi16(_mm512_mulhrs_epi16(u, gu), _mm512_mulhrs_epi16(v, gv));
        let red = [v_even, v_odd].map(|v| _mm512_mulhrs_epi16(v, rv));
        let blue = [u_even, u_odd].map(|u| _mm512_mulhrs_epi16(u, bu));
        let green = [green(u_even, v_even), green(u_odd, v_odd)];
        for (y, to) in y.into_iter().zip(&mut *to) {
            let luma = _mm512_xor_si512(load512(window::<_, 64>(y, x)), _mm512_set1_epi8(i8::MIN));
            let even = _mm512_slli_epi16::<8>(luma);
            let odd = _mm512_and_si512(luma, _mm512_set1_epi16(!0xFF));
            let [even, odd] = [even, odd].map(|luma| _mm512_add_epi16(_mm512_mulhrs_epi16(luma, ky), bias));
            // Packing puts the eight even pixels of each quarter before its odd ones.
            let pack = |[even_colour, odd_colour]: [_; 2]| {
                let even = _mm512_srai_epi16::<{ FRACTION as u32 }>(_mm512_adds_epi16(even, even_colour));
                let odd = _mm512_srai_epi16::<{ FRACTION as u32 }>(_mm512_adds_epi16(odd, odd_colour));
                _mm512_packus_epi16(even, odd)
            };
            let (r, g, b) = (pack(red), pack(green), pack(blue));
            match ORDER {
                0 => three(r, g, b, window_mut(to, 3 * x)),
                1 => three(b, g, r, window_mut(to, 3 * x)),
                2 => four(r, g, b, window_mut(to, 4 * x)),
                _ => four(b, g, r, window_mut(to, 4 * x)),
            }
        }
    }
}

/// For byte `at` of pixels of `channels`: the byte of the packed vector of its channel; 64 more for the second channel, as the
/// permutation over two vectors counts. What belongs to neither of these two is overwritten.
#[expect(clippy::cast_possible_truncation, reason = "below 128")]
const fn places<const PARTS: usize>(channels: usize) -> [[u8; 64]; PARTS] {
    let mut to = [[0; 64]; PARTS];
    let mut at = 0;
    while at < 64 * PARTS {
        let (x, channel) = (at / channels, at % channels);
        let byte = x / 16 * 16 + x % 2 * 8 + x % 16 / 2;
        to[at / 64][at % 64] = (byte + if channel == 1 { 64 } else { 0 }) as u8;
        at += 1;
    }
    to
}

/// The bytes of each vector that belong to the third channel of three.
const fn third() -> [u64; 3] {
    let mut to = [0; 3];
    let mut at = 2;
    while at < 192 {
        to[at / 64] |= 1 << (at % 64);
        at += 3;
    }
    to
}

const THREE: [[u8; 64]; 3] = places(3);
const THIRD: [u64; 3] = third();
const FOUR: [[u8; 64]; 4] = places(4);

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn three(first: __m512i, second: __m512i, third: __m512i, to: &mut [u8; 192]) {
    for ((to, places), own) in to.as_chunks_mut::<64>().0.iter_mut().zip(&THREE).zip(THIRD) {
        let places = load512(places);
        let two = _mm512_permutex2var_epi8(first, places, second);
        store512(to, _mm512_mask_permutexvar_epi8(two, own, places, third));
    }
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn four(r: __m512i, g: __m512i, b: __m512i, to: &mut [u8; 256]) {
    let alpha = _mm512_set1_epi32(i32::from_ne_bytes([0, 0, 0, 0xFF]));
    for (to, places) in to.as_chunks_mut::<64>().0.iter_mut().zip(&FOUR) {
        let places = load512(places);
        let two = _mm512_permutex2var_epi8(r, places, g);
        let three = _mm512_mask_permutexvar_epi8(two, 0x4444_4444_4444_4444, places, b);
        store512(to, _mm512_or_si512(three, alpha));
    }
}
