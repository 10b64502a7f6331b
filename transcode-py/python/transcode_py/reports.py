"""What a job says of itself: its plan, its progress, its result."""

from __future__ import annotations

from .values import Value, each, one

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar, Literal

__all__ = ["BatchProgress", "JobResult", "Plan", "PlanStream", "Progress", "RunningJob", "TranscodeStats"]


class PlanStream(Value):
    """One stream of the input, and what becomes of it."""

    input_index: int
    """Its index in the input, as `probe()` numbers it."""
    output_index: int | None
    """Its index in the output; `None` where it is dropped."""
    kind: Literal["video", "audio", "subtitle", "attachment", "data"]
    """What it carries."""
    action: Literal["copy", "encode", "convert", "drop"]
    """`"copy"` keeps the packets, `"encode"` makes new ones, `"convert"` changes the form, `"drop"` leaves it out."""
    codec: str
    """The codec it has in the input, by FFmpeg's name."""
    output_codec: str | None
    """The codec it has in the output; `None` where it is dropped."""
    encoder: str | None
    """The FFmpeg encoder that makes the new stream; `None` where nothing is encoded."""
    filters: str | None
    """The filters between decoder and encoder, in FFmpeg's filtergraph text."""
    reason: str
    """Why this action was chosen, in words."""


class Plan(Value):
    """What a job will do. `Transcoder.plan()` makes it, and `run()` then does exactly that."""

    _make: ClassVar = {"streams": each(PlanStream.from_dict)}

    input: str | None
    """The input's path or URL; `None` for bytes and file objects."""
    output: str | None
    """The output's path; `None` for memory and file objects."""
    format: str
    """FFmpeg's name of the output container."""
    duration: float | None
    """Seconds the output will last; `None` where that cannot be known."""
    streams: tuple[PlanStream, ...]
    """Every stream of the input, in order."""
    warnings: tuple[str, ...]
    """What will be changed or left out without having been asked for."""
    command: tuple[str, ...]
    """The nearest equal command line of the `ffmpeg` program, word by word."""

    def ffmpeg_command(self) -> list[str]:
        """Give the nearest equal command line of the `ffmpeg` program, for `subprocess.run()` or `shlex.join()`.

        It takes the same streams through the same filters into the same encoders with the same settings. What the
        program does otherwise stays so: how it repairs damaged times and what it says of it, the limits and threads of
        a job, covers in Matroska and Ogg, that the output is there only when it is whole. Data in memory and file
        objects are `pipe:0` and `pipe:1`.
        """
        return list(self.command)


class Progress(Value):
    """How far a job is. A progress callback gets one, at most ten times a second, the newest each time."""

    percent: float
    """0 to 100 of the planned output time, or of the bytes read where no duration is known.

    Never falls; exactly 100.0 once, last.
    """
    frames: int
    """Video frames encoded, or compared; packets written where no video is encoded."""
    speed: float
    """Seconds of media done per second of wall time."""
    eta: float | None
    """Seconds left; `None` while that cannot be told."""
    size: int
    """Bytes written."""
    bitrate: int
    """Bits per second of the output so far."""
    fps: float
    """Frames per second of wall time."""
    time: float
    """Seconds of output written."""
    duration: float | None
    """Seconds the output will last; `None` where that is not known."""
    elapsed: float
    """Seconds since the job began."""
    stage: Literal["open", "encode", "compare", "finish"]
    """What the job is at."""

    def __repr__(self) -> str:
        eta = "N/A" if self.eta is None else f"{self.eta:.1f}s"
        return (
            f"Progress(percent={self.percent:.1f}%, frames={self.frames}, speed={self.speed:.1f}x, "
            f"eta={eta}, bitrate={self.bitrate / 1000:.0f}kbps)"
        )


class RunningJob(Value):
    """A job of a batch that is at work."""

    _make: ClassVar = {"progress": one(Progress.from_dict)}

    index: int
    """Its place among the jobs of the batch, from 0."""
    name: str
    """The file name of its input, or such as `"job 3"`."""
    progress: Progress | None
    """The newest that it told; `None` until it tells something."""


