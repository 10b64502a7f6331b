//! What becomes of an audio stream.

use transcode_av::encoder::Format;
use transcode_av::filter_graph::FilterInput;
use transcode_av::{
    AudioFormat, ChannelLayout, CodecParameters, Decoder, DecoderConfig, Encoder, EncoderConfig, EncoderInfo,
    FilterGraph, MediaKind, Rational, SampleFormat, StartTimes, StreamInfo, time,
};

use super::refusal::{bad_graph, cannot_hold, with_last_line};
use super::window::HIDDEN;
use super::{Decision, Planner, Work};
use crate::codecs;
use crate::error::{Error, ErrorKind, Result};
use crate::report::Action;
use crate::stages::Begin;

/// Bits a second for each channel beyond stereo; FFmpeg's own default is 128 kb/s for any number.
const SURROUND_RATE: u64 = 64_000;

/// An audio stream that is decoded and encoded, opened.
pub(crate) struct AudioTrack {
    pub(crate) decoder: Decoder,
    /// Where the first sample has to lie.
    pub(crate) begin: Begin,
    pub(crate) recipe: SoundRecipe,
    pub(crate) graph: FilterGraph,
    pub(crate) graph_input: FilterInput,
    /// What the encoder takes.
    pub(crate) encoder_input: FilterInput,
    /// Where the encoder wants frames of a certain size, a graph that cuts them, and that size.
    pub(crate) framer: Option<(FilterGraph, u32)>,
    pub(crate) encoder: Encoder,
}

/// How sound of any rate, format and layout becomes what the encoder takes. Made again for sound that changes.
#[derive(Clone, Debug)]
pub(crate) struct SoundRecipe {
    cuts_start: bool,
    /// Microseconds to take.
    length: Option<i64>,
    user: Option<String>,
    begin: Begin,
    target: FilterInput,
}

impl SoundRecipe {
    /// All of a stream as the target.
    pub(crate) fn to(target: FilterInput) -> Self {
        Self { cuts_start: false, length: None, user: None, begin: Begin::Anywhere, target }
    }

    /// The whole graph for sound like `input`, whose times count samples from the start of the taken part.
    pub(crate) fn spec(&self, input: &FilterInput) -> String {
        let mut out = Vec::new();
        if let FilterInput::Audio { sample_rate, .. } = input
            && (self.cuts_start || self.length.is_some())
        {
            let sample = Rational::new(1, sample_rate.cast_signed());
            let end = self.length.map(|length| time::rescale(length, Rational::MICROS, sample));
            // A container that counts time coarsely gets a little of what is before the start, so that it can tell it.
            let first = if matches!(self.begin, Begin::OnTick { .. }) { self.begin.sample(0, *sample_rate) } else { 0 };
            let bounds = [("start_pts", self.cuts_start.then_some(first)), ("end_pts", end)];
            let bounds = bounds.iter().filter_map(|(name, at)| at.map(|at| format!("{name}={at}")));
            out.push(format!("atrim={}", bounds.collect::<Vec<_>>().join(":")));
        }
        out.extend(self.user.clone());
        if let FilterInput::Audio { sample_rate, format, layout } = &self.target
            && (self.user.is_some() || *input != self.target)
        {
            out.push(format!(
                "aformat=sample_fmts={}:sample_rates={sample_rate}:channel_layouts={}",
                format.name(),
                layout.name
            ));
        }
        if out.is_empty() { "anull".to_owned() } else { out.join(",") }
    }
}

