from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.states.modules import MODULES, REFUSED_MODULES
from tests.states.state import World
from tests.unit.go.proxy import GO, Go, make_proxy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> World:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work: Path = tmp_path_factory.mktemp("states")
    proxy = make_proxy(work / "proxy", {**MODULES, **REFUSED_MODULES})
    go = Go(work, proxy)
    go.run(work, "mod", "download", *MODULES)
    return World(go=go, proxy=proxy)
