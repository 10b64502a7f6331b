//! Arrays of Python's: whatever has the buffer protocol, checked, as memory to read or to write.
//!
//! The shape, strides and item type that come from outside are checked once, against what a caller [`Expected`]; after
//! that an [`Array`] is as safe as a slice. Its memory stays where it is for as long as the `Array` lives. Letting that
//! go needs the interpreter: an `Array` is dropped on the thread of the call that took it.
#![expect(unsafe_code, reason = "memory of Python objects is reached through pointers")]

mod expected;
mod item;
mod strided;

use std::ops::Range;

use pyo3::buffer::PyUntypedBuffer;
use pyo3::prelude::*;

pub(crate) use expected::{Dim, Expected};
pub(crate) use item::{Item, Sample};
use strided::Axis;

/// An array to read from.
#[derive(Debug)]
pub(crate) struct Array {
    buffer: PyUntypedBuffer,
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
        Ok(Self { buffer, item })
    }

    /// What it is made of.
    pub(crate) fn item(&self) -> Item {
        self.item
    }

    /// Items along each axis.
    pub(crate) fn shape(&self) -> &[usize] {
        self.buffer.shape()
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
        // SAFETY: an exporter promises that every item of shape and strides lies in memory that stays for as long as the
        // buffer is held, which `self` does; `check` has refused other kinds of it. What another thread writes there
        // meanwhile can come out mixed, as it does for every reader of such memory. `to` has room for all items, packed,
        // and any bits are a value of a `Sample`.
        unsafe { strided::copy(self.start(), to.as_mut_ptr().cast(), axes, self.item.bytes()) }
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
        let mut own: Vec<_> = order.iter().map(|axis| (self.shape()[*axis], self.buffer.strides()[*axis])).collect();
        let mut start = self.start();
        if let Some((count, stride)) = own.first_mut() {
            assert!(part.start <= part.end && part.end <= *count, "{part:?} of {count}");
            start = start.wrapping_offset(part.start.cast_signed() * *stride);
            *count = part.len();
        }
        let counts: Vec<_> = own.iter().map(|(count, _)| *count).collect();
        assert_eq!(to.len(), counts.iter().product::<usize>() * self.item.bytes(), "as much room as there are items");
        let packed = strided::packed(&counts, self.item.bytes());
        let axes = own.into_iter().zip(packed).map(|((count, from), to)| Axis { count, from, to }).collect();
        // SAFETY: as in `copy_to`: some of the same items, whose axes are all there once; bytes have any alignment, and the
        // copy asks for none.
        unsafe { strided::copy(start, to.as_mut_ptr(), axes, self.item.bytes()) }
    }

    /// All of its items, as [`copy_to`](Self::copy_to) gives them.
    pub(crate) fn to_vec<T: Sample>(&self) -> Vec<T> {
        let mut out = vec![T::default(); self.shape().iter().product()];
        self.copy_to(&mut out);
        out
    }

    fn start(&self) -> *mut u8 {
        self.buffer.buf_ptr().cast()
    }

    /// Each axis: its items, and bytes from one to the next here and where all are packed.
    fn axes(&self) -> impl Iterator<Item = (usize, isize, isize)> {
        let packed = strided::packed(self.shape(), self.item.bytes());
        let own = self.shape().iter().copied().zip(self.buffer.strides().iter().copied());
        own.zip(packed).map(|((count, own), packed)| (count, own, packed))
    }
}

impl ArrayMut {
    /// Takes hold of an array that can be written to.
    pub(crate) fn new(object: &Bound<'_, PyAny>, expected: &Expected<'_>) -> PyResult<Self> {
        let array = Array::of(object, expected, true)?;
        expected.check_writable(&array.buffer)?;
        Ok(Self(array))
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
        let start = array.start().cast::<T>();
        let count = array.shape().iter().product();
        // SAFETY: as in `fill`: the exporter lets the memory be written to, and keeps it for as long as `self` holds the buffer;
        // the items are packed, and aligned as is checked here. Python code that uses them meanwhile sees some of what is
        // written, as with every function that fills an array.
        (is_packed && start.is_aligned()).then(|| unsafe { std::slice::from_raw_parts_mut(start, count) })
    }

    /// Fills it with as many items as it has, in the order of the shape, the last axis first. The GIL may be free.
    ///
    /// # Panics
    /// They are of another type, or more or fewer than there is room for.
    pub(crate) fn fill<T: Sample>(&mut self, items: &[T]) {
        let Self(array) = self;
        assert_eq!(array.item, T::ITEM, "the items were asked for by their type");
        assert_eq!(size_of_val(items), array.bytes(), "as many items as there is room for");
        let axes = array.axes().map(|(count, own, packed)| Axis { count, from: packed, to: own });
        // SAFETY: as in `copy_to`, the other way: `items` has all of them packed, and `new` has made sure that the exporter
        // lets the memory be written to, and that no two items overlap.
        unsafe { strided::copy(items.as_ptr().cast(), array.start(), axes.collect(), array.item.bytes()) }
    }
}