impl Planner<'_> {
    /// The option that changes sound, where one is set.
    pub(super) fn changed_sound(&self) -> Option<&'static str> {
        let o = self.options;
        let changes = [
            (o.audio_filter.is_some(), "audio_filter"),
            (o.sample_rate.is_some(), "sample_rate"),
            (o.channels.is_some(), "channels"),
            (o.audio_bitrate.is_some(), "audio_bitrate"),
            (!self.window.suits_copies(), "start"),
        ];
        changes.iter().find(|(set, _)| *set).map(|(_, name)| *name)
    }

    pub(super) fn audio(&mut self, stream: &StreamInfo) -> Result<Decision> {
        let asked = self.options.audio_codec.as_deref();
        if let Some(mut decision) = self.copied(stream, asked, self.changed_sound())? {
            if self.window.hides {
                decision.reason = format!("{}; {HIDDEN}", decision.reason);
            }
            return Ok(decision);
        }
        let source = stream.parameters.sample_format();
        let encoder = self.sound_encoder(stream)?;
        if !codecs::holds(self.muxer, encoder.codec()) {
            return Err(cannot_hold(self.muxer, encoder));
        }
        let (Some(format), Some(layout), rate @ 1..) =
            (source, stream.parameters.channel_layout(), stream.parameters.sample_rate())
        else {
            let reason = "its packets do not tell what the sound is";
            self.warn(stream.index, format_args!("left out: {reason}"));
            return Ok(Decision::drop(reason));
        };
        let input = FilterInput::Audio { sample_rate: rate, format, layout };
        self.encode_audio(stream, encoder, input)
    }

    /// What sound is encoded with: as asked, or as is usual in the container.
    pub(super) fn sound_encoder(&self, stream: &StreamInfo) -> Result<EncoderInfo> {
        let asked = self.options.audio_codec.as_deref();
        let encoder = match asked {
            None | Some("auto" | "copy") => codecs::usual(self.muxer, MediaKind::Audio).ok_or_else(|| {
                let message = format!(
                    "no usual audio codec for {}; expected one this FFmpeg can make; got none; pass audio_codec=",
                    self.muxer.name()
                );
                Error::new(ErrorKind::Unsupported, message)
            })?,
            Some(name) if name.eq_ignore_ascii_case("pcm") => pcm_for(stream, &self.muxer.name())?,
            Some(name) => codecs::encoder(name, MediaKind::Audio)?,
        };
        // A container of uncompressed sound keeps the precision of sound that is not lossy; what lossy codecs decode to
        // is more exact than they are.
        let usual_pcm = asked.is_none()
            && encoder.codec().name().starts_with("pcm_s16")
            && stream.parameters.codec().is_lossless_only();
        if usual_pcm { pcm_for(stream, &self.muxer.name()) } else { Ok(encoder) }
    }

    fn encode_audio(&mut self, stream: &StreamInfo, encoder: EncoderInfo, input: FilterInput) -> Result<Decision> {
        let FilterInput::Audio { sample_rate: source_rate, format: source_format, layout: source_layout } = &input
        else {
            return Err(Error::new(ErrorKind::Bug, "bug: pictures came where sound is expected"));
        };
        let (source_rate, source_format) = (*source_rate, *source_format);
        let options = self.options;
        // FFmpeg's audio decoders and filters have no use for threads; each would only start some.
        let config = DecoderConfig { threads: 1, strict: options.strict, max_pixels: options.max_pixels.into() };
        let decoder = Decoder::open(&stream.parameters, stream.time_base, &config, self.log)
            .map_err(|error| Error::from(error).stage("decode"))?;
        let rate = self.sample_rate(stream.index, source_rate, encoder)?;
        let layout = self.layout(stream.index, source_layout, encoder)?;
        let format = sample_format(source_format, encoder);
        let encoder_input = FilterInput::Audio { sample_rate: rate, format, layout: layout.clone() };
        let bits = stream.parameters.bits_per_raw_sample();
        let audio = AudioFormat {
            sample_rate: rate,
            sample_format: format,
            layout: layout.clone(),
            bits_per_raw_sample: bits.filter(|bits| *bits < format.precision().0),
        };
        let channels = u64::from(layout.channels);
        let surround = (channels > 2 && encoder.name() == "aac").then_some(SURROUND_RATE * channels);
        let settings = EncoderConfig {
            bit_rate: options.audio_bitrate.map(u64::from).or(surround),
            threads: options.threads,
            global_header: self.muxer.wants_global_header(),
            ..EncoderConfig::default()
        };
        let opened = Encoder::open(encoder, &Format::Audio(audio), &settings, self.log)
            .map_err(|error| with_last_line(error, self.log).stage("encode"))?;
        let begin = self.begin(&opened.parameters()?);
        let recipe = SoundRecipe {
            cuts_start: self.window.cuts_start,
            length: self.window.length,
            user: options.audio_filter.clone(),
            begin,
            target: encoder_input.clone(),
        };
        let spec = recipe.spec(&input);
        let base = Rational::new(1, source_rate.cast_signed());
        let graph =
            FilterGraph::new(&spec, &input, base, None, 1, self.log).map_err(|error| bad_graph(error, self.log))?;
        let reason = match options.audio_codec.as_deref() {
            Some("auto") => "it is changed, or the container cannot hold it".to_owned(),
            Some(_) => "encoded as asked".to_owned(),
            None => format!("the usual codec of {}", self.muxer.name()),
        };
        let filters = Some(spec.clone()).filter(|spec| spec != "anull");
        let framer = match opened.frame_size() {
            Some(samples) => {
                let mut framer = FilterGraph::new("anull", &encoder_input, opened.time_base(), None, 1, self.log)
                    .map_err(|error| Error::from(error).stage("filter"))?;
                framer.set_frame_size(samples);
                Some((framer, samples))
            }
            None => None,
        };
        let graph_input = input.clone();
        let track = AudioTrack { decoder, begin, recipe, graph, graph_input, encoder_input, framer, encoder: opened };
        Ok(Decision {
            action: Action::Encode,
            work: Work::Audio(Box::new(track)),
            encoder: Some(encoder.name()),
            filters,
            reason,
        })
    }

    /// Where the sound has to begin, so that the container keeps it together with the pictures.
    fn begin(&self, encoded: &CodecParameters) -> Begin {
        let padding = encoded.padding_seconds();
        match self.muxer.start_times() {
            StartTimes::Lost => Begin::At(padding),
            // Sound that comes back sample for sample gets none in front; half a millisecond is not heard.
            StartTimes::Milliseconds if padding.num > 0 => {
                let ahead = if self.muxer.counts_padding(encoded) { Rational::new(0, 1) } else { padding };
                Begin::OnTick { tick: Rational::new(1, 1000), padding: ahead }
            }
            StartTimes::Milliseconds | StartTimes::Kept => Begin::Anywhere,
        }
    }

    /// The rate asked for, the source's, or the nearest above it that the encoder takes.
    fn sample_rate(&mut self, index: usize, source: u32, encoder: EncoderInfo) -> Result<u32> {
        let known = encoder.sample_rates();
        let fits = |rate: u32| known.is_empty() || known.contains(&rate);
        if let Some(asked) = self.options.sample_rate {
            if fits(asked) {
                return Ok(asked);
            }
            let list = known.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let message = format!(
                "{} takes no such sample rate; expected one of {list}; got {asked}; use one of these",
                encoder.name()
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        if fits(source) {
            return Ok(source);
        }
        let above = known.iter().copied().filter(|rate| *rate >= source).min();
        let chosen = above.or_else(|| known.iter().copied().max()).unwrap_or(source);
        self.warn(index, format_args!("{source} Hz become {chosen} Hz, since {} does not take them", encoder.name()));
        Ok(chosen)
    }

    /// The layout asked for, the source's, or the largest the encoder takes that is no larger.
    fn layout(&mut self, index: usize, source: &ChannelLayout, encoder: EncoderInfo) -> Result<ChannelLayout> {
        let known = layouts(encoder);
        let wish = match self.options.channels {
            Some(channels) if channels != source.channels => ChannelLayout::usual(channels),
            _ => source.clone(),
        };
        if known.is_empty() || known.contains(&wish) {
            return Ok(wish);
        }
        let same_count = known.iter().find(|l| l.channels == wish.channels);
        if let (None, Some(asked)) = (same_count, self.options.channels) {
            let list = known.iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", ");
            let message = format!(
                "{} takes no {asked} channels; expected one of {list}; got {asked}; use one of these",
                encoder.name()
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        let fewer = || known.iter().filter(|l| l.channels <= wish.channels).max_by_key(|l| l.channels);
        let chosen = same_count.or_else(fewer).or(known.first()).cloned().unwrap_or(wish);
        self.warn(
            index,
            format_args!("{} becomes {}, since {} does not take it", source.name, chosen.name, encoder.name()),
        );
        Ok(chosen)
    }
}

/// The layouts that an encoder takes; none where it takes any.
pub(super) fn layouts(encoder: EncoderInfo) -> Vec<ChannelLayout> {
    if encoder.name() != "libopus" {
        return encoder.channel_layouts();
    }
    // Opus names no layouts, but maps only one of each count: the usual one, but for three and four channels.
    let named = |name: &str, channels| ChannelLayout { name: name.to_owned(), channels };
    let of = |count| match count {
        3 => named("3.0", 3),
        4 => named("quad", 4),
        _ => ChannelLayout::usual(count),
    };
    (1..=8).map(of).collect()
}

/// The uncompressed codec that keeps what a stream decodes to.
fn pcm_for(stream: &StreamInfo, container: &str) -> Result<EncoderInfo> {
    let format = stream.parameters.sample_format().map_or((16, false), SampleFormat::precision);
    let bits = stream.parameters.bits_per_raw_sample();
    let sample = match format {
        (8, _) if container == "aiff" => "s8",
        (8, _) => "u8",
        (64, true) => "f64",
        (_, true) => "f32",
        (32.., _) if bits.is_some_and(|bits| bits <= 24) => "s24",
        (32.., _) => "s32",
        _ => "s16",
    };
    let order = match sample {
        "u8" | "s8" => "",
        _ if container == "aiff" => "be",
        _ => "le",
    };
    codecs::encoder(&format!("pcm_{sample}{order}"), MediaKind::Audio)
}

/// The sample format the encoder gets: the source's, or the one that keeps most of it.
fn sample_format(source: SampleFormat, encoder: EncoderInfo) -> SampleFormat {
    let known = encoder.sample_formats();
    if known.is_empty() || known.contains(&source) {
        return source;
    }
    let (bits, float) = source.precision();
    // Same type in the other arrangement; then whatever has at least its bits, the fewest first; then the most.
    let rank = |format: &SampleFormat| {
        let (b, f) = format.precision();
        (format.packed() != source.packed(), b < bits, f != float, if b < bits { -b } else { b })
    };
    known.into_iter().min_by_key(rank).unwrap_or(source)
}
