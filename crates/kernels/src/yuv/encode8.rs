//! 8-bit RGB to 8-bit YUV in fixed point of 16 bits: the quick way of [`super::rgb8_to_yuv`].
//!
//! [`run`] goes from row to row; what is done to a row is plain loops that [`crate::compiled`] turns into vectors, or written
//! by hand where the halved chroma of interleaved pixels is worth it.

#[cfg(target_arch = "x86_64")]
mod avx2;

use crate::compiled::{self, Body};
#[cfg(target_arch = "x86_64")]
use crate::level::Isa;
use crate::{Layout, Level, Plane, Siting};

use super::Coding;
use super::coefficients::{FRACTION, FromRgb, Quantisation};
use super::encode::split;
use super::picture::{Pair, YuvMut};

/// Factors of 14 bits below the point, and what starts a sum of 6 bits below the point.
///
/// A factor is wrong by 2^-15 x 255 at most and a product by half of 2^-6: with three of each, less than 0.05 of a step.
#[derive(Clone, Copy)]
struct Mix {
    factors: [i16; 3],
    bias: i16,
}

impl Mix {
    #[expect(clippy::cast_possible_truncation, reason = "all below 2^15")]
    fn new(factors: [f64; 3], offset: i32) -> Self {
        let one = f64::from(1 << FRACTION);
        Self {
            // A factor is one of codes for 0 to 1, which 255 stands for.
            factors: factors.map(|factor| (factor.abs() / 255.0 * one * 256.0).round() as i16),
            bias: (f64::from(offset) * one + 0.5 * one) as i16,
        }
    }

    #[inline(always)]
    fn sum(self, a: i16, b: i16, c: i16) -> u8 {
        let [ka, kb, kc] = self.factors;
        code(self.bias.wrapping_add(product(a, ka)).wrapping_add(product(b, kb)).wrapping_add(product(c, kc)))
    }

    /// The first less the others.
    #[inline(always)]
    fn difference(self, a: i16, b: i16, c: i16) -> u8 {
        let [ka, kb, kc] = self.factors;
        code(self.bias.wrapping_add(product(a, ka)).wrapping_sub(product(b, kb)).wrapping_sub(product(c, kc)))
    }
}

/// A sample with 7 bits below the point, times a factor, rounded: one instruction on most CPUs.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the product of two below 1, with 15 bits below the point")]
fn product(sample: i16, factor: i16) -> i16 {
    ((i32::from(sample) * i32::from(factor) + (1 << 14)) >> 15) as i16
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped to what is above 0")]
fn code(sum: i16) -> u8 {
    (sum >> FRACTION).clamp(0, 255) as u8
}

/// Rows of R, G and B, with the edge repeated once on the left and twice on the right.
type Rgb<T> = [Vec<T>; 3];

fn rgb<T: Clone + Default>(width: usize) -> Rgb<T> {
    std::array::from_fn(|_| vec![T::default(); width + 3])
}

#[inline(always)]
fn repeat_edges(rows: &mut Rgb<u8>, width: usize) {
    for row in rows {
        row[0] = row[1];
        row[width + 1] = row[width];
        row[width + 2] = row[width];
    }
}

#[inline(always)]
fn take(layout: Layout, mix: Mix, from: &[u8], [r, g, b]: &mut Rgb<u8>, to: &mut [u8]) {
    let [r, g, b] = [r, g, b].map(|row| &mut row[1..=to.len()]);
    split(layout, from, [&mut *r, &mut *g, &mut *b], |sample| sample);
    let up = |sample: u8| i16::from(sample) << 7;
    for (to, ((r, g), b)) in to.iter_mut().zip(r.iter().zip(g).zip(b)) {
        *to = mix.sum(up(*r), up(*g), up(*b));
    }
}

/// Sums of rows: `above`, twice `own`, `below`; or the last two once each; or `own` alone.
#[inline(always)]
fn add(to: &mut Rgb<i16>, Sources { above, own, below }: Sources<'_>) {
    for (i, to) in to.iter_mut().enumerate() {
        let own = own[i].iter().map(|sample| i16::from(*sample));
        match (above, below) {
            (Some(above), Some(below)) => {
                for (((to, own), above), below) in to.iter_mut().zip(own).zip(&above[i]).zip(&below[i]) {
                    *to = 2 * own + i16::from(*above) + i16::from(*below);
                }
            }
            (None, Some(below)) => {
                for ((to, own), below) in to.iter_mut().zip(own).zip(&below[i]) {
                    *to = own + i16::from(*below);
                }
            }
            _ => to.iter_mut().zip(own).for_each(|(to, own)| *to = own),
        }
    }
}

/// Sums of columns, 1 1 from each even one on or 1 2 1 around it, or every column as it is; then 7 bits below the point.
#[inline(always)]
fn columns(from: &[i16], spots: &Spots, to: &mut [i16]) {
    let Spots { halved, around, up, .. } = *spots;
    let own = from[1..].as_chunks::<2>().0;
    if !halved {
        to.iter_mut().zip(&from[1..]).for_each(|(to, own)| *to = own << up);
    } else if around {
        for ((to, own), before) in to.iter_mut().zip(own).zip(from.as_chunks::<2>().0) {
            *to = (before[0] + own[1] + 2 * own[0]) << up;
        }
    } else {
        to.iter_mut().zip(own).for_each(|(to, own)| *to = (own[0] + own[1]) << up);
    }
}

pub(super) struct Encode8<'a> {
    pub(super) layout: Layout,
    pub(super) from: Plane<'a, u8>,
    pub(super) coding: Coding,
    pub(super) siting: Siting,
    pub(super) to: YuvMut<'a, u8>,
}

