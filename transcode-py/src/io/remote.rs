//! The workers' end of a file object: it asks, and waits for the answer.

use std::io::{self, SeekFrom};

use crossbeam_channel::{Sender, bounded};
use transcode_pipeline::{MediaSource, MediaTarget};

use super::file::File;
use super::{Ask, Request, Served};

#[derive(Clone)]
pub(crate) struct RemoteFile {
    file: usize,
    seekable: bool,
    readable: bool,
    desk: Sender<Request>,
}

impl RemoteFile {
    pub(super) fn new(index: usize, file: &File, desk: Sender<Request>) -> Self {
        Self { file: index, seekable: file.seekable, readable: file.readable, desk }
    }

    fn ask(&self, ask: Ask) -> io::Result<Served> {
        let (reply, answer) = bounded(1);
        let gone = |()| io::Error::other("the call that owns the file object has ended");
        self.desk.send(Request { file: self.file, ask, reply }).map_err(|_| gone(()))?;
        answer.recv().map_err(|_| gone(()))?.ok_or_else(|| io::Error::other("the file object raised an exception"))
    }

    fn number(&self, ask: Ask) -> io::Result<u64> {
        match self.ask(ask)? {
            Served::Number(number) => Ok(number),
            Served::Bytes(_) => Err(io::Error::other("bytes in answer to a question of numbers")),
        }
    }

    /// Fills the front of `buffer`; an answer longer than what was asked for has been refused.
    fn bytes(&self, ask: Ask, buffer: &mut [u8]) -> io::Result<usize> {
        match self.ask(ask)? {
            Served::Bytes(data) => {
                buffer[..data.len()].copy_from_slice(&data);
                Ok(data.len())
            }
            Served::Number(_) => Err(io::Error::other("a number in answer to a read")),
        }
    }

    fn seek_to(&self, to: SeekFrom) -> io::Result<u64> {
        if !self.seekable {
            return Err(io::ErrorKind::NotSeekable.into());
        }
        self.number(Ask::Seek(to))
    }
}

impl MediaSource for RemoteFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes(Ask::Read(buffer.len()), buffer)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_to(to)
    }

    fn seekable(&self) -> bool {
        self.seekable
    }
}

impl MediaTarget for RemoteFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.number(Ask::Write(data.to_vec())).map(|_| data.len())
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_to(to)
    }

    fn seekable(&self) -> bool {
        self.seekable
    }

    fn flush(&mut self) -> io::Result<()> {
        self.number(Ask::Flush).map(drop)
    }

    fn reader(&self) -> Option<io::Result<Box<dyn MediaSource>>> {
        self.readable.then(|| Ok(Box::new(Reader { file: self.clone(), position: 0 }) as Box<dyn MediaSource>))
    }
}

/// Reads back what is written, at a position of its own: the object has only one, the writer's.
struct Reader {
    file: RemoteFile,
    position: u64,
}

impl MediaSource for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.bytes(Ask::ReadAt(self.position, buffer.len()), buffer)?;
        self.position += count as u64;
        Ok(count)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
            // The end moves while the file is written, and asking for it would move the writer.
            SeekFrom::End(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(self.position)
    }

    fn seekable(&self) -> bool {
        true
    }
}
