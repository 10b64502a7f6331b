//! Sums of 4x4 blocks of a strip of four rows, as vectors leave them for the windows.
//!
//! Samples `a` and `b` go in as sum `p = a + b` and difference `m = a - b`: their squares say all that SSIM needs, with two
//! products a pair of samples instead of three. With `P`, `M` the sums of squares and `S`, `D` the plain sums over the 64
//! samples of a window, `U = 64 P - S^2` and `V = 64 M - D^2`:
//!
//! `ssim = (S^2 - D^2 + 2 c1) (U - V + 2 c2) / ((S^2 + D^2 + 2 c1) (U + V + 2 c2))`

use crate::Plane;

/// Blocks of a strip, padded with zeros to whole vectors and one more.
#[derive(Debug)]
pub(super) struct Strip {
    /// `S`.
    pub(super) sums: Vec<i32>,
    /// `D`.
    pub(super) differences: Vec<i32>,
    /// `P`.
    pub(super) sum_squares: Vec<i32>,
    /// `M`.
    pub(super) difference_squares: Vec<i32>,
}

/// More blocks than the longest vector has.
const PADDING: usize = 16;

impl Strip {
    pub(super) fn new(columns: usize) -> Self {
        let made = || vec![0; columns.next_multiple_of(PADDING) + PADDING];
        Self { sums: made(), differences: made(), sum_squares: made(), difference_squares: made() }
    }
}

/// The four rows of strip `y`, without the columns that fill no block.
pub(super) fn rows<'a, T>(plane: &Plane<'a, T>, y: usize) -> [&'a [T]; 4] {
    let width = plane.width() / 4 * 4;
    std::array::from_fn(|row| &plane.row(4 * y + row)[..width])
}

/// Ends of four rows, padded with zeros to whole vectors.
pub(super) fn padded<T: Copy + Default, const N: usize>(rows: [&[T]; 4]) -> [[T; N]; 4] {
    rows.map(|row| {
        let mut padded = [T::default(); N];
        padded[..row.len()].copy_from_slice(row);
        padded
    })
}
