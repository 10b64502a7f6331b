//! AV1 as containers keep it: units that tell what they are and how long.

const SEQUENCE: u8 = 1;

/// Whether a packet tells by itself what its sequence is.
pub(crate) fn has_sequence(mut data: &[u8]) -> bool {
    while let Some((about, rest)) = data.split_first() {
        if about >> 3 & 15 == SEQUENCE {
            return true;
        }
        // Without a length it is the last.
        if about & 2 == 0 {
            return false;
        }
        let rest = rest.get(usize::from(about >> 2 & 1)..).unwrap_or_default();
        let bytes = rest.iter().take_while(|byte| **byte & 128 != 0).count() + 1;
        let Some((length, body)) = rest.split_at_checked(bytes).filter(|_| bytes <= 4) else { return false };
        let length = length.iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 127));
        data = body.get(length..).unwrap_or_default();
    }
    false
}

/// The units in a codec header (`av1C`), which belong before the first picture.
pub(crate) fn of_header(header: &[u8]) -> &[u8] {
    if header.first() == Some(&0x81) { header.get(4..).unwrap_or_default() } else { header }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_found_behind_others() {
        let sequence = [0x0a, 2, 9, 9];
        assert!(has_sequence(&sequence));
        assert!(has_sequence(&[&[0x12, 0, 0x7a, 1, 5][..], &sequence].concat()));
        assert!(!has_sequence(&[0x32, 3, 1, 2, 3]));
        assert_eq!(of_header(&[0x81, 0, 12, 0, 10, 2, 9, 9]), sequence);
    }
}
