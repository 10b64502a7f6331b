"""Sound in arrays: sample for sample what the ffmpeg program decodes, and where the times say it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import reference
import sounds
import transcode_py
from twins import Numpy

import media

if TYPE_CHECKING:
    from pathlib import Path

    from twins import Arrays

    from media import Shelf

# The ffmpeg program decodes the first frame alone of packets that hold several frames of AMR.
OURS_ALONE = {"fixture2.3gp"}
REAL = [file for file in media.real_files() if file.clean and not file.kind.startswith("image")]
GENERATED = [
    *["plain.mp4", "plain.mkv", "plain.mov", "plain.ts", "plain.webm", "plain.avi", "plain.flv", "plain.wav"],
    *["plain.mp3", "plain.flac", "plain.m4a", "surround.mkv", "deep.wav", "float.wav", "eight.wav", "lossless.m4a"],
    *["aac.ts", "aac.adts", "vorbis.ogg", "opus.opus", "wmv.asf", "theora.ogv"],
]


def same(path: Path, dtype: sounds.Dtype, arrays: Arrays) -> None:
    """What is decoded is what the ffmpeg program decodes."""
    ours = arrays.to_numpy(transcode_py.read_audio(path, dtype=dtype, fill_gaps=False))
    theirs = sounds.decoded(path, dtype=dtype)
    assert ours.dtype == dtype
    assert ours.shape == theirs.shape
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", GENERATED)
def test_generated_files_are_decoded_as_by_ffmpeg(shelf: Shelf, name: str, dtype: sounds.Dtype, arrays: Arrays) -> None:
    same(shelf[name], dtype, arrays)


@pytest.mark.skipif(not REAL, reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_real_files_are_decoded_as_by_ffmpeg(file: media.RealFile) -> None:
    told = sounds.first(file.path)
    if not told:
        with pytest.raises(transcode_py.InvalidMediaError, match="has no sound"):
            transcode_py.read_audio(file.path)
    elif told.get("channels") and file.name not in OURS_ALONE:
        same(file.path, "float32", Numpy())


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", sorted(sounds.CODECS))
def test_parts_join_as_if_one_decoder_had_made_them(
    shelf: Shelf, name: str, dtype: sounds.Dtype, arrays: Arrays
) -> None:
    """Bit for bit; noise in AAC and dither in AC-3 hang on all that was decoded before, and are not cut."""
    path = sounds.long(shelf, name)
    one = transcode_py.read_audio(path, dtype=dtype, fill_gaps=False, threads=1)
    room = arrays.of(np.zeros_like(one))
    several = transcode_py.read_audio(path, dtype=dtype, fill_gaps=False, threads=5, out=room)
    assert np.array_equal(one, arrays.to_numpy(several))
    assert np.array_equal(one, sounds.decoded(path, dtype=dtype))


@pytest.mark.parametrize("name", ["aac.m4a", "mp3.mp3", "flac.flac"])
def test_parts_join_behind_damage(shelf: Shelf, tmp_path: Path, name: str, arrays: Arrays) -> None:
    data = bytearray(sounds.long(shelf, name).read_bytes())
    for at in range(60_000, len(data) - 1000, len(data) // 23):
        data[at : at + 40] = b"\xa5" * 40
    path = tmp_path / name
    path.write_bytes(data)
    one, several = (arrays.to_numpy(transcode_py.read_audio(path, threads=n)) for n in (1, 4))
    assert np.array_equal(one, several)
    assert len(one) > 40 * 44100


# One of each: a rate, a number of channels, a type.
FORMS = [
    (16_000, 1, "float32"),
    (16_000, 1, "int16"),
    (48_000, 2, "float32"),
    (None, 1, "float32"),
    (22_050, None, "int16"),
]


@pytest.mark.parametrize("name", ["mp3.mp3", "aac.m4a", "flac.flac"])
@pytest.mark.parametrize(("rate", "channels", "dtype"), FORMS)
def test_rate_and_channels_change_as_in_ffmpeg(
    shelf: Shelf, name: str, rate: int | None, channels: int | None, dtype: sounds.Dtype, arrays: Arrays
) -> None:
    path = sounds.long(shelf, name)
    arguments = ["-ar", str(rate)] * (rate is not None) + ["-ac", str(channels)] * (channels is not None)
    theirs = sounds.decoded(path, *arguments, dtype=dtype, count=channels)
    ours = arrays.to_numpy(transcode_py.read_audio(path, rate, channels, dtype, fill_gaps=False))
    assert ours.shape == theirs.shape
    assert np.array_equal(ours, theirs)


def test_surround_is_mixed_as_in_ffmpeg(shelf: Shelf, arrays: Arrays) -> None:
    for count in (1, 2):
        ours = arrays.to_numpy(transcode_py.read_audio(shelf["surround.mkv"], channels=count))
        assert np.array_equal(ours, sounds.decoded(shelf["surround.mkv"], "-ac", str(count), count=count))


def test_a_part_is_a_slice_of_the_whole(shelf: Shelf, arrays: Arrays) -> None:
    path = sounds.long(shelf, "mp3.mp3")
    for rate in (44_100, 16_000):
        whole = transcode_py.read_audio(path, rate, 1)
        middle: dict[str, Any] = {"start": 12.34567, "duration": "0:00:03.5"}
        for options, expected in (
            (middle, whole[round(12.34567 * rate) : round(15.84567 * rate)]),
            ({"end": 2}, whole[: 2 * rate]),
            ({"start": 70}, whole[70 * rate :]),
        ):
            part = transcode_py.read_audio(path, rate, 1, **options)
            room = arrays.of(np.zeros((len(expected) + 7, 1), np.float32))
            filled = transcode_py.read_audio(path, rate, 1, **options, out=room)
            for found in (part, filled):
                assert np.array_equal(arrays.to_numpy(found), expected)


def test_gaps_are_silence_and_overlaps_are_cut(tmp_path: Path, arrays: Arrays) -> None:
    """Sample n lies at n / rate: three blocks of a second, a second apart and then over each other for a quarter."""
    rate, path = 8000, tmp_path / "gaps.mkv"
    times = "asetpts='if(lt(N,8000),0,if(lt(N,16000),2,2.75))/TB'"
    reference.ffmpeg(*media.tone(3, 400, rate, "mono"), "-af", f"asetnsamples=8000,{times}", "-c:a", "pcm_s16le", path)
    plain = transcode_py.read_audio(path, fill_gaps=False)
    assert len(plain) == 3 * rate
    samples = arrays.to_numpy(transcode_py.read_audio(path))
    silence = np.zeros((rate, 1), "float32")
    expected = np.concatenate([plain[:rate], silence, plain[rate : 2 * rate], plain[2 * rate + rate // 4 :]])
    assert np.array_equal(samples, expected)


@pytest.mark.parametrize("jump", [3600, 40_000_000])
def test_times_that_jump_by_an_hour_are_refused(tmp_path: Path, jump: int) -> None:
    """They are damaged, and the silence would fill all memory."""
    path = tmp_path / "jump.mkv"
    for seconds in (jump - 2, jump + 2):
        times = f"asetpts='if(lt(N,8000),0,{seconds})/TB'"
        source = media.tone(2, 400, 8000, "mono")
        reference.ffmpeg(*source, "-af", f"asetnsamples=8000,{times}", "-c:a", "pcm_s16le", path)
        if seconds < 3600:
            assert len(transcode_py.read_audio(path)) == (seconds + 1) * 8000
    text = (
        rf"the sound has a gap of {jump + 1}.000 s at 1.000 s; expected less than 3600 s; got .*; pass fill_gaps=False"
    )
    with pytest.raises(transcode_py.LimitExceededError, match=text):
        transcode_py.read_audio(path)
    with transcode_py.AudioReader(path) as audio, pytest.raises(transcode_py.LimitExceededError, match=text):
        list(audio)
    assert len(transcode_py.read_audio(path, fill_gaps=False)) == 2 * 8000


def test_sound_that_begins_after_the_pictures_follows_silence(shelf: Shelf, arrays: Arrays) -> None:
    samples = arrays.to_numpy(transcode_py.read_audio(shelf["late-sound.mkv"]))
    plain = transcode_py.read_audio(shelf["late-sound.mkv"], fill_gaps=False)
    silent = len(samples) - len(plain)
    assert abs(silent - 24_000) <= 48
    assert not samples[:silent].any()
    assert np.array_equal(samples[silent:], plain)


def test_the_stream_is_chosen_by_its_index(shelf: Shelf) -> None:
    film = shelf["film.mkv"]
    assert transcode_py.read_audio(film).shape[1] == 2
    assert transcode_py.read_audio(film, stream=2).shape[1] == 1
    with pytest.raises(
        transcode_py.InvalidOptionError, match="no audio stream 0; expected the index of one; got video"
    ):
        transcode_py.read_audio(film, stream=0)


def test_an_array_of_the_callers_is_filled(shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["plain.wav"]
    whole = transcode_py.read_audio(path)
    out = np.full((len(whole) + 10, 2), 9, "float32")
    part = transcode_py.read_audio(path, out=arrays.of(out))
    assert isinstance(part, arrays.type)
    assert np.shares_memory(arrays.to_numpy(part), out)
    assert np.array_equal(arrays.to_numpy(part), whole)
    assert (out[len(whole) :] == 9).all()
    # Strided, and with less room than there is sound.
    wide = np.zeros((100, 6), "float32")
    part = transcode_py.read_audio(path, out=arrays.of(wide[:, ::3]))
    assert np.array_equal(arrays.to_numpy(part), whole[:100])
    assert not wide[:, 1::3].any()


@pytest.mark.parametrize(
    ("out", "text"),
    [
        (np.zeros((10, 2), "int16"), "out: expected float32 array of shape .N, C.; got int16"),
        (np.zeros(10, "float32"), "out: expected float32 array of shape .N, C.; got float32 .10,."),
        (np.zeros((10, 3), "float32"), "out: expected float32 array of shape .N, 2.; got one of shape .N, 3."),
        ([0.0], "out: expected float32 array of shape .N, C.; got a list"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(shelf: Shelf, out: Any, text: str, arrays: Arrays) -> None:
    with pytest.raises(transcode_py.InvalidOptionError, match=text):
        transcode_py.read_audio(shelf["plain.wav"], out=arrays.of(out))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"dtype": "float64"}, 'dtype; expected "float32" or "int16"; got .float64.; read one of these'),
        ({"stream": -1}, "stream; expected the index of an audio stream; got -1"),
        ({"stream": True}, "stream; expected the index of an audio stream; got True"),
        ({"sample_rate": 0}, "sample_rate"),
        ({"channels": 65}, "channels"),
        ({"start": -1}, "start"),
        ({"start": 5}, "start is after the end; expected less than 1.000 s; got 5.000 s"),
    ],
)
def test_wrong_options_are_refused(shelf: Shelf, options: dict[str, Any], text: str) -> None:
    with pytest.raises(transcode_py.InvalidOptionError, match=text):
        transcode_py.read_audio(shelf["plain.wav"], **options)


def test_numpys_types_are_names_too(shelf: Shelf) -> None:
    kinds: list[Any] = [np.int16, np.dtype("int16")]
    for kind in kinds:
        assert transcode_py.read_audio(shelf["plain.wav"], dtype=kind).dtype == np.int16


def test_data_and_file_objects(shelf: Shelf, arrays: Arrays) -> None:
    path = shelf["plain.mp3"]
    whole = transcode_py.read_audio(path)
    room = arrays.of(np.zeros_like(whole))
    assert np.array_equal(arrays.to_numpy(transcode_py.read_audio(path.read_bytes(), out=room)), whole)
    with path.open("rb") as file:
        assert np.array_equal(arrays.to_numpy(transcode_py.read_audio(file)), whole)


def test_progress_is_told(shelf: Shelf) -> None:
    seen: list[transcode_py.Progress] = []
    transcode_py.read_audio(sounds.long(shelf, "flac.flac"), progress=seen.append)
    assert seen[0].percent == 0
    assert seen[-1].percent == 100
    assert [report.percent for report in seen] == sorted(report.percent for report in seen)


@pytest.mark.parametrize("samples", [0, 1, 2, 1151])
def test_hardly_any_samples(tmp_path: Path, samples: int, arrays: Arrays) -> None:
    path = tmp_path / "short.wav"
    reference.ffmpeg(*media.tone(1), "-af", f"atrim=end_sample={samples}", path)
    if samples == 0 and not path.stat().st_size:
        pytest.skip("this ffmpeg writes no file without samples")
    for room in (None, arrays.of(np.zeros((samples, 2), np.float32))):
        read = arrays.to_numpy(transcode_py.read_audio(path, out=room))
        assert read.shape == (samples, 2)
    assert transcode_py.read_audio(path, 16_000, 1).shape[1] == 1


def test_covers_and_pictures_have_no_sound(shelf: Shelf) -> None:
    for name in ("cover.png", "bframes.mp4"):
        with pytest.raises(transcode_py.InvalidMediaError, match="has no sound; expected an audio stream; got video"):
            transcode_py.read_audio(shelf[name])


def read_or_refused(path: Path) -> Any:
    """The samples, or `None` where an error of some kind says what is wrong."""
    kinds = (transcode_py.InvalidMediaError, transcode_py.UnsupportedError, transcode_py.LimitExceededError)
    try:
        return transcode_py.read_audio(path, timeout=60)
    except kinds:
        return None


@pytest.mark.parametrize("name", ["plain.mp3", "plain.flac", "plain.m4a", "opus.opus", "plain.wav", "plain.mp4"])
def test_truncated_files_give_what_is_there(shelf: Shelf, tmp_path: Path, name: str) -> None:
    data = shelf[name].read_bytes()
    for share in (0.02, 0.3, 0.7, 0.97):
        path = tmp_path / name
        path.write_bytes(data[: int(len(data) * share)])
        samples = read_or_refused(path)
        assert samples is None or len(samples) <= 49_000


DAMAGED = [file for file in media.real_files() if not file.clean]


@pytest.mark.skipif(not DAMAGED, reason="no folder of real media here (TRANSCODE_MEDIA)")
@pytest.mark.parametrize("file", DAMAGED, ids=lambda file: file.name)
def test_damaged_real_files_end_well(file: media.RealFile) -> None:
    samples = read_or_refused(file.path)
    if samples is not None:
        assert samples.ndim == 2
        assert np.array_equal(transcode_py.read_audio(file.path, threads=1), samples, equal_nan=True)


def test_strict_raises_at_the_first_damage(shelf: Shelf, tmp_path: Path) -> None:
    data = bytearray(shelf["plain.flac"].read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = b"\x55" * 200
    path = tmp_path / "damaged.flac"
    path.write_bytes(data)
    transcode_py.read_audio(path)
    with pytest.raises(transcode_py.InvalidMediaError, match="damaged"):
        transcode_py.read_audio(path, strict=True)
