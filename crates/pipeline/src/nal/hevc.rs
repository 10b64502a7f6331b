//! HEVC's parameter sets and slices under other numbers, so that two encoders' pictures share one header.
//!
//! x265 numbers all it makes 0. The number of a picture's parameter set lies in front of each slice, in as many bits as
//! its value needs: those from 15 to 30 need eight bits more than 0, so that a slice keeps its bytes and gains one.

use crate::bits::Bits;

use super::{Unit, arrays_of_hevc, holds_lengths, kind, parameter_sets, split};

const VIDEO: u8 = 32;
const SEQUENCE: u8 = 33;
const PICTURES: u8 = 34;
/// Where decoding can begin: pictures behind which all before is forgotten, and those behind which it is not.
const RANDOM_ACCESS: std::ops::RangeInclusive<u8> = 16..=23;
const CLEAN_RANDOM_ACCESS: u8 = 21;
const BROKEN_LINK_WITHOUT_LEADING: u8 = 18;

/// Without the bytes that keep start codes out.
fn plain(unit: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(unit.len());
    let mut zeroes = 0;
    for &byte in unit {
        if zeroes >= 2 && byte == 3 {
            zeroes = 0;
            continue;
        }
        zeroes = if byte == 0 { zeroes + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// With them.
fn guarded(unit: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(unit.len() + 8);
    let mut zeroes = 0;
    for &byte in unit {
        if zeroes >= 2 && byte <= 3 {
            out.push(3);
            zeroes = 0;
        }
        zeroes = if byte == 0 { zeroes + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// The bits up to the one that ends the unit, with which bytes are filled up.
fn bits_of(data: &[u8]) -> Vec<bool> {
    let mut bits: Vec<bool> = data.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1)).collect();
    while bits.last() == Some(&false) {
        bits.pop();
    }
    bits
}

fn bytes_of(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|eight| eight.iter().zip((0..8).rev()).fold(0, |sum, (bit, n)| sum | u8::from(*bit) << n))
        .collect()
}

/// The bits of a number, as many as it needs.
fn code(value: u8) -> Vec<bool> {
    let value = u32::from(value) + 1;
    let length = 32 - value.leading_zeros();
    (1..length).map(|_| false).chain((0..length).rev().map(|n| value >> n & 1 == 1)).collect()
}

/// Up to the number of a sequence's parameter set, which stands behind profile and level of all its layers.
fn up_to_number(data: &[u8]) -> Option<Bits<'_>> {
    let mut bits = Bits::new(data);
    bits.take(20)?;
    let layers = bits.take(3)?;
    bits.take(1 + 96)?;
    if layers > 0 {
        // Of each layer, whether its profile is told, and whether its level is.
        let told = bits.take(2 * layers)?;
        bits.take(16 - 2 * layers)?;
        bits.take(88 * (told & 0xaaaa).count_ones() + 8 * (told & 0x5555).count_ones())?;
    }
    Some(bits)
}

/// The number of a parameter set.
fn number_of(unit: Unit<'_>) -> Option<u32> {
    let data = plain(unit);
    match kind("hevc", unit) {
        VIDEO => data.get(2).map(|byte| u32::from(byte >> 4)),
        SEQUENCE => up_to_number(&data)?.golomb(),
        PICTURES => Bits::new(data.get(2..)?).golomb(),
        _ => None,
    }
}

/// A number for the parameter sets of video and sequence that those of a header have not; `of_pictures` neither.
pub(crate) fn free_number(header: &[u8]) -> Option<u8> {
    let sets = parameter_sets("hevc", header);
    let is_free = |number: u8| {
        sets.iter().all(|unit| {
            let own = if kind("hevc", unit) == PICTURES { of_pictures(number) } else { number };
            number_of(unit) != Some(u32::from(own))
        })
    };
    (1..=15).rev().find(|number| is_free(*number))
}

/// The number of the pictures' parameter set beside that of the others.
const fn of_pictures(number: u8) -> u8 {
    number + 15
}

/// A unit that x265 numbered 0, under a number. `None` where it is not of that form.
pub(crate) fn renumber(unit: Unit<'_>, number: u8) -> Option<Vec<u8>> {
    let mut data = plain(unit);
    let kind = kind("hevc", unit);
    match kind {
        VIDEO => *data.get_mut(2)? = number << 4 | data.get(2)? & 15,
        SEQUENCE => {
            *data.get_mut(2)? = number << 4 | data.get(2)? & 15;
            let mut own = up_to_number(&data)?;
            let at = own.place();
            let 0 = own.golomb()? else { return None };
            let (bits, behind) = (bits_of(&data), own.place());
            data = bytes_of(&[&bits[..at], &code(number), &bits[behind..]].concat());
        }
        PICTURES => {
            let mut own = Bits::new(data.get(2..)?);
            let [0, 0] = [own.golomb()?, own.golomb()?] else { return None };
            let (bits, behind) = (bits_of(&data), 16 + own.place());
            data = bytes_of(&[&bits[..16], &code(of_pictures(number)), &code(number), &bits[behind..]].concat());
        }
        0..VIDEO => {
            // Behind one flag, or two.
            let at = if RANDOM_ACCESS.contains(&kind) { 2 } else { 1 };
            let first = u16::from(*data.get(2)?);
            if first >> (7 - at) & 1 == 0 {
                return None;
            }
            let ahead = first >> (8 - at) << (8 - at) << 8;
            let behind = first & ((1 << (7 - at)) - 1);
            let both = ahead | (u16::from(of_pictures(number)) + 1) << (7 - at) | behind;
            data.splice(2..3, both.to_be_bytes());
        }
        _ => return Some(unit.to_vec()),
    }
    Some(guarded(&data))
}

/// A slice of the first copied picture: one behind which nothing from before it is needed, and nothing shown before
/// it follows.
pub(crate) fn begin_anew(unit: Unit<'_>) -> Vec<u8> {
    let mut out = unit.to_vec();
    let kind = kind("hevc", unit);
    if kind == CLEAN_RANDOM_ACCESS {
        out[0] = out[0] & 0x81 | BROKEN_LINK_WITHOUT_LEADING << 1;
    }
    if RANDOM_ACCESS.contains(&kind)
        && let Some(flags) = out.get_mut(2)
    {
        // What was decoded before it is shown.
        *flags &= !0x40;
    }
    out
}

/// Whether a unit is a picture that decoding can begin with.
pub(crate) fn is_random_access(unit: Unit<'_>) -> bool {
    RANDOM_ACCESS.contains(&kind("hevc", unit))
}

/// The header with more parameter sets, which come behind start codes. `None` where it cannot take them.
pub(crate) fn join(header: &[u8], more: &[u8]) -> Option<Vec<u8>> {
    if !holds_lengths(header) {
        return Some([header, more].concat());
    }
    let more = split(more);
    let mut out = header.get(..22)?.to_vec();
    let mut arrays = Vec::new();
    arrays_of_hevc(header, &mut arrays)?;
    for unit in more {
        let wanted = kind("hevc", unit);
        match arrays.iter_mut().find(|(about, _)| about & 63 == wanted) {
            Some((_, units)) => units.push(unit),
            None => arrays.push((wanted, vec![unit])),
        }
        if wanted == SEQUENCE {
            // Profile, tier and level that suffice for both, and what both keep to.
            let data = plain(unit);
            let of_set = data.get(3..15)?;
            if of_set[0] & 31 != out[1] & 31 {
                out[1] = out[1] & !31 | (out[1] & 31).max(of_set[0] & 31);
            }
            out[1] |= of_set[0] & 32;
            for at in 1..11 {
                out[1 + at] &= of_set[at];
            }
            out[12] = out[12].max(of_set[11]);
        }
    }
    out.push(u8::try_from(arrays.len()).ok()?);
    for (about, units) in arrays {
        out.push(about);
        out.extend(u16::try_from(units.len()).ok()?.to_be_bytes());
        for unit in units {
            out.extend(u16::try_from(unit.len()).ok()?.to_be_bytes());
            out.extend(unit);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_guarded_as_they_were() {
        let unit = [0x26, 1, 0, 0, 3, 1, 9, 0, 0, 3, 0, 0, 3, 3, 7];
        assert_eq!(plain(&unit), [0x26, 1, 0, 0, 1, 9, 0, 0, 0, 0, 3, 7]);
        assert_eq!(guarded(&plain(&unit)), unit);
    }

    #[test]
    fn numbers_have_the_bits_they_need() {
        for value in 0..=30 {
            let written = bytes_of(&code(value));
            let mut bits = Bits::new(&written);
            assert_eq!((bits.golomb(), bits.place()), (Some(u32::from(value)), code(value).len()));
        }
        assert_eq!((code(0).len(), code(15).len(), code(30).len()), (1, 9, 9));
    }

    #[test]
    fn a_slice_keeps_its_bytes_under_another_number() {
        // First slice of an IDR picture: the flags 1 and 0, the number 0 as 1, and 10110.
        let slice = [19 << 1, 1, 0b1011_0110, 0x80, 5, 6];
        let renumbered = renumber(&slice, 15).expect("of that form");
        // 30 is 000011111.
        assert_eq!(renumbered, [19 << 1, 1, 0b1000_0011, 0b1111_0110, 0x80, 5, 6]);
        let other = [1 << 1, 1, 0b1110_1101, 7];
        assert_eq!(renumber(&other, 1), Some(vec![1 << 1, 1, 0b1000_0100, 0b0110_1101, 7]));
        assert_eq!(renumber(&[1 << 1, 1, 0b1010_1101, 7], 1), None);
    }

    #[test]
    fn parameter_sets_get_numbers_that_are_free() {
        let sets: [&[u8]; 3] =
            [&[64, 1, 0x0c, 1], &[66, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 93, 0xa0], &[68, 1, 0xc1]];
        let header = sets.iter().flat_map(|set| [&[0, 0, 1], *set].concat()).collect::<Vec<u8>>();
        assert_eq!(free_number(&header), Some(15));
        let made: Vec<Vec<u8>> = sets.iter().map(|set| renumber(set, 15).expect("of that form")).collect();
        let numbers: Vec<_> = made.iter().map(|unit| number_of(unit)).collect();
        assert_eq!(numbers, [Some(15), Some(15), Some(30)]);
        let both = made.iter().fold(header, |all, set| [&all, &[0, 0, 1][..], set].concat());
        assert_eq!(free_number(&both), Some(14));
    }

    #[test]
    fn an_open_group_begins_anew() {
        assert_eq!(begin_anew(&[21 << 1, 1, 0xe0]), [18 << 1, 1, 0xa0]);
        assert_eq!(begin_anew(&[1 << 1, 1, 0xe0]), [1 << 1, 1, 0xe0]);
    }
}
