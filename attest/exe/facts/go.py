"""The facts that Go's toolchain leaves in a program of any container. Sources: those of the readers used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.exe.build_id import host_id_matches, matches, read_build_id
from attest.exe.facts.go_settings import settings
from attest.exe.facts.go_stamps import headers, stamps
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Image
    from attest.exe.known import Known


def build_id(image: Image, known: Known) -> Iterator[Fact]:
    """The Go build ID, whether it is that of the file (full depth only), and what was made from it."""
    found = read_build_id(image, known.limits) if known.go else None
    if found is None:
        return
    yield Fact(name="go.build_id", value=found.value, source=found.source)
    if known.packed:
        yield Fact(name="go.build_id_matches", value=False, source="the packer: no file of it is as linked")
        return
    same = matches(image, found, known.limits) if known.depth == "full" else None
    if same is not None:
        yield Fact(name="go.build_id_matches", value=same, source=f"{found.source}, and the whole file")
    host = host_id_matches(image, found)
    if host is not None:
        yield Fact(name="go.host_build_id_matches", value=host[0], source=host[1])


PARTS = (build_id, settings, stamps, headers)
