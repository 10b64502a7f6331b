//! Noise in AAC: what a decoder draws for it depends on all it has drawn before, so that sound with it has to be decoded
//! in one piece from its beginning.

use crate::bits::Bits;

/// The codebook that stands for noise (ISO/IEC 14496-3, 4.6.13).
const NOISE: u32 = 13;

/// Whether the first channel of a packet of AAC-LC has bands of noise, or cannot be looked through. Encoders that use
/// noise use it in all channels; in which bands of the others only a decoder can tell.
pub(super) fn has_noise(packet: &[u8]) -> bool {
    let data = match packet {
        // A header of ADTS, with or without a checksum, of one frame.
        [0xff, second, _, _, _, _, last, ..] if second & 0xf6 == 0xf0 && last & 3 == 0 => {
            packet.get(if second & 1 == 1 { 7 } else { 9 }..)
        }
        _ => Some(packet),
    };
    data.and_then(|data| look(&mut Bits::new(data))).unwrap_or(true)
}

fn look(bits: &mut Bits<'_>) -> Option<bool> {
    loop {
        match bits.take(3)? {
            // One channel, or two, which may share a window.
            element @ (0 | 1) => {
                bits.take(4)?;
                if element == 0 || !bits.flag()? {
                    return channel(bits, None);
                }
                let window = Window::read(bits)?;
                if bits.take(2)? == 1 {
                    bits.take(window.groups * window.bands)?;
                }
                return channel(bits, Some(window));
            }
            // Data of others: their length, perhaps on whole bytes.
            4 => {
                bits.take(4)?;
                let aligned = bits.flag()?;
                let mut count = bits.take(8)?;
                if count == 255 {
                    count += bits.take(8)?;
                }
                if aligned && !bits.place().is_multiple_of(8) {
                    bits.take(u32::try_from(8 - bits.place() % 8).ok()?)?;
                }
                bits.take(8 * count)?;
            }
            // Filling.
            6 => {
                let mut count = bits.take(4)?;
                if count == 15 {
                    count = (count + bits.take(8)?).checked_sub(1)?;
                }
                bits.take(8 * count)?;
            }
            // The end: silence.
            7 => return Some(false),
            // A coupled or a bass channel first, or a programme's configuration: not one or two usual channels.
            _ => return None,
        }
    }
}

/// How a frame is cut into bands.
struct Window {
    is_short: bool,
    bands: u32,
    groups: u32,
}

impl Window {
    fn read(bits: &mut Bits<'_>) -> Option<Self> {
        bits.must(false)?;
        let is_short = bits.take(2)? == 2;
        bits.flag()?;
        if is_short {
            let bands = bits.take(4)?;
            let groups = 8 - bits.take(7)?.count_ones();
            return Some(Self { is_short, bands, groups });
        }
        let bands = bits.take(6)?;
        // LC has no prediction.
        bits.must(false)?;
        Some(Self { is_short, bands, groups: 1 })
    }
}

/// Whether one of a channel's bands is of noise.
fn channel(bits: &mut Bits<'_>, window: Option<Window>) -> Option<bool> {
    bits.take(8)?;
    let window = match window {
        Some(window) => window,
        None => Window::read(bits)?,
    };
    let width = if window.is_short { 3 } else { 5 };
    let more = (1 << width) - 1;
    for _ in 0..window.groups {
        let mut band = 0;
        while band < window.bands {
            let book = bits.take(4)?;
            if book == NOISE {
                return Some(true);
            }
            loop {
                let length = bits.take(width)?;
                band += length;
                if length != more {
                    break;
                }
            }
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of bits, filled up with zeroes.
    fn bytes(bits: &str) -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
        bits.chunks(8).map(|byte| (0..8).fold(0, |sum, at| sum << 1 | byte.get(at).copied().unwrap_or(0))).collect()
    }

    #[test]
    fn bands_of_noise_are_found_in_the_first_channel() {
        // One channel: a long window of 4 bands, 2 of book 1, and 2 of noise or of book 2.
        let one = |book: &str| bytes(&format!("000 0000 01100100 0 00 0 000100 0 0001 00010 {book} 00010 0000"));
        assert!(has_noise(&one("1101")));
        assert!(!has_noise(&one("0010")));
        // Two channels with one window, a mask, and filling before them.
        let two = |book: &str| {
            bytes(&format!("110 0001 11111111 001 0000 1 0 00 1 000010 0 01 11 01100100 {book} 00010 0000"))
        };
        assert!(has_noise(&two("1101")));
        assert!(!has_noise(&two("0001")));
        // Short windows in two groups.
        let short = |book: &str| bytes(&format!("000 0000 01100100 0 10 0 0010 1110111 0001 010 {book} 010 0000"));
        assert!(has_noise(&short("1101")));
        assert!(!has_noise(&short("0001")));
    }

    #[test]
    fn what_cannot_be_looked_through_counts_as_noise() {
        assert!(has_noise(&[]));
        assert!(has_noise(&bytes("000 0000 01100100 0 00 0 000100 1")));
        assert!(has_noise(&bytes("101 0000")));
        assert!(has_noise(&bytes("000 0000 01100100 0 00 0 000100 0 0001 00010")));
    }

    #[test]
    fn headers_of_adts_are_passed_over() {
        let mut packet = vec![0xff, 0xf1, 0x50, 0x80, 0x01, 0x7f, 0xfc];
        packet.extend(bytes("000 0000 01100100 0 00 0 000010 0 0001 00010 0000"));
        assert!(!has_noise(&packet));
        // Several frames in one.
        packet[6] |= 1;
        assert!(has_noise(&packet));
    }
}
