"""`AudioReader`: pieces of any size are the whole, a place is exact, and whoever uses it wrongly is told so."""

from __future__ import annotations

import gc
import io
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import sounds
import transcode_py
from transcode_py import AudioReader

import media

if TYPE_CHECKING:
    from twins import Arrays

    from media import Shelf


@pytest.mark.parametrize("chunk", [1, 7, 1000, 44_100, 10_000_000])
def test_pieces_of_any_size_are_the_whole(shelf: Shelf, chunk: int, arrays: Arrays) -> None:
    path = shelf["plain.mp3"]
    whole = transcode_py.read_audio(path, 8000, 1)
    pieces = [arrays.to_numpy(piece) for piece in AudioReader(path, 8000, 1, chunk=chunk)]
    assert {len(piece) for piece in pieces[:-1]} <= {chunk}
    assert 0 < len(pieces[-1]) <= chunk
    assert np.array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize("name", ["mp3.mp3", "aac.m4a", "opus.opus", "noise.m4a"])
def test_a_place_is_exact_to_the_sample(shelf: Shelf, name: str, arrays: Arrays) -> None:
    path = sounds.long(shelf, name)
    for rate in (None, 16_000):
        whole = transcode_py.read_audio(path, rate, 1)
        with AudioReader(path, rate, 1) as audio:
            for seconds in (40.123, 3.00001, 74.9, 0, 20, 20.5):
                audio.seek(seconds)
                at = round(seconds * audio.sample_rate)
                assert audio.position == at
                piece = arrays.to_numpy(audio.read(3001))
                assert np.array_equal(piece, whole[at : at + 3001])
                assert audio.position == at + len(piece)
            audio.seek(1000)
            assert arrays.to_numpy(audio.read(5)).shape == (0, 1)
            assert list(audio) == []


def test_what_is_told(shelf: Shelf, arrays: Arrays) -> None:
    with AudioReader(shelf["plain.mp3"]) as audio:
        assert (audio.sample_rate, audio.channels, audio.position) == (44_100, 2, 0)
        assert audio.duration == pytest.approx(1, abs=0.1)
        assert repr(audio).endswith("plain.mp3': sample_rate=44100, channels=2>")
    assert repr(audio).endswith("closed>")
    with AudioReader(shelf["plain.mp3"], 16_000, 1, "int16", 10) as audio:
        assert (audio.sample_rate, audio.channels) == (16_000, 1)
        piece = arrays.to_numpy(audio.read())
        assert piece.shape == (10, 1)
        assert piece.dtype == np.int16
        assert arrays.to_numpy(audio.read(0)).shape == (0, 1)


def test_wrong_values_are_refused(shelf: Shelf, arrays: Arrays) -> None:
    wrong: list[Any] = [0, -1, 1.5, True, "1"]
    for chunk in wrong:
        with pytest.raises(transcode_py.InvalidOptionError, match="chunk; expected a number of samples, at least 1"):
            AudioReader(shelf["plain.mp3"], chunk=chunk)
    with AudioReader(shelf["plain.mp3"]) as audio:
        for count in wrong[1:]:
            with pytest.raises(transcode_py.InvalidOptionError, match="samples; expected a number of them"):
                audio.read(count)
        with pytest.raises(transcode_py.InvalidOptionError, match=r"^seconds; expected 0 to"):
            audio.seek(-1)
        nowhere: list[Any] = [None, "soon", True, float("nan"), float("inf")]
        for place in nowhere:
            with pytest.raises(transcode_py.InvalidOptionError, match=r"^seconds"):
                audio.seek(place)
        assert audio.read(arrays.of(np.int64(5))).shape == (5, 2)


def test_after_close_is_an_error(shelf: Shelf) -> None:
    audio = AudioReader(shelf["plain.mp3"])
    assert not audio.closed
    audio.close()
    audio.close()
    assert audio.closed
    calls: list[Any] = [audio.read, lambda: audio.seek(0), lambda: next(audio), lambda: audio.position, audio.__enter__]
    for call in calls:
        with pytest.raises(transcode_py.InvalidOptionError, match="closed; expected an open one"):
            call()
    assert pickle.loads(pickle.dumps(audio)).__repr__().endswith("closed>")


