//! 8-bit RGB to 8-bit YUV in fixed point of 16 bits: the quick way of [`super::rgb8_to_yuv`], in plain loops that
//! [`crate::compiled`] turns into vectors.

use crate::compiled::Body;
use crate::{Layout, Plane, Siting};

use super::Coding;
use super::coefficients::{FRACTION, FromRgb, Quantisation};
use super::encode::split;
use super::picture::{Pair, YuvMut};

/// Factors of 14 bits below the point, and what starts a sum of 6 bits below the point.
///
/// A factor is wrong by 2^-15 x 255 at most and a product is cut by less than 2^-6: with three of each, less than 0.06 of a step.
#[derive(Clone, Copy)]
struct Mix {
    factors: [u16; 3],
    bias: u16,
}

impl Mix {
    /// `cut` is how much the cut products lack on average.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "all below 2^15, and above 0")]
    fn new(factors: [f64; 3], offset: i32, cut: f64) -> Self {
        let one = f64::from(1 << FRACTION);
        Self {
            // A factor is one of codes for 0 to 1, which 255 stands for.
            factors: factors.map(|factor| (factor.abs() / 255.0 * one * 256.0).round() as u16),
            bias: (f64::from(offset) * one + 0.5 * one + cut).round() as u16,
        }
    }

    #[inline(always)]
    fn sum(self, a: u16, b: u16, c: u16) -> u8 {
        let [ka, kb, kc] = self.factors;
        code(self.bias.wrapping_add(product(a, ka)).wrapping_add(product(b, kb)).wrapping_add(product(c, kc)))
    }

    /// The first less the others.
    #[inline(always)]
    fn difference(self, a: u16, b: u16, c: u16) -> u8 {
        let [ka, kb, kc] = self.factors;
        code(self.bias.wrapping_add(product(a, ka)).wrapping_sub(product(b, kb)).wrapping_sub(product(c, kc)))
    }
}

/// A sample with 8 bits below the point, times a factor.
#[inline(always)]
fn product(sample: u16, factor: u16) -> u16 {
    ((u32::from(sample) * u32::from(factor)) >> 16) as u16
}

#[inline(always)]
fn code(sum: u16) -> u8 {
    (sum >> FRACTION).min(255) as u8
}

/// Rows of R, G and B, with the edge repeated once on the left and twice on the right.
type Rgb<T> = [Vec<T>; 3];

fn rgb<T: Clone + Default>(width: usize) -> Rgb<T> {
    std::array::from_fn(|_| vec![T::default(); width + 3])
}

#[inline(always)]
fn take(layout: Layout, from: &[u8], to: &mut Rgb<u8>) {
    let [r, g, b] = to;
    let last = r.len() - 3;
    split(layout, from, [&mut r[1..=last], &mut g[1..=last], &mut b[1..=last]], |sample| sample);
    for row in [r, g, b] {
        row[0] = row[1];
        row[last + 1] = row[last];
        row[last + 2] = row[last];
    }
}

/// Sums of rows: `above`, twice `own`, `below`; or the last two once each; or `own` alone.
#[inline(always)]
fn add(to: &mut Rgb<u16>, above: Option<&Rgb<u8>>, own: &Rgb<u8>, below: Option<&Rgb<u8>>) {
    for (i, to) in to.iter_mut().enumerate() {
        let own = own[i].iter().map(|sample| u16::from(*sample));
        match (above, below) {
            (Some(above), Some(below)) => {
                for (((to, own), above), below) in to.iter_mut().zip(own).zip(&above[i]).zip(&below[i]) {
                    *to = 2 * own + u16::from(*above) + u16::from(*below);
                }
            }
            (None, Some(below)) => {
                for ((to, own), below) in to.iter_mut().zip(own).zip(&below[i]) {
                    *to = own + u16::from(*below);
                }
            }
            _ => to.iter_mut().zip(own).for_each(|(to, own)| *to = own),
        }
    }
}

/// Sums of columns, 1 1 from each even one on or 1 2 1 around it, or every column as it is; then 8 bits below the point.
#[inline(always)]
fn columns(from: &[u16], halved: bool, around: bool, up: u32, to: &mut [u16]) {
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

impl Body for Encode8<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { layout, from, coding, siting, mut to } = self;
        let (width, height) = (to.y.width(), to.y.height());
        let (halved, rows) = (to.subsampling.halves_columns(), to.subsampling.halves_rows());
        let around = halved && siting != Siting::Center;
        let around_rows = rows && siting == Siting::TopLeft;
        let bits = |halved: bool, around: bool| if !halved { 0 } else { 1 + u32::from(around) };
        let up = 8 - bits(halved, around) - bits(rows, around_rows);
        let quantisation = Quantisation::new(coding);
        let k = FromRgb::new(coding.matrix, quantisation);
        let luma = Mix::new(k.y, quantisation.black, 1.5);
        let mix_u = Mix::new([k.u[2], k.u[0], k.u[1]], quantisation.neutral, -0.5);
        let mix_v = Mix::new(k.v, quantisation.neutral, -0.5);

        let (mut above, mut upper, mut lower) = (rgb::<u8>(width), rgb::<u8>(width), rgb::<u8>(width));
        let mut sum = rgb::<u16>(width);
        let chroma_width = to.subsampling.chroma_size(width, 0).0;
        let mut spots: Rgb<u16> = std::array::from_fn(|_| vec![0; chroma_width]);
        for (row, y) in (0..height).step_by(if rows { 2 } else { 1 }).enumerate() {
            // The row above is the lower one of the step before.
            std::mem::swap(&mut above, &mut lower);
            take(layout, from.row(y), &mut upper);
            write_luma(luma, &upper, to.y.row_mut(y));
            if rows && y + 1 < height {
                take(layout, from.row(y + 1), &mut lower);
                write_luma(luma, &lower, to.y.row_mut(y + 1));
            }
            let below = if y + 1 < height { &lower } else { &upper };
            let above = around_rows.then_some(if y > 0 { &above } else { &upper });
            add(&mut sum, above, &upper, rows.then_some(below));
            for (sum, spots) in sum.iter().zip(&mut spots) {
                columns(sum, halved, around, up, spots);
            }
            let [r, g, b] = &spots;
            let rgb = r.iter().zip(g).zip(b);
            match &mut to.chroma {
                Pair::Planar(u, v) => {
                    for ((u, v), ((r, g), b)) in u.row_mut(row).iter_mut().zip(v.row_mut(row)).zip(rgb) {
                        *u = mix_u.difference(*b, *r, *g);
                        *v = mix_v.difference(*r, *g, *b);
                    }
                }
                Pair::Interleaved(uv) => {
                    for (uv, ((r, g), b)) in uv.row_mut(row).as_chunks_mut::<2>().0.iter_mut().zip(rgb) {
                        *uv = [mix_u.difference(*b, *r, *g), mix_v.difference(*r, *g, *b)];
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn write_luma(mix: Mix, [r, g, b]: &Rgb<u8>, to: &mut [u8]) {
    let up = |sample: u8| u16::from(sample) << 8;
    for (to, ((r, g), b)) in to.iter_mut().zip(r[1..].iter().zip(&g[1..]).zip(&b[1..])) {
        *to = mix.sum(up(*r), up(*g), up(*b));
    }
}
