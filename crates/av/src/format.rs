//! Pixel formats, sample formats, channel layouts, codecs: FFmpeg's numbers with their names.

use std::ffi::c_int;
use std::mem::MaybeUninit;

use ffmpeg_sys_next as ffi;

use crate::error::{ErrorKind, Result, check};
use crate::raw::{self, get_enum};
use crate::text;

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles.
    Subtitle,
    /// A file carried along, such as a font.
    Attachment,
    /// Anything else.
    Data,
}

impl MediaKind {
    pub(crate) fn from_raw(kind: i32) -> Self {
        use ffi::AVMediaType as T;
        match kind {
            k if k == T::AVMEDIA_TYPE_VIDEO as i32 => Self::Video,
            k if k == T::AVMEDIA_TYPE_AUDIO as i32 => Self::Audio,
            k if k == T::AVMEDIA_TYPE_SUBTITLE as i32 => Self::Subtitle,
            k if k == T::AVMEDIA_TYPE_ATTACHMENT as i32 => Self::Attachment,
            _ => Self::Data,
        }
    }

    /// `"video"`, `"audio"`, `"subtitle"`, `"attachment"` or `"data"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Subtitle => "subtitle",
            Self::Attachment => "attachment",
            Self::Data => "data",
        }
    }
}

/// The layout of a picture's samples in memory, e.g. `yuv420p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelFormat(pub(crate) i32);

/// The type of an audio sample and whether channels are interleaved, e.g. `fltp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleFormat(pub(crate) i32);

/// A codec, e.g. H.264, whoever encodes or decodes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodecId(pub(crate) i32);

/// What sets a pixel format apart, as far as conversions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelLayout {
    /// Horizontal chroma subsampling as a power of two.
    pub log2_chroma_w: u8,
    /// Vertical chroma subsampling as a power of two.
    pub log2_chroma_h: u8,
    /// Bits of the first component.
    pub depth: i32,
    /// Number of components, alpha included.
    pub components: u8,
}

impl PixelFormat {
    /// The format at FFmpeg's number, unless it is unknown or `AV_PIX_FMT_NONE`.
    pub(crate) fn from_raw(format: c_int) -> Option<Self> {
        Self(format).descriptor().map(|_| Self(format))
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = text::c_string(name, "a pixel format").ok()?;
        // SAFETY: the name is a terminated string.
        Self::from_raw(unsafe { raw::av_get_pix_fmt(name.as_ptr()) })
    }

    pub(crate) fn descriptor(self) -> Option<&'static ffi::AVPixFmtDescriptor> {
        // SAFETY: takes any number; the result is null or an entry of a static table.
        unsafe { raw::av_pix_fmt_desc_get(self.0).as_ref() }
    }

    /// FFmpeg's name.
    pub fn name(self) -> String {
        // SAFETY: names in the static table are terminated strings.
        self.descriptor().and_then(|d| unsafe { text::owned(d.name) }).unwrap_or_default()
    }

    /// Subsampling, depth and number of components.
    pub fn layout(self) -> PixelLayout {
        let Some(d) = self.descriptor() else {
            return PixelLayout { log2_chroma_w: 0, log2_chroma_h: 0, depth: 8, components: 3 };
        };
        PixelLayout {
            log2_chroma_w: d.log2_chroma_w,
            log2_chroma_h: d.log2_chroma_h,
            depth: d.comp[0].depth,
            components: d.nb_components,
        }
    }

    /// Bytes of a picture of a size, its rows one behind the other; `None` where there is no such picture.
    pub fn bytes(self, width: u32, height: u32) -> Option<usize> {
        let (width, height) = (c_int::try_from(width).ok()?, c_int::try_from(height).ok()?);
        // SAFETY: takes any numbers; an error is negative.
        usize::try_from(unsafe { raw::av_image_get_buffer_size(self.0, width, height, 1) }).ok()
    }

    fn has_flag(self, flag: c_int) -> bool {
        self.descriptor().is_some_and(|d| d.flags & u64::from(flag.unsigned_abs()) != 0)
    }

    /// Whether frames of this format live in the memory of a device.
    pub fn is_hardware(self) -> bool {
        self.has_flag(ffi::AV_PIX_FMT_FLAG_HWACCEL)
    }

    /// Whether samples are red, green and blue, or indices of such.
    pub fn is_rgb(self) -> bool {
        self.has_flag(ffi::AV_PIX_FMT_FLAG_RGB) || self.has_flag(ffi::AV_PIX_FMT_FLAG_PAL)
    }

    /// For the deprecated `yuvj*` formats, the same layout without the range in its name.
    pub fn without_range(self) -> Option<Self> {
        self.name().strip_prefix("yuvj").and_then(|rest| Self::from_name(&format!("yuv{rest}")))
    }

    /// The format among `list` that keeps most of this one, as FFmpeg judges.
    pub fn nearest(self, list: &[Self]) -> Option<Self> {
        let mut raw: Vec<i32> = list.iter().map(|f| f.0).collect();
        raw.push(ffi::AVPixelFormat::AV_PIX_FMT_NONE as i32);
        let alpha = c_int::from(matches!(self.layout().components, 2 | 4));
        // SAFETY: the list ends with NONE, and the last argument may be null.
        let best = unsafe { raw::avcodec_find_best_pix_fmt_of_list(raw.as_ptr(), self.0, alpha, std::ptr::null_mut()) };
        Self::from_raw(best)
    }
}