class BatchProgress(Value):
    """How far a batch is. Its progress callback gets one, the newest each time."""

    _make: ClassVar = {"running": each(RunningJob.from_dict)}

    total: int
    """Jobs of the batch. `done`, `failed` and `skipped` together are those that have ended."""
    done: int
    """Jobs that succeeded."""
    failed: int
    """Jobs that did not."""
    skipped: int
    """Jobs that had nothing left to do."""
    percent: float
    """0 to 100 over all jobs; each counts alike, those at work by their share.

    Never falls; exactly 100.0 once, last.
    """
    elapsed: float
    """Seconds since the batch began."""
    eta: float | None
    """Seconds left; `None` while that cannot be told."""
    running: tuple[RunningJob, ...]
    """The jobs at work, by their index."""


class TranscodeStats(Value):
    """What a finished job did."""

    _make: ClassVar = {"streams": each(PlanStream.from_dict)}
    _unwritten = frozenset({"data"})

    packets_processed: int
    """Packets read from the chosen streams of the input."""
    frames_decoded: int
    """Frames decoded, video and audio."""
    frames_encoded: int
    """Frames encoded, video and audio."""
    input_size: int
    """Bytes of the input; 0 where a file object cannot tell."""
    output_size: int
    """Bytes of the output."""
    compression_ratio: float
    """`input_size / output_size`."""
    duration: float
    """Seconds of media written."""
    elapsed: float
    """Seconds the job took."""
    speed: float
    """`duration / elapsed`."""
    streams: tuple[PlanStream, ...]
    """What happened to every stream of the input."""
    warnings: tuple[str, ...]
    """Everything dropped, changed, repaired or found damaged."""
    dropped_frames: int
    """Video frames left out to keep a constant frame rate or rising timestamps."""
    duplicated_frames: int
    """Video frames shown twice to keep a constant frame rate."""
    decode_errors: int
    """Packets and frames that could not be decoded."""
    metrics: Mapping[str, Any]
    """Seconds per stage, queue waits, SIMD level, FFmpeg versions."""
    data: bytes | None = None
    """The output itself where `output=None` asked for it. Not part of `to_dict()`."""

    def __repr__(self) -> str:
        return (
            f"TranscodeStats(packets={self.packets_processed}, frames_decoded={self.frames_decoded}, "
            f"frames_encoded={self.frames_encoded}, compression={self.compression_ratio:.2f}x)"
        )


def _error(error: Any) -> Any:
    """Make an exception of `{"type": ..., "message": ...}`, as near to the first as the name tells."""
    if not isinstance(error, dict):
        return error
    import builtins

    from . import errors

    name, message = error["type"], error["message"]
    kind: Any = getattr(errors, name, None) or getattr(builtins, name, None)
    try:
        if issubclass(kind, Exception):
            return kind(message)
    except TypeError:  # no such class, or one that is not made of a text alone
        pass
    return errors.TranscodeError(f"{name}: {message}")


class JobResult(Value):
    """What became of one job of a batch. Two are equal where their errors are of one type and say the same."""

    _make: ClassVar = {"stats": one(TranscodeStats.from_dict), "error": _error}

    index: int
    """Its place among the jobs of the batch, from 0."""
    input: str | None
    """The input's path or URL; `None` for bytes and file objects."""
    output: str | None
    """The output's path; `None` for memory and file objects."""
    status: Literal["done", "failed", "skipped"]
    """`"skipped"` with `skip_done=True`, where the output was there already."""
    stats: TranscodeStats | None
    """What a job that is done did."""
    error: Exception | None
    """Why a failed job failed. In `to_dict()` its `type` and `message`."""

    @property
    def ok(self) -> bool:
        """Whether the output is there: all but failed jobs."""
        return self.status != "failed"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as a plain `dict` of JSON's types, the error as `{"type": ..., "message": ...}`."""
        fields = super().to_dict()
        if self.error is not None:
            fields["error"] = {"type": type(self.error).__name__, "message": str(self.error)}
        return fields

    def _key(self) -> tuple[object, ...]:
        error = self.error
        return (*super()._key()[:-1], error and (type(error), str(error)))
