"""Function tables as Go's linker writes them, of every generation, small and by hand."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Literal

MAGICS: Final = {"1.2": 0xFFFFFFFB, "1.16": 0xFFFFFFFA, "1.18": 0xFFFFFFF0, "1.20": 0xFFFFFFF1}
#: Where the code of all programs made here begins.
TEXT: Final = 0x401000


@dataclass(frozen=True, kw_only=True)
class Func:
    """A function of a table, `size` bytes of code from `file`; "" is a file that the table does not tell."""

    name: str
    file: str
    size: int = 16


FUNCS: Final = (
    Func(name="internal/abi.Name", file="internal/abi/abi.go", size=32),
    Func(name="runtime.main", file="runtime/proc.go", size=64),
    Func(name="main.main", file="example.com/acme/hello/main.go", size=48),
    Func(name="gopkg.in/yaml%2ev3.(*T).Do", file="gopkg.in/yaml.v3@v3.0.1/yaml.go", size=16),
    Func(name="example.com/acme/dep.Of[go.shape.struct { a/b.C }]", file="example.com/acme/dep@v1.2.3/of.go"),
)
#: Left only inlined in others: their names and files are in the table, records they have none.
INLINED: Final = (Func(name="example.com/acme/tiny.One", file="example.com/acme/tiny@v0.1.0/one.go"),)


def _zigzag(value: int) -> bytes:
    rest, found = value << 1 if value >= 0 else ~(value << 1), bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])


class _Strings:
    def __init__(self, start: bytes = b"") -> None:
        self.data = start
        self.at: dict[str, int] = {}

    def add(self, value: str) -> int:
        if value not in self.at:
            self.at[value] = len(self.data)
            self.data += value.encode() + b"\0"
        return self.at[value]


def table(
    generation: str = "1.20",
    *,
    functions: tuple[Func, ...] = FUNCS,
    inlined: tuple[Func, ...] = INLINED,
    pointer: Literal[4, 8] = 8,
    order: Literal["<", ">"] = "<",
) -> bytes:
    """One table; generations before 1.16 have no place for what is only inlined, nor has this then."""
    letter = "I" if pointer == 4 else "Q"
    head = struct.pack(f"{order}I4B", MAGICS[generation], 0, 0, 1, pointer)
    if generation == "1.2":
        return _oldest(head, functions, pointer, f"{order}{letter}")
    names, files = _Strings(), _Strings()
    units, pcs = b"", b"\0"
    records = b""
    entry = 0 if generation != "1.16" else TEXT
    wide = generation == "1.16"
    field = pointer if wide else 4
    size = (2 * len(functions) + 1) * field
    rows = b""
    row = f"{order}{letter if wide else 'I'}"
    for number, each in enumerate((*functions, *inlined)):
        name = names.add(each.name)
        unit = number
        units += struct.pack(f"{order}I", files.add(each.file) if each.file else 0xFFFFFFFF)
        if number >= len(functions):
            continue
        pcfile = len(pcs)
        pcs += _zigzag(1) + b"\x10\0"  # from -1 to file 0 of the unit
        rows += struct.pack(row, entry) + struct.pack(row, size + len(records))
        records += struct.pack(row, entry) + struct.pack(f"{order}i7I", name, 0, 0, 0, pcfile, 0, 0, unit)
        entry += each.size
    rows += struct.pack(row, entry)
    start = len(head) + (7 if wide else 8) * pointer
    parts = (names.data, units, files.data, pcs)
    offsets = [start + sum(map(len, parts[:index])) for index in range(5)]
    words = [len(functions), len(files.at), *([] if wide else [TEXT]), *offsets]
    return head + struct.pack(f"{order}{len(words)}{letter}", *words) + b"".join(parts) + rows + records


def _oldest(head: bytes, functions: tuple[Func, ...], pointer: int, word: str) -> bytes:
    order = word[0]
    start = len(head) + pointer
    size = (2 * len(functions) + 1) * pointer + 4
    record = pointer + 8 * 4
    strings = _Strings(b"\0")
    base = start + size + record * len(functions)
    numbers: dict[str, int] = {}
    rows, records, pcs = b"", b"", b""
    entry = TEXT
    for each in functions:
        if each.file:
            numbers.setdefault(each.file, len(numbers) + 1)
    names = [strings.add(each.name) for each in functions]
    paths = [strings.add(each) for each in numbers]
    pcs_at = base + len(strings.data)
    for index, each in enumerate(functions):
        pcfile = pcs_at + len(pcs) if each.file else 0
        pcs += _zigzag(numbers.get(each.file, 0) + 1) + b"\x10\0"
        rows += struct.pack(word, entry) + struct.pack(word, start + size + index * record)
        records += struct.pack(word, entry)
        records += struct.pack(f"{order}i7I", base + names[index], 0, 0, 0, pcfile, 0, 0, 0)
        entry += each.size
    files_at = pcs_at + len(pcs)
    rows += struct.pack(word, entry) + struct.pack(f"{order}I", files_at)
    files = struct.pack(f"{order}{len(paths) + 1}I", len(paths) + 1, *(base + each for each in paths))
    return head + struct.pack(word, len(functions)) + rows + records + strings.data + pcs + files
