//! Image files in and out of arrays.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use transcode_pipeline as pipeline;
use transcode_pipeline::image::{EncodeImage, ImageFormat, Mode, Picture, ReadImage, Samples};
use transcode_pipeline::{Control, ErrorKind};

use crate::array::{Array, ArrayMut, Dim, Expected, Item, Sample};
use crate::errors::Failure;
use crate::job::{Media, input_from};
use crate::memory::Memory;
use crate::task::{Task, quick};

/// Reads an image. The result: its samples.
#[pyfunction]
pub(crate) fn read_image(
    input: Media<'_>,
    format: Option<&str>,
    mode: Option<&str>,
    deep: Option<bool>,
    upright: bool,
    max_pixels: u32,
) -> PyResult<Task> {
    let control = Control::new();
    let format = format.map(|format| quick(|| ImageFormat::parse(format))).transpose()?;
    let mode = mode.map(|mode| quick(|| Mode::parse(mode))).transpose()?;
    let job = ReadImage { input: input_from(&control, &input)?, format, mode, deep, upright, max_pixels };
    Ok(Task::new(control, None, move |control| {
        let picture = pipeline::image::read_image(job, control)?;
        Ok(Box::new(move |py| memory(picture).into_bound_py_any(py)))
    }))
}

fn memory(picture: Picture) -> Memory {
    let Picture { width, height, channels, samples } = picture;
    let shape = [height, width, channels];
    match samples {
        Samples::Bytes(items) => Memory::packed(items, &shape),
        Samples::Words(items) => Memory::packed(items, &shape),
    }
}

const CHANNELS: Dim<'_> = Dim::Of(&[1, 2, 3, 4]);
const IMAGE: Expected<'_> = Expected {
    what: "image",
    items: &[Item::U8, Item::U16],
    shapes: &[&[Dim::Side("H"), Dim::Side("W"), CHANNELS], &[Dim::Side("H"), Dim::Side("W")]],
    has_layout: false,
};

/// Encodes an array. The result: the bytes of an image file, or nothing where it was written to a path.
#[pyfunction]
pub(crate) fn write_image(
    image: &Bound<'_, PyAny>,
    path: Option<std::path::PathBuf>,
    format: Option<&str>,
    quality: Option<u8>,
    lossless: Option<bool>,
    overwrite: bool,
) -> PyResult<Task> {
    let format = format.map(|format| quick(|| ImageFormat::parse(format))).transpose()?;
    let array = Array::new(image, &IMAGE)?;
    // Copied with the GIL free, and before anybody can change the array again.
    let picture = image.py().detach(|| picture(&array))?;
    drop(array);
    let encode = move |format| EncodeImage { picture, format, quality, lossless };
    Ok(Task::new(Control::new(), None, move |control| match (path, format) {
        (Some(path), format) => {
            pipeline::image::write_image(path, format, overwrite, encode, control)?;
            Ok(Box::new(move |py| Ok(py.None().into_bound(py))))
        }
        (None, format) => {
            let data = pipeline::image::encode_image(encode(format.unwrap_or(ImageFormat::Png)), control)?;
            Ok(Box::new(move |py| Ok(PyBytes::new(py, &data).into_any())))
        }
    }))
}

fn picture(array: &Array) -> PyResult<Picture> {
    let (height, width, channels) = match *array.shape() {
        [height, width, channels] => (height, width, channels),
        [height, width] => (height, width, 1),
        _ => return Err(Failure::new(ErrorKind::Bug, "an array of another rank; please report it").into()),
    };
    let samples = match array.item() {
        Item::U8 => Samples::Bytes(array.to_vec()),
        _ => Samples::Words(array.to_vec()),
    };
    Ok(Picture { width, height, channels, samples })
}

/// Copies the pixels of one array into another of their size.
#[pyfunction]
pub(crate) fn fill(image: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    let image = Array::new(image, &IMAGE)?;
    let dims: Vec<Dim<'_>> = image.shape().iter().map(|count| Dim::Just(*count)).collect();
    let item = [image.item()];
    let expected = Expected { what: "out", items: &item, shapes: &[&dims], has_layout: false };
    let mut to = ArrayMut::new(out, &expected)?;
    out.py().detach(|| match image.item() {
        Item::U8 => copy::<u8>(&image, &mut to),
        _ => copy::<u16>(&image, &mut to),
    });
    Ok(())
}

/// At once where the items lie packed there.
fn copy<T: Sample>(image: &Array, to: &mut ArrayMut) {
    match to.packed::<T>() {
        Some(items) => image.copy_to(items),
        None => to.fill::<T>(&image.to_vec()),
    }
}
