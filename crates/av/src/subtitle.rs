//! Text subtitles from one form into another.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

use ffmpeg_sys_next as ffi;

use crate::encoder::EncoderInfo;
use crate::error::{Error, ErrorKind, Result, check, no_memory};
use crate::log::LogRing;
use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::raw;
use crate::time::{Rational, known, rescale};

/// The largest encoded event; the `ffmpeg` command has the same bound.
const EVENT_BYTES: i32 = 1024 * 1024;
const MILLIS: Rational = Rational::new(1, 1000);

/// Decodes subtitle packets and encodes them under another codec.
#[derive(Debug)]
pub struct SubtitleConverter {
    decoder: *mut ffi::AVCodecContext,
    encoder: *mut ffi::AVCodecContext,
    buffer: Vec<u8>,
    _log: Arc<LogRing>,
}

// SAFETY: both contexts are owned by this value and used from one thread at a time.
unsafe impl Send for SubtitleConverter {}

impl SubtitleConverter {
    /// Its packets come out with times in microseconds.
    pub const TIME_BASE: Rational = Rational::MICROS;

    /// Opens a converter for a stream whose packets have times in `time_base`.
    ///
    /// # Errors
    /// Stream or encoder are not of text, this FFmpeg has no decoder for the stream, or decoder or encoder refuse it.
    pub fn open(
        parameters: &CodecParameters,
        time_base: Rational,
        encoder: EncoderInfo,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let from = parameters.codec().name();
        // FFmpeg calls any encoder as if it were one of subtitles, and some of pictures take text for pictures.
        if !(parameters.codec().is_text_subtitle() && encoder.codec().is_text_subtitle()) {
            let message = format!("{from} cannot become {}: both must be text subtitles", encoder.codec().name());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut this = Self {
            decoder: ptr::null_mut(),
            encoder: ptr::null_mut(),
            buffer: vec![0; EVENT_BYTES as usize],
            _log: Arc::clone(log),
        };
        // SAFETY: codecs are static and checked for null; both contexts are ours and freed by `Drop` on every
        // path, and the log outlives them. The header is copied into a block of FFmpeg's allocator.
        unsafe {
            let codec = raw::avcodec_find_decoder(parameters.codec().0);
            if codec.is_null() {
                let message = format!("this FFmpeg has no decoder for '{from}' subtitles");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            this.decoder = ffi::avcodec_alloc_context3(codec);
            this.encoder = ffi::avcodec_alloc_context3(encoder.as_ptr());
            let (Some(d), Some(e)) = (this.decoder.as_mut(), this.encoder.as_mut()) else {
                return Err(no_memory("a subtitle converter"));
            };
            let code = ffi::avcodec_parameters_to_context(d, parameters.as_ptr());
            check(code, ErrorKind::InvalidData, "codec parameters")?;
            (d.opaque, e.opaque) = (log.as_opaque(), log.as_opaque());
            d.pkt_timebase = time_base.to_ffi();
            let code = ffi::avcodec_open2(d, codec, ptr::null_mut());
            check(code, ErrorKind::InvalidData, format_args!("the {from} decoder refuses the stream"))?;
            e.time_base = Self::TIME_BASE.to_ffi();
            (e.width, e.height) = (d.width, d.height);
            if !d.subtitle_header.is_null() {
                let size = d.subtitle_header_size.max(0).unsigned_abs() as usize;
                e.subtitle_header = ffi::av_mallocz(size + 1).cast();
                if e.subtitle_header.is_null() {
                    return Err(no_memory("a subtitle header"));
                }
                ptr::copy_nonoverlapping(d.subtitle_header, e.subtitle_header, size);
                e.subtitle_header_size = d.subtitle_header_size;
            }
            let code = ffi::avcodec_open2(e, encoder.as_ptr(), ptr::null_mut());
            let what = format_args!("the encoder {} refuses {from} subtitles", encoder.name());
            check(code, ErrorKind::Unsupported, what)?;
        }
        Ok(this)
    }

    /// What the muxer needs to know.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn parameters(&self) -> Result<CodecParameters> {
        let mut out = CodecParameters::new()?;
        // SAFETY: both are valid.
        let code = unsafe { ffi::avcodec_parameters_from_context(out.as_mut_ptr(), self.encoder) };
        check(code, ErrorKind::Bug, "codec parameters").map(|_| out)
    }

    /// Converts one packet; `None` where it holds nothing to show.
    ///
    /// # Errors
    /// The event is damaged; later ones may still be converted.
    pub fn convert(&mut self, packet: &Packet) -> Result<Option<Packet>> {
        // SAFETY: all zeroes is a valid, empty subtitle.
        let mut subtitle: ffi::AVSubtitle = unsafe { MaybeUninit::zeroed().assume_init() };
        let mut got = 0;
        // SAFETY: an opened decoder and a valid packet, which the call only reads.
        let code = unsafe {
            ffi::avcodec_decode_subtitle2(self.decoder, &raw mut subtitle, &raw mut got, packet.as_ptr().cast_mut())
        };
        let result = check(code, ErrorKind::InvalidData, "a subtitle is damaged")
            .and_then(|_| if got != 0 && subtitle.num_rects > 0 { self.encode(&mut subtitle) } else { Ok(None) });
        // SAFETY: the subtitle is ours; freeing an empty one is allowed.
        unsafe { ffi::avsubtitle_free(&raw mut subtitle) };
        result
    }

    fn encode(&mut self, subtitle: &mut ffi::AVSubtitle) -> Result<Option<Packet>> {
        // Encoders want events that start at their own time: a later start moves into the timestamp.
        let delay = subtitle.start_display_time;
        let pts = known(subtitle.pts).map(|pts| pts.saturating_add(rescale(delay.into(), MILLIS, Self::TIME_BASE)));
        let shown = i64::from(subtitle.end_display_time.saturating_sub(delay));
        subtitle.pts = pts.unwrap_or(ffi::AV_NOPTS_VALUE);
        subtitle.end_display_time = subtitle.end_display_time.saturating_sub(delay);
        subtitle.start_display_time = 0;
        // SAFETY: an opened encoder, a buffer of the stated length and a decoded subtitle.
        let size =
            unsafe { ffi::avcodec_encode_subtitle(self.encoder, self.buffer.as_mut_ptr(), EVENT_BYTES, subtitle) };
        let size = check(size, ErrorKind::InvalidData, "a subtitle cannot be converted")?.unsigned_abs() as usize;
        let Some(data) = self.buffer.get(..size).filter(|data| !data.is_empty()) else { return Ok(None) };
        let mut packet = Packet::from_data(data)?;
        packet.set_times(pts, pts);
        packet.set_duration(rescale(shown, MILLIS, Self::TIME_BASE));
        packet.set_key();
        Ok(Some(packet))
    }
}

impl Drop for SubtitleConverter {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once; null is allowed.
        unsafe {
            ffi::avcodec_free_context(&raw mut self.decoder);
            ffi::avcodec_free_context(&raw mut self.encoder);
        }
    }
}
