"""A hundred jobs at once: `hundred.py ours|pyav CLIP FOLDER`, in a process of its own."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

JOBS = 100


def ours(clip: str, folder: Path) -> None:
    """All handed over in one call."""
    import transcode_py

    base = transcode_py.TranscodeOptions(video_codec="h264", preset="ultrafast", audio=False, overwrite=True)
    results = transcode_py.transcode_many(
        base.replace(input=clip, output=folder / f"ours-{number}.mp4") for number in range(JOBS)
    )
    if not all(result.ok for result in results):
        raise SystemExit(str(next(result.error for result in results if not result.ok)))


def pyav(clip: str, folder: Path) -> None:
    """A thread for each, with one codec thread."""
    import av

    def one(number: int) -> None:
        with av.open(clip) as source, av.open(folder / f"pyav-{number}.mp4", "w") as target:
            pictures = source.streams.video[0]
            pictures.thread_count = 1
            out = target.add_stream("libx264", rate=pictures.average_rate, options={"preset": "ultrafast"})
            out.width, out.height, out.pix_fmt = pictures.width, pictures.height, "yuv420p"
            out.thread_count = 1
            for frame in source.decode(pictures):
                target.mux(out.encode(frame))
            target.mux(out.encode())

    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(one, range(JOBS)))


if __name__ == "__main__":
    {"ours": ours, "pyav": pyav}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
