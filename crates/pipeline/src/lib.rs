//! Transcoding jobs: options, plan, stages, threads, progress.
//!
//! A job reads one input and writes one output. [`plan`] says what will happen to every stream, [`run`] does it,
//! and both look at the same [`Options`]. The file at the output path holds either what it held before or a
//! complete result.
#![forbid(unsafe_code)]

mod bits;
mod budget;
pub mod capabilities;
mod codecs;
pub mod compare;
pub mod control;
mod curve;
pub mod error;
pub mod executor;
pub mod image;
mod joint;
mod lanes;
pub mod media;
mod mpeg;
mod nal;
mod obu;
pub mod options;
mod plan;
pub mod probe;
mod progress;
mod queue;
pub mod reading;
pub mod report;
mod run;
mod shared;
mod source;
mod speech;
mod stage;
mod stages;
mod timeline;
mod work;
pub mod writing;

pub use capabilities::{BuildInfo, Capabilities, build_info, capabilities};
pub use compare::{Compare, Comparison, Metric, compare};
pub use control::{Control, Event};
pub use error::{Error, ErrorKind, Result};
pub use executor::Executor;
pub use media::{Input, MediaSource, MediaTarget, Output};
pub use options::{OptionSpec, Options};
pub use probe::{MediaInfo, probe};
pub use reading::{AudioReader, ReadAudio, SampleType, Samples, SoundInfo, read_audio};
pub use report::{Action, Outcome, Plan, Progress, Stats, StreamPlan};
pub use run::{Job, plan, run};
