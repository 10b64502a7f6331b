//! YUV to RGB and back, each way within 1 of exact arithmetic at every depth, matrix, range and siting.
//!
//! 8-bit pictures become 8-bit RGB, and the reverse, in fixed point; everything else goes through `f32`. Both give the same numbers at every
//! level, bit for bit.

mod chroma;
mod coefficients;
mod encode;
mod encode8;
mod fixed;
mod picture;
mod scalar;
mod wide;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use encode::{planar_f32_to_yuv, rgb8_to_yuv, rgb16_to_yuv};
pub use picture::{Chroma, Coding, Layout, Sample, Subsampling, Yuv, YuvError, YuvMut};

use crate::level::Isa;
use crate::{Level, PlaneMut, compiled};

use coefficients::Fixed;
use wide::{Decode, Interleaved, Planar};

/// What planar floats are: (value - mean) / std of each channel, for values of 0 (black) to 1 (white).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Taken away from R, G and B.
    pub mean: [f32; 3],
    /// What is left is divided by these.
    pub std: [f32; 3],
}

impl Normal {
    /// Values of 0 to 1.
    pub const UNIT: Self = Self { mean: [0.0; 3], std: [1.0; 3] };
}

/// Converts to rgb24, bgr24, rgba, bgra or gray.
///
/// From 8-bit samples the result is within 0.57 of the exact value (rounding included), else within 0.51. Bit for bit the same
/// at every level.
///
/// # Panics
/// `to` is not [`Layout::samples`] times as wide and as high as `from`, or the depth of `coding` is none of `S`.
pub fn yuv_to_rgb8<S: Sample>(
    level: Level,
    from: &Yuv<'_, S>,
    coding: Coding,
    chroma: Chroma,
    layout: Layout,
    to: PlaneMut<'_, u8>,
) {
    let shift = check(from, coding, layout.samples(), (to.width(), to.height()));
    if from.width() == 0 {
        return;
    }
    if let Some(from) = S::as_8_bit(from).filter(|from| fixed::holds(from, layout)) {
        let k = Fixed::new(coding);
        return match level.isa() {
            Isa::Scalar => scalar::picture(from, &k, chroma, layout, to),
            // SAFETY: an `Isa::Avx2` exists only because the CPU was seen to have AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { avx2::picture(from, &k, chroma, layout, to) },
            // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have these, AVX2 among them.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { avx512::picture(from, &k, chroma, layout, to) },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { neon::picture(from, &k, chroma, layout, to) },
        };
    }
    compiled::run(level, Decode { yuv: from, coding, shift, chroma, sink: Interleaved { layout, to } });
}

/// Converts to rgb48 and its like: the samples of [`Layout`] in 16 bits.
///
/// The result is within 0.6 of the exact value (rounding included), and bit for bit the same at every level.
///
/// # Panics
/// As [`yuv_to_rgb8`].
pub fn yuv_to_rgb16<S: Sample>(
    level: Level,
    from: &Yuv<'_, S>,
    coding: Coding,
    chroma: Chroma,
    layout: Layout,
    to: PlaneMut<'_, u16>,
) {
    let shift = check(from, coding, layout.samples(), (to.width(), to.height()));
    if from.width() == 0 {
        return;
    }
    compiled::run(level, Decode { yuv: from, coding, shift, chroma, sink: Interleaved { layout, to } });
}

/// Converts to a plane each of R, G and B, as tensors have them: clipped to 0 to 1, then normalised.
///
/// The clipped value is within 2^-20 of the exact one, and the same at every level.
///
/// # Panics
/// A plane of `to` has another size than `from`, or the depth of `coding` is none of `S`.
pub fn yuv_to_planar_f32<S: Sample>(
    level: Level,
    from: &Yuv<'_, S>,
    coding: Coding,
    chroma: Chroma,
    normal: Normal,
    to: [PlaneMut<'_, f32>; 3],
) {
    let mut shift = 0;
    for plane in &to {
        shift = check(from, coding, 1, (plane.width(), plane.height()));
    }
    if from.width() == 0 {
        return;
    }
    let scale = normal.std.map(|std| 1.0 / std);
    let offset = [0, 1, 2].map(|i| -normal.mean[i] * scale[i]);
    compiled::run(level, Decode { yuv: from, coding, shift, chroma, sink: Planar { to, scale, offset } });
}

fn check<S: Sample>(from: &Yuv<'_, S>, coding: Coding, samples: usize, to: (usize, usize)) -> u32 {
    assert_eq!(to, (from.width() * samples, from.height()), "size of the RGB picture");
    coding.shift::<S>(from.high_bits)
}

/// `N` samples of a row.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn window<T, const N: usize>(row: &[T], at: usize) -> &[T; N] {
    row[at..].first_chunk().expect("a step lies within its row")
}

/// `N` samples of a row, to write.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn window_mut<T, const N: usize>(row: &mut [T], at: usize) -> &mut [T; N] {
    row[at..].first_chunk_mut().expect("a step lies within its row")
}
