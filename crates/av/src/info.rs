//! What FFmpeg this is.

use ffmpeg_sys_next as ffi;

use crate::text;

/// One of FFmpeg's libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// e.g. `libavcodec`.
    pub name: &'static str,
    /// The version that is linked now: major, minor, micro.
    pub version: [u32; 3],
}

/// The version of FFmpeg as a whole, e.g. `5.1.9-0+deb12u1`.
pub fn version() -> String {
    // SAFETY: a static terminated string.
    unsafe { text::owned(ffi::av_version_info()) }.unwrap_or_default()
}

/// The licence of the linked build.
pub fn license() -> String {
    // SAFETY: a static terminated string.
    unsafe { text::owned(ffi::avcodec_license()) }.unwrap_or_default()
}

/// The options the linked build was configured with.
pub fn configuration() -> String {
    // SAFETY: a static terminated string.
    unsafe { text::owned(ffi::avcodec_configuration()) }.unwrap_or_default()
}

/// The libraries that are linked.
pub fn libraries() -> Vec<Library> {
    // SAFETY: these only return a number.
    let versions = unsafe {
        [
            ("libavutil", ffi::avutil_version()),
            ("libavcodec", ffi::avcodec_version()),
            ("libavformat", ffi::avformat_version()),
            ("libavfilter", ffi::avfilter_version()),
            ("libswscale", ffi::swscale_version()),
            ("libswresample", ffi::swresample_version()),
        ]
    };
    let library = |(name, v): (&'static str, u32)| Library { name, version: [v >> 16, (v >> 8) & 0xff, v & 0xff] };
    versions.into_iter().map(library).collect()
}

/// The names of all filters this FFmpeg has.
pub fn filters() -> Vec<String> {
    let mut at = std::ptr::null_mut();
    // SAFETY: `at` is the iteration state FFmpeg asks for; filters are static, their names terminated.
    std::iter::from_fn(|| unsafe { ffi::av_filter_iterate(&raw mut at).as_ref().map(|f| text::owned(f.name)) })
        .flatten()
        .collect()
}
