"""What Go's toolchain leaves in a program, whatever its container."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="go.build_id",
        type="string",
        description="The Go build ID: hashes of what was linked and, last, of the linked file.",
    ),
    FactKind(
        name="go.build_id_matches",
        type="bool",
        description="The file still has the hash in its Go build ID: nothing changed it after linking.",
    ),
    FactKind(
        name="go.host_build_id_matches",
        type="bool",
        containers=("elf", "macho"),
        description="The GNU build ID or UUID was made from this Go build ID, as Go does since 1.24.",
    ),
)
