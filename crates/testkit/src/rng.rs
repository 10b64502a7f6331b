//! A seeded random source, so that a failure can be replayed.

/// Random numbers by xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled").
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
    seed: u64,
}

impl Rng {
    /// Seeded by `CHECK_SEED` where it is set (a number), else by the clock.
    ///
    /// # Panics
    /// `CHECK_SEED` holds something else than a number.
    #[must_use]
    pub fn from_env() -> Self {
        let seed = match std::env::var("CHECK_SEED") {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("CHECK_SEED: expected a number; got {text:?}")),
            Err(_) => std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(1, |time| u64::from(time.subsec_nanos()) | time.as_secs() << 30),
        };
        Self::new(seed)
    }

    /// Seeded by hand.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // The state must not be zero, and neighbouring seeds must not begin alike.
        let state = (seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1;
        Self { state, seed }
    }

    /// What to set `CHECK_SEED` to for the same numbers.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Any 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`; 0 for an `end` of 0.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.next_u64()) * end as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}
