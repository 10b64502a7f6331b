//! Pictures with other channels, or of another depth.

use super::{Mode, Picture, Samples};

/// The picture with the channels and depth that were asked for. Alpha that is not asked for is left out, as it is where
/// nothing lies behind; colours become gray by their luma, as BT.601 weighs them.
pub(super) fn convert(picture: Picture, mode: Option<Mode>, deep: Option<bool>) -> Picture {
    let to = match mode {
        None => picture.channels,
        Some(Mode::Mono) => 1,
        Some(Mode::Rgb) => 3,
        Some(Mode::Rgba) => 4,
    };
    let Picture { width, height, channels, samples } = with_channels(picture, to);
    let samples = match (samples, deep) {
        (Samples::Bytes(data), Some(true)) => {
            Samples::Words(data.into_iter().map(|sample| u16::from(sample) * 257).collect())
        }
        (Samples::Words(data), Some(false)) => Samples::Bytes(data.into_iter().map(narrow).collect()),
        (samples, _) => samples,
    };
    Picture { width, height, channels, samples }
}

/// The picture without its alpha, if it has one.
pub(super) fn without_alpha(picture: Picture) -> Picture {
    let to = match picture.channels {
        2 => 1,
        4 => 3,
        other => other,
    };
    with_channels(picture, to)
}

fn with_channels(picture: Picture, to: usize) -> Picture {
    let Picture { width, height, channels, samples } = picture;
    let samples = match samples {
        Samples::Bytes(data) => Samples::Bytes(remap(data, channels, to)),
        Samples::Words(data) => Samples::Words(remap(data, channels, to)),
    };
    Picture { width, height, channels: to, samples }
}

/// The nearest of 8 bits.
#[expect(clippy::cast_possible_truncation, reason = "a 257th of 16 bits has 8")]
fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

/// Bytes and words.
trait Sample: Copy + Default {
    const WHITE: Self;
    fn luma(rgb: [Self; 3]) -> Self;
}

/// BT.601's weights, of 65536.
const WEIGHTS: [u64; 3] = [19595, 38470, 7471];

fn weighed(rgb: [u64; 3]) -> u64 {
    (rgb.iter().zip(WEIGHTS).map(|(sample, weight)| sample * weight).sum::<u64>() + 0x8000) >> 16
}

#[expect(clippy::cast_possible_truncation, reason = "weights of 1 in all keep the range")]
impl Sample for u8 {
    const WHITE: Self = Self::MAX;

    fn luma(rgb: [Self; 3]) -> Self {
        weighed(rgb.map(u64::from)) as Self
    }
}

#[expect(clippy::cast_possible_truncation, reason = "weights of 1 in all keep the range")]
impl Sample for u16 {
    const WHITE: Self = Self::MAX;

    fn luma(rgb: [Self; 3]) -> Self {
        weighed(rgb.map(u64::from)) as Self
    }
}

fn remap<T: Sample>(data: Vec<T>, from: usize, to: usize) -> Vec<T> {
    let white = T::WHITE;
    match (from, to) {
        (1, 3) => pixels(&data, |[y]: [T; 1]| [y; 3]),
        (1, 4) => pixels(&data, |[y]: [T; 1]| [y, y, y, white]),
        (2, 1) => pixels(&data, |[y, _]: [T; 2]| [y]),
        (2, 3) => pixels(&data, |[y, _]: [T; 2]| [y; 3]),
        (2, 4) => pixels(&data, |[y, a]: [T; 2]| [y, y, y, a]),
        (3, 1) => pixels(&data, |rgb: [T; 3]| [T::luma(rgb)]),
        (3, 4) => pixels(&data, |[r, g, b]: [T; 3]| [r, g, b, white]),
        (4, 1) => pixels(&data, |[r, g, b, _]: [T; 4]| [T::luma([r, g, b])]),
        (4, 3) => pixels(&data, |[r, g, b, _]: [T; 4]| [r, g, b]),
        _ => data,
    }
}

fn pixels<T: Copy + Default, const N: usize, const M: usize>(data: &[T], change: impl Fn([T; N]) -> [T; M]) -> Vec<T> {
    let (from, _) = data.as_chunks::<N>();
    let mut out = vec![T::default(); from.len() * M];
    for (to, from) in out.as_chunks_mut::<M>().0.iter_mut().zip(from) {
        *to = change(*from);
    }
    out
}
