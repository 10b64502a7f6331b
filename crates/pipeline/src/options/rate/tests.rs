use serde_json::json;

use super::*;

#[test]
fn rates_are_exact() {
    for (value, text) in [
        (json!(25), "25/1"),
        (json!(25.0), "25/1"),
        (json!("25"), "25/1"),
        (json!("30000/1001"), "30000/1001"),
        (json!(" 60 / 2 "), "30/1"),
        (json!(12.5), "25/2"),
        (json!("0.1"), "1/10"),
        (json!("1/60"), "1/60"),
        (json!(1.0 / 3.0), "1/3"),
        (json!(2.0 / 3.0), "2/3"),
        (json!(1000), "1000/1"),
        (json!("1/86400"), "1/86400"),
        (json!(23.987_65), "479753/20000"),
    ] {
        let rate = Rate::parse(&value).expect("a rate");
        assert_eq!(rate.to_string(), text, "{value}");
    }
}

#[test]
fn a_float_too_fine_for_its_own_fraction_is_taken_for_a_near_one() {
    let rate = Rate::parse(&json!(21.474_836_47)).expect("a rate");
    assert!(rate.den() <= 1_000_000, "{rate}");
    assert!((f64::from(rate.num()) / f64::from(rate.den()) - 21.474_836_47).abs() < 1e-9, "{rate}");
}

#[test]
fn what_people_write_for_ntsc_rates_is_taken_for_them() {
    for (value, frames) in [
        (json!(23.976), 24),
        (json!(23.98), 24),
        (json!("23.976"), 24),
        (json!(23.976_024), 24),
        (json!(24_000.0 / 1001.0), 24),
        (json!(29.97), 30),
        (json!("29.970"), 30),
        (json!(29.970_03), 30),
        (json!(30_000.0 / 1001.0), 30),
        (json!(47.952), 48),
        (json!(59.94), 60),
        (json!(59.940_06), 60),
        (json!(60_000.0 / 1001.0), 60),
        (json!(119.88), 120),
        (json!(120_000.0 / 1001.0), 120),
    ] {
        let rate = Rate::parse(&value).expect("a rate");
        assert_eq!((rate.num(), rate.den()), (frames * 1000, 1001), "{value}");
    }
    for value in [json!(24), json!(24.5), json!(29.9), json!(23.97), json!(29.96), json!("2997/100"), json!(1000.0)] {
        let rate = Rate::parse(&value).expect("a rate");
        assert_ne!(rate.den(), 1001, "{value}");
    }
}

#[test]
fn what_is_no_rate_is_refused() {
    for (value, what) in [
        (json!(true), WRONG_TYPE),
        (json!([30, 1]), WRONG_TYPE),
        (json!(""), "is not a number"),
        (json!("/"), "is not a number"),
        (json!("30/"), "is not a number"),
        (json!("30/1/1"), "is not a number"),
        (json!("ntsc"), "is not a number"),
        (json!("nan"), "is not a number"),
        (json!("inf"), "is not a number"),
        (json!("-30"), "is not a number"),
        (json!("30/-1"), "is not a number"),
        (json!("1e2"), "is not a number"),
        (json!("30\u{0}"), "is not a number"),
        (json!("1.2.3"), "is not a number"),
        (json!("."), "is not a number"),
        (json!(0), "is out of range"),
        (json!(-0.0), "is out of range"),
        (json!(-25), "is out of range"),
        (json!("30/0"), "is out of range"),
        (json!("0/0"), "is out of range"),
        (json!(1001), "is out of range"),
        (json!(1e300), "is out of range"),
        (json!(1e-7), "is out of range"),
        (json!(u64::MAX), "is out of range"),
        (json!(5e-324), "is too fine a fraction"),
        (json!("9".repeat(40)), "is too fine a fraction"),
        (json!(format!("1/{}", "9".repeat(40))), "is too fine a fraction"),
        (json!("99999999999999999999/99999999999999999998"), "is too fine a fraction"),
    ] {
        assert_eq!(Rate::parse(&value).expect_err("refused").what, what, "{value}");
    }
}

/// A twin without cleverness: both ends of the interval that a decimal stands for, in floats.
#[test]
fn a_decimal_is_never_moved_further_than_its_rounding() {
    for hundredths in 1..=100_000_u32 {
        let real = f64::from(hundredths) / 100.0;
        let rate = Rate::parse(&json!(real)).expect("a rate");
        let moved = (f64::from(rate.num()) / f64::from(rate.den()) - real).abs();
        assert!(moved <= 0.005 + 1e-9, "{real} became {rate}");
    }
}
