//! How numbers of a picture mean colours: the words of ITU-T H.273 that kernels tell apart.

/// How R, G and B are mixed into luma and colour differences (non-constant luminance).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// ITU-R BT.601, of standard definition and JPEG.
    Bt601,
    /// ITU-R BT.709, of high definition.
    Bt709,
    /// ITU-R BT.2020, of ultra high definition; the non-constant luminance of its two.
    Bt2020,
}

impl Matrix {
    /// The shares of red and blue in luma, `KR` and `KB` of H.273 table 4; green has what is left to 1.
    #[must_use]
    pub fn kr_kb(self) -> (f64, f64) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
            Self::Bt2020 => (0.2627, 0.0593),
        }
    }
}

/// Which numbers stand for black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// 16 to 235 of 8 bits for luma, 16 to 240 for colour differences, shifted up with the depth.
    Limited,
    /// All numbers of the depth.
    Full,
}

/// Where a chroma sample of a subsampled picture lies among its luma samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Siting {
    /// On the left luma column, midway between two rows: MPEG-2, H.264 and HEVC unless they say otherwise.
    Left,
    /// Midway between columns and rows: JPEG, MPEG-1.
    Center,
    /// On the top left luma sample: BT.2020 in HEVC, DV of 625 lines.
    TopLeft,
}
