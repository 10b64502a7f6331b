//! Decoded pictures and sound.

use ffmpeg_sys_next as ffi;

use crate::error::{ErrorKind, Result, check, no_memory};
use crate::filter_graph::FilterInput;
use crate::format::{ChannelLayout, ColorInfo, PixelFormat, SampleFormat};
use crate::raw::{get_enum, set_enum};
use crate::time::{Rational, known, rescale};

/// An owned `AVFrame`. Its data may be shared with other frames and is written to only where it is not.
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

    /// A picture of zeroes like those that `input` tells of; `None` for sound.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn blank(input: &FilterInput) -> Result<Option<Self>> {
        let FilterInput::Video { width, height, format, sample_aspect_ratio, color } = input else { return Ok(None) };
        let mut frame = Self::picture(*format, *width, *height)?;
        frame.raw_mut().sample_aspect_ratio = sample_aspect_ratio.unwrap_or(Rational::new(0, 1)).to_ffi();
        frame.set_color(color);
        frame.set_pts(Some(0));
        Ok(Some(frame))
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

    /// The number of the packet that a decoder made it of ([`Packet::set_mark`](crate::Packet::set_mark)); 0 where it had none.
    pub fn mark(&self) -> u32 {
        #[cfg(ffmpeg_6_0)]
        let mark = self.raw().opaque.addr();
        #[cfg(not(ffmpeg_6_0))]
        let mark = self.raw().reordered_opaque;
        u32::try_from(mark).unwrap_or(0)
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

    /// Sets the colour description, and leaves the pixels as they are.
    pub fn set_color(&mut self, color: &ColorInfo) {
        let raw = self.raw_mut();
        // SAFETY: plain fields of a valid frame, written as integers that FFmpeg itself gave.
        unsafe {
            set_enum!(raw.color_range, color.range);
            set_enum!(raw.color_primaries, color.primaries);
            set_enum!(raw.color_trc, color.transfer);
            set_enum!(raw.colorspace, color.matrix);
            set_enum!(raw.chroma_location, color.chroma_location);
        }
    }

    /// The fields of a picture, where it has two: whether the upper one is shown first.
    pub fn fields(&self) -> Option<bool> {
        let raw = self.raw();
        #[cfg(ffmpeg_6_1)]
        {
            let flags = raw.flags;
            return (flags & ffi::AV_FRAME_FLAG_INTERLACED != 0)
                .then(|| flags & ffi::AV_FRAME_FLAG_TOP_FIELD_FIRST != 0);
        }
        #[cfg(not(ffmpeg_6_1))]
        (raw.interlaced_frame != 0).then_some(raw.top_field_first != 0)
    }

    /// Says that the picture has two fields, and whether the upper one is shown first.
    pub fn set_fields(&mut self, top_first: bool) {
        let raw = self.raw_mut();
        #[cfg(ffmpeg_6_1)]
        {
            raw.flags |= ffi::AV_FRAME_FLAG_INTERLACED;
            raw.flags &= !ffi::AV_FRAME_FLAG_TOP_FIELD_FIRST;
            raw.flags |= if top_first { ffi::AV_FRAME_FLAG_TOP_FIELD_FIRST } else { 0 };
        }
        #[cfg(not(ffmpeg_6_1))]
        {
            (raw.interlaced_frame, raw.top_field_first) = (1, i32::from(top_first));
        }
    }

    /// A block of side data.
    pub(crate) fn side_data(&self, kind: ffi::AVFrameSideDataType) -> Option<&[u8]> {
        // SAFETY: a valid frame; the entry that comes back is null or one of its own with `size` bytes.
        unsafe {
            let entry = ffi::av_frame_get_side_data(self.0, kind).as_ref()?;
            (!entry.data.is_null()).then(|| std::slice::from_raw_parts(entry.data, entry.size))
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

    /// Whether it was decoded without any other picture, as its decoder says.
    pub fn is_key(&self) -> bool {
        #[cfg(ffmpeg_6_1)]
        return self.raw().flags & ffi::AV_FRAME_FLAG_KEY != 0;
        #[cfg(not(ffmpeg_6_1))]
        return self.raw().key_frame != 0;
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

    /// Takes over all that `other` says of itself but size, format and samples: times, colours, fields, side data.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn copy_properties(&mut self, other: &Self) -> Result<()> {
        // SAFETY: both frames are valid, and `self` is borrowed mutably.
        let code = unsafe { ffi::av_frame_copy_props(self.0, other.0) };
        check(code, ErrorKind::Bug, "a frame").map(drop)
    }

    /// Removes what is said of HDR beside the colours, once the pixels are none.
    pub fn remove_hdr(&mut self) {
        use ffi::AVFrameSideDataType as T;
        for kind in [
            T::AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
            T::AV_FRAME_DATA_CONTENT_LIGHT_LEVEL,
            T::AV_FRAME_DATA_DYNAMIC_HDR_PLUS,
            T::AV_FRAME_DATA_DYNAMIC_HDR_VIVID,
            T::AV_FRAME_DATA_DOVI_RPU_BUFFER,
            T::AV_FRAME_DATA_DOVI_METADATA,
        ] {
            // SAFETY: a valid frame; removing absent side data is allowed.
            unsafe { ffi::av_frame_remove_side_data(self.0, kind) }
        }
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
