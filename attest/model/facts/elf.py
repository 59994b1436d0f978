"""What ELF files say (Linux, the BSDs, Solaris and illumos, Android)."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="elf.interpreter",
        type="string",
        containers=("elf",),
        description="The dynamic loader that the program names.",
    ),
)
