"""`VideoWriter`: arrays of pictures and sound, encoded in the background."""

from __future__ import annotations

from _thread import RLock
from contextlib import ExitStack, suppress

from . import _native
from .arguments import name_of
from .arguments import seconds as _seconds
from .errors import InvalidMediaError, InvalidOptionError, TranscodeError
from .files import Opened
from .options import TranscodeOptions, values_of
from .reports import TranscodeStats
from .watch import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Literal, NoReturn, Self, Unpack

    from .typed import Output, Rate, Seconds, WriterValues

__all__ = ["VideoWriter"]


class VideoWriter:
    """Writes pictures, and sound where it is declared, from arrays into a video.

    `write()` copies an array into a queue and returns; encoding and writing go on in the background on threads of their
    own. The queue holds 32 frames, or 200 MB of them; where it is full `write()` waits, with the GIL free and Ctrl-C
    answered. The file is at its path when `close()` has returned, which leaving a `with` block does. Left by an exception,
    or dropped without `close()`, nothing is: what was at the path stays there.

    The first frame decides size and format, which all others must have. May be used from several threads, one call at a
    time. It cannot be pickled, and in a forked child it is an error to use.

    Args:
        output: A local path, a binary file object with `write` and optionally `seek`, or `None` to get the bytes in the
            `data` of what `close()` gives, which needs `format`.
        fps: Frames a second. Needed where frames come without `pts`; with `pts` it tells how long the last is shown.
        frame_format: How arrays store pictures: `"rgb24" "bgr24" "rgba" "bgra" "gray"` of uint8, `"rgb48" "rgba64"
            "gray16"` of uint16, `"rgbf32" "rgbaf32" "grayf32"` of float32 from 0 to 1, or planes: `"yuv420p" "yuv422p"
            "yuv444p" "nv12"` of uint8 and `"yuv420p10" "yuv422p10" "yuv444p10"` of uint16 up to 1023. By default what the
            type and shape tell: RGB, RGBA, gray, or the planes of a tuple.
        layout: `"HWC"` for arrays of shape (H, W, channels), `"CHW"` for (channels, H, W).
        sample_rate: Samples a second of the sound that `write_audio()` is going to write.
        channels: Its channels. With one of these two given, there is a track of sound.
        **options: How to encode: the options of `transcode()` that are not about an input, such as `video_codec`, `crf`,
            `preset`, `pixel_format`, `resolution`, `video_filter`, `metadata`, `audio_codec`, `format`, `overwrite`. RGB
            becomes `yuv420p` unless `pixel_format` says otherwise or the encoder is for RGB; floats keep 16 bits where
            `pixel_format` has more than 8.

    Raises:
        InvalidOptionError: An option is unknown or wrong, or is about an input.
        OutputExistsError: The output exists and `overwrite` is off.
        TranscodeError: Another of its kinds, for what is found before the first frame.

    Example:
        ```python
        with transcode_py.VideoWriter("out.mp4", fps=30, video_codec="h264") as writer:
            for frame in frames:  # arrays of shape (H, W, 3), uint8
                writer.write(frame)
        ```
    """

    def __init__(
        self,
        output: Output,
        fps: Rate | None = None,
        *,
        frame_format: str | None = None,
        layout: Literal["HWC", "CHW"] = "HWC",
        sample_rate: int | None = None,
        channels: int | None = None,
        **options: Unpack[WriterValues],
    ) -> None:
        checked = TranscodeOptions(output=output, fps=fps, sample_rate=sample_rate, channels=channels, **options)
        if checked.get("input") is not None:
            message = "input; expected none, since arrays are the input; got one; leave it out"
            raise InvalidOptionError(message)
        # What comes is told by the arrays; as options of the encoding these two would convert it.
        rate, count = checked.get("sample_rate"), checked.get("channels")
        self._values = values_of(checked.replace(sample_rate=None, channels=None))
        self._timed = fps is None
        self._media = Opened(b"", checked.get("output"))
        sound = None if rate is None and count is None else (rate or _RATE, count or _CHANNELS)
        names = name_of("frame_format", frame_format), name_of("layout", layout) or "HWC"
        self._native = _native.Writer(*names, sound)
        self._native.check(self._media.target, self._values)
        self._task: _native.Task | None = None
        self._stack = ExitStack()
        self._stats: TranscodeStats | None = None
        self._failure: Exception | None = None
        self._closed = False
        # Whoever holds it is in a call. Of a call within a call, which a signal's handler may make, the native side tells.
        self._turn = RLock()

    def write(self, frame: Any, pts: Seconds | None = None) -> None:
        """Copy a picture into the queue.

        Args:
            frame: Anything with the buffer protocol, or on the CPU with DLPack (tensors of Torch), with any strides: an
                array of shape (H, W, 3), (H, W, 4), (H, W) or (H, W, 1); for planes one array with all of them below each
                other, (H * 3 / 2, W), or a tuple of them.
            pts: When it is shown, in seconds. Must rise. Given with every frame or with none.

        Raises:
            InvalidOptionError: The array or its time does not fit. Nothing of it is written, and writing can go on.
            TranscodeError: Another of its kinds: encoding has failed, here or in the background, and the writer is closed.
            KeyboardInterrupt: Ctrl-C while it waited for room; the frame is not written.
        """
        seconds = None if pts is None else _seconds("pts", pts)
        self._native.check_process()
        with self._turn:
            self._check_open()
            if self._task is None:
                self._begin(frame, timed=seconds is not None)
            if not self._native.write(frame, seconds):
                self._fail()

    def write_audio(self, samples: Any) -> None:
        """Copy sound into the queue. It begins at 0 and follows what was written of it before.

        Write it beside the pictures that it belongs to: what comes before the first frame is kept in memory, and what
        comes long before or after its frames is kept by the container.

        Args:
            samples: An array of shape (samples, channels), or (samples,) of one channel, float32 from -1 to 1 or int16.

        Raises:
            InvalidOptionError: The array does not fit, or no sound was declared. Nothing of it is written.
            TranscodeError: Another of its kinds: encoding has failed, and the writer is closed.
            KeyboardInterrupt: Ctrl-C while it waited for room; a part may be written.
        """
        self._native.check_process()
        with self._turn:
            self._check_open()
            if not self._native.write_audio(samples):
                self._fail()

    def close(self) -> TranscodeStats:
        """Encode what waits in the queue and finish the file. A second call gives the same again.

        Returns:
            What was done. Its warnings are also logged to the logger `transcode_py`.

        Raises:
            InvalidMediaError: No frame was written.
            TranscodeError: Another of its kinds: encoding failed, and nothing of the output is left.
            KeyboardInterrupt: Ctrl-C; nothing of the output is left.
        """
        self._native.check_process()
        with self._turn:
            if self._stats is not None:
                return self._stats
            self._check_open()
            self._native.end()
            if self._task is None:
                self._closed = True
                message = "no frame was written; expected at least one; got none; call write() before close()"
                self._failure = InvalidMediaError(message)
                raise self._failure
            return self._finish(self._task)

    def cancel(self) -> None:
        """Stop, from any thread, and leave nothing of the output. A `write()` that waits in another thread raises."""
        self._native.check_process()
        if self._task is not None:
            self._task.cancel()
        with self._turn:
            if not self._closed:
                self._closed = True
                self._native.end()
                self._leave()

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._closed

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closed:
            message = "this VideoWriter is closed; expected an open one; got a call after its end; make a new one"
            raise InvalidOptionError(message)

    def _begin(self, frame: Any, *, timed: bool) -> None:
        if self._timed and not timed:
            message = "fps; expected frames a second, or pts= with every frame; got neither; pass fps=30"
            raise InvalidOptionError(message)
        try:
            _, target = self._stack.enter_context(self._media)
            task = self._native.begin(target, self._values, frame, timed)
        except BaseException:
            self._leave()
            raise
        self._task = task
        try:
            self._stack.enter_context(task)
            # What is wrong with the whole is told before anything is taken.
            while not task.done and not any(kind == "stage" for kind, _ in task.events()):
                task.wait()
        except BaseException:
            self._closed = True
            self._leave()
            raise

    def _leave(self) -> None:
        """Stop what goes on, and let go of file objects."""
        # What a file object raises meanwhile, the stop has caused or made unimportant.
        with suppress(Exception):
            self._stack.close()

    def _fail(self) -> NoReturn:
        """Raise why the job has ended before its time."""
        if self._task is not None:
            self._finish(self._task)
        message = "this is a bug in transcode_py: a job ended before its writer; please report it"
        raise TranscodeError(message)

    def _finish(self, task: _native.Task) -> TranscodeStats:
        """Wait for the end of the job, and give its result."""
        self._closed = True
        try:
            with self._stack:
                while not task.done:
                    task.wait()
                stats, data = task.result()
        except Exception as error:
            self._failure = error
            raise
        for warning in stats["warnings"]:
            log(warning)
        self._stats = TranscodeStats(**stats, data=data)
        return self._stats

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self.cancel()
        elif self._failure is not None or not self._closed:
            self.close()

    def __reduce__(self) -> NoReturn:
        message = "a VideoWriter cannot be pickled: its encoder lives in this process; make one where it is needed"
        raise TypeError(message)

    def __repr__(self) -> str:
        return f"<VideoWriter {'closed' if self._closed else 'open'}>"


# What sound has that is declared by one of the two alone.
_RATE, _CHANNELS = 48_000, 2
