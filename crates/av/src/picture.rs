//! Pictures as planes of samples, to read and to write.

use std::slice;

use ffmpeg_sys_next as ffi;
use transcode_kernels::{Plane, PlaneMut};

use crate::error::{Error, ErrorKind, Result, check};
use crate::format::PixelFormat;
use crate::frame::Frame;

/// Layouts whose memory is not an array of samples: bits, indices of a palette, handles of a device, a mosaic.
const NOT_SAMPLES: i32 = ffi::AV_PIX_FMT_FLAG_BITSTREAM
    | ffi::AV_PIX_FMT_FLAG_PAL
    | ffi::AV_PIX_FMT_FLAG_HWACCEL
    | ffi::AV_PIX_FMT_FLAG_BAYER
    | ffi::AV_PIX_FMT_FLAG_FLOAT;

/// One plane of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PlaneLayout {
    /// Bytes of a sample.
    bytes: usize,
    /// Bytes from one group of samples to the next: one pixel, or two where they share their chroma.
    step: usize,
    /// Pixels that a group, and a row, stand for, as powers of two.
    log2_width: u32,
    log2_height: u32,
}

/// One plane of a picture that is stored without gaps, plane after plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPlane {
    /// Bytes of a sample.
    pub bytes: usize,
    /// Samples of a row, all components of a pixel counted.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl PixelFormat {
    /// The planes of a picture of that size that is stored without gaps; `None` where its memory is other than whole bytes
    /// or native words, each a sample, or larger than memory can be.
    pub fn stored(self, width: u32, height: u32) -> Option<Vec<StoredPlane>> {
        let plane = |index| {
            let layout = self.plane(index)?;
            let row = (width.div_ceil(1 << layout.log2_width) as usize).checked_mul(layout.step)?;
            let height = height.div_ceil(1 << layout.log2_height) as usize;
            row.checked_mul(height)?;
            Some(StoredPlane { bytes: layout.bytes, width: row / layout.bytes, height })
        };
        (0..self.planes()).map(plane).collect()
    }

    /// Bits of a sample, where every component has a plane of its own, in the low bits of bytes or native words:
    /// `yuv420p`, `gbrp10`, `gray`, but not `nv12` or `p010`.
    pub fn planar_bits(self) -> Option<u32> {
        let descriptor = self.descriptor()?;
        let components = descriptor.comp.get(..usize::from(descriptor.nb_components))?;
        let bits = components.first()?.depth;
        let bytes = if bits > 8 { 2 } else { 1 };
        let alone = |(at, c): (usize, &ffi::AVComponentDescriptor)| {
            let others = components.iter().enumerate().all(|(other, o)| other == at || o.plane != c.plane);
            others && c.depth == bits && c.shift == 0 && c.offset == 0 && c.step == bytes
        };
        let planar = components.iter().enumerate().all(alone);
        let known = (0..self.planes()).all(|plane| self.plane(plane).is_some());
        (planar && known).then_some(bits.unsigned_abs())
    }

    /// How many planes a picture has.
    pub fn planes(self) -> usize {
        let Some(descriptor) = self.descriptor() else { return 0 };
        let components = descriptor.comp.iter().take(usize::from(descriptor.nb_components));
        components.map(|c| c.plane.unsigned_abs() as usize + 1).max().unwrap_or(0)
    }

    /// The layout of a plane; `None` where its memory is other than whole bytes or native words, each a sample.
    fn plane(self, index: usize) -> Option<PlaneLayout> {
        let descriptor = self.descriptor()?;
        if descriptor.flags & u64::from(NOT_SAMPLES.unsigned_abs()) != 0 {
            return None;
        }
        let components = descriptor.comp.iter().take(usize::from(descriptor.nb_components)).enumerate();
        let here = || components.clone().filter(|(_, c)| c.plane.unsigned_abs() as usize == index);
        let bytes = match here().map(|(_, c)| c.depth).min()? {
            8 => 1,
            9..=16 => 2,
            _ => return None,
        };
        let swapped =
            (descriptor.flags & u64::from(ffi::AV_PIX_FMT_FLAG_BE.unsigned_abs()) != 0) != cfg!(target_endian = "big");
        let whole = |c: &ffi::AVComponentDescriptor| {
            c.depth + c.shift <= bytes * 8 && c.depth > (bytes - 1) * 8 && c.offset % bytes == 0 && c.step % bytes == 0
        };
        if (bytes == 2 && swapped) || !here().all(|(_, c)| whole(c)) {
            return None;
        }
        // As FFmpeg measures a row: in groups of the component that lies farthest apart.
        let widest = here().rev().max_by_key(|(_, c)| c.step)?;
        let chroma = matches!(widest.0, 1 | 2);
        let step = usize::try_from(widest.1.step).ok()?;
        Some(PlaneLayout {
            bytes: bytes.unsigned_abs() as usize,
            step,
            log2_width: if chroma { descriptor.log2_chroma_w.into() } else { 0 },
            log2_height: if matches!(index, 1 | 2) { descriptor.log2_chroma_h.into() } else { 0 },
        })
    }
}

