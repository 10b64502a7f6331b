//! Sound: a second of it, against a plain loop (compiled for this machine's baseline, as scalar code is) and libswresample.

use std::cell::Cell;
use std::hint::black_box;

use transcode_kernels::Level;
use transcode_kernels::samples::{
    ChannelLayout, ConvertTo, Dither, KWeighting, MixMatrix, Sample, convert, deinterleave, interleave,
    k_weighted_squares, mix, peak, sum_of_squares,
};

use crate::race::{Contender, Races};
use crate::swr::Swr;

/// A frame of an encoder is about 1000 samples; this many fit the second cache in all formats of stereo.
const FRAMES: usize = 8192;

fn sine(length: usize) -> Vec<f32> {
    (0..length).map(|n| (n as f32 * 0.013).sin() * 0.9).collect()
}

fn shorts(length: usize) -> Vec<i16> {
    sine(length).into_iter().map(|x| (x * 32_767.0) as i16).collect()
}

fn longs(length: usize) -> Vec<i32> {
    sine(length).into_iter().map(|x| (x * 2_147_483_000.0) as i32).collect()
}

/// Best level first: it is the one that others are compared with.
fn levels() -> Vec<Level> {
    let mut levels = Level::available();
    levels.reverse();
    levels
}

pub fn races(races: &mut Races) {
    // A frame of AAC, and what does not fit the first cache.
    stereo_with_swresample(races, 1024);
    stereo_with_swresample(races, FRAMES);
    one(races, "samples convert f32 -> i16", &sine(FRAMES), None, |x| (x * 32_768.0).round_ties_even() as i16);
    one(races, "samples convert f32 -> i32", &sine(FRAMES), None, |x| (x * 2_147_483_648.0).round_ties_even() as i32);
    one(races, "samples convert i16 -> f32", &shorts(FRAMES), None, |x| f32::from(x) / 32_768.0);
    one(races, "samples convert i32 -> f32", &longs(FRAMES), None, |x| x as f32 / 2_147_483_648.0);
    one(races, "samples convert i32 -> i16", &longs(FRAMES), None, |x| {
        ((i64::from(x) + 0x8000) >> 16).min(32_767) as i16
    });
    let dither = Some(Dither { seed: 1, position: 0 });
    let state = Cell::new(1u32);
    let random = &|| {
        state.set(state.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        (state.get() >> 16) as f32 / 65_536.0
    };
    let noisy = move |x: f32| (x * 32_768.0 + random() - random()).round_ties_even() as i16;
    one(races, "samples convert f32 -> i16 dithered", &sine(FRAMES), dither, noisy);
    let noisy = move |x: i32| (x as f32 / 65_536.0 + random() - random()).round_ties_even() as i16;
    one(races, "samples convert i32 -> i16 dithered", &longs(FRAMES), dither, noisy);
    for channels in [2, 3, 4, 6, 8] {
        layout(races, &format!("i16 {channels} channels"), &shorts(FRAMES * channels), channels);
        layout(races, &format!("f32 {channels} channels"), &sine(FRAMES * channels), channels);
    }
    downmix(races);
    measures(races);
    loudness(races);
}

fn one<A: ConvertTo<B>, B: Sample>(
    races: &mut Races,
    name: &str,
    from: &[A],
    dither: Option<Dither>,
    mut plain: impl FnMut(A) -> B,
) {
    let mut contenders = Vec::new();
    for level in levels() {
        let mut to = vec![B::default(); from.len()];
        contenders
            .push(Contender::new(level.name(), move || convert(level, black_box(from), black_box(&mut to), dither)));
    }
    let mut to = vec![B::default(); from.len()];
    contenders.push(Contender::new("plain loop", move || {
        for (x, y) in black_box(from).iter().zip(black_box(&mut to)) {
            *y = plain(*x);
        }
    }));
    races.run(name, size_of_val(from), contenders);
}

fn layout<T: ConvertTo<T>>(races: &mut Races, name: &str, inter: &[T], channels: usize) {
    let frames = inter.len() / channels;
    let planes = vec![vec![T::default(); frames]; channels];
    let mut contenders = Vec::new();
    for level in levels() {
        let mut planes = planes.clone();
        contenders.push(Contender::new(level.name(), move || {
            let mut planes: Vec<&mut [T]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
            deinterleave(level, black_box(inter), black_box(&mut planes), None);
        }));
    }
    let mut out = planes.clone();
    contenders.push(Contender::new("plain loop", move || {
        for (frame, samples) in black_box(inter).chunks_exact(channels).enumerate() {
            for (plane, sample) in out.iter_mut().zip(samples) {
                plane[frame] = *sample;
            }
        }
        black_box(&mut out);
    }));
    races.run(&format!("samples deinterleave {name}"), size_of_val(inter), contenders);

    let mut contenders = Vec::new();
    for level in levels() {
        let planes: Vec<&[T]> = planes.iter().map(Vec::as_slice).collect();
        let mut out = inter.to_vec();
        contenders.push(Contender::new(level.name(), move || {
            interleave(level, black_box(&planes), black_box(&mut out), None);
        }));
    }
    let (planes, mut out) = (&planes, inter.to_vec());
    contenders.push(Contender::new("plain loop", move || {
        let planes = black_box(planes);
        for (frame, samples) in out.chunks_exact_mut(channels).enumerate() {
            for (plane, sample) in planes.iter().zip(samples) {
                *sample = plane[frame];
            }
        }
        black_box(&mut out);
    }));
    races.run(&format!("samples interleave {name}"), size_of_val(inter), contenders);
}

fn stereo_with_swresample(races: &mut Races, frames: usize) {
    let inter = shorts(2 * frames);
    let mut contenders = Vec::new();
    for level in levels() {
        let (inter, mut left, mut right) = (inter.clone(), vec![0f32; frames], vec![0f32; frames]);
        contenders.push(Contender::new(level.name(), move || {
            deinterleave(level, black_box(&inter), black_box(&mut [&mut left, &mut right]), None);
        }));
    }
    let (mut left, mut right) = (vec![0f32; frames], vec![0f32; frames]);
    let plain = inter.clone();
    contenders.push(Contender::new("plain loop", move || {
        let all = black_box(&plain).chunks_exact(2).zip(black_box(&mut left)).zip(black_box(&mut right));
        for ((frame, left), right) in all {
            *left = f32::from(frame[0]) / 32_768.0;
            *right = f32::from(frame[1]) / 32_768.0;
        }
    }));
    let (mut swr, mut out) = (Swr::s16_to_fltp(), [vec![0f32; frames], vec![0f32; frames]]);
    let from = inter.clone();
    contenders.push(Contender::new("libswresample", move || {
        let [left, right] = black_box(&mut out);
        swr.unpack(black_box(&from), left, right);
    }));
    races.run(&format!("samples s16 -> fltp stereo, {frames} frames"), size_of_val(&inter[..]), contenders);

    let planes = [sine(frames), sine(frames)];
    let mut out = vec![0i16; 2 * frames];
    let (mut swr, mut to) = (Swr::fltp_to_s16(), vec![0i16; 2 * frames]);
    let mut contenders = Vec::new();
    for level in levels() {
        let (planes, mut out) = (&planes, vec![0i16; 2 * frames]);
        contenders.push(Contender::new(level.name(), move || {
            let [left, right] = black_box(planes);
            interleave(level, &[left, right], black_box(&mut out), None);
        }));
    }
    contenders.push(Contender::new("plain loop", || {
        let [left, right] = black_box(&planes);
        for ((frame, left), right) in black_box(&mut out).chunks_exact_mut(2).zip(left).zip(right) {
            frame[0] = (left * 32_768.0).round_ties_even() as i16;
            frame[1] = (right * 32_768.0).round_ties_even() as i16;
        }
    }));
    contenders.push(Contender::new("libswresample", || {
        let [left, right] = black_box(&planes);
        swr.pack(left, right, black_box(&mut to));
    }));
    races.run(&format!("samples fltp -> s16 stereo, {frames} frames"), 8 * frames, contenders);
}

fn downmix(races: &mut Races) {
    let planes = vec![sine(FRAMES); 6];
    let matrix = &MixMatrix::downmix(ChannelLayout::Surround51, ChannelLayout::Stereo).expect("a downmix").normalised();
    let mut out = vec![vec![0f32; FRAMES]; 2];
    let mut contenders = Vec::new();
    for level in levels() {
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        let (mut left, mut right) = (vec![0f32; FRAMES], vec![0f32; FRAMES]);
        contenders.push(Contender::new(level.name(), move || {
            mix(level, matrix, black_box(&planes), black_box(&mut [&mut left, &mut right]));
        }));
    }
    contenders.push(Contender::new("plain loop", || {
        let planes = black_box(&planes);
        for (row, out) in black_box(&mut out).iter_mut().enumerate() {
            for (i, out) in out.iter_mut().enumerate() {
                *out = (0..6).map(|column| matrix.value(row, column) * planes[column][i]).sum();
            }
        }
    }));
    races.run("samples mix 5.1 -> stereo", 24 * FRAMES, contenders);
}

fn measures(races: &mut Races) {
    measured(races, "i16", &shorts(FRAMES), |x| (f64::from(x) / 32_768.0).abs());
    measured(races, "i32", &longs(FRAMES), |x| (f64::from(x) / 2_147_483_648.0).abs());
    measured(races, "f32", &sine(FRAMES), |x| f64::from(x).abs());
}

fn measured<T: Sample>(races: &mut Races, name: &str, samples: &[T], magnitude: impl Fn(T) -> f64 + Copy) {
    let levels = levels();
    let contend = |measure: fn(Level, &[T]) -> f64| -> Vec<Contender<'_>> {
        let one = |level: &Level| {
            let level = *level;
            Contender::new(level.name(), move || {
                black_box(measure(level, black_box(samples)));
            })
        };
        levels.iter().map(one).collect()
    };
    let mut contenders = contend(peak);
    contenders.push(Contender::new("plain loop", move || {
        black_box(black_box(samples).iter().map(|x| magnitude(*x)).fold(0.0, f64::max));
    }));
    races.run(&format!("samples peak {name}"), size_of_val(samples), contenders);
    let mut contenders = contend(sum_of_squares);
    contenders.push(Contender::new("plain loop", move || {
        black_box(black_box(samples).iter().map(|x| magnitude(*x) * magnitude(*x)).sum::<f64>());
    }));
    races.run(&format!("samples sum of squares {name}"), size_of_val(samples), contenders);
}

