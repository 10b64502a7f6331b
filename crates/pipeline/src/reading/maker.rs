//! What is asked for, made of decoded pictures: on whatever thread wants it, while the next ones are decoded.

use std::sync::Arc;

use transcode_av::{ColorInfo, Frame, LogRing, PixelFormat};

use super::cursor::Cursor;
use super::form::{self, Form, Numbers};
use super::hand::Decoded;
use super::shown::Shown;
use super::video::ReadOptions;
use crate::error::Result;

/// What a picture is made of.
#[derive(Debug)]
pub enum Samples {
    /// As FFmpeg has them.
    Frame(Frame),
    /// In a form that is not plain.
    Numbers(Numbers),
}

/// A picture of a reader.
#[derive(Debug)]
pub struct Picture {
    /// Its samples.
    pub samples: Samples,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// FFmpeg's name of the pixel format, before it became [`Numbers`].
    pub format: String,
    /// Colour description.
    pub color: ColorInfo,
    /// How many pictures of the stream are shown before it.
    pub number: usize,
    /// When it is shown, in ticks of the stream as the file counts them.
    pub pts: i64,
    /// When it is shown, in seconds from the beginning of the file.
    pub time: f64,
    /// How long it is shown, in seconds; 0 = not known.
    pub duration: f64,
    /// Whether decoding could begin with it.
    pub key: bool,
}

/// A picture that was found.
#[derive(Debug)]
pub enum Found {
    /// As it was decoded.
    Decoded(Decoded),
    /// Already made, by who has decoded it.
    Made(Box<Picture>),
}

impl Found {
    /// Bytes of memory that it holds on to.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Decoded(decoded) => decoded.frame.memory(),
            Self::Made(picture) => match &picture.samples {
                Samples::Frame(frame) => frame.memory(),
                Samples::Numbers(numbers) => numbers.memory(),
            },
        }
    }
}

/// Makes pictures of one size and form.
pub struct Maker {
    shown: Shown,
    form: Option<Form>,
    /// Bytes of a picture as it is decoded, and of what it becomes, as far as the file tells.
    bytes: (usize, usize),
    log: Arc<LogRing>,
}

impl std::fmt::Debug for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Maker").field("size", &self.size()).field("form", &self.form).finish_non_exhaustive()
    }
}

impl Maker {
    pub(super) fn new(cursor: &Cursor, asked: &ReadOptions, log: &Arc<LogRing>) -> Result<Self> {
        let deep = cursor.stream().parameters.pixel_format().is_some_and(|format| format.layout().depth > 8);
        let name = asked.format.as_deref();
        let form = name.map(|name| Form::new(name, asked.planar, asked.normal, deep)).transpose()?.flatten();
        let format = name.map(|name| form::named(name, form.as_ref())).transpose()?;
        let shown = Shown::new(cursor, (format, form.as_ref()), &asked.options, log)?;
        let parameters = &cursor.stream().parameters;
        let own = parameters.pixel_format();
        let bytes = |format: Option<PixelFormat>, (width, height)| {
            format.and_then(|format| format.bytes(width, height)).unwrap_or(usize::MAX)
        };
        let decoded = bytes(own, (parameters.width(), parameters.height()));
        let made = match &form {
            Some(form) => form.bytes(shown.size()),
            None => bytes(format.or(own), shown.size()),
        };
        Ok(Self { shown, form, bytes: (decoded, made), log: Arc::clone(log) })
    }

    /// Width and height of its pictures.
    pub const fn size(&self) -> (u32, u32) {
        self.shown.size()
    }

    /// Bytes of a picture as it is decoded, and of what it becomes, as far as the file tells.
    pub(super) const fn bytes(&self) -> (usize, usize) {
        self.bytes
    }

    /// What the numbers of its pictures are; `None` where they have planes.
    pub const fn form(&self) -> Option<&Form> {
        self.form.as_ref()
    }

    /// The picture that becomes of what was found.
    ///
    /// # Errors
    /// It tells neither its size nor its format, or memory ran out.
    pub fn make(&mut self, found: Found) -> Result<Picture> {
        let Decoded { frame, number, pts, time, duration, key } = match found {
            Found::Decoded(decoded) => decoded,
            Found::Made(picture) => return Ok(*picture),
        };
        let _log_here = self.log.enter();
        let (width, height) = self.size();
        let (samples, format, color) = match self.form.as_ref().filter(|form| !form.is_plain()) {
            Some(form) => {
                let color = frame.color();
                (Samples::Numbers(self.shown.numbers(frame, form)?), form.format.to_owned(), color)
            }
            None => {
                let shown = self.shown.picture(frame)?;
                let format = shown.pixel_format().map(|format| format.name()).unwrap_or_default();
                let color = shown.color();
                (Samples::Frame(shown), format, color)
            }
        };
        Ok(Picture { samples, width, height, format, color, number, pts, time, duration, key })
    }
}
