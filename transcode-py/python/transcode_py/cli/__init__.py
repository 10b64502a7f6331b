"""The `transcode` command. Nothing is on stdout but what was asked for; bars, warnings and errors are on stderr."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager

from transcode_py.bars.own import Bar
from transcode_py.calls import capabilities, probe, version
from transcode_py.comparing import compare
from transcode_py.errors import InvalidOptionError, TranscodeError
from transcode_py.options import TranscodeOptions
from transcode_py.transcoder import Transcoder

from . import tables
from .batch import batch, batch_parser
from .doctor import examine
from .flags import Parser, add_options, add_some, chosen_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from transcode_py.reports import Progress
    from transcode_py.values import Value

__all__ = ["main"]

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
_OVERVIEW = """\
commands:
  transcode IN OUT [options]   transcode; this command needs no name
  transcode plan IN OUT ...    tell what would be done, and why
  transcode batch FILE...      transcode many files into a folder: -o DIR
  transcode probe FILE         tell what a file holds
  transcode compare A B        measure the pictures of A against the reference B
  transcode codecs             list what works here
  transcode doctor             look for what is wrong here

A file that is named like a command is written ./plan. Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The words after the command's name; by default those of the process.

    Returns:
        0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # Names of files and tags may hold anything; to show them must not fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _terminable():
            return _run(words)
    except InvalidOptionError as error:
        return _fail(WRONG, error)
    except TranscodeError as error:
        return _fail(FAILED, error)
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "interrupted")
    except BrokenPipeError:
        # Whoever read our output has left; the interpreter's own flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _fail(code: int, why: object) -> int:
    print(f"transcode: {why}", file=sys.stderr)
    for line in getattr(why, "log_tail", ()):
        print(f"  ffmpeg: {line}", file=sys.stderr)
    return code


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end a job as Ctrl-C does, so that no partial file is left."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not the main thread: signals are somebody else's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(words: list[str]) -> int:
    command = _COMMANDS.get(words[0]) if words else None
    make, work = command or (_transcode_parser, _transcode)
    return work(make().parse_args(words[1:] if command else words))


def _transcode_parser() -> Parser:
    parser = Parser("transcode", "transcode IN OUT [options]", "Transcode one file into another.", epilog=_OVERVIEW)
    parser.add_argument("--version", action="version", version=f"transcode {version()}")
    parser.add_argument("--json", action="store_true", help="print the statistics as JSON")
    _add_progress(parser)
    add_options(parser)
    return parser


def _add_progress(parser: Parser) -> None:
    parser.add_argument(
        "--progress",
        choices=("bar", "json", "none"),
        help="how to show progress, on stderr (default: bar on a terminal, else none)",
    )


def _transcode(found: Namespace) -> int:
    _silence_logging()
    job = _job(found)
    if found.json and found.output == "-":
        message = "--json; expected an output other than -; got both on stdout; write the output to a file"
        raise InvalidOptionError(message)
    with _display(found.progress) as show:
        stats = Transcoder(job).run(show)
    _warn(stats.warnings)
    if found.json:
        print(stats.to_json())
    else:
        print(tables.done(found.output, stats), file=sys.stderr)
    return DONE


def _batch(found: Namespace) -> int:
    _silence_logging()
    return batch(found)


def _silence_logging() -> None:
    # The command prints the warnings itself; logging's last resort would print them again.
    import logging

    logging.getLogger("transcode_py").addHandler(logging.NullHandler())


def _job(found: Namespace) -> TranscodeOptions:
    source: Any = sys.stdin.buffer if found.input == "-" else found.input
    target: Any = sys.stdout.buffer if found.output == "-" else found.output
    return TranscodeOptions(input=source, output=target, **chosen_options(found))


@contextmanager
def _display(how: str | None) -> Iterator[Callable[[Progress], None] | None]:
    if how == "json":
        yield lambda progress: print(progress.to_json(), file=sys.stderr, flush=True)
    elif how == "bar" or (how is None and sys.stderr.isatty()):
        bar = Bar(sys.stderr)
        try:
            yield bar.show
        finally:
            bar.close()
    else:
        yield None


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        print(f"transcode: warning: {warning}", file=sys.stderr)


def _plan_parser() -> Parser:
    parser = Parser("transcode plan", "transcode plan IN OUT [options]", "Tell what would be done, and why.")
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")
    parser.add_argument(
        "--ffmpeg", action="store_true", help="print the nearest equal ffmpeg command, as a shell takes it"
    )
    add_options(parser)
    return parser


def _plan(found: Namespace) -> int:
    plan = Transcoder(_job(found)).plan()
    return _print(found, plan, tables.command if found.ffmpeg else tables.plan)


def _probe_parser() -> Parser:
    parser = Parser("transcode probe", None, "Tell what a file holds.")
    parser.add_argument("input", metavar="FILE", help="a local file; - is standard input")
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    return parser


def _probe(found: Namespace) -> int:
    info = probe(sys.stdin.buffer if found.input == "-" else found.input)
    return _print(found, info, tables.probe)


def _compare_parser() -> Parser:
    parser = Parser(
        "transcode compare", None, "Measure the pictures of A, the distorted file, against the reference B."
    )
    parser.add_argument("a", metavar="A", help="the distorted file; - is standard input")
    parser.add_argument("b", metavar="B", help="the reference; - is standard input")
    parser.add_argument(
        "--metrics",
        default="psnr,ssim,xpsnr",
        metavar="NAMES",
        help="some of psnr, ssim, ms_ssim and xpsnr, with commas between (default: psnr,ssim,xpsnr)",
    )
    parser.add_argument("--json", action="store_true", help="print all values as JSON, those of each frame too")
    parser.add_argument(
        "--video",
        dest="stream",
        type=_streams,
        metavar="INDEX[,INDEX]",
        help="which video stream: of both, or of A and of B (default: the first of each)",
    )
    add_some(parser, ("threads", "simd", "timeout", "strict", "max_pixels"))
    _add_progress(parser)
    return parser


def _streams(text: str) -> list[int] | int:
    indices = [int(part) for part in text.split(",")]
    return indices if len(indices) > 1 else indices[0]


def _compare(found: Namespace) -> int:
    _silence_logging()
    a, b = (sys.stdin.buffer if name == "-" else name for name in (found.a, found.b))
    names: Any = [name.strip() for name in found.metrics.split(",") if name.strip()]
    with _display(found.progress) as show:
        comparison = compare(a, b, names, video=found.stream, progress=show, **chosen_options(found))
    _warn(comparison.warnings)
    return _print(found, comparison, tables.compare)


def _codecs_parser() -> Parser:
    parser = Parser("transcode codecs", None, "List what works here; every encoder is opened once to see.")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    return parser


def _codecs(found: Namespace) -> int:
    return _print(found, capabilities(), tables.codecs)


def _doctor_parser() -> Parser:
    parser = Parser("transcode doctor", None, "Look for what is wrong here.")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    return parser


def _doctor(found: Namespace) -> int:
    report = examine()
    _print(found, report, tables.doctor)
    return DONE if report.healthy else FAILED


def _print(found: Namespace, value: Value, table: Callable[[Any], str]) -> int:
    print(value.to_json() if found.json else table(value))
    return DONE


_COMMANDS: dict[str, tuple[Callable[[], Parser], Callable[[Namespace], int]]] = {
    "batch": (batch_parser, _batch),
    "compare": (_compare_parser, _compare),
    "plan": (_plan_parser, _plan),
    "probe": (_probe_parser, _probe),
    "codecs": (_codecs_parser, _codecs),
    "doctor": (_doctor_parser, _doctor),
}
