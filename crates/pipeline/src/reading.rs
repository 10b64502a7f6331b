//! Media read into memory: pictures by their number or their time.

mod cursor;
mod entry;
mod form;
mod index;
mod shown;
mod video;

pub(crate) use cursor::{Cursor, Choice};
pub use form::{Form, Kind, Target};
pub use index::Index;
pub use video::{Picture, ReadOptions, VideoReader};
