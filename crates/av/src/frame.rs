//! Decoded pictures and sound.

use ffmpeg_sys_next as ffi;

use crate::error::{Result, no_memory};
use crate::format::{ChannelLayout, ColorInfo, PixelFormat, SampleFormat};
use crate::raw::get_enum;
use crate::time::{Rational, known, rescale};

/// An owned `AVFrame`. Its data may be shared with other frames and is never written to here.
#[derive(Debug)]
pub struct Frame(*mut ffi::AVFrame);

// SAFETY: a frame is owned by one `Frame`; its buffers are reference-counted with an atomic count, and nothing
// here writes into shared data. It is not `Sync`.
unsafe impl Send for Frame {}

impl Frame {
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: allocates; null is checked below.
        let frame = unsafe { ffi::av_frame_alloc() };
        if frame.is_null() { Err(no_memory("a frame")) } else { Ok(Self(frame)) }
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVFrame {
        self.0
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVFrame {
        self.0
    }

    fn raw(&self) -> &ffi::AVFrame {
        // SAFETY: not null since `new`, and owned by self.
        unsafe { &*self.0 }
    }

    fn raw_mut(&mut self) -> &mut ffi::AVFrame {
        // SAFETY: as in `raw`, and borrowed mutably.
        unsafe { &mut *self.0 }
    }

    /// Presentation time, in the time base of whoever made the frame.
    pub fn pts(&self) -> Option<i64> {
        known(self.raw().pts)
    }

    /// Sets the presentation time.
    pub fn set_pts(&mut self, pts: Option<i64>) {
        self.raw_mut().pts = pts.unwrap_or(ffi::AV_NOPTS_VALUE);
    }

    /// The decoder's best guess of the presentation time, from pts and dts of the packets.
    pub fn best_effort_timestamp(&self) -> Option<i64> {
        known(self.raw().best_effort_timestamp)
    }

    /// How long the frame is shown; 0 = unknown.
    pub fn duration(&self) -> i64 {
        #[cfg(ffmpeg_6_0)]
        return self.raw().duration;
        #[cfg(not(ffmpeg_6_0))]
        return self.raw().pkt_duration;
    }

    /// Sets how long the frame is shown; 0 = unknown.
    pub fn set_duration(&mut self, duration: i64) {
        #[cfg(ffmpeg_6_0)]
        {
            self.raw_mut().duration = duration;
        }
        #[cfg(not(ffmpeg_6_0))]
        {
            self.raw_mut().pkt_duration = duration;
        }
    }

    /// Puts time and duration from one time base into another.
    pub fn rescale(&mut self, from: Rational, to: Rational) {
        self.set_pts(self.pts().map(|pts| rescale(pts, from, to)));
        self.set_duration(rescale(self.duration(), from, to));
    }

    /// Extra times the picture's fields are repeated (MPEG-2 pulldown): it is shown `(2 + repeat) / 2` as long.
    pub fn repeat(&self) -> i32 {
        self.raw().repeat_pict
    }

    /// Width in pixels; 0 for sound.
    pub fn width(&self) -> u32 {
        self.raw().width.unsigned_abs()
    }

    /// Height in pixels; 0 for sound.
    pub fn height(&self) -> u32 {
        self.raw().height.unsigned_abs()
    }

    /// Pixel format, where this is a picture.
    pub fn pixel_format(&self) -> Option<PixelFormat> {
        PixelFormat::from_raw(self.raw().format)
    }

    /// Makes a `yuvj*` picture a `yuv*` one of full range: the same bytes under a name that filters and
    /// encoders agree on.
    pub fn normalise_range(&mut self) {
        if let Some(plain) = self.pixel_format().and_then(PixelFormat::without_range) {
            let raw = self.raw_mut();
            raw.format = plain.0;
            raw.color_range = ffi::AVColorRange::AVCOL_RANGE_JPEG;
        }
    }

    /// Gives a picture another format of the very same memory layout (see [`normalise_range`](Self::normalise_range)).
    pub(crate) fn relabel(&mut self, format: PixelFormat) {
        self.raw_mut().format = format.0;
    }

    /// Shape of a pixel, where known.
    pub fn sample_aspect_ratio(&self) -> Option<Rational> {
        Rational::from_ffi(self.raw().sample_aspect_ratio).positive()
    }

    /// Colour description.
    pub fn color(&self) -> ColorInfo {
        let raw = self.raw();
        // SAFETY: plain fields of a valid frame, read as integers.
        unsafe {
            ColorInfo {
                range: get_enum!(raw.color_range),
                primaries: get_enum!(raw.color_primaries),
                transfer: get_enum!(raw.color_trc),
                matrix: get_enum!(raw.colorspace),
                chroma_location: get_enum!(raw.chroma_location),
            }
        }
    }

    /// Sample format, where this is sound.
    pub fn sample_format(&self) -> Option<SampleFormat> {
        SampleFormat::from_raw(self.raw().format)
    }

    /// Samples a channel; 0 for a picture.
    pub fn samples(&self) -> u32 {
        self.raw().nb_samples.unsigned_abs()
    }

    /// Samples a second; 0 for a picture.
    pub fn sample_rate(&self) -> u32 {
        self.raw().sample_rate.unsigned_abs()
    }

    /// Speakers, where this is sound.
    pub fn channel_layout(&self) -> Option<ChannelLayout> {
        // SAFETY: the layout is a field of a valid frame.
        unsafe { ChannelLayout::from_raw(&self.raw().ch_layout) }
    }

    /// Channels of sound, whatever their speakers; 0 for a picture.
    pub(crate) fn channels(&self) -> u32 {
        self.raw().ch_layout.nb_channels.unsigned_abs()
    }

    /// Whether the decoder found it damaged.
    pub fn is_corrupt(&self) -> bool {
        self.raw().flags & ffi::AV_FRAME_FLAG_CORRUPT != 0 || self.raw().decode_error_flags != 0
    }

    /// Lets the encoder choose the picture type, instead of repeating the decoder's.
    pub(crate) fn forget_picture_type(&mut self) {
        self.raw_mut().pict_type = ffi::AVPictureType::AV_PICTURE_TYPE_NONE;
    }

    /// Removes the rotation, once it is applied to the pixels.
    pub fn remove_rotation(&mut self) {
        // SAFETY: a valid frame; removing absent side data is allowed.
        unsafe { ffi::av_frame_remove_side_data(self.0, ffi::AVFrameSideDataType::AV_FRAME_DATA_DISPLAYMATRIX) }
    }

    /// Bytes of memory the frame holds on to.
    pub fn memory(&self) -> usize {
        // SAFETY: each entry of `buf` is null or a valid buffer reference of this frame.
        self.raw().buf.iter().filter_map(|b| unsafe { b.as_ref() }).map(|b| b.size).sum()
    }

    /// A second frame on the same data.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn try_clone(&self) -> Result<Self> {
        // SAFETY: clones a valid frame, sharing its reference-counted data; null is checked below.
        let frame = unsafe { ffi::av_frame_clone(self.0) };
        if frame.is_null() { Err(no_memory("a frame")) } else { Ok(Self(frame)) }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once.
        unsafe { ffi::av_frame_free(&raw mut self.0) }
    }
}
