//! 32 pixels at a time apart and to luma, 16 samples of chroma at a time from the rows of R, G and B that this leaves.

use std::arch::x86_64::*;

use crate::Layout;
use crate::x86::{load128, load256, store128, store256};
use crate::yuv::avx2::owned;
use crate::yuv::coefficients::FRACTION;
use crate::yuv::picture::Pair;
use crate::yuv::{window, window_mut};

use super::{Encode8, Mix, Rgb, Sources, Spots, Target};

const STEP: usize = 32;

/// Samples of chroma of a step.
const HALF: usize = STEP / 2;

/// Whether [`picture`] holds this picture: the others have no quicker way than the compiler's.
pub(super) fn holds(work: &Encode8<'_>) -> bool {
    work.layout != Layout::Gray && work.to.subsampling.halves_columns() && work.to.y.width() >= STEP
}

#[target_feature(enable = "avx2")]
pub(super) fn picture(work: Encode8<'_>) {
    super::run(
        work,
        |layout, mix, from, to, luma| match layout {
            Layout::Rgb | Layout::Gray => take(mix, from, to, luma, |pixels| three(pixels)),
            Layout::Bgr => take(mix, from, to, luma, |pixels| reversed(three(pixels))),
            Layout::Rgba => take(mix, from, to, luma, |pixels| four(pixels)),
            Layout::Bgra => take(mix, from, to, luma, |pixels| reversed(four(pixels))),
        },
        |spots, sources, target| make(spots, sources, target),
    );
}

/// Where steps begin: the last may overlap the one before, which writes the same again.
#[inline(always)]
fn starts(length: usize, step: usize) -> impl Iterator<Item = usize> {
    (0..length.div_ceil(step)).map(move |i| (i * step).min(length - step))
}

