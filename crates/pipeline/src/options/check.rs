//! Options that contradict each other.

#[cfg(test)]
mod tests;

use super::form::shown;
use super::{OptionSpec, Options, table};
use crate::error::{Error, ErrorKind};

/// Finds the first contradiction.
pub(super) fn check(options: &Options) -> Result<(), Error> {
    times(options)?;
    sizes(options)?;
    rates(options)?;
    copied(options, "video_codec", options.video_codec.as_deref(), &["video", "picture"], "h264")?;
    copied(options, "audio_codec", options.audio_codec.as_deref(), &["audio"], "aac")
}

fn times(options: &Options) -> Result<(), Error> {
    let got = given(options, |row| row.group == "time");
    if options.end.is_some() && options.duration.is_some() {
        return Err(contradiction("end and duration both say where to stop", "one of them", &got, "drop one"));
    }
    let start = options.start.map_or(0.0, |start| start.get());
    if options.end.is_some_and(|end| end.get() <= start) {
        return Err(contradiction(
            "nothing lies between start and end",
            "end after start",
            &got,
            "give a later end or an earlier start",
        ));
    }
    if options.duration.is_some_and(|duration| duration.get() == 0.0) {
        return Err(contradiction("a duration of nothing", "more than 0 seconds", &got, "drop it to take all"));
    }
    Ok(())
}

fn sizes(options: &Options) -> Result<(), Error> {
    if options.resolution.is_some() && (options.width.is_some() || options.height.is_some()) {
        let got = given(options, |row| ["resolution", "width", "height"].contains(&row.name));
        let expected = "resolution alone, or width and height";
        return Err(contradiction("the size is given twice", expected, &got, "drop resolution, or the other"));
    }
    Ok(())
}

fn rates(options: &Options) -> Result<(), Error> {
    let got = given(options, |row| ["video_bitrate", "max_bitrate", "crf"].contains(&row.name));
    if options.video_bitrate.is_some() && options.crf.is_some() {
        let fix = "drop one, or keep crf and bound it with max_bitrate";
        return Err(contradiction("video_bitrate and crf both rule the encoder", "one of them", &got, fix));
    }
    if let (Some(average), Some(most)) = (options.video_bitrate, options.max_bitrate)
        && most < average
    {
        let fix = "raise max_bitrate or lower video_bitrate";
        return Err(contradiction(
            "the average bitrate is above the highest",
            "max_bitrate of at least video_bitrate",
            &got,
            fix,
        ));
    }
    Ok(())
}

/// A copied stream is neither decoded nor encoded: whatever else is set for it would be ignored.
fn copied(options: &Options, name: &str, codec: Option<&str>, groups: &[&str], other: &str) -> Result<(), Error> {
    if codec != Some("copy") {
        return Ok(());
    }
    let got = given(options, |row| groups.contains(&row.group) && row.name != name);
    if got.is_empty() {
        return Ok(());
    }
    Err(contradiction(
        &format!("{name}=\"copy\" leaves the stream as it is, and options would change it"),
        "no option of the encoder or its filters",
        &got,
        &format!("drop them, or encode with {name}=\"{other}\""),
    ))
}

/// The options among `rows` that are not at their default, as `name=value`.
fn given(options: &Options, rows: impl Fn(&OptionSpec) -> bool) -> String {
    let plain = Options::default();
    let set = table().iter().filter(|row| rows(row)).filter_map(|row| {
        let get = row.access?.get;
        let value = get(options);
        (value != get(&plain)).then(|| format!("{}={}", row.name, shown(&value)))
    });
    set.collect::<Vec<_>>().join(", ")
}

fn contradiction(what: &str, expected: &str, got: &str, fix: &str) -> Error {
    Error::new(ErrorKind::InvalidOption, format!("{what}; expected {expected}; got {got}; {fix}"))
}
