//! Where a job reads from and writes to.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use transcode_av::{MediaSource, MediaTarget};

use crate::error::{Error, ErrorKind, Result};

mod device;
mod file;
mod leftovers;
mod memory;

pub(crate) use file::{Destination, open_source};
pub(crate) use memory::Buffer;

/// What a job reads.
pub enum Input {
    /// A local file. Its name is never looked at as an address.
    Path(PathBuf),
    /// Anything FFmpeg opens by protocol.
    Url(String),
    /// A whole file in memory.
    Bytes(Arc<[u8]>),
    /// A reader of the caller.
    Reader(Box<dyn MediaSource>),
}

/// What the standard library can read and search, a file or bytes, as a source of media.
pub(crate) struct Searchable<T>(pub(crate) T);

impl<T: Read + Seek + Send> MediaSource for Searchable<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }
}

/// Where a job writes.
pub enum Output {
    /// A local file, replaced as a whole once it is complete.
    Path(PathBuf),
    /// Memory: the bytes are in [`Outcome::data`](crate::Outcome).
    Memory,
    /// A writer of the caller.
    Writer(Box<dyn MediaTarget>),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({})", self.name().as_deref().unwrap_or("data"))
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Output({})", self.name().as_deref().unwrap_or("data"))
    }
}

impl Input {
    /// The same once more; `None` for readers and pipes, of which there is only one.
    pub(crate) fn again(&self) -> Option<Self> {
        Some(match self {
            Self::Path(path) if !path.is_file() => return None,
            Self::Path(path) => Self::Path(path.clone()),
            Self::Url(url) => Self::Url(url.clone()),
            Self::Bytes(bytes) => Self::Bytes(Arc::clone(bytes)),
            Self::Reader(_) => return None,
        })
    }

    /// Path or URL, for reports.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Path(path) => Some(path.to_string_lossy().into_owned()),
            Self::Url(url) => Some(url.clone()),
            Self::Bytes(_) | Self::Reader(_) => None,
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }
}

impl Output {
    /// Path, for reports.
    pub(crate) fn name(&self) -> Option<String> {
        self.path().map(|path| path.to_string_lossy().into_owned())
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }
}

/// An error of the operating system about a file.
fn refused(error: &std::io::Error, path: &Path, doing: &str) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::Interrupted => ErrorKind::Cancelled,
        _ => ErrorKind::Io,
    };
    let fix = match error.kind() {
        std::io::ErrorKind::NotFound => "check the path",
        std::io::ErrorKind::PermissionDenied => "check who may use it",
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge | std::io::ErrorKind::QuotaExceeded => {
            "make room or choose another place"
        }
        _ => "try another place",
    };
    let mut out = Error::new(kind, format!("cannot {doing} {}; got {error}; {fix}", path.display())).path(path);
    out.os_code = error.raw_os_error();
    out
}

/// A path that the operating system can take.
fn checked(path: &Path, what: &str) -> Result<()> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let problem = match bytes {
        [] => "an empty path",
        _ if bytes.contains(&0) => "a NUL character in it",
        _ => return Ok(()),
    };
    Err(Error::new(
        ErrorKind::InvalidOption,
        format!("{what}; expected the path of a file; got {problem}; give another path"),
    ))
}
