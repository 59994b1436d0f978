"""Fixtures of the unit tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sigstack.stack import Sigstack

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running_sigstack() -> Iterator[Sigstack]:
    yield from Sigstack().serve()


@pytest.fixture
def sigstack(running_sigstack: Sigstack) -> Sigstack:
    """A Sigstore of our own on loopback, healthy."""
    running_sigstack.reset()
    return running_sigstack
