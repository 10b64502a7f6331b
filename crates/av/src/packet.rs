//! Compressed data on its way between containers and codecs.

use ffmpeg_sys_next as ffi;

use crate::error::{Result, no_memory};
use crate::time::{Rational, known, rescale};

/// An owned `AVPacket`.
#[derive(Debug)]
pub struct Packet(*mut ffi::AVPacket);

// SAFETY: a packet is owned by one `Packet`; its data is a reference-counted buffer whose count is atomic, and
// nothing here writes into shared data.
unsafe impl Send for Packet {}

impl Packet {
    /// An empty packet.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn new() -> Result<Self> {
        // SAFETY: allocates; null is checked below.
        let packet = unsafe { ffi::av_packet_alloc() };
        if packet.is_null() { Err(no_memory("a packet")) } else { Ok(Self(packet)) }
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVPacket {
        self.0
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVPacket {
        self.0
    }

    fn raw(&self) -> &ffi::AVPacket {
        // SAFETY: not null since `new`, and owned by self.
        unsafe { &*self.0 }
    }

    fn raw_mut(&mut self) -> &mut ffi::AVPacket {
        // SAFETY: as in `raw`, and borrowed mutably.
        unsafe { &mut *self.0 }
    }

    /// The stream it belongs to.
    pub fn stream_index(&self) -> usize {
        self.raw().stream_index.unsigned_abs() as usize
    }

    /// Moves it to another stream.
    pub fn set_stream_index(&mut self, index: usize) {
        self.raw_mut().stream_index = i32::try_from(index).unwrap_or(i32::MAX);
    }

    /// Presentation time in its stream's time base.
    pub fn pts(&self) -> Option<i64> {
        known(self.raw().pts)
    }

    /// Decoding time in its stream's time base.
    pub fn dts(&self) -> Option<i64> {
        known(self.raw().dts)
    }

    /// Sets both times.
    pub fn set_times(&mut self, pts: Option<i64>, dts: Option<i64>) {
        let raw = self.raw_mut();
        raw.pts = pts.unwrap_or(ffi::AV_NOPTS_VALUE);
        raw.dts = dts.unwrap_or(ffi::AV_NOPTS_VALUE);
    }

    /// Duration in its stream's time base; 0 = unknown.
    pub fn duration(&self) -> i64 {
        self.raw().duration
    }

    /// Sets the duration; 0 = unknown.
    pub fn set_duration(&mut self, duration: i64) {
        self.raw_mut().duration = duration;
    }

    /// Bytes of compressed data.
    pub fn size(&self) -> usize {
        self.raw().size.unsigned_abs() as usize
    }

    /// The byte of the container at which it begins, where the demuxer knows.
    pub fn position(&self) -> Option<u64> {
        u64::try_from(self.raw().pos).ok()
    }

    /// Whether decoding can start here.
    pub fn is_key(&self) -> bool {
        self.raw().flags & ffi::AV_PKT_FLAG_KEY != 0
    }

    /// A second packet on the same data.
    ///
    /// # Errors
    /// Memory ran out.
    pub fn try_clone(&self) -> Result<Self> {
        // SAFETY: clones a valid packet, sharing its reference-counted data; null is checked below.
        let packet = unsafe { ffi::av_packet_clone(self.0) };
        if packet.is_null() { Err(no_memory("a packet")) } else { Ok(Self(packet)) }
    }

    /// Marks it as one that decoding can start at, where `other` is.
    pub fn copy_key(&mut self, other: &Self) {
        if other.is_key() {
            self.set_key();
        }
    }

    /// Marks it as one that decoding can start at.
    pub(crate) fn set_key(&mut self) {
        self.raw_mut().flags |= ffi::AV_PKT_FLAG_KEY;
    }

    /// Whether its picture is decoded for others alone, and not shown: the container's edit list says so.
    pub fn is_discarded(&self) -> bool {
        self.raw().flags & ffi::AV_PKT_FLAG_DISCARD != 0
    }

    /// Gives it a number that the frame that is decoded from it has too ([`Frame::mark`](crate::Frame::mark)).
    pub fn set_mark(&mut self, mark: u32) {
        // Never followed: the field is the caller's own.
        self.raw_mut().opaque = std::ptr::without_provenance_mut(mark as usize);
    }

    #[cfg(not(ffmpeg_6_0))]
    pub(crate) fn mark(&self) -> i64 {
        i64::try_from(self.raw().opaque.addr()).unwrap_or(0)
    }

    /// Whether the demuxer found it damaged.
    pub fn is_corrupt(&self) -> bool {
        self.raw().flags & ffi::AV_PKT_FLAG_CORRUPT != 0
    }

    /// Puts its times from one time base into another.
    pub fn rescale(&mut self, from: Rational, to: Rational) {
        let times = [self.pts(), self.dts()].map(|t| t.map(|t| rescale(t, from, to)));
        self.set_times(times[0], times[1]);
        self.set_duration(rescale(self.duration(), from, to));
    }

    /// Adds `offset` ticks to both times.
    pub fn shift(&mut self, offset: i64) {
        let times = [self.pts(), self.dts()].map(|t| t.map(|t| t.saturating_add(offset)));
        self.set_times(times[0], times[1]);
    }

    /// The compressed data.
    pub fn data(&self) -> &[u8] {
        let raw = self.raw();
        if raw.data.is_null() {
            return &[];
        }
        // SAFETY: `data` points at `size` readable bytes of the packet's buffer, which lives as long as self.
        unsafe { std::slice::from_raw_parts(raw.data, self.size()) }
    }

    /// The data to write, where no other packet shares it.
    pub fn data_mut(&mut self) -> Option<&mut [u8]> {
        let size = self.size();
        let raw = self.raw_mut();
        // SAFETY: the buffer is null or a valid reference; where it is the only one, `data` points at `size` bytes of it
        // that nobody else reads or writes for as long as self is borrowed.
        unsafe {
            let is_ours = !raw.buf.is_null() && ffi::av_buffer_is_writable(raw.buf) > 0 && !raw.data.is_null();
            is_ours.then(|| std::slice::from_raw_parts_mut(raw.data, size))
        }
    }

    /// A packet of so many zeroes.
    ///
    /// # Errors
    /// Memory ran out, or the data is too large for FFmpeg.
    pub fn blank(size: usize) -> Result<Self> {
        let packet = Self::new()?;
        let raw_size = i32::try_from(size).map_err(|_| no_memory("a packet"))?;
        // SAFETY: the packet is ours and empty; on success it holds `size` writable bytes.
        unsafe {
            if ffi::av_new_packet(packet.0, raw_size) < 0 {
                return Err(no_memory("a packet"));
            }
            (*packet.0).data.write_bytes(0, size);
        }
        Ok(packet)
    }

    /// A packet of a part of the data, with all else that this one says; what is to be cut off its beginning is said of
    /// the first part alone.
    ///
    /// # Errors
    /// Memory ran out.
    ///
    /// # Panics
    /// The range lies outside of the data.
    pub fn part(&self, range: std::ops::Range<usize>) -> Result<Self> {
        let is_first = range.start == 0;
        let part = Self::from_data(&self.data()[range])?;
        // SAFETY: both are valid packets of ours; the data stay those of the part.
        unsafe {
            if ffi::av_packet_copy_props(part.0, self.0) < 0 {
                return Err(no_memory("a packet"));
            }
            if !is_first {
                ffi::av_packet_free_side_data(part.0);
            }
        }
        Ok(part)
    }

    /// A packet that holds a copy of `data`.
    ///
    /// # Errors
    /// Memory ran out, or the data is too large for FFmpeg.
    pub fn from_data(data: &[u8]) -> Result<Self> {
        let packet = Self::new()?;
        let size = i32::try_from(data.len()).map_err(|_| no_memory("a packet"))?;
        // SAFETY: the packet is ours and empty; on success it holds `size` writable bytes, and the source does
        // not overlap the fresh buffer.
        unsafe {
            if ffi::av_new_packet(packet.0, size) < 0 {
                return Err(no_memory("a packet"));
            }
            std::ptr::copy_nonoverlapping(data.as_ptr(), (*packet.0).data, data.len());
        }
        Ok(packet)
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        // SAFETY: owned by self and freed once.
        unsafe { ffi::av_packet_free(&raw mut self.0) }
    }
}
