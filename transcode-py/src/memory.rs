//! Memory of ours as Python sees it: an object with the buffer protocol, of which NumPy makes an array without a copy. And
//! Python's as we see it ([`Held`]).
#![expect(unsafe_code, reason = "the buffer protocol hands out pointers")]

mod held;

use std::any::Any;
use std::ffi::c_int;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use transcode_pipeline::reading::Frame;

use crate::array::{Item, Sample, packed};
pub(crate) use held::Held;

/// Items in memory that something keeps alive for as long as this or any view of it.
#[pyclass(frozen, module = "transcode_py._native")]
pub(crate) struct Memory {
    start: *mut u8,
    item: Item,
    /// Items along each axis, and bytes between them: views point here.
    shape: Box<[ffi::Py_ssize_t]>,
    strides: Box<[ffi::Py_ssize_t]>,
    bytes: ffi::Py_ssize_t,
    writable: bool,
    _owner: Box<dyn Any + Send + Sync>,
}

// SAFETY: the owner may go to any thread, and nothing of ours reads or writes the memory any more; Python code that does
// so from two threads has what it has with any of its arrays.
unsafe impl Send for Memory {}
// SAFETY: as above; every other field is only read.
unsafe impl Sync for Memory {}

impl Memory {
    /// All of `items`, in the order of the shape, the last axis first.
    ///
    /// # Panics
    /// There are more or fewer items than the shape has.
    pub(crate) fn packed<T: Sample>(mut items: Vec<T>, shape: &[usize]) -> Self {
        assert_eq!(
            Some(items.len()),
            shape.iter().try_fold(1usize, |all, count| all.checked_mul(*count)),
            "a whole array"
        );
        let strides = packed(shape, size_of::<T>());
        let start = items.as_mut_ptr().cast();
        // SAFETY: the vector's own memory has all items of the shape; it does not move with the vector, which nobody
        // touches any more.
        unsafe { Self::new(Box::new(items), start, T::ITEM, shape, &strides, true) }
    }

    /// A plane of a picture, as it lies there; one channel has no axis of its own unless `pixels` are counted. `None` where
    /// its samples are other than bytes and words. It can be written to where no decoder and no other frame uses it.
    pub(crate) fn plane(frame: &Arc<Mutex<Frame>>, index: usize, pixels: bool) -> Option<Self> {
        let (plane, writable) = {
            let frame = frame.lock().unwrap_or_else(PoisonError::into_inner);
            (frame.plane_memory(index)?, frame.is_writable())
        };
        let item = if plane.bytes == 1 { Item::U8 } else { Item::U16 };
        let bytes = plane.bytes.cast_signed();
        let place = plane.channels.cast_signed() * bytes;
        let axes = if pixels || plane.channels > 1 { 3 } else { 2 };
        let (shape, strides) = ([plane.height, plane.width, plane.channels], [plane.stride, place, bytes]);
        // SAFETY: every sample of the plane lies in a buffer of the frame, which its owner keeps and nobody moves. Where it
        // can be written to, no other frame shares the buffer, and this one is only read by its owner, for its pointers.
        let memory = unsafe {
            Self::new(Box::new(Arc::clone(frame)), plane.start, item, &shape[..axes], &strides[..axes], writable)
        };
        Some(memory)
    }

    pub(crate) fn shape(&self) -> Vec<usize> {
        self.shape.iter().map(|count| count.cast_unsigned()).collect()
    }

    /// # Safety
    /// Every item of shape and strides from `start` lies in memory that `owner` keeps in its place, and that nobody writes to;
    /// where it is `writable`, but whoever has this object.
    unsafe fn new(
        owner: Box<dyn Any + Send + Sync>,
        start: *mut u8,
        item: Item,
        shape: &[usize],
        strides: &[isize],
        writable: bool,
    ) -> Self {
        let bytes = shape.iter().product::<usize>() * item.bytes();
        Self {
            start,
            item,
            shape: shape.iter().map(|count| count.cast_signed()).collect(),
            strides: strides.into(),
            bytes: bytes.cast_signed(),
            writable,
            _owner: owner,
        }
    }

    /// Whether the items lie one after another in the order of the shape, the axes taken in `order`.
    fn is_contiguous<'a>(&'a self, order: impl Iterator<Item = (&'a isize, &'a isize)>) -> bool {
        let mut step = self.item.bytes().cast_signed();
        for (count, stride) in order.filter(|(count, _)| **count != 1) {
            if *stride != step {
                return false;
            }
            step *= count;
        }
        true
    }
}

#[pymethods]
impl Memory {
    /// # Safety
    /// Python's own: `view` is to be filled.
    pub(crate) unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let asked = |flag: c_int| flags & flag == flag;
        let this = slf.get();
        let rows = this.is_contiguous(this.shape.iter().zip(&this.strides).rev());
        let columns = this.is_contiguous(this.shape.iter().zip(&this.strides));
        let refused = (asked(ffi::PyBUF_C_CONTIGUOUS) && !rows)
            || (asked(ffi::PyBUF_F_CONTIGUOUS) && !columns)
            || (asked(ffi::PyBUF_ANY_CONTIGUOUS) && !rows && !columns)
            || (!asked(ffi::PyBUF_STRIDES) && !rows);
        if refused {
            return Err(PyBufferError::new_err("the memory is strided; ask for strides"));
        }
        if asked(ffi::PyBUF_WRITABLE) && !this.writable {
            return Err(PyBufferError::new_err("the decoder still reads this memory; copy it to write to it"));
        }
        let format = if asked(ffi::PyBUF_FORMAT) { this.item.format().as_ptr().cast_mut() } else { ptr::null_mut() };
        let shape = if asked(ffi::PyBUF_ND) { this.shape.as_ptr().cast_mut() } else { ptr::null_mut() };
        let strides = if asked(ffi::PyBUF_STRIDES) { this.strides.as_ptr().cast_mut() } else { ptr::null_mut() };
        let filled = ffi::Py_buffer {
            buf: this.start.cast(),
            len: this.bytes,
            itemsize: this.item.bytes().cast_signed(),
            readonly: c_int::from(!this.writable),
            ndim: c_int::try_from(this.shape.len()).unwrap_or(c_int::MAX),
            format,
            shape,
            strides,
            suboffsets: ptr::null_mut(),
            internal: ptr::null_mut(),
            // Last: from here on the view holds the object, and so all that is pointed at.
            obj: slf.clone().into_ptr(),
        };
        // SAFETY: Python passes a view to fill.
        unsafe { view.write(filled) };
        Ok(())
    }
}
