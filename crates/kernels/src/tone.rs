//! Tone mapping: see [`ToneMap`].

mod curve;
mod picture;
mod scalar;
mod table;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;

use std::fmt;

use crate::level::Isa;
use crate::{Level, Plane, PlaneMut, Range, Siting};
use table::Table;

/// The transfer characteristics of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hdr {
    /// SMPTE ST 2084.
    Pq,
    /// ARIB STD-B67, in ITU-R BT.2100.
    Hlg,
}

/// A source: BT.2020 Y'CbCr with non-constant luminance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneSpec {
    /// Its transfer characteristics.
    pub transfer: Hdr,
    /// Its greatest light in cd/m2, as [`ToneSpec::peak_of`] finds it. For HLG: the peak of the display to look like.
    pub peak: f64,
    /// Its range.
    pub range: Range,
    /// The place of its chroma.
    pub siting: Siting,
}

impl ToneSpec {
    /// The peak of a source that does not tell, in cd/m2.
    pub const DEFAULT_PEAK: f64 = 1000.0;

    /// The peak of a source in cd/m2: MaxCLL where it has one, else the mastering display's, else [`Self::DEFAULT_PEAK`].
    ///
    /// Values outside of 100 to 10,000 are passed over: 0 means "unknown" in both, and files exist whose mastering display
    /// has 0.1 cd/m2 for a mistake of units.
    #[must_use]
    pub fn peak_of(max_cll: Option<f64>, mastering: Option<f64>) -> f64 {
        [max_cll, mastering]
            .into_iter()
            .flatten()
            .find(|peak| (100.0..=10_000.0).contains(peak))
            .unwrap_or(Self::DEFAULT_PEAK)
    }
}

/// A source's peak that no tone mapping can begin from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneError(f64);

impl fmt::Display for ToneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the peak of an HDR source is out of range; expected 1 to 10000 cd/m2; got {}; give the true one, or \
             {} where none is known",
            self.0,
            ToneSpec::DEFAULT_PEAK
        )
    }
}

impl std::error::Error for ToneError {}

/// High dynamic range to standard: PQ or HLG of BT.2020 to BT.709, ready to run on any number of pictures.
///
/// # What happens to a colour
/// 1. Y'CbCr to R'G'B' by the matrix of BT.2020 (non-constant luminance), components limited to 0..=1.
/// 2. To display light: PQ by SMPTE ST 2084, no component brighter than the peak (or 306 cd/m2, where the peak is lower);
///    HLG by the inverse OETF and the OOTF of ITU-R BT.2100 with the system gamma for [`ToneSpec::peak`].
/// 3. BT.2020 to BT.709 primaries.
/// 4. The greatest component is compressed by the EETF of ITU-R BT.2390 (its Hermite knee in the PQ domain) from the
///    source's peak to [`Self::REFERENCE_WHITE`], and all three are scaled alike ("maxRGB" of BT.2390): hue and saturation
///    stay, and none is beyond white. By luminance instead, with what is beyond white desaturated, blue skies came out white.
/// 5. A colour outside of BT.709, which has a negative component, moves straight towards the grey of the same luminance
///    until none is: luminance and dominant wavelength stay, saturation falls.
/// 6. The inverse of the EOTF of BT.1886, and Y'CbCr of BT.709, limited range.
///
/// # Where white goes
/// SDR white stands for 203 cd/m2, the reference white of HDR in ITU-R BT.2408 (58 % PQ, 75 % HLG); on an SDR display with
/// a white of 100 cd/m2, all is seen at 0.49 of its light. A source with a peak of 1000 cd/m2 keeps everything up to
/// 92 cd/m2 as it is; its own reference white becomes 90 % of the SDR signal, its peak 100 %. Black stays black, grey grey.
///
/// # How
/// Steps 2 to 6 are sampled, in f64 and once a job, at 65 x 65 x 65 points of R'G'B'; between them is tetrahedral
/// interpolation. Luma is found for each sample of luma, from chroma interpolated (linearly) to its place; chroma is found
/// for each sample of chroma, from luma averaged about its place. The chroma keeps its siting. Nothing is dithered.
///
/// Against the chain in f64, in CIE DE2000 over a grid of all colours and random ones, the result at 10 bits differs by a
/// mean of 0.07, 99 % of it by less than 0.4, and all by less than 1.2; at 8 bits, whose rounding is most of it, by 0.23,
/// 0.7 and 1.6. Every level gives the same bits.
#[derive(Clone)]
pub struct ToneMap {
    table: Table,
    spec: ToneSpec,
}