/// `BYTES` hold 32 pixels, of which `apart` gives R, G and B.
#[inline]
#[target_feature(enable = "avx2")]
fn take<const BYTES: usize>(
    mix: Mix,
    from: &[u8],
    [r, g, b]: &mut Rgb<u8>,
    luma: &mut [u8],
    apart: impl Fn(&[u8; BYTES]) -> [__m256i; 3],
) {
    let (bias, [kr, kg, kb]) = vectors(mix);
    let zero = _mm256_setzero_si256();
    let step =
        |from: &[u8; BYTES], r: &mut [u8; STEP], g: &mut [u8; STEP], b: &mut [u8; STEP], luma: &mut [u8; STEP]| {
            let [red, green, blue] = apart(from);
            store256(r, red);
            store256(g, green);
            store256(b, blue);
            // 7 bits below the point.
            let low = |samples| _mm256_srli_epi16::<1>(_mm256_unpacklo_epi8(zero, samples));
            let high = |samples| _mm256_srli_epi16::<1>(_mm256_unpackhi_epi8(zero, samples));
            let sum = |red, green, blue| {
                let sum = _mm256_add_epi16(bias, _mm256_mulhrs_epi16(red, kr));
                let others = _mm256_add_epi16(_mm256_mulhrs_epi16(green, kg), _mm256_mulhrs_epi16(blue, kb));
                _mm256_srai_epi16::<FRACTION>(_mm256_add_epi16(sum, others))
            };
            let codes =
                _mm256_packus_epi16(sum(low(red), low(green), low(blue)), sum(high(red), high(green), high(blue)));
            store256(luma, codes);
        };
    let width = luma.len();
    let [r, g, b] = [&mut r[1..=width], &mut g[1..=width], &mut b[1..=width]];
    let rows = r.as_chunks_mut().0.iter_mut().zip(g.as_chunks_mut().0).zip(b.as_chunks_mut().0);
    let pixels = from.as_chunks().0.iter().zip(luma.as_chunks_mut().0);
    for ((from, luma), ((r, g), b)) in pixels.zip(rows) {
        step(from, r, g, b, luma);
    }
    // The last pixels, most of them once more.
    if let (false, Some(from), Some(r), Some(g), Some(b), Some(luma)) = (
        width.is_multiple_of(STEP),
        from.last_chunk(),
        r.last_chunk_mut(),
        g.last_chunk_mut(),
        b.last_chunk_mut(),
        luma.last_chunk_mut(),
    ) {
        step(from, r, g, b, luma);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn vectors(mix: Mix) -> (__m256i, [__m256i; 3]) {
    let [a, b, c] = mix.factors;
    (_mm256_set1_epi16(mix.bias), [_mm256_set1_epi16(a), _mm256_set1_epi16(b), _mm256_set1_epi16(c)])
}

#[inline]
#[target_feature(enable = "avx2")]
fn reversed([first, second, third]: [__m256i; 3]) -> [__m256i; 3] {
    [third, second, first]
}

/// Where channel `channel` of pixel `x` of 16 lies, modulo 16: no other pixel's lies there.
#[expect(clippy::cast_possible_truncation, reason = "below 16")]
const fn places(channel: usize) -> [u8; 32] {
    let mut from = [0; 32];
    let mut x = 0;
    while x < 32 {
        from[x] = ((3 * (x % 16) + channel) % 16) as u8;
        x += 1;
    }
    from
}

const PLACES: [[u8; 32]; 3] = [places(0), places(1), places(2)];
const SECOND: [[u8; 32]; 3] = [owned(1, 0), owned(1, 1), owned(1, 2)];
const THIRD: [[u8; 32]; 3] = [owned(2, 0), owned(2, 1), owned(2, 2)];

/// The channels of 32 pixels of three.
#[inline]
#[target_feature(enable = "avx2")]
fn three(from: &[u8; 96]) -> [__m256i; 3] {
    let from = from.as_chunks::<16>().0;
    // Each half has the i-th 16 bytes of the 48 of its 16 pixels.
    let part = |i: usize| _mm256_set_m128i(load128(&from[3 + i]), load128(&from[i]));
    let (first, second, third) = (part(0), part(1), part(2));
    let channel = |i: usize| {
        let two = _mm256_blendv_epi8(first, second, load256(&SECOND[i]));
        _mm256_shuffle_epi8(_mm256_blendv_epi8(two, third, load256(&THIRD[i])), load256(&PLACES[i]))
    };
    [channel(0), channel(1), channel(2)]
}

/// The first three channels of 32 pixels of four.
#[inline]
#[target_feature(enable = "avx2")]
fn four(from: &[u8; 128]) -> [__m256i; 3] {
    let from = from.as_chunks::<16>().0;
    let apart = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    // Each half has four of its 16 pixels, four bytes a channel.
    let part = |i: usize| _mm256_shuffle_epi8(_mm256_set_m128i(load128(&from[4 + i]), load128(&from[i])), apart);
    let (a, b, c, d) = (part(0), part(1), part(2), part(3));
    let (low, low_end) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
    let (high, high_end) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
    [_mm256_unpacklo_epi64(low, low_end), _mm256_unpackhi_epi64(low, low_end), _mm256_unpacklo_epi64(high, high_end)]
}

#[target_feature(enable = "avx2")]
fn make(spots: &Spots, sources: Sources<'_>, target: Target<'_>) {
    let Sources { above, own, below } = sources;
    match (above, below, spots.around) {
        (Some(above), Some(below), _) => write(spots, target, |channel, x| {
            let outer = _mm256_add_epi16(around(&above[channel], x), around(&below[channel], x));
            let own = around(&own[channel], x);
            _mm256_add_epi16(outer, _mm256_add_epi16(own, own))
        }),
        (_, Some(below), true) => {
            write(spots, target, |channel, x| _mm256_add_epi16(around(&own[channel], x), around(&below[channel], x)));
        }
        (_, Some(below), false) => {
            write(spots, target, |channel, x| _mm256_add_epi16(pairs(&own[channel], x), pairs(&below[channel], x)));
        }
        (_, None, true) => write(spots, target, |channel, x| around(&own[channel], x)),
        (_, None, false) => write(spots, target, |channel, x| pairs(&own[channel], x)),
    }
}

/// Columns 1 1 from each even one on, of 32 from `x`.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs(row: &[u8], x: usize) -> __m256i {
    _mm256_maddubs_epi16(load256(window::<_, STEP>(row, 1 + x)), _mm256_set1_epi8(1))
}

/// Columns 1 2 1 around each even one.
#[inline]
#[target_feature(enable = "avx2")]
fn around(row: &[u8], x: usize) -> __m256i {
    let own = _mm256_maddubs_epi16(load256(window::<_, STEP>(row, 1 + x)), _mm256_set1_epi16(0x0102));
    let before = _mm256_and_si256(load256(window::<_, STEP>(row, x)), _mm256_set1_epi16(0xFF));
    _mm256_add_epi16(own, before)
}

/// A row of chroma of what `sums` gives of a channel, for 32 columns from one on.
#[inline]
#[target_feature(enable = "avx2")]
fn write(spots: &Spots, mut target: Target<'_>, sums: impl Fn(usize, usize) -> __m256i) {
    let up = _mm_cvtsi32_si128(spots.up.cast_signed());
    let (u, v) = (vectors(spots.u), vectors(spots.v));
    // The first less the others.
    let code = |(bias, [ka, kb, kc]): (__m256i, [__m256i; 3]), a, b, c| {
        let first = _mm256_add_epi16(bias, _mm256_mulhrs_epi16(a, ka));
        let others = _mm256_add_epi16(_mm256_mulhrs_epi16(b, kb), _mm256_mulhrs_epi16(c, kc));
        _mm256_srai_epi16::<FRACTION>(_mm256_sub_epi16(first, others))
    };
    let length = match &target {
        Pair::Planar(u, _) => u.len(),
        Pair::Interleaved(uv) => uv.len() / 2,
    };
    for x in starts(length, HALF) {
        let wide = |channel| _mm256_sll_epi16(sums(channel, 2 * x), up);
        let (r, g, b) = (wide(0), wide(1), wide(2));
        // Eight of U and eight of V in each half.
        let codes = _mm256_packus_epi16(code(u, b, r, g), code(v, r, g, b));
        match &mut target {
            Pair::Planar(u, v) => {
                let codes = _mm256_permute4x64_epi64::<0b11_01_10_00>(codes);
                store128(window_mut::<_, HALF>(u, x), _mm256_castsi256_si128(codes));
                store128(window_mut::<_, HALF>(v, x), _mm256_extracti128_si256::<1>(codes));
            }
            Pair::Interleaved(uv) => {
                let turns = _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
                let codes = _mm256_shuffle_epi8(codes, _mm256_broadcastsi128_si256(turns));
                store256(window_mut::<_, STEP>(uv, 2 * x), codes);
            }
        }
    }
}
