"""`timeout` ends a job whatever it waits for: pipes and servers that fall silent, readers that stop reading, codecs."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import transcode_py
from transcode_py import TranscodeTimeoutError, Url

from media import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.alone

CLIP = ROOT / "media" / "sintel_excerpt.mp4"
LIMIT = 0.5

# A job that is not stopped never ends here. A busy machine's pause is not ours.
PATIENCE = 15.0


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end of a test: whoever keeps a pipe or a connection open lets go."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def stream(tmp_path: Path) -> bytes:
    """The clip in a container that can be read as it comes."""
    path = tmp_path / "clip.mkv"
    transcode_py.transcode(CLIP, path, video_codec="copy", audio_codec="copy")
    return path.read_bytes()


def expect_timeout(source: Any, target: Any, **options: Any) -> None:
    began = time.monotonic()
    with pytest.raises(TranscodeTimeoutError, match=r"timeout=0\.5"):
        transcode_py.transcode(source, target, timeout=LIMIT, **options)
    assert time.monotonic() - began < PATIENCE


def begin(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def pipe(folder: Path) -> Path:
    path = folder / "pipe"
    os.mkfifo(path)
    return path


def test_a_pipe_that_nobody_writes(tmp_path: Path, out: Path) -> None:
    expect_timeout(pipe(tmp_path), out / "out.mp4")
    assert not list(out.iterdir())


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_pipe_whose_writer_stalls(
    tmp_path: Path, out: Path, stream: bytes, over: threading.Event, threads: int, part: float
) -> None:
    fifo = pipe(tmp_path)

    def write() -> None:
        with fifo.open("wb", buffering=0) as file:
            try:
                file.write(stream[: int(len(stream) * part)])
            except BrokenPipeError:
                return
            over.wait()

    begin(write)
    expect_timeout(fifo, out / "out.mp4", preset="ultrafast", threads=threads)
    assert not list(out.iterdir())


def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    expect_timeout(CLIP, pipe(tmp_path), format="matroska", video_codec="copy", audio_codec="copy", overwrite=True)


@pytest.mark.parametrize("options", [{"threads": 0}, {"threads": 1}, {"video_codec": "copy", "audio_codec": "copy"}])
def test_a_pipe_whose_reader_stalls(tmp_path: Path, over: threading.Event, options: dict[str, Any]) -> None:
    fifo = pipe(tmp_path)

    def read() -> None:
        with fifo.open("rb", buffering=0) as file:
            file.read(1000)
            over.wait()

    begin(read)
    if "threads" in options:
        # More than a pipe holds, and soon.
        options = options | {"video_codec": "ffv1"}
    expect_timeout(CLIP, fifo, format="matroska", overwrite=True, **options)


@contextmanager
def server(body: bytes, sent: int | None, over: threading.Event) -> Iterator[Url]:
    """A server that promises all of `body` and sends `sent` bytes of it, or nothing at all for None."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer(connection: socket.socket) -> None:
            with connection:
                connection.recv(4096)
                if sent is not None:
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    try:
                        connection.sendall(head + body[:sent])
                    except OSError:
                        return
                over.wait()

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                begin(lambda connection=connection: answer(connection))  # type: ignore[misc]

        begin(accept)
        yield Url(f"http://127.0.0.1:{listening.getsockname()[1]}/clip.mkv")


@pytest.mark.parametrize("sent", [None, 0, 3000, 300_000])
def test_a_server_that_falls_silent(out: Path, stream: bytes, over: threading.Event, sent: int | None) -> None:
    assert sent is None or sent < len(stream)
    with server(stream, sent, over) as url:
        expect_timeout(url, out / "out.mp4", preset="ultrafast")
    assert not list(out.iterdir())


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize(
    "work", [{"video_codec": "h264", "fps": 480}, {"video_codec": "ffv1", "video_filter": "fps=2000"}]
)
def test_a_long_encode(out: Path, threads: int, work: dict[str, Any]) -> None:
    expect_timeout(CLIP, out / "out.mkv", threads=threads, **work)
    assert not list(out.iterdir())
