//! Faults at every point of a job: readers and writers that fail or panic, cancels, timeouts. Whatever happens and
//! in whichever executor, the job ends, says why, and leaves nothing at the output path.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde_json::json;
use transcode_pipeline::{
    Control, ErrorKind, Executor, Input, Job, MediaSource, MediaTarget, Options, Output, Result, run,
};

const BOTH: [Executor; 2] = [Executor::Sequential, Executor::Threaded];

fn clip() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/sintel_excerpt.mp4");
    std::fs::read(path).expect("the repository carries this clip")
}

fn options(values: serde_json::Value) -> Options {
    let serde_json::Value::Object(values) = values else { panic!("options are an object") };
    Options::from_values(&values).expect("these options are valid")
}

/// Small and quick, with pictures and sound.
fn quick() -> serde_json::Value {
    json!({"format": "mp4", "preset": "ultrafast", "width": 160, "duration": 2})
}

/// What a reader or writer does once its count is up.
#[derive(Clone, Copy)]
enum Fault {
    Fail,
    Panic,
    Cancel,
}

/// Reads or writes memory until a number of calls is reached.
struct Faulty {
    data: Cursor<Vec<u8>>,
    left: u64,
    fault: Fault,
    control: Control,
    calls: Arc<AtomicU64>,
}

impl Faulty {
    fn new(data: Vec<u8>, left: u64, fault: Fault, control: &Control) -> Self {
        Self { data: Cursor::new(data), left, fault, control: control.clone(), calls: Arc::default() }
    }

    fn call(&mut self) -> io::Result<()> {
        self.calls.fetch_add(1, Relaxed);
        if self.left > 0 {
            self.left -= 1;
            return Ok(());
        }
        match self.fault {
            Fault::Fail => Err(io::Error::other("the disk fell off")),
            Fault::Panic => panic!("the reader or writer panics"),
            Fault::Cancel => {
                self.control.cancel();
                Ok(())
            }
        }
    }
}

impl MediaSource for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.call()?;
        // Small reads, so that there are many places to fail at.
        let size = buffer.len().min(16 * 1024);
        self.data.read(&mut buffer[..size])
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.data.seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }
}

impl MediaTarget for Faulty {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.call()?;
        io::Write::write(&mut self.data, data)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.data.seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call()
    }
}

/// Runs `job` again and again with the fault a little later each time, until it gets through; returns how often it
/// failed.
fn until_it_passes(mut job: impl FnMut(u64) -> Result<()>, mut check: impl FnMut(&transcode_pipeline::Error)) -> u64 {
    // Every call at the beginning, where each is another place in the code; then in growing steps.
    let mut left = 0;
    for failures in 0..200 {
        match job(left) {
            Ok(()) => return failures,
            Err(error) => check(&error),
        }
        left += 1 + left / 8;
    }
    panic!("the job never gets through");
}

#[test]
fn a_reader_that_fails_at_any_call_is_reported_in_its_own_words() {
    let clip = clip();
    for executor in BOTH {
        let failures = until_it_passes(
            |left| {
                let control = Control::new();
                let input = Input::Reader(Box::new(Faulty::new(clip.clone(), left, Fault::Fail, &control)));
                let mut values = quick();
                values["audio"] = json!(false);
                values["duration"] = json!(0.5);
                run(Job { input, output: Output::Memory, options: options(values), at_once: 1 }, executor, &control)
                    .map(drop)
            },
            |error| {
                assert_eq!(error.kind, ErrorKind::Io, "{error:?}");
                assert!(error.message.contains("the disk fell off"), "{error:?}");
            },
        );
        assert!(failures > 2, "the fault was never met");
    }
}

