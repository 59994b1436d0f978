"""The facts of archives. Sources: as for `attest.exe.archive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.archive import ArchiveImage
    from attest.exe.known import Known


def facts(image: ArchiveImage, known: Known) -> Iterator[Fact]:
    """What wrote it and, where all headers could be read, what is in it."""
    del known
    if image.flavour:
        yield Fact(name="archive.flavour", value=image.flavour, source="headers of the members")
    if image.members is not None:
        names = tuple(each.name for each in image.members)
        yield Fact(name="archive.members", value=names, source="headers of the members")
