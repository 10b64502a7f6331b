//! Four channels in a register, and two or three as well: much of the time goes into waiting for the sample before, so that
//! four cost what two do. One alone is quicker without vectors.

use std::arch::x86_64::*;

use super::{Filter, Memory, scalar};
use crate::x86::{load128, load256, store256};

#[target_feature(enable = "avx2")]
pub(super) fn squares(filter: &Filter, memories: &mut [Memory], planes: &[&[f32]], sums: &mut [f64]) {
    let groups = memories.chunks_mut(4).zip(planes.chunks(4)).zip(sums.chunks_mut(4));
    for ((memories, planes), sums) in groups {
        if planes.len() == 1 {
            scalar::squares(filter, memories, planes, sums);
        } else {
            four(filter, memories, planes, sums);
        }
    }
}

/// Up to four channels. The operations are those of `scalar`, in the same order, and so are the bits.
#[target_feature(enable = "avx2")]
fn four(filter: &Filter, memories: &mut [Memory], planes: &[&[f32]], sums: &mut [f64]) {
    let frames = planes[0].len();
    // Lanes without a channel do what the last one does.
    let lane = |i: usize| i.min(planes.len() - 1);
    let blocks: [&[[f32; 4]]; 4] = std::array::from_fn(|i| planes[lane(i)].as_chunks().0);
    let gather = |get: fn(&Memory) -> f64| {
        let values: [f64; 4] = std::array::from_fn(|i| get(&memories[lane(i)]));
        _mm256_castsi256_pd(load256(&values))
    };
    let (mut x1, mut x2) = (gather(|m| m.input[0]), gather(|m| m.input[1]));
    let (mut y1, mut y2) = (gather(|m| m.middle[0]), gather(|m| m.middle[1]));
    let (mut z1, mut z2) = (gather(|m| m.output[0]), gather(|m| m.output[1]));
    let mut total = _mm256_setzero_pd();
    let (b, a) = (filter.shelf.b.map(|b| _mm256_set1_pd(b)), filter.shelf.a.map(|a| _mm256_set1_pd(a)));
    let high_pass = filter.high_pass.a.map(|a| _mm256_set1_pd(a));
    for i in 0..frames / 4 {
        for x in four_frames(blocks.map(|plane| &plane[i])) {
            let forward = _mm256_add_pd(_mm256_mul_pd(b[0], x), _mm256_mul_pd(b[1], x1));
            let forward = _mm256_add_pd(forward, _mm256_mul_pd(b[2], x2));
            let y = _mm256_sub_pd(_mm256_sub_pd(forward, _mm256_mul_pd(a[1], y2)), _mm256_mul_pd(a[0], y1));
            let forward = _mm256_add_pd(_mm256_sub_pd(y, _mm256_add_pd(y1, y1)), y2);
            let z = _mm256_sub_pd(forward, _mm256_mul_pd(high_pass[1], z2));
            let z = _mm256_sub_pd(z, _mm256_mul_pd(high_pass[0], z1));
            total = _mm256_add_pd(total, _mm256_mul_pd(z, z));
            (x2, x1, y2, y1, z2, z1) = (x1, x, y1, y, z1, z);
        }
    }
    let [x1, x2, y1, y2, z1, z2, total] = [x1, x2, y1, y2, z1, z2, total].map(|lanes| {
        let mut values = [0f64; 4];
        store256(&mut values, _mm256_castpd_si256(lanes));
        values
    });
    for (i, ((memory, plane), sum)) in memories.iter_mut().zip(planes).zip(sums).enumerate() {
        *memory = Memory { input: [x1[i], x2[i]], middle: [y1[i], y2[i]], output: [z1[i], z2[i]] };
        let tail = &plane[frames / 4 * 4..];
        *sum += scalar::channel(filter, memory, tail, total[i]);
    }
}

/// Four frames of four planes, as `f64`; what is not finite is 0.
#[inline]
#[target_feature(enable = "avx2")]
fn four_frames(planes: [&[f32; 4]; 4]) -> [__m256d; 4] {
    let [a, b, c, d] = planes.map(|plane| load128(plane));
    let (ab_low, ab_high) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    let frames = [
        _mm_unpacklo_epi64(ab_low, cd_low),
        _mm_unpackhi_epi64(ab_low, cd_low),
        _mm_unpacklo_epi64(ab_high, cd_high),
        _mm_unpackhi_epi64(ab_high, cd_high),
    ];
    frames.map(|frame| {
        let frame = _mm_castsi128_ps(frame);
        let magnitude = _mm_and_ps(frame, _mm_castsi128_ps(_mm_set1_epi32(i32::MAX)));
        let finite = _mm_cmplt_ps(magnitude, _mm_set1_ps(f32::INFINITY));
        _mm256_cvtps_pd(_mm_and_ps(frame, finite))
    })
}
