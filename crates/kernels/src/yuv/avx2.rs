//! 32 pixels at a time.
//!
//! A 16-bit lane holds two neighbouring luma samples, so even and odd pixels are computed apart: no luma needs unpacking, a chroma
//! sample of a halved row meets its two pixels without being doubled, and the order comes back for free in the shuffle that
//! interleaves R, G and B.

use std::arch::x86_64::*;

use crate::x86::{load128, load256, store256};
use crate::{Chroma, Layout, PlaneMut};

use super::coefficients::{FRACTION, Fixed};
use super::fixed::{self, Row};
use super::picture::Yuv;
use super::{scalar, window, window_mut};

const STEP: usize = 32;

#[target_feature(enable = "avx2")]
pub(super) fn picture(yuv: &Yuv<'_, u8>, k: &Fixed, chroma: Chroma, layout: Layout, to: PlaneMut<'_, u8>) {
    let one = |y: [&[u8]; 1], chroma: Row<'_>, to: [&mut [u8]; 1]| rows(k, layout, y, chroma, to);
    fixed::picture(yuv, chroma, to, one, |y, chroma, to| rows(k, layout, y, chroma, to));
}

#[target_feature(enable = "avx2")]
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
type Codes = [__m256i; 4];

#[inline]
#[target_feature(enable = "avx2")]
fn order<const ORDER: u8, const ROWS: usize>(k: &Fixed, y: [&[u8]; ROWS], chroma: Row<'_>, to: &mut [&mut [u8]; ROWS]) {
    let sign = _mm256_set1_epi8(i8::MIN);
    let high = _mm256_set1_epi16(!0xFF);
    match chroma {
        Row::Half { u, v } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| {
                let codes = _mm256_cvtepu8_epi16(load128(window::<_, 16>(row, x / 2)));
                _mm256_xor_si256(_mm256_slli_epi16::<8>(codes), _mm256_set1_epi16(i16::MIN))
            });
            [u, u, v, v]
        }),
        Row::HalfPairs { uv } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let uv = _mm256_xor_si256(load256(window::<_, 32>(uv, x)), sign);
            let (u, v) = (_mm256_slli_epi16::<8>(uv), _mm256_and_si256(uv, high));
            [u, u, v, v]
        }),
        Row::Full { u, v } => steps::<ORDER, ROWS>(k, y, to, |x| {
            let [u, v] = [u, v].map(|row| _mm256_xor_si256(load256(window::<_, 32>(row, x)), sign));
            [_mm256_slli_epi16::<8>(u), _mm256_and_si256(u, high), _mm256_slli_epi16::<8>(v), _mm256_and_si256(v, high)]
        }),
        Row::Split { u, v } => {
            steps::<ORDER, ROWS>(k, y, to, |x| {
                [u[0], u[1], v[0], v[1]].map(|row| load256(window::<_, 16>(row, x / 2)))
            });
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn steps<const ORDER: u8, const ROWS: usize>(
    k: &Fixed,
    y: [&[u8]; ROWS],
    to: &mut [&mut [u8]; ROWS],
    codes: impl Fn(usize) -> Codes,
) {
    let [ky, bias] = [k.y, k.bias].map(|k| _mm256_set1_epi16(k));
    let [rv, gu, gv, bu] = [k.rv, k.gu, k.gv, k.bu].map(|k| _mm256_set1_epi16(k));
    for x in fixed::starts(y[0].len(), STEP) {
        let [u_even, u_odd, v_even, v_odd] = codes(x);
        let green = |u, v| _mm256_add_epi16(_mm256_mulhrs_epi16(u, gu), _mm256_mulhrs_epi16(v, gv));
        let red = [v_even, v_odd].map(|v| _mm256_mulhrs_epi16(v, rv));
        let blue = [u_even, u_odd].map(|u| _mm256_mulhrs_epi16(u, bu));
        let green = [green(u_even, v_even), green(u_odd, v_odd)];
        for (y, to) in y.into_iter().zip(&mut *to) {
            let luma = _mm256_xor_si256(load256(window::<_, 32>(y, x)), _mm256_set1_epi8(i8::MIN));
            let even = _mm256_slli_epi16::<8>(luma);
            let odd = _mm256_and_si256(luma, _mm256_set1_epi16(!0xFF));
            let [even, odd] = [even, odd].map(|luma| _mm256_add_epi16(_mm256_mulhrs_epi16(luma, ky), bias));
            // Packing puts the eight even pixels of each half before its odd ones.
            let pack = |[even_colour, odd_colour]: [_; 2]| {
                let even = _mm256_srai_epi16::<FRACTION>(_mm256_adds_epi16(even, even_colour));
                let odd = _mm256_srai_epi16::<FRACTION>(_mm256_adds_epi16(odd, odd_colour));
                _mm256_packus_epi16(even, odd)
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

/// Where pixel `x` of 16 lies after packing.
#[expect(clippy::cast_possible_truncation, reason = "below 16")]
const fn packed(x: usize) -> u8 {
    (x % 2 * 8 + x / 2) as u8
}

/// Puts the pixels of channel `channel` where one of the three vectors has their place: pixel `x` at byte `3 x + channel` of 48,
/// which no other pixel shares modulo 16.
const fn places(channel: usize) -> [u8; 32] {
    let mut to = [0; 32];
    let mut x = 0;
    while x < 16 {
        let at = (3 * x + channel) % 16;
        to[at] = packed(x);
        to[at + 16] = packed(x);
        x += 1;
    }
    to
}

/// The bytes of vector `part` of three that belong to `channel`.
pub(super) const fn owned(part: usize, channel: usize) -> [u8; 32] {
    let mut to = [0; 32];
    let mut at = 0;
    while at < 32 {
        if (16 * part + at % 16) % 3 == channel {
            to[at] = 0xFF;
        }
        at += 1;
    }
    to
}

const PLACES: [[u8; 32]; 3] = [places(0), places(1), places(2)];
const SECOND: [[u8; 32]; 3] = [owned(0, 1), owned(1, 1), owned(2, 1)];
const THIRD: [[u8; 32]; 3] = [owned(0, 2), owned(1, 2), owned(2, 2)];

#[inline]
#[target_feature(enable = "avx2")]
fn three(first: __m256i, second: __m256i, third: __m256i, to: &mut [u8; 96]) {
    let [first, second, third] =
        [(first, 0), (second, 1), (third, 2)].map(|(v, channel)| _mm256_shuffle_epi8(v, load256(&PLACES[channel])));
    // Each half of `parts[i]` is the i-th 16 bytes of the 48 of its 16 pixels.
    let parts = [0, 1, 2].map(|part| {
        let two = _mm256_blendv_epi8(first, second, load256(&SECOND[part]));
        _mm256_blendv_epi8(two, third, load256(&THIRD[part]))
    });
    let to = to.as_chunks_mut::<32>().0;
    store256(&mut to[0], _mm256_permute2x128_si256::<0x20>(parts[0], parts[1]));
    store256(&mut to[1], _mm256_permute2x128_si256::<0x30>(parts[2], parts[0]));
    store256(&mut to[2], _mm256_permute2x128_si256::<0x31>(parts[1], parts[2]));
}

#[inline]
#[target_feature(enable = "avx2")]
fn four(r: __m256i, g: __m256i, b: __m256i, to: &mut [u8; 128]) {
    let alpha = _mm256_set1_epi8(-1);
    // Even and odd pixels of each half, eight of each: [r g] and [b a] pairs, then pixels.
    let (rg_even, rg_odd) = (_mm256_unpacklo_epi8(r, g), _mm256_unpackhi_epi8(r, g));
    let (ba_even, ba_odd) = (_mm256_unpacklo_epi8(b, alpha), _mm256_unpackhi_epi8(b, alpha));
    let even = [_mm256_unpacklo_epi16(rg_even, ba_even), _mm256_unpackhi_epi16(rg_even, ba_even)];
    let odd = [_mm256_unpacklo_epi16(rg_odd, ba_odd), _mm256_unpackhi_epi16(rg_odd, ba_odd)];
    let quads = [
        _mm256_unpacklo_epi32(even[0], odd[0]),
        _mm256_unpackhi_epi32(even[0], odd[0]),
        _mm256_unpacklo_epi32(even[1], odd[1]),
        _mm256_unpackhi_epi32(even[1], odd[1]),
    ];
    let to = to.as_chunks_mut::<32>().0;
    store256(&mut to[0], _mm256_permute2x128_si256::<0x20>(quads[0], quads[1]));
    store256(&mut to[1], _mm256_permute2x128_si256::<0x20>(quads[2], quads[3]));
    store256(&mut to[2], _mm256_permute2x128_si256::<0x31>(quads[0], quads[1]));
    store256(&mut to[3], _mm256_permute2x128_si256::<0x31>(quads[2], quads[3]));
}
