//! Whole files in memory.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use transcode_av::{MediaSource, MediaTarget};

/// Bytes that are written, shared with whoever takes them in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    data: Arc<Mutex<Vec<u8>>>,
    position: u64,
}

impl Buffer {
    fn data(&self) -> MutexGuard<'_, Vec<u8>> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.data())
    }

    /// Runs an operation of `Cursor` on the shared bytes.
    fn at_position<T>(&mut self, operation: impl FnOnce(&mut Cursor<&mut Vec<u8>>) -> io::Result<T>) -> io::Result<T> {
        let data = Arc::clone(&self.data);
        let mut data = data.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cursor = Cursor::new(&mut *data);
        cursor.set_position(self.position);
        let result = operation(&mut cursor);
        self.position = cursor.position();
        result
    }
}

impl MediaTarget for Buffer {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.at_position(|cursor| cursor.write(data))
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at_position(|cursor| cursor.seek(to))
    }

    fn seekable(&self) -> bool {
        true
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reader(&self) -> Option<io::Result<Box<dyn MediaSource>>> {
        Some(Ok(Box::new(Self { data: Arc::clone(&self.data), position: 0 })))
    }
}

impl MediaSource for Buffer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.at_position(|cursor| cursor.read(buffer))
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        MediaTarget::seek(self, to)
    }

    fn seekable(&self) -> bool {
        true
    }
}
