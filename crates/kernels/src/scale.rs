//! Pictures in another size: separable polyphase filters in fixed point.
//!
//! A row of the source is scaled across as it is first needed and kept, as 16-bit numbers with a few bits below the
//! point, until the last row of the target that it belongs to is made. So the source is read once, and what lies between
//! the directions stays in the cache: as many rows as the filter is high.
//!
//! How near to the same filter in exact numbers: within one step of the sample format for up to 12 bits, and one step of
//! 12 bits beyond (16 steps of 16 bits). Weights sum to exactly one, so what is flat stays as it is, and so does
//! a picture that keeps its size. Levels equal each other bit for bit.

mod across;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod rows;
mod sample;
mod scalar;
mod taps;
#[cfg(target_arch = "x86_64")]
mod windows;

use crate::{Level, Plane, PlaneMut};
use rows::Rows;
use sample::{Depth, Laid, Sample};
use taps::Taps;
pub use taps::{Axis, Filter, ScaleError};

/// The limit of the precision of weights that meet numbers of 16 bits, so that sums keep within 32.
const PRECISION: u32 = 15;

/// Scales planes of one size to one other: the weights, and the rows that are kept meanwhile.
///
/// Made once and used for every picture, also for others of the same size in between. It holds no picture.
///
/// ```
/// use transcode_kernels::{Axis, Filter, Level, Plane, PlaneMut, Scaler};
///
/// let mut scaler = Scaler::new(Filter::Bicubic, Axis::centred(64, 48)?, Axis::centred(36, 27)?);
/// let (large, mut small) = (vec![80u8; 64 * 36], vec![0u8; 48 * 27]);
/// let source = Plane::new(&large, 64, 36, 64)?;
/// scaler.run_u8(Level::active()?, source, PlaneMut::new(&mut small, 48, 27, 48)?);
/// assert!(small.iter().all(|sample| *sample == 80));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scaler {
    channels: usize,
    source: (usize, usize),
    target: (usize, usize),
    horizontal: Taps,
    /// `horizontal` for each sample format.
    laid: Laid,
    /// `taps` for each row, from its start.
    down: Vec<i16>,
    down_taps: usize,
    down_starts: Vec<usize>,
    down_precision: u32,
    rows: Rows,
}

impl Scaler {
    /// Planes of one sample a pixel: width by `across`, height by `down`.
    #[must_use]
    pub fn new(filter: Filter, across: Axis, down: Axis) -> Self {
        Self::with_channels(filter, across, down, 1)
    }

    /// `channels` samples a pixel beside each other: 2 for the chroma of NV12, 3 for RGB. `across` counts pixels.
    ///
    /// # Panics
    /// `channels` is not 1 to 4.
    #[must_use]
    pub fn with_channels(filter: Filter, across: Axis, down: Axis, channels: usize) -> Self {
        assert!((1..=4).contains(&channels), "expected 1 to 4 channels; got {channels}");
        let vertical = Taps::new(filter, &down);
        let (weights, precision) = vertical.fixed(PRECISION);
        let rows = Rows::new(across.target() * channels, vertical.taps);
        Self {
            channels,
            source: (across.source(), down.source()),
            target: (across.target(), down.target()),
            horizontal: Taps::new(filter, &across),
            laid: Laid::default(),
            down: weights,
            down_taps: vertical.taps,
            down_starts: vertical.starts,
            down_precision: precision,
            rows,
        }
    }

    /// Scales a plane of 8-bit samples.
    ///
    /// # Panics
    /// The planes are not of the size that the axes tell.
    pub fn run_u8(&mut self, level: Level, source: Plane<'_, u8>, target: PlaneMut<'_, u8>) {
        self.run(level, Depth::U8, source, target);
    }

    /// Scales a plane of samples of `bits` bits, 9 to 16, in the low bits of 16. At 16 bits what overshoots is cut off
    /// between the directions.
    ///
    /// # Panics
    /// The planes are not of the size that the axes tell, or `bits` is beyond 8 to 16.
    pub fn run_u16(&mut self, level: Level, bits: u32, source: Plane<'_, u16>, target: PlaneMut<'_, u16>) {
        self.run(level, Depth::u16(bits), source, target);
    }

