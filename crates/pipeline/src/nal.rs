//! H.264 and HEVC as containers keep them: units behind start codes, or behind their lengths.

pub(crate) mod hevc;

use crate::bits::Bits;

/// The parts of a stream: each is one unit, without start code or length.
pub(crate) type Unit<'a> = &'a [u8];

/// Whether a codec header is of the kind whose packets hold lengths (`avcC`, `hvcC`), not start codes.
pub(crate) fn holds_lengths(header: &[u8]) -> bool {
    header.len() >= 7 && header[0] == 1
}

/// Where the start codes of a stream are.
pub(crate) fn start_codes(data: &[u8]) -> impl Iterator<Item = usize> {
    data.windows(3).enumerate().filter(|(_, three)| **three == [0, 0, 1]).map(|(at, _)| at)
}

/// The units of a stream of start codes. Zeroes before a start code belong to it.
pub(crate) fn split(data: &[u8]) -> Vec<Unit<'_>> {
    let starts: Vec<usize> = start_codes(data).collect();
    let end = |next: Option<&usize>| next.copied().unwrap_or(data.len());
    let unit = |(n, at): (usize, &usize)| {
        let body = &data[at + 3..end(starts.get(n + 1))];
        let zeroes = body.iter().rev().take_while(|byte| **byte == 0).count();
        &body[..body.len() - zeroes]
    };
    starts.iter().enumerate().map(unit).filter(|unit| !unit.is_empty()).collect()
}

/// Cuts `count` units with a length of 16 bits each off the front of `rest`.
fn take<'a>(rest: &mut &'a [u8], count: usize, out: &mut Vec<Unit<'a>>) -> Option<()> {
    for _ in 0..count {
        let (length, body) = rest.split_first_chunk::<2>()?;
        let (unit, after) = body.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        out.push(unit);
        *rest = after;
    }
    Some(())
}

/// The parameter sets in an `avcC`.
fn sets_of_avc<'a>(header: &'a [u8], out: &mut Vec<Unit<'a>>) -> Option<()> {
    let (count, mut rest) = header.get(5..)?.split_first()?;
    take(&mut rest, usize::from(count & 31), out)?;
    let (count, mut rest) = rest.split_first()?;
    take(&mut rest, usize::from(*count), out)
}

/// The parameter sets in an `hvcC`: arrays of them, each behind a byte that tells their kind.
fn arrays_of_hevc<'a>(header: &'a [u8], out: &mut Vec<(u8, Vec<Unit<'a>>)>) -> Option<()> {
    let (arrays, mut rest) = header.get(22..)?.split_first()?;
    for _ in 0..*arrays {
        let (&[about, high, low], after) = rest.split_first_chunk()?;
        rest = after;
        let mut units = Vec::new();
        let whole = take(&mut rest, usize::from(u16::from_be_bytes([high, low])), &mut units);
        out.push((about, units));
        whole?;
    }
    Some(())
}

/// The parameter sets in a codec header of either kind; of a broken one, those before the break.
pub(crate) fn parameter_sets<'a>(codec: &str, header: &'a [u8]) -> Vec<Unit<'a>> {
    if !holds_lengths(header) {
        return split(header);
    }
    if codec == "hevc" {
        let mut arrays = Vec::new();
        let _whole = arrays_of_hevc(header, &mut arrays);
        return arrays.into_iter().flat_map(|(_, units)| units).collect();
    }
    let mut out = Vec::new();
    let _whole = sets_of_avc(header, &mut out);
    out
}

/// Bytes of the length before each unit, by an `avcC` or `hvcC`.
fn length_size(header: &[u8]) -> usize {
    let at = if header.len() > 22 && header.get(5).is_some_and(|byte| byte & 0xe0 != 0xe0) { 21 } else { 4 };
    usize::from(header.get(at).copied().unwrap_or(3) & 3) + 1
}

/// The units of a packet, whose form the codec header tells.
pub(crate) fn units_of<'a>(header: &[u8], packet: &'a [u8]) -> Vec<Unit<'a>> {
    if !holds_lengths(header) {
        return split(packet);
    }
    let size = length_size(header);
    let mut out = Vec::new();
    let mut rest = packet;
    while let Some((length, body)) = rest.split_at_checked(size) {
        let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let Some((unit, after)) = body.split_at_checked(length) else { break };
        out.push(unit);
        rest = after;
    }
    out
}

/// Adds a unit in the form that the codec header tells.
pub(crate) fn append(header: &[u8], unit: Unit<'_>, out: &mut Vec<u8>) {
    if holds_lengths(header) {
        out.extend(&(unit.len() as u64).to_be_bytes()[8 - length_size(header)..]);
    } else {
        out.extend([0, 0, 0, 1]);
    }
    out.extend(unit);
}

/// A packet of start codes in the form that the codec header tells.
pub(crate) fn pack(header: &[u8], packet: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(packet.len() + 16);
    split(packet).into_iter().for_each(|unit| append(header, unit, &mut out));
    out
}

/// What a unit is: its type's number in its codec.
pub(crate) fn kind(codec: &str, unit: Unit<'_>) -> u8 {
    let first = unit.first().copied().unwrap_or(0);
    if codec == "hevc" { first >> 1 & 63 } else { first & 31 }
}

/// Whether a unit only says that a picture begins.
pub(crate) fn is_delimiter(codec: &str, unit: Unit<'_>) -> bool {
    kind(codec, unit) == if codec == "hevc" { 35 } else { 9 }
}