/// Direct form II transposed, as most write it.
fn plain_biquad([b0, b1, b2, a1, a2]: [f64; 5], state: &mut [f64; 2], x: f64) -> f64 {
    let y = b0 * x + state[0];
    *state = [b1 * x - a1 * y + state[1], b2 * x - a2 * y];
    y
}

fn loudness(races: &mut Races) {
    for channels in [1, 2, 6, 8] {
        let planes = vec![sine(FRAMES); channels];
        let [shelf, high_pass] = KWeighting::new(48_000, 1).coefficients();
        let (mut states, mut sums) = (vec![[[0.0; 2]; 2]; channels], vec![0.0; channels]);
        let mut contenders = Vec::new();
        for level in levels() {
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            let (mut filter, mut sums) = (KWeighting::new(48_000, channels), vec![0.0; channels]);
            contenders.push(Contender::new(level.name(), move || {
                k_weighted_squares(level, &mut filter, black_box(&planes), black_box(&mut sums));
            }));
        }
        contenders.push(Contender::new("plain loop", || {
            for ((plane, state), sum) in black_box(&planes).iter().zip(&mut states).zip(&mut sums) {
                let [first, second] = state;
                for x in plane {
                    let y = plain_biquad(high_pass, second, plain_biquad(shelf, first, f64::from(*x)));
                    *sum += y * y;
                }
            }
            black_box(&mut sums);
        }));
        races.run(&format!("samples K-weighting {channels} channels"), 4 * channels * FRAMES, contenders);
    }
}
