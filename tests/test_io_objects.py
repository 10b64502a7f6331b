"""Python's own objects as media: data, file objects of every kind, and those that misbehave."""

from __future__ import annotations

import contextlib
import http.server
import io
import mmap
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from transcode_py import InvalidMediaError, InvalidOptionError, MediaIOError, TranscodeError, Url

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from media import Shelf

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
COPY: dict[str, Any] = {"video_codec": "copy", "audio_codec": "copy"}


class Pipe:
    """A source with `read` alone, which gives as little as it likes."""

    def __init__(self, data: bytes, most: int = 1 << 20) -> None:
        self.inner = io.BytesIO(data)
        self.most = most

    def read(self, size: int) -> bytes:
        return self.inner.read(min(size, self.most))


class Sink:
    """A target with `write` alone, which returns nothing."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


class Seeking(Pipe):
    """A source that can seek, and says neither so nor where it is."""

    def seek(self, position: int, whence: int = 0) -> None:
        self.inner.seek(position, whence)

    def tell(self) -> int:
        return self.inner.tell()


class Odd(Pipe):
    """A source that gives other buffers than bytes."""

    def __init__(self, data: bytes, kind: Callable[[bytes], Any]) -> None:
        super().__init__(data)
        self.kind = kind

    def read(self, size: int) -> Any:
        return self.kind(super().read(size))


@pytest.fixture(scope="module")
def clip(shelf: Shelf) -> bytes:
    """A small clip whose container is read from front to back."""
    return shelf["plain.mkv"].read_bytes()


@pytest.fixture(scope="module")
def packets(clip: bytes) -> int:
    return transcode_py.transcode(clip, None, format="matroska", **COPY).packets_processed


SOURCES: dict[str, Callable[[bytes, Path], Any]] = {
    "bytes": lambda data, _: data,
    "bytearray": lambda data, _: bytearray(data),
    "memoryview": lambda data, _: memoryview(data),
    "BytesIO": lambda data, _: io.BytesIO(data),
    "file": lambda _, path: path.open("rb"),
    "raw file": lambda _, path: path.open("rb", buffering=0),
    "pipe": lambda data, _: Pipe(data),
    "pipe in drops": lambda data, _: Pipe(data, 100),
    "seeks and tells nothing": lambda data, _: Seeking(data),
    "gives bytearray": lambda data, _: Odd(data, bytearray),
    "gives memoryview": lambda data, _: Odd(data, memoryview),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_source_is_the_same(kind: str, clip: bytes, packets: int, tmp_path: Path) -> None:
    path = tmp_path / "in.mkv"
    path.write_bytes(clip)
    source = SOURCES[kind](clip, path)
    try:
        stats = transcode_py.transcode(source, None, format="matroska", **COPY)
        assert stats.packets_processed == packets
        assert stats.data is not None
        assert stats.output_size == len(stats.data)
        # Whoever opened it closes it.
        assert not getattr(source, "closed", False)
    finally:
        if hasattr(source, "close"):
            source.close()


def test_a_mapped_file(packets: int, shelf: Shelf) -> None:
    with (
        shelf["plain.mkv"].open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        assert transcode_py.transcode(mapped, None, format="matroska", **COPY).packets_processed == packets


def test_an_os_pipe(clip: bytes, packets: int) -> None:
    reading, writing = os.pipe()

    def feed() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(clip)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with os.fdopen(reading, "rb") as source:
        stats = transcode_py.transcode(source, None, format="matroska", **COPY)
    feeder.join()
    assert stats.packets_processed == packets


def test_a_seekable_source_is_read_from_its_beginning(clip: bytes, packets: int) -> None:
    source = io.BytesIO()
    source.write(clip)  # and now it stands at its end
    job = transcode_py.Transcoder(transcode_py.TranscodeOptions(input=source, format="matroska", **COPY))
    assert transcode_py.probe(source).streams
    assert job.plan().streams
    assert job.run().packets_processed == packets
    assert job.run().packets_processed == packets


def test_an_mp4_with_its_index_at_the_end_is_found_by_seeking(shelf: Shelf) -> None:
    data = shelf["plain.mp4"].read_bytes()
    assert data.index(b"moov") > data.index(b"mdat"), "not the clip this test is for"
    assert transcode_py.probe(io.BytesIO(data)).duration == pytest.approx(1, abs=0.1)


@pytest.fixture
def server(clip: bytes) -> Iterator[str]:
    """The address of the clip on a server of this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(clip)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(clip)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/clip.mkv"
        server.shutdown()


