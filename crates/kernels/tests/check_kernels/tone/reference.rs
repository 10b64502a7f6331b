//! The whole chain in f64, written from the recommendations and not from the kernel.

use transcode_kernels::tone::{Hdr, ToneRange, ToneSpec};

/// SMPTE ST 2084, equation 4.1: cd/m2 of a signal.
pub(crate) fn pq_eotf(signal: f64) -> f64 {
    let (m1, m2) = (0.159_301_757_812_5, 78.843_75);
    let (c1, c2, c3) = (0.835_937_5, 18.851_562_5, 18.687_5);
    let n = signal.powf(1.0 / m2);
    10_000.0 * ((n - c1).max(0.0) / (c2 - c3 * n)).powf(1.0 / m1)
}

/// SMPTE ST 2084, equation 5.2.
pub(crate) fn pq_inverse(light: f64) -> f64 {
    let (m1, m2) = (0.159_301_757_812_5, 78.843_75);
    let (c1, c2, c3) = (0.835_937_5, 18.851_562_5, 18.687_5);
    let l = (light / 10_000.0).powf(m1);
    ((c1 + c2 * l) / (1.0 + c3 * l)).powf(m2)
}

/// ITU-R BT.2100-2, table 5: scene light of an HLG signal.
pub(crate) fn hlg_inverse_oetf(signal: f64) -> f64 {
    let (a, b, c) = (0.178_832_77_f64, 0.284_668_92, 0.559_910_73);
    if signal <= 0.5 { signal * signal / 3.0 } else { (((signal - c) / a).exp() + b) / 12.0 }
}

/// A column-free 3 x 3 product.
fn times(matrix: [[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

pub(crate) struct Chain {
    spec: ToneSpec,
}

impl Chain {
    pub(crate) fn new(spec: &ToneSpec) -> Self {
        Self { spec: *spec }
    }

    /// R'G'B' of codes, limited to 0 to 1.
    pub(crate) fn components(&self, [y, cb, cr]: [f64; 3], bits: u32) -> [f64; 3] {
        let unit = f64::from(1 << (bits - 8));
        let (y, cb, cr) = match self.spec.range {
            ToneRange::Limited => {
                ((y / unit - 16.0) / 219.0, (cb / unit - 128.0) / 224.0, (cr / unit - 128.0) / 224.0)
            }
            ToneRange::Full => {
                let (top, middle) = (f64::from((1 << bits) - 1), f64::from(1 << (bits - 1)));
                (y / top, (cb - middle) / top, (cr - middle) / top)
            }
        };
        let (r, b) = (y + 1.4746 * cr, y + 1.8814 * cb);
        let g = (y - 0.2627 * r - 0.0593 * b) / 0.6780;
        [r, g, b].map(|part| part.clamp(0.0, 1.0))
    }

    /// Y', Cb and Cr of BT.709 for codes.
    pub(crate) fn map(&self, colour: [u16; 3], bits: u32) -> [f64; 3] {
        self.map_components(self.components(colour.map(f64::from), bits))
    }

    /// The same for R'G'B'.
    pub(crate) fn map_components(&self, rgb: [f64; 3]) -> [f64; 3] {
        let peak = self.spec.peak;
        let luminance = |[r, g, b]: [f64; 3]| 0.2627 * r + 0.6780 * g + 0.0593 * b;
        let light = match self.spec.transfer {
            // No component is brighter than the peak (or about 300 cd/m2, where the peak is below that).
            Hdr::Pq => rgb.map(|part| pq_eotf(part).min(peak.max(pq_eotf(0.625)))),
            Hdr::Hlg => {
                let scene = rgb.map(hlg_inverse_oetf);
                // BT.2390: gamma = 1.2 * 1.111 ^ log2(peak / 1000).
                let gamma = 1.2 * 1.111_f64.powf((peak / 1000.0).log2());
                let seen = luminance(scene);
                scene.map(|part| if seen > 0.0 { peak * seen.powf(gamma - 1.0) * part } else { 0.0 })
            }
        };
        let before = luminance(light);
        let after = eetf(before, peak, 203.0);
        let sdr = light.map(|part| if before > 0.0 { part * after / before / 203.0 } else { 0.0 });
        // ITU-R BT.2407-0, section 2.2, carried to more digits.
        let rgb = times(
            [
                [1.660_491, -0.587_641_1, -0.072_849_9],
                [-0.124_550_5, 1.132_899_9, -0.008_349_4],
                [-0.018_150_8, -0.100_578_9, 1.118_729_7],
            ],
            sdr,
        );
        let grey = after / 203.0;
        // By halving: the most of the colour that is still inside.
        let inside = |t: f64| rgb.iter().all(|part| (-1e-9..=1.0 + 1e-9).contains(&(grey + t * (part - grey))));
        let (mut low, mut high) = (0.0, 1.0);
        if inside(1.0) {
            low = 1.0;
        } else {
            for _ in 0..50 {
                let middle = (low + high) / 2.0;
                if inside(middle) { low = middle } else { high = middle }
            }
        }
        let [r, g, b] = rgb.map(|part| (grey + low * (part - grey)).clamp(0.0, 1.0).powf(1.0 / 2.4));
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [y, (b - y) / 1.8556, (r - y) / 1.5748]
    }
}

/// ITU-R BT.2390-7, section 5.4.1, steps 1 to 3, blacks at 0.
pub(crate) fn eetf(light: f64, source_peak: f64, target_peak: f64) -> f64 {
    let source = pq_inverse(source_peak);
    let e1 = (pq_inverse(light) / source).min(1.0);
    let max_lum = pq_inverse(target_peak) / source;
    let ks = 1.5 * max_lum - 0.5;
    let e2 = if max_lum >= 1.0 || e1 < ks {
        e1
    } else {
        let t = (e1 - ks) / (1.0 - ks);
        (2.0 * t.powi(3) - 3.0 * t.powi(2) + 1.0) * ks
            + (t.powi(3) - 2.0 * t.powi(2) + t) * (1.0 - ks)
            + (-2.0 * t.powi(3) + 3.0 * t.powi(2)) * max_lum
    };
    pq_eotf(e2 * source)
}
