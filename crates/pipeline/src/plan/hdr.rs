//! What is known of HDR pictures beside their pixels: found in the input, and handed to encoder and container.

use transcode_av::{
    ColorInfo, Decoder, DecoderConfig, Demuxer, EncoderInfo, Frame, LightLevel, LogRing, MasteringDisplay, MediaKind,
    MuxerInfo, Output, Rational, SideData, StreamInfo,
};
use transcode_kernels::ToneSpec;

use super::Planner;
use super::colour::BT2020;
use crate::options::Options;

/// FFmpeg's numbers of the transfer characteristics PQ and HLG.
pub(super) const PQ: i32 = 16;
pub(super) const HLG: i32 = 18;

/// Most that is read to find the first picture of a stream.
const MOST_PACKETS: usize = 512;
const MOST_BYTES: usize = 64 << 20;

/// What the encoder and the container are told.
#[derive(Default)]
pub(super) struct Told {
    pub(super) options: Vec<(String, String)>,
    pub(super) side_data: SideData,
}

fn is_hdr(color: &ColorInfo) -> bool {
    matches!(color.transfer, PQ | HLG) || color.primaries == BT2020
}

/// The brightest light of a stream in cd/m2, as far as it says.
pub(super) fn peak(stream: &StreamInfo) -> f64 {
    let marks = &stream.side_data;
    let light = marks.light_level().map(|light| f64::from(light.max));
    ToneSpec::peak_of(light, marks.mastering_display().map(|display| display.luminance[1].as_f64()))
}

/// Adds to the streams of HDR pictures what only their first picture tells. What is read for that is given back.
pub(super) fn look_at_pictures(
    demuxer: &mut Demuxer,
    streams: &mut [StreamInfo],
    options: &Options,
    log: &std::sync::Arc<LogRing>,
) {
    let is_video = |s: &StreamInfo| s.parameters.kind() == MediaKind::Video && !s.is_cover();
    for stream in streams.iter_mut().filter(|s| is_video(s) && is_hdr(&s.parameters.color())) {
        if let Some(frame) = first_picture(demuxer, stream, options, log) {
            stream.side_data.add_hdr_of(&frame);
        }
    }
}

fn first_picture(
    demuxer: &mut Demuxer,
    stream: &StreamInfo,
    options: &Options,
    log: &std::sync::Arc<LogRing>,
) -> Option<Frame> {
    let config = DecoderConfig { threads: 1, strict: false, max_pixels: options.max_pixels.into() };
    let mut decoder = Decoder::open(&stream.parameters, stream.time_base, &config, log).ok()?;
    let (mut read, mut bytes, mut found) = (Vec::new(), 0, None);
    // Whatever is wrong with the input shows again, and is reported, when the job reads it.
    while let (true, Ok(Some(packet))) = (read.len() < MOST_PACKETS && bytes < MOST_BYTES, demuxer.read()) {
        bytes += packet.size();
        let is_first = packet.stream_index() == stream.index && packet.is_key();
        if is_first {
            // At its end a decoder gives at once what it holds back for the order of pictures.
            let _of_one_packet = decoder.send(Some(&packet)).and_then(|()| decoder.send(None));
            found = decoder.receive().ok();
        }
        read.push(packet);
        if is_first {
            break;
        }
    }
    demuxer.unread(read);
    match found {
        Some(Output::Item(frame)) => Some(frame),
        _ => None,
    }
}

/// Whether files of this kind have places for mastering display and light level.
fn stores_hdr(muxer: MuxerInfo) -> bool {
    matches!(muxer.name().as_str(), "matroska" | "webm" | "mp4" | "mov" | "ipod")
}

/// Whether the stream that an encoder makes says primaries, transfer and matrix by itself.
fn says_colour(encoder: EncoderInfo) -> bool {
    matches!(encoder.codec().name().as_str(), "h264" | "hevc" | "vvc" | "av1" | "mpeg2video" | "prores")
}

/// Whether files of this kind have a place for the description of Dolby Vision, as this FFmpeg writes them.
fn stores_dolby_vision(muxer: MuxerInfo) -> bool {
    matches!(muxer.name().as_str(), "matroska" | "mp4")
}

/// Whether files of this kind say that pictures are for two eyes or on a sphere.
fn stores_view(muxer: MuxerInfo) -> bool {
    matches!(muxer.name().as_str(), "matroska" | "webm" | "mp4")
}

/// Counts of a unit of the standard, as HEVC and H.264 store them.
fn units(value: Rational, per: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number that is not negative")]
    let count = (value.as_f64() * per).round() as u32;
    count
}

/// The mastering display as x264 and x265 take it: chromaticities in 0.00002, luminance in 0.0001 cd/m2.
fn in_units(display: &MasteringDisplay) -> String {
    let [red, green, blue, white] = display.chromaticities.map(|[x, y]| (units(x, 5e4), units(y, 5e4)));
    let [min, max] = display.luminance.map(|l| units(l, 1e4));
    let pair = |(x, y): (u32, u32)| format!("({x},{y})");
    format!("G{}B{}R{}WP{}L({max},{min})", pair(green), pair(blue), pair(red), pair(white))
}

/// The mastering display as SVT-AV1 takes it: plain numbers.
fn in_numbers(display: &MasteringDisplay) -> String {
    let [red, green, blue, white] =
        display.chromaticities.map(|[x, y]| format!("({:.6},{:.6})", x.as_f64(), y.as_f64()));
    let [min, max] = display.luminance.map(Rational::as_f64);
    format!("G{green}B{blue}R{red}WP{white}L({max:.6},{min:.6})")
}

