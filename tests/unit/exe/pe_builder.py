"""PE files made by hand, with every table that a loader, a shell or a signature looks at."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Literal

EXE, DLL = 0x22, 0x2022
CODE, DATA, READ_ONLY = 0x60000020, 0xC0000040, 0x40000040
#: What Go's linker writes on amd64.
GO_FLAGS = 0x8160
_PAGE, _FILE = 0x1000, 0x200


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


def _version_node(key: str, value: bytes = b"", *, text: bool = False, children: bytes = b"") -> bytes:
    head = utf16(key)
    head += bytes(-(6 + len(head)) % 4)
    body = head + value
    if children:
        body += bytes(-(6 + len(body)) % 4) + children
    size = len(value) // 2 if text else len(value)
    node = struct.pack("<HHH", 6 + len(body), size, int(text)) + body
    return node + bytes(-len(node) % 4)


def version_resource(
    strings: dict[str, str], *, file: tuple[int, int, int, int], product: tuple[int, int, int, int]
) -> bytes:
    fixed = struct.pack("<II", 0xFEEF04BD, 0x10000)
    for number in (file, product):
        fixed += struct.pack("<4H", number[1], number[0], number[3], number[2])
    fixed = fixed.ljust(52, b"\0")
    pairs = b"".join(_version_node(key, utf16(value), text=True) for key, value in strings.items())
    table = _version_node("040904b0", children=pairs, text=True)
    info = _version_node("StringFileInfo", children=table, text=True)
    other = _version_node(
        "VarFileInfo", children=_version_node("Translation", b"\x09\x04\xb0\x04"), text=True
    )
    return _version_node("VS_VERSION_INFO", fixed, children=other + info)


@dataclass
class PeFile:
    """What the file has; `build` writes it. Imports and exports by name, `#7` by ordinal."""

    bits: Literal[32, 64] = 64
    machine: int | None = None
    flags: int = EXE
    dll_flags: int = GO_FLAGS
    subsystem: int = 3
    versions: tuple[int, int] = (10, 0)
    base: int | None = None
    timestamp: int = 0
    checksum: int = 0
    imports: dict[str, list[str]] = field(default_factory=dict)
    delayed: dict[str, list[str]] = field(default_factory=dict)
    old_delayed: bool = False
    exports: list[str] = field(default_factory=list)
    resources: dict[int, bytes] = field(default_factory=dict)
    guard_flags: int | None = None
    relocations: bool = True
    sections: list[tuple[str, int, bytes]] = field(default_factory=list)
    symbols: int = 0
    overlay: bytes = b""
    align: int = _FILE

    @property
    def image_base(self) -> int:
        return self.base if self.base is not None else 0x140000000 if self.bits == 64 else 0x400000

    @property
    def _word(self) -> str:
        return "Q" if self.bits == 64 else "I"

    def build(self) -> bytes:
        self._at, self._blob = _PAGE, bytearray()
        directories = [(0, 0)] * 16
        directories[0] = self._export_table()
        directories[1] = self._import_table(self.imports)
        directories[2] = self._resource_table()
        if self.relocations:
            directories[5] = (self._put(struct.pack("<IIHH", _PAGE, 12, 0, 0)), 12)
        directories[10] = self._load_config()
        directories[13] = self._delay_table()
        parts = [
            (".rdata", READ_ONLY, bytes(self._blob) or b"\0"),
            (".text", CODE, b"\xc3" * 64),
            *self.sections,
        ]
        strings = b""
        headers: list[tuple[str, int, bytes]] = []
        for name, flags, data in parts:
            short = name
            if len(name) > 8:
                short, strings = f"/{4 + len(strings)}", strings + name.encode() + b"\0"
            headers.append((short, flags, data))
        optional = 240 if self.bits == 64 else 224
        size = 0x98 + optional + 40 * len(headers)
        size += -size % self.align
        table, body, address = b"", b"", _PAGE
        for name, flags, data in headers:
            padded = data + bytes(-len(data) % self.align)
            table += struct.pack(
                "<8s6I2HI",
                name.encode(),
                len(data),
                address,
                len(padded),
                size + len(body),
                0,
                0,
                0,
                0,
                flags,
            )
            body += padded
            address += len(data) + -len(data) % _PAGE
        symbols_at = size + len(body) if self.symbols or strings else 0
        if symbols_at:
            body += bytes(18 * self.symbols) + struct.pack("<I", 4 + len(strings)) + strings
        head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
        head = head.ljust(0x80, b"\0") + b"PE\0\0"
        machine = self.machine or (0x8664 if self.bits == 64 else 0x14C)
        head += struct.pack(
            "<HHIIIHH", machine, len(headers), self.timestamp, symbols_at, self.symbols, optional, self.flags
        )
        head += self._optional(directories, size, address) + table
        return head.ljust(size, b"\0") + body + self.overlay

    def _optional(self, directories: list[tuple[int, int]], headers: int, image: int) -> bytes:
        wide = self.bits == 64
        found = struct.pack("<HBBIIIII", 0x20B if wide else 0x10B, 3, 0, 0x200, 0x200, 0, 0x2000, 0x2000)
        found += struct.pack("<Q", self.image_base) if wide else struct.pack("<II", 0x3000, self.image_base)
        found += struct.pack("<II", _PAGE, self.align)
        found += struct.pack("<6H", *self.versions, 1, 0, *self.versions)
        found += struct.pack("<IIII", 0, image, headers, self.checksum)
        found += struct.pack("<HH", self.subsystem, self.dll_flags)
        found += struct.pack(f"<4{self._word}II", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
        return found + b"".join(struct.pack("<II", *each) for each in directories)

    def _put(self, data: bytes) -> int:
        """The address at which `data` will lie."""
        self._blob += bytes(-len(self._blob) % 8)
        at = self._at + len(self._blob)
        self._blob += data
        return at

    def _thunks(self, names: list[str]) -> int:
        found = b""
        for name in names:
            if name.startswith("#"):
                value = int(name[1:]) | 1 << (63 if self.bits == 64 else 31)
            else:
                value = self._put(b"\0\0" + name.encode() + b"\0")
            found += struct.pack(f"<{self._word}", value)
        return self._put(found + bytes(8))

    def _import_table(self, dlls: dict[str, list[str]]) -> tuple[int, int]:
        if not dlls:
            return 0, 0
        rows = b""
        for dll, names in dlls.items():
            lookup, first = self._thunks(names), self._thunks(names)
            rows += struct.pack("<5I", lookup, 0, 0, self._put(dll.encode() + b"\0"), first)
        return self._put(rows + bytes(20)), len(rows) + 20

    def _delay_table(self) -> tuple[int, int]:
        if not self.delayed:
            return 0, 0
        rows = b""
        base = self.image_base if self.old_delayed else 0
        for dll, names in self.delayed.items():
            name, lookup = self._put(dll.encode() + b"\0") + base, self._thunks(names) + base
            rows += struct.pack("<8I", int(not self.old_delayed), name, 0, lookup, lookup, 0, 0, 0)
        return self._put(rows + bytes(32)), len(rows) + 32

    def _export_table(self) -> tuple[int, int]:
        if not self.exports:
            return 0, 0
        named = [(index, each) for index, each in enumerate(self.exports) if not each.startswith("#")]
        functions = self._put(struct.pack(f"<{len(self.exports)}I", *([0x2000] * len(self.exports))))
        texts = [self._put(each.encode() + b"\0") for _, each in named]
        names = self._put(struct.pack(f"<{len(texts)}I", *texts))
        ordinals = self._put(struct.pack(f"<{len(named)}H", *(index for index, _ in named)))
        own = self._put(b"own.dll\0")
        row = struct.pack(
            "<2I2H7I", 0, 0, 0, 0, own, 1, len(self.exports), len(named), functions, names, ordinals
        )
        return self._put(row), 40

    def _resource_table(self) -> tuple[int, int]:
        if not self.resources:
            return 0, 0
        count = len(self.resources)
        start = self._put(b"")
        size = 16 + 8 * count + count * (24 + 24 + 16)
        tree, rest = bytearray(size), b""
        struct.pack_into("<HH", tree, 12, 0, count)
        at = 16 + 8 * count
        for index, (kind, data) in enumerate(sorted(self.resources.items())):
            struct.pack_into("<II", tree, 16 + 8 * index, kind, at | 0x80000000)
            struct.pack_into("<HHII", tree, at + 12, 0, 1, 1, (at + 24) | 0x80000000)
            struct.pack_into("<HHII", tree, at + 36, 0, 1, 1033, at + 48)
            struct.pack_into("<II", tree, at + 48, start + size + len(rest), len(data))
            rest += data + bytes(-len(data) % 8)
            at += 64
        assert self._put(bytes(tree) + rest) == start
        return start, size + len(rest)

    def _load_config(self) -> tuple[int, int]:
        if self.guard_flags is None:
            return 0, 0
        wide = self.bits == 64
        size = 148 if wide else 92
        data = bytearray(size)
        struct.pack_into("<I", data, 0, size)
        struct.pack_into("<I", data, 144 if wide else 88, self.guard_flags)
        return self._put(bytes(data)), size


MANIFEST = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <assemblyIdentity type="win32" name="Acme.Widget" version="1.2.3.4"/>
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges>
    <requestedExecutionLevel level="requireAdministrator" uiAccess="false"/>
  </requestedPrivileges></security></trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1"><application>
    <supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/>
    <supportedOS Id="{00000000-0000-0000-0000-000000000001}"/>
  </application></compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings>
    <dpiAware xmlns="http://schemas.microsoft.com/SMI/2005/WindowsSettings"> true </dpiAware>
    <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
  </windowsSettings></application>
  <dependency><dependentAssembly>
    <assemblyIdentity type="win32" name="Microsoft.Windows.Common-Controls" version="6.0.0.0"/>
  </dependentAssembly></dependency>
</assembly>
"""

VERSION = version_resource(
    {"CompanyName": "Acme, Inc.", "ProductName": "Widget \N{SNOWMAN}"},
    file=(1, 2, 3, 4),
    product=(1, 2, 0, 0),
)


def rich(bits: Literal[32, 64] = 64) -> bytes:
    """One file with all of it."""
    return PeFile(
        bits=bits,
        dll_flags=GO_FLAGS | 0x4000,
        imports={"kernel32.dll": ["WriteFile", "ExitProcess"], "ws2_32.dll": ["#115"]},
        delayed={"user32.dll": ["MessageBoxW"]},
        exports=["Start", "#2", "Stop"],
        resources={14: b"icon", 16: VERSION, 24: MANIFEST},
        guard_flags=0x500,
        sections=[(".zdebug_info", 0x42000040, b"ZLIB"), (".wx", 0xE0000020, b"\x90")],
        symbols=2,
        overlay=b"behind",
    ).build()
