//! Maps raw HDR pictures from standard input to raw SDR ones on standard output, to be looked at.
//!
//! ```text
//! ffmpeg -i hdr.mp4 -frames:v 1 -pix_fmt yuv420p10le -f rawvideo - |
//!     cargo run --release --example tone_map -- 1920 1080 10 pq 1000 |
//!     ffmpeg -f rawvideo -pix_fmt yuv420p -s 1920x1080 -colorspace bt709 -i - sdr.png
//! ```

use std::error::Error;
use std::io::{Read as _, Write as _};

use transcode_kernels::{Hdr, Level, Plane, PlaneMut, Range, Siting, ToneMap, ToneSpec, clamp_u16};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [width, height, bits, transfer, peak] = arguments.as_slice() else {
        return Err("expected WIDTH HEIGHT BITS pq|hlg PEAK".into());
    };
    let (width, height, bits) = (width.parse::<usize>()?, height.parse::<usize>()?, bits.parse()?);
    let transfer = match transfer.as_str() {
        "pq" => Hdr::Pq,
        "hlg" => Hdr::Hlg,
        other => return Err(format!("expected pq or hlg; got {other:?}").into()),
    };
    let spec = ToneSpec { transfer, peak: peak.parse()?, range: Range::Limited, siting: Siting::Left };
    let (map, level) = (ToneMap::new(&spec)?, Level::active()?);

    let sizes = [(width, height), (width.div_ceil(2), height.div_ceil(2)), (width.div_ceil(2), height.div_ceil(2))];
    let samples: usize = sizes.iter().map(|(width, height)| width * height).sum();
    let (mut input, mut output) = (Vec::new(), vec![0u8; samples]);
    std::io::stdin().lock().read_to_end(&mut input)?;
    for picture in input.chunks_exact(2 * samples) {
        let mut from: Vec<u16> = picture.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        clamp_u16(level, PlaneMut::new(&mut from, samples, 1, samples)?, bits);
        let (y, chroma) = from.split_at(width * height);
        let (cb, cr) = chroma.split_at(chroma.len() / 2);
        let (to_y, to_chroma) = output.split_at_mut(width * height);
        let (to_cb, to_cr) = to_chroma.split_at_mut(cb.len());
        let [luma, chroma, _] = sizes;
        let source = [
            Plane::new(y, luma.0, luma.1, luma.0)?,
            Plane::new(cb, chroma.0, chroma.1, chroma.0)?,
            Plane::new(cr, chroma.0, chroma.1, chroma.0)?,
        ];
        let to = [
            PlaneMut::new(to_y, luma.0, luma.1, luma.0)?,
            PlaneMut::new(to_cb, chroma.0, chroma.1, chroma.0)?,
            PlaneMut::new(to_cr, chroma.0, chroma.1, chroma.0)?,
        ];
        map.run_u8(level, source, (1, 1), bits, to);
        std::io::stdout().lock().write_all(&output)?;
    }
    Ok(())
}
