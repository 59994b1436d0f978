"""Checksums files as `sha256sum` and `sha512sum` write them.

Source: GNU coreutils manual, "md5sum invocation": the digest in hexadecimal, a space, a space or `*`, the
file name; with `--tag`, `SHA256 (name) = digest`. Names with a backslash escape are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.place import Place
from attest.policy.check import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGEST: Final = r"[0-9a-fA-F]{64}|[0-9a-fA-F]{128}"
_LINE: Final = re.compile(rf"(?P<digest>{_DIGEST}) [ *](?P<name>.+)")
_TAGGED: Final = re.compile(rf"SHA(256|512) \((?P<name>.+)\) = (?P<digest>{_DIGEST})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a path relative to the release directory and a SHA-256 or SHA-512 (by its length)."""

    path: str
    digest: str
    place: Place


def parse(content: bytes, file: str) -> tuple[tuple[Line, ...], tuple[Fault, ...]]:
    """All lines, and a fault for each that cannot be used; names are relative to the file's folder."""
    folder = file.rpartition("/")[0]
    lines: dict[str, Line] = {}
    faults: list[Fault] = []
    for number, text in _texts(content):
        place = Place(file=file, line=number)
        match = _LINE.fullmatch(text) or _TAGGED.fullmatch(text)
        if match is None:
            faults.append(
                Fault(
                    message=f"line {number} of {file} should be a digest and a file name, and is neither",
                    hint="write it with sha256sum",
                    place=place,
                )
            )
            continue
        name = match["name"].removeprefix("./")
        path = f"{folder}/{name}" if folder else name
        line = Line(path=path, digest=match["digest"].lower(), place=place)
        other = lines.setdefault(line.path, line)
        if other.digest != line.digest:
            faults.append(
                Fault(
                    message=f"{file} should have one digest for {line.path}, and has two",
                    hint="write the checksums file from the finished release",
                    place=place,
                )
            )
    return tuple(lines.values()), tuple(faults)


def _texts(content: bytes) -> Iterator[tuple[int, str]]:
    """Lines with their 1-based numbers, without empty ones; bytes that are not UTF-8 match no file name."""
    for number, raw in enumerate(content.decode("utf-8", "replace").split("\n"), start=1):
        text = raw.removesuffix("\r")
        if text:
            yield number, text
