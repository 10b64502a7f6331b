//! The shape of a pixel, where a codec knows only a few.

use transcode_av::{EncoderInfo, Rational};

use super::Planner;

/// Width by height of the screens that MPEG-2 has numbers for, beside square pixels.
const MPEG2_SCREENS: [f64; 3] = [4.0 / 3.0, 16.0 / 9.0, 2.21];

/// Nobody sees a smaller difference.
const TOLERANCE: f64 = 0.01;

impl Planner<'_> {
    /// Says so where pictures of that size and shape of pixels come out in another shape.
    pub(super) fn check_shape(
        &mut self,
        index: usize,
        encoder: EncoderInfo,
        size: (u32, u32),
        ratio: Option<Rational>,
    ) {
        let Some(ratio) = ratio.filter(|_| encoder.codec().name() == "mpeg2video") else { return };
        let shown = f64::from(size.0) * ratio.as_f64() / f64::from(size.1);
        let near = |wanted: f64, is: f64| (wanted / is - 1.0).abs() < TOLERANCE;
        if near(ratio.as_f64(), 1.0) || MPEG2_SCREENS.iter().any(|screen| near(*screen, shown)) {
            return;
        }
        self.warn(
            index,
            format_args!(
                "it is shown in another shape: mpeg2video has 4:3, 16:9, 2.21:1 and square pixels, not {shown:.3}:1; \
                 resolution= makes pixels square"
            ),
        );
    }
}
