//! Sums of 4x4 blocks of a strip of four rows, as vectors leave them for the windows.
//!
//! Samples `a` and `b` go in as sum `p = a + b` and difference `m = a - b`: their squares say all that SSIM needs, with two
//! products a pair of samples instead of three. With `P`, `M` the sums of squares and `S`, `D` the plain sums over the 64
//! samples of a window, `U = 64 P - S^2` and `V = 64 M - D^2`:
//!
//! `ssim = (S^2 - D^2 + 2 c1) (U - V + 2 c2) / ((S^2 + D^2 + 2 c1) (U + V + 2 c2))`

use crate::Plane;

/// `2 c1` and `2 c2` of that for samples of 8 bits: [`super::constants`] of 64 samples up to 255, doubled.
pub(super) const CONSTANTS_U8: [i32; 2] = [2 * 416, 2 * 235_963];

/// Four rows.
pub(super) type Rows<'a, T> = [&'a [T]; 4];

/// The four rows of strip `y`, without the columns that fill no block: whole vectors of `N` samples, and the rest.
///
/// Inlined, as the others here, since they have no vectors and the calls would cost more than what they do; and one by one,
/// since the loop of an array's `map` calls, too, and leaves its results in memory.
#[inline(always)]
pub(super) fn rows<'a, T, const N: usize>(plane: &Plane<'a, T>, y: usize) -> (Rows<'a, [T; N]>, Rows<'a, T>) {
    let width = plane.width() / 4 * 4;
    let row = |row: usize| plane.row(4 * y + row)[..width].as_chunks();
    let [a, b, c, d] = [row(0), row(1), row(2), row(3)];
    ([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1])
}

/// Vector `i` of each row.
#[inline(always)]
pub(super) fn at<'a, T, const N: usize>(rows: &Rows<'a, [T; N]>, i: usize) -> [&'a [T; N]; 4] {
    [&rows[0][i], &rows[1][i], &rows[2][i], &rows[3][i]]
}

/// The rest of rows, whole blocks, padded with zeros to vectors.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(super) fn padded<T: Copy + Default, const N: usize>(rows: &Rows<'_, T>) -> [[T; N]; 4] {
    rows.map(|row| {
        let mut padded = [T::default(); N];
        // Block by block: most often there are few, and a call to copy them would cost more.
        for (to, from) in padded.as_chunks_mut::<4>().0.iter_mut().zip(row.as_chunks::<4>().0) {
            *to = *from;
        }
        padded
    })
}
