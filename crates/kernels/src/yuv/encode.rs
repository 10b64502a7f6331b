//! RGB to YUV in `f32`: plain loops that [`crate::compiled`] turns into vectors.
//!
//! The matrix is linear, so RGB is averaged to the chroma's size first, and the matrix of chroma runs on what is left.

use crate::compiled::{self, Body};
use crate::{Level, Plane, Siting};

use super::Normal;
use super::coefficients::{FromRgb, Quantisation};
use super::encode8::Encode8;
use super::picture::{Coding, Layout, Pair, Sample, YuvMut, sealed::Sealed};
use super::wide::{clip, nearest};

/// Converts from rgb24, bgr24, rgba, bgra (alpha is not read) or gray.
///
/// Chroma is the average of the pixels around it by `siting`: 1 1 midway between two, 1 2 1 on one, the edge repeated outside of
/// the picture. To 8 bits the result is within 0.57 of the exact value (rounding included), else within 0.51 (0.6 for more than 12
/// bits). Bit for bit the same at every level.
///
/// # Panics
/// `from` is not [`Layout::samples`] times as wide and as high as `to`, or the depth of `coding` is none of `D`.
pub fn rgb8_to_yuv<D: Sample>(
    level: Level,
    layout: Layout,
    from: Plane<'_, u8>,
    coding: Coding,
    siting: Siting,
    to: YuvMut<'_, D>,
) {
    let source = Interleaved { layout, from };
    match D::into_8_bit(to) {
        Err(to) => encode(level, source, coding, siting, to),
        Ok(to) => {
            source.check(to.y.width(), to.y.height());
            coding.shift::<u8>(false);
            if to.y.width() > 0 {
                Encode8 { layout, from, coding, siting, to }.at(level);
            }
        }
    }
}

/// Converts from rgb48 and its like: the samples of [`Layout`] in 16 bits; else as [`rgb8_to_yuv`].
///
/// # Panics
/// As [`rgb8_to_yuv`].
pub fn rgb16_to_yuv<D: Sample>(
    level: Level,
    layout: Layout,
    from: Plane<'_, u16>,
    coding: Coding,
    siting: Siting,
    to: YuvMut<'_, D>,
) {
    encode(level, Interleaved { layout, from }, coding, siting, to);
}

/// Converts from a plane each of R, G and B: what [`super::yuv_to_planar_f32`] makes. Values beyond black and white are clipped,
/// and what is no number is black; else as [`rgb8_to_yuv`].
///
/// # Panics
/// A plane of `from` has another size than `to`, or the depth of `coding` is none of `D`.
pub fn planar_f32_to_yuv<D: Sample>(
    level: Level,
    from: [Plane<'_, f32>; 3],
    normal: Normal,
    coding: Coding,
    siting: Siting,
    to: YuvMut<'_, D>,
) {
    encode(level, Planar { from, normal }, coding, siting, to);
}

fn encode<D: Sample>(level: Level, source: impl Source, coding: Coding, siting: Siting, to: YuvMut<'_, D>) {
    source.check(to.y.width(), to.y.height());
    let shift = coding.shift::<D>(to.high_bits);
    if to.y.width() > 0 {
        compiled::run(level, Encode { source, coding, shift, siting, to });
    }
}

/// Where pixels come from.
trait Source {
    /// The value of white.
    const WHITE: f64;
    fn check(&self, width: usize, height: usize);
    /// Row `y` as R, G and B of 0 to white.
    fn row(&self, y: usize, to: [&mut [f32]; 3]);
}

struct Interleaved<'a, T> {
    layout: Layout,
    from: Plane<'a, T>,
}

impl<T: Sealed> Source for Interleaved<'_, T> {
    const WHITE: f64 = ((1_u32 << T::BITS) - 1) as f64;

    fn check(&self, width: usize, height: usize) {
        let size = (self.from.width(), self.from.height());
        assert_eq!(size, (width * self.layout.samples(), height), "size of the RGB picture");
    }

    #[inline(always)]
    fn row(&self, y: usize, to: [&mut [f32]; 3]) {
        split(self.layout, self.from.row(y), to, |sample| T::whole(sample.down(0)) as f32);
    }
}

