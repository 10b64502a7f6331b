use transcode_av::ColorInfo;
use transcode_kernels::{Coding, Matrix, Range};

use super::*;

const SIZE: (u32, u32) = (71, 37);

fn format(name: &str) -> PixelFormat {
    PixelFormat::from_name(name).expect("FFmpeg has it")
}

/// The same picture in planes, and as no file of FFmpeg's own formats holds it: two planes, bits high up.
fn pair(planar: &str, semi_planar: &str, depth: u32) -> [Frame; 2] {
    let shift = 16 - depth;
    let mut plain = Frame::picture(format(planar), SIZE.0, SIZE.1).expect("memory");
    let mut other = Frame::picture(format(semi_planar), SIZE.0, SIZE.1).expect("memory");
    let mut state = 1_u32;
    for index in 0..3 {
        let mut from = plain.plane_u16_mut(index).expect("a plane");
        let mut to = other.plane_u16_mut(index.min(1)).expect("a plane");
        let (step, first) = if index == 0 { (1, 0) } else { (2, index - 1) };
        for y in 0..from.height() {
            for (x, sample) in from.row_mut(y).iter_mut().enumerate() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = u16::try_from(state >> (32 - depth)).expect("16 bits");
                to.row_mut(y)[x * step + first] = *sample << shift;
            }
        }
    }
    [plain, other]
}

fn made(frame: &Frame, source: Source, size: (u32, u32)) -> Vec<i32> {
    let coding = Coding { matrix: Matrix::Bt709, range: Range::Full, depth: source.depth };
    let rgb =
        Rgb { source, coding, format: format("rgb24"), layout: Layout::Rgb, deep: false, color: ColorInfo::UNKNOWN };
    let picture = ToRgb::new(rgb, Level::SCALAR).run(frame, size).expect("a picture");
    let plane = picture.plane_u8(0).expect("a plane");
    plane.rows().flatten().map(|sample| i32::from(*sample)).collect()
}

#[test]
fn high_bits_of_two_planes_are_the_same_picture() {
    for (planar, semi_planar, depth, subsampling) in
        [("yuv420p10", "p010", 10, Subsampling::Yuv420), ("yuv422p10", "p210", 10, Subsampling::Yuv422)]
    {
        let [plain, other] = pair(planar, semi_planar, depth);
        let source = |semi_planar| Source { subsampling, depth, semi_planar };
        assert_eq!(made(&plain, source(false), SIZE), made(&other, source(true), SIZE));
        for size in [(50, 23), (90, 80), (1, 1)] {
            let both = (made(&plain, source(false), size), made(&other, source(true), size));
            let off = both.0.iter().zip(&both.1).map(|(a, b)| (a - b).abs()).max();
            assert!(off <= Some(1), "{semi_planar} {size:?}: {off:?}");
        }
    }
}

#[test]
fn eight_bits_of_two_planes_are_the_same_picture() {
    let mut plain = Frame::picture(format("yuv422p"), SIZE.0, SIZE.1).expect("memory");
    let mut other = Frame::picture(format("nv16"), SIZE.0, SIZE.1).expect("memory");
    for index in 0..3 {
        let mut from = plain.plane_u8_mut(index).expect("a plane");
        let mut to = other.plane_u8_mut(index.min(1)).expect("a plane");
        let (step, first) = if index == 0 { (1, 0) } else { (2, index - 1) };
        for y in 0..from.height() {
            for (x, sample) in from.row_mut(y).iter_mut().enumerate() {
                *sample = u8::try_from((x * 37 + y * 91 + index * 50) % 256).expect("8 bits");
                to.row_mut(y)[x * step + first] = *sample;
            }
        }
    }
    let source = |semi_planar| Source { subsampling: Subsampling::Yuv422, depth: 8, semi_planar };
    for (size, most) in [(SIZE, 0), ((50, 23), 1), ((90, 80), 1)] {
        let both = (made(&plain, source(false), size), made(&other, source(true), size));
        let off = both.0.iter().zip(&both.1).map(|(a, b)| (a - b).abs()).max();
        assert!(off <= Some(most), "{size:?}: {off:?}");
    }
}
