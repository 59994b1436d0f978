"""What cargo-auditable writes into Rust programs: the crates that they were made from.

Source: cargo-auditable, PARSING.md: the section `.dep-v0` holds zlib-compressed JSON with the list
"packages"; those of kind "build" ran while it was built and are not in the program.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from attest.errors import FormatError, LimitError
from attest.exe.toolchain import CRATES
from attest.model.bounds import BoundsError
from attest.model.fact import Fact
from attest.model.strict_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Image
    from attest.exe.known import Known
    from attest.model.limits import Limits
    from attest.model.statement import Json


def facts(image: Image, known: Known) -> Iterator[Fact]:
    """The crates; raises `BoundsError` where the section is damaged, `LimitError` where it is too long."""
    section = image.section(CRATES)
    if section is None or not section.data:
        return
    content = section.data
    if image.container.format == "wasm":  # behind the name of the section
        content = content[1 + len(CRATES) :]
    yield Fact(name="rust.crates", value=_crates(content, known.limits), source=f"section {CRATES}")


def _crates(data: memoryview, limits: Limits) -> tuple[str, ...]:
    found: set[str] = set()
    for each in _packages(_unpacked(data, limits), limits):
        if not isinstance(each, dict):
            raise BoundsError(f"section {CRATES} lists a package that is no object")
        name, version = each.get("name"), each.get("version")
        if not isinstance(name, str) or not isinstance(version, str):
            raise BoundsError(f"section {CRATES} lists a package without name or version")
        if each.get("kind", "runtime") == "runtime":
            found.add(f"{name}@{version}")
    return tuple(sorted(found))


def _unpacked(data: memoryview, limits: Limits) -> bytes:
    most = limits.crates_bytes
    if len(data) > most:
        raise LimitError(f"section {CRATES} has {len(data)} bytes, more than {most}")
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(data, most)
    except zlib.error as error:
        raise BoundsError(f"section {CRATES} cannot be unpacked") from error
    if not inflater.eof and len(found) >= most:
        raise LimitError(f"section {CRATES} unpacks to more than {most} bytes")
    if not inflater.eof:
        raise BoundsError(f"section {CRATES} is cut off")
    return found


def _packages(content: bytes, limits: Limits) -> list[Json]:
    try:
        document = loads(
            content, file=f"section {CRATES}", max_bytes=limits.crates_bytes, max_depth=limits.json_depth
        )
    except FormatError as error:
        raise BoundsError(f"section {CRATES} {error.message}") from error
    packages = document.get("packages") if isinstance(document, dict) else None
    if not isinstance(packages, list):
        raise BoundsError(f"section {CRATES} lists no packages")
    if len(packages) > limits.build_info_modules:
        raise LimitError(
            f"section {CRATES} lists {len(packages)} packages, more than {limits.build_info_modules}"
        )
    return packages
