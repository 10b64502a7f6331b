use serde_json::{Value, json};

use crate::error::ErrorKind;
use crate::options::Options;

fn read(values: Value) -> Result<Options, String> {
    let Value::Object(values) = values else { panic!("an object") };
    Options::from_values(&values).map_err(|error| {
        assert_eq!(error.kind, ErrorKind::InvalidOption);
        assert_eq!(error.message.split("; ").count(), 4, "WHAT; expected X; got Y; {error}");
        error.message
    })
}

#[track_caller]
fn refused(values: Value, parts: &[&str]) {
    let message = read(values).expect_err("a contradiction");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[track_caller]
fn accepted(values: Value) {
    read(values).expect("no contradiction");
}

#[test]
fn end_and_duration_exclude_each_other() {
    refused(json!({"end": 5, "duration": 2}), &["end and duration", "got end=5.0, duration=2.0; drop one"]);
    accepted(json!({"start": 1, "duration": 2}));
    accepted(json!({"start": 1, "end": 2}));
}

#[test]
fn end_comes_after_start() {
    refused(json!({"start": 5, "end": 5}), &["between start and end", "got start=5.0, end=5.0; "]);
    refused(json!({"start": "1:00", "end": 59.9}), &["got start=60.0, end=59.9; "]);
    refused(json!({"end": 0}), &["got end=0.0; "]);
    accepted(json!({"start": 5, "end": 5.001}));
}

#[test]
fn a_duration_takes_something() {
    refused(json!({"duration": 0}), &["a duration of nothing", "got duration=0.0; "]);
}

#[test]
fn the_size_is_given_once() {
    refused(json!({"resolution": "640x360", "width": 640}), &["given twice", "got resolution=[640,360], width=640; "]);
    refused(json!({"height": 360, "resolution": [640, null]}), &["got resolution=[640,null], height=360; "]);
    accepted(json!({"width": 640, "height": 360}));
}

#[test]
fn one_rule_for_the_bitrate() {
    refused(json!({"video_bitrate": "2M", "crf": 23}), &["got video_bitrate=2000000, crf=23.0; drop one"]);
    accepted(json!({"max_bitrate": "2M", "crf": 23}));
}

#[test]
fn the_average_is_no_more_than_the_highest() {
    refused(
        json!({"video_bitrate": "3M", "max_bitrate": "2M"}),
        &["got video_bitrate=3000000, max_bitrate=2000000; raise"],
    );
    accepted(json!({"video_bitrate": "2M", "max_bitrate": "2M"}));
}

#[test]
fn a_copied_video_stream_takes_no_settings() {
    let settings = json!({
        "video_bitrate": 1000, "max_bitrate": 1000, "buffer_size": 1000, "crf": 20, "preset": "slow", "tune": "film",
        "profile": "high", "level": 4.1, "gop": 0, "bframes": 0, "pixel_format": "yuv420p", "encoder_options": {"a": 1},
        "resolution": "640x", "width": 640, "height": 360, "fit": "pad", "fps": 25, "crop": [64, 64], "rotate": 90,
        "deinterlace": "auto", "video_filter": "vflip",
    });
    for (name, value) in settings.as_object().expect("an object") {
        refused(
            json!({"video_codec": "copy", name: value}),
            &["video_codec=\"copy\"", &format!("got {name}="), "video_codec=\"h264\""],
        );
        accepted(json!({"video_codec": "h264", name: value}));
        accepted(json!({"audio_codec": "copy", name: value}));
    }
    refused(json!({"video_codec": "copy", "crf": 20, "preset": 8}), &["got crf=20.0, preset=\"8\"; drop them"]);
}

#[test]
fn a_copied_audio_stream_takes_no_settings() {
    let settings = json!({"audio_bitrate": "128k", "sample_rate": 48000, "channels": 2, "audio_filter": "volume=2"});
    for (name, value) in settings.as_object().expect("an object") {
        refused(
            json!({"audio_codec": "copy", name: value}),
            &["audio_codec=\"copy\"", &format!("got {name}="), "audio_codec=\"aac\""],
        );
        accepted(json!({"audio_codec": "aac", name: value}));
        accepted(json!({"video_codec": "copy", name: value}));
    }
}

#[test]
fn an_option_at_its_default_contradicts_nothing() {
    accepted(json!({
        "video_codec": "copy", "audio_codec": "copy", "rotate": 0, "deinterlace": false, "fit": "contain", "crf": null,
        "encoder_options": {}, "channels": null,
    }));
    accepted(json!({"end": 5, "duration": null}));
}
