//! H.264 and HEVC as containers keep them: units behind start codes, or behind their lengths.

/// The parts of a stream: each is one unit, without start code or length.
pub(crate) type Unit<'a> = &'a [u8];

/// Whether a codec header is of the kind whose packets hold lengths (`avcC`, `hvcC`), not start codes.
pub(crate) fn holds_lengths(header: &[u8]) -> bool {
    header.len() >= 7 && header[0] == 1
}

/// The units of a stream of start codes. Zeroes before a start code belong to it.
pub(crate) fn split(data: &[u8]) -> Vec<Unit<'_>> {
    let starts: Vec<usize> =
        data.windows(3).enumerate().filter(|(_, three)| **three == [0, 0, 1]).map(|(at, _)| at).collect();
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

/// The parameter sets in an `hvcC`.
fn sets_of_hevc<'a>(header: &'a [u8], out: &mut Vec<Unit<'a>>) -> Option<()> {
    let (arrays, mut rest) = header.get(22..)?.split_first()?;
    for _ in 0..*arrays {
        let (about, after) = rest.split_first_chunk::<3>()?;
        rest = after;
        take(&mut rest, usize::from(u16::from_be_bytes([about[1], about[2]])), out)?;
    }
    Some(())
}

/// The parameter sets in a codec header of either kind; of a broken one, those before the break.
pub(crate) fn parameter_sets<'a>(codec: &str, header: &'a [u8]) -> Vec<Unit<'a>> {
    if !holds_lengths(header) {
        return split(header);
    }
    let mut out = Vec::new();
    let _whole = if codec == "hevc" { sets_of_hevc(header, &mut out) } else { sets_of_avc(header, &mut out) };
    out
}

/// What a unit is: its type's number in its codec.
pub(crate) fn kind(codec: &str, unit: Unit<'_>) -> u8 {
    let first = unit.first().copied().unwrap_or(0);
    if codec == "hevc" { first >> 1 & 63 } else { first & 31 }
}

/// Whether the codec header of an HEVC stream has all its kinds of parameter sets: video, sequence and picture.
pub(crate) fn is_complete_hevc(header: &[u8]) -> bool {
    let sets = parameter_sets("hevc", header);
    [32, 33, 34].iter().all(|wanted| sets.iter().any(|unit| kind("hevc", unit) == *wanted))
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
    fn sets_are_found_in_both_kinds_of_header() {
        let packed = [1, 100, 0, 30, 255, 225, 0, 2, 103, 9, 1, 0, 1, 104];
        assert_eq!(parameter_sets("h264", &packed), [&[103, 9][..], &[104]]);
        assert_eq!(parameter_sets("h264", &packed[..9]).len(), 0);
        let mut hevc = vec![1; 22];
        hevc.extend([3, 32, 0, 1, 0, 2, 64, 1, 33, 0, 1, 0, 2, 66, 1, 34, 0, 1, 0, 2, 68, 1]);
        assert!(is_complete_hevc(&hevc));
        assert!(!is_complete_hevc(&hevc[..32]));
        assert!(is_complete_hevc(&[0, 0, 1, 64, 1, 0, 0, 1, 66, 1, 0, 0, 1, 68, 1]));
    }
}
