"""The go command and a small world for it; a test file or conftest imports the fixtures that it uses."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.unit.go.proxy import GO, WIDGET, Go, make_proxy, write

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class World:
    """The widget with a full module cache, and the same vendored."""

    go: Go
    widget: Path
    vendored: Path


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work = tmp_path_factory.mktemp("go")
    return Go(work, make_proxy(work / "proxy"))


@pytest.fixture(scope="session")
def world(go: Go, tmp_path_factory: pytest.TempPathFactory) -> World:
    widget = tmp_path_factory.mktemp("widget")
    write(widget, WIDGET)
    go.run(widget, "mod", "tidy")
    go.run(widget, "mod", "download", "all")
    vendored = tmp_path_factory.mktemp("vendored") / "widget"
    shutil.copytree(widget, vendored)
    go.run(vendored, "mod", "vendor")
    return World(go=go, widget=widget, vendored=vendored)
