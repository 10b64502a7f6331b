//! How much of real pictures a round trip to a smaller size and back leaves, beside swscale.

use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_sys_next::AVPixelFormat::AV_PIX_FMT_GRAY8;
use transcode_kernels::{Filter, Level, Plane, PlaneMut};

use super::{SWS_BICUBIC, Sws, scaler};

const CLIPS: [&str; 5] = [
    "sintel_trailer-720p.mp4",
    "tears_of_steel.webm",
    "big_buck_bunny_0_30.webm",
    "video-1080p-60fps-2s.mp4",
    "bikes.mp4",
];

/// Small sizes as parts of the large one.
const PARTS: [(usize, usize); 3] = [(2, 3), (1, 2), (1, 5)];

const FRAMES: usize = 6;

struct Clip {
    size: (usize, usize),
    frames: Vec<Vec<u8>>,
}

/// Luma of some frames, by way of YUV4MPEG2, whose first line tells the size.
fn clip(path: &Path) -> Clip {
    let filter = "select=not(mod(n\\,10))";
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-an", "-vf", filter, "-vsync", "vfr", "-frames:v", &FRAMES.to_string()])
        .args(["-pix_fmt", "gray", "-strict", "-1", "-f", "yuv4mpegpipe", "-"])
        .output()
        .expect("the ffmpeg command");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut lines = made.stdout.splitn(2, |byte| *byte == b'\n');
    let head = String::from_utf8_lossy(lines.next().expect("a head")).into_owned();
    let number = |letter: char| {
        let word = head.split(' ').find_map(|word| word.strip_prefix(letter)).expect("a size");
        word.parse::<usize>().expect("a number")
    };
    let size = (number('W'), number('H'));
    let marked = b"FRAME\n".len() + size.0 * size.1;
    let frames = lines.next().expect("frames").chunks_exact(marked).map(|frame| frame[6..].to_vec()).collect();
    Clip { size, frames }
}

fn squares(a: &[u8], b: &[u8]) -> u64 {
    a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
}

/// PSNR over all frames, in dB.
fn psnr(clip: &Clip, mut trip: impl FnMut(&[u8], &mut [u8])) -> f64 {
    let mut back = vec![0; clip.size.0 * clip.size.1];
    let sum: u64 = clip
        .frames
        .iter()
        .map(|frame| {
            trip(frame, &mut back);
            squares(frame, &back)
        })
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "sums are far below 2^52")]
    let mean = sum as f64 / (clip.frames.len() * back.len()) as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

/// Prints a line for each clip and size. Fails where swscale's bicubic leaves more than ours.
pub(super) fn run() {
    let media = std::env::var_os("TRANSCODE_MEDIA").map_or_else(|| PathBuf::from("../shared/media"), PathBuf::from);
    let level = *Level::available().last().expect("scalar at least");
    println!("\nscale truth: PSNR of a round trip, ours bicubic and Lanczos, swscale's bicubic");
    for name in CLIPS {
        let path = media.join(name);
        if !path.exists() {
            println!("  {name}: skipped, not in {}", media.display());
            continue;
        }
        let clip = clip(&path);
        for (part, whole) in PARTS {
            let (from, to) = (clip.size, (clip.size.0 * part / whole, clip.size.1 * part / whole));
            let mut small = vec![0; to.0 * to.1 + 64];
            let mut ours = |filter| {
                let (mut shrink, mut grow) = (scaler(filter, from, to), scaler(filter, to, from));
                psnr(&clip, |frame, back| {
                    let source = Plane::new(frame, from.0, from.1, from.0).expect("a plane");
                    shrink.run_u8(level, source, PlaneMut::new(&mut small, to.0, to.1, to.0).expect("a plane"));
                    let source = Plane::new(&small, to.0, to.1, to.0).expect("a plane");
                    grow.run_u8(level, source, PlaneMut::new(back, from.0, from.1, from.0).expect("a plane"));
                })
            };
            let (bicubic, lanczos) = (ours(Filter::Bicubic), ours(Filter::Lanczos));
            let shrink = Sws::new(AV_PIX_FMT_GRAY8, from, to, SWS_BICUBIC);
            let grow = Sws::new(AV_PIX_FMT_GRAY8, to, from, SWS_BICUBIC);
            let mut padded = vec![0; from.0 * from.1 + 64];
            let swscale = psnr(&clip, |frame, back| {
                shrink.run([(frame, from.0)], [(&mut small, to.0)]);
                grow.run([(&small, to.0)], [(&mut padded, from.0)]);
                back.copy_from_slice(&padded[..back.len()]);
            });
            println!(
                "  {name:<26} {:>4}x{:<4} by {part}/{whole}, {} frames: {bicubic:.4} {lanczos:.4}, swscale {swscale:.4} dB",
                from.0,
                from.1,
                clip.frames.len()
            );
            assert!(bicubic >= swscale, "{name}: swscale's bicubic leaves more");
        }
    }
}
