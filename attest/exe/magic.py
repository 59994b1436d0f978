"""The first bytes by which containers are told apart, so that only one reader need be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from attest.exe.reader import Endian

ELF: Final = b"\x7fELF"
PE: Final = b"MZ"
WASM: Final = b"\0asm"
FAT: Final = b"\xca\xfe\xba\xbe"
FAT_64: Final = b"\xca\xfe\xba\xbf"
MACHO: Final[dict[bytes, tuple[Endian, Literal[32, 64]]]] = {
    b"\xcf\xfa\xed\xfe": ("little", 64),
    b"\xce\xfa\xed\xfe": ("little", 32),
    b"\xfe\xed\xfa\xcf": ("big", 64),
    b"\xfe\xed\xfa\xce": ("big", 32),
}
PLAN9: Final = frozenset((b"\x00\x00\x01\xeb", b"\x00\x00\x8a\x97", b"\x00\x00\x06\x47"))
#: Java class files begin as universal files do, and then with their version, 45 or more since Java 1.0.
_FIRST_JAVA_VERSION: Final = 45


def is_java_class(prefix: bytes | memoryview) -> bool:
    """Whether these first bytes, eight or more, are a Java class file's."""
    return bytes(prefix[:4]) == FAT and int.from_bytes(prefix[4:8], "big") >= _FIRST_JAVA_VERSION
