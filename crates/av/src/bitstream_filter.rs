//! Packets into another form of the same codec, nothing decoded.

use std::ptr;

use ffmpeg_sys_next as ffi;

use crate::error::{AGAIN, ErrorKind, Result, check};
use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::time::Rational;
use crate::{Output, text};

/// A chain of bitstream filters of one stream.
#[derive(Debug)]
pub struct BitstreamFilter(*mut ffi::AVBSFContext);

// SAFETY: the context is owned by this value and used from one thread at a time; bitstream filters keep no
// thread-bound state.
unsafe impl Send for BitstreamFilter {}

impl BitstreamFilter {
    /// Opens the filters of FFmpeg's text, such as `h264_mp4toannexb` or `a,b=key=value`, for a stream whose packets
    /// have times in `time_base`.
    ///
    /// # Errors
    /// This FFmpeg has no such filter, or a filter does not take the codec.
    pub fn open(list: &str, parameters: &CodecParameters, time_base: Rational) -> Result<Self> {
        let name = text::c_string(list, "bitstream filters")?;
        let mut context = ptr::null_mut();
        // SAFETY: a terminated list; on success the context is ours from here on, its input parameters are allocated
        // and get a deep copy, and it is initialised once.
        unsafe {
            let code = ffi::av_bsf_list_parse_str(name.as_ptr(), &raw mut context);
            check(code, ErrorKind::Unsupported, format_args!("the bitstream filters '{list}'"))?;
            let this = Self(context);
            let code = ffi::avcodec_parameters_copy((*context).par_in, parameters.as_ptr());
            check(code, ErrorKind::Bug, "codec parameters")?;
            (*context).time_base_in = time_base.to_ffi();
            let code = ffi::av_bsf_init(context);
            let codec = parameters.codec().name();
            check(code, ErrorKind::InvalidData, format_args!("the bitstream filters '{list}' refuse {codec}"))?;
            Ok(this)
        }
    }

    /// What the stream is after the filters.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn parameters(&self) -> Result<CodecParameters> {
        // SAFETY: an initialised context has output parameters.
        unsafe { CodecParameters::copy_of((*self.0).par_out) }
    }

    /// Gives a packet, or with `None` says that there are no more. All output must be received between two sends.
    ///
    /// # Errors
    /// The packet is not what the filters take.
    pub fn send(&mut self, packet: Option<Packet>) -> Result<()> {
        let mut packet = packet;
        let raw = packet.as_mut().map_or(ptr::null_mut(), Packet::as_mut_ptr);
        // SAFETY: an initialised context and a valid packet, whose data it takes over, or null.
        check(unsafe { ffi::av_bsf_send_packet(self.0, raw) }, ErrorKind::InvalidData, "a bitstream filter").map(drop)
    }

    /// Takes the next packet.
    ///
    /// # Errors
    /// A packet is not what the filters take.
    pub fn receive(&mut self) -> Result<Output<Packet>> {
        let mut packet = Packet::new()?;
        // SAFETY: an initialised context and a fresh packet.
        match unsafe { ffi::av_bsf_receive_packet(self.0, packet.as_mut_ptr()) } {
            AGAIN => Ok(Output::NeedsInput),
            ffi::AVERROR_EOF => Ok(Output::End),
            code => check(code, ErrorKind::InvalidData, "a bitstream filter").map(|_| Output::Item(packet)),
        }
    }
}

impl Drop for BitstreamFilter {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once.
        unsafe { ffi::av_bsf_free(&raw mut self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodecId;

    #[test]
    fn unknown_filters_and_other_codecs_are_refused() {
        let codec = CodecId::from_name("aac").expect("FFmpeg knows aac");
        let parameters = CodecParameters::attachment(codec, &[]).expect("parameters");
        let base = Rational::new(1, 1000);
        let unknown = BitstreamFilter::open("no_such_filter", &parameters, base).expect_err("unknown");
        assert_eq!(unknown.kind, ErrorKind::Unsupported);
        let refused = BitstreamFilter::open("h264_mp4toannexb", &parameters, base).expect_err("another codec");
        assert!(refused.message.contains("aac"), "{refused}");
    }

    #[test]
    fn packets_come_out_until_the_end() {
        let codec = CodecId::from_name("mpeg4").expect("FFmpeg knows mpeg4");
        let parameters = CodecParameters::attachment(codec, b"head").expect("parameters");
        let mut filter = BitstreamFilter::open("dump_extra=freq=all", &parameters, Rational::new(1, 25)).expect("open");
        filter.send(Some(Packet::from_data(b"body").expect("a packet"))).expect("send");
        let Output::Item(packet) = filter.receive().expect("receive") else { panic!("no packet") };
        assert_eq!(packet.data(), b"headbody");
        filter.send(None).expect("the end");
        assert!(matches!(filter.receive().expect("receive"), Output::End));
        assert_eq!(filter.parameters().expect("parameters").codec(), codec);
    }
}