def test_an_address(server: str, packets: int) -> None:
    stats = transcode_py.transcode(Url(server), None, format="matroska", **COPY)
    assert stats.packets_processed == packets
    assert transcode_py.probe(Url(server)).format.startswith("matroska")


def test_a_path_is_never_an_address(server: str) -> None:
    for name in (server, "concat:a.mkv", "file:a.mkv", "pipe:0"):
        with pytest.raises(transcode_py.InputNotFoundError):
            transcode_py.probe(name)


def test_an_address_is_no_output(clip: bytes) -> None:
    with pytest.raises(transcode_py.UnsupportedError, match="output; expected a path"):
        transcode_py.transcode(clip, Url("http://127.0.0.1/"), format="mpegts", **COPY)  # type: ignore[arg-type]


TARGETS: dict[str, Callable[[Path], Any]] = {
    "BytesIO": lambda _: io.BytesIO(),
    "file": lambda path: path.open("w+b"),
    "file for writing": lambda path: path.open("wb"),
    "raw file": lambda path: path.open("w+b", buffering=0),
    "sink": lambda _: Sink(),
}


@pytest.mark.parametrize("container", ["matroska", "mp4", "mpegts", "webm"])
@pytest.mark.parametrize("kind", TARGETS)
def test_every_kind_of_target_gets_a_complete_file(kind: str, container: str, clip: bytes, tmp_path: Path) -> None:
    path = tmp_path / "out"
    target = TARGETS[kind](path)
    codecs = {} if container == "webm" else COPY
    stats = transcode_py.transcode(clip, target, format=container, **codecs)
    if isinstance(target, Sink):
        data = bytes(target.data)
    elif isinstance(target, io.BytesIO):
        data = target.getvalue()
    else:
        assert not target.closed
        target.close()
        data = path.read_bytes()
    assert len(data) == stats.output_size
    found = transcode_py.probe(data)
    assert [stream.kind for stream in found.streams] == ["video", "audio"]
    if kind == "sink" and container in {"matroska", "webm"}:
        # Their duration stands at the beginning, and a sink cannot go back.
        assert found.duration is None
    else:
        assert found.duration == pytest.approx(1, abs=0.1)


def test_a_target_is_written_from_where_it_stands(clip: bytes) -> None:
    target = io.BytesIO(b"header--")
    target.seek(8)
    transcode_py.transcode(clip, target, format="mp4", **COPY)
    assert target.getvalue()[:8] == b"header--"
    assert target.getvalue()[12:16] == b"ftyp"
    assert transcode_py.probe(target.getvalue()[8:]).duration == pytest.approx(1, abs=0.1)