/// The encoder's own options for what it writes into the stream; `None` where it cannot.
pub(super) fn options_for(
    encoder: EncoderInfo,
    display: Option<MasteringDisplay>,
    light: Option<LightLevel>,
) -> Option<(String, String)> {
    type Form = fn(&MasteringDisplay) -> String;
    let (key, display_key, form, light_key): (_, _, Form, _) = match encoder.name().as_str() {
        "libx265" => ("x265-params", "master-display", in_units, "max-cll"),
        "libx264" => ("x264-params", "mastering-display", in_units, "cll"),
        "libsvtav1" => ("svtav1-params", "mastering-display", in_numbers, "content-light"),
        _ => return None,
    };
    let display = display.map(|display| format!("{display_key}={}", form(&display)));
    let light = light.map(|light| format!("{light_key}={},{}", light.max, light.average));
    let parts: Vec<String> = display.into_iter().chain(light).collect();
    encoder.has_option(key).then(|| (key.to_owned(), parts.join(":")))
}

impl Planner<'_> {
    /// What a copied stream loses because the container has no place for it.
    pub(super) fn warn_of_lost_marks(&mut self, stream: &StreamInfo) {
        let (container, marks) = (self.muxer.name(), &stream.side_data);
        let has_static = marks.mastering_display().is_some() || marks.light_level().is_some();
        if has_static && !stores_hdr(self.muxer) {
            self.warn(
                stream.index,
                format_args!("mastering display and light level are kept only where its packets carry them: {container} does not store them"),
            );
        }
        if let Some(profile) = marks.dolby_vision_profile().filter(|_| !stores_dolby_vision(self.muxer)) {
            self.warn(
                stream.index,
                format_args!(
                    "it is no longer marked as Dolby Vision (profile {profile}): {container} does not store that"
                ),
            );
        }
        if (marks.is_stereo() || marks.is_spherical()) && !stores_view(self.muxer) {
            let what = if marks.is_stereo() { "for two eyes" } else { "on a sphere" };
            self.warn(stream.index, format_args!("its mark as pictures {what} is lost: {container} does not store it"));
        }
        let keeps_alpha = matches!(container.as_str(), "matroska" | "webm");
        if stream.tag("alpha_mode") == Some("1") && !keeps_alpha {
            self.warn(stream.index, format_args!("its transparency is lost: {container} does not store it"));
        }
    }

    /// What encoder and container are told of HDR pictures that come out as `color`; what is lost is a warning.
    pub(super) fn hdr(&mut self, stream: &StreamInfo, color: &ColorInfo, encoder: EncoderInfo) -> Told {
        let marks = &stream.side_data;
        let mut told = Told::default();
        let was_hdr = matches!(stream.parameters.color().transfer, PQ | HLG);
        if was_hdr && !matches!(color.transfer, PQ | HLG) {
            // Converted to SDR: nothing of this is true any more, and what changed with the scenes was not looked at.
            match marks.dolby_vision_profile() {
                Some(5) => self.warn_of_lost_colours(stream.index, encoder),
                None if !marks.has_dolby_vision && !marks.has_hdr10_plus => {}
                _ => self.warn(
                    stream.index,
                    "its HDR10+ or Dolby Vision is lost: what they say of each scene played no part in making it SDR",
                ),
            }
            return told;
        }
        let (name, container) = (encoder.name(), self.muxer.name());
        if is_hdr(color) && !stores_hdr(self.muxer) && !says_colour(encoder) {
            self.warn(
                stream.index,
                format_args!("its colour description is lost, and with it that it is HDR: neither {name} nor {container} stores it"),
            );
        }
        let (display, light) = (marks.mastering_display(), marks.light_level());
        if display.is_some() || light.is_some() {
            told.options.extend(options_for(encoder, display, light));
            if stores_hdr(self.muxer) {
                told.side_data = marks.hdr();
            } else if told.options.is_empty() {
                self.warn(
                    stream.index,
                    format_args!(
                        "its mastering display and light level are lost: neither {name} nor {container} stores them"
                    ),
                );
            }
        }
        if marks.has_hdr10_plus {
            self.warn(stream.index, format_args!("its HDR10+ is lost: {name} is not given it; HDR10 is kept"));
        }
        match marks.dolby_vision_profile() {
            Some(5) => self.warn_of_lost_colours(stream.index, encoder),
            None if !marks.has_dolby_vision => {}
            _ => self.warn(stream.index, format_args!("its Dolby Vision is lost: {name} does not make it")),
        }
        told
    }

    /// Pixels of Dolby Vision's profile 5 are in a colour space of its own that nothing else tells of.
    fn warn_of_lost_colours(&mut self, index: usize, encoder: EncoderInfo) {
        let name = encoder.name();
        self.warn(
            index,
            format_args!("its Dolby Vision is lost, and with profile 5 its colours: {name} does not make it"),
        );
    }

    /// The marks of pictures for two eyes or on a sphere, kept where nothing moves in the picture.
    pub(super) fn view(&mut self, stream: &StreamInfo) -> SideData {
        let marks = &stream.side_data;
        if !marks.is_stereo() && !marks.is_spherical() {
            return SideData::default();
        }
        let o = self.options;
        let moves = o.crop.is_some() || o.video_filter.is_some() || o.rotate != Options::default().rotate;
        if moves || !stores_view(self.muxer) {
            let why = if moves { "the picture is cut or turned" } else { "the container does not store it" };
            self.warn(stream.index, format_args!("its mark as pictures for two eyes or on a sphere is lost: {why}"));
            return SideData::default();
        }
        marks.view()
    }
}
