//! Arrays of Python's: whatever has the buffer protocol, checked, as memory to read or to write.
//!
//! The shape, strides and item type that come from outside are checked once, against what a caller [`Expected`]; after
//! that an [`Array`] is as safe as a slice. Its memory stays where it is for as long as the `Array` lives. Letting that
//! go needs the interpreter: an `Array` is dropped on the thread of the call that took it.

mod expected;
mod item;
mod strided;

use std::ops::Range;

use pyo3::buffer::PyUntypedBuffer;
use pyo3::prelude::*;

use crate::memory::Held;
pub(crate) use expected::{Dim, Expected};
pub(crate) use item::{Item, Sample};
use strided::Axis;
pub(crate) use strided::packed;

/// An array to read from.
#[derive(Debug)]
pub(crate) struct Array {
    held: Held,
    item: Item,
}

/// An array to write to: no two of its items share memory.
#[derive(Debug)]
pub(crate) struct ArrayMut(Array);

impl Array {
    /// Takes hold of an array. Objects without the buffer protocol are asked for one in Python, where tensors give theirs.
    pub(crate) fn new(object: &Bound<'_, PyAny>, expected: &Expected<'_>) -> PyResult<Self> {
        Self::of(object, expected, false)
    }

    fn of(object: &Bound<'_, PyAny>, expected: &Expected<'_>, writable: bool) -> PyResult<Self> {
        let py = object.py();
        let buffer = PyUntypedBuffer::get(object).or_else(|_| {
            let arrays = py.import("transcode_py.arrays")?;
            let arguments = (expected.what, expected.wanted(), object, writable);
            PyUntypedBuffer::get(&arrays.call_method1("strided", arguments)?)
        })?;
        let item = expected.check(&buffer)?;
        if writable {
            expected.check_writable(&buffer)?;
        }
        let held = Held::new(buffer).map_err(|buffer| expected.refuse_scattered(&buffer))?;
        Ok(Self { held, item })
    }

    /// What it is made of.
    pub(crate) fn item(&self) -> Item {
        self.item
    }

    /// Items along each axis.
    pub(crate) fn shape(&self) -> &[usize] {
        self.held.buffer().shape()
    }

    /// Bytes of all items.
    pub(crate) fn bytes(&self) -> usize {
        self.shape().iter().product::<usize>() * self.item.bytes()
    }

    /// Copies all of its items, one after another in the order of the shape, the last axis first. The GIL may be free.
    ///
    /// # Panics
    /// They are of another type, or more or fewer than there is room for.
    pub(crate) fn copy_to<T: Sample>(&self, to: &mut [T]) {
        assert_eq!(self.item, T::ITEM, "the items were asked for by their type");
        assert_eq!(size_of_val(to), self.bytes(), "as much room as there are items");
        let axes = self.axes().map(|(count, own, packed)| Axis { count, from: own, to: packed }).collect();
        let to = bytemuck::cast_slice_mut(to);
        strided::copy(self.held.bytes(), to, (self.held.first(), 0), axes, self.item.bytes());
    }

    /// Copies the bytes of its items, one after another in the order of the axes that `order` names, the last axis first; of
    /// the first of these axes, only `part`. The GIL may be free.
    ///
    /// # Panics
    /// The axes are not all named once, the part reaches beyond, or the bytes are more or fewer than there is room for.
    pub(crate) fn copy_part(&self, order: &[usize], part: Range<usize>, to: &mut [u8]) {
        let mut named = order.to_vec();
        named.sort_unstable();
        assert!(named.into_iter().eq(0..self.shape().len()), "every axis once: {order:?}");
        let mut own: Vec<_> =
            order.iter().map(|axis| (self.shape()[*axis], self.held.buffer().strides()[*axis])).collect();
        let mut first = self.held.first();
        if let Some((count, stride)) = own.first_mut() {
            assert!(part.start <= part.end && part.end <= *count, "{part:?} of {count}");
            first = first.wrapping_add_signed(part.start.cast_signed() * *stride);
            *count = part.len();
        }
        let counts: Vec<_> = own.iter().map(|(count, _)| *count).collect();
        assert_eq!(to.len(), counts.iter().product::<usize>() * self.item.bytes(), "as much room as there are items");
        let packed = strided::packed(&counts, self.item.bytes());
        let axes = own.into_iter().zip(packed).map(|((count, from), to)| Axis { count, from, to }).collect();
        strided::copy(self.held.bytes(), to, (first, 0), axes, self.item.bytes());
    }

    /// All of its items, as [`copy_to`](Self::copy_to) gives them.
    pub(crate) fn to_vec<T: Sample>(&self) -> Vec<T> {
        let mut out = vec![T::default(); self.shape().iter().product()];
        self.copy_to(&mut out);
        out
    }

    /// Each axis: its items, and bytes from one to the next here and where all are packed.
    fn axes(&self) -> impl Iterator<Item = (usize, isize, isize)> {
        let packed = strided::packed(self.shape(), self.item.bytes());
        let own = self.shape().iter().copied().zip(self.held.buffer().strides().iter().copied());
        own.zip(packed).map(|((count, own), packed)| (count, own, packed))
    }
}

impl ArrayMut {
    /// Takes hold of an array that can be written to.
    pub(crate) fn new(object: &Bound<'_, PyAny>, expected: &Expected<'_>) -> PyResult<Self> {
        Array::of(object, expected, true).map(Self)
    }

    /// Items along each axis.
    pub(crate) fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    /// All of its items, where they lie one after another in the order of the shape. The GIL may be free.
    ///
    /// # Panics
    /// They are of another type.
    pub(crate) fn packed<T: Sample>(&mut self) -> Option<&mut [T]> {
        let Self(array) = self;
        assert_eq!(array.item, T::ITEM, "the items were asked for by their type");
        let is_packed = array.axes().all(|(count, own, packed)| count == 1 || own == packed);
        let bytes = array.held.bytes_mut().filter(|_| is_packed)?;
        bytemuck::try_cast_slice_mut(bytes).ok()
    }

    /// Fills it with as many items as it has, in the order of the shape, the last axis first. The GIL may be free.
    ///
    /// # Panics
    /// They are of another type, or more or fewer than there is room for.
    pub(crate) fn fill<T: Sample>(&mut self, items: &[T]) {
        let Self(array) = self;
        assert_eq!(array.item, T::ITEM, "the items were asked for by their type");
        assert_eq!(size_of_val(items), array.bytes(), "as many items as there is room for");
        let axes = array.axes().map(|(count, own, packed)| Axis { count, from: packed, to: own }).collect();
        let (first, bytes) = (array.held.first(), array.item.bytes());
        let to = array.held.bytes_mut().expect("it was seen that it can be written to");
        strided::copy(bytemuck::cast_slice(items), to, (0, first), axes, bytes);
    }
}