impl SampleFormat {
    pub(crate) fn from_raw(format: c_int) -> Option<Self> {
        (0..ffi::AVSampleFormat::AV_SAMPLE_FMT_NB as c_int).contains(&format).then_some(Self(format))
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = text::c_string(name, "a sample format").ok()?;
        // SAFETY: the name is a terminated string.
        Self::from_raw(unsafe { raw::av_get_sample_fmt(name.as_ptr()) })
    }

    /// FFmpeg's name.
    pub fn name(self) -> String {
        // SAFETY: the name of a known format is a static terminated string.
        unsafe { text::owned(raw::av_get_sample_fmt_name(self.0)) }.unwrap_or_default()
    }

    /// The same sample type with interleaved channels.
    #[must_use]
    pub fn packed(self) -> Self {
        // SAFETY: a look-up; a known format has a packed form.
        Self(unsafe { raw::av_get_packed_sample_fmt(self.0) })
    }

    /// Bits of a sample, and whether it is a floating point number.
    pub fn precision(self) -> (i32, bool) {
        // SAFETY: a plain look-up by a known number.
        let bytes = unsafe { raw::av_get_bytes_per_sample(self.0) };
        (bytes * 8, self.packed().name().starts_with(['f', 'd']))
    }
}

impl CodecId {
    /// The codec of that name (`h264`, `aac`, `mov_text`), not of an encoder's name.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = text::c_string(name, "a codec").ok()?;
        // SAFETY: the name is a terminated string; a descriptor is static.
        unsafe { ffi::avcodec_descriptor_get_by_name(name.as_ptr()).as_ref().map(|d| Self(get_enum!(d.id))) }
    }

    /// FFmpeg's name; `"none"` for no codec.
    pub fn name(self) -> String {
        // SAFETY: `avcodec_get_name` takes any number and returns a static string.
        unsafe { text::owned(raw::avcodec_get_name(self.0)) }.unwrap_or_default()
    }

    /// Whether no codec is known.
    pub fn is_none(self) -> bool {
        self.0 == ffi::AVCodecID::AV_CODEC_ID_NONE as i32
    }

    fn has_property(self, property: c_int) -> bool {
        // SAFETY: a look-up in a static table.
        unsafe { raw::avcodec_descriptor_get(self.0).as_ref() }.is_some_and(|d| d.props & property != 0)
    }

    /// Whether it is a subtitle codec made of text (and not of pictures).
    pub fn is_text_subtitle(self) -> bool {
        self.has_property(ffi::AV_CODEC_PROP_TEXT_SUB)
    }

    /// Whether every packet can be decoded alone.
    pub fn is_intra_only(self) -> bool {
        self.has_property(ffi::AV_CODEC_PROP_INTRA_ONLY)
    }

    /// Whether it keeps every sample, and cannot do otherwise.
    pub fn is_lossless_only(self) -> bool {
        self.has_property(ffi::AV_CODEC_PROP_LOSSLESS) && !self.has_property(ffi::AV_CODEC_PROP_LOSSY)
    }

    /// FFmpeg's name of a profile of this codec.
    pub fn profile_name(self, profile: i32) -> Option<String> {
        // SAFETY: the result is null or a static string.
        unsafe { text::owned(raw::avcodec_profile_name(self.0, profile)) }
    }
}

