//! What a stream's codec needs to be known before the first packet.

use ffmpeg_sys_next as ffi;

use crate::error::{Error, ErrorKind, Result, check, no_memory};
use crate::format::{ChannelLayout, CodecId, ColorInfo, MediaKind, PixelFormat, SampleFormat};
use crate::raw::{get_enum, set_enum};
use crate::time::Rational;

/// Owned `AVCodecParameters`.
#[derive(Debug)]
pub struct CodecParameters(*mut ffi::AVCodecParameters);

// SAFETY: the parameters are owned by one value, hold no thread-bound state, and are only read through `&self`.
unsafe impl Send for CodecParameters {}
// SAFETY: as above: shared references only read.
unsafe impl Sync for CodecParameters {}

impl CodecParameters {
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: allocates; null is checked below.
        let raw = unsafe { ffi::avcodec_parameters_alloc() };
        if raw.is_null() { Err(no_memory("codec parameters")) } else { Ok(Self(raw)) }
    }

    /// A deep copy of `source`.
    ///
    /// # Safety
    /// `source` is valid.
    pub(crate) unsafe fn copy_of(source: *const ffi::AVCodecParameters) -> Result<Self> {
        let out = Self::new()?;
        // SAFETY: both are valid; the copy allocates its own extradata.
        check(unsafe { ffi::avcodec_parameters_copy(out.0, source) }, ErrorKind::Bug, "codec parameters")?;
        Ok(out)
    }

    /// Parameters of a picture of a codec whose packets tell all else themselves, as image files do.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn picture(codec: CodecId) -> Result<Self> {
        let out = Self::new()?;
        // SAFETY: the parameters are ours; a plain field, written as a number that FFmpeg itself gave.
        unsafe {
            (*out.0).codec_type = ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
            crate::raw::set_enum!((*out.0).codec_id, codec.0);
        }
        Ok(out)
    }

    /// Parameters of an attachment: `data` under its codec, as containers with attachments take them.
    ///
    /// # Errors
    /// Memory ran out, or the data is too large for FFmpeg.
    pub fn attachment(codec: CodecId, data: &[u8]) -> Result<Self> {
        let out = Self::new()?;
        let size = i32::try_from(data.len()).map_err(|_| no_memory("an attachment"))?;
        // SAFETY: the parameters are ours; the extradata block is allocated by FFmpeg with its padding, and its
        // first `data.len()` bytes are writable.
        unsafe {
            let block = ffi::av_mallocz(data.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize).cast::<u8>();
            if block.is_null() {
                return Err(no_memory("an attachment"));
            }
            std::ptr::copy_nonoverlapping(data.as_ptr(), block, data.len());
            (*out.0).codec_type = ffi::AVMediaType::AVMEDIA_TYPE_ATTACHMENT;
            set_enum!((*out.0).codec_id, codec.0);
            (*out.0).extradata = block;
            (*out.0).extradata_size = size;
        }
        Ok(out)
    }

    /// Parameters of pictures that are stored as they are, row after row and plane after plane.
    ///
    /// # Errors
    /// FFmpeg has no such size, or memory ran out.
    pub fn raw_video(format: PixelFormat, width: u32, height: u32, color: &ColorInfo) -> Result<Self> {
        let out = Self::new()?;
        let (Ok(w), Ok(h)) = (i32::try_from(width), i32::try_from(height)) else {
            let message = format!("a picture of {width}x{height} pixels is larger than FFmpeg can hold");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        };
        // SAFETY: the parameters are ours; the enumerations are written as the integers that they are in C.
        unsafe {
            let raw = &mut *out.0;
            raw.codec_type = ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
            raw.codec_id = ffi::AVCodecID::AV_CODEC_ID_RAWVIDEO;
            (raw.format, raw.width, raw.height) = (format.0, w, h);
            set_enum!(raw.color_range, color.range);
            set_enum!(raw.color_primaries, color.primaries);
            set_enum!(raw.color_trc, color.transfer);
            set_enum!(raw.color_space, color.matrix);
            set_enum!(raw.chroma_location, color.chroma_location);
        }
        Ok(out)
    }

    /// Parameters of interleaved sound that is stored as it is, in words of 16 bits or in floats.
    ///
    /// # Errors
    /// FFmpeg has no such rate or layout, or memory ran out.
    pub fn raw_audio(floats: bool, sample_rate: u32, layout: &ChannelLayout) -> Result<Self> {
        let out = Self::new()?;
        let order = if cfg!(target_endian = "big") { "be" } else { "le" };
        let (codec, format) = if floats { ("pcm_f32", "flt") } else { ("pcm_s16", "s16") };
        let known = (CodecId::from_name(&format!("{codec}{order}")), SampleFormat::from_name(format));
        let ((Some(codec), Some(format)), Ok(rate)) = (known, i32::try_from(sample_rate)) else {
            let message = format!("sound of {sample_rate} Hz is nothing that FFmpeg knows");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        };
        let speakers = layout.to_raw()?;
        // SAFETY: the parameters are ours, and so is the layout, which is copied.
        let code = unsafe {
            let raw = &mut *out.0;
            raw.codec_type = ffi::AVMediaType::AVMEDIA_TYPE_AUDIO;
            set_enum!(raw.codec_id, codec.0);
            (raw.format, raw.sample_rate) = (format.0, rate);
            ffi::av_channel_layout_copy(&raw mut raw.ch_layout, speakers.as_ptr())
        };
        check(code, ErrorKind::InvalidArgument, "a channel layout")?;
        Ok(out)
    }

    /// A copy.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn try_clone(&self) -> Result<Self> {
        // SAFETY: valid parameters.
        unsafe { Self::copy_of(self.0) }
    }

    /// The same with another header.
    ///
    /// # Errors
    /// Memory ran out, or the header is too large for FFmpeg.
    pub fn with_header(&self, header: &[u8]) -> Result<Self> {
        // SAFETY: valid parameters.
        let out = unsafe { Self::copy_of(self.0)? };
        let size = i32::try_from(header.len()).map_err(|_| no_memory("a codec header"))?;
        // SAFETY: the copy is ours; its former header is freed as FFmpeg's, and the new one is allocated by FFmpeg
        // with its padding, its first `header.len()` bytes writable.
        unsafe {
            let block = ffi::av_mallocz(header.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize).cast::<u8>();
            if block.is_null() {
                return Err(no_memory("a codec header"));
            }
            std::ptr::copy_nonoverlapping(header.as_ptr(), block, header.len());
            ffi::av_freep((&raw mut (*out.0).extradata).cast());
            (*out.0).extradata = block;
            (*out.0).extradata_size = size;
        }
        Ok(out)
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVCodecParameters {
        self.0
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVCodecParameters {
        self.0
    }

    fn raw(&self) -> &ffi::AVCodecParameters {
        // SAFETY: not null since `new`, and owned by self.
        unsafe { &*self.0 }
    }

    /// What the stream carries.
    pub fn kind(&self) -> MediaKind {
        // SAFETY: a plain field, read as an integer.
        MediaKind::from_raw(unsafe { get_enum!(self.raw().codec_type) })
    }

    /// Its codec.
    pub fn codec(&self) -> CodecId {
        // SAFETY: a plain field, read as an integer.
        CodecId(unsafe { get_enum!(self.raw().codec_id) })
    }

    /// The four letters under which its container knows the codec, or four zeroes.
    pub fn tag(&self) -> [u8; 4] {
        self.raw().codec_tag.to_le_bytes()
    }

    /// The codec's own header, such as its parameter sets; empty where it has none or keeps it in the packets.
    pub fn header(&self) -> &[u8] {
        let raw = self.raw();
        if raw.extradata.is_null() {
            return &[];
        }
        // SAFETY: `extradata` points at that many readable bytes, which live as long as self and are not changed.
        unsafe { std::slice::from_raw_parts(raw.extradata, raw.extradata_size.max(0).unsigned_abs() as usize) }
    }

    /// FFmpeg's name of the codec's profile.
    pub fn profile(&self) -> Option<String> {
        self.codec().profile_name(self.raw().profile)
    }

    /// Average bits a second; 0 = unknown.
    pub fn bit_rate(&self) -> u64 {
        self.raw().bit_rate.max(0).unsigned_abs()
    }

    /// Width in pixels as shown, before the pixel shape and rotation; 0 = unknown.
    pub fn width(&self) -> u32 {
        self.raw().width.unsigned_abs()
    }

    /// Height in pixels as shown; 0 = unknown.
    pub fn height(&self) -> u32 {
        self.raw().height.unsigned_abs()
    }

    /// Pixel format, where known.
    pub fn pixel_format(&self) -> Option<PixelFormat> {
        (self.kind() == MediaKind::Video).then(|| PixelFormat::from_raw(self.raw().format)).flatten()
    }

    /// Shape of a pixel, where known.
    pub fn sample_aspect_ratio(&self) -> Option<Rational> {
        Rational::from_ffi(self.raw().sample_aspect_ratio).positive()
    }

    /// Colour description.
    pub fn color(&self) -> ColorInfo {
        let raw = self.raw();
        // SAFETY: plain fields, read as integers.
        unsafe {
            ColorInfo {
                range: get_enum!(raw.color_range),
                primaries: get_enum!(raw.color_primaries),
                transfer: get_enum!(raw.color_trc),
                matrix: get_enum!(raw.color_space),
                chroma_location: get_enum!(raw.chroma_location),
            }
        }
    }

    /// `"progressive"`, `"tt"`, `"bb"`, `"tb"` or `"bt"` (coded, then displayed field first), where known.
    pub fn field_order(&self) -> Option<&'static str> {
        // SAFETY: a plain field, read as an integer.
        match unsafe { get_enum!(self.raw().field_order) } {
            1 => Some("progressive"),
            2 => Some("tt"),
            3 => Some("bb"),
            4 => Some("tb"),
            5 => Some("bt"),
            _ => None,
        }
    }

    /// Samples a second; 0 = unknown.
    pub fn sample_rate(&self) -> u32 {
        self.raw().sample_rate.unsigned_abs()
    }

    /// Sample format, where known.
    pub fn sample_format(&self) -> Option<SampleFormat> {
        (self.kind() == MediaKind::Audio).then(|| SampleFormat::from_raw(self.raw().format)).flatten()
    }

    /// Speakers, where known.
    pub fn channel_layout(&self) -> Option<ChannelLayout> {
        // SAFETY: a field of valid parameters.
        unsafe { ChannelLayout::from_raw(&self.raw().ch_layout) }
    }

    /// Pictures that are decoded ahead of the one that is shown, where B-frames need it.
    pub fn video_delay(&self) -> u32 {
        self.raw().video_delay.unsigned_abs()
    }

    /// Bits of a sample that the source says it used, where it says so.
    pub fn bits_per_raw_sample(&self) -> Option<i32> {
        Some(self.raw().bits_per_raw_sample).filter(|bits| *bits > 0)
    }
}

impl Drop for CodecParameters {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once.
        unsafe { ffi::avcodec_parameters_free(&raw mut self.0) }
    }
}
