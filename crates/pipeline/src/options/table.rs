//! The table: every option exactly once.

use super::bitrate::Bitrate;
use super::choice::{Degrees, Deinterlace, Fields, Fit, Hdr, OneOf, Rotation, Simd, Trim};
use super::form::{Flag, Form, Maybe};
use super::number::{Real, Whole};
use super::pairs::{Metadata, Pairs, Tags};
use super::rate::{FrameRate, Rate};
use super::seconds::{Seconds, Span, Time};
use super::size::{self, Crop, Part, Resolution, Size};
use super::streams::{StreamChoice, Streams};
use super::text::{Text, Word};
use super::{Access, Kind, OptionSpec};

/// What FFmpeg keeps in an `int`.
const INT: u32 = i32::MAX as u32;

/// The highest sample rate that recorders and converters are made for; the plan asks the encoder for its own limit.
const HIGHEST_RATE: u32 = 768_000;

/// Makes the struct [`Options`], its defaults and [`table`] from one list of rows.
///
/// A row reads `name: the field's type as the form of its values = "default as JSON", "what to type", "help";`.
macro_rules! options {
    (
        media { $($media:ident = $media_value:literal, $media_help:literal;)* }
        $($group:ident { $($name:ident: $type:ty as $form:ty = $default:literal, $value:literal, $help:literal;)* })*
    ) => {
        /// Every option of a job, checked. [`Options::default`] is a job with none set.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Options {
            $($(#[doc = $help] pub $name: $type,)*)*
        }

        impl Default for Options {
            fn default() -> Self {
                Self { $($($name: default::<$form>($default),)*)* }
            }
        }

        static TABLE: &[OptionSpec] = &[
            $(OptionSpec {
                name: stringify!($media),
                group: "files",
                kind: Kind::Media,
                default: "null",
                value: $media_value,
                help: $media_help,
                access: None,
            },)*
            $($(OptionSpec {
                name: stringify!($name),
                group: stringify!($group),
                kind: <$form as Form>::KIND,
                default: $default,
                value: $value,
                help: $help,
                access: Some(Access {
                    canonical: |value| <$form>::parse(value).map(|value| <$form>::show(&value)),
                    set: |options, value| {
                        options.$name = <$form>::parse(value)?;
                        Ok(())
                    },
                    get: |options| <$form>::show(&options.$name),
                }),
            },)*)*
        ];
    };
}

options! {
    media {
        input = "FILE", "What is read: a local path, bytes, a file object, or an address for FFmpeg to open.";
        output = "FILE", "Where the result goes: a local path, memory, or a file object.";
    }
    files {
        format: Option<String> as Maybe<Text> = "null", "NAME",
            "Container of the output, such as mp4 or matroska; by default the one its name ends in.";
        overwrite: bool as Flag = "false", "",
            "Replace an output that exists.";
        faststart: bool as Flag = "true", "",
            "Put the index of an mp4 or mov first, so that playing can start before all is loaded.";
        metadata: Metadata as Tags = "null", "KEY=TEXT",
            "Tags to set over those of the input, or to remove (null); false drops them all.";
        chapters: bool as Flag = "true", "",
            "Keep the chapters.";
        attachments: bool as Flag = "true", "",
            "Keep attached files, such as fonts.";
    }
    streams {
        video: StreamChoice as Streams = "true", "true|false|INDEX,...|LANGUAGE",
            "Video streams to take: all, none, some by their index in the input, or those of a language.";
        audio: StreamChoice as Streams = "true", "true|false|INDEX,...|LANGUAGE",
            "Audio streams to take, chosen as for video.";
        subtitles: StreamChoice as Streams = "true", "true|false|INDEX,...|LANGUAGE",
            "Subtitle streams to take, chosen as for video.";
        data: bool as Flag = "false", "",
            "Take data streams too, where the container holds them.";
    }
    video {
        video_codec: Option<String> as Maybe<Text> = "null", "NAME",
            "Video codec or FFmpeg encoder; copy keeps the stream, auto copies where nothing needs it changed; \
             by default the container's usual codec.";
        video_bitrate: Option<u32> as Maybe<Bitrate> = "null", "BITS/S, 2M",
            "Average video bitrate in bits per second.";
        max_bitrate: Option<u32> as Maybe<Bitrate> = "null", "BITS/S, 4M",
            "Highest video bitrate, averaged over the buffer.";
        buffer_size: Option<u32> as Maybe<Bitrate> = "null", "BITS, 8M",
            "Buffer in bits over which max_bitrate is kept; by default two seconds of it.";
        crf: Option<f64> as Maybe<Real<0, 255>> = "null", "NUMBER",
            "Constant quality on the encoder's own scale, lower is better.";
        preset: Option<String> as Maybe<Word> = "null", "NAME",
            "The encoder's preset, which trades speed for size.";
        tune: Option<String> as Maybe<Word> = "null", "NAME",
            "What the encoder is tuned for, such as film or grain.";
        profile: Option<String> as Maybe<Word> = "null", "NAME",
            "Profile of the codec, such as high or main10.";
        level: Option<String> as Maybe<Word> = "null", "LEVEL, 4.1",
            "Level of the codec.";
        gop: Option<u32> as Maybe<Whole<0, INT>> = "null", "FRAMES",
            "Frames from one keyframe to the next at most; 0 makes every frame one.";
        bframes: Option<u32> as Maybe<Whole<0, 16>> = "null", "FRAMES",
            "B-frames in a row at most.";
        pixel_format: Option<String> as Maybe<Text> = "null", "NAME",
            "Pixel format, such as yuv420p10le; by default the nearest to the input that the encoder takes.";
        encoder_options: Vec<(String, String)> as Pairs = "null", "KEY=TEXT",
            "More options for the video encoder, by FFmpeg's names.";
    }
    picture {
        resolution: Option<Size> as Maybe<Resolution> = "null", "WIDTHxHEIGHT",
            "Size of the picture in pixels; a side left open keeps the shape.";
        width: Option<u32> as Maybe<Whole<1, { size::LONGEST }>> = "null", "PIXELS",
            "Width of the picture, as in resolution.";
        height: Option<u32> as Maybe<Whole<1, { size::LONGEST }>> = "null", "PIXELS",
            "Height of the picture, as in resolution.";
        fit: Fit as OneOf<Fit> = "\"contain\"", "contain|cover|stretch|pad",
            "How the picture meets a size of another shape: within it, over it and cut, distorted, or on black.";
        fps: Option<FrameRate> as Maybe<Rate> = "null", "RATE, 30000/1001",
            "Constant frame rate in frames per second; by default every frame keeps its time.";
        crop: Option<Crop> as Maybe<Part> = "null", "WIDTH:HEIGHT[:LEFT:TOP]",
            "Part of the picture to keep, before any change of size; without a corner the middle.";
        rotate: Rotation as Degrees = "0", "0|90|180|270",
            "Degrees to turn the picture clockwise.";
        deinterlace: Deinterlace as Fields = "false", "true|false|auto",
            "Deinterlace every frame, none, or with auto those flagged as interlaced.";
        video_filter: Option<String> as Maybe<Text> = "null", "GRAPH",
            "FFmpeg filters for the picture, after the others.";
        hdr: Hdr as OneOf<Hdr> = "\"keep\"", "keep|sdr",
            "What becomes of HDR pictures: kept, or tone mapped to the standard range of BT.709.";
    }
    audio {
        audio_codec: Option<String> as Maybe<Text> = "null", "NAME",
            "Audio codec or FFmpeg encoder; copy keeps the stream, auto copies where nothing needs it changed; \
             by default the container's usual codec.";
        audio_bitrate: Option<u32> as Maybe<Bitrate> = "null", "BITS/S, 128k",
            "Audio bitrate of each stream in bits per second.";
        sample_rate: Option<u32> as Maybe<Whole<1, HIGHEST_RATE>> = "null", "HERTZ",
            "Sample rate in hertz.";
        channels: Option<u32> as Maybe<Whole<1, 64>> = "null", "NUMBER",
            "Number of channels: 1 is mono, 2 is stereo.";
        audio_filter: Option<String> as Maybe<Text> = "null", "GRAPH",
            "FFmpeg filters for the sound.";
    }
    subtitles {
        subtitle_codec: Option<String> as Maybe<Text> = "null", "NAME",
            "Subtitle codec or FFmpeg encoder, or copy; by default what the container holds.";
    }
    time {
        start: Option<Seconds> as Maybe<Time> = "null", "TIME, 1:02.5",
            "Where in the input to begin, in seconds.";
        end: Option<Seconds> as Maybe<Time> = "null", "TIME, 1:02.5",
            "Where in the input to end, in seconds.";
        duration: Option<Seconds> as Maybe<Time> = "null", "TIME, 1:02.5",
            "How much to take from start on, in seconds.";
        trim: Trim as OneOf<Trim> = "\"exact\"", "exact|keyframe|smart",
            "Cut at the very frame; with copied streams at the keyframe before start, or smart: only the edges are encoded.";
    }
    running {
        threads: u32 as Whole<0, 1024> = "0", "NUMBER",
            "Codec threads; 0 takes what the machine has and other jobs leave, 1 runs the whole job on one.";
        simd: Simd as OneOf<Simd> = "\"auto\"", "auto|scalar|avx2|avx512|neon",
            "Instructions of our own kernels, which give the same pictures with all of them; by default the best.";
        timeout: Option<Seconds> as Maybe<Span> = "null", "SECONDS",
            "Stop with an error when the job takes longer.";
        strict: bool as Flag = "false", "",
            "Fail at the first damage in the input instead of counting it.";
        max_pixels: u32 as Whole<1, INT> = "67108864", "PIXELS",
            "Refuse an input whose frames are larger, before memory is taken for them.";
    }
}

/// Every option, in the order of the documentation.
#[must_use]
pub fn table() -> &'static [OptionSpec] {
    TABLE
}

fn default<F: Form>(json: &str) -> F::Value {
    let value = serde_json::from_str(json).ok().and_then(|value| F::parse(&value).ok());
    value.expect("the default of a row is a value of its own form, as a test asserts for each")
}
