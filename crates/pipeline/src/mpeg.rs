//! Headers of MPEG-2 and MPEG-4 part 2, by which pictures of two encoders share one.

use crate::bits::Bits;
use crate::nal::start_codes;

/// Where sections begin, and their kinds.
fn starts(data: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    start_codes(data).filter_map(|at| Some((at, *data.get(at + 3)?)))
}

/// Where the first section of one of these kinds begins.
fn first(data: &[u8], kinds: &[u8]) -> Option<usize> {
    starts(data).find(|(_, kind)| kinds.contains(kind)).map(|(at, _)| at)
}

/// The sections of a stream, each with the start code in front of it. What lies before the first is left out, and so are
/// start codes that the next one overlaps, as only damage has them.
fn sections(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts: Vec<usize> = starts(data).map(|(at, _)| at).collect();
    starts.push(data.len());
    let sections = (1..starts.len()).map(move |n| &data[starts[n - 1]..starts[n]]);
    sections.filter(|section| section.len() >= 4)
}

/// What follows from the first section of one of these kinds on.
fn from_first<'a>(data: &'a [u8], kinds: &[u8]) -> &'a [u8] {
    &data[first(data, kinds).unwrap_or(0)..]
}

const SEQUENCE: u8 = 0xb3;
const EXTENSION: u8 = 0xb5;
const GROUP: u8 = 0xb8;
const PICTURE: u8 = 0;

/// What a MPEG-2 stream says of all its pictures.
pub(crate) struct Sequence {
    /// As the stream has it.
    pub(crate) whole: Vec<u8>,
    /// With the usual matrices of quantisation, which FFmpeg's encoder makes pictures for.
    pub(crate) plain: Vec<u8>,
    pub(crate) is_progressive: bool,
    /// The number of its frame rate.
    pub(crate) rate: u8,
}

/// Finds it in a codec header.
pub(crate) fn sequence(header: &[u8]) -> Option<Sequence> {
    let mut found: Vec<&[u8]> = sections(header).skip_while(|section| section[3] != SEQUENCE).collect();
    let end = found.iter().skip(1).position(|section| section[3] != EXTENSION);
    found.truncate(end.map_or(found.len(), |end| end + 1));
    let first = found.first().and_then(|section| section.get(..12))?;
    let extension =
        found.iter().find(|section| section[3] == EXTENSION && section.get(4).is_some_and(|id| id >> 4 == 1))?;
    let mut plain = first.to_vec();
    plain[11] &= !3;
    plain.extend(found[1..].concat());
    Some(Sequence { is_progressive: extension.get(5)? & 8 != 0, rate: first[7] & 15, whole: found.concat(), plain })
}

/// A picture of MPEG-2 without what stands before it of its sequence.
pub(crate) fn group(packet: &[u8]) -> &[u8] {
    from_first(packet, &[GROUP, PICTURE])
}

/// Where pictures begin.
fn pictures(packet: &[u8]) -> impl Iterator<Item = usize> {
    starts(packet).filter(|(_, kind)| *kind == PICTURE).map(|(at, _)| at)
}

/// The place of the first picture among those of its group, as they are shown; 0 without a mark where that begins.
pub(crate) fn place_in_group(packet: &[u8]) -> u16 {
    let begins = first(packet, &[GROUP]).is_some();
    let place = pictures(packet).next().and_then(|at| packet[at + 4..].first_chunk::<2>());
    place.filter(|_| begins).map_or(0, |two| u16::from_be_bytes(*two) >> 6)
}

/// A packet whose pictures are shown so many places earlier in their group, of which the first are gone.
pub(crate) fn earlier(packet: &[u8], places: u16) -> Vec<u8> {
    let mut out = packet.to_vec();
    for at in pictures(packet) {
        if let Some(two) = out[at + 4..].first_chunk_mut::<2>() {
            let both = u16::from_be_bytes(*two);
            *two = ((both >> 6).wrapping_sub(places) << 6 | both & 63).to_be_bytes();
        }
    }
    out
}

/// The first copied picture: whole by itself, the first of a group that says that nothing of it leans on another.
pub(crate) fn begin_anew(packet: &[u8], sequence: &[u8]) -> Vec<u8> {
    let has_own = sections(packet).take_while(|section| section[3] != PICTURE).any(|section| section[3] == SEQUENCE);
    let mut out = if has_own { Vec::new() } else { sequence.to_vec() };
    let begin = out.len();
    out.extend(earlier(packet, place_in_group(packet)));
    if let Some(flags) = first(packet, &[GROUP]).and_then(|at| out.get_mut(begin + at + 7)) {
        *flags = *flags & !0x20 | 0x40;
    }
    out
}

const LAYERS: std::ops::RangeInclusive<u8> = 0x20..=0x2f;
const GROUP_OF_PART_2: u8 = 0xb3;
const PICTURE_OF_PART_2: u8 = 0xb6;

/// What a MPEG-4 stream says of all its pictures, as far as it changes how they are written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    /// Ticks a second of its times.
    pub(crate) resolution: u16,
    pub(crate) is_interlaced: bool,
    pub(crate) quantises_as_mpeg: bool,
    pub(crate) quarter_sample: bool,
}

