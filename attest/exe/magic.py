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
XCOFF: Final = frozenset((b"\x01\xdf", b"\x01\xf7"))
ARCHIVES: Final = frozenset((b"!<arch>\n", b"!<thin>\n", b"<bigaf>\n"))
#: What bare COFF objects begin with: the machine. Other files do so too.
COFF: Final = frozenset((b"\x4c\x01", b"\x64\x86", b"\x64\xaa", b"\xc0\x01", b"\xc4\x01"))
#: The version of WebAssembly's format, bytes 6 and 7, that components have.
COMPONENT_LAYER: Final = b"\x01\0"
#: Java class files begin as universal files do, and then with their version, 45 or more since Java 1.0.
_FIRST_JAVA_VERSION: Final = 45


def is_java_class(prefix: bytes | memoryview) -> bool:
    """Whether these first bytes, eight or more, are a Java class file's."""
    return bytes(prefix[:4]) == FAT and int.from_bytes(prefix[4:8], "big") >= _FIRST_JAVA_VERSION


def is_script(prefix: bytes) -> bool:
    """Whether these first bytes name an interpreter; "#![" begins an attribute of Rust's sources."""
    return prefix.startswith(b"#!") and prefix[2:3] != b"["


def is_object(prefix: bytes) -> bool:
    """Whether these first eight bytes may be those of an object file."""
    if prefix[:4] == WASM:
        return prefix[6:8] != COMPONENT_LAYER
    return prefix[:4] == ELF or prefix[:4] in MACHO or prefix[:2] in COFF | XCOFF