/// Whether the codec header of an HEVC stream has all its kinds of parameter sets: video, sequence and picture.
pub(crate) fn is_complete_hevc(header: &[u8]) -> bool {
    let sets = parameter_sets("hevc", header);
    [32, 33, 34].iter().all(|wanted| sets.iter().any(|unit| kind("hevc", unit) == *wanted))
}

/// H.264's kinds of parameter sets: of a sequence, of pictures, and what extends the former.
const SEQUENCE: u8 = 7;
const PICTURES: u8 = 8;
const EXTENSION: u8 = 13;

/// A number that none of the parameter sets of an H.264 header has.
pub(crate) fn free_number(header: &[u8]) -> Option<u32> {
    let used = |unit: &Unit<'_>| match kind("h264", unit) {
        SEQUENCE => Bits::new(unit.get(4..)?).golomb(),
        PICTURES => Bits::new(unit.get(1..)?).golomb(),
        _ => None,
    };
    let used: Vec<u32> = parameter_sets("h264", header).iter().filter_map(used).collect();
    (1..32).rev().find(|number| !used.contains(number))
}

/// The header of an H.264 stream with more parameter sets, which come behind start codes. `None` where it cannot take
/// them.
pub(crate) fn join(header: &[u8], more: &[u8]) -> Option<Vec<u8>> {
    if !holds_lengths(header) {
        return Some([header, more].concat());
    }
    let own = parameter_sets("h264", header);
    // What follows the sets: the depth of samples, for some profiles.
    let length: usize = own.iter().map(|unit| unit.len() + 2).sum();
    let rest = header.get(7 + length..)?;
    let more = split(more);
    let of = |kinds: &[u8]| -> Vec<Unit<'_>> {
        own.iter().chain(&more).copied().filter(|unit| kinds.contains(&kind("h264", unit))).collect()
    };
    let (sequences, pictures) = (of(&[SEQUENCE]), of(&[PICTURES]));
    if own.iter().any(|unit| kind("h264", unit) == EXTENSION) || sequences.len() > 31 || pictures.len() > 255 {
        return None;
    }
    let mut out = header.get(..5)?.to_vec();
    // The level of a stream is that of its most demanding part.
    out[3] = sequences.iter().filter_map(|unit| unit.get(3)).copied().max()?;
    let mut add = |count: u8, units: &[Unit<'_>]| -> Option<()> {
        out.push(count);
        for unit in units {
            out.extend(u16::try_from(unit.len()).ok()?.to_be_bytes());
            out.extend(*unit);
        }
        Some(())
    };
    add(0xe0 | u8::try_from(sequences.len()).ok()?, &sequences)?;
    add(u8::try_from(pictures.len()).ok()?, &pictures)?;
    out.extend(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_of_three_and_four_bytes_part_units() {
        assert_eq!(split(&[0, 0, 0, 1, 103, 1, 0, 0, 1, 104, 2, 0, 0, 0, 1, 101]), [&[103, 1][..], &[104, 2], &[101]]);
        assert!(split(&[1, 2, 3]).is_empty());
    }

    #[test]
    fn units_are_packed_as_the_header_tells() {
        let header = [1, 100, 0, 30, 253, 225, 0, 2, 103, 9, 1, 0, 1, 104];
        let packet = [0, 0, 0, 1, 101, 1, 0, 0, 1, 65, 2];
        let packed = pack(&header, &packet);
        assert_eq!(packed, [0, 2, 101, 1, 0, 2, 65, 2]);
        assert_eq!(units_of(&header, &packed), units_of(&[], &packet));
        assert_eq!(pack(&[], &packet), [0, 0, 0, 1, 101, 1, 0, 0, 0, 1, 65, 2]);
    }

    #[test]
    fn parameter_sets_are_joined_under_another_number() {
        // Sequence 0 and picture set 31, whose numbers are 1 and 00000100000 in bits.
        let header = [1, 100, 0, 30, 255, 225, 0, 5, 103, 100, 0, 30, 0x80, 1, 0, 3, 104, 4, 0, 0xfd, 0xf8];
        assert_eq!(free_number(&header), Some(30));
        let more = [0, 0, 0, 1, 103, 100, 0, 40, 0x80, 0, 0, 0, 1, 104, 0x80];
        let joined = join(&header, &more).expect("there is room");
        assert_eq!(joined[3], 40);
        assert_eq!(parameter_sets("h264", &joined).len(), 4);
        assert!(joined.ends_with(&[0xfd, 0xf8]));
    }

    #[test]
    fn sets_are_found_in_both_kinds_of_header() {
        let packed = [1, 100, 0, 30, 255, 225, 0, 2, 103, 9, 1, 0, 1, 104];
        assert_eq!(parameter_sets("h264", &packed), [&[103, 9][..], &[104]]);
        assert_eq!(parameter_sets("h264", &packed[..9]).len(), 0);
        let mut hevc = vec![1; 22];
        hevc.extend([3, 32, 0, 1, 0, 2, 64, 1, 33, 0, 1, 0, 2, 66, 1, 34, 0, 1, 0, 2, 68, 1]);
        assert!(is_complete_hevc(&hevc));
        assert!(!is_complete_hevc(&hevc[..32]));
        // Those before a break within an array.
        let broken = [&[1; 22][..], &[1, 32, 0, 2, 0, 2, 64, 1, 0, 9, 64]].concat();
        assert_eq!(parameter_sets("hevc", &broken), [&[64, 1]]);
        assert_eq!(hevc::join(&broken, &[]), None);
        assert!(is_complete_hevc(&[0, 0, 1, 64, 1, 0, 0, 1, 66, 1, 0, 0, 1, 68, 1]));
    }
}
