"""The facts of AIX's executables. Sources: as for `attest.exe.xcoff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.known import Known
    from attest.exe.xcoff import XcoffImage


def facts(image: XcoffImage, known: Known) -> Iterator[Fact]:
    """What the header and the loader section say."""
    del known
    kind = image.container.kind
    if kind in ("shared", "object"):
        yield Fact(name="link", value=kind, source="header field f_flags")
    elif kind and image.dwarf is not None:  # all section headers were read
        value = "dynamic" if image.loads else "static"
        yield Fact(name="link", value=value, source="sections of type STYP_LOADER")
    if image.libraries is not None:
        yield Fact(name="libraries", value=image.libraries, source="import IDs of the loader section")
    if image.search_path:
        yield Fact(
            name="xcoff.search_path",
            value=tuple(image.search_path.split(":")),
            source="import IDs of the loader section",
        )
    if image.symbols is not None:
        yield Fact(name="symbol_table", value=image.symbols > 0, source="header field f_nsyms")
    if image.dwarf is not None:
        value = "plain" if image.dwarf else "none"
        yield Fact(name="dwarf", value=value, source="sections of type STYP_DWARF")