/// The speakers of an audio stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelLayout {
    /// FFmpeg's name, e.g. `stereo`, `5.1(side)`; it can be given back to FFmpeg.
    pub name: String,
    /// Number of channels.
    pub channels: u32,
}

impl ChannelLayout {
    /// The usual layout of `channels` speakers.
    pub fn usual(channels: u32) -> Self {
        let mut raw = RawLayout::new();
        // SAFETY: initialises our own layout; any count is allowed.
        unsafe { ffi::av_channel_layout_default(raw.as_mut_ptr(), channels.cast_signed()) };
        raw.describe()
    }

    /// Reads a layout of FFmpeg's; one that names no speakers becomes the usual one of its count, as the
    /// `ffmpeg` command does.
    ///
    /// # Safety
    /// `layout` is a valid layout.
    pub(crate) unsafe fn from_raw(layout: *const ffi::AVChannelLayout) -> Option<Self> {
        // SAFETY: plain fields of a valid layout.
        let (channels, order) = unsafe { ((*layout).nb_channels, get_enum!((*layout).order)) };
        let channels = u32::try_from(channels).ok().filter(|n| *n > 0)?;
        if order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC as i32 {
            return Some(Self::usual(channels));
        }
        // SAFETY: the caller's promise.
        Some(unsafe { describe(layout, channels) })
    }

    pub(crate) fn to_raw(&self) -> Result<RawLayout> {
        let name = text::c_string(self.name.as_str(), "a channel layout")?;
        let mut raw = RawLayout::new();
        // SAFETY: the layout is ours and zeroed; the name is a terminated string.
        let code = unsafe { ffi::av_channel_layout_from_string(raw.as_mut_ptr(), name.as_ptr()) };
        check(code, ErrorKind::InvalidArgument, format_args!("channel layout '{}'", self.name))?;
        Ok(raw)
    }
}

/// An owned `AVChannelLayout`, always initialised; never a value of that type, whose order may be a number that the
/// bindings do not know.
pub(crate) struct RawLayout(MaybeUninit<ffi::AVChannelLayout>);

impl RawLayout {
    /// The empty layout, which is documented to be all zeroes.
    pub(crate) fn new() -> Self {
        Self(MaybeUninit::zeroed())
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVChannelLayout {
        self.0.as_ptr()
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVChannelLayout {
        self.0.as_mut_ptr()
    }

    fn describe(&self) -> ChannelLayout {
        // SAFETY: the layout is valid from the start, and FFmpeg keeps it so.
        unsafe { describe(self.as_ptr(), (*self.as_ptr()).nb_channels.unsigned_abs()) }
    }
}

impl Drop for RawLayout {
    fn drop(&mut self) {
        // SAFETY: the layout is ours alone.
        unsafe { ffi::av_channel_layout_uninit(self.as_mut_ptr()) }
    }
}

/// # Safety
/// `layout` is a valid layout.
unsafe fn describe(layout: *const ffi::AVChannelLayout, channels: u32) -> ChannelLayout {
    let mut buffer = [0; 256];
    // SAFETY: the layout is valid, the buffer has the stated length, and the text is terminated within it.
    let name = unsafe {
        ffi::av_channel_layout_describe(layout, buffer.as_mut_ptr(), buffer.len());
        text::owned(buffer.as_ptr())
    };
    ChannelLayout { name: name.unwrap_or_default(), channels }
}

/// How sample values of a picture stand for colours: FFmpeg's code points (ITU-T H.273), 2 = unspecified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColorInfo {
    /// `AVColorRange`: 0 unspecified, 1 limited, 2 full.
    pub range: i32,
    /// Colour primaries.
    pub primaries: i32,
    /// Transfer characteristics.
    pub transfer: i32,
    /// Matrix coefficients.
    pub matrix: i32,
    /// Chroma sample location, 0 = unspecified.
    pub chroma_location: i32,
}

impl ColorInfo {
    /// Nothing is said.
    pub const UNKNOWN: Self = Self { range: 0, primaries: 2, transfer: 2, matrix: 2, chroma_location: 0 };

