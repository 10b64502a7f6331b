//! Pictures as the bytes of image files.

mod frame;

use std::io;
use std::sync::Arc;

use transcode_av::encoder::Format;
use transcode_av::{
    ColorInfo, Encoder, EncoderConfig, EncoderInfo, LogRing, MediaTarget, Muxer, MuxerInfo, Output, OutputStream,
    Packet, Rational, Scan, VideoFormat,
};

use super::{EncodeImage, ImageFormat, Picture, Samples, bug, quality};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::Buffer;

/// How a picture is encoded.
struct Settings {
    /// FFmpeg's encoders that can do it, the best first.
    encoders: &'static [&'static str],
    /// FFmpeg's name of the pixel format that they get.
    pixels: &'static str,
    color: ColorInfo,
    config: EncoderConfig,
    /// The container, where a packet alone is no file.
    container: Option<&'static str>,
}

/// The bytes of a file.
pub(super) fn encode(job: EncodeImage, control: &Control, log: &Arc<LogRing>) -> Result<Vec<u8>> {
    let mut settings = settings(&job).map_err(|error| error.stage("plan"))?;
    let EncodeImage { picture, format, .. } = job;
    let info = settings.encoders.iter().find_map(|name| EncoderInfo::by_name(name)).ok_or_else(|| {
        let message = format!(
            "this FFmpeg cannot write {}; expected one of its encoders {}; got none of them; use another format, or an \
             FFmpeg built with one",
            format.name(),
            settings.encoders.join(", ")
        );
        Error::new(ErrorKind::Unsupported, message).stage("plan")
    })?;
    if info.option_values("usage").iter().any(|word| word == "allintra") {
        // libaom's settings for pictures that stand alone: three times as fast at the same size.
        settings.config.options.push(("usage".to_owned(), "allintra".to_owned()));
    }
    let frame = frame::of(picture, settings.pixels, &settings.color, log).map_err(|error| error.stage("encode"))?;
    let video = VideoFormat {
        width: frame.width(),
        height: frame.height(),
        pixel_format: frame.pixel_format().ok_or_else(|| bug("a picture without a format"))?,
        time_base: Rational::new(1, 25),
        frame_rate: Some(Rational::new(25, 1)),
        sample_aspect_ratio: None,
        color: settings.color,
        scan: Scan::Progressive,
    };
    let failed = |error: transcode_av::Error| Error::from(error).stage("encode");
    let mut encoder = Encoder::open(info, &Format::Video(video), &settings.config, log).map_err(failed)?;
    encoder.send(Some(frame)).map_err(failed)?;
    encoder.send(None).map_err(failed)?;
    let Output::Item(packet) = encoder.receive().map_err(failed)? else {
        let message = format!("{} gave no picture; expected one; got its end; use another format", info.name());
        return Err(Error::new(ErrorKind::Encode, message).stage("encode"));
    };
    match settings.container {
        None => Ok(packet.data().to_vec()),
        Some(container) => contained(container, &encoder, packet, control, log).map_err(|error| error.stage("mux")),
    }
}

/// A packet in a container of its own.
fn contained(
    container: &str,
    encoder: &Encoder,
    mut packet: Packet,
    control: &Control,
    log: &Arc<LogRing>,
) -> Result<Vec<u8>> {
    let info = MuxerInfo::by_name(container).ok_or_else(|| {
        let message = format!(
            "this FFmpeg cannot write {container} files; expected that container; got none of the name; use another format"
        );
        Error::new(ErrorKind::Unsupported, message)
    })?;
    let buffer = Buffer::default();
    let mut muxer = Muxer::new(info, Box::new(buffer.clone()), control.interrupt(), log)?;
    let stream = OutputStream { time_base: Some(encoder.time_base()), ..OutputStream::default() };
    let index = muxer.add_stream(&encoder.parameters()?, &stream)?;
    muxer.write_header(&[])?;
    packet.set_stream_index(index);
    muxer.write(packet)?;
    muxer.finish()?;
    Ok(buffer.take())
}

const RGB: ColorInfo = ColorInfo { range: ColorInfo::FULL_RANGE, matrix: 0, ..ColorInfo::UNKNOWN };

