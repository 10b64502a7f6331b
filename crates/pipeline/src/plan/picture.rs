//! The filters a picture goes through, as FFmpeg's filtergraph text with every number worked out.

use transcode_av::filter_graph::FilterInput;
use transcode_av::{ColorInfo, PixelFormat, Rational};
use transcode_kernels::Level;

use super::kernels::{self, ToSdr};
use super::{Ahead, FromRgb, Rgb, Source, colour, rgb, upright};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Crop, Deinterlace, Fit, Options, Rotation, Size};

/// How pictures of any size and format become what the encoder takes. Made again for frames that change.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// The input's display matrix, applied as the `ffmpeg` command does.
    upright: Vec<String>,
    crop: Option<Crop>,
    rotate: Rotation,
    deinterlace: Deinterlace,
    size: Option<Size>,
    fit: Fit,
    user: Option<String>,
    /// The level of our own kernels.
    level: Level,
    /// How HDR is tone mapped; `None` = it stays.
    pub(super) to_sdr: Option<ToSdr>,
    /// Whether sides must be even, for chroma that is subsampled.
    pub(super) even: bool,
    /// Whether pictures have two fields that must be scaled apart.
    pub(super) interlaced: bool,
    /// Keep samples within their bits: damaged input may exceed them, and x264 aborts the process then.
    pub(super) limit: bool,
    /// What the encoder was opened for.
    pub(super) target: Option<Target>,
}

#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) format: PixelFormat,
    pub(super) color: ColorInfo,
    /// The pictures it was planned for, and what the filters make of them.
    pub(super) planned: FilterInput,
    pub(super) filtered: Filtered,
}

/// Pictures behind all filters but those that only fit the encoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filtered {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) format: PixelFormat,
    pub(super) color: ColorInfo,
}

/// What is done to pictures of one kind, in this order.
pub(crate) struct Steps {
    /// By our own kernels.
    pub(crate) ahead: Option<Ahead>,
    /// By FFmpeg's filters, as the text of a graph.
    pub(crate) graph: String,
}

impl Steps {
    /// The pictures that the graph gets, where `input` is what they were.
    pub(crate) fn filtered(&self, input: &FilterInput) -> FilterInput {
        self.ahead.as_ref().map_or_else(|| input.clone(), |ahead| ahead.output(input))
    }

    /// All of it as the text of one graph.
    pub(super) fn text(&self) -> String {
        match &self.ahead {
            Some(ahead) if self.graph == "null" => ahead.text(),
            Some(ahead) => format!("{},{}", ahead.text(), self.graph),
            None => self.graph.clone(),
        }
    }
}

/// The filter that says that pixels are square.
const SQUARE: &str = "setsar=1";

/// Size and pixel shape of a picture on its way through the filters.
#[derive(Clone, Copy)]
struct Shape {
    width: u32,
    height: u32,
    ratio: f64,
}

impl Recipe {
    pub(super) fn new(options: &Options, level: Level, display_matrix: Option<[i32; 9]>) -> Self {
        Self {
            upright: display_matrix.map(upright).unwrap_or_default(),
            crop: options.crop,
            rotate: options.rotate,
            deinterlace: options.deinterlace,
            size: options.size(),
            fit: options.fit,
            user: options.video_filter.clone(),
            level,
            to_sdr: None,
            even: false,
            interlaced: false,
            limit: false,
            target: None,
        }
    }

    /// The filters that show the picture upright, with which all others begin.
    pub(super) fn upright(&self) -> String {
        self.upright.join(",")
    }

    /// Whether pictures like `now` need other steps than those like `was`, for what graphs do not ask: the transfer, which
    /// decides about tone mapping, and the place of chroma, which the kernels keep.
    pub(crate) fn tells_apart(&self, was: &FilterInput, now: &FilterInput) -> bool {
        let (FilterInput::Video { color: was, .. }, FilterInput::Video { color: now, .. }) = (was, now) else {
            return false;
        };
        let keeps_place = self.size.is_some() || self.target.as_ref().is_some_and(|target| target.format.is_rgb());
        let place = keeps_place && was.chroma_location != now.chroma_location;
        let told = |color: &ColorInfo| (color.transfer, color.primaries, color.chroma_location);
        place || (self.to_sdr.is_some() && told(was) != told(now))
    }