/// A row's pixels apart, by what `value` makes of a sample; alpha is not read.
#[inline(always)]
pub(super) fn split<T: Copy, U>(layout: Layout, from: &[T], [r, g, b]: [&mut [U]; 3], value: impl Fn(T) -> U) {
    let to = r.iter_mut().zip(g).zip(b);
    match layout {
        Layout::Gray => {
            for (((r, g), b), from) in to.zip(from) {
                (*r, *g, *b) = (value(*from), value(*from), value(*from));
            }
        }
        Layout::Rgb => {
            for (((r, g), b), from) in to.zip(from.as_chunks::<3>().0) {
                (*r, *g, *b) = (value(from[0]), value(from[1]), value(from[2]));
            }
        }
        Layout::Bgr => {
            for (((r, g), b), from) in to.zip(from.as_chunks::<3>().0) {
                (*r, *g, *b) = (value(from[2]), value(from[1]), value(from[0]));
            }
        }
        Layout::Rgba => {
            for (((r, g), b), from) in to.zip(from.as_chunks::<4>().0) {
                (*r, *g, *b) = (value(from[0]), value(from[1]), value(from[2]));
            }
        }
        Layout::Bgra => {
            for (((r, g), b), from) in to.zip(from.as_chunks::<4>().0) {
                (*r, *g, *b) = (value(from[2]), value(from[1]), value(from[0]));
            }
        }
    }
}

struct Planar<'a> {
    from: [Plane<'a, f32>; 3],
    normal: Normal,
}

impl Source for Planar<'_> {
    const WHITE: f64 = 1.0;

    fn check(&self, width: usize, height: usize) {
        for plane in &self.from {
            assert_eq!((plane.width(), plane.height()), (width, height), "size of the RGB picture");
        }
    }

    #[inline(always)]
    fn row(&self, y: usize, to: [&mut [f32]; 3]) {
        for (i, to) in to.into_iter().enumerate() {
            let (mean, std) = (self.normal.mean[i], self.normal.std[i]);
            for (to, from) in to.iter_mut().zip(self.from[i].row(y)) {
                *to = clip(*from * std + mean, 1.0);
            }
        }
    }
}

/// One row of a matrix with its offset, for sums of pixels in which white is `scale`.
#[derive(Clone, Copy)]
struct Mix {
    factors: [f32; 3],
    offset: f32,
    most: f32,
    shift: u32,
}

impl Mix {
    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 will do")]
    fn new(factors: [f64; 3], scale: f64, offset: i32, coding: Coding, shift: u32) -> Self {
        Self {
            factors: factors.map(|factor| (factor / scale) as f32),
            offset: offset as f32,
            most: ((1_u32 << coding.depth) - 1) as f32,
            shift,
        }
    }

    #[inline(always)]
    fn code<D: Sealed>(&self, r: f32, g: f32, b: f32) -> D {
        let [kr, kg, kb] = self.factors;
        let value = clip((r * kr + g * kg) + (b * kb + self.offset), self.most);
        D::narrow(nearest(value) << self.shift)
    }
}

/// Three rows of floats, with the edge repeated once on the left and twice on the right.
struct Rgb([Vec<f32>; 3]);

impl Rgb {
    fn new(width: usize) -> Self {
        Self(std::array::from_fn(|_| vec![0.0; width + 3]))
    }

    #[inline(always)]
    fn take(&mut self, source: &impl Source, y: usize) {
        let [r, g, b] = &mut self.0;
        let last = r.len() - 3;
        source.row(y, [&mut r[1..=last], &mut g[1..=last], &mut b[1..=last]]);
        for row in [r, g, b] {
            row[0] = row[1];
            row[last + 1] = row[last];
            row[last + 2] = row[last];
        }
    }

