//! The sampled chain, and the fixed-point numbers it is looked up with.

#![expect(clippy::cast_possible_truncation, reason = "floats that were scaled to fit are rounded to integers")]

use super::curve::Curve;
use super::{ToneRange, ToneSpec};

/// The logarithm of the cells along an axis.
const LOG2_CELLS: u32 = 6;

/// Points along an axis.
const POINTS: usize = (1 << LOG2_CELLS) + 1;

/// All points.
pub(super) const NODES: usize = POINTS * POINTS * POINTS;

/// Bits of a coordinate within a cell; a whole coordinate has 14.
pub(super) const FRACTION: u32 = 14 - LOG2_CELLS;

/// The greatest coordinate, which stands for the end of the axis. One less than a power of two, so that the cell it falls
/// into is the last one and not one beyond; the last point lies as much beyond the end.
pub(super) const MAX: i16 = (1 << 14) - 1;

/// From one point to the next along red, green and blue.
pub(super) const STEPS: [i16; 3] = [(POINTS * POINTS) as i16, POINTS as i16, 1];

/// From one corner of a cell to the opposite one.
pub(super) const DIAGONAL: i32 = STEPS[0] as i32 + STEPS[1] as i32 + STEPS[2] as i32;

/// Values in the table are codes of 10 bits times 2 to this.
const VALUE_FRACTION: u32 = 5;

/// What the weighted sum of values is shifted by for codes of `bits`.
pub(super) const fn shift(bits: u32) -> u32 {
    FRACTION + VALUE_FRACTION + 10 - bits
}

/// A sampled chain. Coordinates are 14-bit numbers of R', G' and B'.
#[derive(Clone)]
pub(super) struct Table {
    /// Low half: Y' at this point; high half: Y' at the opposite corner of the cell that begins here.
    pub(super) luma: Box<[i32; NODES]>,
    /// Low half: Cb at this point; high half: Cr.
    pub(super) chroma: Box<[i32; NODES]>,
    pub(super) matrix: Matrix,
}

/// Y'CbCr to coordinates. Samples come as codes of 12 bits times 16, less half the range for chroma; luma halved, less
/// `black`. A factor is in units of 2^-15, and a product is rounded before it is added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix {
    pub(super) black: i16,
    pub(super) luma: i16,
    pub(super) cr_to_red: i16,
    pub(super) cb_to_green: i16,
    pub(super) cr_to_green: i16,
    pub(super) cb_to_blue: i16,
}

impl Matrix {
    fn new(range: ToneRange, span: f64) -> Self {
        let (black, luma, chroma) = match range {
            ToneRange::Limited => (256.0, 3504.0, 3584.0),
            ToneRange::Full => (0.0, 4095.0, 4095.0),
        };
        let unit = f64::from(MAX) * 32_768.0 / span;
        let fixed = |value: f64| value.round() as i16;
        // ITU-R BT.2020-2, table 4: Cb = (B' - Y') / 1.8814, Cr = (R' - Y') / 1.4746, and G' from the rest of Y'.
        let chroma = |part: f64| fixed(unit * part / (16.0 * chroma));
        Self {
            black: fixed(8.0 * black),
            luma: fixed(unit / (8.0 * luma)),
            cr_to_red: chroma(1.4746),
            cb_to_green: chroma(-0.0593 * 1.8814 / 0.6780),
            cr_to_green: chroma(-0.2627 * 1.4746 / 0.6780),
            cb_to_blue: chroma(1.8814),
        }
    }
}

impl Table {
    pub(super) fn new(spec: &ToneSpec) -> Self {
        let curve = Curve::new(spec);
        let span = curve.span();
        let axis: Vec<f64> = (0..POINTS)
            .map(|point| {
                let coordinate = (point << FRACTION) as f64 / f64::from(MAX);
                curve.linear(coordinate.min(1.0) * span)
            })
            .collect();
        let scale = f64::from(1 << VALUE_FRACTION);
        let fixed = |code: f64| (code * scale).round() as i32;
        let mut luma = Vec::with_capacity(NODES);
        let mut chroma = Vec::with_capacity(NODES);
        for &red in &axis {
            for &green in &axis {
                for &blue in &axis {
                    let [y, cb, cr] = curve.map([red, green, blue]);
                    luma.push(fixed(64.0 + 876.0 * y));
                    chroma.push(fixed(512.0 + 896.0 * cb) | fixed(512.0 + 896.0 * cr) << 16);
                }
            }
        }
        for near in 0..NODES {
            // The points at the far faces begin no cell, and whatever they are given is not looked at.
            let far = near + DIAGONAL as usize;
            luma[near] |= (luma.get(far).copied().unwrap_or_default() & 0xFFFF) << 16;
        }
        Self { luma: array(luma), chroma: array(chroma), matrix: Matrix::new(spec.range, span) }
    }
}

fn array(values: Vec<i32>) -> Box<[i32; NODES]> {
    values.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("one value a point"))
}
