//! How decoded pictures become those that somebody reads into memory.

use std::sync::Arc;

use transcode_av::filter_graph::{FilterInput, FilterOutput};
use transcode_av::{FilterGraph, LogRing, PixelFormat, StreamInfo};
use transcode_kernels::Level;

use super::kernels::ToSdr;
use super::picture::{Filtered, Steps, Target};
use super::refusal::bad_graph;
use super::video::{input_color, input_of};
use super::{Recipe, colour, fields, hdr};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Hdr, Options};

/// The way of the pictures of a stream into memory, with everything for the first of them opened.
pub(crate) struct Showing {
    pub(crate) recipe: Recipe,
    pub(crate) steps: Steps,
    pub(crate) graph: FilterGraph,
    pub(crate) input: FilterInput,
    pub(crate) output: FilterOutput,
}

/// For pictures of a stream that become `format`, or keep their own, in the size that the options say. `with_alpha`: the
/// decoder gives transparency that the parameters do not tell.
pub(crate) fn showing(
    stream: &StreamInfo,
    with_alpha: bool,
    format: Option<PixelFormat>,
    options: &Options,
    log: &Arc<LogRing>,
) -> Result<Showing> {
    let level = Level::named("simd", options.simd.word())
        .map_err(|error| Error::new(ErrorKind::InvalidOption, error.to_string()).stage("plan"))?;
    let input = input_of(stream, with_alpha).ok_or_else(|| {
        let message = format!(
            "stream {0} tells nothing of its pictures; expected a size and a pixel format in its first packets; got none; \
             check the file",
            stream.index
        );
        Error::new(ErrorKind::InvalidMedia, message).stage("open")
    })?;
    let mut recipe = Recipe::new(options, level, stream.side_data.display_matrix());
    recipe.interlaced = fields::of_input(stream).is_interlaced();
    if options.hdr == Hdr::Sdr {
        let deep = format.is_some_and(|format| format.layout().depth > 8);
        recipe.to_sdr = Some(ToSdr { peak: hdr::peak(stream), deep, fields: recipe.interlaced });
    }
    let rate = stream.average_frame_rate.or(stream.real_frame_rate);
    let build = |recipe: &Recipe| -> Result<(FilterGraph, FilterOutput, Steps)> {
        let steps = recipe.steps(&input)?;
        let filtered = steps.filtered(&input);
        let graph = FilterGraph::new(&steps.graph, &filtered, stream.time_base, rate, options.threads, log)
            .map_err(|error| bad_graph(error, log))?;
        let output = graph.output();
        Ok((graph, output, steps))
    };
    let (_, natural, steps) = build(&recipe)?;
    let own = natural.pixel_format.ok_or_else(|| Error::new(ErrorKind::Bug, "bug: a filter graph without a format"))?;
    let said = input_color(&steps.filtered(&input));
    let format = format.unwrap_or(own);
    recipe.target = Some(Target {
        width: natural.width,
        height: natural.height,
        format,
        color: colour::read(said, own, format, natural.width, natural.height),
        planned: input.clone(),
        filtered: Filtered { width: natural.width, height: natural.height, format: own, color: said },
    });
    let (graph, output, steps) = build(&recipe)?;
    Ok(Showing { recipe, steps, graph, input, output })
}
