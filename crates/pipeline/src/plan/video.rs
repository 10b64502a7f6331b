//! What becomes of a video stream.

use transcode_av::encoder::Format;
use transcode_av::filter_graph::{FilterInput, FilterOutput};
use transcode_av::{
    ColorInfo, Decoder, DecoderConfig, Encoder, EncoderConfig, EncoderInfo, FilterGraph, Frame, Output, PixelFormat,
    Rational, Scan, SideData, StreamInfo, VideoFormat,
};

use super::kernels::ToSdr;
use super::picture::{Filtered, Steps, Target};
use super::refusal::{bad_graph, cannot_hold, with_last_line};
use super::window::HIDDEN;
use super::{Ahead, Decision, Planner, Recipe, Work, colour, decoder_threads, encoding, fields, hdr};
use crate::codecs;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Hdr;
use crate::report::Action;

/// MPEG-4 part 2 counts time in at most 16 bits; this divides the usual frame rates without a remainder.
const MPEG4_TIME_BASE: Rational = Rational::new(1, 60_000);
const MOST_OF_PART2: i32 = 65_535;

/// A video stream that is decoded and encoded, opened.
pub(crate) struct VideoTrack {
    pub(crate) decoder: Decoder,
    pub(crate) recipe: Recipe,
    /// What our kernels do to the pictures that are expected, before the graph.
    pub(crate) ahead: Option<Ahead>,
    pub(crate) graph: FilterGraph,
    pub(crate) graph_input: FilterInput,
    pub(crate) graph_output: FilterOutput,
    /// Frames a second that are kept by doubling and dropping; `None` = every frame keeps its time.
    pub(crate) constant_rate: Option<Rational>,
    pub(crate) frame_rate: Option<Rational>,
    pub(crate) encoder: Encoder,
    pub(crate) encoder_info: EncoderInfo,
    /// What the encoder was told.
    pub(super) settings: EncoderConfig,
    pub(crate) format: VideoFormat,
    /// What the container is told of the stream, beside its codec.
    pub(crate) side_data: SideData,
    /// Whether two frames may have the same time.
    pub(crate) allows_equal_times: bool,
}

