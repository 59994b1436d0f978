"""What several parts' tests share: the example release, built once and kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from testdata.widget.build import Layout, build

REPOSITORY = Path(__file__).resolve().parent.parent
#: One build cache for the tests and `make demo`: what one of them compiled the other finds.
GOCACHE = REPOSITORY / "build" / "gocache"


@pytest.fixture(scope="session")
def widget_release() -> Layout:
    """The example release below build/test/widget. It is shared by all tests: copy what you change.

    The first run on a machine builds it (about a minute), later ones find it current. Several workers of
    pytest-xdist may ask at once: the script locks its folder.
    """
    return build(REPOSITORY / "build" / "test" / "widget", gocache=GOCACHE)
