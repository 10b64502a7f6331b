//! A buffer that notices a write beyond its edge.

use crate::{Geometry, Number, Pattern, Rng};

/// A plane in memory that is marked before, between and behind its rows.
#[derive(Clone, Debug)]
pub struct Guarded<T> {
    data: Vec<T>,
    geometry: Geometry,
}

/// Marked samples behind the last row.
const TAIL: usize = 64;

impl<T: Number> Guarded<T> {
    /// All marked, the plane itself too: what a kernel does not write is then seen.
    #[must_use]
    pub fn new(geometry: Geometry) -> Self {
        let Geometry { width, height, offset, gap } = geometry;
        Self { data: vec![T::CANARY; offset + (width + gap) * height + TAIL], geometry }
    }

    /// Filled with a pattern of values up to `max`.
    pub fn filled(geometry: Geometry, pattern: Pattern, rng: &mut Rng, max: u32) -> Self {
        let mut made = Self::new(geometry);
        let mut content = vec![T::default(); geometry.width * geometry.height];
        pattern.fill(rng, max, &mut content);
        for y in 0..geometry.height {
            let start = made.start(y);
            made.data[start..][..geometry.width].copy_from_slice(&content[y * geometry.width..][..geometry.width]);
        }
        made
    }

    fn start(&self, y: usize) -> usize {
        self.geometry.offset + y * self.stride()
    }

    /// Samples from row to row.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.geometry.width + self.geometry.gap
    }

    /// Where it lies.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    fn extent(&self) -> usize {
        match self.geometry.height {
            0 => 0,
            height => (height - 1) * self.stride() + self.geometry.width,
        }
    }

    /// The memory from the first sample to the last, and not one more.
    #[must_use]
    pub fn memory(&self) -> &[T] {
        &self.data[self.geometry.offset..][..self.extent()]
    }

    /// The same to write.
    #[must_use]
    pub fn memory_mut(&mut self) -> &mut [T] {
        let extent = self.extent();
        &mut self.data[self.geometry.offset..][..extent]
    }

    /// Row `y`.
    #[must_use]
    pub fn row(&self, y: usize) -> &[T] {
        &self.data[self.start(y)..][..self.geometry.width]
    }

    /// Which sample outside the rows was written, if any.
    #[must_use]
    pub fn trespass(&self) -> Option<String> {
        let Geometry { width, height, offset, .. } = self.geometry;
        let inside = |i: usize| {
            i.checked_sub(offset)
                .is_some_and(|i| self.stride() > 0 && i / self.stride() < height && i % self.stride() < width)
        };
        let at = (0..self.data.len()).find(|&i| !inside(i) && self.data[i] != T::CANARY)?;
        let place = at.cast_signed() - offset.cast_signed();
        Some(format!("wrote {:?} outside of its rows, {place} samples from the first", self.data[at]))
    }
}
