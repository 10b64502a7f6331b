//! Sound at every level: the same bits as scalar code, whatever the type, the channels, the length and the alignment.

use transcode_kernels::Level;
use transcode_kernels::samples::{
    ConvertTo, Dither, KWeighting, MixMatrix, Sample, convert, deinterleave, interleave, k_weighted_squares, mix, peak,
    sum_of_squares,
};
use transcode_testkit::{Geometry, Guarded, Number, Pattern, Rng, assert_same, geometries};

/// Samples that a test can make up.
trait Sound: Sample + Number + 'static {
    /// `Pattern::fill`'s greatest value.
    const MAX: u32;
    fn from_pattern(value: Self) -> Self {
        value
    }
    /// What conversions stumble over.
    const SPECIAL: &[Self];
    /// The bits, which are the same for all that is not a number: a sum of two may have the payload of either.
    fn bits(self) -> u32;
}

impl Sound for i16 {
    const MAX: u32 = 32_768;
    const SPECIAL: &[Self] = &[i16::MIN, i16::MAX, -1, 0, 1];
    fn bits(self) -> u32 {
        i32::from(self).cast_unsigned()
    }
}

impl Sound for i32 {
    const MAX: u32 = 1 << 31;
    const SPECIAL: &[Self] =
        &[i32::MIN, i32::MAX, -1, 0, 1, 0x7FFF, 0x8000, -0x8000, -0x8001, 0x7FFF_7FFF, 0x7FFF_8000, 0x1_8000];
    fn bits(self) -> u32 {
        self.cast_unsigned()
    }
}

impl Sound for f32 {
    const MAX: u32 = 40_000;
    fn from_pattern(value: Self) -> Self {
        // Beyond full scale at the ends, and most of it off the steps of 16 bits.
        value / 32_768.0 * 0.999_7
    }
    const SPECIAL: &[Self] = &[
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        -0.0,
        1.0,
        -1.0,
        0.5 / 32_768.0,
        1.5 / 32_768.0,
        -2.5 / 32_768.0,
        32_767.5 / 32_768.0,
        -32_768.5 / 32_768.0,
        f32::MIN_POSITIVE / 4.0,
        f32::MAX,
        65_536.0,
        0.999_999_94,
        0.001_953_125 + 2.3e-10,
    ];
    fn bits(self) -> u32 {
        if self.is_nan() { f32::NAN.to_bits() } else { self.to_bits() }
    }
}

/// A pattern, and in random ones some special values.
fn filled<T: Sound>(geometry: Geometry, pattern: Pattern, rng: &mut Rng) -> Guarded<T> {
    let mut made = Guarded::<T>::filled(geometry, pattern, rng, T::MAX);
    let stride = made.stride();
    for y in 0..geometry.height {
        for value in &mut made.memory_mut()[y * stride..][..geometry.width] {
            *value = T::from_pattern(*value);
            if pattern == Pattern::Random && rng.below(6) == 0 {
                *value = T::SPECIAL[rng.below(T::SPECIAL.len())];
            }
        }
    }
    made
}

fn planes<T: Number>(of: &Guarded<T>) -> Vec<&[T]> {
    (0..of.geometry().height).map(|y| of.row(y)).collect()
}

fn planes_mut<T: Number>(of: &mut Guarded<T>) -> Vec<&mut [T]> {
    let (Geometry { width, height, .. }, stride) = (of.geometry(), of.stride());
    if width == 0 {
        return (0..height).map(|_| &mut [] as &mut [T]).collect();
    }
    of.memory_mut().chunks_mut(stride).map(|row| &mut row[..width]).collect()
}

fn levels() -> Vec<Level> {
    Level::available().into_iter().filter(|level| *level != Level::SCALAR).collect()
}

/// One row of every width, at its offset.
fn lines(rng: &mut Rng) -> Vec<Geometry> {
    thinned(geometries(rng).into_iter().map(|geometry| Geometry { height: 1, gap: 0, ..geometry }).collect())
}

