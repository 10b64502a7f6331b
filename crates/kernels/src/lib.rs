//! What this CPU can compute with, and which instructions are in force.
//!
//! [`Simd::detect`] reports the CPU's instruction sets; a [`Level`] is the proof that one of them may be used.
//! The environment variable `TRANSCODE_SIMD` forces a level, so that tests and benchmarks can compare them.
//!
//! ```
//! use transcode_kernels::{Level, Simd};
//!
//! println!("best: {}", Simd::detect().best_level());
//! println!("in force: {}", Level::active()?.name());
//! # Ok::<(), transcode_kernels::LevelError>(())
//! ```
//!
//! This crate knows slices and numbers only: no FFmpeg, no files, no threads, no Python.

mod clamp;
mod color;
mod compiled;
mod detect;
mod level;
pub mod measure;
mod plane;
pub mod samples;
mod scale;
mod tone;
mod yuv;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use clamp::{clamp_u16, exceeds_u16};
pub use color::{Matrix, Range, Siting};
pub use detect::Simd;
pub use level::{Level, LevelError};
pub use plane::{Plane, PlaneError, PlaneMut};
pub use scale::{Axis, Filter, ScaleError, Scaler, scale_ladder_u8, scale_ladder_u16};
pub use tone::{Hdr, ToneError, ToneMap, ToneSpec};
pub use yuv::{
    Chroma, Coding, Layout, Normal, Sample, Subsampling, Yuv, YuvError, YuvMut, planar_f32_to_yuv, rgb8_to_yuv,
    rgb16_to_yuv, yuv_to_planar_f32, yuv_to_rgb8, yuv_to_rgb16,
};
