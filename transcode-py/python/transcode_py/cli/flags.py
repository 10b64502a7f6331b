"""The command's flags, made from the table of options: `video_bitrate` is `--video-bitrate`."""

from __future__ import annotations

import argparse

from transcode_py.options import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

__all__ = ["Parser", "add_options", "add_some", "chosen_options", "flag"]


class Parser(argparse.ArgumentParser):
    """A parser that never guesses, and names the nearest flag for one it does not know."""

    def __init__(self, name: str, usage: str | None, description: str, epilog: str | None = None) -> None:
        """Make the parser of one command."""
        super().__init__(
            prog=name,
            usage=usage,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong on stderr and leave with 2."""
        self.exit(2, f"{self.prog}: {message}\n")

    def parse_args(self, args: Sequence[str], namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse all of `args`."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self._unknown(unknown[0])
        return found

    def _unknown(self, word: str) -> NoReturn:
        if not word.startswith("-"):
            self.error(f"too many words; expected no more files; got {word!r}; write a name with spaces in quotes")
        from difflib import get_close_matches

        name = word.partition("=")[0]
        near = get_close_matches(name, self._option_string_actions, n=3)
        fix = f"did you mean {' or '.join(near)}?" if near else f"`{self.prog} --help` lists the flags"
        self.error(f"unknown flag; expected a flag of this command; got {name}; {fix}")


def flag(name: str) -> str:
    """Give the flag of an option."""
    return "--" + name.replace("_", "-")


def add_options(parser: argparse.ArgumentParser, *, files: bool = True) -> None:
    """Add `IN`, `OUT` (without `files`, neither) and a flag for every other option of the table."""
    groups: dict[str, Any] = {}
    for name, row in TABLE.items():
        text = row["help"].replace("%", "%%")
        if row["kind"] == "media" and not files:
            continue
        if row["kind"] == "media":
            metavar = "IN" if name == "input" else "OUT"
            parser.add_argument(name, metavar=metavar, help=f"a local file; - is standard {name}")
            continue
        if row["group"] not in groups:
            groups[row["group"]] = parser.add_argument_group(row["group"])
        _add(groups[row["group"]], name, row, text)


def add_some(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add the flags of these options alone."""
    for name in names:
        _add(parser, name, TABLE[name], TABLE[name]["help"].replace("%", "%%"))


def _add(group: Any, name: str, row: dict[str, Any], text: str) -> None:
    default = "" if row["default"] == "null" else f" (default: {row['default'].strip(chr(34))})".replace("%", "%%")
    common = {"dest": name, "default": None, "help": text + default}
    kind = row["kind"]
    if kind == "flag":
        group.add_argument(flag(name), action=argparse.BooleanOptionalAction, **common)
        return
    if kind in {"metadata", "streams"}:
        # False has no text of its own on a command line.
        group = group.add_mutually_exclusive_group()
        help_text = "keep no tags of the input" if kind == "metadata" else argparse.SUPPRESS
        group.add_argument(flag("no_" + name), action="store_true", help=help_text)
    if kind in {"metadata", "pairs"}:
        group.add_argument(flag(name), action="append", type=_pair, metavar="NAME=TEXT", **common)
    else:
        group.add_argument(flag(name), metavar=_shown(row["value"].replace("%", "%%")), **common)


def _shown(value: str) -> str:
    # argparse takes brackets in a metavar for its own when it wraps the usage line.
    return value.replace("[", "(").replace("]", ")")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        message = f"expected NAME=TEXT; got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return name, value


def chosen_options(found: argparse.Namespace) -> dict[str, Any]:
    """Give the options that were typed, as `TranscodeOptions` takes them."""
    options = {}
    for name, row in TABLE.items():
        value = getattr(found, name, None)
        if getattr(found, "no_" + name, False):
            value = False
        elif value is None or row["kind"] == "media":
            continue
        elif row["kind"] == "metadata":
            # As with ffmpeg, an empty text removes the tag.
            value = {key: text or None for key, text in value}
        elif row["kind"] == "pairs":
            value = dict(value)
        options[name] = value
    return options
