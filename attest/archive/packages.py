"""The payloads of Debian and RPM packages.

Sources: deb(5); ar(5) of the BSDs; the RPM documentation, "RPM v4 package format" (lead and headers).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits

AR: Final = b"!<arch>\n"
_DEBIAN: Final = b"debian-binary"
RPM: Final = b"\xed\xab\xee\xdb"
_AR_HEADER: Final = 60
_AR_END: Final = b"`\n"
_LEAD: Final = 96
_HEADER_MAGIC: Final = b"\x8e\xad\xe8\x01"
_INTRO, _ENTRY = 16, 16


def is_deb(data: memoryview) -> bool:
    """Whether it is a Debian package: an ar archive whose first member says so."""
    return bytes(data[: len(AR) + len(_DEBIAN)]) == AR + _DEBIAN


def deb_payload(data: memoryview, limits: Limits) -> memoryview:
    """The member data.tar of a Debian package. Raises `FormatError` where there is none, or more than one."""
    found = [content for name, content in _ar(data, limits) if name.startswith("data.tar")]
    if len(found) != 1:
        raise FormatError("a Debian package with " + ("no data.tar" if not found else "several data.tar"))
    return found[0]


def _ar(data: memoryview, limits: Limits) -> Iterator[tuple[str, memoryview]]:
    at = len(AR)
    for _ in range(limits.header_entries):
        if at >= len(data):
            return
        header = bytes(data[at : at + _AR_HEADER])
        size = header[48:58].rstrip(b" ")
        if len(header) < _AR_HEADER or header[58:60] != _AR_END or not size.isdigit():
            raise FormatError(f"a damaged ar header, at {at:#x}")
        content = data[at + _AR_HEADER : at + _AR_HEADER + int(size)]
        if len(content) != int(size):
            raise FormatError(f"a member of the ar archive is cut off, at {at:#x}")
        yield header[:16].rstrip(b" ").removesuffix(b"/").decode("utf-8", "replace"), content
        at += _AR_HEADER + int(size) + int(size) % 2
    raise FormatError(f"more than {limits.header_entries} members of the ar archive")


def rpm_payload(data: memoryview) -> memoryview:
    """What lies behind lead, signature and header. Raises `FormatError` where these are damaged."""
    at = _LEAD
    for padded in (True, False):
        intro = bytes(data[at : at + _INTRO])
        if len(intro) < _INTRO or intro[:4] != _HEADER_MAGIC:
            raise FormatError(f"a damaged RPM header, at {at:#x}")
        entries, size = struct.unpack(">II", intro[8:])
        at += _INTRO + _ENTRY * entries + size
        at += -at % 8 if padded else 0
        if at > len(data):
            raise FormatError("an RPM header beyond the end of the file")
    return data[at:]
