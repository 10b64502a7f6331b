"""The native module: values in, values out. Everything public is in the Python modules beside it."""

from asyncio import Future
from collections.abc import Mapping
from typing import Any, final

from .tasks import Loop

__all__ = [
    "Desk",
    "FileEnd",
    "Task",
    "build_info",
    "canonical",
    "capabilities",
    "check",
    "desk",
    "plan",
    "probe",
    "run",
    "simd",
    "table",
    "version",
    "wait_for_all",
]

@final
class Task:
    """Some work on a thread of its own. Dropped, it is cancelled."""

    @property
    def done(self) -> bool:
        """Whether the work has ended and its thread is gone."""

    def cancel(self) -> None:
        """Ask the work to stop, from any thread."""

    def events(self) -> list[tuple[str, Any]]:
        """Give what the work has told since the last call: kinds and their data."""

    def wait(self) -> None:
        """Wait until there may be something to see; raises what a signal's handler raises."""

    def woken(self, event_loop: Loop) -> Future[None]:
        """Give a future that is done when there may be something to see."""

    def join(self) -> None:
        """Wait for the end, and that nothing more comes of it."""

    def abandon(self) -> None:
        """Ask the work to stop, and let nobody who waits for it see the end: the interpreter ends first."""

    def result(self) -> Any:
        """Wait for the end, and give the outcome, once."""

@final
class FileEnd:
    """The job's end of a file object."""

@final
class Desk:
    """Where a job's requests to its file objects arrive."""

    def next(self) -> tuple[int, str, tuple[Any, ...]] | None:
        """Wait for a request: the file's number, the method, its arguments; `None` when the desk was closed."""

    def give(self, data: bytes | bytearray | memoryview) -> None:
        """Answer the last request, with data."""

    def tell(self, number: int) -> None:
        """Answer the last request, with a number."""

    def fail(self) -> None:
        """Answer the last request: the file object raised."""

    def close(self) -> None:
        """Take no more requests: the job has ended."""

def desk(files: list[tuple[bool, bool]]) -> tuple[Desk, list[FileEnd]]:
    """Make a desk, and an end for each file object: whether it can seek, and whether what is written can be read."""

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
    at_once: int = 1,
    executor: str = "auto",
) -> Task:
    """Start a job. Its result: the stats, and the data where the output is memory."""

def plan(input: tuple[str, Any], output: tuple[str, Any], values: Mapping[str, object]) -> Task:
    """Start to plan a job. Its result: the plan."""

def probe(input: tuple[str, Any]) -> Task:
    """Start to look into an input. Its result: what it holds."""

def build_info() -> dict[str, Any]:
    """Tell what was built with what."""

def capabilities() -> Task:
    """Start to try what works here. Its result: what does."""

def simd() -> dict[str, Any]:
    """Tell the instruction sets of this CPU, and the level in force."""

def version() -> str:
    """Give the version of the package."""

def wait_for_all() -> None:
    """Wait for the threads of tasks that were dropped before their end."""
