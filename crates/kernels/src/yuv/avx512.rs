//! 64 pixels at a time, as in `avx2.rs`; a byte permutation over two vectors (VBMI) interleaves R, G and B. 1.2 to 1.35 times
//! as fast as AVX2 for nearest chroma at 1080p, and no quicker for linear, on a Zen 4 class CPU.

use std::arch::x86_64::*;

use crate::x86::{load128, load256, load512, store256, store512};
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
    let halved = |codes: __m256i| {
        let codes = _mm512_cvtepu8_epi16(codes);
        _mm512_xor_si512(_mm512_slli_epi16::<8>(codes), _mm512_set1_epi16(i16::MIN))
    };
    let apart = |codes: __m512i| {
        let codes = _mm512_xor_si512(codes, sign);
        (_mm512_slli_epi16::<8>(codes), _mm512_and_si512(codes, high))
    };
    let both = |half: __m256i| _mm512_broadcast_i64x4(half);
    match chroma {
        Row::Half { u, v } => {
            let codes = |x| {
                let [u, v] = [u, v].map(|row| halved(load256(window::<_, 32>(row, x / 2))));
                [u, u, v, v]
            };
            let shared = |x| {
                let [u, v] = [u, v].map(|row| {
                    let codes = load128(window::<_, 16>(row, x / 2));
                    halved(_mm256_set_m128i(codes, codes))
                });
                [u, u, v, v]
            };
            steps::<ORDER, ROWS>(k, y, to, codes, shared);
        }
        Row::HalfPairs { uv } => {
            let codes = |x| {
                let (u, v) = apart(load512(window::<_, 64>(uv, x)));
                [u, u, v, v]
            };
            let shared = |x| {
                let (u, v) = apart(both(load256(window::<_, 32>(uv, x))));
                [u, u, v, v]
            };
            steps::<ORDER, ROWS>(k, y, to, codes, shared);
        }
        Row::Full { u, v } => {
            let codes = |x| {
                let [(u, w), (v, z)] = [u, v].map(|row| apart(load512(window::<_, 64>(row, x))));
                [u, w, v, z]
            };
            let shared = |x| {
                let [(u, w), (v, z)] = [u, v].map(|row| apart(both(load256(window::<_, 32>(row, x)))));
                [u, w, v, z]
            };
            steps::<ORDER, ROWS>(k, y, to, codes, shared);
        }
        Row::Split { u, v } => {
            let codes = |x| [u[0], u[1], v[0], v[1]].map(|row| load512(window::<_, 32>(row, x / 2)));
            let shared = |x| [u[0], u[1], v[0], v[1]].map(|row| both(load256(window::<_, 16>(row, x / 2))));
            steps::<ORDER, ROWS>(k, y, to, codes, shared);
        }
    }
}

