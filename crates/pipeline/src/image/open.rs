//! Image files decoded, as FFmpeg gives their picture.

use std::sync::Arc;

use transcode_av::{
    CodecId, CodecParameters, Decoder, DecoderConfig, Frame, LogRing, MediaKind, MediaSource, Output, Packet, Rational,
};

use super::header::{self, Header};
use super::{ImageFormat, boxes};
use crate::control::{Control, Event};
use crate::error::{Error, ErrorKind, Result};
use crate::media::{Input, open_source};
use crate::plan::{check_pixels, open_input};

/// A decoded picture, and what its file says of it.
pub(super) struct Opened {
    pub(super) format: ImageFormat,
    pub(super) frame: Frame,
    /// Whether its alpha means something; `None` = as its pixel format says.
    pub(super) alpha: Option<bool>,
    /// How it is to be turned, as Exif numbers it.
    pub(super) orientation: u8,
}

/// Reads and decodes a file. `only`: the format that it must have.
pub(super) fn open(
    input: Input,
    only: Option<ImageFormat>,
    max_pixels: u32,
    control: &Control,
    log: &Arc<LogRing>,
) -> Result<Opened> {
    let name = input.name().unwrap_or_else(|| "the data".to_owned());
    let data = read(input, control).map_err(|error| error.stage("open"))?;
    let invalid = |message: String| Error::new(ErrorKind::InvalidMedia, message).stage("open");
    let unsupported = |message: String| Error::new(ErrorKind::Unsupported, message).stage("decode");
    let Some(format) = header::format(&data) else {
        if header::is_heif(&data) {
            return Err(unsupported(format!(
                "{name} is a HEIF image; expected JPEG, PNG, WebP, AVIF, TIFF, BMP or GIF; got tiles of HEVC, which are not \
                 put together here; convert it first"
            )));
        }
        let begins: Vec<String> = data.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        return Err(invalid(format!(
            "{name} is no image that is known here; expected JPEG, PNG, WebP, AVIF, TIFF, BMP or GIF; got {} bytes \
             that begin with {}; check that it is one and complete",
            data.len(),
            begins.join(" ")
        )));
    };
    if let Some(only) = only.filter(|only| *only != format) {
        let (only, got) = (only.name(), format.name());
        return Err(invalid(format!(
            "{name} has another format; expected {only}; got {got}; use read_image() for all of them"
        )));
    }
    let header = header::read(format, &data);
    if let Some((width, height)) = header.size {
        check_pixels(width, height, max_pixels).map_err(|error| error.stage("open"))?;
    }
    // Decoders count what they take memory for, which is more than is seen.
    let [width, height] =
        header.size.map_or([0, 0], |(width, height)| [width, height].map(|side| u64::from(side) + 256));
    let room = (width * height).max(max_pixels.into());
    let config = DecoderConfig { threads: 1, strict: true, max_pixels: room };
    let damaged = |error: transcode_av::Error| {
        let mut error = Error::from(error).stage("decode");
        // All of the file is in memory: what some decoders give back as an error of the system is none.
        if matches!(
            error.kind,
            ErrorKind::InvalidMedia | ErrorKind::InvalidOption | ErrorKind::Io | ErrorKind::NotFound
        ) {
            (error.kind, error.os_code) = (ErrorKind::InvalidMedia, None);
            let what = format.name();
            error.message = format!(
                "{name} cannot be decoded; expected a whole {what} file; got {}; check how it was made",
                error.message
            );
        }
        error
    };
    if format == ImageFormat::Avif {
        let (frame, orientation) = avif(data, &config, control, log, &damaged)?;
        return Ok(Opened { format, frame, alpha: None, orientation });
    }
    if header.is_animated && format == ImageFormat::Png {
        let warning = "the PNG is animated: only what readers show that know no animation is read";
        control.publish(Event::Warning(warning.to_owned()));
    }
    if header.is_animated && format == ImageFormat::Webp {
        return Err(unsupported(format!(
            "{name} is an animated WebP; expected a single picture; got several, which this FFmpeg does not decode; \
             convert it to GIF or PNG"
        )));
    }
    if header.has_unknown_inks {
        return Err(unsupported(format!(
            "{name} is a JPEG of four inks; expected Adobe's mark, which says how they are stored; got none; convert it to RGB \
             first"
        )));
    }
    let frame = single(format, &data, &config, log).and_then(|frame| frame.ok_or_else(incomplete)).map_err(damaged)?;
    check_pixels(frame.width(), frame.height(), max_pixels).map_err(|error| error.stage("decode"))?;
    let Header { alpha, orientation, .. } = header;
    Ok(Opened { format, frame, alpha, orientation })
}

fn incomplete() -> transcode_av::Error {
    transcode_av::Error::new(transcode_av::ErrorKind::InvalidData, "no whole picture in it")
}