impl Planner<'_> {
    pub(super) fn video(&mut self, stream: &StreamInfo) -> Result<Decision> {
        let asked = self.options.video_codec.as_deref();
        let changed = self.changed_picture(stream);
        if let Some(mut decision) = self.copied(stream, asked, changed)? {
            if !self.window.suits_copies() {
                let message = "start cannot cut a copied video stream at any frame; expected trim=\"keyframe\" or \
                               trim=\"smart\" with video_codec=\"copy\"; got trim=\"exact\"; pass one of these, or \
                               encode the video";
                return Err(Error::new(ErrorKind::InvalidOption, message));
            }
            self.smart(stream, &mut decision)?;
            if self.window.hides && !self.window.smart {
                decision.reason = format!("{}; {HIDDEN}", decision.reason);
            }
            let container = self.muxer.name();
            let keeps_rotation = matches!(container.as_str(), "mp4" | "mov" | "ipod" | "3gp" | "3g2" | "psp");
            if stream.side_data.display_matrix().is_some() && !keeps_rotation {
                self.warn(stream.index, format_args!("its rotation is lost: {container} does not store one"));
            }
            self.warn_of_lost_marks(stream);
            return Ok(decision);
        }
        let encoder = match asked {
            None | Some("auto" | "copy") => codecs::usual(self.muxer, stream.parameters.kind()).ok_or_else(|| {
                let message = format!(
                    "no usual video codec for {0}; expected one this FFmpeg can make; got none; pass video_codec=",
                    self.muxer.name()
                );
                Error::new(ErrorKind::Unsupported, message)
            })?,
            Some(name) => codecs::encoder(name, stream.parameters.kind())?,
        };
        if !codecs::holds(self.muxer, encoder.codec()) {
            return Err(cannot_hold(self.muxer, encoder));
        }
        self.encode_video(stream, encoder)
    }

    /// The option that changes the pictures of a stream, where one is set.
    pub(super) fn changed_picture(&self, stream: &StreamInfo) -> Option<&'static str> {
        let o = self.options;
        let default = crate::options::Options::default();
        let changes = [
            (o.size().is_some(), "resolution"),
            (o.fps.is_some(), "fps"),
            (o.crop.is_some(), "crop"),
            (o.rotate != default.rotate, "rotate"),
            (o.deinterlace != default.deinterlace, "deinterlace"),
            (o.video_filter.is_some(), "video_filter"),
            (o.hdr != default.hdr && matches!(stream.parameters.color().transfer, hdr::PQ | hdr::HLG), "hdr"),
            (o.pixel_format.is_some(), "pixel_format"),
            (o.video_bitrate.is_some() || o.max_bitrate.is_some(), "video_bitrate"),
            (o.crf.is_some(), "crf"),
            (o.preset.is_some() || o.tune.is_some(), "preset"),
            (o.profile.is_some() || o.level.is_some(), "profile"),
            (o.gop.is_some() || o.bframes.is_some(), "gop"),
            (!o.encoder_options.is_empty(), "encoder_options"),
            (!self.window.suits_copies(), "start"),
        ];
        changes.iter().find(|(set, _)| *set).map(|(_, name)| *name)
    }

    fn encode_video(&mut self, stream: &StreamInfo, encoder: EncoderInfo) -> Result<Decision> {
        let options = self.options;
        let parameters = &stream.parameters;
        let (width, height) = (parameters.width(), parameters.height());
        check_pixels(width, height, options.max_pixels)?;
        let config = DecoderConfig {
            threads: decoder_threads(options.threads, encoder),
            strict: options.strict,
            max_pixels: options.max_pixels.into(),
        };
        let open = if stream.tag("alpha_mode") == Some("1") { Decoder::open_with_alpha } else { Decoder::open };
        let decoder = open(parameters, stream.time_base, &config, self.log)
            .map_err(|error| Error::from(error).stage("decode"))?;
        let Some(graph_input) = input_of(stream, decoder.name().starts_with("libvpx")) else {
            let reason = "its packets do not tell what the pictures are";
            self.warn(stream.index, format_args!("left out: {reason}"));
            return Ok(Decision::drop(reason));
        };
        let mut recipe = Recipe::new(options, self.level, stream.side_data.display_matrix());
        recipe.interlaced = fields::of_input(stream).is_interlaced();
        let rate = stream.average_frame_rate.or(stream.real_frame_rate);
        if options.hdr == Hdr::Sdr {
            let is_deep = |format: PixelFormat| format.layout().depth > 8;
            let asked = options.pixel_format.as_deref().and_then(PixelFormat::from_name);
            let known = encoder.pixel_formats();
            let deep = asked.map_or_else(|| !known.is_empty() && known.iter().copied().all(is_deep), is_deep);
            recipe.to_sdr = Some(ToSdr { peak: hdr::peak(stream), deep, fields: recipe.interlaced });
        }
        let build = |recipe: &Recipe| -> Result<(FilterGraph, FilterOutput, Steps)> {
            let steps = recipe.steps(&graph_input)?;
            let input = steps.filtered(&graph_input);
            let graph = FilterGraph::new(&steps.graph, &input, stream.time_base, rate, options.threads, self.log)
                .map_err(|error| bad_graph(error, self.log))?;
            let output = graph.output();
            Ok((graph, output, steps))
        };
        let (_, natural, steps) = build(&recipe)?;
        let shown = input_color(&steps.filtered(&graph_input));
        let mut notes = Vec::new();
        if let Some(tone) = steps.ahead.and_then(|ahead| ahead.tone) {
            notes.push(format!("tone mapped from a peak of {} cd/m2", tone.spec.peak));
        }
        let source =
            natural.pixel_format.ok_or_else(|| Error::new(ErrorKind::Bug, "bug: a filter graph without a format"))?;
        let pixel_format = self.pixel_format(stream.index, source, encoder, &mut notes)?;
        recipe.even = needs_even(encoder, pixel_format);
        // A side left open is rounded to an even one.
        let natural = if recipe.even && recipe.has_size() { build(&recipe)?.1 } else { natural };
        let (target_width, target_height) = self.even_size(stream.index, &recipe, &natural, pixel_format, encoder)?;
        recipe.limit = encoder.name() == "libx264" && pixel_format.layout().depth > 8;
        let trial = match options.video_filter {
            Some(_) => {
                let (graph, _, steps) = build(&recipe)?;
                trial(graph, &steps.filtered(&graph_input), recipe.interlaced.then(|| fields::of_input(stream)))
            }
            None => None,
        };
        let mut said = trial.as_ref().map_or(shown, Frame::color);
        if let Some(matrix) = options.video_filter.as_deref().and_then(colour::matrix_made_by)
            && said.matrix == shown.matrix
        {
            said.matrix = matrix;
        }
        let color = colour::encoded(said, source, pixel_format, encoder, natural.width, natural.height);
        if color.range != ColorInfo::FULL_RANGE && said.range == ColorInfo::FULL_RANGE && !source.is_rgb() {
            let codec = encoder.codec().name();
            self.warn(stream.index, format_args!("full range becomes limited range: {codec} does not say which it is"));
        }
        let filtered = Filtered { width: natural.width, height: natural.height, format: source, color: said };
        recipe.target = Some(Target {
            width: target_width,
            height: target_height,
            format: pixel_format,
            color,
            planned: graph_input.clone(),
            filtered,
        });
        let (graph, graph_output, steps) = build(&recipe)?;
        let (index, size) = (stream.index, (target_width, target_height));
        self.check_shape(index, encoder, size, graph_output.sample_aspect_ratio);
        let constant_rate = self.constant_rate(index, encoder, rate)?;
        let frame_rate = constant_rate.or(graph_output.frame_rate).or(rate);
        let format = VideoFormat {
            width: target_width,
            height: target_height,
            pixel_format,
            time_base: constant_rate.map_or_else(|| time_base(encoder, graph_output.time_base), Rational::invert),
            frame_rate,
            sample_aspect_ratio: graph_output.sample_aspect_ratio,
            color,
            scan: self.scan(
                stream,
                recipe.turns_rows(),
                trial.as_ref().map(scan_of),
                encoder,
                (target_height, pixel_format),
            ),
        };
        let (mut settings, how) = encoding::video(encoder, options)?;
        let told = self.hdr(stream, &color, encoder);
        // Before the user's own, so that those win.
        settings.options.splice(0..0, told.options);
        settings.global_header = self.muxer.wants_global_header();
        let opened = Encoder::open(encoder, &Format::Video(format.clone()), &settings, self.log)
            .map_err(|error| with_last_line(error, self.log).stage("encode"))?;
        let why = match options.video_codec.as_deref() {
            Some("auto") => match self.changed_picture(stream) {
                Some(option) => format!("{option} changes it"),
                None => self.unfit(stream).map_or_else(
                    || format!("{} cannot hold {} as it is", self.muxer.name(), parameters.codec().name()),
                    str::to_owned,
                ),
            },
            Some(_) => "encoded as asked".to_owned(),
            None => format!("the usual codec of {}", self.muxer.name()),
        };
        notes.insert(0, format!("{why}, with {how}"));
        let intra = encoder.codec().is_intra_only() || encoder.codec().name() == "ffv1";
        let side_data = opened.side_data().or(told.side_data).or(self.view(stream));
        let spec = steps.text();
        let track = VideoTrack {
            decoder,
            recipe,
            ahead: steps.ahead,
            graph,
            graph_input,
            graph_output,
            constant_rate,
            frame_rate,
            encoder: opened,
            encoder_info: encoder,
            settings,
            format,
            side_data,
            allows_equal_times: intra && self.muxer.allows_equal_times(),
        };
        Ok(Decision {
            action: Action::Encode,
            work: Work::Video(Box::new(track)),
            encoder: Some(encoder.name()),
            filters: Some(spec).filter(|spec| spec != "null"),
            reason: notes.join("; "),
        })
    }

    /// The format the encoder gets: the one asked for, the source's, or the nearest.
    fn pixel_format(
        &mut self,
        index: usize,
        source: PixelFormat,
        encoder: EncoderInfo,
        notes: &mut Vec<String>,
    ) -> Result<PixelFormat> {
        let mut list: Vec<PixelFormat> = Vec::new();
        for format in encoder.pixel_formats().into_iter().filter(|f| !f.is_hardware()) {
            let plain = format.without_range().unwrap_or(format);
            if !list.contains(&plain) {
                list.push(plain);
            }
        }
        let names = || list.iter().map(|f| f.name()).collect::<Vec<_>>();
        if let Some(name) = &self.options.pixel_format {
            let asked = PixelFormat::from_name(name).map(|f| f.without_range().unwrap_or(f));
            return asked.filter(|f| list.is_empty() || list.contains(f)).ok_or_else(|| {
                let hint = crate::options::did_you_mean(name, names().iter().map(String::as_str));
                let message = format!(
                    "pixel_format '{name}' does not suit {}; expected one of {}; got '{name}'; {}",
                    encoder.name(),
                    names().join(", "),
                    hint.unwrap_or_else(|| "choose one of these, or leave it out".to_owned())
                );
                Error::new(ErrorKind::InvalidOption, message)
            });
        }
        if list.is_empty() || list.contains(&source) {
            return Ok(source);
        }
        // Few players show 4:4:4; pictures that come as RGB (GIF, PNG) are expected to play everywhere.
        let common = PixelFormat::from_name("yuv420p").filter(|f| list.contains(f));
        let from_rgb = source.is_rgb() && !encoder.codec().is_lossless_only() && !encoder.codec().is_intra_only();
        let chosen = common.filter(|_| from_rgb).or_else(|| source.nearest(&list)).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("{} takes no pixel format that {} can become", encoder.name(), source.name()),
            )
        })?;
        let note = format!("{} becomes {}", source.name(), chosen.name());
        if !(self.is_written && is_expected(source, chosen)) {
            self.warn(index, format_args!("{note}, since {} does not take it", encoder.name()));
        }
        notes.push(note);
        Ok(chosen)
    }

    /// The picture's size, made even where the encoder needs it.
    fn even_size(
        &mut self,
        index: usize,
        recipe: &Recipe,
        natural: &FilterOutput,
        format: PixelFormat,
        encoder: EncoderInfo,
    ) -> Result<(u32, u32)> {
        let (width, height) = (natural.width, natural.height);
        let layout = format.layout();
        let odd_width = width % (1 << layout.log2_chroma_w) != 0;
        let odd_height = height % (1 << layout.log2_chroma_h) != 0;
        if !recipe.even || !(odd_width || odd_height) {
            return Ok((width, height));
        }
        let down = |side: u32, odd: bool| if odd { (side - 1).max(2) } else { side };
        let (even_width, even_height) = (down(width, odd_width), down(height, odd_height));
        if recipe.has_size() || self.options.crop.is_some() {
            let message = format!(
                "the size is odd; expected even sides, as {} in {} needs; got {width}x{height}; use {even_width}x{even_height}, \
                 or pixel_format=\"yuv444p\"",
                encoder.name(),
                format.name()
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        self.warn(
            index,
            format_args!(
                "scaled from {width}x{height} to {even_width}x{even_height}: {} needs even sides",
                encoder.name()
            ),
        );
        Ok((even_width, even_height))
    }

    /// The constant rate, where the user, the container or the encoder wants one.
    fn constant_rate(
        &mut self,
        index: usize,
        encoder: EncoderInfo,
        source: Option<Rational>,
    ) -> Result<Option<Rational>> {
        let known = encoder.frame_rates();
        let asked = self.options.fps.map(|fps| Rational::new(fps.num().cast_signed(), fps.den().cast_signed()));
        // The rate control of FFmpeg's MPEG encoders counts ticks of the time base as frames.
        let counts_ticks = encoding::is_quantised(encoder)
            && (self.options.video_bitrate.is_some() || self.options.max_bitrate.is_some());
        let needed = !self.muxer.allows_variable_frame_rate() || !known.is_empty() || counts_ticks;
        let Some(wish) = asked.or(source.filter(|_| needed)).or_else(|| needed.then_some(Rational::new(25, 1))) else {
            return Ok(None);
        };
        if known.is_empty() {
            return Ok(Some(if is_part2(encoder) { wish.within(MOST_OF_PART2) } else { wish }));
        }
        let distance = |rate: &Rational| (rate.as_f64() - wish.as_f64()).abs();
        let nearest = known.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(wish);
        if distance(&nearest) > 1e-9 {
            let list = known.iter().map(|r| format!("{}/{}", r.num, r.den)).collect::<Vec<_>>().join(", ");
            if asked.is_some() {
                let message = format!(
                    "{} takes no such frame rate; expected one of {list}; got {}/{}; use fps={}/{}",
                    encoder.name(),
                    wish.num,
                    wish.den,
                    nearest.num,
                    nearest.den
                );
                return Err(Error::new(ErrorKind::InvalidOption, message));
            }
            self.warn(
                index,
                format_args!("{}/{} frames a second become {}/{}", wish.num, wish.den, nearest.num, nearest.den),
            );
        }
        Ok(Some(nearest))
    }
}

pub(crate) fn check_pixels(width: u32, height: u32, most: u32) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels <= u64::from(most) {
        return Ok(());
    }
    let message = format!(
        "the picture is too large; expected at most max_pixels={most}; got {width}x{height} = {pixels}; \
         raise max_pixels if you trust the file"
    );
    Err(Error::new(ErrorKind::Limit, message))
}