    /// FFmpeg's `AVCOL_RANGE_MPEG`.
    pub const LIMITED_RANGE: i32 = ffi::AVColorRange::AVCOL_RANGE_MPEG as i32;

    /// FFmpeg's `AVCOL_RANGE_JPEG`.
    pub const FULL_RANGE: i32 = ffi::AVColorRange::AVCOL_RANGE_JPEG as i32;

    /// FFmpeg's names of range, primaries, transfer, matrix, chroma location; `None` where unspecified.
    pub fn names(&self) -> [Option<String>; 5] {
        type Name = unsafe extern "C" fn(i32) -> *const std::ffi::c_char;
        // SAFETY: each takes any number (one out of range gives null) and returns a static string.
        let name = |f: Name, value| unsafe { text::owned(f(value)) }.filter(|n| n != "unknown" && n != "unspecified");
        [
            name(raw::av_color_range_name, self.range),
            name(raw::av_color_primaries_name, self.primaries),
            name(raw::av_color_transfer_name, self.transfer),
            name(raw::av_color_space_name, self.matrix),
            name(raw::av_chroma_location_name, self.chroma_location),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_the_format() {
        for name in ["yuv420p", "nv12", "gbrp10le", "rgba", "gray"] {
            assert_eq!(PixelFormat::from_name(name).map(PixelFormat::name).as_deref(), Some(name));
        }
        assert_eq!(PixelFormat::from_name("yuv999p"), None);
        assert_eq!(PixelFormat::from_raw(-1), None);
        assert_eq!(PixelFormat::from_raw(1_000_000), None);
        assert_eq!(SampleFormat::from_name("fltp").map(|f| f.packed().name()).as_deref(), Some("flt"));
    }

    #[test]
    fn full_range_twins_lose_only_their_name() {
        let twin = |name: &str| PixelFormat::from_name(name)?.without_range().map(PixelFormat::name);
        assert_eq!(twin("yuvj422p").as_deref(), Some("yuv422p"));
        assert_eq!(twin("yuv422p"), None);
    }

    #[test]
    fn the_nearest_format_keeps_subsampling_and_depth() {
        let list: Vec<_> =
            ["yuv420p", "yuv444p10le", "yuv422p"].iter().filter_map(|n| PixelFormat::from_name(n)).collect();
        let nearest = |name: &str| PixelFormat::from_name(name)?.nearest(&list).map(PixelFormat::name);
        assert_eq!(nearest("uyvy422").as_deref(), Some("yuv422p"));
        assert_eq!(nearest("yuv444p12le").as_deref(), Some("yuv444p10le"));
    }

    #[test]
    fn layouts_have_names_that_ffmpeg_takes_back() {
        let layout = ChannelLayout::usual(6);
        assert_eq!((layout.name.as_str(), layout.channels), ("5.1", 6));
        assert_eq!(layout.to_raw().map(|raw| raw.describe()).ok(), Some(layout));
        assert_eq!(ChannelLayout::usual(20).to_raw().map(|raw| raw.describe().channels).ok(), Some(20));
    }
}
