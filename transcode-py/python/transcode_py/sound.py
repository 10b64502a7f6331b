"""Sound as arrays: `read_audio()` at once, `AudioReader` in pieces."""

from __future__ import annotations

from . import _native
from .arguments import dtype_name, is_whole, movable
from .arguments import seconds as _seconds
from .arrays import from_memory
from .errors import InvalidOptionError
from .files import Opened
from .media import source
from .options import TranscodeOptions, values_of
from .progress import watcher
from .watch import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Literal, Self

    from .typed import Input, ProgressLike, Samples, Seconds

__all__ = ["AudioReader", "read_audio"]

# What options count seconds to.
_MOST_SECONDS = 1e9
# More than there is of anything, in what the native module counts in.
_MOST_SAMPLES = (1 << 63) - 1
# What is read at once where less is asked for: samples over all channels.
_AHEAD = 1 << 16


def read_audio(
    input: Input,
    sample_rate: int | None = None,
    channels: int | None = None,
    dtype: Literal["float32", "int16"] = "float32",
    *,
    stream: int | None = None,
    start: Seconds | None = None,
    end: Seconds | None = None,
    duration: Seconds | None = None,
    fill_gaps: bool = True,
    out: Any = None,
    progress: ProgressLike | None = None,
    threads: int | None = None,
    timeout: Seconds | None = None,
    strict: bool = False,
) -> Samples:
    """Read the sound of a file into a NumPy array of shape (samples, channels); one channel is (samples, 1).

    Rate and channels are changed as the ffmpeg program does by default. With `sample_rate=None` the rate is that of the
    file, which `probe()` and `AudioReader.sample_rate` tell.

    Sample n lies `n / sample_rate` seconds from the beginning of the file: where its times have gaps there is silence,
    and what overlaps is cut, with a warning. In a file whose pictures begin earlier than its sound, silence comes first.
    A part is just what slicing the whole would give.

    Long files are decoded on several threads, in parts that join sample for sample as if there were one. The GIL is free
    meanwhile.

    Args:
        input: A local path, `bytes`-like data, a binary file object or a `Url`.
        sample_rate: Samples a second; `None` keeps those of the file.
        channels: Number of channels: 1 is mono, 2 is stereo; `None` keeps them.
        dtype: `"float32"`, of which 1.0 is full scale, or `"int16"`.
        stream: Which stream to take: an index of `probe()`. By default the first of sound.
        start: Where to begin, in seconds from the beginning of the file.
        end: Where to end, in seconds from the beginning of the file.
        duration: How much to take from start on, in seconds.
        fill_gaps: Fill gaps and cut overlaps. `False` gives what is decoded, one packet after another. A gap of an hour or
            more is an error: its times are damaged, most often.
        out: An array or tensor of shape (N, channels) to fill from the front. No more is read than it has room for; the
            part of it that was filled is returned.
        progress: Called with a `Progress` on this thread, at most ten times a second; what it raises stops the work
            and is raised. `True` shows a bar on stderr, `"tqdm"` and `"rich"` show theirs.
        threads: Threads to decode on. `None` or 0 takes what the machine has and other jobs leave.
        timeout: Stop with an error when it takes longer, in seconds.
        strict: Fail at the first damage instead of telling it in a warning.

    Returns:
        The samples. Warnings are logged to the logger `transcode_py`.

    Raises:
        InputNotFoundError: The input does not exist.
        InvalidMediaError: The input cannot be read or has no sound.
        InvalidOptionError: An option is wrong, or `out` is no such array.
        LimitExceededError: There is a gap of an hour or more to fill.
        TranscodeError: Another of its kinds.
        KeyboardInterrupt: Ctrl-C; nothing goes on, and no file is open.

    Example:
        ```python
        samples = transcode_py.read_audio("in.mp3", sample_rate=16_000, channels=1)
        ```
    """
    options = TranscodeOptions(
        sample_rate=sample_rate,
        channels=channels,
        start=start,
        end=end,
        duration=duration,
        threads=threads,
        timeout=timeout,
        strict=strict,
    )
    choice = (_stream(stream), _dtype(dtype), bool(fill_gaps), values_of(options))
    with (
        watcher(progress) as show,
        Opened(source(input)) as (media, _),
        _native.read_audio(media, *choice, out) as task,
    ):
        samples = watch(task, show)
    result: Samples = from_memory(samples) if out is None else samples
    return result


