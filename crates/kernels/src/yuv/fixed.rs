//! 8-bit pictures to 8-bit RGB: what the kernels of all levels share around their rows.

use crate::{Chroma, Layout, PlaneMut, Siting};

use super::chroma::{self, Blended};
use super::picture::{Pair, Yuv};

/// Chroma of one luma row.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    /// A sample for two columns.
    Half { u: &'a [u8], v: &'a [u8] },
    /// The same, U and V in turns.
    HalfPairs { uv: &'a [u8] },
    /// A sample for each column.
    Full { u: &'a [u8], v: &'a [u8] },
    /// A sample for each column, even and odd ones apart; 8 bits above and 8 below the point, neutral is 0.
    Split { u: [&'a [i16]; 2], v: [&'a [i16]; 2] },
}

/// Whether [`picture`] holds this picture.
pub(super) fn holds(yuv: &Yuv<'_, u8>, layout: Layout) -> bool {
    let full_pairs = !yuv.subsampling.halves_columns() && matches!(yuv.chroma, Pair::Interleaved(_));
    layout != Layout::Gray && !full_pairs
}

/// Calls `one` or `two` with all rows of luma, their chroma, and where their pixels go: two for rows that share their chroma.
#[inline(always)]
pub(super) fn picture(
    yuv: &Yuv<'_, u8>,
    chroma: Chroma,
    mut to: PlaneMut<'_, u8>,
    mut one: impl FnMut([&[u8]; 1], Row<'_>, [&mut [u8]; 1]),
    mut two: impl FnMut([&[u8]; 2], Row<'_>, [&mut [u8]; 2]),
) {
    let halved = yuv.subsampling.halves_columns();
    if let (Chroma::Linear(siting), true) = (chroma, halved) {
        return linear(yuv, siting, to, one);
    }
    let chroma = |row: usize| match yuv.chroma {
        Pair::Planar(u, v) if halved => Row::Half { u: u.row(row), v: v.row(row) },
        Pair::Planar(u, v) => Row::Full { u: u.row(row), v: v.row(row) },
        Pair::Interleaved(uv) => Row::HalfPairs { uv: uv.row(row) },
    };
    let mut rows = yuv.y.rows().zip(to.rows_mut());
    let mut row = 0;
    while let Some((y, to)) = rows.next() {
        let chroma = chroma(row);
        let below = if yuv.subsampling.halves_rows() { rows.next() } else { None };
        match below {
            Some((y_below, to_below)) => two([y, y_below], chroma, [to, to_below]),
            None => one([y], chroma, [to]),
        }
        row += 1;
    }
}

#[inline(always)]
fn linear(
    yuv: &Yuv<'_, u8>,
    siting: Siting,
    mut to: PlaneMut<'_, u8>,
    mut convert: impl FnMut([&[u8]; 1], Row<'_>, [&mut [u8]; 1]),
) {
    let chroma = Chroma::Linear(siting);
    let columns = chroma::columns(chroma);
    let mut blended = Blended::new(yuv);
    let mut split: [Vec<i16>; 4] = std::array::from_fn(|_| vec![0; blended.u.len() - 2]);
    // 16 times 8 bits, to 256 times.
    let finish = |sum: i16| (sum - 128 * 16) << 4;
    for (row, (y, to)) in yuv.y.rows().zip(to.rows_mut()).enumerate() {
        blended.blend(yuv, chroma, row, 0);
        let [u_even, u_odd, v_even, v_odd] = &mut split;
        chroma::spread::<u8, i16>(&blended.u, columns, u_even, u_odd, finish);
        chroma::spread::<u8, i16>(&blended.v, columns, v_even, v_odd, finish);
        convert([y], Row::Split { u: [u_even, u_odd], v: [v_even, v_odd] }, [to]);
    }
}

/// The starts of the steps of `step` pixels (even) that cover an even number of pixels of the row; the last may overlap the
/// one before, which writes the same again. None for a row shorter than a step. An odd row has one pixel left.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
pub(super) fn starts(width: usize, step: usize) -> impl Iterator<Item = usize> {
    let even = width & !1;
    let steps = if even < step { 0 } else { even.div_ceil(step) };
    (0..steps).map(move |i| (i * step).min(even - step))
}