/// Finds it in a codec header. `None` where there is none, or where it has tools that FFmpeg's encoder has not.
pub(crate) fn layer(header: &[u8]) -> Option<Layer> {
    let section = sections(header).find(|section| LAYERS.contains(&section[3]))?;
    let mut bits = Bits::new(&section[4..]);
    bits.take(9)?;
    let mut version = 1;
    if bits.flag()? {
        version = bits.take(4)?;
        bits.take(3)?;
    }
    if bits.take(4)? == 15 {
        bits.take(16)?;
    }
    if bits.flag()? {
        bits.take(3)?;
        if bits.flag()? {
            bits.take(79)?;
        }
    }
    let rectangular = bits.take(2)? == 0;
    bits.take(1)?;
    let resolution = u16::try_from(bits.take(16)?).ok().filter(|ticks| *ticks > 0 && rectangular)?;
    bits.take(1)?;
    if bits.flag()? {
        bits.take((u16::BITS - (resolution - 1).leading_zeros()).max(1))?;
    }
    // Width and height, between marks.
    bits.take(29)?;
    let is_interlaced = bits.flag()?;
    // No overlapped motion, no sprites, eight bits.
    bits.must(true)?;
    if bits.take(if version == 1 { 1 } else { 2 })? != 0 {
        return None;
    }
    bits.must(false)?;
    let quantises_as_mpeg = bits.flag()?;
    if quantises_as_mpeg {
        // No matrices of its own.
        bits.must(false)?;
        bits.must(false)?;
    }
    let quarter_sample = version != 1 && bits.flag()?;
    // No estimates of complexity; whether there may be marks to go on at does not matter; no partitions, no other
    // references, no other sizes, no layers above.
    bits.must(true)?;
    bits.take(1)?;
    bits.must(false)?;
    if version != 1 {
        bits.must(false)?;
        bits.must(false)?;
    }
    bits.must(false)?;
    Some(Layer { resolution, is_interlaced, quantises_as_mpeg, quarter_sample })
}

/// A picture of MPEG-4 without what stands before it of all pictures.
pub(crate) fn object(packet: &[u8]) -> &[u8] {
    from_first(packet, &[GROUP_OF_PART_2, PICTURE_OF_PART_2])
}

/// The kind of MPEG-4's pictures that lean on one before and one after.
pub(crate) const BOTH_WAYS: u8 = 2;

/// The kinds of the pictures in one packet of MPEG-4.
pub(crate) fn objects(packet: &[u8]) -> Vec<u8> {
    let pictures = sections(packet).filter(|section| section[3] == PICTURE_OF_PART_2);
    pictures.filter_map(|section| section.get(4)).map(|first| first >> 6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_that_overlap_are_damage_and_no_end() {
        let data = [0, 0, 1, 0, 0, 1, 0xb6, 9];
        assert_eq!(sections(&data).collect::<Vec<_>>(), [&data[3..]]);
        assert!(sequence(&data).is_none());
    }

    #[test]
    fn a_sequence_is_found_with_its_extensions() {
        let extension = [0, 0, 1, 0xb5, 0x14, 0x8a, 0, 1, 0, 0];
        let mut header = vec![0, 0, 1, 0xb3, 0x14, 0, 0xb4, 0x13, 0xff, 0xff, 0xe0, 0x1a];
        header.extend([8; 64]);
        header.extend(extension);
        header.extend([0, 0, 1, 0xb8, 0, 8, 0, 0]);
        let found = sequence(&header).expect("it is there");
        assert_eq!(found.whole, header[..header.len() - 8]);
        assert_eq!(found.plain.len(), 12 + extension.len());
        assert_eq!((found.plain[11], found.is_progressive, found.rate), (0x18, true, 3));
        assert!(sequence(&[0, 0, 1, 0xb8, 0]).is_none());
    }

    #[test]
    fn the_first_group_is_closed_and_whole() {
        let packet = [0, 0, 1, 0xb8, 1, 2, 3, 0x20, 0, 0, 1, 0, 0, 0x8f];
        let closed = [0, 0, 1, 0xb8, 1, 2, 3, 0x40, 0, 0, 1, 0, 0, 0x0f];
        assert_eq!(place_in_group(&packet), 2);
        assert_eq!(earlier(&[0, 0, 1, 0, 1, 0x57], 2), [0, 0, 1, 0, 0, 0xd7]);
        assert_eq!(begin_anew(&packet, &[7, 7]), [&[7, 7][..], &closed].concat());
        let own = [&[0, 0, 1, 0xb3, 5][..], &packet].concat();
        assert_eq!(begin_anew(&own, &[7, 7]), [&[0, 0, 1, 0xb3, 5][..], &closed].concat());
        assert_eq!(group(&own), packet);
    }

    #[test]
    fn pictures_of_a_packet_are_told_by_kind() {
        assert_eq!(objects(&[0, 0, 1, 0xb3, 1, 0, 0, 1, 0xb6, 0x50, 0, 0, 1, 0xb6, 0x90]), [1, BOTH_WAYS]);
        assert_eq!(object(&[0, 0, 1, 0x20, 5, 0, 0, 1, 0xb6, 0x50]), [0, 0, 1, 0xb6, 0x50]);
    }

    #[test]
    fn a_layer_is_read_as_ffmpeg_writes_it() {
        let header = [
            [0, 0, 1, 0xb0, 0xf1, 0, 0, 1, 0xb5, 0xa9, 0x13, 0, 0, 1, 0, 0, 0, 1, 0x20, 8, 0xd4, 0x8d, 8, 0].as_slice(),
            &[0xcd, 0x0a, 4, 0x16, 0x94, 0x10, 0x3f],
        ]
        .concat();
        let plain = Layer { resolution: 25, is_interlaced: false, quantises_as_mpeg: false, quarter_sample: false };
        assert_eq!(layer(&header), Some(plain));
        assert_eq!(layer(&header[..24]), None);
    }
}
