//! What is asked of an array, and the one form in which it is told that it is not so.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::{PyErr, PyResult};
use transcode_pipeline::ErrorKind;

use super::item::{Item, name};
use crate::errors::Failure;

/// What an array has to be.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// What it is to the caller: `frame`, `image`, `out`.
    pub(crate) what: &'a str,
    /// Item types that will do.
    pub(crate) items: &'a [Item],
    /// Shapes that will do.
    pub(crate) shapes: &'a [&'a [Dim<'a>]],
    /// Whether the caller takes `layout="CHW"`.
    pub(crate) has_layout: bool,
}

/// One axis of a shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dim<'a> {
    /// Any number of pixels but none. All sides together have as many as a picture can have.
    Side(&'a str),
    /// One of these.
    Of(&'a [usize]),
    /// Just this.
    Just(usize),
    /// Any number, also none.
    Any(&'a str),
}

/// Pixels of a picture, in which a row may be as large as the rest: FFmpeg counts their bits in 31 of its own.
const MOST: usize = 1 << 28;

impl Dim<'_> {
    fn fits(self, count: usize) -> bool {
        match self {
            Self::Side(_) => count > 0,
            Self::Of(counts) => counts.contains(&count),
            Self::Just(only) => count == only,
            Self::Any(_) => true,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Side(name) | Self::Any(name) => name.to_owned(),
            Self::Of(counts) => {
                let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
                counts.join("|")
            }
            Self::Just(count) => count.to_string(),
        }
    }
}

impl Expected<'_> {
    /// `uint8 array of shape (H, W, 3)`.
    pub(super) fn wanted(&self) -> String {
        let items: Vec<_> = self.items.iter().map(|item| item.name()).collect();
        let shapes: Vec<_> = self.shapes.iter().map(|dims| tuple(dims.iter().map(|dim| dim.text()))).collect();
        format!("{} array of shape {}", items.join(" or "), shapes.join(" or "))
    }

    /// The item type of an array that is as expected.
    pub(super) fn check(&self, buffer: &PyUntypedBuffer) -> PyResult<Item> {
        let (shape, name) = (buffer.shape(), name(buffer.format(), buffer.item_size()));
        let item = Item::named(&name)
            .filter(|item| self.items.contains(item) && item.bytes() == buffer.item_size())
            .ok_or_else(|| {
                let of_items = self.mend_items(&name);
                let fix = match self.mend_shape(shape).filter(|_| !self.fits(shape)) {
                    Some(fix) => format!("{fix} and {}", of_items.strip_prefix("use ").unwrap_or(&of_items)),
                    None => of_items,
                };
                self.refuse(&name, shape, &fix)
            })?;
        if !self.fits(shape) {
            let fix = self.mend_shape(shape).unwrap_or_else(|| "reshape it".to_owned());
            return Err(self.refuse(&name, shape, &fix));
        }
        let bytes = shape.iter().try_fold(item.bytes(), |bytes, count| bytes.checked_mul(*count));
        if bytes.and_then(|bytes| isize::try_from(bytes).ok()).is_none() {
            return Err(self.refuse(&name, shape, "pass a smaller array"));
        }
        Ok(item)
    }

    /// Whether an array can be written to, each of its items on its own.
    pub(super) fn check_writable(&self, buffer: &PyUntypedBuffer) -> PyResult<()> {
        let got = |how: &str| format!("{how} {}", name(buffer.format(), buffer.item_size()));
        if buffer.readonly() {
            let fix = "pass array.copy(), or one whose flags.writeable is set";
            return Err(self.refuse(&got("read-only"), buffer.shape(), fix));
        }
        let mut axes: Vec<(usize, usize)> = buffer
            .shape()
            .iter()
            .zip(buffer.strides())
            .filter(|(count, _)| **count > 1)
            .map(|(count, stride)| (stride.unsigned_abs(), *count))
            .collect();
        axes.sort_unstable();
        // Along each axis the next item begins where all of the shorter steps have ended.
        let mut reach = buffer.item_size();
        for (stride, count) in axes {
            if stride < reach {
                let fix = "pass an array whose items have memory of their own, such as array.copy()";
                return Err(self.refuse(&got("overlapping"), buffer.shape(), fix));
            }
            reach = stride.saturating_mul(count - 1).saturating_add(reach);
        }
        Ok(())
    }

    /// What is told of an array whose items do not lie in one piece of memory.
    pub(super) fn refuse_scattered(&self, buffer: &PyUntypedBuffer) -> PyErr {
        let name = name(buffer.format(), buffer.item_size());
        self.refuse(&name, buffer.shape(), "copy it into one piece of memory first")
    }

    fn fits(&self, shape: &[usize]) -> bool {
        let fits = |dims: &&[Dim<'_>]| {
            let of_picture = |(dim, count): (&Dim<'_>, &usize)| matches!(dim, Dim::Side(_)).then_some(*count);
            let pixels = dims.iter().zip(shape).filter_map(of_picture).fold(1, usize::saturating_mul);
            let all_fit = dims.iter().zip(shape).all(|(dim, count)| dim.fits(*count));
            dims.len() == shape.len() && pixels <= MOST && all_fit
        };
        self.shapes.iter().any(fits)
    }

    fn mend_items(&self, name: &str) -> String {
        let wanted = self.items.first().copied().unwrap_or(Item::U8);
        if name.starts_with(['<', '>']) {
            return "use array.astype(array.dtype.newbyteorder('='))".to_owned();
        }
        let is_number = ["int", "uint", "float", "bool"].iter().any(|kind| name.starts_with(kind));
        if !is_number {
            return "pass an array of numbers".to_owned();
        }
        let most = match wanted {
            Item::U8 => 255,
            Item::U16 => 65535,
            Item::I16 | Item::F32 => return format!("use array.astype(\"{}\")", wanted.name()),
        };
        let wanted = wanted.name();
        if name.starts_with("float") {
            format!(
                "use array.astype(\"{wanted}\"), or (array * {most}).astype(\"{wanted}\") where its values are 0 to 1"
            )
        } else {
            format!("use array.astype(\"{wanted}\") where its values are 0 to {most}")
        }
    }

    /// What makes a shape fit, where that can be told.
    fn mend_shape(&self, shape: &[usize]) -> Option<String> {
        if shape.contains(&0) {
            return Some("pass an array that is not empty".to_owned());
        }
        if shape.iter().copied().fold(1, usize::saturating_mul) > MOST {
            return Some(format!("cut it: a picture has at most {MOST} pixels"));
        }
        if let [channels, height, width] = *shape
            && self.fits(&[height, width, channels])
        {
            let layout = if self.has_layout { "layout=\"CHW\"" } else { "array.transpose(1, 2, 0)" };
            return Some(format!("use {layout}"));
        }
        let most_axes = self.shapes.iter().map(|dims| dims.len()).max();
        if let [_, rest @ ..] = shape
            && Some(rest.len()) == most_axes
            && self.fits(rest)
        {
            return Some("pass its items one by one, such as array[0]".to_owned());
        }
        let with_one: Vec<usize> = shape.iter().copied().chain([1]).collect();
        (shape.len() > 1 && self.fits(&with_one)).then(|| "use array[..., None]".to_owned())
    }

    fn refuse(&self, name: &str, shape: &[usize], fix: &str) -> PyErr {
        let shape = tuple(shape.iter().map(usize::to_string));
        let message = format!("{}: expected {}; got {name} {shape}; {fix}", self.what, self.wanted());
        Failure::new(ErrorKind::InvalidOption, message).into()
    }
}

/// As Python writes it.
fn tuple(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    match items.as_slice() {
        [one] => format!("({one},)"),
        several => format!("({})", several.join(", ")),
    }
}
