//! What becomes of cover pictures: each container keeps them in a place of its own.

use transcode_av::{CodecParameters, StreamInfo};

use super::{Decision, Planner, Work};
use crate::codecs::{self, CoverPlace};
use crate::error::{Error, Result};
use crate::report::Action;

/// The tag under which Ogg keeps a cover.
pub(super) const OGG_TAG: &str = "METADATA_BLOCK_PICTURE";

/// The kind of picture that is a front cover, in the lists of ID3 and FLAC.
const FRONT: u32 = 3;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Planner<'_> {
    pub(super) fn cover(&mut self, stream: &StreamInfo) -> Result<Decision> {
        let codec = stream.parameters.codec();
        let container = self.muxer.name();
        let place = codecs::cover_place(self.muxer, codec);
        let picture = stream.attached_picture.as_deref().unwrap_or_default();
        let converted = |work: Work, reason: &str| Decision {
            action: Action::Convert,
            work,
            encoder: None,
            filters: None,
            reason: reason.to_owned(),
        };
        match place {
            None => Ok(self.left_out(stream, format!("{container} keeps no {} cover picture", codec.name()))),
            Some(_) if picture.is_empty() => Ok(self.left_out(stream, "the cover picture is empty".to_owned())),
            Some(CoverPlace::Stream) => Ok(Decision::copy("a cover picture, kept")),
            Some(CoverPlace::Attachment) => {
                let parameters = CodecParameters::attachment(codec, picture).map_err(Error::from)?;
                Ok(converted(Work::Attach(parameters), "a cover picture, kept as an attachment"))
            }
            Some(CoverPlace::Tag) if std::mem::replace(&mut self.has_cover_tag, true) => {
                Ok(self.left_out(stream, format!("{container} keeps one cover picture")))
            }
            Some(CoverPlace::Tag) => {
                let block = picture_block(picture, &codec.name(), stream);
                Ok(converted(Work::Tag(base64(&block)), "a cover picture, kept as a tag"))
            }
        }
    }
}

/// A picture as FLAC describes one, which Ogg took over.
fn picture_block(picture: &[u8], codec: &str, stream: &StreamInfo) -> Vec<u8> {
    let kind = if codec == "mjpeg" { "jpeg" } else { codec };
    let title = stream.tag("title").unwrap_or_default();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = FRONT.to_be_bytes().to_vec();
    for text in [format!("image/{kind}").as_str(), title] {
        out.extend(number(text.len()));
        out.extend(text.as_bytes());
    }
    // Bits of a pixel, and no palette.
    for value in [stream.parameters.width(), stream.parameters.height(), 24, 0] {
        out.extend(value.to_be_bytes());
    }
    out.extend(number(picture.len()));
    out.extend(picture);
    out
}

fn base64(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let pairs =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
