//! What encodes the edges of a smart trim, so that copied pictures follow them as if nothing had happened.

use transcode_av::encoder::Format;
use transcode_av::{
    ColorInfo, Decoder, DecoderConfig, Encoder, EncoderConfig, EncoderInfo, PixelFormat, StreamInfo, VideoFormat,
};

use super::refusal::with_last_line;
use super::smart::Cuts;
use super::{Decision, Planner, Work, decoder_threads, fields};
use crate::codecs;
use crate::error::{Error, ErrorKind, Result};
use crate::nal;

/// The quality of the edges where the user names none, on x264's scale and on that of VP8 and VP9: next to copied
/// pictures a difference should not be seen.
const QUALITY: [u8; 2] = [16, 20];

/// A decoder and an encoder of the pictures at one edge.
pub(crate) struct Edge {
    pub(crate) decoder: Decoder,
    pub(crate) encoder: Encoder,
}

/// A stream that is copied but for its edges.
pub(crate) struct SmartTrack {
    pub(crate) cuts: Cuts,
    pub(crate) head: Option<Edge>,
    pub(crate) tail: Option<Edge>,
    /// The parameter sets of what is encoded, behind start codes, where each keyframe has to bring them along.
    pub(crate) sets: Vec<u8>,
}

/// x264's name of a profile that the pictures around the edges have.
fn x264_profile(profile: &str) -> Option<&'static str> {
    Some(match profile {
        "Constrained Baseline" | "Baseline" => "baseline",
        "Main" => "main",
        "High" => "high",
        "High 10" => "high10",
        "High 4:2:2" => "high422",
        "High 4:4:4 Predictive" => "high444",
        _ => return None,
    })
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
        let codec = stream.parameters.codec().name();
        let encoder = codecs::encoder(&codec, stream.parameters.kind())
            .ok()
            .filter(|encoder| matches!(encoder.name().as_str(), "libx264" | "libvpx" | "libvpx-vp9"))
            .ok_or_else(|| Self::cannot(stream, "it has no encoder for that"))?;
        let header = stream.parameters.header();
        let number =
            nal::free_number(header).ok_or_else(|| Self::cannot(stream, "its parameter sets fill all places"))?;
        let format =
            edge_format(stream, encoder).ok_or_else(|| Self::cannot(stream, "the encoder takes no such pictures"))?;
        let settings = self.edge_settings(stream, encoder, number);
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
        let mut sets = Vec::new();
        if let Some(edge) = head.as_ref().or(tail.as_ref()).filter(|_| codec == "h264") {
            let own = edge.encoder.parameters()?;
            let joined = nal::join(header, own.header());
            let joined = joined.ok_or_else(|| Self::cannot(stream, "its header takes no more parameter sets"))?;
            copy.parameters = Some(stream.parameters.with_header(&joined)?);
            if !nal::holds_lengths(header) {
                sets = own.header().to_vec();
            }
        }
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
        copy.smart = Some(Box::new(SmartTrack { cuts, head, tail, sets }));
        Ok(())
    }

    /// No pictures are decoded out of order, so that any copied picture can follow.
    fn edge_settings(&self, stream: &StreamInfo, encoder: EncoderInfo, number: u32) -> EncoderConfig {
        let mut options: Vec<(String, String)> = Vec::new();
        let mut set = |key: &str, value: &str| options.push((key.to_owned(), value.to_owned()));
        let is_x264 = encoder.name() == "libx264";
        let crf = self.options.crf.map_or_else(|| QUALITY[usize::from(!is_x264)].to_string(), |crf| crf.to_string());
        set("crf", &crf);
        if is_x264 {
            set("x264-params", &format!("sps-id={number}"));
            if let Some(preset) = &self.options.preset {
                set("preset", preset);
            }
            if let Some(profile) = stream.parameters.profile().as_deref().and_then(x264_profile) {
                set("profile", profile);
            }
        } else {
            set("lag-in-frames", "0");
            set("auto-alt-ref", "0");
            set("deadline", "good");
            set("cpu-used", "2");
        }
        EncoderConfig {
            // VP8's and VP9's quality is an upper bound under a bitrate; none is meant.
            bit_rate: (!is_x264).then_some(if encoder.name() == "libvpx" { 100_000_000 } else { 0 }),
            bframes: is_x264.then_some(0),
            global_header: is_x264,
            threads: self.options.threads,
            options,
            ..EncoderConfig::default()
        }
    }
}

/// The source's own format, where the encoder takes it.
fn edge_format(stream: &StreamInfo, encoder: EncoderInfo) -> Option<VideoFormat> {
    let parameters = &stream.parameters;
    let told = parameters.pixel_format()?;
    let plain = told.without_range().unwrap_or(told);
    let known = |format: PixelFormat| format.without_range().unwrap_or(format) == plain;
    let layout = plain.layout();
    let (width, height) = (parameters.width(), parameters.height());
    let is_odd = width % (1 << layout.log2_chroma_w) != 0 || height % (1 << layout.log2_chroma_h) != 0;
    if !encoder.pixel_formats().into_iter().any(known) || is_odd || width == 0 || height == 0 {
        return None;
    }
    let mut color = parameters.color();
    if told.without_range().is_some() {
        color.range = ColorInfo::FULL_RANGE;
    }
    Some(VideoFormat {
        width,
        height,
        pixel_format: plain,
        time_base: stream.time_base,
        frame_rate: stream.average_frame_rate.or(stream.real_frame_rate),
        sample_aspect_ratio: parameters.sample_aspect_ratio(),
        color,
        scan: fields::of_input(stream),
    })
}
