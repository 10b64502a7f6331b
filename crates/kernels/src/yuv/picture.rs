//! Pictures of luma and two colour differences, as planes.

use std::fmt;

use crate::{Matrix, Plane, PlaneMut, Range, Siting};

/// What the numbers of a YUV picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coding {
    /// How red, green and blue are mixed.
    pub matrix: Matrix,
    /// Which numbers are black and white.
    pub range: Range,
    /// Bits of a sample: 8 in `u8`, 8 to 16 in `u16`.
    pub depth: u32,
}

/// How many luma samples share a chroma sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subsampling {
    /// Two columns and two rows: yuv420p, nv12, p010.
    Yuv420,
    /// Two columns: yuv422p, nv16.
    Yuv422,
    /// None: yuv444p.
    Yuv444,
}

impl Subsampling {
    /// The size of a chroma plane of a picture of `width` x `height`.
    #[must_use]
    pub fn chroma_size(self, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
            Self::Yuv422 => (width.div_ceil(2), height),
            Self::Yuv444 => (width, height),
        }
    }

    pub(super) fn halves_columns(self) -> bool {
        self != Self::Yuv444
    }

    pub(super) fn halves_rows(self) -> bool {
        self == Self::Yuv420
    }
}

/// How chroma gets its full size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chroma {
    /// Each sample is repeated, wherever it lies: the quick way of most libraries.
    Nearest,
    /// Between its neighbours by distance, with the edge repeated outside of the picture.
    Linear(Siting),
}

/// The order of an interleaved pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Red, green, blue: rgb24, rgb48.
    Rgb,
    /// Blue, green, red: bgr24.
    Bgr,
    /// Red, green, blue, alpha: written as opaque, not read.
    Rgba,
    /// Blue, green, red, alpha: as [`Layout::Rgba`].
    Bgra,
    /// Luma alone, of full range.
    Gray,
}

impl Layout {
    /// Samples of a pixel.
    #[must_use]
    pub fn samples(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb | Self::Bgr => 3,
            Self::Rgba | Self::Bgra => 4,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Pair<P> {
    Planar(P, P),
    Interleaved(P),
}

/// A YUV picture to read.
#[derive(Clone, Copy, Debug)]
pub struct Yuv<'a, T> {
    pub(super) y: Plane<'a, T>,
    pub(super) chroma: Pair<Plane<'a, T>>,
    pub(super) subsampling: Subsampling,
    pub(super) high_bits: bool,
}

/// A YUV picture to write.
#[derive(Debug)]
pub struct YuvMut<'a, T> {
    pub(super) y: PlaneMut<'a, T>,
    pub(super) chroma: Pair<PlaneMut<'a, T>>,
    pub(super) subsampling: Subsampling,
    pub(super) high_bits: bool,
}

impl<'a, T> Yuv<'a, T> {
    /// Three planes: yuv420p and its like. A band of rows of a picture of [`Subsampling::Yuv444`] is a picture too.
    ///
    /// # Errors
    /// The size of `u` or `v` is not [`Subsampling::chroma_size`].
    pub fn planar(
        subsampling: Subsampling,
        y: Plane<'a, T>,
        u: Plane<'a, T>,
        v: Plane<'a, T>,
    ) -> Result<Self, YuvError> {
        let size = (y.width(), y.height());
        YuvError::check(subsampling, size, 1, (u.width(), u.height()))?;
        YuvError::check(subsampling, size, 1, (v.width(), v.height()))?;
        Ok(Self { y, chroma: Pair::Planar(u, v), subsampling, high_bits: false })
    }

    /// Two planes, the second with U and V in turns: nv12 and its like.
    ///
    /// # Errors
    /// `uv` has not as many rows as [`Subsampling::chroma_size`] says, or not twice as many samples in a row.
    pub fn semi_planar(subsampling: Subsampling, y: Plane<'a, T>, uv: Plane<'a, T>) -> Result<Self, YuvError> {
        YuvError::check(subsampling, (y.width(), y.height()), 2, (uv.width(), uv.height()))?;
        Ok(Self { y, chroma: Pair::Interleaved(uv), subsampling, high_bits: false })
    }

    /// Columns of luma.
    #[must_use]
    pub fn width(&self) -> usize {
        self.y.width()
    }

    /// Rows of luma.
    #[must_use]
    pub fn height(&self) -> usize {
        self.y.height()
    }
}

impl Yuv<'_, u16> {
    /// The same with its samples in the high bits of each `u16`, as p010 and p012 have them; the low bits are ignored.
    #[must_use]
    pub fn in_high_bits(self) -> Self {
        Self { high_bits: true, ..self }
    }
}

impl<'a, T> YuvMut<'a, T> {
    /// Three planes: yuv420p and its like.
    ///
    /// # Errors
    /// The size of `u` or `v` is not [`Subsampling::chroma_size`].
    pub fn planar(
        subsampling: Subsampling,
        y: PlaneMut<'a, T>,
        u: PlaneMut<'a, T>,
        v: PlaneMut<'a, T>,
    ) -> Result<Self, YuvError> {
        let size = (y.width(), y.height());
        YuvError::check(subsampling, size, 1, (u.width(), u.height()))?;
        YuvError::check(subsampling, size, 1, (v.width(), v.height()))?;
        Ok(Self { y, chroma: Pair::Planar(u, v), subsampling, high_bits: false })
    }

