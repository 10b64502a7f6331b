"""Fixtures shared by all Python tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from media import Shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Generated clips, made when first asked for and kept for the session."""
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder for outputs: what a job leaves in it can be counted."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
