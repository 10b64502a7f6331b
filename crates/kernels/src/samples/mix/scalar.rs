//! A plane at a time, so that the inner loop is one product and one sum.

/// From sample `start` on.
pub(super) fn weighted(terms: &[(f32, &[f32])], to: &mut [f32], start: usize) {
    let to = &mut to[start..];
    to.fill(0.0);
    for (value, plane) in terms {
        for (to, sample) in to.iter_mut().zip(&plane[start..]) {
            *to += value * sample;
        }
    }
}