/// What the decoder is going to give, as far as the container and the first packets tell.
pub(super) fn input_of(stream: &StreamInfo, with_alpha: bool) -> Option<FilterInput> {
    let parameters = &stream.parameters;
    let told = parameters.pixel_format()?;
    let format = if with_alpha { PixelFormat::from_name("yuva420p")? } else { told };
    let mut color = parameters.color();
    if format.without_range().is_some() {
        color.range = ColorInfo::FULL_RANGE;
    }
    (parameters.width() > 0 && parameters.height() > 0).then(|| FilterInput::Video {
        width: parameters.width(),
        height: parameters.height(),
        format: format.without_range().unwrap_or(format),
        sample_aspect_ratio: stream.sample_aspect_ratio,
        color,
    })
}

/// Whether nobody is surprised that arrays of `from` become pictures of `to`: the same in another order, and of RGB that which
/// players show. That alpha is lost, or precision, is worth a word.
fn is_expected(from: PixelFormat, to: PixelFormat) -> bool {
    let (old, new) = (from.layout(), to.layout());
    let same_chroma = (old.log2_chroma_w, old.log2_chroma_h) == (new.log2_chroma_w, new.log2_chroma_h);
    let keeps_alpha = old.components == 3 || new.components == 4;
    let is_usual = (from.is_rgb() == to.is_rgb() && same_chroma) || (from.is_rgb() && to.name() == "yuv420p");
    is_usual && keeps_alpha && new.depth >= old.depth
}

