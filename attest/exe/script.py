"""Scripts: files whose first line names the program that runs them. Source: execve(2) of Linux and BSD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.exe.image import Image
from attest.exe.reader import text
from attest.model.binary import Container
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.known import Known

MAGIC: Final = b"#!"
#: No system takes a longer first line; Linux took 127 bytes up to 5.0, and 255 since.
_LINE: Final = 4096
_SOURCE: Final = "the first line"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptImage(Image):
    """A script; `interpreter` is "" where the first line names none or does not end."""

    interpreter: str = ""
    argument: str = ""


def read_script(data: memoryview) -> ScriptImage:
    """The image of a file that begins with `MAGIC`."""
    start = bytes(data[: _LINE + 1])
    line, newline, _ = start.partition(b"\n")
    notes: tuple[str, ...] = ()
    words: list[bytes] = []
    if not newline and len(start) > _LINE:
        notes = (f"the first line has more than {_LINE} bytes and names no interpreter, at 0x0",)
    else:
        words = line[len(MAGIC) :].rstrip(b"\r").strip(b" \t").split(maxsplit=1)
        if not words:
            notes = ("the first line names no interpreter, at 0x0",)
    return ScriptImage(
        container=Container(format="script"),
        endian="little",
        whole=data,
        notes=notes,
        interpreter=text(words[0]) if words else "",
        argument=text(words[1].strip()) if len(words) > 1 else "",
    )


def facts(image: ScriptImage, known: Known) -> Iterator[Fact]:
    """What the first line says."""
    del known
    if image.interpreter:
        yield Fact(name="script.interpreter", value=image.interpreter, source=_SOURCE)
    if image.argument:
        yield Fact(name="script.argument", value=image.argument, source=_SOURCE)
