//! Incomplete outputs under their temporary names: how they are named and locked, and how those that a killed
//! process left behind are removed.
//!
//! Whoever writes one holds a lock on it, which the kernel frees when the process ends, however it ends. A file that
//! can be locked is written by nobody. Where a file system has no locks, none can be taken and nothing is removed; a
//! child that was forked in the middle of a job keeps the lock as long as it has the file open, and then the file
//! stays for longer, never shorter.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};

const PREFIX: &str = ".transcode_py-";
const SUFFIX: &str = ".part";

/// Younger files are left alone: one just made may not be locked yet.
const GRACE: Duration = Duration::from_secs(60);

/// Makes a new temporary file in `folder`, locked while it or a copy of its handle is open.
pub(super) fn create(folder: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        // Not made from the output's name, which may be as long as the file system allows already. Another process
        // may have the same number, in another container or because it was killed.
        let name = format!("{PREFIX}{}-{}{SUFFIX}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => {
                let _not_supported = flock(&file, FlockOperation::NonBlockingLockExclusive);
                return Ok((path, file));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Removes what killed processes left in `folder`, as far as that can be done. A batch that writes many files into one
/// large folder does not list it for each.
pub(super) fn remove(folder: &Path) {
    static LAST: Mutex<Option<(PathBuf, Instant)>> = Mutex::new(None);
    // Where another thread is about to clean, or was when this process was forked from its own, it is not waited for.
    let Ok(mut last) = LAST.try_lock() else { return };
    if last.as_ref().is_some_and(|(cleaned, at)| cleaned == folder && at.elapsed() < GRACE) {
        return;
    }
    *last = Some((folder.to_owned(), Instant::now()));
    drop(last);
    remove_all(folder);
}

fn remove_all(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_ours(&entry.file_name())) {
        let _in_use_or_not_allowed = remove_one(&entry.path());
    }
}

/// Whether it is a name that [`create`] gives: `.transcode_py-PROCESS-NUMBER.part`.
fn is_ours(name: &OsStr) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let middle = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    middle.and_then(|middle| middle.split_once('-')).is_some_and(|(process, n)| number(process) && number(n))
}

fn remove_one(path: &Path) -> io::Result<()> {
    // A pipe or a link under such a name is not ours, and must not be waited for or followed.
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed();
    let about = fs::symlink_metadata(path)?;
    if !about.is_file() || !is_old(&about) {
        return Ok(());
    }
    // Network file systems lock only what is open for writing.
    let file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    // Looked at again under the lock: another process may have removed it, and a new file may have its name.
    let about = file.metadata()?;
    if about.is_file() && is_old(&about) && about.nlink() > 0 {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn is_old(about: &fs::Metadata) -> bool {
    about.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age > GRACE)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("transcode-leftovers-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("the temporary folder can be made");
            Self(path)
        }

        /// Makes a file that was last written an hour ago.
        fn old(&self, name: &str) -> PathBuf {
            let path = self.0.join(name);
            make_old(&File::create(&path).expect("it can be made"));
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _left_behind = fs::remove_dir_all(&self.0);
        }
    }

    fn make_old(file: &File) {
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("its owner may");
    }

    #[test]
    fn what_was_left_behind_is_removed_and_nothing_else() {
        let folder = Folder::new("kinds");
        let left = folder.old(".transcode_py-1-0.part");
        let foreign = [
            ".transcode_py-1-0.part.mp4",
            "transcode_py-1-0.part",
            ".transcode_py-1.part",
            ".transcode_py--0.part",
            ".transcode_py-1-x.part",
            ".transcode_py-1-0-2.part",
            "film.mp4",
        ]
        .map(|name| folder.old(name));
        let young = folder.0.join(".transcode_py-1-1.part");
        File::create(&young).expect("it can be made");
        let inner = folder.0.join(".transcode_py-1-2.part");
        fs::create_dir(&inner).expect("it can be made");
        let link = folder.0.join(".transcode_py-1-3.part");
        std::os::unix::fs::symlink(&foreign[6], &link).expect("it can be made");
        remove_all(&folder.0);
        assert!(!left.exists());
        for path in foreign.iter().chain([&young, &inner, &link]) {
            assert!(path.exists(), "{} was removed", path.display());
        }
    }

    #[test]
    fn what_is_written_stays_however_old_it_looks() {
        let folder = Folder::new("live");
        let (path, file) = create(&folder.0).expect("it can be made");
        let copy = file.try_clone().expect("there is room for a handle");
        make_old(&file);
        drop(file);
        remove_all(&folder.0);
        assert!(path.exists(), "a copy of its handle is open");
        drop(copy);
        remove_all(&folder.0);
        assert!(!path.exists());
    }

    #[test]
    fn a_name_that_is_taken_is_passed_over() {
        let folder = Folder::new("taken");
        let (first, _file) = create(&folder.0).expect("it can be made");
        let name = first.file_name().expect("it has one").to_string_lossy().into_owned();
        let number: u64 = name[name.rfind('-').expect("two") + 1..name.len() - SUFFIX.len()].parse().expect("digits");
        // As if a killed process had had the same process number.
        let taken: Vec<PathBuf> = (1..9)
            .map(|n| folder.0.join(format!("{PREFIX}{}-{}{SUFFIX}", std::process::id(), number + n)))
            .filter(|path| OpenOptions::new().write(true).create_new(true).open(path).is_ok())
            .collect();
        let (second, _file) = create(&folder.0).expect("it can be made");
        assert!(!taken.contains(&second));
    }
}
