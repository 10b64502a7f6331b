//! FFmpeg's functions that take or return enumerations, declared with the integers those are in C.
//!
//! The generated bindings make Rust enums of C enums. A number that the linked library knows and the headers
//! did not would be an invalid enum value, which is undefined behaviour; as an `i32` it is just a number.

use std::ffi::{c_char, c_int};

use ffi::{
    AVChromaLocation, AVCodec, AVCodecDescriptor, AVCodecID, AVCodecParserContext, AVCodecTag, AVColorPrimaries,
    AVColorRange, AVColorSpace, AVColorTransferCharacteristic, AVOutputFormat, AVPixFmtDescriptor, AVPixelFormat,
    AVSampleFormat,
};
use ffmpeg_sys_next as ffi;

/// Declares functions with our types, and has the compiler compare the headers' with `= type` where theirs are others.
macro_rules! with_integers {
    ($($vis:vis fn $name:ident($($argument:ident: $ours:ty $(= $theirs:ty)?),*) -> $out:ty $(= $their_out:ty)?;)*) => {
        unsafe extern "C" {
            $($vis fn $name($($argument: $ours),*) -> $out;)*
        }
        $(const _: unsafe extern "C" fn($(last!($ours $(, $theirs)?)),*)
            -> last!($out $(, $their_out)?) = ffi::$name;)*
    };
}

macro_rules! last {
    ($ours:ty) => {
        $ours
    };
    ($ours:ty, $theirs:ty) => {
        $theirs
    };
}

with_integers! {
    pub(crate) fn av_get_pix_fmt(name: *const c_char) -> i32 = AVPixelFormat;
    pub(crate) fn av_pix_fmt_desc_get(format: i32 = AVPixelFormat) -> *const AVPixFmtDescriptor;
    pub(crate) fn av_image_get_buffer_size(
        format: i32 = AVPixelFormat,
        width: c_int,
        height: c_int,
        align: c_int
    ) -> c_int;
    pub(crate) fn avcodec_find_best_pix_fmt_of_list(
        list: *const i32 = *const AVPixelFormat,
        source: i32 = AVPixelFormat,
        has_alpha: c_int,
        loss: *mut c_int
    ) -> i32 = AVPixelFormat;
    pub(crate) fn av_get_sample_fmt(name: *const c_char) -> i32 = AVSampleFormat;
    pub(crate) fn av_get_sample_fmt_name(format: i32 = AVSampleFormat) -> *const c_char;
    pub(crate) fn av_get_packed_sample_fmt(format: i32 = AVSampleFormat) -> i32 = AVSampleFormat;
    pub(crate) fn av_get_bytes_per_sample(format: i32 = AVSampleFormat) -> c_int;
    pub(crate) fn avcodec_get_name(codec: i32 = AVCodecID) -> *const c_char;
    pub(crate) fn avcodec_descriptor_get(codec: i32 = AVCodecID) -> *const AVCodecDescriptor;
    pub(crate) fn avcodec_profile_name(codec: i32 = AVCodecID, profile: c_int) -> *const c_char;
    pub(crate) fn avcodec_find_decoder(codec: i32 = AVCodecID) -> *const AVCodec;
    pub(crate) fn avcodec_find_encoder(codec: i32 = AVCodecID) -> *const AVCodec;
    pub(crate) fn avformat_query_codec(
        format: *const AVOutputFormat,
        codec: i32 = AVCodecID,
        strictness: c_int
    ) -> c_int;
    pub(crate) fn av_codec_get_tag2(
        tags: *const *const AVCodecTag,
        codec: i32 = AVCodecID,
        tag: *mut u32
    ) -> c_int;
    pub(crate) fn av_codec_get_id(tags: *const *const AVCodecTag, tag: u32) -> i32 = AVCodecID;
    pub(crate) fn av_color_range_name(value: i32 = AVColorRange) -> *const c_char;
    pub(crate) fn av_color_primaries_name(value: i32 = AVColorPrimaries) -> *const c_char;
    pub(crate) fn av_color_transfer_name(value: i32 = AVColorTransferCharacteristic) -> *const c_char;
    pub(crate) fn av_color_space_name(value: i32 = AVColorSpace) -> *const c_char;
    pub(crate) fn av_chroma_location_name(value: i32 = AVChromaLocation) -> *const c_char;
}

unsafe extern "C" {
    // An int in the headers up to FFmpeg 8, an enum in those of 9.
    pub(crate) fn av_parser_init(codec: i32) -> *mut AVCodecParserContext;
    // The target's planes are mutable in the headers up to FFmpeg 5.1, and constant since.
    pub(crate) fn av_samples_copy(
        to: *const *mut u8,
        from: *const *mut u8,
        to_offset: c_int,
        from_offset: c_int,
        samples: c_int,
        channels: c_int,
        format: i32,
    ) -> c_int;
}

#[cfg(ffmpeg_6_1)]
with_integers! {
    pub(crate) fn av_packet_side_data_new(
        list: *mut *mut ffi::AVPacketSideData,
        count: *mut c_int,
        kind: i32 = ffi::AVPacketSideDataType,
        size: usize,
        flags: c_int
    ) -> *mut ffi::AVPacketSideData;
}

#[cfg(not(ffmpeg_6_1))]
with_integers! {
    pub(crate) fn av_stream_new_side_data(
        stream: *mut ffi::AVStream,
        kind: i32 = ffi::AVPacketSideDataType,
        size: usize
    ) -> *mut u8;
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
