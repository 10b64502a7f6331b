//! How pictures that were encoded and pictures that were copied become one stream: which header each goes by.

use crate::error::{Error, ErrorKind, Result};
use crate::nal::{self, hevc};
use crate::{mpeg, obu};

/// The seams of one stream.
pub(crate) enum Joint {
    /// Every keyframe tells all by itself.
    Plain,
    /// Two sets of parameters under two numbers, which the container's header holds or keyframes bring along.
    H264(Sets),
    /// The same; the encoder knows no numbers but 0, so that they are put in afterwards.
    Hevc(Sets, u8),
    /// One header, the source's. What differs in it is told again at the seams.
    Mpeg2(mpeg::Sequence),
    /// One header, the source's, for which the encoder is set up.
    Mpeg4,
    /// Each keyframe begins a sequence of its own; this is the source's.
    Av1(Vec<u8>),
}

/// Parameter sets.
pub(crate) struct Sets {
    /// The codec header of the source, which tells the form of packets.
    pub(crate) header: Vec<u8>,
    /// Those of what is encoded, behind start codes, where each keyframe has to bring them along.
    pub(crate) own: Vec<u8>,
}

impl Sets {
    /// A packet of the encoder in the form of the source's.
    fn pack(&self, data: &[u8], is_key: bool) -> Vec<u8> {
        let mut out = if is_key { nal::pack(&self.header, &self.own) } else { Vec::new() };
        out.extend(nal::pack(&self.header, data));
        out
    }

    /// A keyframe of the source, which brings its parameter sets along where packets have to.
    fn complete(&self, codec: &str, data: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let units = nal::units_of(&self.header, data);
        let sets = nal::parameter_sets(codec, &self.header);
        let is_set = |unit: &&[u8]| sets.iter().any(|set| nal::kind(codec, set) == nal::kind(codec, unit));
        let needs = !nal::holds_lengths(&self.header) && !units.iter().any(is_set);
        // A mark of where a picture begins stays in front.
        let marks = usize::from(units.first().is_some_and(|unit| nal::is_delimiter(codec, unit)));
        let mut out = Vec::with_capacity(data.len() + 256);
        for (at, unit) in units.iter().enumerate() {
            if at == marks && needs {
                sets.iter().for_each(|set| nal::append(&self.header, set, &mut out));
            }
            nal::append(&self.header, &change(unit), &mut out);
        }
        out
    }
}

/// Units behind start codes under a number.
pub(crate) fn renumbered(data: &[u8], number: u8) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() + 16);
    for unit in nal::split(data) {
        let unit = hevc::renumber(unit, number)
            .ok_or_else(|| Error::new(ErrorKind::Bug, "bug: x265 made a picture in a form that it had not before"))?;
        nal::append(&[], &unit, &mut out);
    }
    Ok(out)
}

impl Joint {
    /// The data of a packet that was encoded, as it joins the copied ones; `None` = as it is.
    pub(crate) fn made(&self, data: &[u8], is_key: bool) -> Result<Option<Vec<u8>>> {
        Ok(Some(match self {
            Self::Plain | Self::Av1(_) => return Ok(None),
            Self::H264(sets) => sets.pack(data, is_key),
            Self::Hevc(sets, number) => sets.pack(&renumbered(data, *number)?, is_key),
            Self::Mpeg2(sequence) => {
                let mut out = if is_key { sequence.plain.clone() } else { Vec::new() };
                out.extend(mpeg::group(data));
                out
            }
            Self::Mpeg4 => mpeg::object(data).to_vec(),
        }))
    }

    /// The data of a picture that follows the first copied keyframe, in its group; `None` = as it is.
    pub(crate) fn following(&self, data: &[u8], first: &[u8]) -> Option<Vec<u8>> {
        let is_mpeg2 = matches!(self, Self::Mpeg2(_));
        let places = if is_mpeg2 { mpeg::place_in_group(first) } else { 0 };
        (places > 0).then(|| mpeg::earlier(data, places))
    }

    /// The data of a copied keyframe; `None` = as it is. Nothing is shown before the first that is decoded after it.
    pub(crate) fn kept(&self, data: &[u8], is_first: bool) -> Option<Vec<u8>> {
        match self {
            Self::H264(sets) if is_first => Some(sets.complete("h264", data, <[u8]>::to_vec)),
            Self::Hevc(sets, _) if is_first => Some(sets.complete("hevc", data, hevc::begin_anew)),
            Self::Mpeg2(sequence) if is_first => Some(mpeg::begin_anew(data, &sequence.whole)),
            Self::Av1(sequence) if !obu::has_sequence(data) => Some([sequence, data].concat()),
            _ => None,
        }
    }
}
