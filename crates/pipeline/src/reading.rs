//! Media read into memory: pictures by their number or their time, and sound.

mod alone;
mod audio;
mod cursor;
mod entry;
mod form;
mod forward;
mod hand;
mod index;
mod maker;
mod ready;
mod relay;
mod shown;
mod stored;
mod team;
mod video;

pub use audio::{AudioReader, ReadAudio, SampleType, Samples, SoundInfo, read_audio};
pub(crate) use cursor::{Choice, Cursor};
pub use form::{Form, Kind, Numbers};
pub use hand::Decoded;
pub use index::Index;
pub use maker::{Found, Maker, Picture, Samples as PictureSamples};
pub use ready::Ready;
pub use relay::Span;
pub use transcode_av::{ColorInfo, Frame};
pub use transcode_kernels::Normal;
pub use video::{ReadOptions, VideoReader};