/// Where the samples of a plane lie: `length` of them from `start`, all within a buffer of the frame.
#[derive(Clone, Copy)]
struct Span {
    start: *mut u8,
    length: usize,
    width: usize,
    height: usize,
    stride: usize,
    upside_down: bool,
}

impl Frame {
    /// A picture of zeroes that nobody shares.
    ///
    /// # Errors
    /// There is no such size, the format is a device's, or memory ran out.
    pub fn picture(format: PixelFormat, width: u32, height: u32) -> Result<Self> {
        let (Ok(w), Ok(h)) = (i32::try_from(width), i32::try_from(height)) else {
            let message = format!("a picture of {width}x{height} pixels is larger than FFmpeg can hold");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        };
        let mut frame = Self::new()?;
        // SAFETY: the frame is ours and empty; the buffers are made for the fields that are set before, nobody shares
        // them, and each entry of `buf` is null or one of them.
        let code = unsafe {
            let raw = &mut *frame.as_mut_ptr();
            (raw.width, raw.height, raw.format) = (w, h, format.0);
            let code = ffi::av_frame_get_buffer(raw, 0);
            for buffer in raw.buf.iter().filter_map(|buffer| buffer.as_ref()) {
                buffer.data.write_bytes(0, buffer.size);
            }
            code
        };
        check(code, ErrorKind::InvalidArgument, format_args!("a picture of {width}x{height} pixels"))?;
        Ok(frame)
    }

