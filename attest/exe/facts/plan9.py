"""The facts of Plan 9 executables. Source: as for `attest.exe.plan9`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.known import Known
    from attest.exe.plan9 import Plan9Image


def facts(image: Plan9Image, known: Known) -> Iterator[Fact]:
    """What the header says; Plan 9 has no dynamic loader."""
    del known
    if image.symbols is None:
        return
    yield Fact(name="link", value="static", source="the format: Plan 9 loads no libraries")
    yield Fact(name="symbol_table", value=image.symbols > 0, source="header field syms")
