//! Arrays as pictures: their format, their size, and the way of their items into one piece of memory.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use transcode_pipeline::options::did_you_mean;
use transcode_pipeline::writing::{ArrayFormat, Element, Shape, array_formats};
use transcode_pipeline::{Error, ErrorKind};

use crate::array::{Array, Dim, Expected, Item};
use crate::errors::Failure;

const H: Dim<'static> = Dim::Side("H");
const W: Dim<'static> = Dim::Side("W");
const ANY: Dim<'static> = Dim::Of(&[1, 3, 4]);

/// What the caller said of the arrays that will come.
#[derive(Debug)]
pub(super) struct Choice {
    format: Option<ArrayFormat>,
    channels_first: bool,
}

/// What the first picture's arrays were, and so those of all others must be.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) format: ArrayFormat,
    channels_first: bool,
    size: (usize, usize),
}

impl Choice {
    pub(super) fn new(format: Option<&str>, layout: &str) -> Result<Self, Error> {
        let channels_first = match layout {
            "HWC" => false,
            "CHW" => true,
            other => {
                let message = format!("layout; expected \"HWC\" or \"CHW\"; got {other:?}; name one of these");
                return Err(Error::new(ErrorKind::InvalidOption, message));
            }
        };
        let Some(name) = format else { return Ok(Self { format: None, channels_first }) };
        let names = || array_formats().iter().map(|format| format.name);
        let found = array_formats().iter().find(|format| format.name == name).copied();
        let format = found.ok_or_else(|| {
            let known = names().collect::<Vec<_>>().join(", ");
            let fix = did_you_mean(name, names()).unwrap_or_else(|| "name one of these".to_owned());
            let message = format!("frame_format; expected one of {known}; got {name:?}; {fix}");
            Error::new(ErrorKind::InvalidOption, message)
        })?;
        Ok(Self { format: Some(format), channels_first })
    }

    /// What pictures are of which this is the first, and its arrays.
    pub(super) fn first(&self, frame: &Bound<'_, PyAny>) -> PyResult<(Form, Vec<Array>)> {
        let planes = match frame.cast::<PyTuple>() {
            Ok(planes) => Some(planes.iter().collect::<Vec<_>>()),
            Err(_) => None,
        };
        let format = match (self.format, &planes) {
            (Some(format), _) => format,
            (None, Some(planes)) => of_planes(planes)?,
            (None, None) => of_pixels(&self.whole(frame, None)?, self.channels_first)?,
        };
        let (arrays, size) = match planes {
            Some(planes) => apart(format, &planes)?,
            None => {
                let array = self.whole(frame, Some(format))?;
                let size = size_of_whole(format, array.shape(), self.channels_first)?;
                (vec![array], size)
            }
        };
        Ok((Form { format, channels_first: self.channels_first, size }, arrays))
    }

