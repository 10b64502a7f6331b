"""Fixtures shared by all Python tests, and which of them run beside each other."""

from __future__ import annotations

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
    only = config.getoption("--only")
    if only is not None:
        kept = [item for item in items if (item.get_closest_marker("alone") is not None) == (only == "alone")]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


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
