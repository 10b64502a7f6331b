//! The level: a proof, held as a value, that this CPU runs certain instructions.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::OnceLock;

use crate::Simd;

/// The variable that forces a level.
const VARIABLE: &str = "TRANSCODE_SIMD";

/// Every word that [`VARIABLE`] may hold, on any machine.
const WORDS: [&str; 4] = ["scalar", "avx2", "avx512", "neon"];

/// Instructions that this CPU is known to run, lowest level first in the ordering.
///
/// A level above [`Level::SCALAR`] is made only by [`Level::available`], which looks at the CPU, so to hold one is to
/// know that its instructions are there. Code that is handed a level relies on that and needs no check of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(Isa);

/// Only the levels of this architecture exist in a build, so a `match` over them needs no arms that cannot run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Isa {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Level {
    /// Plain Rust, which runs everywhere and is the reference for the others.
    pub const SCALAR: Self = Self(Isa::Scalar);

    /// Every level this CPU can run, lowest first; the last is the best.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::among(Simd::detect())
    }

    /// The level in force: the best one, or the one that `TRANSCODE_SIMD` names.
    ///
    /// Read once; a later change of the variable has no effect. An empty variable counts as unset.
    ///
    /// # Errors
    /// The variable holds an unknown word, or a level that this CPU cannot run: to fall back would let a test pass at
    /// the wrong level.
    pub fn active() -> Result<Self, LevelError> {
        static ACTIVE: OnceLock<Result<Level, LevelError>> = OnceLock::new();
        ACTIVE
            .get_or_init(|| {
                let forced = std::env::var_os(VARIABLE).unwrap_or_default();
                Self::choose(VARIABLE, &forced.to_string_lossy(), &Self::available())
            })
            .clone()
    }

    /// The level of that name, or for `"auto"` the one in force. `asker` is who names it, for the error.
    ///
    /// # Errors
    /// An unknown word, a level that this CPU cannot run, or what [`active`](Self::active) says.
    pub fn named(asker: &str, word: &str) -> Result<Self, LevelError> {
        if word == "auto" { Self::active() } else { Self::choose(asker, word, &Self::available()) }
    }

    /// What a kernel's door matches on, once a call.
    pub(crate) fn isa(self) -> Isa {
        self.0
    }

    /// The word for it: `"scalar"`, `"avx2"`, `"avx512"` or `"neon"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Isa::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => "neon",
        }
    }

    /// `simd` must be what the CPU has: this is where a level comes from.
    fn among(simd: Simd) -> Vec<Self> {
        let levels = [
            (true, Isa::Scalar),
            #[cfg(target_arch = "x86_64")]
            (simd.avx2, Isa::Avx2),
            #[cfg(target_arch = "x86_64")]
            (simd.avx512, Isa::Avx512),
            #[cfg(target_arch = "aarch64")]
            (simd.neon, Isa::Neon),
        ];
        levels.into_iter().filter(|(there, _)| *there).map(|(_, isa)| Self(isa)).collect()
    }

    fn choose(asker: &str, forced: &str, available: &[Self]) -> Result<Self, LevelError> {
        if forced.is_empty() {
            return Ok(available.last().copied().unwrap_or(Self::SCALAR));
        }
        if let Some(level) = available.iter().find(|level| level.name() == forced) {
            return Ok(*level);
        }
        let here: Vec<&str> = available.iter().map(|level| level.name()).collect();
        let here = here.join(", ");
        Err(LevelError(if WORDS.contains(&forced) {
            format!(
                "{asker} names a SIMD level that this CPU cannot run; expected one of: {here}; got {forced:?}; \
                 name one of those, or leave {asker} unset for the best"
            )
        } else {
            format!(
                "{asker} names an unknown SIMD level; expected one of: {}; got {forced:?}; \
                 name one that this CPU runs ({here}), or leave {asker} unset for the best",
                WORDS.join(", ")
            )
        }))
    }
}

/// A word that is no level of this CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelError(String);

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LevelError {}