    /// Becomes `weight` times `other`, or more by that.
    #[inline(always)]
    fn add(&mut self, other: &Self, weight: f32, first: bool) {
        for (to, from) in self.0.iter_mut().zip(&other.0) {
            if first {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * weight);
            } else {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += *from * weight);
            }
        }
    }

    /// Sums of columns: 1 1 from each even column on, or 1 2 1 around it.
    #[inline(always)]
    fn halve(&self, to: &mut [Vec<f32>; 3], around: bool) {
        for (to, from) in to.iter_mut().zip(&self.0) {
            let (own, before) = (from[1..].as_chunks::<2>().0, from.as_chunks::<2>().0);
            if around {
                for ((to, own), before) in to.iter_mut().zip(own).zip(before) {
                    *to = (before[0] + own[1]) + 2.0 * own[0];
                }
            } else {
                to.iter_mut().zip(own).for_each(|(to, own)| *to = own[0] + own[1]);
            }
        }
    }
}

struct Encode<'a, S, D> {
    source: S,
    coding: Coding,
    shift: u32,
    siting: Siting,
    to: YuvMut<'a, D>,
}

impl<S: Source, D: Sealed> Body for Encode<'_, S, D> {
    #[inline(always)]
    fn run(self) {
        let Self { source, coding, shift, siting, mut to } = self;
        let (width, height) = (to.y.width(), to.y.height());
        let (columns, rows) = (to.subsampling.halves_columns(), to.subsampling.halves_rows());
        let around = columns && siting != Siting::Center;
        let around_rows = rows && siting == Siting::TopLeft;
        let weight = |halved: bool, around: bool| {
            if !halved {
                1.0
            } else if around {
                4.0
            } else {
                2.0
            }
        };
        let scale = S::WHITE * weight(columns, around) * weight(rows, around_rows);
        let quantisation = Quantisation::new(coding);
        let k = FromRgb::new(coding.matrix, quantisation);
        let luma = Mix::new(k.y, S::WHITE, quantisation.black, coding, shift);
        let mix_u = Mix::new(k.u, scale, quantisation.neutral, coding, shift);
        let mix_v = Mix::new(k.v, scale, quantisation.neutral, coding, shift);

        let mut pixels = [Rgb::new(width), Rgb::new(width)];
        let mut sum = Rgb::new(width);
        let mut half: [Vec<f32>; 3] = std::array::from_fn(|_| vec![0.0; width.div_ceil(2)]);
        let step = if rows { 2 } else { 1 };
        for (row, y) in (0..height).step_by(step).enumerate() {
            let [upper, lower] = &mut pixels;
            upper.take(&source, y);
            write_luma(luma, upper, to.y.row_mut(y));
            if rows {
                if around_rows {
                    // The row above is the lower one of the step before.
                    sum.add(if y > 0 { lower } else { upper }, 1.0, true);
                    sum.add(upper, 2.0, false);
                } else {
                    sum.add(upper, 1.0, true);
                }
                if y + 1 < height {
                    lower.take(&source, y + 1);
                    write_luma(luma, lower, to.y.row_mut(y + 1));
                    sum.add(lower, 1.0, false);
                } else {
                    sum.add(upper, 1.0, false);
                }
            }
            let pixels = if rows { &sum } else { &*upper };
            let [r, g, b] = if columns {
                pixels.halve(&mut half, around);
                [&half[0][..], &half[1], &half[2]]
            } else {
                [0, 1, 2].map(|i| &pixels.0[i][1..=width])
            };
            let from = r.iter().zip(g).zip(b);
            match &mut to.chroma {
                Pair::Planar(u, v) => {
                    for ((u, v), ((r, g), b)) in u.row_mut(row).iter_mut().zip(v.row_mut(row)).zip(from) {
                        *u = mix_u.code(*r, *g, *b);
                        *v = mix_v.code(*r, *g, *b);
                    }
                }
                Pair::Interleaved(uv) => {
                    for (uv, ((r, g), b)) in uv.row_mut(row).as_chunks_mut::<2>().0.iter_mut().zip(from) {
                        *uv = [mix_u.code(*r, *g, *b), mix_v.code(*r, *g, *b)];
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn write_luma<D: Sealed>(mix: Mix, pixels: &Rgb, to: &mut [D]) {
    let [r, g, b] = &pixels.0;
    for (to, ((r, g), b)) in to.iter_mut().zip(r[1..].iter().zip(&g[1..]).zip(&b[1..])) {
        *to = mix.code(*r, *g, *b);
    }
}
