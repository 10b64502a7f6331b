//! Media read into memory: pictures by their number or their time.

mod cursor;
mod entry;
mod form;
mod index;
mod shown;
mod stored;
mod video;

pub(crate) use cursor::{Choice, Cursor};
pub use form::{Form, Kind, Normal, Target};
pub use index::Index;
pub use transcode_av::Frame;
pub use video::{Picture, ReadOptions, VideoReader};
