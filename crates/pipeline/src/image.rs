//! Single pictures: files of JPEG, PNG, WebP, AVIF, TIFF, BMP and GIF as samples in memory, and back.
//!
//! Samples are those of the file: nothing is managed by colour profiles, and what is stored as red, green and blue comes
//! out as it is stored. What is stored as luma and colour differences is converted by our own kernels.

mod boxes;
mod channels;
mod exif;
mod header;
mod open;
mod packed;
mod quality;
mod samples;
mod save;
mod turn;

use std::path::PathBuf;

use transcode_av::memory;

use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::{Destination, Input};
use crate::options::did_you_mean;
use crate::run::{Places, guarded};

/// A kind of image file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// AVIF.
    Avif,
    /// TIFF.
    Tiff,
    /// BMP.
    Bmp,
    /// GIF, of which the first picture is read.
    Gif,
}

impl ImageFormat {
    const ALL: [Self; 7] = [Self::Jpeg, Self::Png, Self::Webp, Self::Avif, Self::Tiff, Self::Bmp, Self::Gif];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Gif => "gif",
        }
    }

    /// The format of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(name: &str) -> Result<Self> {
        let own = name.to_ascii_lowercase();
        Self::of_extension(&own).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let fix = did_you_mean(&own, names).unwrap_or_else(|| "choose one of these".to_owned());
            let message = format!("unknown image format; expected {}; got '{name}'; {fix}", names.join(", "));
            Error::new(ErrorKind::InvalidOption, message)
        })
    }

    /// The format of files with that extension, in lower case.
    fn of_extension(extension: &str) -> Option<Self> {
        let usual = match extension {
            "jpg" | "jpe" | "jfif" => "jpeg",
            "tif" => "tiff",
            "dib" => "bmp",
            own => own,
        };
        Self::ALL.into_iter().find(|format| format.name() == usual)
    }
}

/// The channels of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
    /// Luma.
    Mono,
}

impl Mode {
    /// The mode of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "rgb" => Ok(Self::Rgb),
            "rgba" => Ok(Self::Rgba),
            "mono" => Ok(Self::Mono),
            other => {
                let fix = did_you_mean(other, ["rgb", "rgba", "mono"]);
                let fix = fix.unwrap_or_else(|| "leave it out, or pass None for what is stored".to_owned());
                let message = format!("unknown mode; expected \"rgb\", \"rgba\" or \"mono\"; got '{other}'; {fix}");
                Err(Error::new(ErrorKind::InvalidOption, message))
            }
        }
    }
}

/// A picture in memory: rows from the top, pixels from the left, the channels of each together.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Samples of a pixel: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
    pub channels: usize,
    /// All of them.
    pub samples: Samples,
}

/// Samples of one depth, from black to white.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// From 0 to 255.
    Bytes(Vec<u8>),
    /// From 0 to 65535.
    Words(Vec<u16>),
}

/// What to read, and what to make of it.
#[derive(Debug)]
pub struct ReadImage {
    /// The file.
    pub input: Input,
    /// The only format that will do.
    pub format: Option<ImageFormat>,
    /// The channels; `None` = those that are stored.
    pub mode: Option<Mode>,
    /// Whether samples have 16 bits; `None` = where those that are stored have more than 8.
    pub deep: Option<bool>,
    /// Whether the picture is turned as the file says that it is to be shown.
    pub upright: bool,
    /// Pixels that it may have.
    pub max_pixels: u32,
}

/// Reads a picture. What is not read of it is told in warnings.
///
/// # Errors
/// It cannot be read, is damaged, has too many pixels, or this FFmpeg cannot decode it.
pub fn read_image(job: ReadImage, control: &Control) -> Result<Picture> {
    let places = Places::of_files(job.input.path().map(PathBuf::from), None);
    let outcome = guarded(None, places, control, |log| {
        let ReadImage { input, format, mode, deep, upright, max_pixels } = job;
        let opened = open::open(input, format, max_pixels, control, log)?;
        let picture = samples::of(&opened, mode, log).map_err(|error| error.stage("decode"))?;
        let picture = if upright { turn::turn(picture, opened.orientation) } else { picture };
        Ok(channels::convert(picture, mode, deep))
    });
    memory::tidy();
    outcome
}

/// What to make of a picture.
#[derive(Clone, Debug)]
pub struct EncodeImage {
    /// The picture.
    pub picture: Picture,
    /// The kind of file.
    pub format: ImageFormat,
    /// From 0 (smallest) to 100 (best); `None` = the format's usual.
    pub quality: Option<u8>,
    /// Whether every sample is kept; `None` = as the format is, or usually is.
    pub lossless: Option<bool>,
}

/// The bytes of an image file.
///
/// # Errors
/// The format does not hold such a picture, does not take an option, or this FFmpeg cannot encode it.
pub fn encode_image(job: EncodeImage, control: &Control) -> Result<Vec<u8>> {
    let outcome = guarded(None, Places::default(), control, |log| save::encode(job, control, log));
    memory::tidy();
    outcome
}

/// Writes an image file, of the format that its name says where `format` is `None`. The name holds either what it held
/// before or all of the new file.
///
/// # Errors
/// As [`encode_image`], or the file cannot be written, or is there and not to be replaced.
pub fn write_image(
    path: PathBuf,
    format: Option<ImageFormat>,
    overwrite: bool,
    encode: impl FnOnce(ImageFormat) -> EncodeImage,
    control: &Control,
) -> Result<()> {
    let places = Places::of_files(None, Some(path.clone()));
    let outcome = guarded(None, places, control, |log| {
        let format = format.map_or_else(|| named(&path), Ok)?;
        let destination = Destination::check(&path, None, overwrite)?;
        let data = save::encode(encode(format), control, log)?;
        let (mut target, pending) = destination.create(control.interrupt())?;
        save::write_all(&mut *target, &data)
            .map_err(|error| Error::from(transcode_av::Error::from_io(&error, "writing failed")).stage("mux"))?;
        pending.commit(overwrite)
    });
    memory::tidy();
    outcome
}

fn bug(what: &str) -> Error {
    Error::new(ErrorKind::Bug, format!("bug: {what}; please report it with the picture"))
}

/// The format that a file's name says.
fn named(path: &std::path::Path) -> Result<ImageFormat> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.as_deref().and_then(ImageFormat::of_extension).ok_or_else(|| {
        // GIF is only read.
        let written = ImageFormat::ALL.into_iter().filter(|format| !matches!(format, ImageFormat::Gif));
        let written: Vec<String> = written.map(|format| format!(".{}", format.name())).collect();
        let message = format!(
            "the name says no image format; expected one that ends in {}; got {}; name it so, or pass format=",
            written.join(", "),
            path.display()
        );
        Error::new(ErrorKind::InvalidOption, message).path(path)
    })
}
