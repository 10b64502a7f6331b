//! What encodes the edges of a smart trim, so that copied pictures follow them as if nothing had happened.

use transcode_av::encoder::Format;
use transcode_av::{Decoder, DecoderConfig, Encoder, Rational, StreamInfo};

mod recipe;
use recipe::Recipe;

use super::refusal::with_last_line;
use super::smart::Cuts;
use super::{Decision, Planner, Work, decoder_threads};
use crate::error::{Error, ErrorKind, Result};
use crate::joint::{self, Joint, Sets};
use crate::nal::{self, hevc};

/// A decoder and an encoder of the pictures at one edge.
pub(crate) struct Edge {
    pub(crate) decoder: Decoder,
    pub(crate) encoder: Encoder,
}

/// How an edge's encoder counts time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ticks {
    /// As the source does.
    Source,
    /// One for each picture.
    Counted,
    /// In units of its own.
    Of(Rational),
}

/// A stream that is copied but for its edges.
pub(crate) struct SmartTrack {
    pub(crate) cuts: Cuts,
    pub(crate) head: Option<Edge>,
    pub(crate) tail: Option<Edge>,
    pub(crate) ticks: Ticks,
    pub(crate) joint: Joint,
}

/// How the pictures of one stream join, before its encoder is open.
enum Seam {
    Ready(Joint),
    /// Parameter sets under a number of their own.
    Numbered(u8),
}

impl Planner<'_> {
    fn cannot(stream: &StreamInfo, why: &str) -> Error {
        let codec = stream.parameters.codec().name();
        let message = format!(
            "trim=\"smart\" cannot cut stream {}; expected one of {} that this FFmpeg can encode; got {codec}: {why}; \
             pass trim=\"keyframe\", or encode the video",
            stream.index,
            super::smart::CODECS.join(", ")
        );
        Error::new(ErrorKind::Unsupported, message)
    }

    /// Opens what a smart trim of a copied stream encodes, where it was found to need that.
    pub(super) fn smart(&self, stream: &StreamInfo, decision: &mut Decision) -> Result<()> {
        let cuts = self.cuts.iter().find(|(index, _)| *index == stream.index).map(|(_, cuts)| *cuts);
        let (Work::Copy(copy), Some(cuts)) = (&mut decision.work, cuts) else { return Ok(()) };
        let Recipe { encoder, format, settings, ticks, seam } =
            Recipe::new(stream, self.options).map_err(|why| Self::cannot(stream, why))?;
        let has_head = cuts.copied_from != Some(i64::MIN) && cuts.copied_from != Some(0);
        let open = || -> Result<Edge> {
            let config = DecoderConfig {
                threads: decoder_threads(self.options.threads, encoder),
                strict: self.options.strict,
                max_pixels: self.options.max_pixels.into(),
            };
            let decoder = Decoder::open(&stream.parameters, stream.time_base, &config, self.log)
                .map_err(|error| Error::from(error).stage("decode"))?;
            let encoder = Encoder::open(encoder, &Format::Video(format.clone()), &settings, self.log)
                .map_err(|error| with_last_line(error, self.log).stage("encode"))?;
            Ok(Edge { decoder, encoder })
        };
        let head = has_head.then(open).transpose()?;
        let tail = cuts.tail.map(|_| open()).transpose()?;
        let joint = match (seam, head.as_ref().or(tail.as_ref())) {
            (Seam::Ready(joint), _) => joint,
            (Seam::Numbered(number), edge) => {
                let own = edge.map(|edge| edge.encoder.parameters()).transpose()?;
                let (header, joint) = numbered(stream, own.as_ref().map_or(&[], |own| own.header()), number)?;
                copy.parameters = Some(stream.parameters.with_header(&header)?);
                joint
            }
        };
        let seconds = |ticks: i64| stream.time_base.seconds(ticks);
        let what = match (cuts.copied_from, cuts.tail) {
            (None, _) => "all of it, since no whole group of pictures to copy lies within".to_owned(),
            (Some(from), tail) => {
                let parts = [
                    has_head.then(|| format!("the first {:.3} s", seconds(from))),
                    tail.map(|tail| format!("what follows {:.3} s", seconds(tail.first))),
                ];
                let parts: Vec<_> = parts.into_iter().flatten().collect();
                if parts.is_empty() { "nothing".to_owned() } else { parts.join(" and ") }
            }
        };
        decision.reason = format!("{}; smart trim: encoded again is {what}, with {}", decision.reason, encoder.name());
        copy.smart = Some(Box::new(SmartTrack { cuts, head, tail, ticks, joint }));
        Ok(())
    }
}

/// The header with the parameter sets of both encoders, and how packets refer to them.
fn numbered(stream: &StreamInfo, own: &[u8], number: u8) -> Result<(Vec<u8>, Joint)> {
    let header = stream.parameters.header();
    let is_hevc = stream.parameters.codec().name() == "hevc";
    let own = if is_hevc { joint::renumbered(own, number)? } else { own.to_vec() };
    let joined = if is_hevc { hevc::join(header, &own) } else { nal::join(header, &own) };
    let joined = joined.ok_or_else(|| Planner::cannot(stream, "its header takes no more parameter sets"))?;
    let own = if nal::holds_lengths(header) { Vec::new() } else { own };
    let sets = Sets { header: header.to_vec(), own };
    Ok((joined, if is_hevc { Joint::Hevc(sets, number) } else { Joint::H264(sets) }))
}
