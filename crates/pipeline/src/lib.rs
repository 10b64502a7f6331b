//! Transcoding jobs: options, plan, stages, threads, progress.
//!
//! A job reads one input and writes one output. [`plan`] says what will happen to every stream, [`run`] does it,
//! and both look at the same [`Options`]. The file at the output path holds either what it held before or a
//! complete result.
#![forbid(unsafe_code)]

pub mod control;
pub mod error;
pub mod options;
pub mod report;

pub use control::Control;
pub use error::{Error, ErrorKind, Result};
pub use options::{OptionSpec, Options};
pub use report::{Action, Outcome, Plan, Progress, Stats, StreamPlan};
