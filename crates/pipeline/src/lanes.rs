//! The way of each stream through the stages.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use transcode_av::{Frame, LogRing, Packet, StreamInfo};

use crate::options::Options;
use crate::plan::{AudioTrack, Track, VideoTrack, Window, Work};
use crate::shared::Shared;
use crate::source;
use crate::speech::Speech;
use crate::stage::{Chain, Stage};
use crate::stages::{Built, Convert, Copy, Decode, Encode, Filter, Gapless, Lane, Making, Predictor, Retime, Smart};

type Whole = Box<dyn Stage<In = Packet, Out = Packet>>;

/// The stages of one stream, in the pieces that may run on threads of their own.
pub(crate) enum Stages {
    /// Cheap: run by whoever reads.
    Light(Whole),
    /// Sound: one thread.
    Whole(Whole),
    /// Pictures: decoding, then the rest.
    Split(Box<dyn Stage<In = Packet, Out = Frame>>, Box<dyn Stage<In = Frame, Out = Packet>>),
}

/// The output stream whose times are the job's progress: the first pictures, or else the first sound.
pub(crate) fn leader(tracks: &[Track]) -> usize {
    let kept = || tracks.iter().filter_map(|t| t.report.output_index.map(|index| (t, index)));
    let moving =
        |kind: &str| kept().find(|(t, _)| t.report.kind == kind && !t.input.is_cover()).map(|(_, index)| index);
    moving("video").or_else(|| moving("audio")).unwrap_or(0)
}

/// Joins the stages of every stream that is kept, and says what their reader knows of it; that of output stream `leader` is
/// the job's progress.
pub(crate) fn build(
    tracks: Vec<Track>,
    leader: usize,
    window: &Window,
    options: &Options,
    shared: &Arc<Shared>,
    log: &Arc<LogRing>,
) -> (Vec<source::Stream>, Vec<Stages>) {
    let mut out = Vec::new();
    for track in tracks {
        let Some(output) = track.report.output_index else { continue };
        let done = Arc::new(AtomicBool::new(false));
        let lane = Lane {
            shared: Arc::clone(shared),
            input: track.input.index,
            output,
            length: window.length,
            cuts_start: window.cuts_start,
            hides: window.hides,
            lead_in: window.lead_in,
            done: Arc::clone(&done),
            leads: output == leader,
        };
        let is_video = track.report.kind == "video" && !track.input.is_cover();
        let flows = is_video || track.report.kind == "audio";
        let predictor = (!track.input.is_cover()).then(|| Predictor::new(&track.input));
        let (input, time_base) = (track.input.index, track.input.time_base);
        let speech = Speech::of(track.input.parameters.codec());
        let stages = match track.work {
            Work::Drop | Work::Attach(_) | Work::Tag(_) => continue,
            Work::Copy(mut copy) => match copy.smart.take() {
                Some(smart) => Stages::Whole(Box::new(Smart::new(lane, &track.input, *copy, *smart, options.strict))),
                None => Stages::Light(Box::new(Copy::new(lane, &track.input, *copy))),
            },
            Work::Subtitle(converter) => Stages::Light(Box::new(Convert::new(lane, *converter))),
            Work::Video(video) => pictures(lane, &track.input, *video, options, log),
            Work::Audio(audio) => sound(lane, &track.input, *audio, options, log),
        };
        out.push((
            source::Stream { input, done, time_base, is_video, leads: output == leader, predictor, flows, speech },
            stages,
        ));
    }
    out.into_iter().unzip()
}

fn pictures(lane: Lane, stream: &StreamInfo, video: VideoTrack, options: &Options, log: &Arc<LogRing>) -> Stages {
    let decode = Decode::new(lane.clone(), video.decoder, stream, options.strict);
    let from = video.graph_output.time_base;
    let to = video.encoder.time_base();
    let built = Built {
        ahead: video.ahead,
        graph: video.graph,
        input: video.graph_input,
        from: Some(stream.time_base),
        to: Some(from),
        rate: stream.average_frame_rate.or(stream.real_frame_rate),
    };
    let filter = Filter::new(lane.clone(), Making::Picture(Box::new(video.recipe)), built, options.threads, log);
    let constant = video.constant_rate.is_some();
    let retime = Retime::new(lane.clone(), from, to, constant, video.allows_equal_times);
    let encode = Encode::new(lane, video.encoder, true);
    Stages::Split(Box::new(decode), Box::new(Chain(filter, Chain(retime, encode))))
}

fn sound(lane: Lane, stream: &StreamInfo, audio: AudioTrack, options: &Options, log: &Arc<LogRing>) -> Stages {
    let decode = Decode::new(lane.clone(), audio.decoder, stream, options.strict);
    let gapless = Gapless::new(lane.clone(), stream.time_base, audio.begin);
    let decode = Chain(decode, gapless);
    let to = Some(audio.encoder.time_base());
    let built = Built { ahead: None, graph: audio.graph, input: audio.graph_input, from: None, to, rate: None };
    let filter = Filter::new(lane.clone(), Making::Sound(audio.recipe), built, 1, log);
    let encode = Encode::new(lane.clone(), audio.encoder, false);
    match audio.framer {
        // Frames of the encoder's size are cut after everything that may be rebuilt, so that none is short.
        Some((graph, samples)) => {
            let built = Built { ahead: None, graph, input: audio.encoder_input, from: to, to, rate: None };
            let framer = Filter::new(lane, Making::Frames(samples), built, 1, log);
            Stages::Whole(Box::new(Chain(decode, Chain(filter, Chain(framer, encode)))))
        }
        None => Stages::Whole(Box::new(Chain(decode, Chain(filter, encode)))),
    }
}
