//! Whether two planes are the same, and where they are not.

use std::fmt::Write as _;

use crate::{Guarded, Number, Rng};

/// What differs by more than `bound`, with a map of where (`x` differs, `.` is the same), or a write beyond the edge.
#[must_use]
pub fn difference<T: Number>(expected: &Guarded<T>, got: &Guarded<T>, bound: f64) -> Option<String> {
    if let Some(trespass) = got.trespass() {
        return Some(trespass);
    }
    let (width, height) = (expected.geometry().width, expected.geometry().height);
    let differs = |a: T, b: T| {
        let distance = (a.wide() - b.wide()).abs();
        // A NaN differs from everything.
        a != b && (distance.is_nan() || distance > bound)
    };
    let (x, y) = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .find(|&(x, y)| differs(expected.row(y)[x], got.row(y)[x]))?;
    let mut text = format!("at {x},{y}: expected {:?}, got {:?}\n", expected.row(y)[x], got.row(y)[x]);
    for y in 0..height.min(8) {
        let marks = expected.row(y).iter().zip(got.row(y)).take(120);
        let line: String = marks.map(|(a, b)| if differs(*a, *b) { 'x' } else { '.' }).collect();
        let _ = writeln!(text, "  {line}");
    }
    Some(text)
}

/// Bit for bit the same, and nothing written beyond the rows.
///
/// # Panics
/// They are not: the message has `what`, the seed and a map.
pub fn assert_same<T: Number>(rng: &Rng, what: &str, expected: &Guarded<T>, got: &Guarded<T>) {
    assert_near(rng, what, expected, got, 0.0);
}

/// The same within `bound`, and nothing written beyond the rows.
///
/// # Panics
/// They are not: the message has `what`, the seed and a map.
pub fn assert_near<T: Number>(rng: &Rng, what: &str, expected: &Guarded<T>, got: &Guarded<T>, bound: f64) {
    if let Some(difference) = difference(expected, got, bound) {
        panic!("{what}, {:?}: {difference}replay: CHECK_SEED={}", got.geometry(), rng.seed());
    }
}
