"""The facts of ELF files.

Sources: the System V ABI (chapter 5, dynamic linking), cmd/link/internal/ld/elf.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.elf import ElfImage
    from attest.exe.known import Known


def facts(image: ElfImage, known: Known) -> Iterator[Fact]:
    """What the headers of an ELF file say."""
    del known
    if image.interpreter is not None:
        yield Fact(name="elf.interpreter", value=image.interpreter, source="segment PT_INTERP")