def test_pickled_it_goes_on_where_it_was(shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["plain.mp3"]
    whole = transcode_py.read_audio(path, 16_000, 1)
    for input in (path, path.read_bytes()):
        with AudioReader(input, 16_000, 1, chunk=1000) as audio:
            audio.read(1234)
            with pickle.loads(pickle.dumps(audio)) as other:
                assert other.position == 1234
                assert np.array_equal(np.concatenate([arrays.to_numpy(piece) for piece in other]), whole[1234:])
            assert np.array_equal(arrays.to_numpy(audio.read()), whole[1234:2234])
    refused = pytest.raises(TypeError, match="cannot be pickled; expected a path, bytes or a Url")
    with path.open("rb") as file, AudioReader(file) as audio, refused:
        pickle.dumps(audio)


class Broken(io.BytesIO):
    """A file object that raises once it has given some bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100_000:
            message = "the disk is on fire"
            raise ZeroDivisionError(message)
        return super().read(size)


def test_file_objects(shelf: Shelf, arrays: Arrays) -> None:
    path = sounds.long(shelf, "mp3.mp3")
    whole = transcode_py.read_audio(path)
    with path.open("rb") as file, AudioReader(file) as audio:
        first = arrays.to_numpy(audio.read(500_000))
        audio.seek(1)
        assert np.array_equal(arrays.to_numpy(audio.read(1000)), whole[44_100:45_100])
        assert np.array_equal(first, whole[:500_000])
    with pytest.raises(ZeroDivisionError, match="on fire"), AudioReader(Broken(path.read_bytes())) as audio:
        list(audio)


def test_a_second_thread_does_not_end_what_the_first_reads(shelf: Shelf) -> None:
    """It is told, and the file object goes on being read."""

    class Slow(io.BytesIO):
        reached, goes_on = threading.Event(), threading.Event()

        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 200_000:
                self.reached.set()
                self.goes_on.wait(30)
            return super().read(size)

    path = sounds.long(shelf, "flac.flac")
    counts: list[int] = []
    with AudioReader(Slow(path.read_bytes())) as audio:
        thread = threading.Thread(target=lambda: counts.append(sum(map(len, audio))))
        thread.start()
        assert Slow.reached.wait(30)
        with pytest.raises(transcode_py.TranscodeError, match="busy"):
            audio.read()
        Slow.goes_on.set()
        thread.join(60)
    assert counts == [len(transcode_py.read_audio(path))]


def test_two_threads_get_samples_or_an_error(shelf: Shelf, arrays: Arrays) -> None:
    """No piece twice, none lost, whatever the threads do."""
    path = sounds.long(shelf, "flac.flac")
    whole = transcode_py.read_audio(path, dtype="int16")
    pieces: list[Any] = []
    refused: list[str] = []

    def work() -> None:
        while True:
            try:
                piece = arrays.got(audio.read(100_000))
            except transcode_py.TranscodeError as error:
                refused.append(str(error))
                time.sleep(0.001)
                continue
            if not len(piece):
                return
            pieces.append(piece)

    with AudioReader(path, dtype="int16") as audio:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    assert sum(map(len, pieces)) == len(whole)
    assert all("busy; expected one thread at a time" in text for text in refused)


def test_closed_while_another_thread_reads(shelf: Shelf) -> None:
    for _ in range(5):
        audio = AudioReader(sounds.long(shelf, "mp3.mp3"), 16_000, 1)
        ended: list[BaseException | int] = []

        def work(audio: AudioReader = audio, ended: list[BaseException | int] = ended) -> None:
            try:
                ended.append(len(audio.read(1 << 40)))
            except transcode_py.TranscodeError as error:
                ended.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        audio.close()
        thread.join(30)
        assert not thread.is_alive()
        assert len(ended) == 1


def test_a_forked_child_is_told(shelf: Shelf) -> None:
    script = """
import os, sys, pickle
import transcode_py
audio = transcode_py.AudioReader(sys.argv[1], 16000, 1, threads=3)
audio.read(200_000)  # threads are at work
data = pickle.dumps(audio)
child = os.fork()
if child == 0:
    try:
        audio.read(10_000_000)
    except transcode_py.TranscodeError as error:
        told = "another process" in str(error)
    audio.close()
    other = pickle.loads(data)
    same = other.position == 200_000 and len(other.read(100)) == 100
    del audio, other
    os._exit(0 if told and same else 1)
status = os.waitpid(child, 0)[1]
print(os.waitstatus_to_exitcode(status), len(audio.read(100)))
"""
    command = [sys.executable, "-W", "ignore", "-c", script, str(sounds.long(shelf, "mp3.mp3"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "0 100\n"), done.stderr


def test_ctrl_c_ends_a_read_and_the_next_one_goes_on(shelf: Shelf, tmp_path: Path) -> None:
    script = """
import os, signal, sys, threading, time
import transcode_py
audio = transcode_py.AudioReader(sys.argv[1], 16000, 1)
before = audio.read(100)
threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
began = time.monotonic()
try:
    while len(audio.read(1 << 40)):
        audio.seek(0)
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - began < 5)
audio.seek(0)
print((audio.read(100) == before).all())
"""
    command = [sys.executable, "-c", script, str(sounds.long(shelf, "mp3.mp3"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "interrupted True\nTrue\n"), done.stderr
    # A pipe that nobody writes to.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = """
