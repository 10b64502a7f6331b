//! Which encoders this FFmpeg has and what they take.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_sys_next as ffi;

use crate::format::{ChannelLayout, CodecId, MediaKind, PixelFormat, SampleFormat};
use crate::time::Rational;
use crate::{raw, text};

/// An encoder of this FFmpeg.
#[derive(Clone, Copy)]
pub struct EncoderInfo(&'static ffi::AVCodec);

// SAFETY: codecs are static and never written to.
unsafe impl Send for EncoderInfo {}
// SAFETY: as above.
unsafe impl Sync for EncoderInfo {}

impl std::fmt::Debug for EncoderInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EncoderInfo({})", self.name())
    }
}

/// The list of values an encoder takes for one thing; empty = any.
macro_rules! supported {
    ($self:ident, $field:ident, $config:ident, $item:ty, $is_end:expr) => {{
        #[cfg(ffmpeg_7_1)]
        {
            let (mut list, mut count) = (ptr::null::<std::ffi::c_void>(), 0);
            // SAFETY: a static codec; the list that comes back is static with `count` entries.
            unsafe {
                let config = ffi::AVCodecConfig::$config;
                ffi::avcodec_get_supported_config(ptr::null(), $self.0, config, 0, &raw mut list, &raw mut count);
                slice_of::<$item>(list.cast(), count.max(0).unsigned_abs() as usize)
            }
        }
        #[cfg(not(ffmpeg_7_1))]
        {
            let list = $self.0.$field.cast::<$item>();
            // SAFETY: null or a static list that ends with a known entry.
            unsafe {
                let count = if list.is_null() { 0 } else { (0..).take_while(|i| !$is_end(&*list.add(*i))).count() };
                slice_of::<$item>(list, count)
            }
        }
    }};
}

/// `count` static items, none where the list is null.
///
/// # Safety
/// `list` is null or points at that many static items.
unsafe fn slice_of<T>(list: *const T, count: usize) -> &'static [T] {
    // SAFETY: the caller's promise.
    if list.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(list, count) } }
}

