//! What [`mix`](super::mix) multiplies with, and ready ones by ITU-R BS.775.

use std::f64::consts::FRAC_1_SQRT_2;
use std::fmt;

/// Speakers, in the order that their channels have in `FFmpeg` and in WAVE files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelLayout {
    /// One channel.
    Mono,
    /// Left, right.
    Stereo,
    /// Left, right, centre, low frequencies, left surround, right surround (whether called side or back).
    Surround51,
    /// Left, right, centre, low frequencies, back left, back right, side left, side right.
    Surround71,
}

impl ChannelLayout {
    /// How many channels.
    #[must_use]
    pub fn channels(self) -> usize {
        self.loudness_weights().len()
    }

    /// What each channel counts in [`loudness`](super::loudness): ITU-R BS.1770-5, Table 3 and Annex 3, by the azimuth
    /// of the speaker. 1.41 at the side (60 to 120 degrees, the surrounds of 5.1 among them), 1 elsewhere, and low
    /// frequencies are left out.
    #[must_use]
    pub fn loudness_weights(self) -> &'static [f64] {
        match self {
            Self::Mono => &[1.0],
            Self::Stereo => &[1.0, 1.0],
            Self::Surround51 => &[1.0, 1.0, 1.0, 0.0, 1.41, 1.41],
            Self::Surround71 => &[1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41],
        }
    }

    /// To left and right. 5.1 by ITU-R BS.775-4, Table 2; the four surrounds of 7.1, which it does not know, count as its
    /// two. Low frequencies are left out, as it says.
    fn to_stereo(self) -> [&'static [f64]; 2] {
        const HALF: f64 = FRAC_1_SQRT_2;
        match self {
            Self::Mono => [&[HALF], &[HALF]],
            Self::Stereo => [&[1.0, 0.0], &[0.0, 1.0]],
            Self::Surround51 => [&[1.0, 0.0, HALF, 0.0, HALF, 0.0], &[0.0, 1.0, HALF, 0.0, 0.0, HALF]],
            Self::Surround71 => {
                [&[1.0, 0.0, HALF, 0.0, HALF, 0.0, HALF, 0.0], &[0.0, 1.0, HALF, 0.0, 0.0, HALF, 0.0, HALF]]
            }
        }
    }
}

/// Weights of inputs (columns) in outputs (rows).
#[derive(Clone, Debug, PartialEq)]
pub struct MixMatrix {
    rows: usize,
    columns: usize,
    /// Row by row.
    values: Vec<f32>,
}

impl MixMatrix {
    /// A matrix of values row by row.
    ///
    /// # Errors
    /// There are not rows x columns values, or one is no finite number.
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Result<Self, MixMatrixError> {
        if rows.checked_mul(columns) == Some(values.len()) && values.iter().all(|value| value.is_finite()) {
            return Ok(Self { rows, columns, values });
        }
        let unfit = values.iter().copied().find(|value| !value.is_finite());
        Err(MixMatrixError { rows, columns, length: values.len(), unfit })
    }

    /// The downmix by ITU-R BS.775-4: 5.1 or 7.1 to stereo, and any of them to mono. `None` where `to` has more channels
    /// than `from`.
    ///
    /// Full scale in several channels at once can go beyond full scale in their sum: see [`normalised`](Self::normalised).
    #[must_use]
    pub fn downmix(from: ChannelLayout, to: ChannelLayout) -> Option<Self> {
        let [left, right] = from.to_stereo();
        let values: Vec<f64> = match (from, to) {
            (ChannelLayout::Mono, ChannelLayout::Mono) => vec![1.0],
            (_, ChannelLayout::Mono) => left.iter().zip(right).map(|(l, r)| (l + r) * FRAC_1_SQRT_2).collect(),
            (ChannelLayout::Mono, _) => return None,
            (_, ChannelLayout::Stereo) => [left, right].concat(),
            _ if from == to => {
                let channels = from.channels();
                (0..channels * channels).map(|i| f64::from(u8::from(i % (channels + 1) == 0))).collect()
            }
            _ => return None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is what is meant")]
        let values = values.into_iter().map(|value| value as f32).collect();
        Some(Self { rows: to.channels(), columns: from.channels(), values })
    }

    /// All values divided by the greatest sum of a row, so that inputs within full scale cannot clip. A matrix that cannot
    /// clip is left as it is.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        // In the arithmetic of `mix`, in which inputs of full scale give the greatest result that any give: rounding
        // keeps order.
        let greatest = |values: &[f32]| -> f32 {
            let rows = values.chunks(self.columns.max(1));
            rows.map(|row| row.iter().fold(0.0, |sum, value| sum + value.abs())).fold(0.0, f32::max)
        };
        let sum = greatest(&self.values);
        if sum > 1.0 {
            for value in &mut self.values {
                *value /= sum;
            }
        }
        while greatest(&self.values) > 1.0 {
            for value in &mut self.values {
                *value *= 1.0 - f32::EPSILON;
            }
        }
        self
    }

    /// Outputs.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Inputs.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// What input `column` counts in output `row`.
    ///
    /// # Panics
    /// There is no such row or column.
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> f32 {
        assert!(row < self.rows && column < self.columns, "{row}, {column} of {} x {}", self.rows, self.columns);
        self.values[row * self.columns + column]
    }
}

/// Values that are no matrix of the size that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixMatrixError {
    rows: usize,
    columns: usize,
    length: usize,
    unfit: Option<f32>,
}

impl fmt::Display for MixMatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, columns, length, unfit } = self;
        write!(f, "a matrix cannot be made; expected {rows} x {columns} finite values; got {length}")?;
        if let Some(unfit) = unfit {
            write!(f, ", {unfit} among them")?;
        }
        write!(f, "; give one value for each output and input, row by row")
    }
}

impl std::error::Error for MixMatrixError {}
