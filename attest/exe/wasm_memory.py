"""The linear memory of a WebAssembly module, as its data segments fill it when it starts.

Source: WebAssembly core specification 2.0, 5.5.14 (data section). Go's linker leaves out runs of zeros
and so writes tens of thousands of segments for a small program: the loops here are written for speed.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.image import Region
from attest.exe.reader import uvarint
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits

_I32_CONST, _I64_CONST, _END = 0x41, 0x42, 0x0B
_ACTIVE, _PASSIVE, _ACTIVE_ELSEWHERE = 0, 1, 2
#: Zeros between two data segments up to which both are put into one region.
_GAP: Final = 64


#: The address, and the bytes [start, end) of the data section that go there.
Segment = tuple[int, int, int]


def read_segments(data: bytes, limits: Limits) -> tuple[list[Segment], list[str]]:
    """The segments of a data section whose place is plain, and notes about what was not read."""
    segments, notes = list[Segment](), list[str]()
    try:
        _read_all(data, limits, segments, notes)
    except IndexError:
        notes.append(f"the data section ends in the middle of segment {len(segments)}")
    except (BoundsError, LimitError) as error:
        notes.append(error.message)
    return segments, notes


def _read_all(data: bytes, limits: Limits, segments: list[Segment], notes: list[str]) -> None:
    whole = memoryview(data)
    count, at = uvarint(whole, 0, 32, "the number of data segments")
    if count > limits.wasm_segments:
        raise LimitError(f"{count} data segments, more than the {limits.wasm_segments} allowed")
    unplaced = 0
    for index in range(count):
        flags, memory = data[at], 0
        if flags > _ACTIVE_ELSEWHERE:
            raise BoundsError(
                f"data segment {index} is of the unknown kind {flags}, at {at:#x} of the section"
            )
        at += 1
        if flags == _ACTIVE_ELSEWHERE:
            memory, at = uvarint(whole, at, 32, "a memory's number")
        address: int | None = None
        if flags != _PASSIVE:
            address, at = _address(data, at)
        size, at = _size(data, at)
        if at + size > len(data):
            raise IndexError
        if address is None or memory:
            unplaced += 1
        else:
            segments.append((address, at, at + size))
        at += size
    if unplaced:
        notes.append(f"{unplaced} data segments are placed only when the module runs; they were not read")


def _size(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 0x80:  # noqa: PLR2004 - most segments are short: one byte says how long
        return byte, at + 1
    return uvarint(memoryview(data), at, 32, "the size of a data segment")


def _address(data: bytes, at: int) -> tuple[int | None, int]:
    """The constant address at which a segment begins, None where only the running module can tell.

    The constant is written signed (LEB128) and means an unsigned address.
    """
    code, first = data[at], at
    at += 1
    if code not in (_I32_CONST, _I64_CONST):
        return None, data.index(_END, at) + 1 if _END in data[at : at + 16] else len(data)
    bits = 32 if code == _I32_CONST else 64
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follows
            break
        if shift >= bits:
            raise BoundsError(f"the place of a data segment is no number of {bits} bits, at {first:#x}")
    if byte & 0x40:
        value -= 1 << shift
    if data[at] != _END:
        raise BoundsError(f"the place of a data segment is no plain number, at {first:#x} of the section")
    return value & ((1 << bits) - 1), at + 1


def build_memory(data: bytes, segments: list[Segment], limits: Limits) -> Iterator[Region]:
    """The memory as regions, joined over small gaps; where segments overlap, the later one stands.

    Raises `LimitError` where they fill more than the limits allow.
    """
    runs = _runs(segments)
    total = sum(end - begin for begin, end in runs)
    if total > limits.wasm_memory_bytes:
        raise LimitError(
            f"data segments fill {total} bytes, more than the {limits.wasm_memory_bytes} allowed"
        )
    starts = [begin for begin, _ in runs]
    memory = [bytearray(end - begin) for begin, end in runs]
    begin = end = 0
    content = bytearray()
    for address, start, stop in segments:
        if not begin <= address < end:
            run = bisect_right(starts, address) - 1
            if run < 0:
                continue  # an empty segment before all others
            (begin, end), content = runs[run], memory[run]
        if start < stop:
            content[address - begin : address - begin + stop - start] = data[start:stop]
    for address, content in zip(starts, memory, strict=True):
        yield Region(
            name="linear memory", address=address, data=memoryview(content).toreadonly(), writable=True
        )


def _runs(segments: list[Segment]) -> list[tuple[int, int]]:
    """The address ranges [begin, end) that segments fill, with gaps of up to `_GAP` bytes in them."""
    runs: list[tuple[int, int]] = []
    begin = end = -1
    for address, start, stop in sorted(segments):
        if start == stop:
            continue
        if end < 0 or address - end > _GAP:
            if end >= 0:
                runs.append((begin, end))
            begin = end = address
        last = address + stop - start
        end = max(end, last)
    if end >= 0:
        runs.append((begin, end))
    return runs
