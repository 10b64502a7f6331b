//! Where decoding can begin, and what is not shown.

use transcode_av::{CodecParameters, Packet};

use crate::{mpeg, nal};

/// Tells the packets of one stream that decoding can begin at.
pub(super) struct Entries {
    codec: String,
    header: Vec<u8>,
    intra_only: bool,
    measures_fields: bool,
    first: bool,
}

impl Entries {
    pub(super) fn new(parameters: &CodecParameters) -> Self {
        let codec = parameters.codec();
        let header = parameters.header().to_vec();
        let measures_fields = measures_fields(parameters);
        Self { codec: codec.name(), header, intra_only: codec.is_intra_only(), measures_fields, first: true }
    }

    /// Whether whatever is shown from the picture of this packet on comes out the same when decoding begins here.
    pub(super) fn is_entry(&mut self, packet: &Packet) -> bool {
        let first = std::mem::replace(&mut self.first, false);
        if self.intra_only {
            return true;
        }
        if !packet.is_key() {
            return false;
        }
        match self.codec.as_str() {
            // Other marks are points from which pictures become right at some time.
            "h264" => {
                let units = nal::units_of(&self.header, packet.data());
                units.iter().any(|unit| nal::kind("h264", unit) == IDR)
            }
            "hevc" => {
                let units = nal::units_of(&self.header, packet.data());
                units.iter().any(|unit| nal::hevc::is_random_access(unit))
            }
            // FFmpeg's AVI demuxer marks every packet.
            "h263" | "h263p" => is_intra_h263(packet.data()),
            "mpeg4" if self.measures_fields => first,
            // Their demuxers mark packets that only change what was there before.
            codec if PATCHES.contains(&codec) => first,
            _ => true,
        }
    }

    /// Whether a packet holds a picture that is only decoded for others.
    pub(super) fn hides(&self, packet: &Packet) -> bool {
        match (self.codec.as_str(), packet.data()) {
            // `show_frame` of RFC 6386, section 9.1.
            ("vp8", [first, ..]) => first & 0x10 == 0,
            // `show_existing_frame` and `show_frame` of the VP9 bitstream's uncompressed header; a superframe ends with a
            // marker and shows its last picture.
            ("vp9", [first, .., last]) if last & 0xe0 != 0xc0 => {
                let profile_3 = first & 0x30 == 0x30;
                let (existing, shown) = if profile_3 { (0x04, 0x01) } else { (0x08, 0x02) };
                first & existing == 0 && first & shown == 0
            }
            _ => false,
        }
    }
}

/// Whether FFmpeg's decoder measures the fields of a stream by the first B-picture that it sees. Then it gives other pictures from
/// any other packet on, and with any other number of threads.
pub(super) fn measures_fields(parameters: &CodecParameters) -> bool {
    parameters.codec().name() == "mpeg4" && mpeg::layer(parameters.header()).is_none_or(|layer| layer.is_interlaced)
}

/// Whether an H.263 picture is decoded without any other, as its header says (ITU-T H.263, 5.1.3 and 5.1.4).
fn is_intra_h263(picture: &[u8]) -> bool {
    let bits = |from: usize, count: usize| {
        (from..from + count).try_fold(0, |bits, at| Some(bits << 1 | picture.get(at / 8)? >> (7 - at % 8) & 1))
    };
    match bits(35, 3) {
        Some(0b111) => bits(if bits(38, 3) == Some(1) { 59 } else { 41 }, 3) == Some(0),
        _ => bits(38, 1) == Some(0),
    }
}

/// H.264's pictures that make all before them forgotten.
const IDR: u8 = 5;

const PATCHES: &[&str] = &["gif", "apng"];
