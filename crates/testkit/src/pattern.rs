//! Contents that find overflow, bias and wrong order.

use crate::Rng;

/// What a buffer is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// All the least value.
    Zero,
    /// All the greatest value.
    Max,
    /// Rising by one, from the least again behind the greatest.
    Ramp,
    /// Anything.
    Random,
    /// Least and greatest in turns.
    Opposed,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 5] = [Self::Zero, Self::Max, Self::Ramp, Self::Random, Self::Opposed];

    /// Fills `to` with values from 0 to `max` (signed and float numbers: from `-max` to `max`).
    pub fn fill<T: Number>(self, rng: &mut Rng, max: u32, to: &mut [T]) {
        for (i, value) in to.iter_mut().enumerate() {
            let steps = u64::from(max) + 1;
            let step = match self {
                Self::Zero => 0,
                Self::Max => max,
                Self::Ramp => u32::try_from(i as u64 % steps).unwrap_or(max),
                Self::Random => u32::try_from(rng.next_u64() % steps).unwrap_or(max),
                Self::Opposed => {
                    if i % 2 == 0 {
                        0
                    } else {
                        max
                    }
                }
            };
            *value = T::at(step, max);
        }
    }
}

/// Samples that kernels compute with.
pub trait Number: Copy + PartialEq + std::fmt::Debug + Default {
    /// What stands around a buffer, and is no likely result.
    const CANARY: Self;
    /// The value at `step` of 0 to `max`.
    fn at(step: u32, max: u32) -> Self;
    /// As a number to compare within a bound.
    fn wide(self) -> f64;
}

macro_rules! unsigned {
    ($($type:ty: $canary:expr),*) => {$(
        impl Number for $type {
            const CANARY: Self = $canary;
            fn at(step: u32, _max: u32) -> Self {
                Self::try_from(step).unwrap_or(Self::MAX)
            }
            fn wide(self) -> f64 {
                f64::from(self)
            }
        }
    )*};
}

macro_rules! signed {
    ($($type:ty: $canary:expr),*) => {$(
        impl Number for $type {
            const CANARY: Self = $canary;
            fn at(step: u32, max: u32) -> Self {
                let value = 2 * i64::from(step) - i64::from(max);
                Self::try_from(value).unwrap_or(if value < 0 { Self::MIN } else { Self::MAX })
            }
            fn wide(self) -> f64 {
                f64::from(self)
            }
        }
    )*};
}

unsigned!(u8: 0xA5, u16: 0xA5C3, u32: 0xA5C3_96E1);
signed!(i16: -0x5A3D, i32: -0x5A3C_691F);

impl Number for f32 {
    const CANARY: Self = -12_345.678;
    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 will do")]
    fn at(step: u32, max: u32) -> Self {
        (2.0 * f64::from(step) - f64::from(max)) as Self
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
}
