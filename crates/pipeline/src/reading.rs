//! Media read into memory: pictures by their number or their time.

mod cursor;
mod entry;
mod index;
mod shown;
mod video;

pub(crate) use cursor::{Cursor, Choice};
pub use index::Index;
pub use video::{Picture, ReadOptions, VideoReader};
