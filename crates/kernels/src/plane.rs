//! Rectangles of samples in memory that somebody else owns.

#[cfg(test)]
mod tests;

use std::fmt;

/// A rectangle of samples to read.
///
/// `width` counts samples of a row, so an interleaved RGB picture of 10 pixels has a width of 30. Rows begin `stride`
/// samples apart; what lies between the rows is never read.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a, T> {
    data: &'a [T],
    width: usize,
    height: usize,
    stride: usize,
    upside_down: bool,
}

/// A rectangle of samples to write. What lies between its rows is never touched.
#[derive(Debug)]
pub struct PlaneMut<'a, T> {
    data: &'a mut [T],
    width: usize,
    height: usize,
    stride: usize,
}

impl<'a, T> Plane<'a, T> {
    /// A plane of `height` rows of `width` samples, whose rows begin `stride` samples apart.
    ///
    /// # Errors
    /// Rows overlap, or `data` ends before the last row does.
    pub fn new(data: &'a [T], width: usize, height: usize, stride: usize) -> Result<Self, PlaneError> {
        check(data.len(), width, height, stride)?;
        Ok(Self { data, width, height, stride, upside_down: false })
    }

    /// The same rows in the opposite order: what a negative stride means.
    #[must_use]
    pub fn upside_down(self) -> Self {
        Self { upside_down: !self.upside_down, ..self }
    }

    /// Samples of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Row `y` from the top.
    ///
    /// # Panics
    /// There is no such row.
    #[must_use]
    pub fn row(&self, y: usize) -> &'a [T] {
        assert!(y < self.height, "row {y} of {}", self.height);
        let y = if self.upside_down { self.height - 1 - y } else { y };
        &self.data[y * self.stride..][..self.width]
    }

    /// All rows, from the top.
    pub fn rows(self) -> impl ExactSizeIterator<Item = &'a [T]> {
        (0..self.height).map(move |y| self.row(y))
    }

    /// A part of it: `width` x `height` samples from column `x`, row `y`. `None` where it reaches beyond.
    #[must_use]
    pub fn part(self, x: usize, y: usize, width: usize, height: usize) -> Option<Self> {
        let fits = x.checked_add(width)? <= self.width && y.checked_add(height)? <= self.height;
        if !fits {
            return None;
        }
        if height == 0 {
            return Some(Self { data: &[], width, height, ..self });
        }
        let first = if self.upside_down { self.height - y - height } else { y };
        let start = first * self.stride + x;
        let length = (height - 1) * self.stride + width;
        Some(Self { data: &self.data[start..][..length], width, height, ..self })
    }
}

impl<'a, T> PlaneMut<'a, T> {
    /// A plane of `height` rows of `width` samples, whose rows begin `stride` samples apart.
    ///
    /// # Errors
    /// Rows overlap, or `data` ends before the last row does.
    pub fn new(data: &'a mut [T], width: usize, height: usize, stride: usize) -> Result<Self, PlaneError> {
        check(data.len(), width, height, stride)?;
        Ok(Self { data, width, height, stride })
    }

    /// Samples of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Row `y` from the top.
    ///
    /// # Panics
    /// There is no such row.
    #[must_use]
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        assert!(y < self.height, "row {y} of {}", self.height);
        &mut self.data[y * self.stride..][..self.width]
    }

    /// All rows, from the top.
    pub fn rows_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [T]> {
        let width = self.width;
        // A single row may come with any stride.
        self.data.chunks_mut(self.stride.max(width).max(1)).take(self.height).map(move |row| &mut row[..width])
    }

    /// The same plane for as long as this borrow lasts.
    #[must_use]
    pub fn reborrow(&mut self) -> PlaneMut<'_, T> {
        PlaneMut { data: self.data, width: self.width, height: self.height, stride: self.stride }
    }

    /// A part of it: `width` x `height` samples from column `x`, row `y`. `None` where it reaches beyond.
    #[must_use]
    pub fn part(self, x: usize, y: usize, width: usize, height: usize) -> Option<Self> {
        let fits = x.checked_add(width)? <= self.width && y.checked_add(height)? <= self.height;
        if !fits {
            return None;
        }
        if height == 0 {
            return Some(Self { data: &mut [], width, height, ..self });
        }
        let length = (height - 1) * self.stride + width;
        Some(Self { data: &mut self.data[y * self.stride + x..][..length], width, height, stride: self.stride })
    }
}

fn check(length: usize, width: usize, height: usize, stride: usize) -> Result<(), PlaneError> {
    let overlap = stride < width && height > 1;
    let needed = match height {
        0 => Some(0),
        _ => (height - 1).checked_mul(stride).and_then(|rows| rows.checked_add(width)),
    };
    if !overlap && needed.is_some_and(|needed| needed <= length) {
        return Ok(());
    }
    Err(PlaneError { length, width, height, stride })
}

/// The memory does not hold the plane that was described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneError {
    length: usize,
    width: usize,
    height: usize,
    stride: usize,
}

impl fmt::Display for PlaneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, width, height, stride } = self;
        write!(
            f,
            "a plane does not fit its memory; expected a stride of at least the width and all rows within the memory; \
             got {height} rows of {width} samples, {stride} apart, in {length}; give the true size and stride"
        )
    }
}

impl std::error::Error for PlaneError {}
