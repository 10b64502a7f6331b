"""The native module: values in, values out. Everything public is in the Python modules beside it."""

from collections.abc import Callable, Mapping
from typing import Any, final

__all__ = [
    "Control",
    "build_info",
    "canonical",
    "capabilities",
    "check",
    "plan",
    "probe",
    "run",
    "simd",
    "table",
    "version",
]

@final
class Control:
    """The handle of one job, to be used from any thread."""

    def __new__(cls) -> Control:
        """Make the handle of a job that has not begun."""

    def cancel(self) -> None:
        """Ask the job to stop."""

def table() -> list[dict[str, Any]]:
    """Give the table of options: name, group, kind, default (as JSON), value, help."""

def canonical(name: str, value: object) -> Any:
    """Check one option and give its canonical form."""

def check(values: Mapping[str, object]) -> None:
    """Check the options of a job together."""

def run(
    input: tuple[str, Any],
    output: tuple[str, Any],
    values: Mapping[str, object],
    control: Control,
    progress: Callable[[dict[str, Any]], None] | None = None,
    executor: str = "auto",
) -> tuple[dict[str, Any], bytes | None]:
    """Do a job: its stats, and the data where the output is memory."""

def plan(
    input: tuple[str, Any], output: tuple[str, Any], values: Mapping[str, object], control: Control
) -> dict[str, Any]:
    """Tell what a job would do."""

def probe(input: tuple[str, Any]) -> dict[str, Any]:
    """Tell what an input holds."""

def build_info() -> dict[str, Any]:
    """Tell what was built with what."""

def capabilities() -> dict[str, Any]:
    """Tell what works here."""

def simd() -> dict[str, Any]:
    """Tell the instruction sets of this CPU, and the level in force."""

def version() -> str:
    """Give the version of the package."""
