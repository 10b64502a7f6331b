//! Pictures and packets of one size, made again and again.

use std::ptr::NonNull;

use ffmpeg_sys_next as ffi;

use crate::error::{Result, no_memory};
use crate::format::PixelFormat;
use crate::frame::Frame;
use crate::packet::Packet;

/// Makes pictures of one size and format in memory that is used again once nobody holds it any more: zeroed once, and
/// not fetched anew for every picture.
#[derive(Debug)]
pub struct Pictures {
    /// A picture whose layout the others have.
    model: Frame,
    pools: Vec<Pool>,
    /// The pool that holds each plane, and where in its buffers the plane begins.
    planes: Vec<(usize, usize)>,
}

/// Packets of one size, in memory that is used again once nobody holds it any more.
#[derive(Debug)]
pub struct Blocks {
    pool: Pool,
    size: usize,
}

impl Blocks {
    /// Packets of `size` bytes.
    ///
    /// # Errors
    /// Memory ran out, or the packets are too large for FFmpeg.
    pub fn new(size: usize) -> Result<Self> {
        let padded = size.checked_add(ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize);
        let padded = padded.filter(|size| i32::try_from(*size).is_ok()).ok_or_else(|| no_memory("packets"))?;
        Ok(Self { pool: Pool::new(padded)?, size })
    }

    /// A packet that decoding can start at and that nobody shares. Its data are zeroes, or those of an earlier one.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn make(&self) -> Result<Packet> {
        let mut packet = Packet::new()?;
        // SAFETY: the packet is ours and empty and owns the reference from here on; the buffer holds `size` bytes and the
        // padding behind them, which stays zero. Null is checked before it is used, and `size` fits (`new`).
        unsafe {
            let raw = &mut *packet.as_mut_ptr();
            raw.buf = ffi::av_buffer_pool_get(self.pool.0.as_ptr());
            if raw.buf.is_null() {
                return Err(no_memory("a packet"));
            }
            raw.data = (*raw.buf).data;
            raw.size = i32::try_from(self.size).unwrap_or(i32::MAX);
        }
        packet.set_key();
        Ok(packet)
    }
}

/// Buffers of one size, some of them in use.
#[derive(Debug)]
struct Pool(NonNull<ffi::AVBufferPool>);

// SAFETY: FFmpeg locks what a pool and its buffers share, and this is the only handle on the pool.
unsafe impl Send for Pool {}

impl Pool {
    fn new(size: usize) -> Result<Self> {
        // SAFETY: takes any size; zeroed buffers come from FFmpeg's own allocator. Null is checked.
        let pool = unsafe { ffi::av_buffer_pool_init(size, Some(ffi::av_buffer_allocz)) };
        NonNull::new(pool).map(Self).ok_or_else(|| no_memory("pictures"))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut pool = self.0.as_ptr();
        // SAFETY: owned by self and given up once; FFmpeg frees it when the last buffer is back.
        unsafe { ffi::av_buffer_pool_uninit(&raw mut pool) }
    }
}

impl Pictures {
    /// Pictures of that size and format.
    ///
    /// # Errors
    /// As [`Frame::picture`].
    pub fn new(format: PixelFormat, width: u32, height: u32) -> Result<Self> {
        let model = Frame::picture(format, width, height)?;
        // SAFETY: never null, and owned by the frame.
        let raw = unsafe { &*model.as_ptr() };
        // SAFETY: each entry of `buf` is null or a valid buffer reference of this frame.
        let buffers: Vec<_> = raw.buf.iter().filter_map(|buffer| unsafe { buffer.as_ref() }).collect();
        let place = |data: &*mut u8| {
            let offset = |buffer: &ffi::AVBufferRef| data.addr().checked_sub(buffer.data.addr());
            buffers.iter().enumerate().find_map(|(index, buffer)| {
                offset(buffer).filter(|offset| *offset < buffer.size).map(|offset| (index, offset))
            })
        };
        let planes = raw.data.iter().take_while(|data| !data.is_null()).map_while(place).collect();
        let pools = buffers.iter().map(|buffer| Pool::new(buffer.size)).collect::<Result<_>>()?;
        Ok(Self { model, pools, planes })
    }

    /// A picture that nobody shares. Its samples are zeroes, or those of an earlier picture.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn make(&self) -> Result<Frame> {
        let mut frame = Frame::new()?;
        // SAFETY: both frames are valid and not the same; the new one is empty. A buffer of pool `n` is as large as the
        // model's buffer `n`, so a plane at the same place in it, with the same lines, is as much within it as the
        // model's; the frame owns the reference from here on. Null is checked before it is used.
        unsafe {
            let (model, raw) = (&*self.model.as_ptr(), &mut *frame.as_mut_ptr());
            (raw.width, raw.height, raw.format) = (model.width, model.height, model.format);
            raw.linesize = model.linesize;
            for (slot, pool) in raw.buf.iter_mut().zip(&self.pools) {
                *slot = ffi::av_buffer_pool_get(pool.0.as_ptr());
                if slot.is_null() {
                    return Err(no_memory("a picture"));
                }
            }
            for (data, (buffer, offset)) in raw.data.iter_mut().zip(&self.planes) {
                *data = (*raw.buf[*buffer]).data.add(*offset);
            }
        }
        Ok(frame)
    }
}