    /// The depth that samples are kept within behind the filters, and the level to do it with.
    pub(crate) fn limit(&self) -> Option<(u32, Level)> {
        let format = self.target.as_ref().filter(|_| self.limit)?.format;
        Some((format.planar_bits()?, self.level))
    }

    /// Whether the user asked for a size, and so an odd one is the user's.
    pub(super) fn has_size(&self) -> bool {
        self.size.is_some()
    }

    /// What is done to pictures like `input`, without the filters that only fit the encoder. `to_rgb`: what the kernels
    /// can scale on the way to RGB, they do.
    fn filters(&self, input: &FilterInput, to_rgb: bool) -> Result<(Option<Ahead>, Vec<String>)> {
        let FilterInput::Video { width, height, format, sample_aspect_ratio, color } = input else {
            return Err(Error::new(ErrorKind::Bug, "bug: sound came where pictures are expected"));
        };
        let tone = match self.to_sdr {
            Some(asked) => kernels::tone(*format, *color, asked)?,
            None => None,
        };
        // What the filters get.
        let (later, color) = tone.map_or((*format, *color), |tone| (tone.format, kernels::sdr(*color)));
        let ratio = sample_aspect_ratio.map_or(1.0, Rational::as_f64);
        let mut shape = Shape { width: *width, height: *height, ratio };
        let mut out = self.upright.clone();
        if out.iter().any(|f| f.starts_with("transpose")) {
            shape = shape.turned();
        }
        match self.deinterlace {
            Deinterlace::Never => {}
            Deinterlace::Always => out.push("bwdif=mode=send_frame:deint=all".to_owned()),
            Deinterlace::Auto => out.push("bwdif=mode=send_frame:deint=interlaced".to_owned()),
        }
        if let Some(crop) = self.crop {
            out.push(crop_filter(crop, &mut shape, later)?);
        }
        match self.rotate {
            Rotation::Upright => {}
            Rotation::UpsideDown => out.extend(["hflip".to_owned(), "vflip".to_owned()]),
            Rotation::Clockwise | Rotation::Counterclockwise => {
                let way = if self.rotate == Rotation::Clockwise { "clock" } else { "cclock" };
                out.push(format!("transpose={way}"));
                shape = shape.turned();
            }
        }
        let mut scaled = None;
        if let Some(size) = self.size {
            // Nothing else comes first, so the kernels can have the picture as the decoder gives it.
            let known = kernels::scales(*format) || (to_rgb && Source::of(*format).is_some());
            let ours = out.is_empty() && !self.interlaced && known;
            scaled = self.resize(size, shape, (later, color), ours, &mut out)?;
        }
        out.extend(self.user.clone());
        let (size, scale) = scaled.unzip();
        let ahead = Ahead { size, tone, scale, ..self.nothing() };
        Ok(((size.is_some() || tone.is_some()).then_some(ahead), out))
    }

    fn nothing(&self) -> Ahead {
        Ahead { level: self.level, size: None, tone: None, rgb: None, yuv: None, scale: None, convert: None }
    }

