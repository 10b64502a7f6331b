//! Codecs and containers over FFmpeg, made safe.
//!
//! This is the only crate that links FFmpeg. No FFmpeg type stands in a public signature: a caller sees
//! demuxers, decoders, filter graphs, encoders and muxers that own what they hold, and plain data.
//! Nothing here knows jobs, threads or Python.
//!
//! Enumerations of FFmpeg are carried as their integers ([`PixelFormat`], [`CodecId`] ...): the bindings
//! make Rust enums of them, and a value that a newer library adds would be undefined behaviour there.

pub mod bitstream_filter;
pub mod decoder;
pub mod demuxer;
pub mod encoder;
pub mod error;
pub mod filter_graph;
pub mod format;
pub mod frame;
pub mod info;
pub mod interrupt;
pub mod io;
pub mod log;
pub mod memory;
pub mod muxer;
mod options;
pub mod packet;
pub mod parameters;
pub mod parser;
pub mod picture;
mod pictures;
mod raw;
pub mod side_data;
pub mod sound;
pub mod subtitle;
mod text;
pub mod time;

pub use bitstream_filter::BitstreamFilter;
pub use decoder::{Decoder, DecoderConfig};
pub use demuxer::{Chapter, Demuxer, IndexEntry, Place, StreamInfo};
pub use encoder::{AudioFormat, Encoder, EncoderConfig, EncoderInfo, Scan, VideoFormat};
pub use error::{Error, ErrorKind, Result};
pub use filter_graph::FilterGraph;
pub use format::{ChannelLayout, CodecId, ColorInfo, MediaKind, PixelFormat, SampleFormat};
pub use frame::Frame;
pub use interrupt::Interrupt;
pub use io::{MediaSource, MediaTarget};
pub use log::LogRing;
pub use muxer::{Muxer, MuxerInfo, OutputStream};
pub use packet::Packet;
pub use parameters::CodecParameters;
pub use picture::{PlaneMemory, StoredPlane};
pub use pictures::{Blocks, Pictures};
pub use side_data::{LightLevel, MasteringDisplay, SideData};
pub use sound::{Planes, StartTimes};
pub use subtitle::SubtitleConverter;
pub use time::Rational;

/// What a decoder, filter graph or encoder gives when asked for output.
#[derive(Debug)]
pub enum Output<T> {
    /// One item.
    Item(T),
    /// Nothing until more input comes.
    NeedsInput,
    /// Nothing any more: the end was reached.
    End,
}