    /// A picture in one array.
    fn whole(&self, frame: &Bound<'_, PyAny>, format: Option<ArrayFormat>) -> PyResult<Array> {
        let all = [Item::U8, Item::U16, Item::F32];
        let one = format.map(|format| [item(format.element)]);
        let items = one.as_ref().map_or(all.as_slice(), <[Item; 1]>::as_slice);
        let each = match format.map(|format| format.shape) {
            Some(Shape::Pixels(each)) => Dim::Just(each),
            _ => Dim::Just(0),
        };
        let shapes: &[&[Dim<'_>]] = match (format.map(|format| format.shape), self.channels_first) {
            (None, false) => &[&[H, W, ANY], &[H, W]],
            (None, true) => &[&[ANY, H, W], &[H, W]],
            (Some(Shape::Pixels(1)), false) => &[&[H, W], &[H, W, Dim::Just(1)]],
            (Some(Shape::Pixels(1)), true) => &[&[H, W], &[Dim::Just(1), H, W]],
            (Some(Shape::Pixels(_)), false) => &[&[H, W, each]],
            (Some(Shape::Pixels(_)), true) => &[&[each, H, W]],
            (Some(Shape::Planes { halves: [true, _], shared: _ }), _) if is_420(format) => &[&[Dim::Side("H*3/2"), W]],
            (Some(Shape::Planes { halves: [true, _], .. }), _) => &[&[Dim::Side("H*2"), W]],
            (Some(Shape::Planes { .. }), _) => &[&[Dim::Just(3), H, W], &[Dim::Side("H*3"), W]],
        };
        let has_layout = matches!(format.map(|format| format.shape), None | Some(Shape::Pixels(_)));
        Array::new(frame, &Expected { what: "frame", items, shapes, has_layout })
    }
}

fn is_420(format: Option<ArrayFormat>) -> bool {
    matches!(format.map(|format| format.shape), Some(Shape::Planes { halves: [true, true], .. }))
}

const fn item(element: Element) -> Item {
    match element {
        Element::U8 => Item::U8,
        Element::U16 { .. } => Item::U16,
        Element::F32 => Item::F32,
    }
}

fn refused(message: String) -> PyErr {
    Failure(Error::new(ErrorKind::InvalidOption, message)).into()
}

/// The format of an array of pixels that nobody named.
fn of_pixels(array: &Array, channels_first: bool) -> PyResult<ArrayFormat> {
    let each = match *array.shape() {
        [each, _, _] if channels_first => each,
        [_, _, each] => each,
        _ => 1,
    };
    // The first of each kind, which are those in the order of red, green and blue.
    let fits = |format: &&ArrayFormat| format.shape == Shape::Pixels(each) && item(format.element) == array.item();
    let found = array_formats().iter().find(fits).copied();
    found.ok_or_else(|| refused(format!("frame: no format has {each} channels of {}", array.item().name())))
}

/// The format of planes that nobody named.
fn of_planes(planes: &[Bound<'_, PyAny>]) -> PyResult<ArrayFormat> {
    let shape = |plane: &Bound<'_, PyAny>| {
        let expected = Expected {
            what: "frame, a plane",
            items: &[Item::U8],
            shapes: &[&[H, W], &[H, W, Dim::Just(2)]],
            has_layout: false,
        };
        Array::new(plane, &expected).map(|array| array.shape().to_vec())
    };
    let shapes = planes.iter().map(shape).collect::<PyResult<Vec<_>>>()?;
    let fits = |format: &&ArrayFormat| match format.shape {
        Shape::Planes { halves, shared } => {
            format.element == Element::U8
                && shapes.len() == if shared { 2 } else { 3 }
                && shapes[1..].iter().all(|plane| plane[..2] == chroma([shapes[0][0], shapes[0][1]], halves))
        }
        Shape::Pixels(_) => false,
    };
    let found = array_formats().iter().find(fits).copied();
    found.ok_or_else(|| {
        let known = array_formats().iter().filter(|format| matches!(format.shape, Shape::Planes { .. }));
        let known = known.map(|format| format.name).collect::<Vec<_>>().join(", ");
        refused(format!("frame: expected the planes of one of {known}; got {shapes:?}; pass frame_format="))
    })
}

/// Rows and columns of the colour differences of a picture.
fn chroma([height, width]: [usize; 2], [halves_columns, halves_rows]: [bool; 2]) -> [usize; 2] {
    let part = |count: usize, halves: bool| if halves { count.div_ceil(2) } else { count };
    [part(height, halves_rows), part(width, halves_columns)]
}

/// The planes of a picture that come apart, and its width and height.
fn apart(format: ArrayFormat, planes: &[Bound<'_, PyAny>]) -> PyResult<(Vec<Array>, (usize, usize))> {
    let Shape::Planes { halves, shared } = format.shape else {
        return Err(refused(format!(
            "frame: expected one array for {}; got a tuple of {}; stack them, or name a format of planes",
            format.name,
            planes.len()
        )));
    };
    let count = if shared { 2 } else { 3 };
    if planes.len() != count {
        let got = planes.len();
        return Err(refused(format!("frame: expected {count} planes of {}; got {got}; pass all of them", format.name)));
    }
    let items = [item(format.element)];
    let take = |what: &str, plane, shapes: &[&[Dim<'_>]]| {
        Array::new(plane, &Expected { what, items: &items, shapes, has_layout: false })
    };
    let luma = take("frame, plane 0", &planes[0], &[&[H, W]])?;
    let (height, width) = (luma.shape()[0], luma.shape()[1]);
    let [rows, columns] = chroma([height, width], halves);
    let [rows, columns, both] = [rows, columns, columns * 2].map(Dim::Just);
    let mut arrays = vec![luma];
    for (index, plane) in planes.iter().enumerate().skip(1) {
        let what = format!("frame, plane {index}");
        let pairs: &[Dim<'_>] = &[rows, columns, Dim::Just(2)];
        let flat: &[Dim<'_>] = &[rows, both];
        let single: &[Dim<'_>] = &[rows, columns];
        arrays.push(match shared {
            true => take(&what, plane, &[pairs, flat])?,
            false => take(&what, plane, &[single])?,
        });
    }
    Ok((arrays, (width, height)))
}

/// Width and height of a picture in one array.
fn size_of_whole(format: ArrayFormat, shape: &[usize], channels_first: bool) -> PyResult<(usize, usize)> {
    let (height, width) = match (format.shape, shape) {
        (Shape::Pixels(_), [_, height, width]) if channels_first => (*height, *width),
        (Shape::Planes { .. }, [_, height, width]) => (*height, *width),
        (Shape::Pixels(_), [height, width, ..]) => (*height, *width),
        (Shape::Planes { halves, .. }, [rows, width]) => {
            let (parts, of) = match halves {
                [true, true] => (3, 2),
                [true, false] => (2, 1),
                _ => (3, 1),
            };
            let height = rows / parts * of;
            let odd = (halves[0] && !width.is_multiple_of(2)) || (halves[1] && !height.is_multiple_of(2));
            if rows % parts != 0 || odd {
                return Err(refused(format!(
                    "frame: expected the rows of all planes of {} below each other, of even sides; got ({rows}, {width}); \
                     pass a tuple of the planes",
                    format.name
                )));
            }
            (height, *width)
        }
        _ => (0, 0),
    };
    Ok((width, height))
}

impl Form {
    /// Width and height.
    pub(super) fn size(&self) -> (u32, u32) {
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        (side(self.size.0), side(self.size.1))
    }

    /// The arrays of a picture, which must be as the first was.
    pub(super) fn arrays(&self, frame: &Bound<'_, PyAny>) -> PyResult<Vec<Array>> {
        let choice = Choice { format: Some(self.format), channels_first: self.channels_first };
        let (form, arrays) = choice.first(frame)?;
        if form.size != self.size {
            let ((width, height), (own_width, own_height)) = (form.size, self.size);
            return Err(refused(format!(
                "frame: expected {own_width}x{own_height} pixels, as the first frame had; got {width}x{height}; resize it, \
                 or write it with a VideoWriter of its own"
            )));
        }
        Ok(arrays)
    }

    /// Copies a picture: its planes one after another, without gaps.
    pub(super) fn fill(&self, arrays: &[Array], mut to: &mut [u8]) {
        for array in arrays {
            let turned = self.channels_first && matches!(self.format.shape, Shape::Pixels(_));
            let order: &[usize] = match array.shape().len() {
                3 if turned => &[1, 2, 0],
                3 => &[0, 1, 2],
                _ => &[0, 1],
            };
            let (part, rest) = std::mem::take(&mut to).split_at_mut(array.bytes());
            array.copy_part(order, 0..array.shape()[order[0]], part);
            to = rest;
        }
    }
}