import os, signal, sys, threading
import transcode_py
keep = os.open(sys.argv[1], os.O_RDWR)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    transcode_py.AudioReader(sys.argv[1])
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(pipe)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


def held() -> tuple[int, int]:
    """Open files of this process, and its threads once those that have been told to end have ended."""
    for _ in range(100):
        names = [
            Path(f"/proc/self/task/{task}/comm").read_text(encoding="utf-8") for task in os.listdir("/proc/self/task")
        ]
        if "sound\n" not in names:
            break
        time.sleep(0.01)
    return len(os.listdir("/proc/self/fd")), len(names)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_a_reader_that_is_left_leaves_nothing(shelf: Shelf) -> None:
    """No thread, no open file."""
    path = sounds.long(shelf, "mp3.mp3")
    AudioReader(path).read(600_000)
    gc.collect()
    before = held()
    for _ in range(3):
        AudioReader(path).read(600_000)
        with path.open("rb") as file:
            AudioReader(file).read(600_000)
    gc.collect()
    assert held() == before


@pytest.mark.alone
def test_memory_is_constant(tmp_path: Path) -> None:
    """An hour takes as much as two minutes."""
    peaks = []
    once = tmp_path / "once.mp3"
    source = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=44100:duration=120"]
    reference.ffmpeg(*source, "-ac", "2", "-c:a", "libmp3lame", "-b:a", "64k", once)
    for times in (1, 30):
        path = tmp_path / f"{times}.mp3"
        reference.ffmpeg("-stream_loop", str(times - 1), "-i", once, "-c", "copy", path)
        script = """
import resource, sys
import transcode_py
total = sum(len(piece) for piece in transcode_py.AudioReader(sys.argv[1], 16000, 1))
print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
        done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
        total, peak = map(int, done.stdout.split())
        assert abs(total - times * 120 * 16_000) < times * 2000
        peaks.append(peak)
    assert peaks[1] < peaks[0] * 1.15, peaks


@pytest.mark.skipif(not media.real_files(), reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize(
    "name", ["bear.opus", "sample_with_srt.mkv", "bbb_audio_aac_frag.mp4", "sintel_trailer-720p.mp4"]
)
def test_real_files_in_pieces(name: str) -> None:
    path = media.REAL / name
    whole = transcode_py.read_audio(path, 16_000, 1)
    with AudioReader(path, 16_000, 1, chunk=4321) as audio:
        assert np.array_equal(np.concatenate(list(audio)), whole)
        audio.seek(1)
        assert np.array_equal(audio.read(999), whole[16_000:16_999])