class AudioReader:
    """Sound that is read piece by piece, at constant memory.

    Iterating gives arrays of `chunk` samples, the last one perhaps shorter. All pieces together are what `read_audio()`
    gives. It is a context manager; pickled, it is opened again where it lands, at the same place. After a fork it is of
    use in the process that opened it alone. One thread at a time can use it; a second one gets an error.

    Args:
        input: A local path, `bytes`-like data, a binary file object or a `Url`.
        sample_rate: Samples a second; `None` keeps those of the file.
        channels: Number of channels; `None` keeps them.
        dtype: `"float32"`, of which 1.0 is full scale, or `"int16"`.
        chunk: Samples of a piece; `None` takes those of a second.
        stream: Which stream to take: an index of `probe()`. By default the first of sound.
        fill_gaps: Fill gaps and cut overlaps. `False` gives what is decoded, one packet after another. A gap of an hour or
            more is an error: its times are damaged, most often.
        threads: Threads to decode on. `None` or 0 takes what the machine has and other jobs leave.
        strict: Fail at the first damage instead of telling it in a warning.

    Raises:
        InputNotFoundError: The input does not exist.
        InvalidMediaError: The input cannot be read or has no sound.
        InvalidOptionError: An option is wrong.
        TranscodeError: Another of its kinds.

    Example:
        ```python
        with transcode_py.AudioReader("in.mp3", sample_rate=16_000, channels=1, chunk=16_000) as audio:
            for samples in audio:
                print(samples.shape)
        ```
    """

    def __init__(
        self,
        input: Input,
        sample_rate: int | None = None,
        channels: int | None = None,
        dtype: Literal["float32", "int16"] = "float32",
        chunk: int | None = None,
        *,
        stream: int | None = None,
        fill_gaps: bool = True,
        threads: int | None = None,
        strict: bool = False,
    ) -> None:
        self._sound: _native.Sound | None = None
        self._input = source(input)
        options = TranscodeOptions(sample_rate=sample_rate, channels=channels, threads=threads, strict=strict)
        self._choice = (_stream(stream), _dtype(dtype), bool(fill_gaps), values_of(options))
        if chunk is not None and not is_whole(chunk, 1, _MOST_SAMPLES):
            message = f"chunk; expected a number of samples, at least 1; got {chunk!r}; leave it out for a second"
            raise InvalidOptionError(message)
        self._chunk = chunk
        self._open(0)

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self._opened().sample_rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self._opened().channels

    @property
    def duration(self) -> float | None:
        """Seconds, as far as the container tells; `None` where it does not."""
        return self._opened().duration

    @property
    def position(self) -> int:
        """The number of the next sample, counted from the beginning of the file."""
        return self._opened().position

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._sound is None

    def read(self, samples: int | None = None) -> Samples:
        """Give the next samples: as many as asked for, or fewer at the end, and none behind it.

        Args:
            samples: How many a channel; `None` gives a chunk.

        Raises:
            InvalidOptionError: It is no such number, or the reader is closed.
            TranscodeError: Reading failed, or the reader is used by another thread, or by a forked process.
            KeyboardInterrupt: Ctrl-C; the next call goes on where this one began.
        """
        if samples is not None and not is_whole(samples, 0, _MOST_SAMPLES):
            message = f"samples; expected a number of them; got {samples!r}; leave it out for a chunk"
            raise InvalidOptionError(message)
        sound = self._opened()
        count = int(samples if samples is not None else self._chunk or sound.sample_rate)
        while (memory := sound.take(count)) is None:
            self._media.ask(_fill, sound, max(count, _AHEAD // sound.channels))
        result: Samples = from_memory(memory)
        return result

    def seek(self, seconds: Seconds) -> None:
        """Go to a place, exact to the sample: what is read from there on is what slicing the whole would give.

        Decoders come to the very same samples only from the beginning of a file on: forward all up to there is decoded,
        back it is from the beginning on. A place behind the end gives no samples.

        Args:
            seconds: Where to go, from the beginning of the file.

        Raises:
            InvalidOptionError: It is no such time.
            TranscodeError: As from `read()`.
        """
        sound = self._opened()
        at = _seconds("seconds", seconds)
        if not 0 <= at <= _MOST_SECONDS:
            message = (
                f"seconds; expected 0 to {_MOST_SECONDS:.0f}; got {seconds!r}; count from the beginning of the file"
            )
            raise InvalidOptionError(message)
        place = round(at * sound.sample_rate)
        ahead = place - sound.position
        if ahead >= 0:
            sound.pass_over(ahead)
        else:
            self.close()
            self._open(place)

    def close(self) -> None:
        """Let go of the input. A call in another thread ends with an error."""
        sound, self._sound = self._sound, None
        if sound is not None:
            sound.close()
            self._media.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Samples:
        samples = self.read()
        if not len(samples):
            raise StopIteration
        return samples

    def __enter__(self) -> Self:
        self._opened()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # One whose making failed has nothing.
        if getattr(self, "_sound", None) is not None:
            self.close()

    def __getstate__(self) -> tuple[Any, ...]:
        input = movable("AudioReader", self._input)
        place = None if self._sound is None else self.position
        return (input, self._choice, self._chunk, place)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._sound = None
        self._input, self._choice, self._chunk, place = state
        if place is not None:
            self._open(place)

    def __repr__(self) -> str:
        name = f"a {type(self._input).__qualname__}" if hasattr(self._input, "read") else repr(self._input)[:80]
        sound = self._sound
        told = "closed" if sound is None else f"sample_rate={sound.sample_rate}, channels={sound.channels}"
        return f"<{type(self).__name__} of {name}: {told}>"

    def _opened(self) -> _native.Sound:
        sound = self._sound
        if sound is None:
            message = "this AudioReader is closed; expected an open one; got a call after close(); open another"
            raise InvalidOptionError(message)
        if sound.stopped:
            # By Ctrl-C, for good.
            place = sound.position
            self.close()
            sound = self._open(place)
        return sound

    def _open(self, place: int) -> _native.Sound:
        self._media = Opened(self._input)
        self._sound = sound = self._media.keep(lambda media: _opened(media, self._choice, place))
        return sound


def _opened(media: tuple[str, Any], choice: tuple[Any, ...], place: int) -> _native.Sound:
    with _native.open_audio(media, *choice) as task:
        sound: _native.Sound = watch(task, None)
    sound.pass_over(place)
    return sound


def _fill(sound: _native.Sound, count: int) -> None:
    with sound.fill(count) as task:
        watch(task, None)


def _stream(stream: Any) -> int | None:
    if stream is None or is_whole(stream, 0):
        return None if stream is None else int(stream)
    message = f"stream; expected the index of an audio stream; got {stream!r}; probe() tells the indices"
    raise InvalidOptionError(message)


def _dtype(dtype: Any) -> str:
    name = dtype_name(dtype)
    if name in ("float32", "int16"):
        return str(name)
    message = f'dtype; expected "float32" or "int16"; got {dtype!r}; read one of these, and use array.astype(...)'
    raise InvalidOptionError(message)
