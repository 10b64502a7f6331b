//! libswresample, for conversions between stereo formats at one rate.

use std::ptr;

use ffmpeg_sys_next as ff;

/// A converter.
pub struct Swr(*mut ff::SwrContext);

impl Swr {
    pub fn s16_to_fltp() -> Self {
        Self::new(ff::AVSampleFormat::AV_SAMPLE_FMT_S16, ff::AVSampleFormat::AV_SAMPLE_FMT_FLTP)
    }

    pub fn fltp_to_s16() -> Self {
        Self::new(ff::AVSampleFormat::AV_SAMPLE_FMT_FLTP, ff::AVSampleFormat::AV_SAMPLE_FMT_S16)
    }

    fn new(from: ff::AVSampleFormat, to: ff::AVSampleFormat) -> Self {
        let mut made = ptr::null_mut();
        // SAFETY: a layout that FFmpeg fills in, and a context that it allocates.
        unsafe {
            let mut stereo = std::mem::zeroed::<ff::AVChannelLayout>();
            ff::av_channel_layout_default(&mut stereo, 2);
            let layout = &raw mut stereo;
            let ret = ff::swr_alloc_set_opts2(&mut made, layout, to, 48_000, layout, from, 48_000, 0, ptr::null_mut());
            assert!(ret >= 0 && ff::swr_init(made) >= 0, "libswresample converts stereo");
        }
        Self(made)
    }

    pub fn unpack(&mut self, from: &[i16], left: &mut [f32], right: &mut [f32]) {
        assert!(from.len() == 2 * left.len() && left.len() == right.len());
        let frames = i32::try_from(left.len()).expect("few");
        let mut to = [left.as_mut_ptr().cast::<u8>(), right.as_mut_ptr().cast()];
        let mut from = [from.as_ptr().cast::<u8>()];
        // SAFETY: planes of that many frames each, and interleaved frames as many (asserted above).
        let converted = unsafe { ff::swr_convert(self.0, to.as_mut_ptr(), frames, from.as_mut_ptr().cast(), frames) };
        assert_eq!(converted, frames);
    }

    pub fn pack(&mut self, left: &[f32], right: &[f32], to: &mut [i16]) {
        assert!(to.len() == 2 * left.len() && left.len() == right.len());
        let frames = i32::try_from(left.len()).expect("few");
        let mut from = [left.as_ptr().cast::<u8>(), right.as_ptr().cast()];
        let mut to = [to.as_mut_ptr().cast::<u8>()];
        // SAFETY: planes of that many frames each, and room for as many interleaved ones (asserted above).
        let converted = unsafe { ff::swr_convert(self.0, to.as_mut_ptr(), frames, from.as_mut_ptr().cast(), frames) };
        assert_eq!(converted, frames);
    }
}

impl Drop for Swr {
    fn drop(&mut self) {
        // SAFETY: allocated by FFmpeg and owned here.
        unsafe { ff::swr_free(&mut self.0) }
    }
}
