//! One scale of quality, from 0 (smallest) to 100 (best), in the terms of each encoder.

/// What is taken where nobody says: good, and not wasteful.
pub(super) const JPEG: u8 = 90;
pub(super) const WEBP: u8 = 80;
pub(super) const AVIF: u8 = 70;

/// JPEG's own example of what luma is divided by (ITU-T T.81, Annex K), row by row.
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// The same for chroma.
const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99,
];

/// What JPEG divides luma and chroma by, scaled as the Independent JPEG Group's library does and nearly all after it.
pub(super) fn matrices(quality: u8) -> [[u16; 64]; 2] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    // The most that fits a byte, 255, is the most at any quality.
    [LUMA, CHROMA].map(|table| table.map(|divisor| scaled(divisor, percent)))
}

/// From this quality on chroma keeps its full size in JPEG and AVIF.
pub(super) const FULL_CHROMA: u8 = 90;

/// AV1's quantiser of constant quality, from 0 (best) to 63.
pub(super) fn av1(quality: u8) -> u8 {
    let rest = u16::from(100 - quality.min(100));
    u8::try_from((rest * 63 + 50) / 100).unwrap_or(63)
}

fn scaled(divisor: u16, percent: u32) -> u16 {
    u16::try_from(((u32::from(divisor) * percent + 50) / 100).clamp(1, 255)).unwrap_or(255)
}
