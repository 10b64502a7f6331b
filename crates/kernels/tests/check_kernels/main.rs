//! Every kernel at every level equals its scalar reference: bit for bit, or within the bound its documentation states;
//! at all sizes, strides, alignments, patterns and depths; and none writes outside of its rows.
//!
//! `CHECK_SEED=...` replays a failure, which names its seed.

mod clamp;
mod harness;
mod measure;
mod samples;
mod samples_truth;
mod scale;
mod tone;
mod yuv;
