//! Jobs of one process share its cores. One test, for what other tests of the same process run would count too.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::available_parallelism;

use serde_json::json;
use transcode_pipeline::{Control, Executor, Input, Job, MediaSource, Options, Output, plan, run};

fn clip() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/sintel_excerpt.mp4");
    std::fs::read(path).expect("the repository carries this clip")
}

fn job(input: Input, threads: u32, at_once: u32) -> Job {
    let values = json!({"format": "framecrc", "audio": false, "width": 64, "duration": 0.2, "threads": threads});
    let options = Options::from_values(values.as_object().expect("it is an object")).expect("they are valid");
    Job { input, output: Output::Memory, options, at_once }
}

/// The threads that a job was given.
fn given(input: Input, threads: u32, at_once: u32) -> u64 {
    let outcome = run(job(input, threads, at_once), Executor::Auto, &Control::new()).expect("the job runs");
    outcome.stats.metrics["threads"].as_u64().expect("it is a count")
}

fn bytes() -> Input {
    Input::Bytes(clip().into())
}

/// Says when the job begins to read, and lets it go on when it is told to.
struct Held {
    data: Cursor<Vec<u8>>,
    begun: Option<Sender<()>>,
    go: Receiver<()>,
}

impl MediaSource for Held {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(begun) = self.begun.take() {
            begun.send(()).map_err(io::Error::other)?;
            self.go.recv().map_err(io::Error::other)?;
        }
        self.data.read(buffer)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.data.seek(to)
    }

    fn seekable(&self) -> bool {
        true
    }
}

#[test]
fn jobs_that_run_side_by_side_share_the_cores_and_give_them_back() {
    let cores = available_parallelism().expect("the machine tells").get() as u64;
    assert_eq!(given(bytes(), 0, 1), cores);
    assert_eq!(given(bytes(), 0, 2), (cores / 2).max(1));
    assert_eq!(given(bytes(), 3, 2), 3, "what is asked for is given");

    let ((begun, has_begun), (go, wait)) = (channel(), channel());
    let held = Held { data: Cursor::new(clip()), begun: Some(begun), go: wait };
    let first = std::thread::spawn(move || given(Input::Reader(Box::new(held)), 0, 1));
    has_begun.recv().expect("the first job begins");
    assert_eq!(given(bytes(), 0, 1), 1, "the first has all cores");
    let side_by_side = plan(job(bytes(), 0, 1), &Control::new()).expect("it can be planned");
    go.send(()).expect("the first job waits");
    assert_eq!(first.join().expect("it does not panic"), cores);

    assert_eq!(given(bytes(), 0, 1), cores, "they were given back");
    let alone = plan(job(bytes(), 0, 1), &Control::new()).expect("it can be planned");
    assert_eq!(side_by_side, alone);
}
