//! What callers and files may do wrong: the answer is an error, never FFmpeg's memory.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use transcode_av::demuxer::Input;
use transcode_av::encoder::Format;
use transcode_av::filter_graph::FilterInput;
use transcode_av::{
    AudioFormat, CodecId, CodecParameters, ColorInfo, Decoder, DecoderConfig, Demuxer, Encoder, EncoderConfig,
    EncoderInfo, ErrorKind, FilterGraph, Frame, Interrupt, LogRing, MediaSource, MediaTarget, Muxer, MuxerInfo, Output,
    OutputStream, Packet, PixelFormat, Rational, Result, Scan, SubtitleConverter, VideoFormat,
};

/// Bytes that are read as given, or end in a failure of the reader.
struct Bytes {
    bytes: Cursor<Vec<u8>>,
    failure: Option<fn() -> io::Error>,
    signals: u32,
}

impl Bytes {
    fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: Cursor::new(bytes.into()), failure: None, signals: 0 }
    }
}

impl MediaSource for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.signals > 0 {
            self.signals -= 1;
            return Err(io::ErrorKind::Interrupted.into());
        }
        match self.bytes.read(buffer)? {
            0 => self.failure.map_or(Ok(0), |failure| Err(failure())),
            n => Ok(n),
        }
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }
}

/// What a target answers when it is asked for a reader of itself.
type Reader = fn() -> Option<io::Result<Box<dyn MediaSource>>>;

#[derive(Clone)]
struct Memory(Arc<Mutex<Cursor<Vec<u8>>>>, Reader);

impl Memory {
    fn new(reader: Reader) -> Self {
        Self(Arc::default(), reader)
    }
}

impl MediaTarget for Memory {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(data)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reader(&self) -> Option<io::Result<Box<dyn MediaSource>>> {
        self.1()
    }
}

fn open_named(source: Bytes, name: &str) -> Result<Demuxer> {
    let interrupt = Arc::new(Interrupt::default());
    // What waits for the network is ended, and told apart from a refusal.
    interrupt.set_deadline(Instant::now() + Duration::from_secs(10));
    Demuxer::open(Input::Source { source: Box::new(source), name: name.into() }, &interrupt, &LogRing::new())
}

fn open(source: Bytes) -> Result<Demuxer> {
    open_named(source, "")
}