/// A file that is one packet of its codec.
fn single(
    format: ImageFormat,
    data: &[u8],
    config: &DecoderConfig,
    log: &Arc<LogRing>,
) -> transcode_av::Result<Option<Frame>> {
    let codec = match format {
        ImageFormat::Jpeg => "mjpeg",
        other => other.name(),
    };
    let unknown = || {
        let message = format!("this FFmpeg does not know '{codec}'");
        transcode_av::Error::new(transcode_av::ErrorKind::Unsupported, message)
    };
    let parameters = CodecParameters::picture(CodecId::from_name(codec).ok_or_else(unknown)?)?;
    // Asked to be strict FFmpeg refuses TIFF files for every tag that it does not know; let be, it tells of damage only
    // in its log.
    let config = DecoderConfig { strict: format != ImageFormat::Tiff, ..*config };
    let mut decoder = Decoder::open(&parameters, Rational::MICROS, &config, log)?;
    let frame = decode(&mut decoder, &Packet::from_data(data)?)?;
    let mut lines = if config.strict { Vec::new() } else { log.drain() };
    match lines.iter().position(|line| TIFF_DAMAGE.iter().any(|damage| line.contains(damage))) {
        Some(at) => {
            let message = format!("decoding failed: {}", lines.swap_remove(at));
            Err(transcode_av::Error::new(transcode_av::ErrorKind::InvalidData, message))
        }
        None => Ok(frame),
    }
}

/// What FFmpeg's decoder of TIFF says when a strip of the picture could not be read to its end.
const TIFF_DAMAGE: [&str; 5] =
    ["ncompressing failed", "Decoded only", "went beyond", "Error initializing", "Error decoding"];

/// The first picture of a packet, if it is whole.
fn decode(decoder: &mut Decoder, packet: &Packet) -> transcode_av::Result<Option<Frame>> {
    decoder.send(Some(packet))?;
    let mut output = decoder.receive()?;
    if matches!(output, Output::NeedsInput) {
        decoder.send(None)?;
        output = decoder.receive()?;
    }
    match output {
        Output::Item(frame) if !frame.is_corrupt() => Ok(Some(frame)),
        _ => Ok(None),
    }
}

/// A file whose picture lies in a container.
fn avif(
    data: Arc<[u8]>,
    config: &DecoderConfig,
    control: &Control,
    log: &Arc<LogRing>,
    damaged: &impl Fn(transcode_av::Error) -> Error,
) -> Result<(Frame, u8)> {
    let properties = boxes::properties(&data);
    if properties.has_alpha {
        let warning = "the picture's alpha is left out: FFmpeg does not read that of AVIF";
        control.publish(Event::Warning(warning.to_owned()));
    }
    let mut demuxer = open_input(Input::Bytes(data), control, log)?;
    let streams = demuxer.streams()?;
    let Some(stream) = streams.into_iter().find(|stream| stream.parameters.kind() == MediaKind::Video) else {
        return Err(damaged(incomplete()));
    };
    let (width, height) = (stream.parameters.width(), stream.parameters.height());
    check_pixels(width, height, u32::try_from(config.max_pixels).unwrap_or(u32::MAX))?;
    demuxer.keep_only(|index| index == stream.index);
    let mut decoder = Decoder::open(&stream.parameters, stream.time_base, config, log).map_err(damaged)?;
    loop {
        let Some(packet) = demuxer.read().map_err(damaged)? else { return Err(damaged(incomplete())) };
        if packet.stream_index() == stream.index {
            let frame = decode(&mut decoder, &packet).and_then(|frame| frame.ok_or_else(incomplete));
            return frame.map(|frame| (frame, properties.orientation())).map_err(damaged);
        }
    }
}

/// Bytes that FFmpeg can take at once, with some to spare.
const MOST_BYTES: usize = (1 << 31) - (1 << 16);

/// All of a file.
fn read(input: Input, control: &Control) -> Result<Arc<[u8]>> {
    let mut source = match input {
        Input::Bytes(data) if data.is_empty() => {
            let message = "the data is empty; expected an image file; got 0 bytes; check where the bytes come from";
            return Err(Error::new(ErrorKind::InvalidMedia, message));
        }
        Input::Bytes(data) => return within(data.len()).map(|()| data),
        Input::Path(path) => open_source(&path, control.interrupt())?,
        Input::Reader(reader) => reader,
        Input::Url(url) => {
            let message = format!(
                "images are not read from addresses; expected a path, bytes or a file object; got {url}; fetch it first"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    };
    let mut data = Vec::new();
    loop {
        if control.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the job was cancelled"));
        }
        let have = data.len();
        within(have)?;
        data.resize(have + have.clamp(1 << 16, 1 << 24), 0);
        let count = fill(&mut *source, &mut data[have..])?;
        data.truncate(have + count);
        if count == 0 {
            return Ok(Arc::from(data));
        }
    }
}

fn fill(source: &mut dyn MediaSource, buffer: &mut [u8]) -> Result<usize> {
    source.read(buffer).map_err(|error| transcode_av::Error::from_io(&error, "reading failed").into())
}

fn within(bytes: usize) -> Result<()> {
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    let message = format!("the file is too large; expected at most {MOST_BYTES} bytes; got more; cut it into several");
    Err(Error::new(ErrorKind::Limit, message))
}
