//! FFmpeg's functions that take or return enumerations, declared with the integers those are in C.
//!
//! The generated bindings make Rust enums of C enums. A number that the linked library knows and the headers
//! did not would be an invalid enum value, which is undefined behaviour; as an `i32` it is just a number.

use std::ffi::{c_char, c_int};

use ffmpeg_sys_next as ffi;

unsafe extern "C" {
    pub(crate) fn av_get_pix_fmt(name: *const c_char) -> i32;
    pub(crate) fn av_pix_fmt_desc_get(format: i32) -> *const ffi::AVPixFmtDescriptor;
    pub(crate) fn avcodec_find_best_pix_fmt_of_list(
        list: *const i32,
        source: i32,
        has_alpha: c_int,
        loss: *mut c_int,
    ) -> i32;
    pub(crate) fn av_get_sample_fmt(name: *const c_char) -> i32;
    pub(crate) fn av_get_sample_fmt_name(format: i32) -> *const c_char;
    pub(crate) fn av_get_packed_sample_fmt(format: i32) -> i32;
    pub(crate) fn av_get_bytes_per_sample(format: i32) -> c_int;
    pub(crate) fn avcodec_get_name(codec: i32) -> *const c_char;
    pub(crate) fn avcodec_descriptor_get(codec: i32) -> *const ffi::AVCodecDescriptor;
    pub(crate) fn avcodec_profile_name(codec: i32, profile: c_int) -> *const c_char;
    pub(crate) fn avcodec_find_decoder(codec: i32) -> *const ffi::AVCodec;
    pub(crate) fn avcodec_find_encoder(codec: i32) -> *const ffi::AVCodec;
    pub(crate) fn av_parser_init(codec: i32) -> *mut ffi::AVCodecParserContext;
    pub(crate) fn avformat_query_codec(format: *const ffi::AVOutputFormat, codec: i32, strictness: c_int) -> c_int;
    pub(crate) fn av_codec_get_tag2(tags: *const *const ffi::AVCodecTag, codec: i32, tag: *mut u32) -> c_int;
    pub(crate) fn av_codec_get_id(tags: *const *const ffi::AVCodecTag, tag: u32) -> i32;
    pub(crate) fn av_color_range_name(value: i32) -> *const c_char;
    pub(crate) fn av_color_primaries_name(value: i32) -> *const c_char;
    pub(crate) fn av_color_transfer_name(value: i32) -> *const c_char;
    pub(crate) fn av_color_space_name(value: i32) -> *const c_char;
    pub(crate) fn av_chroma_location_name(value: i32) -> *const c_char;
}

/// Reads an enum field of an FFmpeg struct as the integer it is in C.
macro_rules! get_enum {
    ($place:expr) => {
        (&raw const $place).cast::<i32>().read()
    };
}

/// Writes an enum field of an FFmpeg struct as the integer it is in C.
macro_rules! set_enum {
    ($place:expr, $value:expr) => {
        (&raw mut $place).cast::<i32>().write($value)
    };
}

pub(crate) use {get_enum, set_enum};
