//! The workers' end of a file object: it asks, and waits for the answer.

use std::io::{self, SeekFrom};
use std::sync::OnceLock;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use transcode_pipeline::{Control, MediaSource, MediaTarget};

use super::{Ask, Request, Served};

/// How long a cancel or a timeout may go unnoticed while a file object does not answer.
const STEP: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(crate) struct RemoteFile {
    file: usize,
    desk: Sender<Request>,
    control: Control,
    abilities: OnceLock<Abilities>,
}

/// What a file object can do, once it was asked.
#[derive(Clone, Copy, Default)]
struct Abilities {
    seek: bool,
    read_back: bool,
}

impl From<u64> for Abilities {
    /// As Python's side tells them, in two bits.
    fn from(bits: u64) -> Self {
        Self { seek: bits & 1 != 0, read_back: bits & 2 != 0 }
    }
}

impl RemoteFile {
    pub(super) fn new(file: usize, desk: Sender<Request>) -> Self {
        Self { file, desk, control: Control::new(), abilities: OnceLock::new() }
    }

    pub(super) fn of_job(self, control: Control) -> Self {
        Self { control, ..self }
    }

    fn ask(&self, ask: Ask) -> io::Result<Served> {
        let (reply, answer) = bounded(1);
        let gone = || io::Error::other("nobody serves the file object any more");
        let request = Request { file: self.file, ask, reply, control: self.control.clone() };
        self.desk.send(request).map_err(|_| gone())?;
        loop {
            match answer.recv_timeout(STEP) {
                Ok(answer) => return answer.ok_or_else(|| io::Error::other("the file object raised an exception")),
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
                // Not `Interrupted`, after which one tries again.
                Err(RecvTimeoutError::Timeout) if self.control.is_cancelled() => {
                    return Err(io::Error::other("the job was stopped while the file object kept it waiting"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// One that cannot even say what it can do can do nothing: its first use fails for the same reason.
    fn abilities(&self) -> Abilities {
        *self.abilities.get_or_init(|| self.number(Ask::Open).map(Abilities::from).unwrap_or_default())
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
        if !self.abilities().seek {
            return Err(io::ErrorKind::NotSeekable.into());
        }
        self.number(Ask::Seek(to))
    }
}

impl MediaSource for RemoteFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.abilities();
        self.bytes(Ask::Read(buffer.len()), buffer)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_to(to)
    }

    fn seekable(&self) -> bool {
        self.abilities().seek
    }
}

impl MediaTarget for RemoteFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.abilities();
        self.number(Ask::Write(data.to_vec())).map(|_| data.len())
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_to(to)
    }

    fn seekable(&self) -> bool {
        self.abilities().seek
    }

    fn flush(&mut self) -> io::Result<()> {
        self.number(Ask::Flush).map(drop)
    }

    fn reader(&self) -> Option<io::Result<Box<dyn MediaSource>>> {
        self.abilities()
            .read_back
            .then(|| Ok(Box::new(Reader { file: self.clone(), position: 0 }) as Box<dyn MediaSource>))
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
