//! How the edges of each codec are encoded: so that what is copied can follow, and could have been made with them.

use transcode_av::{ColorInfo, EncoderConfig, EncoderInfo, PixelFormat, Rational, Scan, StreamInfo, VideoFormat};

use super::{Seam, Ticks};
use crate::codecs;
use crate::joint::Joint;
use crate::nal::{self, hevc};
use crate::options::Options;
use crate::plan::{fields, hdr};
use crate::{mpeg, obu};

/// The quality of the edges where the user names none: next to copied pictures a difference should not be seen.
/// On the scale of x264 and x265, and on that of VP8, VP9 and AV1.
const QUALITY: [u8; 2] = [16, 20];
/// The same for encoders that know quantisers only.
const QUANTISER: u8 = 2;

/// The frame rates that MPEG-2 numbers from 1 on.
const RATES: [(i32, i32); 8] =
    [(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1)];

/// What opens the encoder of an edge.
pub(super) struct Recipe {
    pub(super) encoder: EncoderInfo,
    pub(super) format: VideoFormat,
    pub(super) settings: EncoderConfig,
    pub(super) ticks: Ticks,
    pub(super) seam: Seam,
}

impl Recipe {
    /// Finds it, or says why there is none.
    pub(super) fn new(stream: &StreamInfo, options: &Options) -> Result<Self, &'static str> {
        let codec = stream.parameters.codec().name();
        let header = stream.parameters.header();
        let encoder = encoder(&codec, stream).ok_or("it has no encoder for that")?;
        let mut format = format(stream, encoder).ok_or("the encoder takes no such pictures")?;
        let mut settings = settings(stream, encoder, options);
        let mut set = |key: &str, value: &str| settings.options.push((key.to_owned(), value.to_owned()));
        let mut ticks = Ticks::Source;
        let seam = match codec.as_str() {
            "h264" => {
                let number = nal::free_number(header).ok_or("its parameter sets fill all places")?;
                set("x264-params", &format!("sps-id={number}"));
                Seam::Numbered(u8::try_from(number).map_err(|_| "its parameter sets fill all places")?)
            }
            "hevc" => {
                if format.scan.is_interlaced() {
                    return Err("its pictures are single fields, which x265 does not mark as such");
                }
                Seam::Numbered(hevc::free_number(header).ok_or("its parameter sets fill all places")?)
            }
            "mpeg2video" => {
                let sequence = mpeg::sequence(header).ok_or("its codec header has no sequence in it")?;
                (format.time_base, ticks) = (rate(sequence.rate).invert(), Ticks::Counted);
                // A sequence of fields counts macroblocks in pairs of rows.
                let pairs = format.height.next_multiple_of(16) != format.height.next_multiple_of(32);
                if sequence.is_progressive {
                    format.scan = Scan::Progressive;
                } else if pairs && !format.scan.is_interlaced() {
                    set("flags", "+ildct+ilme");
                }
                Seam::Ready(Joint::Mpeg2(sequence))
            }
            "mpeg4" => {
                let layer = mpeg::layer(header)
                    .ok_or("its codec header is missing, or names tools that FFmpeg's encoder does not have")?;
                format.time_base = Rational::new(1, i32::from(layer.resolution));
                ticks = Ticks::Of(format.time_base);
                if !layer.is_interlaced {
                    format.scan = Scan::Progressive;
                } else if !format.scan.is_interlaced() {
                    set("flags", "+ildct+ilme");
                }
                if layer.quarter_sample {
                    set("flags", "+qpel");
                }
                set("mpeg_quant", if layer.quantises_as_mpeg { "1" } else { "0" });
                Seam::Ready(Joint::Mpeg4)
            }
            "av1" => Seam::Ready(Joint::Av1(obu::of_header(header).to_vec())),
            _ => Seam::Ready(Joint::Plain),
        };
        join_flags(&mut settings.options);
        Ok(Self { encoder, format, settings, ticks, seam })
    }
}

/// Of settings with one name only one counts.
fn join_flags(options: &mut Vec<(String, String)>) {
    let flags: String = options.iter().filter(|(key, _)| key == "flags").map(|(_, value)| value.as_str()).collect();
    options.retain(|(key, _)| key != "flags");
    if !flags.is_empty() {
        options.push(("flags".to_owned(), flags));
    }
}