/// Whether an encoder cuts or refuses odd sides of subsampled pictures.
fn needs_even(encoder: EncoderInfo, format: PixelFormat) -> bool {
    let layout = format.layout();
    let name = encoder.name();
    let picky = name.starts_with("libx26")
        || matches!(name.as_str(), "libsvtav1" | "libopenh264" | "librav1e" | "dnxhd" | "prores_ks" | "prores")
        || ["_nvenc", "_qsv", "_vaapi", "_videotoolbox", "_amf"].iter().any(|end| name.ends_with(end));
    picky && (layout.log2_chroma_w > 0 || layout.log2_chroma_h > 0)
}

/// The time base of an encoder whose frames keep their times.
fn time_base(encoder: EncoderInfo, source: Rational) -> Rational {
    if is_part2(encoder) && source.den > MOST_OF_PART2 { MPEG4_TIME_BASE } else { source }
}

fn is_part2(encoder: EncoderInfo) -> bool {
    matches!(encoder.codec().name().as_str(), "mpeg4" | "msmpeg4v2" | "msmpeg4v3" | "h263" | "h263p")
}

/// What is said of the pictures that come.
pub(super) fn input_color(input: &FilterInput) -> ColorInfo {
    match input {
        FilterInput::Video { color, .. } => *color,
        FilterInput::Audio { .. } => ColorInfo::UNKNOWN,
    }
}

/// What the user's filters make of a picture, found by sending a blank one through: its colours and fields. `None`
/// where nothing comes of it.
fn trial(mut graph: FilterGraph, input: &FilterInput, scan: Option<Scan>) -> Option<Frame> {
    let mut frame = Frame::blank(input).ok()??;
    if let Some(scan) = scan {
        frame.set_fields(scan == Scan::UpperFirst);
    }
    graph.push(Some(frame)).ok()?;
    graph.push(None).ok()?;
    match graph.pull() {
        Ok(Output::Item(frame)) => Some(frame),
        _ => None,
    }
}

fn scan_of(frame: &Frame) -> Scan {
    match frame.fields() {
        Some(true) => Scan::UpperFirst,
        Some(false) => Scan::LowerFirst,
        None => Scan::Progressive,
    }
}
