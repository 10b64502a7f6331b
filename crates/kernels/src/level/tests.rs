use super::{Level, VARIABLE, WORDS};
use crate::Simd;

#[test]
fn without_a_word_the_best_level_is_taken() {
    let available = Level::available();
    assert_eq!(Level::choose(VARIABLE, "", &available).as_ref(), Ok(available.last().expect("scalar is always there")));
}

#[test]
fn every_available_level_can_be_forced_by_its_name() {
    let available = Level::available();
    for level in &available {
        assert_eq!(Level::choose(VARIABLE, level.name(), &available), Ok(*level));
        assert!(WORDS.contains(&level.name()));
    }
}

#[test]
fn a_level_the_cpu_lacks_is_an_error_that_names_those_it_has() {
    for word in WORDS.into_iter().filter(|word| *word != "scalar") {
        let error = Level::choose(VARIABLE, word, &[Level::SCALAR]).expect_err("only scalar is there").to_string();
        let start = "TRANSCODE_SIMD names a SIMD level that this CPU cannot run; expected one of: scalar; got ";
        assert!(error.starts_with(start), "{error}");
        assert!(error.contains(&format!("got \"{word}\"; ")), "{error}");
    }
}

#[test]
fn an_unknown_word_is_an_error() {
    for word in ["avx3", "AVX2", "avx-512", " avx2", "0", "\0", "auto", "\u{fffd}"] {
        let error = Level::choose(VARIABLE, word, &Level::available()).expect_err(word).to_string();
        assert!(error.contains("unknown SIMD level; expected one of: scalar, avx2, avx512, neon; got "), "{error}");
        assert!(error.contains(&format!("{word:?}")), "{error}");
        assert!(error.contains("or leave TRANSCODE_SIMD unset"), "{error}");
    }
}

#[test]
fn levels_rise_from_scalar() {
    let available = Level::available();
    assert_eq!(available.first(), Some(&Level::SCALAR));
    assert!(available.is_sorted());
    assert!(available.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn the_levels_are_those_detected() {
    let simd = Simd::detect();
    let names: Vec<&str> = Level::available().iter().map(|level| level.name()).collect();
    for (word, there) in [("scalar", true), ("avx2", simd.avx2), ("avx512", simd.avx512), ("neon", simd.neon)] {
        assert_eq!(names.contains(&word), there, "{word}");
    }
}

#[test]
fn a_level_can_be_named_by_somebody_else() {
    assert_eq!(Level::named("simd", "scalar"), Ok(Level::SCALAR));
    assert_eq!(Level::named("simd", "auto"), Level::active());
    let error = Level::named("simd", "avx3").expect_err("unknown").to_string();
    assert!(error.starts_with("simd names an unknown SIMD level") && error.contains("leave simd unset"), "{error}");
}