def test_a_target_that_takes_little_gets_it_all(clip: bytes, packets: int) -> None:
    class Slow(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(bytes(data)[:1000])

    target = Slow()
    transcode_py.transcode(clip, target, format="matroska", **COPY)
    again = transcode_py.transcode(target.getvalue(), None, format="matroska", **COPY)
    assert again.packets_processed == packets


def test_memory_needs_a_format(clip: bytes) -> None:
    with pytest.raises(InvalidOptionError, match="format"):
        transcode_py.transcode(clip, None)


class OwnError(Exception):
    """Nobody else raises this."""


def raised(call: Callable[[], object]) -> BaseException | None:
    """What a call raises, where it may raise or not."""
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - it is looked at, not hidden
        return error
    return None


def failing(base: type, method: str, after: int, error: BaseException) -> type:
    """A subclass of `base` whose `method` raises at its call number `after`."""
    calls = 0

    def broken(self: Any, *arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise error
        return getattr(base, method)(self, *arguments)

    return type("Failing", (base,), {method: broken})


@pytest.mark.parametrize(
    ("method", "after"), [("read", 0), ("read", 1), ("read", 2), ("seek", 0), ("seek", 1), ("seek", 3), ("seekable", 0)]
)
def test_what_a_source_raises_comes_out_itself(method: str, after: int, clip: bytes, tmp_path: Path) -> None:
    error = OwnError(method)
    source = failing(io.BytesIO, method, after, error)(clip)
    target = tmp_path / "out.mkv"
    if raised(lambda: transcode_py.transcode(source, target, **COPY)) is error:
        assert list(tmp_path.iterdir()) == []
    else:
        assert method == "seek", "the exception was lost"


@pytest.mark.parametrize("method", ["write", "seek", "tell", "flush"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_what_a_target_raises_comes_out_itself(method: str, after: int, clip: bytes) -> None:
    error = OwnError(method)
    target = failing(io.BytesIO, method, after, error)()
    if raised(lambda: transcode_py.transcode(clip, target, format="mp4", **COPY)) is not error:
        assert after, "the exception was lost"


def test_base_exceptions_come_out_too(clip: bytes) -> None:
    for error in (KeyboardInterrupt(), SystemExit(3)):
        source = failing(io.BytesIO, "read", 1, error)(clip)
        with pytest.raises(type(error)) as caught:
            transcode_py.transcode(source, None, format="matroska", **COPY)
        assert caught.value is error


def test_a_closed_file_says_so_itself(shelf: Shelf) -> None:
    with shelf["plain.mkv"].open("rb") as file:
        pass
    with pytest.raises(ValueError, match="closed file"):
        transcode_py.probe(file)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda size: b"x" * (size + 1), r"at most the \d+ bytes asked for; got \d+ bytes"),
        (lambda _: "text", 'got a str; open the file in binary mode, "rb"'),
        (lambda _: None, "got None"),
        (lambda _: 3, "got 3"),
        (lambda _: [1, 2], "got a list"),
    ],
)
@pytest.mark.parametrize("base", [Pipe, Seeking])
def test_a_wrong_answer_to_read(answer: Callable[[int], Any], says: str, base: type[Pipe], clip: bytes) -> None:
    class Liar(base):  # type: ignore[valid-type, misc]
        def read(self, size: int) -> Any:
            return answer(size)

    with pytest.raises(MediaIOError, match=says):
        transcode_py.probe(Liar(clip))
    with pytest.raises(MediaIOError, match=says):
        transcode_py.transcode(Liar(clip), None, format="matroska", **COPY)


@pytest.mark.parametrize("answer", [-1, 1 << 40, "many", 0])
def test_a_wrong_answer_to_write(answer: Any, clip: bytes) -> None:
    class Liar(Sink):
        def write(self, _: bytes) -> Any:
            return answer

    with pytest.raises(MediaIOError, match=r"write\(\) of the file object"):
        transcode_py.transcode(clip, Liar(), format="matroska", **COPY)


def test_a_raw_file_that_would_block_is_an_error(clip: bytes) -> None:
    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: Any) -> None:
            return None

    with pytest.raises(MediaIOError, match="blocking mode"):
        transcode_py.transcode(clip, Full(), format="matroska", **COPY)


def test_a_wrong_answer_to_seek(clip: bytes) -> None:
    class Liar(Seeking):
        def seek(self, position: int, whence: int = 0) -> Any:
            super().seek(position, whence)
            return "there"

    with pytest.raises(MediaIOError, match=r"seek\(\) of the file object"):
        transcode_py.transcode(Liar(clip), None, format="matroska", **COPY)


def test_a_text_file_is_refused() -> None:
    with pytest.raises(MediaIOError, match="binary mode"):
        transcode_py.probe(io.StringIO("text"))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"no media at all, only words " * 50])
def test_data_that_are_no_media(data: bytes) -> None:
    for source in (data, io.BytesIO(data), Pipe(data)):
        with pytest.raises(InvalidMediaError):
            transcode_py.probe(source)


def test_file_objects_of_a_job_are_used_on_one_thread(clip: bytes) -> None:
    threads = set()

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            threads.add(threading.get_ident())
            return super().read(size)

        def write(self, data: Any) -> int:
            threads.add(threading.get_ident())
            return super().write(data)

    transcode_py.transcode(Watched(clip), Watched(), format="mp4", preset="ultrafast")
    assert len(threads) == 1


def test_warnings_are_logged(shelf: Shelf, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    stats = transcode_py.transcode(shelf["film.mkv"], tmp_path / "out.wav")
    assert stats.warnings, "a wav holds no subtitles"
    records = [record for record in caplog.records if record.name == "transcode_py"]
    assert [record.getMessage() for record in records] == list(stats.warnings)
    assert {record.levelname for record in records} == {"WARNING"}


@pytest.mark.alone
def test_the_gil_is_free_while_a_job_runs() -> None:
    ticks = 0
    stop = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.wait(0.005):
            ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        stats = transcode_py.transcode(CLIP, None, format="matroska", preset="medium", threads=1)
    finally:
        stop.set()
        ticker.join()
    # With the GIL held there would be none; a loaded machine may lose many.
    assert ticks > stats.elapsed / 0.005 / 4


def test_a_second_run_at_a_time_is_refused() -> None:
    job = transcode_py.Transcoder(transcode_py.TranscodeOptions(input=str(CLIP), format="matroska", width=320))
    refused = []

    def show(_: transcode_py.Progress) -> None:
        with pytest.raises(TranscodeError, match="busy") as caught:
            job.run()
        refused.append(caught.value)

    job.run(show)
    assert refused
    assert job.run().frames_encoded