/// Miri looks at every access and is a thousand times slower, so it gets a few.
fn thinned(all: Vec<Geometry>) -> Vec<Geometry> {
    let step = if cfg!(miri) { 41 } else { 1 };
    all.into_iter().filter(|geometry| !cfg!(miri) || geometry.width < 200).step_by(step).collect()
}

fn some_dither(rng: &mut Rng) -> Dither {
    // Often just before the low half of the number runs over.
    let position = if rng.below(3) == 0 { (7 << 32) - rng.below(300) as u64 } else { rng.next_u64() >> 8 };
    Dither { seed: rng.next_u64(), position }
}

fn conversion<A: Sound + ConvertTo<B>, B: Sound>(rng: &mut Rng) {
    for geometry in lines(rng) {
        for pattern in Pattern::ALL {
            let from = filled::<A>(geometry, pattern, rng);
            let out = Geometry { offset: rng.below(64), ..geometry };
            for dither in [None, Some(some_dither(rng))] {
                let run = |level| {
                    let mut to = Guarded::<B>::new(out);
                    convert(level, from.memory(), to.memory_mut(), dither);
                    to
                };
                let expected = bits(&run(Level::SCALAR));
                for level in levels() {
                    assert_same(rng, &format!("{level:?} {pattern:?} {dither:?}"), &expected, &bits(&run(level)));
                }
            }
        }
    }
}

#[test]
fn conversions() {
    let rng = &mut Rng::from_env();
    conversion::<i16, i16>(rng);
    conversion::<i16, i32>(rng);
    conversion::<i16, f32>(rng);
    conversion::<i32, i16>(rng);
    conversion::<i32, i32>(rng);
    conversion::<i32, f32>(rng);
    conversion::<f32, i16>(rng);
    conversion::<f32, i32>(rng);
}

/// Frames by channels: planes are the rows.
fn banks(rng: &mut Rng) -> Vec<Geometry> {
    let widths = (0..=34).chain([63, 64, 65, 200, 683, 1025]);
    let mut banks: Vec<Geometry> = widths
        .flat_map(|width| (1..=9).map(move |height| Geometry { width, height, offset: 0, gap: 0 }))
        .map(|bank| Geometry { offset: rng.below(64), gap: rng.below(40), ..bank })
        .collect();
    banks.push(Geometry { width: 3, height: 2100, offset: 1, gap: 0 });
    thinned(banks)
}

fn layouts<A: Sound + ConvertTo<B>, B: Sound>(rng: &mut Rng) {
    for bank in banks(rng) {
        let line = Geometry { width: bank.width * bank.height, height: 1, offset: rng.below(64), gap: 0 };
        let pattern = Pattern::ALL[2 + rng.below(2)];
        let dither = [None, Some(some_dither(rng))][rng.below(2)];
        let (planar, inter) = (filled::<A>(bank, pattern, rng), filled::<A>(line, pattern, rng));
        let to_line = |level| {
            let mut to = Guarded::<B>::new(line);
            interleave(level, &planes(&planar), to.memory_mut(), dither);
            to
        };
        let to_planes = |level| {
            let mut to = Guarded::<B>::new(bank);
            deinterleave(level, inter.memory(), &mut planes_mut(&mut to), dither);
            to
        };
        // By definition: converted one for one in the order of interleaved samples.
        let mut moved = Guarded::<A>::new(line);
        let mut converted = Guarded::<B>::new(line);
        for (i, to) in moved.memory_mut().iter_mut().enumerate() {
            *to = planar.row(i % bank.height)[i / bank.height];
        }
        convert(Level::SCALAR, moved.memory(), converted.memory_mut(), dither);
        let mut parted = Guarded::<B>::new(line);
        convert(Level::SCALAR, inter.memory(), parted.memory_mut(), dither);
        let mut parts = Guarded::<B>::new(bank);
        for (channel, plane) in planes_mut(&mut parts).into_iter().enumerate() {
            for (frame, to) in plane.iter_mut().enumerate() {
                *to = parted.memory()[frame * bank.height + channel];
            }
        }
        for level in Level::available() {
            let what = format!("{level:?} {bank:?} {pattern:?} {dither:?}");
            assert_same(rng, &format!("interleave {what}"), &bits(&converted), &bits(&to_line(level)));
            assert_same(rng, &format!("deinterleave {what}"), &bits(&parts), &bits(&to_planes(level)));
        }
    }
}

