//! YUV to RGB in `f32`, for every depth and destination: plain loops that [`crate::compiled`] turns into vectors.
//!
//! A code is exact in `f32`, and so is the 16-fold sum of chroma. Two products and two sums of numbers below 2^18 are wrong by
//! less than 0.04 of a step of 16 bits.

use crate::compiled::Body;
use crate::{Chroma, Layout, PlaneMut};

use super::Coding;
use super::chroma::{self, Blended, SCALE};
use super::coefficients::{Quantisation, ToRgb};
use super::picture::{Yuv, sealed::Sealed};

/// Factors and levels for one picture.
#[derive(Clone, Copy)]
pub(super) struct Factors {
    shift: u32,
    black: i32,
    neutral: i32,
    white: f32,
    y: f32,
    rv: f32,
    gu: f32,
    gv: f32,
    bu: f32,
}

impl Factors {
    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 will do")]
    fn new(coding: Coding, shift: u32, white: f64) -> Self {
        let quantisation = Quantisation::new(coding);
        let k = ToRgb::new(coding.matrix, quantisation, white);
        let chroma = |factor: f64| (factor / f64::from(SCALE)) as f32;
        Self {
            shift,
            black: quantisation.black,
            neutral: quantisation.neutral * SCALE,
            white: white as f32,
            y: k.y as f32,
            rv: chroma(k.rv),
            gu: chroma(k.gu),
            gv: chroma(k.gv),
            bu: chroma(k.bu),
        }
    }

    #[inline(always)]
    fn luma<S: Sealed>(&self, y: S) -> f32 {
        // Below 2^17, so the cast is exact.
        (S::whole(y.down(self.shift)) - self.black) as f32 * self.y
    }

    #[inline(always)]
    fn rgb<S: Sealed>(&self, y: S, u: f32, v: f32) -> [f32; 3] {
        let y = self.luma(y);
        [y + v * self.rv, y + (u * self.gu + v * self.gv), y + u * self.bu].map(|value| clip(value, self.white))
    }
}

/// From 0 to `most`; 0 for what is no number.
#[inline(always)]
pub(super) fn clip(value: f32, most: f32) -> f32 {
    let value = if value > 0.0 { value } else { 0.0 };
    if value < most { value } else { most }
}

/// The nearest whole number to one of 0 to 65,535 (the even one of two), in the low bits.
#[inline(always)]
pub(super) fn nearest(value: f32) -> u32 {
    // From 2^23 on, a step of `f32` is 1.
    (value + 8_388_608.0).to_bits()
}

/// Where pixels go.
pub(super) trait Sink {
    /// The value of white.
    const WHITE: f64;
    /// Whether chroma is not asked for.
    fn luma_only(&self) -> bool;
    fn row<S: Sealed>(&mut self, row: usize, factors: &Factors, y: &[S], u: &[f32], v: &[f32]);
}

/// Pixels side by side.
pub(super) struct Interleaved<'a, D> {
    pub(super) layout: Layout,
    pub(super) to: PlaneMut<'a, D>,
}

impl<D: Sealed> Sink for Interleaved<'_, D> {
    const WHITE: f64 = ((1_u32 << D::BITS) - 1) as f64;

    fn luma_only(&self) -> bool {
        self.layout == Layout::Gray
    }

    #[inline(always)]
    fn row<S: Sealed>(&mut self, row: usize, factors: &Factors, y: &[S], u: &[f32], v: &[f32]) {
        let to = self.to.row_mut(row);
        let pixels = y.iter().zip(u.iter().zip(v));
        let sample = |value: f32| D::narrow(nearest(value));
        match self.layout {
            Layout::Gray => {
                for (to, y) in to.iter_mut().zip(y) {
                    *to = sample(clip(factors.luma(*y), factors.white));
                }
            }
            Layout::Rgb => {
                for (to, (y, (u, v))) in to.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                    *to = factors.rgb(*y, *u, *v).map(sample);
                }
            }
            Layout::Bgr => {
                for (to, (y, (u, v))) in to.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                    let [r, g, b] = factors.rgb(*y, *u, *v).map(sample);
                    *to = [b, g, r];
                }
            }
            Layout::Bgra => {
                let opaque = D::narrow(u32::MAX);
                for (to, (y, (u, v))) in to.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
                    let [r, g, b] = factors.rgb(*y, *u, *v).map(sample);
                    *to = [b, g, r, opaque];
                }
            }
            Layout::Rgba => {
                let opaque = D::narrow(u32::MAX);
                for (to, (y, (u, v))) in to.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
                    let [r, g, b] = factors.rgb(*y, *u, *v).map(sample);
                    *to = [r, g, b, opaque];
                }
            }
        }
    }
}

/// A plane each for R, G and B; values of 0 to 1 times `scale` plus `offset`.
pub(super) struct Planar<'a> {
    pub(super) to: [PlaneMut<'a, f32>; 3],
    pub(super) scale: [f32; 3],
    pub(super) offset: [f32; 3],
}

impl Sink for Planar<'_> {
    const WHITE: f64 = 1.0;

    fn luma_only(&self) -> bool {
        false
    }

    #[inline(always)]
    fn row<S: Sealed>(&mut self, row: usize, factors: &Factors, y: &[S], u: &[f32], v: &[f32]) {
        let (scale, offset) = (self.scale, self.offset);
        let [r, g, b] = &mut self.to;
        let to = r.row_mut(row).iter_mut().zip(g.row_mut(row)).zip(b.row_mut(row));
        for (((r, g), b), (y, (u, v))) in to.zip(y.iter().zip(u.iter().zip(v))) {
            let rgb = factors.rgb(*y, *u, *v);
            *r = rgb[0] * scale[0] + offset[0];
            *g = rgb[1] * scale[1] + offset[1];
            *b = rgb[2] * scale[2] + offset[2];
        }
    }
}

/// One picture to convert.
pub(super) struct Decode<'p, 'a, S, K> {
    pub(super) yuv: &'p Yuv<'a, S>,
    pub(super) coding: Coding,
    pub(super) shift: u32,
    pub(super) chroma: Chroma,
    pub(super) sink: K,
}

impl<S: Sealed, K: Sink> Body for Decode<'_, '_, S, K> {
    #[inline(always)]
    fn run(self) {
        let Self { yuv, coding, shift, chroma, mut sink } = self;
        let factors = Factors::new(coding, shift, K::WHITE);
        let columns = yuv.subsampling.halves_columns().then(|| chroma::columns(chroma));
        let mut blended = Blended::new(yuv);
        let mut u = vec![0.0; yuv.width()];
        let mut v = u.clone();
        // Below 2^21, so the cast is exact.
        let finish = |sum: S::Wide| (S::whole(sum) - factors.neutral) as f32;
        for (row, y) in yuv.y.rows().enumerate() {
            if !sink.luma_only() {
                blended.blend(yuv, chroma, row, shift);
                chroma::spread_floats::<S>(&blended.u, columns, &mut u, finish);
                chroma::spread_floats::<S>(&blended.v, columns, &mut v, finish);
            }
            sink.row(row, &factors, y, &u, &v);
        }
    }
}
