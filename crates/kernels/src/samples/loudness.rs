//! K-weighted energy, which loudness is made of: ITU-R BS.1770-5, Annex 1.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(test)]
mod tests;

use std::f64::consts::PI;

use crate::Level;
use crate::level::Isa;

/// The K-weighting filter of some channels: its coefficients for a sample rate, and what it remembers of each channel.
#[derive(Clone, Debug)]
pub struct KWeighting {
    filter: Filter,
    memories: Vec<Memory>,
}

/// What a second-order section keeps: `y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]`.
#[derive(Clone, Copy, Debug)]
struct Section {
    b: [f64; 3],
    a: [f64; 2],
}

/// The two sections, one behind the other.
#[derive(Clone, Copy, Debug)]
struct Filter {
    shelf: Section,
    high_pass: Section,
}

/// The last two samples of a channel, newest first: that came in, between the sections, and that went out.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    input: [f64; 2],
    middle: [f64; 2],
    output: [f64; 2],
}

impl KWeighting {
    /// A filter at rest.
    ///
    /// The recommendation gives coefficients for 48 kHz and asks for the same response at other rates. These come from the
    /// analogue filters that its tables were made of, whose parameters are published by De Man ("Evaluation of
    /// Implementations of the EBU R128 Loudness Measurement", AES 145, 2018), by the bilinear transformation.
    ///
    /// # Panics
    /// `rate` is below 4000 Hz: the shelf begins at 1682 Hz, and there would be no room for it.
    #[must_use]
    pub fn new(rate: u32, channels: usize) -> Self {
        assert!(rate >= 4000, "a sample rate of at least 4000 Hz; got {rate}");
        Self { filter: Filter::new(f64::from(rate)), memories: vec![Memory::default(); channels] }
    }

    /// The sections' coefficients: `b0 b1 b2 a1 a2` of the shelf and of the high pass, as the tables of BS.1770 name them.
    #[must_use]
    pub fn coefficients(&self) -> [[f64; 5]; 2] {
        [self.filter.shelf, self.filter.high_pass].map(|Section { b, a }| [b[0], b[1], b[2], a[0], a[1]])
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.memories.fill(Memory::default());
    }
}

impl Filter {
    fn new(rate: f64) -> Self {
        let high_pass_a0 = |rate: f64| {
            let (k, q) = ((PI * 38.135_470_876_024_44 / rate).tan(), 0.500_327_037_323_877_3);
            (k, k / q, 1.0 + k / q + k * k)
        };
        let (k, k_over_q, a0) = high_pass_a0(rate);
        // The table has just 1, -2, 1 here, and with it a gain that is not quite 1, at 48 kHz. At another rate the same
        // numbers would have another gain; the shelf makes up for that.
        let high_pass = Section { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / a0, (1.0 - k_over_q + k * k) / a0] };
        let gain = high_pass_a0(48_000.0).2 / a0;

        let k = (PI * 1_681.974_450_955_533 / rate).tan();
        let q = 0.707_175_236_955_419_6;
        // 4 dB, and how much of it there is at the middle of the slope.
        let high = 10f64.powf(3.999_843_853_973_347 / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + k / q + k * k;
        let b = [high + band * k / q + k * k, 2.0 * (k * k - high), high - band * k / q + k * k];
        let shelf =
            Section { b: b.map(|b| gain * (b / a0)), a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0] };
        Self { shelf, high_pass }
    }
}

/// Filters planes, one a channel, and adds the squares of the result to `sums`, one a channel.
///
/// The filter goes on where it was left, so a stream may come in pieces of any size: of 100 ms, four sums that follow each
/// other divided by their samples are the mean squares of a gating block of 400 ms, which [`loudness`] turns to LKFS.
/// The squares of one call are summed in order, in `f64`. NaN and infinities count as 0, for the filter would never
/// forget them.
///
/// # Panics
/// Planes, sums and the filter's channels are not equally many, or the planes not equally long.
pub fn k_weighted_squares(level: Level, filter: &mut KWeighting, planes: &[&[f32]], sums: &mut [f64]) {
    let channels = filter.memories.len();
    assert_eq!((planes.len(), sums.len()), (channels, channels), "a plane and a sum for each channel of the filter");
    let frames = planes.first().map_or(0, |plane| plane.len());
    assert!(planes.iter().all(|plane| plane.len() == frames), "planes are equally long");
    let KWeighting { filter, memories } = filter;
    match level.isa() {
        Isa::Scalar => scalar::squares(filter, memories, planes, sums),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::squares(filter, memories, planes, sums) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON.
        Isa::Neon => unsafe { neon::squares(filter, memories, planes, sums) },
    }
    for memory in memories {
        memory.settle();
    }
}

impl Memory {
    /// Takes what has died away for silence: numbers that small slow some CPUs down, and never end by themselves.
    fn settle(&mut self) {
        for value in [&mut self.input, &mut self.middle, &mut self.output].into_iter().flatten() {
            if value.abs() < 1e-60 {
                *value = 0.0;
            }
        }
    }
}

/// Loudness in LKFS (which EBU calls LUFS) of mean squares of K-weighted channels, each counted by its weight
/// ([`ChannelLayout::loudness_weights`](super::ChannelLayout::loudness_weights)). Silence is minus infinity.
///
/// # Panics
/// The weights are not as many.
#[must_use]
pub fn loudness(mean_squares: &[f64], weights: &[f64]) -> f64 {
    assert_eq!(mean_squares.len(), weights.len(), "a weight for each channel");
    -0.691 + 10.0 * mean_squares.iter().zip(weights).map(|(square, weight)| square * weight).sum::<f64>().log10()
}
