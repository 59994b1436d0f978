"""Filters of UPX: what they did to machine code is taken back."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from attest.errors import FormatError
from attest.exe.upx_filter import undo
from tests.unit.exe.upx_packer import x86_filter

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = 0x17


def call(opcode: int, distance: int) -> bytes:
    return bytes([opcode]) + struct.pack("<i", distance)


X86 = b"\x90" * 9 + call(0xE8, 20) + b"\x55" * 4 + call(0xE9, -10) + call(0xE8, 0x70000000) + b"\x90" * 40


@pytest.mark.parametrize("kind", [0x26, 0x36, 0x46, 0x49])
@pytest.mark.parametrize("base", [0, 0x3000])
def test_marked_calls_and_jumps(kind: int, base: int) -> None:
    code = bytearray(x86_filter(X86, MARK, base))
    assert code != X86
    undo(code, kind, MARK, base)
    assert code == X86


@pytest.mark.parametrize(("kind", "opcode", "other"), [(0x24, 0xE8, 0xE9), (0x25, 0xE9, 0xE8)])
def test_calls_or_jumps_alone(kind: int, opcode: int, other: int) -> None:
    changed = bytearray(bytes([opcode, MARK, 0, 0, 20]) + bytes([other, MARK, 0, 0, 20]) + bytes(6))
    undo(changed, kind, MARK)
    assert changed == call(opcode, 19) + bytes([other, MARK, 0, 0, 20]) + bytes(6)


def test_conditional_jumps_of_0x49_unless_0x0f_ends_the_call_before() -> None:
    jump = b"\x0f\x84" + bytes([MARK, 0, 0, 30])
    changed = bytearray(bytes(4) + jump + bytes([0xE8, MARK, 0, 0, 40]) + bytes(9))
    undo(changed, 0x49, MARK)
    assert changed == bytes(4) + b"\x0f" + call(0x84, 30 - 6) + call(0xE8, 40 - 11) + bytes(9)
    # The distance of the call, written again, ends with 0x0f: what follows is no jump.
    call_to = (0x0F000000 + 1) & 0xFFFFFFFF
    told = (call_to + (MARK << 24)) & 0xFFFFFFFF
    changed = bytearray(b"\xe8" + told.to_bytes(4, "big") + b"\x84" + bytes([MARK, 0, 0, 30]) + bytes(9))
    if changed[1] == MARK:
        undo(changed, 0x49, MARK)
        assert changed[5:10] == b"\x84" + bytes([MARK, 0, 0, 30])


def _naive(order: str) -> Callable[[bytes, tuple[int, ...], int], bytes]:
    def change(data: bytes, opcodes: tuple[int, ...], base: int) -> bytes:
        code, at = bytearray(data), 0
        while at < len(code) - 5:
            if code[at] in opcodes:
                value = struct.unpack_from("<I", code, at + 1)[0] + at + 1 + base
                struct.pack_into(f"{order}I", code, at + 1, value & 0xFFFFFFFF)
                at += 4
            at += 1
        return bytes(code)

    return change


@pytest.mark.parametrize(
    ("kind", "order", "opcodes"),
    [
        (0x11, "<", (0xE8,)),
        (0x12, "<", (0xE9,)),
        (0x13, "<", (0xE8, 0xE9)),
        (0x14, ">", (0xE8,)),
        (0x15, ">", (0xE9,)),
        (0x16, ">", (0xE8, 0xE9)),
    ],
)
def test_every_call_or_jump(kind: int, order: str, opcodes: tuple[int, ...]) -> None:
    code = bytearray(_naive(order)(X86, opcodes, 0x100))
    assert code != X86
    undo(code, kind, 0, 0x100)
    assert code == X86


@pytest.mark.parametrize(
    ("kind", "order", "branch", "operand"),
    [
        (0x50, "<", 0xEB000010, 0xFFFFFF),
        (0x51, ">", 0xEB000010, 0xFFFFFF),
        (0x52, "<", 0x94000010, 0x3FFFFFF),
    ],
)
def test_branches_of_arm_count_words(kind: int, order: str, branch: int, operand: int) -> None:
    words = [0xE1A00000, branch, 0xE1A00000, branch & ~operand | operand, branch]
    plain = struct.pack(f"{order}5I", *words)
    changed = [
        word & ~operand | (word + index) & operand if index in (1, 3) else word
        for index, word in enumerate(words)
    ]
    code = bytearray(struct.pack(f"{order}5I", *changed))
    undo(code, kind, 0)
    assert code == plain, "the last word is never changed"


def test_branches_of_powerpc_carry_the_mark() -> None:
    plain = struct.pack(">4I", 0x60000000, 0x48000011, 0x4BFFFFF8, 0x48000008)
    changed = struct.pack(">4I", 0x60000000, 0x48000015 | 5 << 22, 0x48000000 | 5 << 22, 0x48000008)
    code = bytearray(changed)
    undo(code, 0xD0, 5)
    assert code == plain


def test_a_filter_that_is_not_known_is_refused() -> None:
    with pytest.raises(FormatError, match="the filter 0x90 cannot be undone"):
        undo(bytearray(100), 0x90, 0)


def test_code_that_is_too_short_is_left_as_it_is() -> None:
    code = bytearray(b"\xe8\x17\0\0\0")
    undo(code, 0x49, 0x17)
    assert code == b"\xe8\x17\0\0\0"
