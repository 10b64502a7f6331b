//! The colour science, one colour at a time, in f64: what the table is sampled from.

use super::{Hdr, ToneMap, ToneSpec};

// SMPTE ST 2084:2014, equations 4.1 and 5.1 and their constants (also ITU-R BT.2100-2, table 4).
const M1: f64 = 2610.0 / 16384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

/// The weights of luminance for the primaries of BT.2020 (ITU-R BT.2020-2, table 4).
const LUMA_2020: [f64; 3] = [0.2627, 0.6780, 0.0593];

/// The weights of luma in BT.709 (ITU-R BT.709-6, item 3.2).
const LUMA_709: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// Linear BT.2020 to linear BT.709: from the chromaticities in both recommendations, white at D65 in both (ITU-R
/// BT.2407-0, section 2.2, gives the same rounded to four digits). Every row sums to 1, so grey stays grey.
const PRIMARIES: [[f64; 3]; 3] = [
    [1.660_491_002_108_434_6, -0.587_641_138_788_549_6, -0.072_849_863_319_884_88],
    [-0.124_550_474_521_590_74, 1.132_899_897_125_960_3, -0.008_349_422_604_369_477],
    [-0.018_150_763_354_905_303, -0.100_578_898_008_007_39, 1.118_729_661_362_912_7],
];

/// PQ signal of 0 to 1 to cd/m2.
pub(super) fn pq_to_light(signal: f64) -> f64 {
    let power = signal.max(0.0).powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// The inverse.
pub(super) fn light_to_pq(light: f64) -> f64 {
    let power = (light.max(0.0) / 10_000.0).powf(M1);
    ((C1 + C2 * power) / (1.0 + C3 * power)).powf(M2)
}

/// HLG signal of 0 to 1 to scene light of 0 to 1 (ITU-R BT.2100-2, table 5, the inverse of the OETF).
fn hlg_to_scene(signal: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    let b = 1.0 - 4.0 * A;
    let c = 0.5 - A * (4.0 * A).ln();
    if signal <= 0.5 { signal.max(0.0).powi(2) / 3.0 } else { (((signal - c) / A).exp() + b) / 12.0 }
}

/// The whole way of a colour, but for the last step to integers.
pub(super) struct Curve {
    transfer: Hdr,
    peak: f64,
    /// HLG: the system gamma less one.
    gamma: f64,
    /// The peak as a PQ signal.
    peak_pq: f64,
    /// The target's peak as a part of it: `maxLum` of BT.2390.
    target: f64,
    /// Where compression begins, in cd/m2.
    knee: f64,
}

impl Curve {
    pub(super) fn new(spec: &ToneSpec) -> Self {
        let peak_pq = light_to_pq(spec.peak);
        // ITU-R BT.2100-2, note 5f, in the form for all peaks of BT.2390: 1.2 at 1000 cd/m2.
        let gamma = 1.2 * 1.111_f64.powf((spec.peak / 1000.0).log2()) - 1.0;
        let target = light_to_pq(ToneMap::REFERENCE_WHITE) / peak_pq;
        // `KS` of BT.2390; a source that is no brighter than the target has none.
        let knee = if target < 1.0 { pq_to_light((1.5 * target - 0.5) * peak_pq) } else { spec.peak };
        Self { transfer: spec.transfer, peak: spec.peak, gamma, peak_pq, target, knee }
    }

    /// What of the signal's range the table spans: the components of a colour are no brighter than the peak, and the
    /// bottom keeps fixed-point factors below 1.
    pub(super) fn span(&self) -> f64 {
        match self.transfer {
            Hdr::Pq => self.peak_pq.clamp(0.625, 1.0),
            Hdr::Hlg => 1.0,
        }
    }

    /// One component of the signal to light: cd/m2 for PQ, scene light for HLG.
    pub(super) fn linear(&self, signal: f64) -> f64 {
        match self.transfer {
            Hdr::Pq => pq_to_light(signal),
            Hdr::Hlg => hlg_to_scene(signal),
        }
    }

    /// EETF of ITU-R BT.2390-7, section 5.4.1, with both blacks at 0: cd/m2 of the source to cd/m2 of the target.
    fn compress(&self, light: f64) -> f64 {
        if light <= self.knee {
            return light;
        }
        if light >= self.peak {
            return self.peak.min(ToneMap::REFERENCE_WHITE);
        }
        let start = 1.5 * self.target - 0.5;
        let t = (light_to_pq(light) / self.peak_pq - start) / (1.0 - start);
        let (t2, t3) = (t * t, t * t * t);
        let out = (2.0 * t3 - 3.0 * t2 + 1.0) * start
            + (t3 - 2.0 * t2 + t) * (1.0 - start)
            + (3.0 * t2 - 2.0 * t3) * self.target;
        pq_to_light(out * self.peak_pq)
    }

    /// Three components as of [`Self::linear`] to Y', Cb and Cr of BT.709: 0 to 1, and -0.5 to 0.5.
    pub(super) fn map(&self, linear: [f64; 3]) -> [f64; 3] {
        let mut light = dot(LUMA_2020, linear);
        if light <= 0.0 {
            return [0.0; 3];
        }
        let mut gain = 1.0;
        if self.transfer == Hdr::Hlg {
            // OOTF, ITU-R BT.2100-2, table 5.
            gain = self.peak * light.powf(self.gamma);
            light *= gain;
        }
        let rgb = PRIMARIES.map(|row| dot(row, linear) * gain);
        let greatest = rgb[0].max(rgb[1]).max(rgb[2]);
        let scale = self.compress(greatest) / greatest / ToneMap::REFERENCE_WHITE;
        let luminance = light * scale;
        let rgb = rgb.map(|part| part * scale);
        // The furthest from grey along this hue at which no component is negative.
        let least = rgb[0].min(rgb[1]).min(rgb[2]);
        let reach = if least < 0.0 { luminance / (luminance - least) } else { 1.0 };
        // Inverse of the EOTF of ITU-R BT.1886, annex 1, with black at 0.
        let encode = |part: f64| (luminance + reach * (part - luminance)).clamp(0.0, 1.0).powf(1.0 / 2.4);
        let [r, g, b] = rgb.map(encode);
        let luma = dot(LUMA_709, [r, g, b]);
        [luma, (b - luma) / 1.8556, (r - luma) / 1.5748]
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
