//! The instruction sets of this CPU, as `detect_simd()` reports them.

#[cfg(test)]
mod tests;

/// The instruction sets of this CPU that media code makes use of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Simd {
    /// SSE4.2 (x86).
    pub sse42: bool,
    /// AVX2 (x86).
    pub avx2: bool,
    /// AVX-512 as of Ice Lake: F, BW, VL, VBMI, VBMI2 and VNNI, beside AVX2. Older CPUs lower their clock for it, and count
    /// as without.
    pub avx512: bool,
    /// NEON (Arm).
    pub neon: bool,
}

impl Simd {
    /// Asks the CPU and the operating system, which must save the wide registers too.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self {
            sse42: is_x86_feature_detected!("sse4.2"),
            avx2: is_x86_feature_detected!("avx2"),
            avx512: is_x86_feature_detected!("avx2")
                // The compiler takes AVX-512 to imply these two.
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c")
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("avx512vbmi2")
                && is_x86_feature_detected!("avx512vnni"),
            neon: false,
        };
        #[cfg(target_arch = "aarch64")]
        return Self { neon: std::arch::is_aarch64_feature_detected!("neon"), ..Self::default() };
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        Self::default()
    }

    /// Whether any of them is there.
    #[must_use]
    pub fn has_simd(self) -> bool {
        self != Self::default()
    }

    /// The best of them: `"AVX-512"`, `"AVX2"`, `"SSE4.2"`, `"NEON"`, or `"Scalar"` for none.
    #[must_use]
    pub fn best_level(self) -> &'static str {
        match self {
            Self { avx512: true, .. } => "AVX-512",
            Self { avx2: true, .. } => "AVX2",
            Self { sse42: true, .. } => "SSE4.2",
            Self { neon: true, .. } => "NEON",
            _ => "Scalar",
        }
    }
}
