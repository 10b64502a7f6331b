//! Planes of pictures: their sizes, and never a sample that is not the frame's.

use transcode_av::filter_graph::FilterInput;
use transcode_av::{FilterGraph, Frame, LogRing, Output, Pictures, PixelFormat, Rational};

fn picture(format: &str, width: u32, height: u32) -> Frame {
    let format = PixelFormat::from_name(format).expect("a format of this FFmpeg");
    Frame::picture(format, width, height).expect("a picture")
}

fn filtered(frame: Frame, spec: &str) -> Frame {
    let (log, base) = (LogRing::new(), Rational::new(1, 25));
    let input = FilterInput::of(&frame).expect("a picture");
    let mut graph = FilterGraph::new(spec, &input, base, None, 1, &log).expect("a graph");
    graph.push(Some(frame)).expect("the shape of the graph");
    graph.push(None).expect("an end");
    match graph.pull().expect("a frame") {
        Output::Item(frame) => frame,
        other => panic!("{other:?}"),
    }
}

#[test]
fn planes_have_the_size_of_their_samples_also_where_the_picture_is_odd() {
    type Sizes = &'static [(usize, usize)];
    let bytes: &[(&str, Sizes)] = &[
        ("gray", &[(7, 5)]),
        ("yuv420p", &[(7, 5), (4, 3), (4, 3)]),
        ("yuv422p", &[(7, 5), (4, 5), (4, 5)]),
        ("yuva420p", &[(7, 5), (4, 3), (4, 3), (7, 5)]),
        ("yuv410p", &[(7, 5), (2, 2), (2, 2)]),
        ("gbrp", &[(7, 5), (7, 5), (7, 5)]),
        ("nv12", &[(7, 5), (8, 3)]),
        ("rgb24", &[(21, 5)]),
        ("rgba", &[(28, 5)]),
        ("bgr0", &[(28, 5)]),
        ("ya8", &[(14, 5)]),
        ("yuyv422", &[(16, 5)]),
        ("uyvy422", &[(16, 5)]),
    ];
    let words: &[(&str, Sizes)] = &[
        ("gray16le", &[(7, 5)]),
        ("yuv420p10le", &[(7, 5), (4, 3), (4, 3)]),
        ("p010le", &[(7, 5), (8, 3)]),
        ("rgb48le", &[(21, 5)]),
        ("rgba64le", &[(28, 5)]),
        ("y210le", &[(16, 5)]),
    ];
    for (format, sizes) in bytes {
        let frame = picture(format, 7, 5);
        assert_eq!(frame.pixel_format().map(PixelFormat::planes), Some(sizes.len()), "{format}");
        for (index, size) in sizes.iter().enumerate() {
            let plane = frame.plane_u8(index).unwrap_or_else(|| panic!("{format} {index}"));
            assert_eq!((plane.width(), plane.height()), *size, "{format} {index}");
            assert!(frame.plane_u16(index).is_none(), "{format} {index}");
        }
        assert!(frame.plane_u8(sizes.len()).is_none() && frame.plane_u8(usize::MAX).is_none(), "{format}");
    }
    for (format, sizes) in words.iter().filter(|_| cfg!(target_endian = "little")) {
        let frame = picture(format, 7, 5);
        for (index, size) in sizes.iter().enumerate() {
            let plane = frame.plane_u16(index).unwrap_or_else(|| panic!("{format} {index}"));
            assert_eq!((plane.width(), plane.height()), *size, "{format} {index}");
            assert!(frame.plane_u8(index).is_none(), "{format} {index}");
        }
    }
}

