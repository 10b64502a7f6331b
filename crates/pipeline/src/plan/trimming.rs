//! What a trim means for the streams that are copied.

use transcode_av::{Demuxer, MediaKind, StreamInfo};

use super::{Planner, Window, smart, window};
use crate::error::Result;

impl Planner<'_> {
    /// Whether pictures or sound will be copied.
    fn keeps(&mut self, stream: &StreamInfo) -> bool {
        let (asked, changed) = match stream.parameters.kind() {
            MediaKind::Video if !stream.is_cover() => (&self.options.video_codec, self.changed_picture(stream)),
            MediaKind::Audio => (&self.options.audio_codec, self.changed_sound()),
            _ => return false,
        };
        // What keeps a stream from being copied is said when it is decided about.
        matches!(self.copied(stream, asked.as_deref(), changed), Ok(Some(_)))
    }

    /// Finds where copied streams begin, for a container that tells players what to show (`can_hide`) or cannot.
    pub(super) fn trimmed(&mut self, demuxer: &mut Demuxer, kept: &[&StreamInfo], can_hide: bool) -> Result<Window> {
        let mut window = self.window.clone();
        let trims = window.cuts_start || window.length.is_some();
        window.hides = trims && can_hide && kept.iter().any(|stream| self.keeps(stream));
        let first = kept.iter().find(|s| s.parameters.kind() == MediaKind::Video && !s.is_cover());
        if let Some(first) = first {
            let hides = window.hides && self.keeps(first);
            let moved = window.settle(demuxer, kept, first, hides)?;
            if moved > 0 {
                self.warnings.push(format!(
                    "the start moves {:.3} s back to the keyframe before it, as {} hides nothing",
                    window::seconds(moved),
                    self.muxer.name()
                ));
            }
            window.align(self.muxer, first, self.options);
        }
        if window.smart && trims {
            for stream in kept {
                if stream.parameters.kind() == MediaKind::Video && self.keeps(stream) {
                    self.cuts.push((stream.index, smart::find(demuxer, stream, &window)?));
                }
            }
        }
        Ok(window)
    }
}