fn settings(job: &EncodeImage) -> Result<Settings> {
    let EncodeImage { picture, format, quality, lossless } = job;
    let (channels, deep) = (picture.channels, matches!(picture.samples, Samples::Words(_)));
    let lossy = |usual: u8| quality.unwrap_or(usual);
    let option = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Webp | ImageFormat::Avif) {
        if let Some(quality) = quality {
            return Err(refused(format!(
                "{0} keeps every sample; expected no quality for {0}; got quality={quality}; leave it out",
                format.name()
            )));
        }
        if *lossless == Some(false) {
            return Err(refused(format!(
                "{0} keeps every sample; expected lossless=True or None for {0}; got lossless=False; leave it out",
                format.name()
            )));
        }
    } else if *lossless == Some(true) {
        if *format != ImageFormat::Webp {
            return Err(refused(format!(
                "{0} files are not made lossless here; expected lossless=False or None for {0}; got lossless=True; \
                 use png, or webp",
                format.name()
            )));
        }
        if let Some(quality) = quality {
            return Err(refused(format!(
                "what keeps every sample has no quality; expected one of the two; got lossless=True and \
                 quality={quality}; leave one out"
            )));
        }
    }
    let mut config = EncoderConfig { threads: 1, ..EncoderConfig::default() };
    let rgb = |encoders, pixels, config| Settings { encoders, pixels, color: RGB, config, container: None };
    let of = |names: [[&'static str; 4]; 2]| names[usize::from(deep)][channels - 1];
    Ok(match format {
        ImageFormat::Png => {
            config.options = vec![option("pred", "mixed")];
            let names = [["gray", "ya8", "rgb24", "rgba"], ["gray16be", "ya16be", "rgb48be", "rgba64be"]];
            rgb(&["png"], of(names), config)
        }
        ImageFormat::Tiff => {
            config.options = vec![option("compression_algo", "deflate")];
            let names = [["gray", "ya8", "rgb24", "rgba"], ["gray16le", "ya16le", "rgb48le", "rgba64le"]];
            rgb(&["tiff"], of(names), config)
        }
        ImageFormat::Bmp => {
            only_bytes(*format, deep)?;
            rgb(&["bmp"], ["gray", "bgra", "bgr24", "bgra"][channels - 1], config)
        }
        ImageFormat::Webp => {
            only_bytes(*format, deep)?;
            within(*format, picture, 16383)?;
            config.options = if *lossless == Some(true) {
                vec![option("lossless", "1"), option("quality", "75")]
            } else {
                vec![option("quality", &lossy(quality::WEBP).to_string())]
            };
            rgb(&["libwebp"], "bgra", config)
        }
        ImageFormat::Jpeg => {
            only_bytes(*format, deep)?;
            only_opaque(*format, channels)?;
            within(*format, picture, 65500)?;
            let quality = lossy(quality::JPEG);
            config.matrices = Some(Box::new(quality::matrices(quality)));
            let pixels = if quality >= quality::FULL_CHROMA { "yuv444p" } else { "yuv420p" };
            let color = ColorInfo { range: ColorInfo::FULL_RANGE, matrix: 5, chroma_location: 2, ..ColorInfo::UNKNOWN };
            Settings { encoders: &["mjpeg"], pixels, color, config, container: None }
        }
        ImageFormat::Avif => {
            only_bytes(*format, deep)?;
            only_opaque(*format, channels)?;
            within(*format, picture, 65535)?;
            let quality = lossy(quality::AVIF);
            config.options = vec![
                option("crf", &quality::av1(quality).to_string()),
                option("still-picture", "1"),
                option("cpu-used", "6"),
            ];
            let pixels = match channels {
                1 => "gray",
                _ if quality >= quality::FULL_CHROMA => "yuv444p",
                _ => "yuv420p",
            };
            // Those of sRGB, as nearly all readers take pictures that say nothing.
            let color =
                ColorInfo { range: ColorInfo::FULL_RANGE, primaries: 1, transfer: 13, matrix: 6, ..ColorInfo::UNKNOWN };
            Settings { encoders: &["libaom-av1"], pixels, color, config, container: Some("avif") }
        }
        ImageFormat::Gif => {
            let message = "GIF files are only read; expected jpeg, png, webp, avif, tiff or bmp; got gif; use png, or \
                           transcode() for a GIF that moves";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    })
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidOption, message)
}

fn only_bytes(format: ImageFormat, deep: bool) -> Result<()> {
    if !deep {
        return Ok(());
    }
    Err(refused(format!(
        "{} files are of 8 bits here; expected uint8; got uint16; use (array >> 8).astype(\"uint8\"), or png or tiff",
        format.name()
    )))
}

fn only_opaque(format: ImageFormat, channels: usize) -> Result<()> {
    if !matches!(channels, 2 | 4) {
        return Ok(());
    }
    Err(refused(format!(
        "{} files have no alpha here; expected 1 or 3 channels; got {channels}; use array[..., :{}], or png, webp or tiff",
        format.name(),
        channels - 1
    )))
}

fn within(format: ImageFormat, picture: &Picture, most: usize) -> Result<()> {
    if picture.width <= most && picture.height <= most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Limit,
        format!(
            "the picture is too large for {}; expected at most {most} pixels a side; got {}x{}; use png or tiff, or cut it",
            format.name(),
            picture.width,
            picture.height
        ),
    ))
}

/// Writes all of `data`, and sees it to where it stays.
pub(super) fn write_all(target: &mut dyn MediaTarget, data: &[u8]) -> io::Result<()> {
    let mut rest = data;
    while !rest.is_empty() {
        match target.write(rest)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => rest = &rest[count..],
        }
    }
    target.flush()
}