/// As bits, of which even those of NaN can be compared.
fn bits<T: Sound>(of: &Guarded<T>) -> Guarded<u32> {
    assert_eq!(of.trespass(), None, "{:?}", of.geometry());
    let mut made = Guarded::<u32>::new(of.geometry());
    for (row, to) in planes_mut(&mut made).into_iter().enumerate() {
        for (to, value) in to.iter_mut().zip(of.row(row)) {
            *to = value.bits();
        }
    }
    made
}

#[test]
fn interleaved_and_planar() {
    let rng = &mut Rng::from_env();
    layouts::<i16, i16>(rng);
    layouts::<i32, i32>(rng);
    layouts::<f32, f32>(rng);
    layouts::<i16, f32>(rng);
    layouts::<i16, i32>(rng);
    layouts::<i32, f32>(rng);
    layouts::<i32, i16>(rng);
    layouts::<f32, i16>(rng);
    layouts::<f32, i32>(rng);
    // Nothing at all.
    interleave::<i16, f32>(Level::SCALAR, &[], &mut [], None);
    deinterleave::<i16, f32>(Level::SCALAR, &[], &mut [], None);
}

#[test]
fn mixes() {
    let rng = &mut Rng::from_env();
    for bank in banks(rng).into_iter().filter(|bank| bank.height < 10) {
        for pattern in Pattern::ALL {
            let from = filled::<f32>(bank, pattern, rng);
            let rows = rng.below(4);
            let values = (0..rows * bank.height).map(|_| [0.0, 1.0, -0.3, 0.707_106_77, 1.5][rng.below(5)]).collect();
            let matrix = MixMatrix::new(rows, bank.height, values).expect("as many as were made");
            let run = |level| {
                let mut to = Guarded::<f32>::new(Geometry { height: rows, ..bank });
                mix(level, &matrix, &planes(&from), &mut planes_mut(&mut to));
                to
            };
            let expected = bits(&run(Level::SCALAR));
            for level in levels() {
                assert_same(rng, &format!("{level:?} {pattern:?} {matrix:?}"), &expected, &bits(&run(level)));
            }
        }
    }
}

fn measures<T: Sound>(rng: &mut Rng) {
    for geometry in lines(rng) {
        for pattern in Pattern::ALL {
            let samples = filled::<T>(geometry, pattern, rng);
            let run =
                |level| [peak(level, samples.memory()), sum_of_squares(level, samples.memory())].map(f64::to_bits);
            let nan = f64::from_bits(run(Level::SCALAR)[1]).is_nan();
            for level in levels() {
                let (expected, got) = (run(Level::SCALAR), run(level));
                let same = expected[0] == got[0] && (expected[1] == got[1] || nan && f64::from_bits(got[1]).is_nan());
                assert!(same, "{level:?} {geometry:?} {pattern:?}; replay: CHECK_SEED={}", rng.seed());
            }
        }
    }
}

#[test]
fn peaks_and_energies() {
    let rng = &mut Rng::from_env();
    measures::<i16>(rng);
    measures::<i32>(rng);
    measures::<f32>(rng);
}

#[test]
fn k_weighting() {
    let rng = &mut Rng::from_env();
    for bank in banks(rng).into_iter().filter(|bank| bank.height < 10) {
        let pattern = Pattern::ALL[rng.below(5)];
        let pieces = [filled::<f32>(bank, pattern, rng), filled::<f32>(bank, Pattern::Random, rng)];
        // Made once: Miri varies what mathematical functions give.
        let fresh = KWeighting::new(44_100, bank.height);
        let run = |level| {
            let mut filter = fresh.clone();
            let mut sums = vec![0.0; bank.height];
            for piece in &pieces {
                k_weighted_squares(level, &mut filter, &planes(piece), &mut sums);
            }
            sums.into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        for level in levels() {
            assert_eq!(run(level), run(Level::SCALAR), "{level:?} {bank:?}; replay: CHECK_SEED={}", rng.seed());
        }
    }
}
