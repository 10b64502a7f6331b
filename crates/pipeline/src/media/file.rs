//! Local files: read in place, written under a temporary name and renamed when complete.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use transcode_av::{Interrupt, MediaSource, MediaTarget};

use super::device::Device;
use super::{Searchable, checked, leftovers, refused};
use crate::error::{Error, ErrorKind, Result};

/// Opens a local file, pipe or device for reading.
pub(crate) fn open_source(path: &Path, interrupt: &Arc<Interrupt>) -> Result<Box<dyn MediaSource>> {
    checked(path, "input")?;
    let problem = |error: io::Error| refused(&error, path, "read");
    let about = fs::metadata(path).map_err(problem)?;
    if about.is_dir() {
        let mut error = refused(&io::ErrorKind::IsADirectory.into(), path, "read");
        error.os_code = Some(rustix::io::Errno::ISDIR.raw_os_error());
        return Err(error);
    }
    if !about.is_file() {
        return Ok(Box::new(Device::reader(path, interrupt).map_err(problem)?));
    }
    if about.len() == 0 {
        let message = format!("{} is empty; expected a media file; got 0 bytes; check how it was made", path.display());
        return Err(Error::new(ErrorKind::InvalidMedia, message).path(path));
    }
    Ok(Box::new(Searchable(File::open(path).map_err(problem)?)))
}

/// Where an output path leads. Nothing is opened or made before [`create`](Self::create).
#[derive(Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    /// Whether it is a file, which has another name until it is complete, and no pipe or device.
    is_file: bool,
}

impl Destination {
    /// Checks that `path` can become an output: its folder is there, it is not a folder or the input itself, and
    /// it does not exist or may be replaced.
    pub(crate) fn check(path: &Path, input: Option<&Path>, overwrite: bool) -> Result<Self> {
        checked(path, "output")?;
        let folder = folder_of(path);
        if path.file_name().is_none() || path.is_dir() {
            let mut error = refused(&io::ErrorKind::IsADirectory.into(), path, "write");
            error.os_code = Some(rustix::io::Errno::ISDIR.raw_os_error());
            return Err(error);
        }
        if !folder.is_dir() {
            let message = format!(
                "cannot write {}; expected its folder to exist; got no folder {}; make it first",
                path.display(),
                folder.display()
            );
            let mut error = Error::new(ErrorKind::NotFound, message).path(path);
            error.os_code = Some(rustix::io::Errno::NOENT.raw_os_error());
            return Err(error);
        }
        let there = fs::metadata(path).ok();
        if let (Some(there), Some(input)) = (&there, input)
            && let Ok(input) = fs::metadata(input)
            && input.is_file()
            && (there.dev(), there.ino()) == (input.dev(), input.ino())
        {
            let message = format!(
                "the output is the input; expected two files; got {} for both; write to another name",
                path.display()
            );
            return Err(Error::new(ErrorKind::InvalidOption, message).path(path));
        }
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            return Ok(Self { path: path.to_owned(), is_file: false });
        }
        if there.is_some() && !overwrite {
            let message = format!(
                "{} exists; expected a new name; got overwrite=False; pass overwrite=True or another name",
                path.display()
            );
            let mut error = Error::new(ErrorKind::Exists, message).path(path);
            error.os_code = Some(rustix::io::Errno::EXIST.raw_os_error());
            return Err(error);
        }
        // A link is followed, so that what it points at is replaced and not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self { path, is_file: true })
    }

    /// Whether it is a file, not a pipe or device.
    pub(crate) fn is_regular(&self) -> bool {
        self.is_file
    }

    /// Opens the output for writing, under its temporary name.
    pub(crate) fn create(self, interrupt: &Arc<Interrupt>) -> Result<(Box<dyn MediaTarget>, Pending)> {
        let problem = |error: io::Error| refused(&error, &self.path, "write");
        if !self.is_file {
            let device = Device::writer(&self.path, interrupt).map_err(problem)?;
            return Ok((Box::new(device), Pending { part: None, path: self.path }));
        }
        let folder = folder_of(&self.path);
        leftovers::remove(folder);
        let (temporary, file) = leftovers::create(folder).map_err(problem)?;
        let file = Arc::new(file);
        let target = Part { file: Arc::clone(&file), path: temporary.clone() };
        Ok((Box::new(target), Pending { part: Some((temporary, file)), path: self.path }))
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The incomplete output.
#[derive(Debug)]
struct Part {
    file: Arc<File>,
    path: PathBuf,
}

impl MediaTarget for Part {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        (&*self.file).write(data)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (&*self.file).seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn reader(&self) -> Option<io::Result<Box<dyn MediaSource>>> {
        Some(File::open(&self.path).map(|file| Box::new(Searchable(file)) as Box<dyn MediaSource>))
    }
}

/// An output that is not complete yet: dropped, it is removed; [`commit`](Self::commit) gives it its name.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Its temporary name, and the open file, which stays locked until it has its own name.
    part: Option<(PathBuf, Arc<File>)>,
    path: PathBuf,
}

impl Pending {
    /// Puts the complete, synced file at its final name. An earlier file there is replaced in one step.
    pub(crate) fn commit(mut self, overwrite: bool) -> Result<()> {
        let Some((temporary, _lock)) = self.part.take() else { return Ok(()) };
        let moved = if overwrite {
            keep_permissions(&self.path, &temporary);
            fs::rename(&temporary, &self.path)
        } else {
            // Unlike a rename, a link fails where somebody made the file in the meantime.
            fs::hard_link(&temporary, &self.path).and_then(|()| fs::remove_file(&temporary)).or_else(|error| {
                let links_unsupported = error.kind() != io::ErrorKind::AlreadyExists && !self.path.exists();
                if links_unsupported { fs::rename(&temporary, &self.path) } else { Err(error) }
            })
        };
        moved.map_err(|error| {
            let _already_gone = fs::remove_file(&temporary);
            let mut out = refused(&error, &self.path, "write");
            if error.kind() == io::ErrorKind::AlreadyExists {
                out.kind = ErrorKind::Exists;
            }
            out
        })?;
        // The name is durable once the folder is synced; a file system that cannot do that has the file anyway.
        let _unsupported = File::open(folder_of(&self.path)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// A file that replaces another is used by the same people.
fn keep_permissions(old: &Path, new: &Path) {
    if let Ok(about) = fs::metadata(old) {
        let _unsupported = fs::set_permissions(new, about.permissions());
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.part {
            let _already_gone = fs::remove_file(temporary);
        }
    }
}