/// Half a second of silence.
fn wav(channels: u16) -> Vec<u8> {
    let samples = vec![0; 4000 * 2 * usize::from(channels)];
    let size = u32::try_from(samples.len()).unwrap_or(0);
    let mut out = Vec::from(*b"RIFF");
    out.extend((36 + size).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    out.extend(channels.to_le_bytes());
    out.extend(8000_u32.to_le_bytes());
    out.extend((u32::from(channels) * 16000).to_le_bytes());
    out.extend((channels * 2).to_le_bytes());
    out.extend(b"\x10\0data");
    out.extend(size.to_le_bytes());
    out.extend(samples);
    out
}

/// One grey picture.
fn y4m(side: usize) -> Vec<u8> {
    let mut out = format!("YUV4MPEG2 W{side} H{side} F25:1 C420jpeg\nFRAME\n").into_bytes();
    out.resize(out.len() + side * side * 3 / 2, 128);
    out
}

const ANY: DecoderConfig = DecoderConfig { threads: 1, strict: false, max_pixels: 1 << 20 };

fn first_frame(media: Vec<u8>) -> Frame {
    let mut demuxer = open(Bytes::new(media)).expect("media");
    let stream = demuxer.streams().expect("streams").swap_remove(0);
    let mut decoder = Decoder::open(&stream.parameters, stream.time_base, &ANY, &LogRing::new()).expect("a decoder");
    decoder.send(demuxer.read().expect("a packet").as_ref()).expect("a decoder takes a packet");
    match decoder.receive().expect("decoding") {
        Output::Item(frame) => frame,
        other => panic!("no frame but {other:?}"),
    }
}

#[test]
fn files_that_a_file_refers_to_stay_closed() {
    let folder = std::env::temp_dir().join(format!("transcode-av-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("a.wav"), wav(1)).expect("a file");
    let list = folder.join("list");
    let session = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 50004 RTP/AVP 0\n";
    for text in ["ffconcat version 1.0\nfile a.wav\n", session] {
        let opened = open_named(Bytes::new(text), &list.to_string_lossy());
        let kind = opened.map(|demuxer| demuxer.format()).map_err(|error| error.kind);
        assert!(matches!(kind, Err(kind) if kind != ErrorKind::Interrupted), "{kind:?}: {text}");
    }
    std::fs::remove_dir_all(&folder).expect("the folder again");
}

#[test]
fn readers_fail_in_every_way() {
    let failures: [fn() -> io::Error; 4] = [
        || io::Error::from_raw_os_error(0),
        || io::Error::from_raw_os_error(i32::MIN),
        || io::ErrorKind::WouldBlock.into(),
        || panic!("by the reader"),
    ];
    let mut noise = 1_u32;
    let garbage: Vec<u8> = std::iter::from_fn(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(noise.to_be_bytes()[0])
    })
    .take(5000)
    .collect();
    for failure in failures {
        for media in [wav(1)[..60].to_vec(), y4m(16)[..80].to_vec(), garbage.clone(), Vec::new()] {
            let source = Bytes { failure: Some(failure), ..Bytes::new(media) };
            let read = open(source).and_then(|mut demuxer| {
                while demuxer.read()?.is_some() {}
                Ok(())
            });
            assert_eq!(read.err().map(|error| error.kind), Some(ErrorKind::Io));
        }
    }
}

#[test]
fn a_signal_is_no_end_of_the_file() {
    let demuxer = open(Bytes { signals: 3, ..Bytes::new(wav(1)) });
    assert_eq!(demuxer.map(|demuxer| demuxer.format()).ok().as_deref(), Some("wav"));
}

#[test]
fn frames_of_another_shape_are_refused() {
    let log = LogRing::new();
    let (picture, larger, sound, mono) = (y4m(16), y4m(32), wav(2), wav(1));
    for (own, others) in [(&picture, [&larger, &mono]), (&sound, [&mono, &picture])] {
        let frame = first_frame(own.clone());
        let input = FilterInput::of(&frame).expect("a sensible frame");
        let (spec, base) =
            if frame.width() > 0 { ("crop=8:8", Rational::MICROS) } else { ("anull", Rational::new(1, 8000)) };
        let mut graph = FilterGraph::new(spec, &input, base, None, 1, &log).expect("a graph");
        for other in others {
            assert_eq!(graph.push(Some(first_frame(other.clone()))).map_err(|e| e.kind), Err(ErrorKind::Bug));
        }
        graph.push(Some(frame)).expect("its own frame");
    }
}

fn video(picture: &Frame) -> Format {
    Format::Video(VideoFormat {
        width: picture.width(),
        height: picture.height(),
        pixel_format: picture.pixel_format().expect("a format"),
        time_base: Rational::new(1, 25),
        frame_rate: Some(Rational::new(25, 1)),
        sample_aspect_ratio: None,
        color: picture.color(),
        scan: Scan::default(),
    })
}

#[test]
fn options_cannot_change_what_an_encoder_reads() {
    let (picture, sound) = (first_frame(y4m(16)), first_frame(wav(1)));
    let video = video(&picture);
    let audio = Format::Audio(AudioFormat {
        sample_rate: sound.sample_rate(),
        sample_format: sound.sample_format().expect("a format"),
        layout: sound.channel_layout().expect("a layout"),
        bits_per_raw_sample: None,
    });
    let open = |name: &str, format: &Format, option: Option<(&str, &str)>| {
        let options = option.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect();
        let config = EncoderConfig { options, threads: 1, ..EncoderConfig::default() };
        Encoder::open(EncoderInfo::by_name(name).expect("an encoder"), format, &config, &LogRing::new())
    };
    for (name, format, frame, option) in
        [("ffv1", &video, &picture, ("video_size", "4096x4096")), ("pcm_s16le", &audio, &sound, ("ch_layout", "7.1"))]
    {
        let frame = || Some(frame.try_clone().expect("a clone"));
        open(name, format, None).and_then(|mut encoder| encoder.send(frame())).expect("its own frame");
        let refused = open(name, format, Some(option)).and_then(|mut encoder| encoder.send(frame()));
        assert_eq!(refused.map_err(|error| error.kind), Err(ErrorKind::Encode), "{name}");
    }
    for (name, format) in [("ffv1", &audio), ("pcm_s16le", &video), ("subrip", &video), ("subrip", &audio)] {
        assert_eq!(open(name, format, None).err().map(|error| error.kind), Some(ErrorKind::Unsupported), "{name}");
    }
}

#[test]
fn streams_meet_only_coders_of_their_kind() {
    let log = LogRing::new();
    let subtitles = open(Bytes::new("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n")).expect("subtitles");
    let stream = subtitles.streams().expect("streams").swap_remove(0);
    let decoder = Decoder::open(&stream.parameters, stream.time_base, &ANY, &log);
    assert_eq!(decoder.err().map(|error| error.kind), Some(ErrorKind::Unsupported));
    for (encoder, works) in [("ass", true), ("dvbsub", false), ("rawvideo", false), ("pcm_s16le", false)] {
        let encoder = EncoderInfo::by_name(encoder).expect("an encoder");
        let converter = SubtitleConverter::open(&stream.parameters, stream.time_base, encoder, &log);
        assert_eq!(converter.is_ok(), works, "{encoder:?}");
    }
}

#[test]
fn decoders_that_know_the_codec_alone_take_any_bytes() {
    let log = LogRing::new();
    let config = DecoderConfig { threads: 1, strict: true, max_pixels: 1 << 20 };
    let noise: Vec<u8> = (0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for name in ["png", "mjpeg", "webp", "tiff", "bmp", "gif", "h264", "ffv1"] {
        let codec = CodecId::from_name(name).expect("every FFmpeg knows it");
        let parameters = CodecParameters::picture(codec).expect("there is memory");
        // Some want a header that the container keeps, and say so.
        let Ok(mut decoder) = Decoder::open(&parameters, Rational::MICROS, &config, &log) else { continue };
        for data in [&noise[..], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9", b"BM", b"II*\0", b"GIF89a"] {
            let packet = Packet::from_data(data).expect("there is memory");
            let _damaged = decoder.send(Some(&packet));
            assert!(!matches!(decoder.receive(), Ok(Output::Item(_))), "{name} made a picture of nothing");
        }
    }
}

#[test]
fn matrices_of_any_numbers_are_the_encoders_own() {
    let log = LogRing::new();
    let mut picture = Frame::picture(PixelFormat::from_name("yuv444p").expect("it is known"), 16, 16).expect("memory");
    picture.set_color(&ColorInfo { range: ColorInfo::FULL_RANGE, ..ColorInfo::UNKNOWN });
    let info = EncoderInfo::by_name("mjpeg").expect("every FFmpeg has it");
    let open = |info, number, options: &[(&str, &str)]| {
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let matrices = Some(Box::new([[number; 64]; 2]));
        let config = EncoderConfig { matrices, options, threads: 1, ..EncoderConfig::default() };
        Encoder::open(info, &video(&picture), &config, &log)
    };
    for number in [1, 8, 255] {
        // Dropped with and without a picture: FFmpeg frees its copies once.
        drop(open(info, number, &[]));
        let mut encoder = open(info, number, &[]).expect("it takes these");
        encoder.send(Some(picture.try_clone().expect("memory"))).expect("it takes any picture");
        assert!(matches!(encoder.receive(), Ok(Output::Item(packet)) if packet.size() > 100));
    }
    // FFmpeg would divide by zero, at once or at another quantiser.
    let refused = |encoder: Result<Encoder>| encoder.is_err_and(|error| error.kind == ErrorKind::InvalidArgument);
    assert!(refused(open(info, 0, &[])));
    assert!(refused(open(info, 256, &[])));
    for option in [("global_quality", "118"), ("qmax", "2"), ("qmin", "31"), ("flags", "-qscale")] {
        assert!(refused(open(info, 1, &[option])), "{option:?}");
    }
    assert!(refused(open(EncoderInfo::by_name("ffv1").expect("every FFmpeg has it"), 1, &[])));
}

fn muxer(format: &str, target: Memory) -> (Muxer, Demuxer) {
    let source = open(Bytes::new(wav(1))).expect("media");
    let info = MuxerInfo::by_name(format).expect("a muxer");
    let muxer = Muxer::new(info, Box::new(target), &Arc::default(), &LogRing::new()).expect("memory");
    (muxer, source)
}

#[test]
fn a_muxer_is_used_in_order_only() {
    let bug = |result: Result<()>| assert_eq!(result.map_err(|error| error.kind), Err(ErrorKind::Bug));
    let (mut muxer, mut source) = self::muxer("mov", Memory::new(|| None));
    let parameters = source.streams().expect("streams").swap_remove(0).parameters;
    let stream = OutputStream { time_base: Some(Rational::new(1, 8000)), ..OutputStream::default() };
    let mut packet = || source.read().expect("media").expect("a packet");
    bug(muxer.write(packet()));
    muxer.add_stream(&parameters, &stream).expect("a stream");
    muxer.write_header(&[]).expect("a header");
    bug(muxer.write_header(&[]));
    bug(muxer.add_stream(&parameters, &stream).map(drop));
    muxer.write(packet()).expect("a packet in order");
    muxer.finish().expect("an end");

    bug(self::muxer("mov", Memory::new(|| None)).0.finish());
    let (mut failed, _source) = self::muxer("mp4", Memory::new(|| None));
    let text = CodecId::from_name("subrip").expect("a codec");
    let unfit = transcode_av::CodecParameters::attachment(text, b"x").expect("memory");
    failed.add_stream(&unfit, &OutputStream::default()).expect("a stream");
    failed.write_header(&[]).expect_err("mp4 has no attachments");
    bug(failed.finish());
}

#[test]
fn an_output_that_cannot_be_read_again_is_an_error() {
    let readers: [Reader; 4] = [
        || None,
        || Some(Err(io::Error::from_raw_os_error(0))),
        || panic!("by the target"),
        || Some(Ok(Box::new(Bytes { failure: Some(|| panic!("by the reader")), ..Bytes::new("") }))),
    ];
    for reader in readers {
        let (mut muxer, mut source) = self::muxer("mov", Memory::new(reader));
        let stream = source.streams().expect("streams").swap_remove(0);
        let out = OutputStream { time_base: Some(stream.time_base), ..OutputStream::default() };
        muxer.add_stream(&stream.parameters, &out).expect("a stream");
        muxer.write_header(&[("movflags", "faststart")]).expect("a header");
        while let Some(packet) = source.read().expect("media") {
            muxer.write(packet).expect("a packet");
        }
        muxer.finish().expect_err("faststart needs to read");
    }
}

#[test]
fn an_encoder_can_be_dropped_at_any_time() {
    let picture = first_frame(y4m(64));
    for name in ["libx264", "libsvtav1"] {
        let Some(info) = EncoderInfo::by_name(name) else { continue };
        for sent in [0, 1, 80] {
            let config = EncoderConfig { threads: 2, ..EncoderConfig::default() };
            let mut encoder = Encoder::open(info, &video(&picture), &config, &LogRing::new()).expect("an encoder");
            for pts in 0..sent {
                let mut frame = picture.try_clone().expect("a clone");
                frame.set_pts(Some(pts));
                // Nobody takes packets, so that it is full at some time.
                if encoder.send(Some(frame)).is_err() {
                    break;
                }
            }
        }
    }
}
