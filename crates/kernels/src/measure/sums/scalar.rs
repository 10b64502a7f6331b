//! The reference: exact sums, sample by sample.

use crate::Plane;

pub(super) trait Sample: Copy + Into<u64> + Ord {}

impl Sample for u8 {}
impl Sample for u16 {}

pub(super) fn sse<T: Sample>(a: Plane<'_, T>, b: Plane<'_, T>) -> u64 {
    a.rows().zip(b.rows()).map(|(a, b)| sse_row(a, b)).sum()
}

pub(super) fn sad<T: Sample>(a: Plane<'_, T>, b: Plane<'_, T>) -> u64 {
    a.rows().zip(b.rows()).map(|(a, b)| sad_row(a, b)).sum()
}

pub(super) fn count_below<T: Sample>(plane: Plane<'_, T>, threshold: T) -> u64 {
    plane.rows().map(|row| count_row(row, threshold)).sum()
}

pub(super) fn sse_row<T: Sample>(a: &[T], b: &[T]) -> u64 {
    a.iter().zip(b).map(|(a, b)| distance(*a, *b).pow(2)).sum()
}

pub(super) fn sad_row<T: Sample>(a: &[T], b: &[T]) -> u64 {
    a.iter().zip(b).map(|(a, b)| distance(*a, *b)).sum()
}

pub(super) fn count_row<T: Sample>(row: &[T], threshold: T) -> u64 {
    row.iter().map(|sample| u64::from(*sample <= threshold)).sum()
}

fn distance<T: Sample>(a: T, b: T) -> u64 {
    a.into().abs_diff(b.into())
}
