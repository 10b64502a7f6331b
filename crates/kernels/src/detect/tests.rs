use super::Simd;

#[test]
fn the_best_level_is_named() {
    let none = Simd::default();
    assert_eq!(none.best_level(), "Scalar");
    assert!(!none.has_simd());
    let sse42 = Simd { sse42: true, ..none };
    let avx2 = Simd { avx2: true, ..sse42 };
    let avx512 = Simd { avx512: true, ..avx2 };
    let neon = Simd { neon: true, ..none };
    for (simd, name) in [(sse42, "SSE4.2"), (avx2, "AVX2"), (avx512, "AVX-512"), (neon, "NEON")] {
        assert_eq!(simd.best_level(), name);
        assert!(simd.has_simd(), "{name}");
    }
}

/// A second witness: the flags that the kernel lists for the first CPU.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn detection_agrees_with_the_kernel() {
    let text = std::fs::read_to_string("/proc/cpuinfo").expect("Linux has /proc/cpuinfo");
    let flags: Vec<&str> = text
        .lines()
        .find_map(|line| line.strip_prefix("flags"))
        .and_then(|line| line.split_once(':'))
        .map(|(_, flags)| flags.split_whitespace().collect())
        .expect("/proc/cpuinfo lists the flags of an x86 CPU");
    let has = |names: &[&str]| names.iter().all(|name| flags.contains(name));
    let seen = Simd::detect();
    assert_eq!(seen.sse42, has(&["sse4_2"]));
    assert_eq!(seen.avx2, has(&["avx2"]));
    let ice_lake = ["avx2", "avx512f", "avx512bw", "avx512vl", "avx512vbmi", "avx512_vbmi2", "avx512_vnni"];
    assert_eq!(seen.avx512, has(&ice_lake));
    assert!(!seen.neon);
}
