//! Options: one table of names, kinds, defaults and help, and the typed struct that the table makes.
//!
//! The keywords of the Python call, the methods of its builder, the keys of a job file and the flags of the command all
//! come from [`table`], and their values all pass through [`canonical`] and [`Options::from_values`]. Whether a codec or
//! a container of that name exists is not asked here: the plan knows FFmpeg.

mod bitrate;
mod check;
mod choice;
mod form;
mod nearest;
mod number;
mod pairs;
mod rate;
mod seconds;
mod size;
mod streams;
mod table;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use form::Wrong;

pub use choice::{Deinterlace, Fit, Hdr, Rotation, Simd, Trim};
pub use nearest::did_you_mean;
pub use pairs::Metadata;
pub use rate::FrameRate;
pub use seconds::Seconds;
pub use size::{Crop, Size};
pub use streams::StreamChoice;
pub use table::{Options, table};

/// What sort of value an option takes, for those who build a command line or documentation from the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A path, bytes or a file object; never a value.
    Media,
    /// True or false.
    Flag,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// Text.
    Text,
    /// One of the words in the row's `value`.
    Choice,
    /// Bits per second, or text such as `"2M"`.
    Bitrate,
    /// Seconds, or text such as `"00:01:02.5"`.
    Time,
    /// Frames per second: a number, or text such as `"30000/1001"`.
    Rate,
    /// Width and height.
    Size,
    /// Width and height, and where the corner is.
    Crop,
    /// Which streams: all, none, indices or a language.
    Streams,
    /// Tags by name: text, or null to remove one; or false for none at all.
    Metadata,
    /// Text by name.
    Pairs,
}

/// A row of the table: one option.
#[derive(Clone, Debug, Serialize)]
pub struct OptionSpec {
    /// Its one name, everywhere.
    pub name: &'static str,
    /// The heading it stands under: `"files"`, `"streams"`, `"video"`, `"picture"`, `"audio"`, `"subtitles"`, `"time"`
    /// or `"running"`.
    pub group: &'static str,
    /// What sort of value it takes.
    pub kind: Kind,
    /// The default in its canonical form, as JSON text; `null` where it is unset.
    pub default: &'static str,
    /// What to type for a value.
    pub value: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
    /// How its value is read; `None` for input and output, which are no values.
    #[serde(skip)]
    access: Option<Access>,
}

impl OptionSpec {
    /// What some options say of it; `None` of input and output.
    pub(crate) fn value_in(&self, options: &Options) -> Option<Value> {
        self.access.map(|access| (access.get)(options))
    }
}

/// The way between an option's JSON value and its field of [`Options`].
#[derive(Clone, Copy, Debug)]
struct Access {
    canonical: fn(&Value) -> Result<Value, Wrong>,
    set: fn(&mut Options, &Value) -> Result<(), Wrong>,
    get: fn(&Options) -> Value,
}

/// Checks one option alone and gives its value in canonical form. Null, which means unset, stays null.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for a name that is not in the table, with the nearest that are, and for a value that
/// the option cannot take.
pub fn canonical(name: &str, value: &Value) -> Result<Value, Error> {
    let access = access(name)?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    (access.canonical)(value).map_err(|wrong| wrong.into_error(name, value))
}

impl Options {
    /// Reads every value, then looks for options that contradict each other. Null leaves an option at its default.
    ///
    /// Where `max_bitrate` comes without a `buffer_size`, the buffer is two seconds of it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for the first name or value that is wrong, or the first contradiction.
    pub fn from_values(values: &Map<String, Value>) -> Result<Self, Error> {
        let mut options = Self::default();
        for (name, value) in values {
            let access = access(name)?;
            if !value.is_null() {
                (access.set)(&mut options, value).map_err(|wrong| wrong.into_error(name, value))?;
            }
        }
        options.validate()?;
        if options.buffer_size.is_none() {
            options.buffer_size = options.max_bitrate.map(|rate| rate.saturating_mul(2).min(bitrate::MAX));
        }
        Ok(options)
    }

    /// The picture's size as `resolution`, or as `width` and `height`, ask for it.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        let sides = Size { width: self.width, height: self.height };
        self.resolution.or((sides != Size::default()).then_some(sides))
    }

    /// Looks for options that contradict each other.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for the first contradiction.
    pub fn validate(&self) -> Result<(), Error> {
        check::check(self)
    }
}

fn access(name: &str) -> Result<Access, Error> {
    match table().iter().find(|row| row.name == name) {
        Some(OptionSpec { access: Some(access), .. }) => Ok(*access),
        Some(_) => Err(Error::new(
            ErrorKind::InvalidOption,
            format!(
                "{name} is no option value; expected it beside the options; got it among them; give it to the job itself"
            ),
        )),
        None => {
            let names = table().iter().filter(|row| row.access.is_some()).map(|row| row.name);
            let fix = did_you_mean(name, names).unwrap_or_else(|| "`transcode --help` lists them".to_owned());
            Err(Error::new(
                ErrorKind::InvalidOption,
                format!("unknown option; expected the name of an option; got {}; {fix}", form::shown(&name.into())),
            ))
        }
    }
}
