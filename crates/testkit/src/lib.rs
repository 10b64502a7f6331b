//! What the tests of the kernels share: a seeded random source, geometries that vectors stumble over, patterns that
//! find overflow, buffers that notice a write beyond their edge, and a comparison that shows where two differ.

mod buffer;
mod compare;
mod geometry;
mod pattern;
mod rng;

pub use buffer::Guarded;
pub use compare::{assert_near, assert_same, difference};
pub use geometry::{Geometry, geometries};
pub use pattern::{Number, Pattern};
pub use rng::Rng;