#[test]
fn a_writer_that_fails_at_any_call_is_reported_in_its_own_words() {
    let clip = clip();
    for executor in BOTH {
        let failures = until_it_passes(
            |left| {
                let control = Control::new();
                let output = Output::Writer(Box::new(Faulty::new(Vec::new(), left, Fault::Fail, &control)));
                let input = Input::Bytes(clip.clone().into());
                run(Job { input, output, options: options(quick()), at_once: 1 }, executor, &control).map(drop)
            },
            |error| {
                assert_eq!(error.kind, ErrorKind::Io, "{error:?}");
                assert!(error.message.contains("the disk fell off"), "{error:?}");
            },
        );
        assert!(failures > 1, "the fault was never met");
    }
}

#[test]
fn a_panic_in_a_reader_or_writer_is_an_error() {
    let clip = clip();
    for executor in BOTH {
        let control = Control::new();
        let input = Input::Reader(Box::new(Faulty::new(clip.clone(), 3, Fault::Panic, &control)));
        let job = Job { input, output: Output::Memory, options: options(quick()), at_once: 1 };
        let error = run(job, executor, &control).expect_err("the reader panics");
        assert!(error.message.contains("panicked"), "{error:?}");
        let output = Output::Writer(Box::new(Faulty::new(Vec::new(), 0, Fault::Panic, &control)));
        let job = Job { input: Input::Bytes(clip.clone().into()), output, options: options(quick()), at_once: 1 };
        let error = run(job, executor, &control).expect_err("the writer panics");
        assert!(error.message.contains("panicked"), "{error:?}");
    }
}

fn temporary_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("transcode-faults-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be made");
    folder
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("the folder is there").next().is_none()
}

#[test]
fn a_cancel_at_any_call_leaves_nothing_behind() {
    let clip = clip();
    let folder = temporary_folder("cancel");
    for executor in BOTH {
        for left in [0, 1, 2, 5, 10, 15] {
            let control = Control::new();
            let input = Input::Reader(Box::new(Faulty::new(clip.clone(), left, Fault::Cancel, &control)));
            let output = Output::Path(folder.join("out.mp4"));
            let mut values = quick();
            values["duration"] = serde_json::Value::Null;
            let error = run(Job { input, output, options: options(values), at_once: 1 }, executor, &control);
            let error = error.expect_err("the job is cancelled");
            assert_eq!(error.kind, ErrorKind::Cancelled, "{error:?}");
            assert!(is_empty(&folder), "something was left behind");
        }
    }
    std::fs::remove_dir(&folder).expect("the folder is empty");
}

/// Answers after a long time.
struct Slow(Cursor<Vec<u8>>);

impl MediaSource for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        std::thread::sleep(Duration::from_millis(30));
        let size = buffer.len().min(2048);
        self.0.read(&mut buffer[..size])
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }
}

#[test]
fn a_timeout_says_so_and_leaves_nothing_behind() {
    let folder = temporary_folder("timeout");
    for executor in BOTH {
        let mut values = quick();
        values["timeout"] = json!(0.3);
        let input = Input::Reader(Box::new(Slow(Cursor::new(clip()))));
        let job = Job { input, output: Output::Path(folder.join("out.mp4")), options: options(values), at_once: 1 };
        let error = run(job, executor, &Control::new()).expect_err("the job takes longer");
        assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
        assert!(error.message.contains("timeout=0.3"), "{error:?}");
        assert!(is_empty(&folder), "something was left behind");
    }
    std::fs::remove_dir(&folder).expect("the folder is empty");
}

#[test]
fn both_executors_and_any_number_of_threads_give_the_same_frames() {
    let clip = clip();
    let mut made = Vec::new();
    for executor in BOTH {
        for threads in [1, 2, 5] {
            let values = json!({"format": "framecrc", "duration": 2, "width": 160, "threads": threads});
            let input = Input::Bytes(clip.clone().into());
            let job = Job { input, output: Output::Memory, options: options(values), at_once: 1 };
            let outcome = run(job, executor, &Control::new()).expect("the job runs");
            made.push((outcome.stats.frames_decoded > 48, outcome.data));
        }
    }
    assert!(made[0].0);
    assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "the frames differ");
}
