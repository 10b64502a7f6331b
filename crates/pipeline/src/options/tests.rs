use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::*;

fn object(values: Value) -> Map<String, Value> {
    values.as_object().expect("an object").clone()
}

fn values() -> impl Iterator<Item = (&'static OptionSpec, Access)> {
    table().iter().filter_map(|row| Some((row, row.access?)))
}

#[test]
fn names_are_unique_and_every_row_is_told_of() {
    let names: HashSet<&str> = table().iter().map(|row| row.name).collect();
    assert_eq!(names.len(), table().len());
    for row in table() {
        assert!(row.help.ends_with('.'), "{}", row.name);
        assert_eq!(row.value.is_empty(), row.kind == Kind::Flag, "{}", row.name);
    }
}

#[test]
fn every_default_is_a_canonical_value_of_its_own_form() {
    let plain = Options::default();
    for (row, access) in values() {
        let default: Value = serde_json::from_str(row.default).expect("the default is JSON");
        assert_eq!((access.get)(&plain), default, "{}", row.name);
        assert_eq!(canonical(row.name, &default).expect("the default is a value"), default, "{}", row.name);
    }
}

#[test]
fn null_leaves_every_option_at_its_default() {
    let nulls: Map<String, Value> = values().map(|(row, _)| (row.name.to_owned(), Value::Null)).collect();
    assert_eq!(Options::from_values(&nulls).expect("nothing is set"), Options::default());
    for name in nulls.keys() {
        assert_eq!(canonical(name, &Value::Null), Ok(Value::Null));
    }
}

#[test]
fn an_unknown_option_gets_the_nearest_names() {
    for (name, fix) in [
        ("video_bitrat", "did you mean video_bitrate?"),
        ("bitrate", "did you mean video_bitrate or max_bitrate or audio_bitrate?"),
        ("two_pass", "`transcode --help` lists them"),
        ("loudness", "`transcode --help` lists them"),
    ] {
        let error = canonical(name, &json!(1)).expect_err("no such option");
        assert_eq!(error.kind, ErrorKind::InvalidOption);
        assert_eq!(error.message, format!("unknown option; expected the name of an option; got \"{name}\"; {fix}"));
        assert_eq!(Options::from_values(&object(json!({name: 1}))).expect_err("no such option"), error);
    }
    assert!(canonical("", &Value::Null).is_err());
    assert!(canonical(&"x".repeat(1_000_000), &Value::Null).expect_err("no such option").message.len() < 300);
    assert!(canonical("nul\u{0}", &Value::Null).expect_err("no such option").message.contains(r"nul\u0000"));
}

#[test]
fn input_and_output_are_no_values() {
    for name in ["input", "output"] {
        let error = canonical(name, &json!("a.mp4")).expect_err("not a value");
        assert!(error.message.starts_with(&format!("{name} is no option value; ")), "{error}");
    }
}

#[test]
fn an_error_names_the_option_the_value_and_the_fix() {
    for (name, value, message) in [
        (
            "video_bitrate",
            json!("2MB"),
            "video_bitrate is not a number; expected bits per second from 1 to 2147483647, as a number or with k, M \
             or G; got \"2MB\"; write 2000000, \"2000k\" or \"2M\" for two million",
        ),
        (
            "channels",
            json!(65),
            "channels is out of range; expected a whole number from 1 to 64; got 65; the nearest is 64",
        ),
        (
            "gop",
            json!(true),
            "gop is of the wrong type; expected a whole number from 0 to 2147483647; got true; write it in digits, such \
             as 0",
        ),
        ("overwrite", json!(1), "overwrite is of the wrong type; expected true or false; got 1; write true or false"),
        (
            "fit",
            json!("conten"),
            "fit is none of its choices; expected \"contain\" or \"cover\" or \"stretch\" or \"pad\"; got \"conten\"; did \
             you mean contain?",
        ),
    ] {
        assert_eq!(canonical(name, &value).expect_err("refused").message, message);
        let error = Options::from_values(&object(json!({name: value}))).expect_err("refused");
        assert_eq!(error.message, message);
    }
}

#[test]
fn a_long_value_is_cut_in_the_error() {
    let value = json!("\u{e4}".repeat(10_000));
    let message = canonical("video_bitrate", &value).expect_err("refused").message;
    assert!(message.len() < 500, "{} bytes", message.len());
    assert!(message.contains("\u{e4}...; "), "{message}");
}

