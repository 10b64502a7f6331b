//! Media read into memory.

mod audio;

pub use audio::{AudioReader, ReadAudio, SampleType, Samples, SoundInfo, read_audio};