    /// Two planes, the second with U and V in turns: nv12 and its like.
    ///
    /// # Errors
    /// `uv` has not as many rows as [`Subsampling::chroma_size`] says, or not twice as many samples in a row.
    pub fn semi_planar(subsampling: Subsampling, y: PlaneMut<'a, T>, uv: PlaneMut<'a, T>) -> Result<Self, YuvError> {
        YuvError::check(subsampling, (y.width(), y.height()), 2, (uv.width(), uv.height()))?;
        Ok(Self { y, chroma: Pair::Interleaved(uv), subsampling, high_bits: false })
    }
}

impl YuvMut<'_, u16> {
    /// The same with its samples in the high bits of each `u16`, as p010 and p012 have them; the low bits become 0.
    #[must_use]
    pub fn in_high_bits(self) -> Self {
        Self { high_bits: true, ..self }
    }
}

/// The chroma planes have another size than the luma plane asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YuvError {
    subsampling: Subsampling,
    luma: (usize, usize),
    expected: (usize, usize),
    got: (usize, usize),
}

impl YuvError {
    fn check(subsampling: Subsampling, luma: (usize, usize), samples: usize, got: (usize, usize)) -> Result<(), Self> {
        let (width, height) = subsampling.chroma_size(luma.0, luma.1);
        let expected = (width * samples, height);
        if expected == got { Ok(()) } else { Err(Self { subsampling, luma, expected, got }) }
    }
}

impl fmt::Display for YuvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subsampling, luma, expected, got } = self;
        write!(
            f,
            "a chroma plane does not fit its {subsampling:?} picture of {}x{}; expected {}x{} samples; got {}x{}; \
             give the planes of one picture",
            luma.0, luma.1, expected.0, expected.1, got.0, got.1
        )
    }
}

impl std::error::Error for YuvError {}

/// Samples of YUV pictures: `u8` and `u16`.
pub trait Sample: sealed::Sealed {}

impl Sample for u8 {}
impl Sample for u16 {}

pub(super) mod sealed {
    use std::ops::{Add, Mul};

    use super::{Yuv, YuvMut};

    /// What the conversions need of a sample, which nobody else can give.
    pub trait Sealed: Copy + Default {
        const BITS: u32;
        /// Holds 16 times any sample, or the difference of two such.
        type Wide: Copy + From<u8> + Add<Output = Self::Wide> + Mul<Output = Self::Wide>;
        fn down(self, shift: u32) -> Self::Wide;
        fn whole(wide: Self::Wide) -> i32;
        /// The low bits.
        fn narrow(value: u32) -> Self;
        /// Where the quick way for 8 bits can be taken.
        fn as_8_bit<'p, 'a>(yuv: &'p Yuv<'a, Self>) -> Option<&'p Yuv<'a, u8>>;
        /// The same for a picture to write, which comes back where not.
        fn into_8_bit<'a>(yuv: YuvMut<'a, Self>) -> Result<YuvMut<'a, u8>, YuvMut<'a, Self>>;
    }

    impl Sealed for u8 {
        const BITS: u32 = 8;
        type Wide = i16;
        #[inline(always)]
        fn down(self, _: u32) -> i16 {
            i16::from(self)
        }
        #[inline(always)]
        fn whole(wide: i16) -> i32 {
            i32::from(wide)
        }
        #[inline(always)]
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are asked for")]
        fn narrow(value: u32) -> Self {
            value as Self
        }
        fn as_8_bit<'p, 'a>(yuv: &'p Yuv<'a, Self>) -> Option<&'p Yuv<'a, u8>> {
            Some(yuv)
        }
        fn into_8_bit<'a>(yuv: YuvMut<'a, Self>) -> Result<YuvMut<'a, u8>, YuvMut<'a, Self>> {
            Ok(yuv)
        }
    }

    impl Sealed for u16 {
        const BITS: u32 = 16;
        type Wide = i32;
        #[inline(always)]
        fn down(self, shift: u32) -> i32 {
            i32::from(self >> shift)
        }
        #[inline(always)]
        fn whole(wide: i32) -> i32 {
            wide
        }
        #[inline(always)]
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are asked for")]
        fn narrow(value: u32) -> Self {
            value as Self
        }
        fn as_8_bit<'p, 'a>(_: &'p Yuv<'a, Self>) -> Option<&'p Yuv<'a, u8>> {
            None
        }
        fn into_8_bit<'a>(yuv: YuvMut<'a, Self>) -> Result<YuvMut<'a, u8>, YuvMut<'a, Self>> {
            Err(yuv)
        }
    }
}

impl Coding {
    /// How far a sample of `T` lies above its lowest bit.
    ///
    /// # Panics
    /// The depth is none of `T`.
    pub(super) fn shift<T: Sample>(self, high_bits: bool) -> u32 {
        assert!((8..=T::BITS).contains(&self.depth), "a depth of 8 to {}; got {}", T::BITS, self.depth);
        if high_bits { T::BITS - self.depth } else { 0 }
    }
}