/// `codes` are of 64 columns, `shared` twice those of 32.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn steps<const ORDER: u8, const ROWS: usize>(
    k: &Fixed,
    y: [&[u8]; ROWS],
    to: &mut [&mut [u8]; ROWS],
    codes: impl Fn(usize) -> Codes,
    shared: impl Fn(usize) -> Codes,
) {
    let [ky, bias] = [k.y, k.bias].map(|k| _mm512_set1_epi16(k));
    let [rv, gu, gv, bu] = [k.rv, k.gu, k.gv, k.bu].map(|k| _mm512_set1_epi16(k));
    // Even and odd columns.
    let colours = |[u_even, u_odd, v_even, v_odd]: Codes| {
        let green = |u, v| _mm512_add_epi16(_mm512_mulhrs_epi16(u, gu), _mm512_mulhrs_epi16(v, gv));
        let red = [v_even, v_odd].map(|v| _mm512_mulhrs_epi16(v, rv));
        let blue = [u_even, u_odd].map(|u| _mm512_mulhrs_epi16(u, bu));
        [red, [green(u_even, v_even), green(u_odd, v_odd)], blue]
    };
    let pixels = |luma: __m512i, colours: [[__m512i; 2]; 3]| {
        let luma = _mm512_xor_si512(luma, _mm512_set1_epi8(i8::MIN));
        let even = _mm512_slli_epi16::<8>(luma);
        let odd = _mm512_and_si512(luma, _mm512_set1_epi16(!0xFF));
        let [even, odd] = [even, odd].map(|luma| _mm512_add_epi16(_mm512_mulhrs_epi16(luma, ky), bias));
        // Packing puts the eight even pixels of each quarter before its odd ones.
        colours.map(|[even_colour, odd_colour]| {
            let even = _mm512_srai_epi16::<{ FRACTION as u32 }>(_mm512_adds_epi16(even, even_colour));
            let odd = _mm512_srai_epi16::<{ FRACTION as u32 }>(_mm512_adds_epi16(odd, odd_colour));
            _mm512_packus_epi16(even, odd)
        })
    };
    let width = y[0].len();
    let (even, beyond) = (width & !1, width & !1 & (STEP - 1));
    // What is left of two rows fits one vector.
    let together = ROWS == 2 && beyond > 0 && beyond <= STEP / 2;
    let stepped = if together { even - beyond } else { even };
    for x in fixed::starts(stepped, STEP) {
        let colours = colours(codes(x));
        for (y, to) in y.into_iter().zip(&mut *to) {
            let [r, g, b] = pixels(load512(window::<_, 64>(y, x)), colours);
            match ORDER {
                0 => store_three(three(r, g, b), window_mut(to, 3 * x)),
                1 => store_three(three(b, g, r), window_mut(to, 3 * x)),
                2 => store_four(four(r, g, b), window_mut(to, 4 * x)),
                _ => store_four(four(b, g, r), window_mut(to, 4 * x)),
            }
        }
    }
    if !together {
        return;
    }
    let x = even - STEP / 2;
    if let ([y, y_below], [to, to_below]) = (&y[..], &mut to[..]) {
        let luma = load256(window::<_, 32>(y, x));
        let luma = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(luma), load256(window::<_, 32>(y_below, x)));
        let [r, g, b] = pixels(luma, colours(shared(x)));
        match ORDER {
            0 => share_three(three(r, g, b), window_mut(to, 3 * x), window_mut(to_below, 3 * x)),
            1 => share_three(three(b, g, r), window_mut(to, 3 * x), window_mut(to_below, 3 * x)),
            2 => share_four(four(r, g, b), window_mut(to, 4 * x), window_mut(to_below, 4 * x)),
            _ => share_four(four(b, g, r), window_mut(to, 4 * x), window_mut(to_below, 4 * x)),
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
fn three(first: __m512i, second: __m512i, third: __m512i) -> [__m512i; 3] {
    [0, 1, 2].map(|part| {
        let places = load512(&THREE[part]);
        let two = _mm512_permutex2var_epi8(first, places, second);
        _mm512_mask_permutexvar_epi8(two, THIRD[part], places, third)
    })
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn store_three(parts: [__m512i; 3], to: &mut [u8; 192]) {
    for (to, part) in to.as_chunks_mut::<64>().0.iter_mut().zip(parts) {
        store512(to, part);
    }
}

/// The first half of the pixels to one row, the second to another.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn share_three([first, middle, last]: [__m512i; 3], to: &mut [u8; 96], below: &mut [u8; 96]) {
    store512(window_mut::<_, 64>(to, 0), first);
    store256(window_mut::<_, 32>(to, 64), _mm512_castsi512_si256(middle));
    store256(window_mut::<_, 32>(below, 0), _mm512_extracti64x4_epi64::<1>(middle));
    store512(window_mut::<_, 64>(below, 32), last);
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn four(r: __m512i, g: __m512i, b: __m512i) -> [__m512i; 4] {
    let alpha = _mm512_set1_epi32(i32::from_ne_bytes([0, 0, 0, 0xFF]));
    [0, 1, 2, 3].map(|part| {
        let places = load512(&FOUR[part]);
        let two = _mm512_permutex2var_epi8(r, places, g);
        let three = _mm512_mask_permutexvar_epi8(two, 0x4444_4444_4444_4444, places, b);
        _mm512_or_si512(three, alpha)
    })
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn store_four(parts: [__m512i; 4], to: &mut [u8; 256]) {
    for (to, part) in to.as_chunks_mut::<64>().0.iter_mut().zip(parts) {
        store512(to, part);
    }
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn share_four(parts: [__m512i; 4], to: &mut [u8; 128], below: &mut [u8; 128]) {
    let both = to.as_chunks_mut::<64>().0.iter_mut().chain(below.as_chunks_mut::<64>().0);
    for (to, part) in both.zip(parts) {
        store512(to, part);
    }
}