#[test]
fn what_is_no_array_of_samples_is_no_plane() {
    for format in [
        "monow",
        "pal8",
        "rgb565le",
        "rgb8",
        "rgb4_byte",
        "bayer_bggr8",
        "bayer_rggb16le",
        "x2rgb10le",
        "gbrpf32le",
        "grayf32le",
        "yuv420p10be",
        "gray16be",
    ] {
        if cfg!(target_endian = "big") && format.ends_with("be") {
            continue;
        }
        let mut frame = picture(format, 16, 16);
        for index in 0..4 {
            assert!(frame.plane_u8(index).is_none() && frame.plane_u16(index).is_none(), "{format} {index}");
            assert!(frame.plane_u8_mut(index).is_none() && frame.plane_u16_mut(index).is_none(), "{format} {index}");
        }
    }
    assert!(Frame::picture(PixelFormat::from_name("yuv420p").expect("a format"), 0, 4).is_err());
    assert!(Frame::picture(PixelFormat::from_name("yuv420p").expect("a format"), u32::MAX, 4).is_err());
    assert!(Frame::picture(PixelFormat::from_name("vaapi").expect("a format"), 16, 16).is_err());
}

#[test]
fn planar_formats_tell_their_bits() {
    let bits = |name: &str| PixelFormat::from_name(name).expect("a format").planar_bits();
    for (name, expected) in [("gray", 8), ("yuv420p", 8), ("yuva444p", 8), ("gbrp", 8), ("gray10le", 10)] {
        assert_eq!(bits(name), Some(expected), "{name}");
    }
    for (name, expected) in [("yuv420p10le", 10), ("yuv444p12le", 12), ("gbrp16le", 16)] {
        assert_eq!(bits(name), Some(expected).filter(|_| cfg!(target_endian = "little")), "{name}");
    }
    for name in ["nv12", "p010le", "rgb24", "yuyv422", "pal8", "monow", "gbrpf32le", "rgb565le", "vaapi"] {
        assert_eq!(bits(name), None, "{name}");
    }
}

#[test]
fn rows_that_lie_upside_down_are_read_from_the_top() {
    let mut frame = picture("yuv420p", 7, 5);
    for index in 0..3 {
        let mut plane = frame.plane_u8_mut(index).expect("a new picture is writable");
        for (y, row) in plane.rows_mut().enumerate() {
            row.fill(u8::try_from(10 * index + y).expect("small"));
        }
    }
    let mut turned = filtered(frame.try_clone().expect("a clone"), "vflip");
    for index in 0..3 {
        let (before, after) = (frame.plane_u8(index).expect("planes"), turned.plane_u8(index).expect("planes"));
        let after: Vec<_> = (0..after.height()).rev().map(|y| after.row(y)).collect();
        assert_eq!(before.rows().collect::<Vec<_>>(), after, "{index}");
    }
    drop(frame);
    assert!(turned.plane_u8_mut(0).is_none(), "rows upside down are not given to write");
}

#[test]
fn a_part_of_a_picture_is_its_own_samples_only() {
    let mut frame = picture("yuv420p", 64, 48);
    frame.plane_u8_mut(0).expect("a plane").row_mut(20)[30] = 99;
    let part = filtered(frame, "crop=10:6:28:18");
    let plane = part.plane_u8(0).expect("a plane");
    assert_eq!((plane.width(), plane.height(), plane.row(2)[2]), (10, 6, 99));
    assert_eq!(plane.rows().flatten().map(|sample| u32::from(*sample)).sum::<u32>(), 99);
}

#[test]
fn shared_data_is_not_given_to_write() {
    let mut frame = picture("yuv420p10le", 16, 16);
    let shared = frame.try_clone().expect("a clone");
    assert!(frame.plane_u16_mut(0).is_none());
    drop(shared);
    assert_eq!(frame.plane_u16_mut(0).is_some(), cfg!(target_endian = "little"));
}

#[test]
fn several_planes_are_written_at_once_and_none_twice() {
    let mut frame = picture("yuv420p", 16, 16);
    let [mut y, mut u, mut v] = frame.planes_u8_mut([0, 1, 2]).expect("three planes");
    (y.row_mut(15)[15], u.row_mut(7)[7], v.row_mut(0)[0]) = (1, 2, 3);
    assert!(frame.planes_u8_mut([0, 0]).is_none());
    assert!(frame.planes_u8_mut([0, 3]).is_none());
    let read = |index, y, x| frame.plane_u8(index).map(|plane| plane.row(y)[x]);
    assert_eq!([read(0, 15, 15), read(1, 7, 7), read(2, 0, 0)], [Some(1), Some(2), Some(3)]);
}

