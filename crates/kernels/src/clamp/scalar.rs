//! Loops that any compiler makes vectors of.

/// `top` is one less than a power of two, so what is beyond it has a bit beyond it.
#[inline(always)]
pub(super) fn exceeds(row: &[u16], top: u16) -> bool {
    row.iter().fold(0, |all, sample| all | sample) > top
}

#[inline(always)]
pub(super) fn clamp(row: &mut [u16], top: u16) {
    for sample in row {
        *sample = (*sample).min(top);
    }
}
