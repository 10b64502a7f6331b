//! The sampled chain, and the fixed-point numbers it is looked up with.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "floats that were scaled to fit are rounded to integers; places and steps are far within their types"
)]

use super::ToneSpec;
use super::curve::Curve;
use crate::Range;

/// The logarithm of the cells along an axis.
const LOG2_CELLS: u32 = 6;

/// Points along an axis.
const POINTS: usize = (1 << LOG2_CELLS) + 1;

/// Differences of two coordinates in points.
const DIFFERENCES: usize = 2 * POINTS - 1;

/// From one point to the next along red, green and blue. Points of the same differences red - green and blue - green are
/// neighbours in memory: in most pictures brightness changes more than colour does, and so what is looked up lies together.
pub(super) const STEPS: [i16; 3] = {
    let (red, blue) = ((DIFFERENCES * POINTS) as i16, POINTS as i16);
    [red, 1 - red - blue, blue]
};

/// From one corner of a cell to the opposite one.
pub(super) const DIAGONAL: i32 = 1;

/// Where black is, the point of all zeros.
pub(super) const BLACK: i32 = ((POINTS - 1) * (STEPS[0] as usize + STEPS[2] as usize)) as i32;

/// All places of points. A quarter of them is used; the rest is not even given memory by most systems.
pub(super) const NODES: usize = DIFFERENCES * DIFFERENCES * POINTS;

/// Values of a cell of luma, as [`Table::luma`] has them.
pub(super) const CELL: usize = 9;

/// All values of all cells.
pub(super) const VALUES: usize = CELL << (3 * LOG2_CELLS);

/// From one cell to the next along red, green and blue, in cells; of the sum the bits of `CELL_MASK` count. The order is
/// that of the points, with differences counted modulo the cells along an axis: none is left out, none unused.
pub(super) const CELL_STEPS: [i16; 3] = {
    let (red, blue) = (1 << (2 * LOG2_CELLS), 1 << LOG2_CELLS);
    [red, 1 - red - blue, blue]
};

/// See [`CELL_STEPS`].
pub(super) const CELL_MASK: i32 = (1 << (3 * LOG2_CELLS)) - 1;

/// Where in a cell the two middle corners of a tetrahedron begin, for which of its fractions are at least which others:
/// red green (1), green blue (2), red blue (4). At an odd place the corner one step from the near one comes first, at an
/// even place the one two steps from it. Two of the eight cannot be; a register has sixteen.
pub(super) const PLACES: [u8; 16] = [6, 7, 5, 0, 0, 2, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0];

/// From the near point to the first and to the second middle corner, by the place of the tetrahedron.
pub(super) const MIDDLE_STEPS: [[i16; 8]; 2] = {
    let [r, g, b] = STEPS;
    [[0, 0, r, r, g, g, b, b], [0, 0, r + b, r + g, r + g, g + b, g + b, r + b]]
};

/// The corners of a cell in its order, as steps along red, green and blue. Neighbours from the third on share an edge, and
/// all such edges are there: with the first two they are the tetrahedra.
const CORNERS: [[usize; 3]; CELL] =
    [[0, 0, 0], [1, 1, 1], [1, 0, 1], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]];

/// Bits of a coordinate within a cell; a whole coordinate has 14.
pub(super) const FRACTION: u32 = 14 - LOG2_CELLS;

/// The greatest coordinate, which stands for the end of the axis. One less than a power of two, so that the cell it falls
/// into is the last one and not one beyond; the last point lies as much beyond the end.
pub(super) const MAX: i16 = (1 << 14) - 1;

/// Values in the table are codes of 10 bits times 2 to this.
const VALUE_FRACTION: u32 = 5;

/// What the weighted sum of values is shifted by for codes of `bits`.
pub(super) const fn shift(bits: u32) -> u32 {
    FRACTION + VALUE_FRACTION + 10 - bits
}

/// A sampled chain. Coordinates are 14-bit numbers of R', G' and B'.
#[derive(Clone)]
pub(super) struct Table {
    /// Y', cell by cell: a tetrahedron takes two loads of two neighbours each, which mostly share a line of the cache.
    pub(super) luma: Box<[i16; VALUES]>,
    /// At each point, low half: Cb; high half: Cr. Four loads for a tetrahedron: chroma is rarer, and a table of both by
    /// cells would be four times as large as that of luma and this one.
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
    fn new(range: Range, span: f64) -> Self {
        let (black, luma, chroma) = match range {
            Range::Limited => (256.0, 3504.0, 3584.0),
            Range::Full => (0.0, 4095.0, 4095.0),
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
        let mut luma = Vec::with_capacity(POINTS * POINTS * POINTS);
        let mut chroma = vec![0; NODES];
        for (r, &red) in axis.iter().enumerate() {
            for (g, &green) in axis.iter().enumerate() {
                for (b, &blue) in axis.iter().enumerate() {
                    let [y, cb, cr] = curve.map([red, green, blue]);
                    luma.push(fixed(64.0 + 876.0 * y) as i16);
                    let place = BLACK + along(STEPS, [r, g, b]);
                    chroma[place as usize] = fixed(512.0 + 896.0 * cb) | fixed(512.0 + 896.0 * cr) << 16;
                }
            }
        }
        let mut cells = vec![0; VALUES];
        for r in 0..POINTS - 1 {
            for g in 0..POINTS - 1 {
                for b in 0..POINTS - 1 {
                    let value =
                        |corner: [usize; 3]| luma[((r + corner[0]) * POINTS + g + corner[1]) * POINTS + b + corner[2]];
                    let cell = (along(CELL_STEPS, [r, g, b]) & CELL_MASK) as usize;
                    cells[CELL * cell..][..CELL].copy_from_slice(&CORNERS.map(value));
                }
            }
        }
        Self { luma: array(cells), chroma: array(chroma), matrix: Matrix::new(spec.range, span) }
    }
}

/// What steps along red, green and blue come to.
#[inline]
pub(super) fn along(steps: [i16; 3], counts: [usize; 3]) -> i32 {
    steps.iter().zip(counts).map(|(step, count)| i32::from(*step) * count as i32).sum()
}

fn array<T, const N: usize>(values: Vec<T>) -> Box<[T; N]> {
    values.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("as many as there are points or cells"))
}