impl EncoderInfo {
    /// All encoders of this FFmpeg.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut at = ptr::null_mut();
        // SAFETY: `at` is the iteration state FFmpeg asks for; the entries are static.
        std::iter::from_fn(move || unsafe { ffi::av_codec_iterate(&raw mut at).as_ref() })
            // SAFETY: a static codec.
            .filter(|codec| unsafe { ffi::av_codec_is_encoder(*codec) } != 0)
            .map(Self)
    }

    /// The encoder of that exact name.
    pub fn by_name(name: &str) -> Option<Self> {
        let name = text::c_string(name, "an encoder").ok()?;
        // SAFETY: a terminated string; the result is null or static.
        unsafe { ffi::avcodec_find_encoder_by_name(name.as_ptr()).as_ref() }.map(Self)
    }

    /// FFmpeg's first choice for a codec.
    pub fn by_codec(codec: CodecId) -> Option<Self> {
        // SAFETY: any number; the result is null or static.
        unsafe { raw::avcodec_find_encoder(codec.0).as_ref() }.map(Self)
    }

    pub(crate) fn as_ptr(self) -> *const ffi::AVCodec {
        self.0
    }

    /// FFmpeg's name, e.g. `libx264`.
    pub fn name(self) -> String {
        // SAFETY: a static terminated string.
        unsafe { text::owned(self.0.name) }.unwrap_or_default()
    }

    /// The codec it makes.
    pub fn codec(self) -> CodecId {
        // SAFETY: a plain field, read as an integer.
        CodecId(unsafe { raw::get_enum!(self.0.id) })
    }

    /// What it encodes.
    pub fn kind(self) -> MediaKind {
        // SAFETY: a plain field, read as an integer.
        MediaKind::from_raw(unsafe { raw::get_enum!(self.0.type_) })
    }

    /// Whether it runs on a device that may be absent.
    pub fn is_hardware(self) -> bool {
        self.0.capabilities & (ffi::AV_CODEC_CAP_HARDWARE | ffi::AV_CODEC_CAP_HYBRID).cast_signed() != 0
    }

    /// Whether it runs on threads of its own.
    pub fn is_threaded(self) -> bool {
        let any = ffi::AV_CODEC_CAP_FRAME_THREADS | ffi::AV_CODEC_CAP_SLICE_THREADS | ffi::AV_CODEC_CAP_OTHER_THREADS;
        self.0.capabilities & any.cast_signed() != 0
    }

    /// Whether it encodes the two fields of a picture as such, and says so in its stream. x265 wants them one by one,
    /// the encoders of VP9 and AV1 know none, and FFV1 takes what the frames say.
    pub fn makes_fields(self) -> bool {
        matches!(self.name().as_str(), "libx264" | "mpeg2video" | "mpeg4" | "prores_ks" | "ffv1")
    }

    /// Pixel formats it takes; empty = any.
    pub fn pixel_formats(self) -> Vec<PixelFormat> {
        let list = supported!(self, pix_fmts, AV_CODEC_CONFIG_PIX_FORMAT, i32, |f: &i32| *f == -1);
        list.iter().filter_map(|f| PixelFormat::from_raw(*f)).collect()
    }

    /// The `yuvj*` name of a format, where this encoder takes full-range pictures only under it.
    pub(super) fn full_range_name(self, format: PixelFormat) -> Option<PixelFormat> {
        self.pixel_formats().into_iter().find(|f| f.without_range() == Some(format))
    }

    /// Sample formats it takes; empty = any.
    pub fn sample_formats(self) -> Vec<SampleFormat> {
        let list = supported!(self, sample_fmts, AV_CODEC_CONFIG_SAMPLE_FORMAT, i32, |f: &i32| *f == -1);
        list.iter().filter_map(|f| SampleFormat::from_raw(*f)).collect()
    }

    /// Sample rates it takes; empty = any.
    pub fn sample_rates(self) -> Vec<u32> {
        let list = supported!(self, supported_samplerates, AV_CODEC_CONFIG_SAMPLE_RATE, c_int, |r: &c_int| *r == 0);
        list.iter().filter_map(|r| u32::try_from(*r).ok()).collect()
    }

    /// Channel layouts it takes; empty = any.
    pub fn channel_layouts(self) -> Vec<ChannelLayout> {
        let list = supported!(
            self,
            ch_layouts,
            AV_CODEC_CONFIG_CHANNEL_LAYOUT,
            ffi::AVChannelLayout,
            |l: &ffi::AVChannelLayout| l.nb_channels == 0
        );
        // SAFETY: entries of a static list of layouts.
        list.iter().filter_map(|l| unsafe { ChannelLayout::from_raw(l) }).collect()
    }

    /// The only frame rates it takes; empty = any.
    pub fn frame_rates(self) -> Vec<Rational> {
        let list = supported!(
            self,
            supported_framerates,
            AV_CODEC_CONFIG_FRAME_RATE,
            ffi::AVRational,
            |r: &ffi::AVRational| r.num == 0 && r.den == 0
        );
        list.iter().map(|r| Rational::from_ffi(*r)).collect()
    }

    /// Whether it has an option of its own (not one that all encoders share) of that name.
    pub fn has_option(self, name: &str) -> bool {
        let Ok(name) = text::c_string(name, "an option") else { return false };
        let mut class = self.0.priv_class;
        // SAFETY: with the "fake object" flag FFmpeg looks at the class that the pointer points at, and at nothing
        // of an object; a codec's class is static.
        !class.is_null()
            && unsafe {
                let found = ffi::av_opt_find(
                    (&raw mut class).cast(),
                    name.as_ptr(),
                    ptr::null(),
                    0,
                    ffi::AV_OPT_SEARCH_FAKE_OBJ,
                );
                !found.is_null()
            }
    }

    /// The names an option of its own takes, where FFmpeg lists them.
    pub fn option_values(self, name: &str) -> Vec<String> {
        let mut out = Vec::new();
        let (mut class, mut at) = (self.0.priv_class, ptr::null());
        if class.is_null() {
            return out;
        }
        let mut unit = None;
        // SAFETY: walks the static option table behind a class that is not null; names and units are null or
        // terminated strings.
        unsafe {
            loop {
                at = ffi::av_opt_next((&raw mut class).cast(), at);
                let Some(option) = at.as_ref() else { return out };
                let is_constant = raw::get_enum!(option.type_) == ffi::AVOptionType::AV_OPT_TYPE_CONST as i32;
                if is_constant && unit.is_some() && text::owned(option.unit) == unit {
                    out.extend(text::owned(option.name));
                } else if !is_constant && text::owned(option.name).as_deref() == Some(name) {
                    unit = text::owned(option.unit);
                }
            }
        }
    }
}
