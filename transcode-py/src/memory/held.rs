//! Memory of Python objects, lent to us by the buffer protocol.

use pyo3::buffer::PyUntypedBuffer;

/// All the bytes that the items of a buffer lie in, for as long as it is held. Letting it go needs the interpreter.
///
/// What another thread of Python's writes there meanwhile can come out mixed, as it does for every reader of such memory.
#[derive(Debug)]
pub(crate) struct Held {
    buffer: PyUntypedBuffer,
    /// Bytes before the first item, where strides lead backwards, and in all.
    first: usize,
    length: usize,
}

impl Held {
    /// Gives the buffer back where its items do not lie in one piece of memory.
    pub(crate) fn new(buffer: PyUntypedBuffer) -> Result<Self, PyUntypedBuffer> {
        match extent(&buffer) {
            Some((first, length)) => Ok(Self { buffer, first, length }),
            None => Err(buffer),
        }
    }

    /// What is known of it.
    pub(crate) fn buffer(&self) -> &PyUntypedBuffer {
        &self.buffer
    }

    /// Where the first item lies in the bytes.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: an exporter promises that every item of shape and strides lies in memory that stays where it is for as long
        // as the buffer is held, which `self` does: from the lowest to the end of the highest, as `new` has added up. The
        // slice lives no longer, and any bits are bytes.
        unsafe { std::slice::from_raw_parts(self.start(), self.length) }
    }

    /// The same to write to; `None` where the exporter does not let us.
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        if self.buffer.readonly() {
            return None;
        }
        if self.length == 0 {
            return Some(&mut []);
        }
        // SAFETY: as in `bytes`; the exporter lets the memory be written to, and nothing of ours has another slice of it while
        // `self` is borrowed mutably.
        Some(unsafe { std::slice::from_raw_parts_mut(self.start(), self.length) })
    }

    /// The lowest byte of any item.
    fn start(&self) -> *mut u8 {
        self.buffer.buf_ptr().cast::<u8>().wrapping_sub(self.first)
    }
}

/// Bytes from the lowest byte of any item to the first item, and to the end of the highest; `None` where shape and strides
/// reach further than memory does, or items lie behind pointers.
fn extent(buffer: &PyUntypedBuffer) -> Option<(usize, usize)> {
    if buffer.suboffsets().is_some_and(|offsets| offsets.iter().any(|offset| *offset >= 0)) {
        return None;
    }
    if buffer.shape().contains(&0) {
        return Some((0, 0));
    }
    let (mut before, mut after) = (0_usize, buffer.item_size());
    for (count, stride) in buffer.shape().iter().zip(buffer.strides()) {
        let side = if *stride < 0 { &mut before } else { &mut after };
        *side = side.checked_add(stride.unsigned_abs().checked_mul(count - 1)?)?;
    }
    let length = before.checked_add(after)?;
    isize::try_from(length).ok()?;
    Some((before, length))
}
