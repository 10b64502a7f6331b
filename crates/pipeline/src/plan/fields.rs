//! Whether pictures are made of two fields, and who says so in the output.

use transcode_av::{EncoderInfo, PixelFormat, Scan, StreamInfo};

use super::Planner;
use crate::options::Deinterlace;

/// How the container or the codec says that the lines were taken.
pub(super) fn of_input(stream: &StreamInfo) -> Scan {
    match stream.parameters.field_order() {
        Some("progressive") => Scan::Progressive,
        // QuickTime's fields that are stored line by line: the first letter is the field of the earlier moment, whatever
        // FFmpeg's text on it says.
        Some("tt" | "tb") => Scan::UpperFirst,
        Some("bb" | "bt") => Scan::LowerFirst,
        _ => Scan::Unknown,
    }
}

impl Planner<'_> {
    /// How the lines of what is encoded were taken. `turned` tells that rows became columns or changed their order;
    /// `filtered` is what the user's own filters make of it.
    pub(super) fn scan(
        &mut self,
        stream: &StreamInfo,
        turned: bool,
        filtered: Option<Scan>,
        encoder: EncoderInfo,
        (height, format): (u32, PixelFormat),
    ) -> Scan {
        let source = of_input(stream);
        let scan = filtered.unwrap_or(match self.options.deinterlace {
            Deinterlace::Always => Scan::Progressive,
            Deinterlace::Auto if source.is_interlaced() => Scan::Progressive,
            _ => source,
        });
        if !scan.is_interlaced() {
            return scan;
        }
        let lost = |why: String| {
            format!("its field order is lost: {why}; deinterlace=\"auto\" makes whole pictures of its fields")
        };
        let (name, container) = (encoder.name(), self.muxer.name());
        let why = if turned && filtered.is_none() {
            Some(lost("the picture is turned".to_owned()))
        } else if encoder.makes_fields() {
            // x264 takes fields of whole macroblocks' chroma only, and its baseline profile none.
            let rows = 2_u32 << format.layout().log2_chroma_h;
            let baseline = self.options.profile.as_deref() == Some("baseline");
            (name == "libx264" && (height % rows != 0 || baseline))
                .then(|| lost(format!("{name} makes no fields of {height} lines in this profile")))
        } else if matches!(container.as_str(), "matroska" | "mp4" | "mov") {
            let text = format!("only the container says that its pictures have two fields: {name} does not make them");
            self.warn(stream.index, text);
            None
        } else {
            Some(lost(format!("neither {name} nor {container} stores it")))
        };
        match why {
            None => scan,
            Some(why) => {
                self.warn(stream.index, why);
                Scan::Unknown
            }
        }
    }
}
