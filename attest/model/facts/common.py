"""What any executable can say, whatever its container."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="toolchain",
        type="string",
        description="What made the program: go, tinygo, gccgo, rust, zig or c; the source is the evidence.",
    ),
    FactKind(
        name="rust.crates",
        type="strings",
        description="The crates in the program as cargo-auditable listed them, as name@version, sorted.",
    ),
    FactKind(
        name="link",
        type="string",
        containers=("elf", "macho", "pe", "xcoff", "plan9"),
        description=(
            "How the program is linked: static, static-pie, pie, dynamic, dynamic-pie, shared or object."
        ),
    ),
    FactKind(
        name="libraries",
        type="strings",
        containers=("elf", "macho", "pe", "xcoff"),
        description="The shared libraries that the loader must find, in the order in which they are named.",
    ),
    FactKind(
        name="symbol_table",
        type="bool",
        description="The file has a symbol table: it was not stripped.",
    ),
    FactKind(
        name="dwarf",
        type="string",
        description="The debugging information: none, plain or compressed.",
    ),
    FactKind(
        name="packed",
        type="bool",
        description="A packer compressed the program: what runs is not what lies in the file.",
    ),
    FactKind(
        name="packer",
        type="string",
        description="The packer that compressed the program: UPX, or unknown where only signs tell it.",
    ),
)
