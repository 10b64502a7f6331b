//! What describes a whole stream beside its codec parameters.

use ffmpeg_sys_next as ffi;

#[cfg(not(ffmpeg_6_1))]
use crate::error::{Result, no_memory};
#[cfg(not(ffmpeg_6_1))]
use crate::raw;
use crate::raw::get_enum;

/// Blocks of side data by FFmpeg's number of their type.
#[derive(Clone, Debug, Default)]
pub struct SideData(Vec<(i32, Vec<u8>)>);

const DISPLAY_MATRIX: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_DISPLAYMATRIX as i32;

impl SideData {
    /// Copies what a stream has.
    ///
    /// # Safety
    /// `stream` is a valid stream with parameters.
    pub(crate) unsafe fn of_stream(stream: &ffi::AVStream) -> Self {
        // SAFETY: the stream is valid, so its array is.
        unsafe {
            #[cfg(ffmpeg_6_1)]
            return Self::of_entries((*stream.codecpar).coded_side_data, (*stream.codecpar).nb_coded_side_data);
            #[cfg(not(ffmpeg_6_1))]
            return Self::of_entries(stream.side_data, stream.nb_side_data);
        }
    }

    /// Copies an array of FFmpeg's.
    ///
    /// # Safety
    /// `entries` points at `count` valid entries, each with `size` bytes of data or null.
    pub(crate) unsafe fn of_entries(entries: *const ffi::AVPacketSideData, count: i32) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let entries = (0..count.max(0).unsigned_abs() as usize).map(|i| entries.add(i));
            Self(
                entries
                    .filter(|e| !(**e).data.is_null())
                    .map(|e| (get_enum!((*e).type_), std::slice::from_raw_parts((*e).data, (*e).size).to_vec()))
                    .collect(),
            )
        }
    }

    /// Gives the blocks to an output stream. Since FFmpeg 6.1 the codec parameters carry them.
    ///
    /// # Safety
    /// `stream` is a valid stream of a muxer whose header is not written yet.
    #[cfg(not(ffmpeg_6_1))]
    pub(crate) unsafe fn give_to(&self, stream: *mut ffi::AVStream) -> Result<()> {
        for (kind, data) in &self.0 {
            // SAFETY: the stream is valid; the block that comes back has room for `data`.
            unsafe {
                let block = raw::av_stream_new_side_data(stream, *kind, data.len());
                if block.is_null() {
                    return Err(no_memory("side data"));
                }
                std::ptr::copy_nonoverlapping(data.as_ptr(), block, data.len());
            }
        }
        Ok(())
    }

    /// The display matrix: how a player turns and flips the picture. 16.16 fixed point, the last column 2.30.
    pub fn display_matrix(&self) -> Option<[i32; 9]> {
        let (_, data) = self.0.iter().find(|(kind, _)| *kind == DISPLAY_MATRIX)?;
        let (words, _) = data.as_chunks::<4>();
        let words: Vec<i32> = words.iter().map(|w| i32::from_ne_bytes(*w)).collect();
        words.get(..9)?.try_into().ok()
    }
}
