//! What a job says of itself: its plan, its progress, its result. Plain data, named as in Python.

use serde::Serialize;
use serde_json::{Map, Value};

/// What happens to one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The packets are kept as they are.
    Copy,
    /// Decoded and encoded again.
    Encode,
    /// Put into another form that the container holds, without loss of what it says.
    Convert,
    /// Left out, for the stated reason.
    Drop,
}

/// One input stream and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamPlan {
    /// Index in the input.
    pub input_index: usize,
    /// Index in the output; `None` where it is not a stream there.
    pub output_index: Option<usize>,
    /// `"video"`, `"audio"`, `"subtitle"`, `"attachment"` or `"data"`.
    pub kind: &'static str,
    /// What happens to it.
    pub action: Action,
    /// The codec it has in the input.
    pub codec: String,
    /// The codec it has in the output; `None` where it is not there.
    pub output_codec: Option<String>,
    /// The FFmpeg encoder that makes the output stream.
    pub encoder: Option<String>,
    /// The filters between decoder and encoder, in FFmpeg's filtergraph text.
    pub filters: Option<String>,
    /// Why this action, in words.
    pub reason: String,
}

/// What a job will do, known before it does anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The input's path or URL; `None` for data in memory and readers.
    pub input: Option<String>,
    /// The output's path; `None` for memory and writers.
    pub output: Option<String>,
    /// FFmpeg's name of the output container.
    pub format: String,
    /// The duration of the output in seconds, where it can be known.
    pub duration: Option<f64>,
    /// Every stream of the input, in order.
    pub streams: Vec<StreamPlan>,
    /// What is changed or left out without having been asked for.
    pub warnings: Vec<String>,
    /// The nearest equal command line of the `ffmpeg` program, word by word.
    pub command: Vec<String>,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// 0 to 100 of the planned output time (of the bytes read where no duration is known); never falls.
    pub percent: f64,
    /// Video frames encoded (packets written, where no video is encoded).
    pub frames: u64,
    /// Media seconds done per second of wall time.
    pub speed: f64,
    /// Seconds left, where that can be told.
    pub eta: Option<f64>,
    /// Bytes written.
    pub size: u64,
    /// Bits per second of the output so far.
    pub bitrate: u64,
    /// Frames per second of wall time.
    pub fps: f64,
    /// Seconds of output written.
    pub time: f64,
    /// Seconds the output will have, where known.
    pub duration: Option<f64>,
    /// Seconds since the job began.
    pub elapsed: f64,
    /// `"open"`, `"encode"`, `"finish"`, or `"compare"` in a comparison.
    pub stage: &'static str,
}

/// What a finished job did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Packets read from the input's chosen streams.
    pub packets_processed: u64,
    /// Frames decoded, video and audio.
    pub frames_decoded: u64,
    /// Frames encoded, video and audio.
    pub frames_encoded: u64,
    /// Bytes of the input; 0 where a reader cannot tell.
    pub input_size: u64,
    /// Bytes of the output.
    pub output_size: u64,
    /// `input_size / output_size`.
    pub compression_ratio: f64,
    /// Seconds of media written.
    pub duration: f64,
    /// Seconds the job took.
    pub elapsed: f64,
    /// `duration / elapsed`.
    pub speed: f64,
    /// What happened to every stream of the input.
    pub streams: Vec<StreamPlan>,
    /// Everything dropped, changed, repaired or found damaged.
    pub warnings: Vec<String>,
    /// Video frames left out to keep a constant frame rate or rising timestamps.
    pub dropped_frames: u64,
    /// Video frames shown twice to keep a constant frame rate.
    pub duplicated_frames: u64,
    /// Packets and frames that could not be decoded.
    pub decode_errors: u64,
    /// Seconds per stage, queue waits, SIMD level, FFmpeg versions.
    pub metrics: Map<String, Value>,
}

/// A finished job: what it did, and the bytes where they were asked for.
#[derive(Debug)]
pub struct Outcome {
    /// What it did.
    pub stats: Stats,
    /// The output, for [`Output::Memory`](crate::Output::Memory).
    pub data: Option<Vec<u8>>,
}
