//! Sound in frames, made silent and cut at the front; and what containers know of when it begins.

use ffmpeg_sys_next as ffi;

use crate::error::{ErrorKind, Result, check};
use crate::frame::Frame;
use crate::muxer::MuxerInfo;
use crate::parameters::CodecParameters;
use crate::time::Rational;

/// What silence is in unsigned samples of eight bits; in all others it is 0.
const MIDDLE_OF_U8: u8 = 0x80;

/// The samples of a frame by their type: one plane a channel, or one plane of all channels interleaved.
#[derive(Debug)]
pub enum Planes<'a> {
    /// Whole numbers of 16 bits.
    I16(Vec<&'a [i16]>),
    /// Whole numbers of 32 bits.
    I32(Vec<&'a [i32]>),
    /// Floating point numbers, of which 1.0 is full scale.
    F32(Vec<&'a [f32]>),
}

impl Frame {
    /// The samples of sound of these types; `None` for other types and for pictures.
    pub fn planes(&self) -> Option<Planes<'_>> {
        let name = self.sample_format()?.packed().name();
        // SAFETY: the type is that of the frame's format.
        unsafe {
            match name.as_str() {
                "s16" => Some(Planes::I16(self.typed_planes()?)),
                "s32" => Some(Planes::I32(self.typed_planes()?)),
                "flt" => Some(Planes::F32(self.typed_planes()?)),
                _ => None,
            }
        }
    }

    /// # Safety
    /// `T` is what the frame's samples are, of a type of which any bits are a value.
    unsafe fn typed_planes<T>(&self) -> Option<Vec<&[T]>> {
        let format = self.sample_format()?;
        let (samples, channels) = (self.samples() as usize, self.channels() as usize);
        let (planes, length) = if format.packed() == format { (1, samples * channels) } else { (channels, samples) };
        if length == 0 {
            return Some(vec![&[]; planes]);
        }
        // SAFETY: a frame of sound has an entry for each plane in `extended_data`, of so many samples, aligned for them;
        // they live as long as the frame, whose data are written to only through `&mut`.
        unsafe {
            let raw = &*self.as_ptr();
            (0..planes)
                .map(|plane| {
                    let start = (*raw.extended_data.add(plane)).cast::<T>();
                    (!start.is_null() && start.is_aligned()).then(|| std::slice::from_raw_parts(start, length))
                })
                .collect()
        }
    }

    /// Whether another frame is sound of the same rate, layout and type.
    pub fn is_sound_like(&self, other: &Self) -> bool {
        // SAFETY: both frames are valid; layouts are only compared.
        unsafe {
            let (a, b) = (&*self.as_ptr(), &*other.as_ptr());
            (a.format, a.sample_rate) == (b.format, b.sample_rate)
                && ffi::av_channel_layout_compare(&raw const a.ch_layout, &raw const b.ch_layout) == 0
        }
    }

    /// One frame of the samples of some that are alike, at the time of the first; `None` of none.
    ///
    /// # Errors
    /// Memory ran out.
    ///
    /// # Panics
    /// They are not alike.
    pub fn joined(frames: &[Self]) -> Result<Option<Self>> {
        let Some(first) = frames.first() else { return Ok(None) };
        assert!(frames.iter().all(|frame| frame.is_sound_like(first)), "frames of one sound");
        let samples = frames.iter().fold(0, |sum: u32, frame| sum.saturating_add(frame.samples()));
        let mut out = Self::of_samples(first, samples)?;
        out.set_pts(first.pts());
        let mut at = 0;
        for frame in frames {
            let count = frame.samples().cast_signed();
            // SAFETY: both frames are valid and of the same form; `out` is ours alone and has room for the samples of all,
            // one after another.
            unsafe {
                let (to, from) = (&mut *out.as_mut_ptr(), &*frame.as_ptr());
                let channels = frame.channels().cast_signed();
                crate::raw::av_samples_copy(to.extended_data, from.extended_data, at, 0, count, channels, from.format);
            }
            at += count;
        }
        Ok(Some(out))
    }

    /// A frame with room for so many samples, else like another and without a time.
    fn of_samples(like: &Self, samples: u32) -> Result<Self> {
        let mut out = Self::new()?;
        // SAFETY: both frames are valid and `out` is ours and empty; its buffers are made for the fields set before.
        let code = unsafe {
            let (from, to) = (&*like.as_ptr(), &mut *out.as_mut_ptr());
            (to.format, to.sample_rate) = (from.format, from.sample_rate);
            to.nb_samples = i32::try_from(samples).unwrap_or(i32::MAX);
            let copied = ffi::av_channel_layout_copy(&raw mut to.ch_layout, &raw const from.ch_layout);
            if copied < 0 { copied } else { ffi::av_frame_get_buffer(to, 0) }
        };
        check(code, ErrorKind::Bug, "a frame of sound").map(|_| out)
    }

    /// Whether another frame of sound has the very same samples, bit by bit, at the same time.
    pub fn sounds_like(&self, other: &Self) -> bool {
        fn bits(planes: &[&[f32]]) -> impl Iterator<Item = u32> {
            planes.iter().copied().flatten().map(|sample| sample.to_bits())
        }
        (self.pts(), self.samples()) == (other.pts(), other.samples())
            && self.is_sound_like(other)
            && match (self.planes(), other.planes()) {
                (Some(Planes::I16(a)), Some(Planes::I16(b))) => a == b,
                (Some(Planes::I32(a)), Some(Planes::I32(b))) => a == b,
                (Some(Planes::F32(a)), Some(Planes::F32(b))) => bits(&a).eq(bits(&b)),
                _ => false,
            }
    }

    /// A frame of `samples` silent samples, else like this one and without a time.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn silence(&self, samples: u32) -> Result<Self> {
        let mut out = Self::of_samples(self, samples)?;
        let value = if self.sample_format().is_some_and(|f| f.precision().0 == 8) { MIDDLE_OF_U8 } else { 0 };
        // SAFETY: the frame is ours and nobody shares its buffers; each entry of `buf` is null or one of them.
        unsafe {
            for buffer in (*out.as_mut_ptr()).buf.iter().filter_map(|buffer| buffer.as_ref()) {
                buffer.data.write_bytes(value, buffer.size);
            }
        }
        Ok(out)
    }

    /// Takes `samples` samples off the front; at least one must be left. The time stays as it is.
    pub fn drop_front(&mut self, samples: u32) {
        let Some(format) = self.sample_format() else { return };
        assert!(samples < self.samples(), "a frame of {} samples cannot lose {samples}", self.samples());
        let channels = self.channels() as usize;
        let planar = format.packed() != format;
        let (planes, width) = if planar { (channels, 1) } else { (1, channels) };
        // SAFETY: `samples` is less than what each plane holds (asserted), so the pointers stay inside their buffers;
        // `extended_data` has an entry for each plane and is `data` itself, or begins with the same pointers.
        unsafe {
            let raw = &mut *self.as_mut_ptr();
            let bytes = samples as usize * width * crate::raw::av_get_bytes_per_sample(format.0) as usize;
            for plane in 0..planes {
                let at = raw.extended_data.add(plane);
                *at = (*at).add(bytes);
            }
            if raw.extended_data != raw.data.as_mut_ptr() {
                for plane in 0..planes.min(raw.data.len()) {
                    raw.data[plane] = *raw.extended_data.add(plane);
                }
            }
            raw.linesize[0] -= i32::try_from(bytes).unwrap_or(0);
            raw.nb_samples -= samples.cast_signed();
        }
    }
}

