//! What a job tells its caller while it runs: the plan, the stages, warnings and how far it is.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use transcode_pipeline::{Control, Event, Executor, Input, Job, Options, Outcome, Output, Plan, Progress, plan, run};

fn clip() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/sintel_excerpt.mp4");
    std::fs::read(path).expect("the repository carries this clip")
}

fn job(values: &Value) -> Job {
    let Value::Object(values) = values else { panic!("options are an object") };
    let options = Options::from_values(values).expect("these options are valid");
    Job { input: Input::Bytes(clip().into()), output: Output::Memory, options, at_once: 1 }
}

/// Runs a job whose events are all taken as they come.
fn watched(job: Job, executor: Executor) -> (Outcome, Vec<Event>) {
    let (control, seen) = (Control::new(), Arc::new(Mutex::new(Vec::new())));
    let (taken, place) = (control.clone(), Arc::clone(&seen));
    control.on_event(move || {
        // The lock is held while taking, so that two threads cannot change the order.
        let mut place = place.lock().expect("nobody panics with it");
        place.extend(std::iter::from_fn(|| taken.take_event()));
    });
    let outcome = run(job, executor, &control).expect("the job runs");
    let seen = std::mem::take(&mut *seen.lock().expect("nobody panics with it"));
    (outcome, seen)
}

fn reports(events: &[Event]) -> Vec<&Progress> {
    events.iter().filter_map(|event| if let Event::Progress(report) = event { Some(report) } else { None }).collect()
}

#[test]
fn progress_never_falls_and_ends_at_exactly_100() {
    let (_, events) = watched(job(&json!({"format": "mp4", "preset": "fast"})), Executor::Auto);
    let seen = reports(&events);
    let percents: Vec<f64> = seen.iter().map(|p| p.percent).collect();
    assert!(percents.is_sorted(), "{percents:?}");
    assert_eq!(seen.first().map(|p| (p.percent, p.stage)), Some((0.0, "open")));
    assert_eq!(seen.last().map(|p| (p.percent, p.stage)), Some((100.0, "finish")));
    assert_eq!(percents.iter().filter(|p| **p >= 100.0).count(), 1);
    assert!(seen.last().is_some_and(|p| p.frames > 100 && p.size > 0));
}

#[test]
fn the_plan_the_stages_and_the_end_come_once_and_in_order() {
    // Left open, the threads are what other jobs of this process leave, and the plan's command names them.
    let options = json!({"format": "mp4", "preset": "ultrafast", "threads": 2});
    let planned: Plan = plan(job(&options), &Control::new()).expect("the job can be planned");
    for executor in [Executor::Sequential, Executor::Threaded] {
        let (_, events) = watched(job(&options), executor);
        assert_eq!(events.first(), Some(&Event::Planned(planned.clone())));
        let at = |event: &Event| {
            let all: Vec<usize> = (0..events.len()).filter(|i| events[*i] == *event).collect();
            assert_eq!(all.len(), 1, "{event:?}: {all:?}");
            all[0]
        };
        let (encode, finish) = (at(&Event::Stage("encode")), at(&Event::Stage("finish")));
        assert!(encode < finish);
        assert!(matches!(events.last(), Some(Event::Progress(last)) if last.stage == "finish"));
    }
}

#[test]
fn every_warning_of_the_result_was_told_once() {
    let mut data = clip();
    let middle = data.len() / 2;
    data[middle..middle + 3000].fill(0xAA);
    let mut damaged = job(&json!({"format": "mp4", "preset": "ultrafast", "width": 160}));
    damaged.input = Input::Bytes(data.into());
    let (outcome, events) = watched(damaged, Executor::Auto);
    let mut told: Vec<&String> =
        events.iter().filter_map(|event| if let Event::Warning(text) = event { Some(text) } else { None }).collect();
    let mut warnings: Vec<&String> = outcome.stats.warnings.iter().collect();
    assert!(!told.is_empty(), "the damage is not noticed");
    // Two threads may warn at the same moment.
    told.sort();
    warnings.sort();
    assert_eq!(told, warnings);
}

#[test]
fn without_a_duration_the_bytes_of_the_input_tell_how_far_it_is() {
    for format in ["h264", "matroska"] {
        let copied = job(&json!({"format": format, "video_codec": "copy", "audio": false}));
        let (outcome, _) = watched(copied, Executor::Auto);
        let mut data = outcome.data.expect("it was written to memory");
        if let Some(at) = data.windows(3).position(|window| window == [0x44, 0x89, 0x88]) {
            // Another name for the element that is the duration: one to pass over.
            data[at..at + 2].copy_from_slice(&[0xEC, 0x40]);
            data[at + 2] = 0x08;
        }
        let mut blind = job(&json!({"format": "mp4", "preset": "medium", "width": 480}));
        blind.input = Input::Bytes(data.into());
        let (_, events) = watched(blind, Executor::Auto);
        let seen = reports(&events);
        assert!(seen.iter().all(|report| report.duration.is_none()), "{format} has a duration");
        assert!(seen.iter().any(|report| report.percent > 5.0 && report.percent < 95.0), "{format}");
        assert!(seen.iter().any(|report| report.percent < 95.0 && report.eta.is_some()), "{format}");
    }
}
