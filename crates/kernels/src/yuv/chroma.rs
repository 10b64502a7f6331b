//! Chroma of a subsampled picture at every luma sample.
//!
//! Sums stay whole numbers, 16 times a sample, so that nothing is rounded before the matrix.

use crate::{Chroma, Siting};

use super::picture::{Pair, Yuv, sealed::Sealed};

/// What a blended or spread sample is to one of the picture: 4 from rows, 4 from columns.
pub(super) const SCALE: i32 = 16;

/// Two rows with their weights, which add up to 4.
#[derive(Clone, Copy)]
struct Rows {
    near: usize,
    far: usize,
    weights: (u8, u8),
}

impl Rows {
    /// Chroma rows for luma row `y`, of `height` chroma rows.
    fn new(chroma: Chroma, halved: bool, y: usize, height: usize) -> Self {
        if !halved {
            return Self { near: y, far: y, weights: (4, 0) };
        }
        let near = y / 2;
        let below = (near + 1).min(height - 1);
        match chroma {
            Chroma::Nearest => Self { near, far: near, weights: (4, 0) },
            Chroma::Linear(Siting::Left | Siting::Center) => {
                let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { below };
                Self { near, far, weights: (3, 1) }
            }
            Chroma::Linear(Siting::TopLeft) => {
                let weights = if y.is_multiple_of(2) { (4, 0) } else { (2, 2) };
                Self { near, far: below, weights }
            }
        }
    }
}

/// Weights of (previous, own) for an even column, of (own, next) for an odd one; each adds up to 4.
pub(super) type Columns = [(u8, u8); 2];

pub(super) fn columns(chroma: Chroma) -> Columns {
    match chroma {
        Chroma::Nearest => [(0, 4), (4, 0)],
        Chroma::Linear(Siting::Center) => [(1, 3), (3, 1)],
        Chroma::Linear(Siting::Left | Siting::TopLeft) => [(0, 4), (2, 2)],
    }
}

/// U and V of one luma row at chroma width, blended from two rows, with the edge samples repeated on both sides.
pub(super) struct Blended<S: Sealed> {
    pub(super) u: Vec<S::Wide>,
    pub(super) v: Vec<S::Wide>,
}

impl<S: Sealed> Blended<S> {
    pub(super) fn new(yuv: &Yuv<'_, S>) -> Self {
        let width = yuv.subsampling.chroma_size(yuv.width(), 0).0 + 2;
        let zeros = vec![S::Wide::from(0); width];
        Self { u: zeros.clone(), v: zeros }
    }

    /// For luma row `y`; the picture is not empty. Samples are shifted down by `shift`.
    #[inline(always)]
    pub(super) fn blend(&mut self, yuv: &Yuv<'_, S>, chroma: Chroma, y: usize, shift: u32) {
        let height = match yuv.chroma {
            Pair::Planar(plane, _) | Pair::Interleaved(plane) => plane.height(),
        };
        let Rows { near, far, weights } = Rows::new(chroma, yuv.subsampling.halves_rows(), y, height);
        let last = self.u.len() - 2;
        let weights = (S::Wide::from(weights.0), S::Wide::from(weights.1));
        let sum = |near: S, far: S| near.down(shift) * weights.0 + far.down(shift) * weights.1;
        match yuv.chroma {
            Pair::Planar(u, v) => {
                for (to, plane) in [(&mut self.u, u), (&mut self.v, v)] {
                    for (to, (near, far)) in to[1..=last].iter_mut().zip(plane.row(near).iter().zip(plane.row(far))) {
                        *to = sum(*near, *far);
                    }
                }
            }
            Pair::Interleaved(plane) => {
                let (near, far) = (plane.row(near).as_chunks::<2>().0, plane.row(far).as_chunks::<2>().0);
                let to = self.u[1..=last].iter_mut().zip(&mut self.v[1..=last]);
                for ((u, v), (near, far)) in to.zip(near.iter().zip(far)) {
                    *u = sum(near[0], far[0]);
                    *v = sum(near[1], far[1]);
                }
            }
        }
        for row in [&mut self.u, &mut self.v] {
            row[0] = row[1];
            row[last + 1] = row[last];
        }
    }
}

/// One row spread to the columns: `even` and `odd` get what `finish` makes of each sum.
#[inline(always)]
pub(super) fn spread<S: Sealed, T>(
    blended: &[S::Wide],
    columns: Columns,
    even: &mut [T],
    odd: &mut [T],
    finish: impl Fn(S::Wide) -> T,
) {
    let columns = columns.map(|(left, right)| (S::Wide::from(left), S::Wide::from(right)));
    let neighbours = blended.iter().zip(&blended[1..]).zip(&blended[2..]);
    for ((even, odd), ((previous, own), next)) in even.iter_mut().zip(odd).zip(neighbours) {
        *even = finish(*previous * columns[0].0 + *own * columns[0].1);
        *odd = finish(*own * columns[1].0 + *next * columns[1].1);
    }
}

/// One row in the order of the columns, as floats.
#[inline(always)]
pub(super) fn spread_floats<S: Sealed>(
    blended: &[S::Wide],
    columns: Option<Columns>,
    to: &mut [f32],
    finish: impl Fn(S::Wide) -> f32,
) {
    let Some(columns) = columns else {
        for (to, own) in to.iter_mut().zip(&blended[1..]) {
            *to = finish(*own * S::Wide::from(4));
        }
        return;
    };
    let columns = columns.map(|(left, right)| (S::Wide::from(left), S::Wide::from(right)));
    let neighbours = blended.iter().zip(&blended[1..]).zip(&blended[2..]);
    let (pairs, rest) = to.as_chunks_mut::<2>();
    let whole = pairs.len();
    for (to, ((previous, own), next)) in pairs.iter_mut().zip(neighbours) {
        *to = [
            finish(*previous * columns[0].0 + *own * columns[0].1),
            finish(*own * columns[1].0 + *next * columns[1].1),
        ];
    }
    for to in rest {
        *to = finish(blended[whole] * columns[0].0 + blended[whole + 1] * columns[0].1);
    }
}