#[test]
fn memory_is_used_again_once_nobody_holds_it() {
    for name in ["yuv420p", "gray", "rgb24", "yuva444p10le", "nv12"] {
        let format = PixelFormat::from_name(name).expect("FFmpeg has it");
        let pictures = Pictures::new(format, 37, 11).expect("memory");
        let start = |frame: &Frame| {
            frame
                .plane_u8(0)
                .map(|p| p.row(0).as_ptr() as usize)
                .or_else(|| frame.plane_u16(0).map(|p| p.row(0).as_ptr() as usize))
        };
        let first = pictures.make().expect("memory");
        let shared = first.try_clone().expect("a clone");
        let second = pictures.make().expect("memory");
        assert_ne!(start(&first), start(&second), "{name}: both are held");
        let place = start(&first);
        assert!(place.is_some());
        drop(first);
        let third = pictures.make().expect("memory");
        assert_ne!(start(&third), place, "{name}: a clone holds it");
        drop(shared);
        let mut again = pictures.make().expect("memory");
        assert_eq!(start(&again), place, "{name}: nobody holds it");
        // All planes of a picture are there, as large as those of one that is made alone, and whole to write.
        let alone = Frame::picture(format, 37, 11).expect("memory");
        for index in 0..format.planes() {
            let size = |frame: &Frame| {
                let bytes = frame.plane_u8(index).map(|p| (p.width(), p.height()));
                bytes.or_else(|| frame.plane_u16(index).map(|p| (p.width(), p.height())))
            };
            assert_eq!(size(&again), size(&alone), "{name} {index}");
            if let Some(mut plane) = again.plane_u8_mut(index) {
                plane.rows_mut().for_each(|row| row.fill(7));
            }
        }
        drop(pictures);
        assert_eq!(start(&again), place, "{name}: pictures outlive what made them");
    }
}

#[test]
fn packets_of_a_pool_are_written_where_nobody_shares_them() {
    let blocks = transcode_av::Blocks::new(100).expect("memory");
    let mut packet = blocks.make().expect("memory");
    assert!(packet.is_key());
    packet.data_mut().expect("it is ours").fill(7);
    let mut other = blocks.make().expect("memory");
    assert_eq!(other.data_mut().map(|data| data.to_vec()), Some(vec![0; 100]));
    let copy = packet.try_clone().expect("memory");
    assert!(packet.data_mut().is_none());
    // The packets outlive their pool.
    drop((blocks, packet));
    assert_eq!(copy.data(), [7; 100]);
    assert!(transcode_av::Blocks::new(usize::MAX).is_err());
    assert!(transcode_av::Blocks::new(1 << 31).is_err());
}

#[test]
fn planes_are_stored_as_ffmpeg_counts_them() {
    let stored = |name: &str| PixelFormat::from_name(name).and_then(|format| format.stored(7, 5));
    let sizes = |name: &str| {
        let planes = stored(name)?;
        Some(planes.iter().map(|plane| (plane.bytes, plane.width, plane.height)).collect::<Vec<_>>())
    };
    assert_eq!(sizes("rgb24"), Some(vec![(1, 21, 5)]));
    assert_eq!(sizes("yuv420p"), Some(vec![(1, 7, 5), (1, 4, 3), (1, 4, 3)]));
    assert_eq!(sizes("nv12"), Some(vec![(1, 7, 5), (1, 8, 3)]));
    assert_eq!(sizes("rgba64"), Some(vec![(2, 28, 5)]));
    assert_eq!(sizes("pal8"), None);
    assert_eq!(sizes("rgb444"), None);
}
