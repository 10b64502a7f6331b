"""Fixtures shared by all Python tests, and which of them run beside each other."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

import pytest
import twins

from media import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from twins import Arrays


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only", choices=("together", "alone"), help="the tests that may run beside others, or those marked `alone`"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = told_once(items)
    only = config.getoption("--only")
    if only is not None:
        chosen = [item for item in chosen if (item.get_closest_marker("alone") is not None) == (only == "alone")]
    kept = {*chosen}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


def told_once(items: list[pytest.Item]) -> list[pytest.Item]:
    """All of them; but without Torch of each test's twins the first, whatever its parameters, to be skipped with a reason."""
    if importlib.util.find_spec("torch") is not None:
        return items
    twins_of: dict[tuple[str, int | None], pytest.Item] = {}
    return [
        item
        for item in items
        if not (isinstance(item, pytest.Function) and hasattr(item, "callspec"))
        or item.callspec.params.get("arrays") != "torch"
        or twins_of.setdefault(item.location[:2], item) is item
    ]


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Generated clips, made when first asked for and kept for the session, by all of its workers."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shelf"
    folder.mkdir(exist_ok=True)
    return Shelf(folder)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder for outputs: what a job leaves in it can be counted."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture(params=twins.KINDS)
def arrays(request: pytest.FixtureRequest) -> Arrays:
    """NumPy, and Torch where it is installed: a test that takes it is run with both."""
    return twins.KINDS[request.param]()
