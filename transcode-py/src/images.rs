//! Images in and out of arrays.

use pyo3::prelude::*;

use crate::array::{Array, ArrayMut, Dim, Expected, Item, Sample};
use crate::memory::Memory;

const SHAPES: &[&[Dim<'_>]] =
    &[&[Dim::Side("H"), Dim::Side("W"), Dim::Of(&[1, 3, 4])], &[Dim::Side("H"), Dim::Side("W")]];

/// A copy of an array of pixels, into memory of its own or into another array.
#[pyfunction]
#[pyo3(signature = (image, out=None))]
pub(crate) fn packed(image: &Bound<'_, PyAny>, out: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Memory>> {
    let items = [Item::U8, Item::U16];
    let expected = Expected { what: "image", items: &items, shapes: SHAPES, has_layout: false };
    let image = Array::new(image, &expected)?;
    match image.item() {
        Item::U8 => copied::<u8>(&image, out),
        _ => copied::<u16>(&image, out),
    }
}

fn copied<T: Sample>(image: &Array, out: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Memory>> {
    let items = image.to_vec::<T>();
    let Some(out) = out else { return Ok(Some(Memory::packed(items, image.shape()))) };
    let counts: Vec<[usize; 1]> = image.shape().iter().map(|count| [*count]).collect();
    let dims: Vec<Dim<'_>> = counts.iter().map(|count| Dim::Of(count)).collect();
    let item = [image.item()];
    let expected = Expected { what: "out", items: &item, shapes: &[&dims], has_layout: false };
    ArrayMut::new(out, &expected)?.fill(&items);
    Ok(None)
}