impl fmt::Debug for ToneMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToneMap").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl ToneMap {
    /// What SDR white stands for, in cd/m2: "HDR reference white" of ITU-R BT.2408.
    pub const REFERENCE_WHITE: f64 = 203.0;

    /// Samples the chain: some ten milliseconds, about nine megabytes.
    ///
    /// # Errors
    /// The peak is not within 1 to 10,000 cd/m2.
    pub fn new(spec: &ToneSpec) -> Result<Self, ToneError> {
        if !(1.0..=10_000.0).contains(&spec.peak) {
            return Err(ToneError(spec.peak));
        }
        Ok(Self { table: Table::new(spec), spec: *spec })
    }

    /// Maps a picture of Y', Cb and Cr to BT.709, limited range, 8 bits.
    ///
    /// `bits` is the depth of the source, 8 to 12; samples beyond it count as the greatest. `log2_chroma` is the
    /// subsampling of chroma as powers of two, across and down: (1, 1) for 4:2:0, (1, 0) for 4:2:2, (0, 0) for 4:4:4;
    /// the result has the same.
    ///
    /// # Panics
    /// The planes do not have the sizes that this asks for, or `bits` or `log2_chroma` are others.
    pub fn run_u8(
        &self,
        level: Level,
        source: [Plane<'_, u16>; 3],
        log2_chroma: (u32, u32),
        bits: u32,
        to: [PlaneMut<'_, u8>; 3],
    ) {
        self.run(level, source, log2_chroma, bits, to);
    }

    /// The same to 10 bits.
    ///
    /// # Panics
    /// As [`Self::run_u8`].
    pub fn run_u16(
        &self,
        level: Level,
        source: [Plane<'_, u16>; 3],
        log2_chroma: (u32, u32),
        bits: u32,
        to: [PlaneMut<'_, u16>; 3],
    ) {
        self.run(level, source, log2_chroma, bits, to);
    }

    fn run<T: Sample>(
        &self,
        level: Level,
        source: [Plane<'_, u16>; 3],
        (across, down): (u32, u32),
        bits: u32,
        to: [PlaneMut<'_, T>; 3],
    ) {
        assert!((8..=12).contains(&bits), "tone mapping of {bits} bits");
        assert!(across <= 1 && down <= 1, "tone mapping of chroma subsampled by 2^{across} and 2^{down}");
        let (width, height) = (source[0].width(), source[0].height());
        let chroma = (width.div_ceil(1 << across), height.div_ceil(1 << down));
        for (i, (from, to)) in source.iter().zip(&to).enumerate() {
            let expected = if i == 0 { (width, height) } else { chroma };
            assert_eq!((from.width(), from.height()), expected, "tone mapping: size of plane {i}");
            assert_eq!((to.width(), to.height()), expected, "tone mapping: size of plane {i} of the result");
        }
        if width == 0 || height == 0 {
            return;
        }
        let shape = picture::Shape { halved: (across == 1, down == 1), siting: self.spec.siting, bits };
        match level.isa() {
            Isa::Scalar => scalar::run(&self.table, shape, source, to),
            // SAFETY: an `Isa::Avx2` or above exists only because the CPU was seen to have AVX2 (`Level::available`).
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::Avx512 => unsafe { avx2::run(&self.table, shape, source, to) },
            // SAFETY: an `Isa::Neon` exists only because the CPU was seen to have NEON (`Level::available`).
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { neon::run(&self.table, shape, source, to) },
        }
    }
}

/// A sample of the result.
trait Sample: Copy + Default + fmt::Debug {
    /// Its depth.
    const BITS: u32;

    /// From a code that is within the depth.
    fn from_code(code: u16) -> Self;
}

impl Sample for u8 {
    const BITS: u32 = 8;

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "within the depth")]
    fn from_code(code: u16) -> Self {
        code as Self
    }
}

impl Sample for u16 {
    const BITS: u32 = 10;

    #[inline(always)]
    fn from_code(code: u16) -> Self {
        code
    }
}
