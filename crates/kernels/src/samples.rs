//! Sound: conversion between sample formats and layouts, downmix, peak, energy and loudness.
//!
//! Samples are `i16`, `i32` or `f32`, of which full scale is 2^15, 2^31 and 1.0. *Interleaved* samples lie frame by frame
//! (`L R L R`), *planar* ones channel by channel. Everything here gives the same bits at every level.
//!
//! ```
//! use transcode_kernels::Level;
//! use transcode_kernels::samples::{Dither, deinterleave, interleave};
//!
//! let level = Level::active()?;
//! let (mut left, mut right) = ([0.0f32; 3], [0.0f32; 3]);
//! deinterleave(level, &[0i16, 16384, -16384, 8192, 0, 0], &mut [&mut left, &mut right], None);
//! assert_eq!(left, [0.0, -0.5, 0.0]);
//!
//! let mut back = [0i16; 6];
//! interleave(level, &[&left, &right], &mut back, Some(Dither { seed: 1, position: 0 }));
//! # Ok::<(), transcode_kernels::LevelError>(())
//! ```

mod convert;
mod energy;
mod layout;
mod loudness;
mod matrix;
mod mix;

pub use convert::{ConvertTo, Dither, Sample, convert};
pub use energy::{peak, sum_of_squares};
pub use layout::{deinterleave, interleave};
pub use loudness::{KWeighting, k_weighted_squares, loudness};
pub use matrix::{ChannelLayout, MixMatrix, MixMatrixError};
pub use mix::mix;
