//! `TRANSCODE_SIMD` is read once a process, so each case runs this test program again with the variable set.

use std::process::Command;

use transcode_kernels::Level;

const MARK: &str = "active level: ";

/// What a fresh process reports for `word`.
fn active_with(word: Option<&str>) -> String {
    let program = std::env::current_exe().expect("a test program knows its path");
    let mut command = Command::new(program);
    command.args(["--exact", "report", "--ignored", "--nocapture"]);
    match word {
        Some(word) => command.env("TRANSCODE_SIMD", word),
        None => command.env_remove("TRANSCODE_SIMD"),
    };
    let output = command.output().expect("the test program starts again");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("the report is text");
    let line = text.lines().find_map(|line| line.strip_prefix(MARK));
    line.expect("the report was made").to_owned()
}

#[test]
#[ignore = "the child process of the other tests"]
fn report() {
    match Level::active() {
        Ok(level) => eprintln!("{MARK}{}", level.name()),
        Err(error) => eprintln!("{MARK}{error}"),
    }
    assert_eq!(Level::active(), Level::active());
}

#[test]
fn every_available_level_is_in_force_when_named() {
    for level in Level::available() {
        assert_eq!(active_with(Some(level.name())), level.name());
    }
}

#[test]
fn the_best_level_is_in_force_when_none_is_named() {
    let available = Level::available();
    let best = available.last().expect("scalar is always there").name();
    assert_eq!(active_with(None), best);
    assert_eq!(active_with(Some("")), best);
}

#[test]
fn a_typo_is_an_error_and_no_fallback() {
    let report = active_with(Some("avx22"));
    assert!(report.starts_with("TRANSCODE_SIMD names an unknown SIMD level; "), "{report}");
}
