//! Where a job writes, and in what container.

use std::path::Path;
use std::sync::Arc;

use transcode_av::{LogRing, MuxerInfo};
use transcode_kernels::Level;

use super::{Planner, Window, others, select};
use crate::codecs;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::media::{Destination, Output};
use crate::options::Options;

/// What is known of an output before the input is opened.
pub(super) struct Place {
    pub(super) destination: Option<Destination>,
    file_name: Option<String>,
    pub(super) muxer: MuxerInfo,
    /// Whether the container is one of sound alone.
    pub(super) audio_only: bool,
    level: Level,
}

impl Place {
    /// Checks the options, and that there is such a place, container and codec. `input` is the file that is read.
    pub(super) fn check(output: &Output, input: Option<&Path>, options: &Options) -> Result<Self> {
        options.validate()?;
        let destination = match output {
            Output::Path(path) => Some(Destination::check(path, input, options.overwrite)?),
            Output::Memory | Output::Writer(_) => None,
        };
        let file_name = output.path().and_then(|p| p.file_name()).map(|n| n.to_string_lossy().into_owned());
        let muxer = codecs::container(options.format.as_deref(), file_name.as_deref())?;
        if muxer.opens_files_itself() && muxer.name() != "null" {
            let message = format!(
                "the {0} container writes many files; expected one output file; got {0}; choose mp4, mkv or another single file",
                muxer.name()
            );
            return Err(Error::new(ErrorKind::Unsupported, message).stage("plan"));
        }
        select::check_names(options)?;
        let level = Level::named("simd", options.simd.word())
            .map_err(|error| Error::new(ErrorKind::InvalidOption, error.to_string()).stage("plan"))?;
        let audio_only = codecs::is_audio_only(muxer, file_name.as_deref());
        Ok(Self { destination, file_name, muxer, audio_only, level })
    }

    /// What decides about the streams of `window`, and the place itself.
    pub(super) fn planner<'a>(
        self,
        window: Window,
        output: &Output,
        options: &'a Options,
        control: &'a Control,
        log: &'a Arc<LogRing>,
    ) -> (Planner<'a>, Option<Destination>) {
        let Self { destination, file_name, muxer, level, .. } = self;
        let mut warnings = Vec::new();
        let muxer_options =
            others::muxer_options(muxer, output, destination.as_ref(), file_name.as_deref(), options, &mut warnings);
        let planner = Planner {
            options,
            muxer,
            window,
            muxer_options,
            control,
            log,
            level,
            is_written: false,
            warnings,
            cuts: Vec::new(),
            unfit: Vec::new(),
            has_cover_tag: false,
        };
        (planner, destination)
    }
}
