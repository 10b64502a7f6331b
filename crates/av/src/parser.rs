//! What a codec's own headers say, without decoding a picture.

use std::ptr;

use ffmpeg_sys_next as ffi;

use crate::packet::Packet;
use crate::parameters::CodecParameters;
use crate::raw;

/// Width and height of the coded picture, of which the shown one may be a part. `None` where FFmpeg has no parser
/// for the codec or the packet does not tell.
pub fn coded_size(parameters: &CodecParameters, packet: &Packet) -> Option<(u32, u32)> {
    let data = packet.data();
    let size = i32::try_from(data.len()).ok()?;
    // SAFETY: parser and context are ours and freed on every path; the packet's data is padded as FFmpeg's packets
    // are and lives through the call; in complete-frame mode the output points into it.
    unsafe {
        let mut context = ffi::avcodec_alloc_context3(raw::avcodec_find_decoder(parameters.codec().0));
        let parser = raw::av_parser_init(parameters.codec().0);
        let mut found = None;
        if !parser.is_null()
            && !context.is_null()
            && ffi::avcodec_parameters_to_context(context, parameters.as_ptr()) >= 0
        {
            (*parser).flags |= ffi::PARSER_FLAG_COMPLETE_FRAMES;
            let (mut out, mut out_size) = (ptr::null_mut(), 0);
            let none = ffi::AV_NOPTS_VALUE;
            ffi::av_parser_parse2(
                parser,
                context,
                &raw mut out,
                &raw mut out_size,
                data.as_ptr(),
                size,
                none,
                none,
                -1,
            );
            let side = |n: i32| u32::try_from(n).ok().filter(|n| *n > 0);
            found = side((*parser).coded_width).zip(side((*parser).coded_height));
        }
        if !parser.is_null() {
            ffi::av_parser_close(parser);
        }
        ffi::avcodec_free_context(&raw mut context);
        found
    }
}
