"""GOOS and GOARCH of an ELF file, as far as its headers, notes and dynamic loader tell.

Sources: the System V ABI's registries of e_machine and EI_OSABI, the vendors' note formats,
cmd/link/internal/*/obj.go (dynamic loaders), cmd/link/internal/ld/elf.go (notes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.exe.reader import Endian

#: e_machine to GOARCH, as (32 bits little, 32 bits big, 64 bits little, 64 bits big).
_ARCHES: Final[dict[int, tuple[str | None, str | None, str | None, str | None]]] = {
    3: ("386", None, None, None),
    62: (None, None, "amd64", None),
    40: ("arm", "armbe", None, None),
    183: (None, None, "arm64", "arm64be"),
    8: ("mipsle", "mips", "mips64le", "mips64"),
    20: (None, "ppc", None, None),
    21: (None, None, "ppc64le", "ppc64"),
    22: (None, None, None, "s390x"),
    43: (None, None, None, "sparc64"),
    243: ("riscv", None, "riscv64", None),
    247: (None, None, "bpfel", "bpfeb"),  # as bpf2go calls them; Go itself does not build for it
    258: (None, None, "loong64", None),
}
_OS_OF_ABI: Final = {2: "netbsd", 3: "linux", 9: "freebsd", 12: "openbsd"}
_OS_OF_NOTE: Final = {
    b"FreeBSD": "freebsd",
    b"NetBSD": "netbsd",
    b"OpenBSD": "openbsd",
    b"DragonFly": "dragonfly",
    b"Android": "android",
}
#: Beginnings of PT_INTERP. /usr/libexec/ld-elf.so.1 is FreeBSD's, .2 DragonFly's; /lib/ld.so.1 and
#: /lib/amd64/ld.so.1 are both Solaris' and illumos', and so tell nothing.
_OS_OF_INTERPRETER: Final = (
    ("/system/bin/linker", "android"),
    ("/lib64/ld-linux", "linux"),
    ("/lib/ld-linux", "linux"),
    ("/lib/ld-musl-", "linux"),
    ("/lib64/ld64.so.", "linux"),
    ("/lib/ld64.so.", "linux"),
    ("/usr/libexec/ld-elf.so.2", "dragonfly"),
    ("/usr/libexec/ld-elf.so.1", "freebsd"),
    ("/libexec/ld-elf.so.1", "freebsd"),
    ("/libexec/ld.elf_so", "netbsd"),
    ("/usr/libexec/ld.elf_so", "netbsd"),
    ("/usr/libexec/ld.so", "openbsd"),
)
_ABI_GNU: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Note:
    """An entry of a note segment or section."""

    name: bytes
    type: int
    content: memoryview


def arch_of(machine: int, bits: Literal[32, 64], endian: Endian) -> str | None:
    """GOARCH of an e_machine, None where Go builds for no such thing."""
    column = (bits == 64) * 2 + (endian == "big")  # noqa: PLR2004 - see _ARCHES
    return _ARCHES.get(machine, (None,) * 4)[column]


def system_of(abi: int, notes: Sequence[Note], interpreter: str | None) -> str | None:
    """GOOS where something says so. A static program of Linux, Solaris or DragonFly says nothing."""
    if abi in _OS_OF_ABI and abi != _ABI_GNU:  # that one the Hurd's tools write too
        return _OS_OF_ABI[abi]
    for note in notes:
        if note.type == 1 and note.name in _OS_OF_NOTE:
            return _OS_OF_NOTE[note.name]
    for start, system in _OS_OF_INTERPRETER:
        if interpreter is not None and interpreter.startswith(start):
            return system
    for note in notes:
        # The ABI tag of the GNU C library: the first word is the kernel, 0 for Linux.
        if note.type == 1 and note.name == b"GNU":
            return "linux" if bytes(note.content[:4]) == bytes(4) else None
    return _OS_OF_ABI.get(abi)