/// How exactly a container tells when a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartTimes {
    /// To the tick of the stream's own time base, which can be that of its samples.
    Kept,
    /// To the millisecond.
    Milliseconds,
    /// Not at all: every stream begins with the file.
    Lost,
}

impl MuxerInfo {
    /// How exactly the container tells when a stream begins.
    pub fn start_times(self) -> StartTimes {
        match self.name().as_str() {
            "matroska" | "webm" | "flv" => StartTimes::Milliseconds,
            "avi" => StartTimes::Lost,
            _ => StartTimes::Kept,
        }
    }

    /// Whether the container says of a stream with such parameters how many samples its decoder throws away first,
    /// counted into the times of its blocks.
    pub fn counts_padding(self, parameters: &CodecParameters) -> bool {
        let matroska = matches!(self.name().as_str(), "matroska" | "webm");
        // Since FFmpeg 6.0 for all codecs, before that for Opus.
        matroska && parameters.initial_padding() > 0 && (cfg!(ffmpeg_6_0) || parameters.codec().name() == "opus")
    }

    /// Whether the muxer adds that padding to the times itself. FFmpeg before 6.0 tells it and does not: sound would
    /// be early by it.
    pub const fn adds_padding(self) -> bool {
        cfg!(ffmpeg_6_0)
    }
}

impl CodecParameters {
    /// Samples that the decoder gives before the first one that was encoded, where they are known.
    fn initial_padding(&self) -> i32 {
        // SAFETY: valid parameters, borrowed for the call.
        unsafe { (*self.as_ptr()).initial_padding.max(0) }
    }

    /// How long what the decoder gives before the first sample that was encoded lasts, where that is known.
    pub fn padding_seconds(&self) -> Rational {
        // Opus counts it at this rate, whatever the sound's own is.
        let rate = if self.codec().name() == "opus" { 48_000 } else { self.sample_rate().max(1).cast_signed() };
        Rational::new(self.initial_padding(), rate)
    }
}
