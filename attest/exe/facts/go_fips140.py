"""The fact about the integrity of Go's FIPS 140 module. Source: that of `attest.exe.fips`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.exe.fips import fips_matches
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Image
    from attest.exe.known import Known


def fips140(image: Image, known: Known) -> Iterator[Fact]:
    """Whether the FIPS 140 module has the hash that the linker wrote."""
    found = fips_matches(image, known.limits) if known.go else None
    if found is not None:
        yield Fact(name="go.fips140_matches", value=found[0], source=f"FIPS 140 record in {found[1]}")