impl Encode8<'_> {
    /// The picture is not empty, and both are of one size.
    pub(super) fn at(self, level: Level) {
        match level.isa() {
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::Avx512 if avx2::holds(&self) => unsafe { avx2::picture(self) },
            _ => compiled::run(level, self),
        }
    }
}

/// How pixels become chroma.
#[derive(Clone, Copy)]
struct Spots {
    u: Mix,
    v: Mix,
    halved: bool,
    /// Columns are weighed 1 2 1, not 1 1.
    around: bool,
    /// From sums of pixels to 7 bits below the point.
    up: u32,
}

impl Spots {
    /// U and V of what was summed.
    #[inline(always)]
    fn codes(self, r: i16, g: i16, b: i16) -> [u8; 2] {
        [self.u.difference(b, r, g), self.v.difference(r, g, b)]
    }
}

/// The rows of pixels that make one of chroma: see [`add`].
#[derive(Clone, Copy)]
struct Sources<'a> {
    above: Option<&'a Rgb<u8>>,
    own: &'a Rgb<u8>,
    below: Option<&'a Rgb<u8>>,
}

/// A row of chroma.
type Target<'a> = Pair<&'a mut [u8]>;

/// `take` sets a row of pixels apart and writes their luma, `make` writes a row of chroma.
#[inline(always)]
fn run(
    work: Encode8<'_>,
    take: impl Fn(Layout, Mix, &[u8], &mut Rgb<u8>, &mut [u8]),
    mut make: impl FnMut(&Spots, Sources<'_>, Target<'_>),
) {
    let Encode8 { layout, from, coding, siting, mut to } = work;
    let (width, height) = (to.y.width(), to.y.height());
    let (halved, rows) = (to.subsampling.halves_columns(), to.subsampling.halves_rows());
    let around = halved && siting != Siting::Center;
    let around_rows = rows && siting == Siting::TopLeft;
    let bits = |halved: bool, around: bool| if !halved { 0 } else { 1 + u32::from(around) };
    let up = 7 - bits(halved, around) - bits(rows, around_rows);
    let quantisation = Quantisation::new(coding);
    let k = FromRgb::new(coding.matrix, quantisation);
    let luma = Mix::new(k.y, quantisation.black);
    let spots = Spots {
        u: Mix::new([k.u[2], k.u[0], k.u[1]], quantisation.neutral),
        v: Mix::new(k.v, quantisation.neutral),
        halved,
        around,
        up,
    };
    let (mut above, mut upper, mut lower) = (rgb::<u8>(width), rgb::<u8>(width), rgb::<u8>(width));
    for (row, y) in (0..height).step_by(if rows { 2 } else { 1 }).enumerate() {
        // The row above is the lower one of the step before.
        std::mem::swap(&mut above, &mut lower);
        take(layout, luma, from.row(y), &mut upper, to.y.row_mut(y));
        repeat_edges(&mut upper, width);
        if rows && y + 1 < height {
            take(layout, luma, from.row(y + 1), &mut lower, to.y.row_mut(y + 1));
            repeat_edges(&mut lower, width);
        }
        let sources = Sources {
            above: around_rows.then_some(if y > 0 { &above } else { &upper }),
            own: &upper,
            below: rows.then_some(if y + 1 < height { &lower } else { &upper }),
        };
        let target = match &mut to.chroma {
            Pair::Planar(u, v) => Pair::Planar(u.row_mut(row), v.row_mut(row)),
            Pair::Interleaved(uv) => Pair::Interleaved(uv.row_mut(row)),
        };
        make(&spots, sources, target);
    }
}

impl Body for Encode8<'_> {
    #[inline(always)]
    fn run(self) {
        let width = self.to.y.width();
        let mut sum = rgb::<i16>(width);
        let chroma_width = self.to.subsampling.chroma_size(width, 0).0;
        let mut wide: Rgb<i16> = std::array::from_fn(|_| vec![0; chroma_width]);
        run(self, take, |spots, sources, target| {
            add(&mut sum, sources);
            for (sum, wide) in sum.iter().zip(&mut wide) {
                columns(sum, spots, wide);
            }
            let [r, g, b] = &wide;
            let rgb = r.iter().zip(g).zip(b);
            match target {
                Pair::Planar(u, v) => {
                    for ((u, v), ((r, g), b)) in u.iter_mut().zip(v).zip(rgb) {
                        [*u, *v] = spots.codes(*r, *g, *b);
                    }
                }
                Pair::Interleaved(uv) => {
                    for (uv, ((r, g), b)) in uv.as_chunks_mut::<2>().0.iter_mut().zip(rgb) {
                        *uv = spots.codes(*r, *g, *b);
                    }
                }
            }
        });
    }
}
