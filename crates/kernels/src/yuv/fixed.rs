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

/// Whether [`rows`] holds this picture.
pub(super) fn holds(yuv: &Yuv<'_, u8>, layout: Layout) -> bool {
    let full_pairs = !yuv.subsampling.halves_columns() && matches!(yuv.chroma, Pair::Interleaved(_));
    layout != Layout::Gray && !full_pairs
}

/// Calls `convert` with each row of luma, its chroma, and where its pixels go.
#[inline(always)]
pub(super) fn rows(
    yuv: &Yuv<'_, u8>,
    chroma: Chroma,
    to: &mut PlaneMut<'_, u8>,
    mut convert: impl FnMut(&[u8], Row<'_>, &mut [u8]),
) {
    let step = usize::from(yuv.subsampling.halves_rows());
    let halved = yuv.subsampling.halves_columns();
    if let (Chroma::Linear(siting), true) = (chroma, halved) {
        return linear(yuv, siting, to, convert);
    }
    for (row, (y, to)) in yuv.y.rows().zip(to.rows_mut()).enumerate() {
        let chroma = match yuv.chroma {
            Pair::Planar(u, v) => {
                let (u, v) = (u.row(row >> step), v.row(row >> step));
                if halved { Row::Half { u, v } } else { Row::Full { u, v } }
            }
            Pair::Interleaved(uv) => Row::HalfPairs { uv: uv.row(row >> step) },
        };
        convert(y, chroma, to);
    }
}

#[inline(always)]
fn linear(
    yuv: &Yuv<'_, u8>,
    siting: Siting,
    to: &mut PlaneMut<'_, u8>,
    mut convert: impl FnMut(&[u8], Row<'_>, &mut [u8]),
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
        convert(y, Row::Split { u: [u_even, u_odd], v: [v_even, v_odd] }, to);
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
