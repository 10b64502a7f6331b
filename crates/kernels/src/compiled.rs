//! Plain loops that the compiler turns into vectors, once for each level.
//!
//! For kernels that a compiler vectorises well there is one body instead of one file an instruction set. Floats come out the
//! same at every level: neither are sums reordered nor products and sums fused. On a Zen 4 class CPU, AVX-512 is 1.02 (p010 to
//! rgb24) to 1.25 times (RGB to 10-bit YUV at 224x224) as fast as AVX2 in `yuv`; in `measure` it is
//! 0.95 to 1.03 times, and up to 1.09 for XPSNR of 10 bits, which is not worth a third copy of the code.

use crate::Level;
use crate::level::Isa;

/// Work whose `run` is `#[inline(always)]`, down to its last loop, so that it becomes part of the function of a level.
pub(crate) trait Body<R = ()> {
    /// Whether AVX-512 was measured to win; where not, AVX2 stands for it.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "a choice of x86 alone"))]
    const AVX512: bool = true;

    fn run(self) -> R;
}

/// Runs the body as it was compiled for the level.
pub(crate) fn run<R, B: Body<R>>(level: Level, body: B) -> R {
    match level.isa() {
        Isa::Scalar => body.run(),
        // SAFETY: an `Isa::Avx512` exists only because the CPU was seen to have these, AVX2 among them.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 if B::AVX512 => unsafe { avx512(body) },
        // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2(body) },
        // NEON is in every aarch64 CPU that Rust builds for, so the plain build has it.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => body.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<R>(body: impl Body<R>) -> R {
    body.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
fn avx512<R>(body: impl Body<R>) -> R {
    body.run()
}