    /// Begins another picture: rows of the last one are forgotten. Only of use with [`Scaler::row_u8`] and
    /// [`Scaler::row_u16`].
    pub fn begin(&mut self) {
        self.rows.forget();
    }

    /// Row `y` of the target, for what is to be computed on while it is in the cache. Cheap where rows are asked for from
    /// the top down; [`Scaler::begin`] comes before another picture's first.
    ///
    /// # Panics
    /// The source or the row is not of the size that the axes tell, or there is no such row.
    pub fn row_u8(&mut self, level: Level, source: Plane<'_, u8>, y: usize, target: &mut [u8]) {
        self.row(level, Depth::U8, source, y, target);
    }

    /// The same for 16-bit samples.
    ///
    /// # Panics
    /// As [`Scaler::row_u8`] and [`Scaler::run_u16`].
    pub fn row_u16(&mut self, level: Level, bits: u32, source: Plane<'_, u16>, y: usize, target: &mut [u16]) {
        self.row(level, Depth::u16(bits), source, y, target);
    }

    fn run<T: Sample>(&mut self, level: Level, depth: Depth, source: Plane<'_, T>, mut target: PlaneMut<'_, T>) {
        self.check_target(&target);
        self.begin();
        for (y, row) in target.rows_mut().enumerate() {
            self.row(level, depth, source, y, row);
        }
    }

    fn check_target<T>(&self, target: &PlaneMut<'_, T>) {
        let (given, wanted) = ((target.width(), target.height()), (self.target.0 * self.channels, self.target.1));
        assert_eq!(given, wanted, "the target plane is not of the scaler's size");
    }

    /// Rows of the source, from the first, that row `y` of the target is made of.
    fn needs(&self, y: usize) -> usize {
        (self.down_starts[y] + self.down_taps).min(self.source.1)
    }

    fn row<T: Sample>(&mut self, level: Level, depth: Depth, source: Plane<'_, T>, y: usize, target: &mut [T]) {
        let size = (self.source.0 * self.channels, self.source.1);
        assert_eq!((source.width(), source.height()), size, "the source plane is not of the scaler's size");
        assert_eq!(target.len(), self.target.0 * self.channels, "the row is not of the scaler's width");
        let wanted = self.down_starts[y]..self.needs(y);
        let across = T::laid(&mut self.laid).get_or_insert_with(|| T::lay_out(&self.horizontal, self.channels, size.0));
        self.rows.fill(level, depth, across, source, wanted.clone());
        let weights = &self.down[y * self.down_taps..][..self.down_taps];
        self.rows.weigh(level, depth, wanted, weights, self.down_precision, target);
    }
}

/// Scales one source to several targets, reading each of its rows from memory once.
///
/// # Panics
/// As [`Scaler::run_u8`] of each.
pub fn scale_ladder_u8(level: Level, source: Plane<'_, u8>, steps: &mut [(&mut Scaler, PlaneMut<'_, u8>)]) {
    ladder(level, Depth::U8, source, steps);
}

/// The same for 16-bit samples.
///
/// # Panics
/// As [`Scaler::run_u16`] of each.
pub fn scale_ladder_u16(
    level: Level,
    bits: u32,
    source: Plane<'_, u16>,
    steps: &mut [(&mut Scaler, PlaneMut<'_, u16>)],
) {
    ladder(level, Depth::u16(bits), source, steps);
}

/// Rows of the source that all targets take before the next are looked at: few enough to stay in the cache.
const BAND: usize = 16;

fn ladder<T: Sample>(level: Level, depth: Depth, source: Plane<'_, T>, steps: &mut [(&mut Scaler, PlaneMut<'_, T>)]) {
    for (scaler, target) in steps.iter_mut() {
        scaler.check_target(target);
        scaler.begin();
    }
    let mut done = vec![0; steps.len()];
    for end in (BAND..source.height() + BAND).step_by(BAND) {
        for ((scaler, target), done) in steps.iter_mut().zip(&mut done) {
            while *done < target.height() && scaler.needs(*done) <= end {
                scaler.row(level, depth, source, *done, target.row_mut(*done));
                *done += 1;
            }
        }
    }
}

/// The `N` from `index`.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline]
fn at<T, const N: usize>(slice: &[T], index: usize) -> &[T; N] {
    &slice[index..index + N].as_chunks::<N>().0[0]
}