#[test]
fn the_options_of_a_real_job_are_read() {
    let options = Options::from_values(&object(json!({
        "video_codec": "h264", "max_bitrate": "4M", "crf": 23, "level": 4.1, "resolution": "1280x", "fps": 29.97,
        "audio": "ENG", "start": "0:01.5", "threads": null, "metadata": {"title": "A"},
    })));
    let options = options.expect("a sound job");
    assert_eq!(options.video_codec.as_deref(), Some("h264"));
    assert_eq!((options.max_bitrate, options.buffer_size), (Some(4_000_000), Some(8_000_000)));
    assert_eq!((options.crf, options.level.as_deref()), (Some(23.0), Some("4.1")));
    assert_eq!(options.size(), Some(Size { width: Some(1280), height: None }));
    assert_eq!(options.fps.map(|rate| rate.to_string()).as_deref(), Some("30000/1001"));
    assert_eq!(options.audio, StreamChoice::Language("eng".to_owned()));
    assert_eq!(options.start.map(Seconds::get), Some(1.5));
    assert_eq!((options.threads, options.max_pixels), (0, 67_108_864));
    assert_eq!(options.metadata, Metadata::Merge(vec![("title".to_owned(), Some("A".to_owned()))]));
}

#[test]
fn the_buffer_follows_the_highest_bitrate_unless_it_is_given() {
    let read = |values| Options::from_values(&object(values)).expect("sound").buffer_size;
    assert_eq!(read(json!({})), None);
    assert_eq!(read(json!({"max_bitrate": "1M", "buffer_size": "1M"})), Some(1_000_000));
    assert_eq!(read(json!({"max_bitrate": "2G"})), Some(2_147_483_647));
}

#[test]
fn width_and_height_are_a_size_too() {
    let read = |values| Options::from_values(&object(values)).expect("sound").size();
    assert_eq!(read(json!({})), None);
    assert_eq!(read(json!({"height": 360})), Some(Size { width: None, height: Some(360) }));
    assert_eq!(read(json!({"width": 640, "height": 360})), read(json!({"resolution": "640x360"})));
}

#[test]
fn the_table_can_be_handed_over_as_json() {
    let rows = serde_json::to_value(table()).expect("plain data");
    let crf = json!({
        "name": "crf", "group": "video", "kind": "number", "default": "null", "value": "NUMBER",
        "help": "Constant quality on the encoder's own scale, lower is better.",
    });
    assert!(rows.as_array().expect("a list").contains(&crf));
}

/// Values that people and machines get wrong, put together at random; the seed is fixed, so a failure comes again.
#[test]
fn any_value_is_read_or_refused_and_what_is_read_is_canonical() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut read = 0_u32;
    for _ in 0..4_000 {
        let value = random.value(2);
        for (row, access) in values() {
            let Ok(first) = canonical(row.name, &value) else { continue };
            read += 1;
            assert_eq!(canonical(row.name, &first).as_ref(), Ok(&first), "{} from {value}", row.name);
            let mut options = Options::default();
            if !first.is_null() {
                (access.set)(&mut options, &value).expect("it was read before");
                assert_eq!((access.get)(&options), first, "{} from {value}", row.name);
            }
        }
    }
    assert!(read > 10_000, "only {read} values were read: the generator makes too few that are right");
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % 1_000_003).expect("small") % end
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!([0, 1, 2, 24, 90, 640, 65_536, 2_000_000][self.below(8)]),
            3 => json!([i64::MIN, -90, -1, i64::MAX, 1 << 31, 1 << 32, 1 << 53][self.below(7)]),
            4 => json!(
                [0.0, -0.0, 0.1, 23.976, 4.1, 62.5, 2e6, 1e-300, f64::MAX, f64::MIN, f64::EPSILON][self.below(11)]
            ),
            5 | 6 => Value::from(self.text()),
            7 => (0..self.below(6)).map(|_| self.value(depth - 1)).collect(),
            _ => (0..self.below(3)).map(|_| (self.text(), self.value(depth - 1))).collect(),
        }
    }

    fn text(&mut self) -> String {
        const WORDS: [&str; 28] = [
            "",
            "\u{0}",
            "nan",
            "inf",
            "-",
            "1",
            "60",
            "0.5",
            "1e999",
            "x",
            "X",
            ":",
            "/",
            ",",
            "M",
            "k",
            " ",
            "eng",
            "true",
            "auto",
            "pad",
            "keyframe",
            "99999999999999999999",
            "\u{e4}",
            "\u{1f3ac}",
            ".",
            "=",
            "30000/1001",
        ];
        (0..self.below(5)).map(|_| WORDS[self.below(WORDS.len())]).collect()
    }
}
