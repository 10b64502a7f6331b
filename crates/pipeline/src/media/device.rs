//! Pipes, sockets and devices: read and written without ever blocking for good.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use transcode_av::{Interrupt, MediaSource, MediaTarget};

/// How long to wait before asking again whether the job was cancelled.
const STEP: Duration = Duration::from_millis(20);

/// A file that cannot be searched and may not answer.
#[derive(Debug)]
pub(super) struct Device {
    file: File,
    interrupt: Arc<Interrupt>,
}

fn nonblocking() -> i32 {
    OFlags::NONBLOCK.bits().cast_signed()
}

impl Device {
    pub(super) fn reader(path: &Path, interrupt: &Arc<Interrupt>) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).custom_flags(nonblocking()).open(path)?;
        Ok(Self { file, interrupt: Arc::clone(interrupt) })
    }

    /// Opens for writing; a pipe without a reader is waited for.
    pub(super) fn writer(path: &Path, interrupt: &Arc<Interrupt>) -> io::Result<Self> {
        loop {
            match OpenOptions::new().write(true).custom_flags(nonblocking()).open(path) {
                Ok(file) => return Ok(Self { file, interrupt: Arc::clone(interrupt) }),
                // Sockets and absent devices answer the same, and nobody will come to those.
                Err(error)
                    if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
                        && std::fs::metadata(path)?.file_type().is_fifo() =>
                {
                    if interrupt.is_set() {
                        return Err(io::ErrorKind::Interrupted.into());
                    }
                    std::thread::sleep(STEP);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until the device answers or the job is cancelled.
    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        let step = Timespec { tv_sec: 0, tv_nsec: i64::from(STEP.subsec_nanos()) };
        loop {
            if self.interrupt.is_set() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match poll(&mut [PollFd::new(&self.file, flags)], Some(&step)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Repeats an operation that found the device busy, or was disturbed by a signal.
    fn patiently(
        &mut self,
        flags: PollFlags,
        mut operation: impl FnMut(&mut File) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            self.wait(flags)?;
            match operation(&mut self.file) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                result => return result,
            }
        }
    }
}

impl MediaSource for Device {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(PollFlags::IN, |file| file.read(buffer))
    }

    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }

    fn seekable(&self) -> bool {
        false
    }
}

impl MediaTarget for Device {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.patiently(PollFlags::OUT, |file| file.write(data))
    }

    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }

    fn seekable(&self) -> bool {
        false
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
