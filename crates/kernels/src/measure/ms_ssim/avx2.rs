//! AVX2: the scalar body, compiled for it.

use super::{Means, Scale, scalar};

#[target_feature(enable = "avx2")]
pub(super) fn means(a: &Scale, b: &Scale) -> Means {
    scalar::body(a, b)
}
