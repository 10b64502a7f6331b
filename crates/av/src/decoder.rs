//! Packets into frames.

use std::ffi::CStr;
use std::ptr;
use std::sync::Arc;

use ffmpeg_sys_next as ffi;

use crate::Output;
use crate::error::{AGAIN, Error, ErrorKind, Result, check, no_memory};
use crate::format::MediaKind;
use crate::frame::Frame;
use crate::log::LogRing;
use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::time::Rational;
use crate::{raw, text};

/// How to decode.
#[derive(Clone, Copy, Debug)]
pub struct DecoderConfig {
    /// Threads of the codec's own; 0 = as many as there are cores.
    pub threads: u32,
    /// Whether damage is an error; otherwise it is concealed as well as the codec can.
    pub strict: bool,
    /// Pixels a picture may have.
    pub max_pixels: u64,
}

/// The decoders that give the transparency of VP8 and VP9, which FFmpeg's own leave out.
const WITH_ALPHA: [(&str, &CStr); 2] = [("vp8", c"libvpx"), ("vp9", c"libvpx-vp9")];

/// An opened decoder of one stream.
#[derive(Debug)]
pub struct Decoder {
    context: *mut ffi::AVCodecContext,
    _log: Arc<LogRing>,
}

// SAFETY: the context is owned by this value and used from one thread at a time; FFmpeg's own decoding threads
// synchronise inside.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Opens the decoder for a stream whose packets have times in `time_base`.
    ///
    /// # Errors
    /// This FFmpeg has no decoder for the codec, or it refuses the stream, or the stream is neither pictures nor sound.
    pub fn open(
        parameters: &CodecParameters,
        time_base: Rational,
        config: &DecoderConfig,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        // SAFETY: looks up a number; the result is null or static.
        Self::of(unsafe { raw::avcodec_find_decoder(parameters.codec().0) }, parameters, time_base, config, log)
    }

    /// The same for a stream whose container says that its pictures are partly transparent, with a decoder that gives
    /// that, where this FFmpeg has it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with_alpha(
        parameters: &CodecParameters,
        time_base: Rational,
        config: &DecoderConfig,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let name = parameters.codec().name();
        let known = WITH_ALPHA.iter().find(|(codec, _)| *codec == name);
        // SAFETY: looks up a terminated name; the result is null or static.
        let found = known.map(|(_, decoder)| unsafe { ffi::avcodec_find_decoder_by_name(decoder.as_ptr()) });
        match found.filter(|found| !found.is_null()) {
            Some(found) => Self::of(found, parameters, time_base, config, log),
            None => Self::open(parameters, time_base, config, log),
        }
    }

    fn of(
        codec: *const ffi::AVCodec,
        parameters: &CodecParameters,
        time_base: Rational,
        config: &DecoderConfig,
        log: &Arc<LogRing>,
    ) -> Result<Self> {
        let name = parameters.codec().name();
        // SAFETY: a static codec or null, which is checked. The context is ours from here on, and the log outlives it
        // as a field dropped after it.
        unsafe {
            if codec.is_null() {
                let message = format!("this FFmpeg has no decoder for '{name}'");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            // FFmpeg calls a decoder of subtitles with a frame, too, where that wants a subtitle.
            if !matches!(MediaKind::from_raw(raw::get_enum!((*codec).type_)), MediaKind::Video | MediaKind::Audio) {
                let message = format!("'{name}' is neither pictures nor sound");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            let context = ffi::avcodec_alloc_context3(codec);
            if context.is_null() {
                return Err(no_memory("a decoder"));
            }
            let this = Self { context, _log: Arc::clone(log) };
            let code = ffi::avcodec_parameters_to_context(context, parameters.as_ptr());
            check(code, ErrorKind::InvalidData, "codec parameters")?;
            (*context).opaque = log.as_opaque();
            (*context).pkt_timebase = time_base.to_ffi();
            (*context).thread_count = i32::try_from(config.threads).unwrap_or(0);
            (*context).max_pixels = i64::try_from(config.max_pixels).unwrap_or(i64::MAX);
            #[cfg(ffmpeg_6_0)]
            {
                (*context).flags |= ffi::AV_CODEC_FLAG_COPY_OPAQUE.cast_signed();
            }
            if config.strict {
                (*context).err_recognition |= ffi::AV_EF_EXPLODE | ffi::AV_EF_CRCCHECK | ffi::AV_EF_BITSTREAM;
            }
            let code = ffi::avcodec_open2(context, codec, ptr::null_mut());
            check(code, ErrorKind::InvalidData, format_args!("the {name} decoder refuses the stream"))?;
            Ok(this)
        }
    }

    /// The name of the decoder.
    pub fn name(&self) -> String {
        // SAFETY: an opened context has a static codec with a terminated name.
        unsafe { text::owned((*(*self.context).codec).name) }.unwrap_or_default()
    }

    /// Gives a packet, or with `None` says that there are no more. All output must be received between two sends.
    ///
    /// # Errors
    /// The packet is damaged beyond use; decoding can go on with the next.
    pub fn send(&mut self, packet: Option<&Packet>) -> Result<()> {
        #[cfg(not(ffmpeg_6_0))]
        if let Some(packet) = packet {
            // SAFETY: an opened context; the field is the caller's own number, copied to the packet's frame.
            unsafe { (*self.context).reordered_opaque = packet.mark() }
        }
        let packet = packet.map_or(ptr::null(), Packet::as_ptr);
        // SAFETY: an opened context and a valid packet or null.
        let code = unsafe { ffi::avcodec_send_packet(self.context, packet) };
        // Some decoders reach their end before the last packet; more packets then mean nothing.
        if code == ffi::AVERROR_EOF { Ok(()) } else { check(code, ErrorKind::InvalidData, "decoding failed").map(drop) }
    }

    /// Whether pictures that no other one needs are left out from the next packet on, where the decoder can.
    pub fn skip_unneeded(&mut self, skip: bool) {
        let discard = if skip { ffi::AVDiscard::AVDISCARD_NONREF } else { ffi::AVDiscard::AVDISCARD_DEFAULT };
        // SAFETY: an opened context; FFmpeg reads the field with each packet.
        unsafe { (*self.context).skip_frame = discard }
    }

    /// Forgets all packets, so that decoding can begin at another keyframe.
    pub fn flush(&mut self) {
        // SAFETY: an opened context, in use by nobody else.
        unsafe { ffi::avcodec_flush_buffers(self.context) }
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// A packet was damaged beyond use; decoding can go on.
    pub fn receive(&mut self) -> Result<Output<Frame>> {
        let mut frame = Frame::new()?;
        // SAFETY: an opened context and a fresh frame.
        match unsafe { ffi::avcodec_receive_frame(self.context, frame.as_mut_ptr()) } {
            AGAIN => Ok(Output::NeedsInput),
            ffi::AVERROR_EOF => Ok(Output::End),
            code => check(code, ErrorKind::InvalidData, "decoding failed").map(|_| Output::Item(frame)),
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once; joins the codec's threads.
        unsafe { ffi::avcodec_free_context(&raw mut self.context) }
    }
}