    /// `ahead` with the conversion to RGB as its last step, where that is ours and FFmpeg has nothing to do to the pixels
    /// before (`out`).
    fn with_rgb(
        &self,
        input: &FilterInput,
        ahead: Option<&Ahead>,
        out: &[String],
        from: Option<ColorInfo>,
        conversion: Option<String>,
    ) -> Option<Ahead> {
        let target = self.target.as_ref()?;
        let mut ahead = ahead.cloned().unwrap_or_else(|| self.nothing());
        let FilterInput::Video { width, height, format, color, .. } = ahead.output(input) else { return None };
        let rgb = Rgb::new((from?, format), (target.color, target.format))?;
        let same_size = format!("scale={width}:{height}");
        let is_idle = |filter: &String| {
            let rest = filter.strip_prefix(&same_size);
            filter == SQUARE
                || (ahead.size.is_none() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(":in_range=")))
        };
        if self.user.is_some() || self.interlaced || !out.iter().all(is_idle) {
            return None;
        }
        if (width, height) != (target.width, target.height) {
            // A picture that nobody planned for.
            if self.size.is_some() || ahead.tone.is_some() {
                return None;
            }
            ahead.size = Some((target.width, target.height));
        }
        // Without tone mapping in between, scaling and conversion are one.
        let size = ahead.size.filter(|_| ahead.tone.is_none());
        if size.is_some() {
            ahead.scale = None;
        }
        ahead.convert = Some(rgb.text(size, color.chroma_location, conversion));
        ahead.rgb = Some(rgb);
        Some(ahead)
    }

    /// Whether rows become columns, or change their order.
    pub(super) fn turns_rows(&self) -> bool {
        !matches!(self.rotate, Rotation::Upright) || self.upright.iter().any(|filter| filter != "hflip")
    }

    /// All that is done to pictures like `input`.
    pub(crate) fn steps(&self, input: &FilterInput) -> Result<Steps> {
        let to_rgb = self.target.as_ref().is_some_and(|target| rgb::makes(target.format));
        let (mut ahead, mut out) = self.filters(input, to_rgb)?;
        if let Some(target) = &self.target {
            let planned = &target.filtered;
            let is_other = *input != target.planned;
            // Pictures that nobody planned for come out of the user's filters as whatever they say themselves.
            let shown = ahead.as_ref().map_or_else(|| input.clone(), |ahead| ahead.output(input));
            let (color, format) = match shown {
                FilterInput::Video { color, format, .. } if is_other => (self.user.is_none().then_some(color), format),
                _ => (Some(planned.color), planned.format),
            };
            let whole = |color, format| colour::meant(color, format, planned.width, planned.height);
            let from = color.map(|color| whole(color, format));
            let mut to = whole(target.color, target.format);
            if let Some(from) = from.filter(|_| !format.is_rgb() && !target.format.is_rgb())
                && target.color.matrix == ColorInfo::UNKNOWN.matrix
            {
                // Pictures that name a matrix where the stream did not are still what the stream promised.
                to.matrix = from.matrix;
            }
            let conversion = colour::conversion(from, format, to, target.format);
            let converts = planned.format != target.format || is_other || conversion.is_some();
            let resizes = is_other || (planned.width, planned.height) != (target.width, target.height);
            let mut scale: Vec<String> =
                resizes.then(|| format!("{}:{}", target.width, target.height)).into_iter().collect();
            let told = conversion.clone();
            scale.extend(conversion);
            let high = match input {
                FilterInput::Video { height, .. } if is_other && self.size.is_none() => *height,
                _ => planned.height,
            };
            if self.interlaced && (converts || resizes) && has_whole_fields(high) && has_whole_fields(target.height) {
                scale.push("interl=-1".to_owned());
            }
            let mut fit = Vec::new();
            if !scale.is_empty() {
                fit.push(format!("scale={}", scale.join(":")));
            }
            if converts {
                fit.push(format!("format=pix_fmts={}", target.format.name()));
            }
            let plain = ahead.is_none() && out.is_empty() && !self.interlaced;
            if let Some(yuv) = FromRgb::new(format, target.color, to, target.format).filter(|_| plain && !resizes) {
                ahead = Some(Ahead { yuv: Some(yuv), convert: Some(fit.join(",")), ..self.nothing() });
            } else if let Some(with_rgb) = self.with_rgb(input, ahead.as_ref(), &out, from, told) {
                ahead = Some(with_rgb);
                out.retain(|filter| filter == SQUARE);
            } else {
                if to_rgb {
                    (ahead, out) = self.filters(input, false)?;
                }
                out.extend(fit);
            }
        }
        let graph = if out.is_empty() { "null".to_owned() } else { out.join(",") };
        Ok(Steps { ahead, graph })
    }

    /// Adds the filters that change the size. With `ours` the scaling itself is left to the kernels: its size and its text
    /// come back.
    fn resize(
        &self,
        size: Size,
        shape: Shape,
        (format, color): (PixelFormat, ColorInfo),
        ours: bool,
        out: &mut Vec<String>,
    ) -> Result<Option<((u32, u32), String)>> {
        let layout = format.layout();
        let subsampled = layout.log2_chroma_w + layout.log2_chroma_h > 0;
        if let (Fit::Pad | Fit::Cover, true, Some(w), Some(h)) = (self.fit, subsampled, size.width, size.height)
            && (w % 2, h % 2) != (0, 0)
        {
            let message = format!(
                "the size is odd; expected even sides for {} with fit=\"pad\" or \"cover\"; got {w}x{h}; use {}x{}",
                format.name(),
                w.next_multiple_of(2),
                h.next_multiple_of(2)
            );
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        let step = if self.even { 2.0 } else { 1.0 };
        // Width in square pixels.
        let (shown, high) = (f64::from(shape.width) * shape.ratio, f64::from(shape.height));
        let round = |side: f64| ((side / step).round() * step).max(step);
        let range = colour::hold_range(color, format);
        let mut scaled = None;
        let mut scale = |w: f64, h: f64| {
            let apart = self.interlaced && has_whole_fields(shape.height) && has_whole_fields(h);
            let fields = apart.then(|| "interl=-1".to_owned());
            let more: String = range.iter().cloned().chain(fields).map(|o| format!(":{o}")).collect();
            let text = format!("scale={w}:{h}{more}");
            let to = (pixels(w), pixels(h));
            if ours && to != (shape.width, shape.height) {
                scaled = Some((to, text));
            } else {
                out.push(text);
            }
            out.push(SQUARE.to_owned());
        };
        match (size.width.map(f64::from), size.height.map(f64::from)) {
            (Some(w), Some(h)) => match self.fit {
                Fit::Stretch => scale(w, h),
                Fit::Contain | Fit::Pad => {
                    let factor = (w / shown).min(h / high);
                    let (inner_w, inner_h) = (round(shown * factor).min(w), round(high * factor).min(h));
                    scale(inner_w, inner_h);
                    if self.fit == Fit::Pad {
                        out.push(format!("pad={w}:{h}:(ow-iw)/2:(oh-ih)/2,setsar=1"));
                    }
                }
                Fit::Cover => {
                    let factor = (w / shown).max(h / high);
                    scale(round(shown * factor).max(w), round(high * factor).max(h));
                    out.push(format!("crop={w}:{h}"));
                }
            },
            (Some(w), None) => scale(w, if self.fit == Fit::Stretch { high } else { round(high * w / shown) }),
            (None, Some(h)) => {
                let w = if self.fit == Fit::Stretch { f64::from(shape.width) } else { round(shown * h / high) };
                scale(w, h);
            }
            (None, None) => {}
        }
        Ok(scaled)
    }
}