    /// Plane `index` of a picture whose samples are bytes. `None` for sound, for a plane that is not there or has no
    /// pixels, and for other samples. An interleaved plane has all samples of its pixels in a row.
    pub fn plane_u8(&self, index: usize) -> Option<Plane<'_, u8>> {
        let span = self.span(index, 1)?;
        // SAFETY: `span` lies in a buffer of this frame, which is borrowed for as long as the slice is, and nobody
        // writes to a frame's data but through a frame that shares it with none (`plane_u8_mut`).
        let data = unsafe { slice::from_raw_parts(span.start, span.length) };
        span.over(data)
    }

    /// The same for samples that are native words of 16 bits, however many of them are used.
    pub fn plane_u16(&self, index: usize) -> Option<Plane<'_, u16>> {
        let span = self.span(index, 2)?;
        // SAFETY: as in `plane_u8`; start and stride are even, which `span` has checked, and any bits are a word.
        let data = unsafe { slice::from_raw_parts(span.start.cast(), span.length) };
        span.over(data)
    }

    /// Plane `index` of a picture whose samples are bytes, to write: `None` also where other frames share the data,
    /// and where its rows lie upside down.
    pub fn plane_u8_mut(&mut self, index: usize) -> Option<PlaneMut<'_, u8>> {
        self.planes_u8_mut([index]).map(|[plane]| plane)
    }

    /// The same for samples that are native words of 16 bits, however many of them are used.
    pub fn plane_u16_mut(&mut self, index: usize) -> Option<PlaneMut<'_, u16>> {
        self.planes_u16_mut([index]).map(|[plane]| plane)
    }

    /// Several planes at once, as [`plane_u8_mut`](Self::plane_u8_mut) gives them; `None` also where they overlap.
    pub fn planes_u8_mut<const N: usize>(&mut self, indices: [usize; N]) -> Option<[PlaneMut<'_, u8>; N]> {
        let spans = self.writable_spans(indices, 1)?;
        let planes = spans.map(|span| {
            // SAFETY: each span lies in a buffer of this frame, overlaps none of the others, and is shared with no
            // other frame (`writable_spans`); this one is borrowed mutably for as long as the slices are.
            span.over_mut(unsafe { slice::from_raw_parts_mut(span.start, span.length) })
        });
        all(planes)
    }

    /// Several planes at once, as [`plane_u16_mut`](Self::plane_u16_mut) gives them; `None` also where they overlap.
    pub fn planes_u16_mut<const N: usize>(&mut self, indices: [usize; N]) -> Option<[PlaneMut<'_, u16>; N]> {
        let spans = self.writable_spans(indices, 2)?;
        let planes = spans.map(|span| {
            // SAFETY: as in `planes_u8_mut`; start and stride are even, which `span` has checked.
            span.over_mut(unsafe { slice::from_raw_parts_mut(span.start.cast(), span.length) })
        });
        all(planes)
    }

    /// Plane `index` as memory: where it lies and how, for those who hold on to the frame and speak of memory in pointers.
    /// `None` as for [`plane_u8`](Self::plane_u8), for samples of any whole number of bytes.
    pub fn plane_memory(&self, index: usize) -> Option<PlaneMemory> {
        let layout = self.pixel_format()?.plane(index)?;
        let (bytes, channels) = (layout.bytes, layout.step / layout.bytes);
        let span = self.span(index, bytes)?;
        let stride = (span.stride * bytes).cast_signed();
        let down = stride * (span.height.cast_signed() - 1);
        let (start, stride) =
            if span.upside_down { (span.start.wrapping_offset(down), -stride) } else { (span.start, stride) };
        Some(PlaneMemory { start, bytes, channels, width: span.width / channels, height: span.height, stride })
    }

    /// Whether no other frame shares the data.
    pub fn is_writable(&self) -> bool {
        // SAFETY: a valid frame, which is only read: the pointer is not const because FFmpeg's signature is older.
        unsafe { ffi::av_frame_is_writable(self.as_ptr().cast_mut()) > 0 }
    }

    fn writable_spans<const N: usize>(&mut self, indices: [usize; N], bytes: usize) -> Option<[Span; N]> {
        if !self.is_writable() {
            return None;
        }
        let spans = all(indices.map(|index| self.span(index, bytes).filter(|span| !span.upside_down)))?;
        let ranges = spans.map(|span| (span.start.addr(), span.start.addr() + span.length * bytes));
        let apart = |(at, a): (usize, &(usize, usize))| ranges.iter().take(at).all(|b| a.1 <= b.0 || b.1 <= a.0);
        ranges.iter().enumerate().all(apart).then_some(spans)
    }

    /// Where plane `index` lies, if its samples have `bytes` bytes. All of it is inside one buffer of the frame, and
    /// start and stride are whole samples: checked here, for decoders and filters of others wrote these numbers.
    fn span(&self, index: usize, bytes: usize) -> Option<Span> {
        // SAFETY: never null, and owned by self.
        let raw = unsafe { &*self.as_ptr() };
        if self.width() == 0 || self.height() == 0 {
            return None;
        }
        let layout = self.pixel_format()?.plane(index).filter(|layout| layout.bytes == bytes)?;
        let row = (self.width().div_ceil(1 << layout.log2_width) as usize).checked_mul(layout.step)?;
        let height = self.height().div_ceil(1 << layout.log2_height) as usize;
        let (data, line) = (*raw.data.get(index)?, isize::try_from(*raw.linesize.get(index)?).ok()?);
        let stride = line.unsigned_abs();
        let before_last = stride.checked_mul(height - 1)?;
        let length = before_last.checked_add(row)?;
        let upside_down = line < 0;
        let start = data.addr().checked_sub(if upside_down { before_last } else { 0 })?;
        let end = start.checked_add(length)?;
        // SAFETY: each entry of `buf` is null or a valid buffer reference of this frame.
        let mut buffers = raw.buf.iter().filter_map(|buffer| unsafe { buffer.as_ref() });
        let inside = buffers.any(|buffer| buffer.data.addr() <= start && end <= buffer.data.addr() + buffer.size);
        if !inside || data.is_null() || !start.is_multiple_of(bytes) || !stride.is_multiple_of(bytes) {
            return None;
        }
        let [length, width, stride] = [length, row, stride].map(|size| size / bytes);
        Some(Span { start: data.with_addr(start), length, width, height, stride, upside_down })
    }
}

/// A plane in memory.
#[derive(Clone, Copy, Debug)]
pub struct PlaneMemory {
    /// Its first sample.
    pub start: *mut u8,
    /// Bytes a sample.
    pub bytes: usize,
    /// Samples that lie side by side in each place of a row.
    pub channels: usize,
    /// Places in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes from one row to the next; negative where they lie upside down.
    pub stride: isize,
}

impl Span {
    fn over<T>(self, data: &[T]) -> Option<Plane<'_, T>> {
        let plane = Plane::new(data, self.width, self.height, self.stride).ok()?;
        Some(if self.upside_down { plane.upside_down() } else { plane })
    }

    fn over_mut<T>(self, data: &mut [T]) -> Option<PlaneMut<'_, T>> {
        PlaneMut::new(data, self.width, self.height, self.stride).ok()
    }
}

/// All of them, or none.
fn all<T, const N: usize>(items: [Option<T>; N]) -> Option<[T; N]> {
    let found: Vec<T> = items.into_iter().flatten().collect();
    found.try_into().ok()
}
