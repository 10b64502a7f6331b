//! The numbers of arrays, checked and made what is stored.

use super::form::{ArrayFormat, Element};
use crate::error::{Error, ErrorKind, Result};

fn floats(from: &[u8]) -> impl Iterator<Item = f32> {
    from.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes))
}

fn words(from: &[u8]) -> impl Iterator<Item = u16> {
    from.as_chunks().0.iter().map(|bytes| u16::from_ne_bytes(*bytes))
}

/// Refuses values that mean nothing, in the native words or bytes of a picture.
pub(super) fn check(format: ArrayFormat, items: &[u8]) -> Result<()> {
    let Element::U16 { most } = format.element else { return Ok(()) };
    if most == u16::MAX {
        return Ok(());
    }
    let got = words(items).max().unwrap_or(0);
    if got <= most {
        return Ok(());
    }
    let message = format!(
        "frame: expected values of 0 to {most} in {}; got {got}; shift them right where they fill 16 bits",
        format.name
    );
    Err(Error::new(ErrorKind::InvalidOption, message))
}

/// How far floats may lie outside of 0 to 1, where they are cut off: as far as filters overshoot, and not as far as numbers of
/// 0 to 255 do.
const OVERSHOOT: f32 = 0.5;

/// Makes bytes of native floats from 0 to 1, or native words where there is room for them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what the type holds")]
pub(super) fn quantise(from: &[u8], to: &mut [u8]) -> Result<()> {
    let (mut has_nan, mut least, mut most) = (false, 0.0_f32, 1.0_f32);
    let mut unit = |value: f32| {
        has_nan |= value.is_nan();
        (least, most) = (least.min(value), most.max(value));
        value.clamp(0.0, 1.0)
    };
    if to.len() * size_of::<f32>() == from.len() {
        for (to, from) in to.iter_mut().zip(floats(from)) {
            *to = (unit(from) * 255.0 + 0.5) as u8;
        }
    } else {
        for (to, from) in to.as_chunks_mut().0.iter_mut().zip(floats(from)) {
            *to = ((unit(from) * 65535.0 + 0.5) as u16).to_ne_bytes();
        }
    }
    if has_nan {
        let message = "frame: expected numbers from 0 to 1; got NaN; use numpy.nan_to_num(array)";
        return Err(Error::new(ErrorKind::InvalidOption, message));
    }
    if least < -OVERSHOOT || most > 1.0 + OVERSHOOT {
        let got = if most > 1.0 + OVERSHOOT { most } else { least };
        let message = format!(
            "frame: expected numbers from 0 to 1; got {got}; divide by 255 where they are bytes, or use array.clip(0, 1)"
        );
        return Err(Error::new(ErrorKind::InvalidOption, message));
    }
    Ok(())
}

/// Refuses sound that no encoder takes. `first`: the number of its first sample.
pub(super) fn check_sound(items: &[u8], channels: usize, first: i64) -> Result<()> {
    let Some((place, value)) = floats(items).enumerate().find(|(_, value)| !value.is_finite()) else { return Ok(()) };
    let (sample, channel) = (first.cast_unsigned() + (place / channels) as u64, place % channels);
    let message = format!(
        "samples: expected finite numbers; got {value} in sample {sample} of channel {channel}, counted from 0; use \
         numpy.nan_to_num(samples)"
    );
    Err(Error::new(ErrorKind::InvalidOption, message))
}

/// Makes native floats of native words of 16 bits, exactly.
pub(super) fn widen(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.as_chunks_mut().0.iter_mut().zip(words(from)) {
        *to = (f32::from(from.cast_signed()) / 32768.0).to_ne_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    #[test]
    fn floats_are_clamped_and_rounded_and_nan_is_refused() {
        let from = bytes(&[-0.5, 0.0, 0.5, 1.0, 1.25, 1.5, 1.0 / 255.0]);
        let mut to = [0; 7];
        assert!(quantise(&from, &mut to).is_ok());
        assert_eq!(to, [0, 0, 128, 255, 255, 255, 1]);
        let mut deep = [0; 14];
        assert!(quantise(&from, &mut deep).is_ok());
        assert_eq!(words(&deep).collect::<Vec<_>>(), [0, 0, 32768, 65535, 65535, 65535, 257]);
        for wrong in [f32::NAN, f32::INFINITY, -1.0, 200.0] {
            assert!(quantise(&bytes(&[0.0, wrong]), &mut [0; 2]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_become_floats_and_back() {
        let from: Vec<u8> = [i16::MIN, -1, 0, 1, i16::MAX].iter().flat_map(|value| value.to_ne_bytes()).collect();
        let mut to = [0; 20];
        widen(&from, &mut to);
        let back: Vec<f32> = floats(&to).map(|value| value * 32768.0).collect();
        assert_eq!(back, [-32768.0, -1.0, 0.0, 1.0, 32767.0]);
        assert!(check_sound(&to, 2, 7).is_ok());
        let wrong = check_sound(&bytes(&[0.0, 1.0, 0.0, f32::NEG_INFINITY]), 2, 7).expect_err("it is not finite");
        assert!(wrong.message.contains("got -inf in sample 8 of channel 1"), "{}", wrong.message);
    }
}