/// A side that was rounded already.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of pixels, above 0")]
fn pixels(side: f64) -> u32 {
    side as u32
}

/// Whether a picture of that height can be scaled by fields: FFmpeg's scaler writes past the end of others, of which
/// each field has half a row of colour.
fn has_whole_fields(height: impl Into<f64>) -> bool {
    height.into() % 4.0 == 0.0
}

impl Shape {
    fn turned(self) -> Self {
        Self { width: self.height, height: self.width, ratio: 1.0 / self.ratio }
    }
}

fn crop_filter(crop: Crop, shape: &mut Shape, format: PixelFormat) -> Result<String> {
    let refuse = |expected: String, got: String, fix: &str| {
        let message = format!("crop does not fit the picture; expected {expected}; got {got}; {fix}");
        Err(Error::new(ErrorKind::InvalidOption, message))
    };
    let layout = format.layout();
    let (step_x, step_y) = (1 << layout.log2_chroma_w, 1 << layout.log2_chroma_h);
    let free = (shape.width.checked_sub(crop.width), shape.height.checked_sub(crop.height));
    let centre = |free: u32, step: u32| free / 2 / step * step;
    let (x, y) = match (free, crop.corner) {
        ((Some(x), Some(y)), None) => (centre(x, step_x), centre(y, step_y)),
        ((Some(most_x), Some(most_y)), Some((x, y))) if x <= most_x && y <= most_y => (x, y),
        (_, corner) => {
            let (x, y) = corner.unwrap_or((0, 0));
            let got = format!("{}x{} at {x},{y}", crop.width, crop.height);
            return refuse(format!("a part of {}x{}", shape.width, shape.height), got, "choose a smaller part");
        }
    };
    // FFmpeg would round these down without a word.
    let uneven =
        [(crop.width, step_x), (x, step_x), (crop.height, step_y), (y, step_y)].iter().any(|(n, step)| n % step != 0);
    if uneven {
        let expected = format!("multiples of {step_x} across and {step_y} down, as {} needs", format.name());
        return refuse(expected, format!("{}:{}:{x}:{y}", crop.width, crop.height), "round them");
    }
    (shape.width, shape.height) = (crop.width, crop.height);
    Ok(format!("crop={}:{}:{x}:{y}", crop.width, crop.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use transcode_av::ColorInfo;

    fn video(width: u32, height: u32, ratio: Option<Rational>) -> FilterInput {
        let color = ColorInfo { range: 1, primaries: 2, transfer: 2, matrix: 2, chroma_location: 0 };
        let format = PixelFormat::from_name("yuv420p").expect("FFmpeg has yuv420p");
        FilterInput::Video { width, height, format, sample_aspect_ratio: ratio, color }
    }

    fn spec(change: impl FnOnce(&mut Options), input: &FilterInput) -> std::result::Result<String, String> {
        let mut options = Options::default();
        change(&mut options);
        let mut recipe = Recipe::new(&options, Level::SCALAR, None);
        recipe.even = true;
        recipe.steps(input).map(|steps| steps.text()).map_err(|e| e.message)
    }

    #[test]
    fn sizes_keep_the_shape_that_is_shown() {
        let sd = video(720, 576, Some(Rational::new(64, 45)));
        let size = |w, h| Some(Size { width: w, height: h });
        let fitted = |fit, w, h| spec(|o| (o.resolution, o.fit) = (size(w, h), fit), &sd);
        assert_eq!(fitted(Fit::Contain, Some(640), Some(640)).as_deref(), Ok("scale=640:360,setsar=1"));
        assert_eq!(fitted(Fit::Contain, Some(512), None).as_deref(), Ok("scale=512:288,setsar=1"));
        assert_eq!(fitted(Fit::Contain, None, Some(288)).as_deref(), Ok("scale=512:288,setsar=1"));
        assert_eq!(fitted(Fit::Cover, Some(360), Some(360)).as_deref(), Ok("scale=640:360,setsar=1,crop=360:360"));
        assert_eq!(fitted(Fit::Stretch, Some(100), Some(100)).as_deref(), Ok("scale=100:100,setsar=1"));
        let padded = fitted(Fit::Pad, Some(640), Some(400));
        assert_eq!(padded.as_deref(), Ok("scale=640:360,setsar=1,pad=640:400:(ow-iw)/2:(oh-ih)/2,setsar=1"));
    }

    #[test]
    fn a_crop_is_taken_as_given_or_refused() {
        let hd = video(1920, 1080, None);
        let cropped = |w, h, corner| spec(|o| o.crop = Some(Crop { width: w, height: h, corner }), &hd);
        assert_eq!(cropped(1280, 720, None).as_deref(), Ok("crop=1280:720:320:180"));
        assert_eq!(cropped(100, 100, Some((2, 4))).as_deref(), Ok("crop=100:100:2:4"));
        assert!(cropped(1921, 1080, None).is_err_and(|e| e.contains("1920x1080")));
        assert!(cropped(100, 100, Some((1, 0))).is_err_and(|e| e.contains("multiples of 2")));
        assert!(cropped(1920, 1080, Some((2, 0))).is_err());
    }
}
