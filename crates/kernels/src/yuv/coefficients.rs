//! The numbers of the conversions, from the formulas of ITU-T H.273 (8.3: quantisation, equations 20 to 41; matrices).

use crate::{Matrix, Range};

use super::Coding;

/// Luma: code of black, codes from black to white. Chroma: code of no colour, codes from -0.5 to 0.5.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantisation {
    pub(super) black: i32,
    pub(super) luma: f64,
    pub(super) neutral: i32,
    pub(super) chroma: f64,
}

impl Quantisation {
    pub(super) fn new(coding: Coding) -> Self {
        let up = coding.depth - 8;
        let neutral = 128 << up;
        match coding.range {
            Range::Limited => {
                Self { black: 16 << up, luma: f64::from(219 << up), neutral, chroma: f64::from(224 << up) }
            }
            Range::Full => {
                let all = f64::from((1_u32 << coding.depth) - 1);
                Self { black: 0, luma: all, neutral, chroma: all }
            }
        }
    }
}

/// Factors of a code above black or neutral, for R, G and B from 0 to `white`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToRgb {
    pub(super) y: f64,
    pub(super) rv: f64,
    pub(super) gu: f64,
    pub(super) gv: f64,
    pub(super) bu: f64,
}

impl ToRgb {
    pub(super) fn new(matrix: Matrix, quantisation: Quantisation, white: f64) -> Self {
        let (kr, kb) = matrix.kr_kb();
        let kg = 1.0 - kr - kb;
        let chroma = white / quantisation.chroma;
        Self {
            y: white / quantisation.luma,
            rv: 2.0 * (1.0 - kr) * chroma,
            gu: -2.0 * (1.0 - kb) * kb / kg * chroma,
            gv: -2.0 * (1.0 - kr) * kr / kg * chroma,
            bu: 2.0 * (1.0 - kb) * chroma,
        }
    }
}

/// Rows of factors of R, G and B from 0 to 1, for codes above black or neutral.
#[derive(Clone, Copy, Debug)]
pub(super) struct FromRgb {
    pub(super) y: [f64; 3],
    pub(super) u: [f64; 3],
    pub(super) v: [f64; 3],
}

impl FromRgb {
    pub(super) fn new(matrix: Matrix, quantisation: Quantisation) -> Self {
        let (kr, kb) = matrix.kr_kb();
        let luma = [kr, 1.0 - kr - kb, kb];
        let difference = |of: usize| {
            let scale = quantisation.chroma / (2.0 * (1.0 - luma[of]));
            [0, 1, 2].map(|i| (f64::from(u8::from(i == of)) - luma[i]) * scale)
        };
        Self { y: luma.map(|share| share * quantisation.luma), u: difference(2), v: difference(0) }
    }
}

/// Fixed-point factors of 8-bit pictures: results have 6 bits below the point and fit an `i16`, where sums saturate.
///
/// Each factor is `(code * factor + 2^14) >> 15` for a code less 128 with 8 bits below the point: 13 bits below the point, and at
/// most 2.142 (for blue of BT.2020 limited). It is wrong by 2^-14 x 128 at most, a product by half of 2^-6 and so is the sum of
/// the rest: together less than 0.06 of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    pub(super) y: i16,
    /// Added to luma: from 128 to black, and the half that turns cutting off into rounding.
    pub(super) bias: i16,
    pub(super) rv: i16,
    pub(super) gu: i16,
    pub(super) gv: i16,
    pub(super) bu: i16,
}

/// Bits below the point of what is added up.
pub(super) const FRACTION: i32 = 6;

impl Fixed {
    pub(super) fn new(coding: Coding) -> Self {
        let quantisation = Quantisation::new(coding);
        let k = ToRgb::new(coding.matrix, quantisation, 255.0);
        let one = f64::from(1_i32 << FRACTION);
        Self {
            y: nearest(k.y * one * 128.0),
            bias: nearest(0.5 * one + f64::from(128 - quantisation.black) * k.y * one),
            rv: nearest(k.rv * one * 128.0),
            gu: nearest(k.gu * one * 128.0),
            gv: nearest(k.gv * one * 128.0),
            bu: nearest(k.bu * one * 128.0),
        }
    }
}

/// All factors above stay below 20,000.
#[expect(clippy::cast_possible_truncation, reason = "such a cast saturates, and nothing is that great")]
fn nearest(value: f64) -> i16 {
    value.round() as i16
}