/// The frame rate that MPEG-2 has under a number.
fn rate(number: u8) -> Rational {
    let (num, den) = usize::from(number).checked_sub(1).and_then(|at| RATES.get(at)).copied().unwrap_or((25, 1));
    Rational::new(num, den)
}

/// The encoder whose pictures are known to join.
fn encoder(codec: &str, stream: &StreamInfo) -> Option<EncoderInfo> {
    if codec == "av1" {
        // libaom takes more formats of pixels, and gives each picture back as soon as it has it.
        return ["libaom-av1", "libsvtav1"].into_iter().filter_map(EncoderInfo::by_name).find(|e| takes(stream, *e));
    }
    const KNOWN: [&str; 6] = ["libx264", "libx265", "libvpx", "libvpx-vp9", "mpeg2video", "mpeg4"];
    codecs::encoder(codec, stream.parameters.kind()).ok().filter(|encoder| KNOWN.contains(&encoder.name().as_str()))
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

/// No pictures are decoded out of order, so that any copied picture can follow.
fn settings(stream: &StreamInfo, encoder: EncoderInfo, options: &Options) -> EncoderConfig {
    let mut config = EncoderConfig { threads: options.threads, ..EncoderConfig::default() };
    let mut set = |key: &str, value: &str| config.options.push((key.to_owned(), value.to_owned()));
    let marks = &stream.side_data;
    let (display, light) = (marks.mastering_display(), marks.light_level());
    if let Some((key, value)) = hdr::options_for(encoder, display, light).filter(|(_, list)| !list.is_empty()) {
        set(&key, &value);
    }
    let name = encoder.name();
    let is_x26x = matches!(name.as_str(), "libx264" | "libx265");
    if encoder.has_option("crf") {
        set("crf", &QUALITY[usize::from(!is_x26x)].to_string());
    }
    match name.as_str() {
        "libx264" => {
            if let Some(profile) = stream.parameters.profile().as_deref().and_then(x264_profile) {
                set("profile", profile);
            }
        }
        "libx265" => {
            set("x265-params", "open-gop=0:info=0");
            if options.threads > 0 {
                set("x265-params", &format!("pools={}", options.threads));
                config.threads = 0;
            }
        }
        "libvpx" | "libvpx-vp9" => {
            set("lag-in-frames", "0");
            set("auto-alt-ref", "0");
            set("deadline", "good");
            set("cpu-used", "2");
        }
        "libaom-av1" => {
            set("lag-in-frames", "0");
            set("cpu-used", "6");
            set("row-mt", "1");
        }
        "libsvtav1" => set("preset", "8"),
        _ => config.quantiser = Some(QUANTISER),
    }
    // The quality of VP8, VP9 and AV1 is an upper bound under a bitrate; none is meant.
    config.bit_rate = match name.as_str() {
        "libvpx" => Some(100_000_000),
        "libvpx-vp9" | "libaom-av1" => Some(0),
        _ => None,
    };
    let turns = is_x26x || config.quantiser.is_some();
    config.bframes = turns.then_some(0);
    config.global_header = turns && name != "mpeg2video";
    config
}

/// Whether an encoder takes the source's own pixels.
fn takes(stream: &StreamInfo, encoder: EncoderInfo) -> bool {
    let plain = |format: PixelFormat| format.without_range().unwrap_or(format);
    let told = stream.parameters.pixel_format().map(plain);
    told.is_some_and(|told| encoder.pixel_formats().into_iter().any(|format| plain(format) == told))
}

/// The source's own format, where the encoder takes it.
fn format(stream: &StreamInfo, encoder: EncoderInfo) -> Option<VideoFormat> {
    let parameters = &stream.parameters;
    let told = parameters.pixel_format()?;
    let plain = told.without_range().unwrap_or(told);
    let layout = plain.layout();
    let (width, height) = (parameters.width(), parameters.height());
    let is_odd = width % (1 << layout.log2_chroma_w) != 0 || height % (1 << layout.log2_chroma_h) != 0;
    if !takes(stream, encoder) || is_odd || width == 0 || height == 0 {
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
