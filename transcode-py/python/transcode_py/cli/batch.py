"""The command `transcode batch`: patterns in, one folder out."""

from __future__ import annotations

import argparse
import glob
import os
import sys

from transcode_py.batch import transcode_many
from transcode_py.errors import InvalidOptionError
from transcode_py.options import TranscodeOptions

from .flags import Parser, add_options, chosen_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from transcode_py.reports import BatchProgress, JobResult

__all__ = ["batch", "batch_parser"]

_NOTES = """\
A name in the folder is that of the input, with the extension of --to, or else that of --format, or else its own.
Patterns may be quoted, and ** goes into folders; what they find in DIR itself is left out where they come upon it from
above. Exit status: 0 all done, 1 any failed, 2 wrong usage, 130 interrupted.
"""
# Containers that are not named as the files that they are in.
_EXTENSIONS = {"adts": "aac", "asf": "wmv", "ipod": "m4a", "matroska": "mkv", "mpeg": "mpg", "mpegts": "ts"}


def batch_parser() -> Parser:
    """Make the parser of the command's words."""
    usage = "transcode batch FILE... -o DIR [--to EXTENSION] [options]"
    parser = Parser("transcode batch", usage, "Transcode many files, a few at once.", epilog=_NOTES)
    parser.add_argument("files", metavar="FILE", nargs="+", help="a local file, or a pattern such as 'clips/**/*.mov'")
    parser.add_argument("-o", "--output", dest="folder", metavar="DIR", required=True, help="where outputs go")
    parser.add_argument("--to", metavar="EXTENSION", help="what outputs are, such as mp4 (default: as their inputs)")
    parser.add_argument(
        "--jobs", type=_count, default="auto", metavar="N", help="how many run at once (default: one a core)"
    )
    parser.add_argument(
        "--on-error",
        choices=("collect", "raise"),
        default="collect",
        help="go on with the other files, or stop all at the first that fails (default: collect)",
    )
    parser.add_argument(
        "--skip-done", action="store_true", help="leave out files whose output is there and not older than they are"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument(
        "--progress",
        choices=("bar", "json", "none"),
        help="how to show progress, on stderr (default: bar on a terminal, else none)",
    )
    add_options(parser, files=False)
    return parser


def _count(text: str) -> int | str:
    if text == "auto":
        return text
    if text.isdecimal() and int(text):
        return int(text)
    message = f"expected auto or a whole number from 1; got {text!r}"
    raise argparse.ArgumentTypeError(message)


def batch(found: argparse.Namespace) -> int:
    """Do the command.

    Returns:
        0 where all is done, 1 where a file failed.
    """
    base = TranscodeOptions(**chosen_options(found))
    inputs = list(dict.fromkeys(path for word in found.files for path in _files(word, found.folder)))
    outputs = _outputs(inputs, found.folder, _extension(found.to, base.get("format")))
    jobs = [base.replace(input=source, output=target) for source, target in zip(inputs, outputs, strict=True)]
    try:
        os.makedirs(found.folder, exist_ok=True)
    except OSError as error:
        message = f"-o; expected a folder to write to; got {found.folder!r}: {error.strerror}; name another"
        raise InvalidOptionError(message) from error
    results = transcode_many(
        jobs,
        concurrency=found.jobs,
        on_error=found.on_error,
        progress=_progress(found.progress),
        skip_done=found.skip_done,
    )
    if found.json:
        print("[" + ",\n ".join(result.to_json() for result in results) + "]")
    for line in _summary(results):
        print(f"transcode: {line}", file=sys.stderr)
    return 0 if all(result.ok for result in results) else 1


def _files(word: str, folder: str) -> Iterator[str]:
    """Give the files that a word stands for."""
    if os.path.isdir(word):
        message = f"FILE; expected files or a pattern; got the folder {word!r}; write {os.path.join(word, '*')!r}"
        raise InvalidOptionError(message)
    if os.path.lexists(word) or not glob.has_magic(word):
        # One that is not there is a job that fails: the others are done.
        yield os.path.normpath(word)
        return
    # Outputs of an earlier run are no inputs, unless they are what was asked for.
    begin = word[: min(word.find(sign) for sign in "*?[" if sign in word)]
    above = not _within(os.path.dirname(begin), folder)
    matches = [
        path
        for path in sorted(glob.glob(word, recursive=True))
        if not os.path.isdir(path) and not (above and _within(os.path.dirname(path), folder))
    ]
    if not matches:
        message = f"FILE; expected a pattern that matches files; got {word!r}, which matches none; check it"
        raise InvalidOptionError(message)
    for path in matches:
        yield os.path.normpath(path)


def _within(path: str, folder: str) -> bool:
    # The empty path is the current folder, to `realpath` as well.
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath((path, folder)) == folder


def _extension(to: str | None, container: str | None) -> str | None:
    if to is None:
        return None if container is None else "." + _EXTENSIONS.get(container, container)
    name = to.removeprefix(".")
    if not name or os.path.basename(name) != name:
        message = f"--to; expected an extension such as mp4; got {to!r}; leave the folder to -o"
        raise InvalidOptionError(message)
    return "." + name


def _outputs(inputs: Sequence[str], folder: str, extension: str | None) -> list[str]:
    outputs = []
    reached = {os.path.realpath(path): path for path in inputs}
    first: dict[str, str] = {}
    for source in inputs:
        stem, own = os.path.splitext(os.path.basename(source))
        target = os.path.join(folder, stem + (own if extension is None else extension))
        other = first.setdefault(target, source)
        if other is not source:
            message = (
                "-o; expected an output of its own for each file; "
                f"got {target!r} for both {other!r} and {source!r}; rename one, or give them other folders"
            )
            raise InvalidOptionError(message)
        taken = reached.get(os.path.realpath(target))
        if taken is not None:
            message = (
                "-o; expected outputs that are no inputs; "
                f"got {target!r} for {source!r}, where the input {taken!r} is; write to another folder"
            )
            raise InvalidOptionError(message)
        outputs.append(target)
    return outputs


def _progress(how: str | None) -> Any:
    if how == "json":
        return _print_progress
    return how == "bar" or (how is None and sys.stderr.isatty())


def _print_progress(progress: BatchProgress) -> None:
    print(progress.to_json(), file=sys.stderr, flush=True)


def _summary(results: Sequence[JobResult]) -> Iterator[str]:
    for result in results:
        for warning in result.stats.warnings if result.stats else ():
            yield f"warning: {result.input}: {warning}"
    for result in results:
        if result.error is not None:
            yield f"failed: {result.input}: {result.error}"
    states = [result.status for result in results]
    yield f"{states.count('done')} done, {states.count('failed')} failed, {states.count('skipped')} skipped"
