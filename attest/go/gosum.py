"""go.sum: one hash a line, of a module zip or of a go.mod.

Source: cmd/go/internal/modfetch/fetch.go (readGoSum). The go command stops at a malformed line and silently
obeys the first of several hashes; both are faults here, so that the order of lines decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from attest.errors import LimitError
from attest.go import text
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from attest.model.source import GoSum, SourceFault

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attest.model.limits import Limits

Kind = Literal["zip", "go.mod"]
Key = tuple[ModuleVersion, Kind]

GO_MOD_SUFFIX: Final = "/go.mod"
#: The hash of an empty go.mod, written by an old bug; the go command drops such lines.
_EMPTY_GO_MOD: Final = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="
_FIELDS: Final = len(("path", "version", "hash"))


def parse(data: bytes, file: str = "go.sum", *, limits: Limits = DEFAULT_LIMITS) -> GoSum:
    """The lines of a go.sum and its faults: malformed lines and different h1 hashes for one module.

    The same line twice is no fault. Raises `LimitError` for a file larger than `limits.go_sum_bytes`.
    """
    if len(data) > limits.go_sum_bytes:
        raise LimitError(f"larger than {limits.go_sum_bytes} bytes", place=Place(file=file))
    lines: list[GoSumLine] = []
    faults: list[SourceFault] = []
    known: dict[Key, GoSumLine] = {}
    for number, raw in enumerate(data.split(b"\n"), start=1):
        place = Place(file=file, line=number)
        line = _line(raw, place)
        if isinstance(line, SourceFault):
            faults.append(line)
        if not isinstance(line, GoSumLine):
            continue
        lines.append(line)
        if not line.hash.startswith("h1:"):
            continue
        first = known.setdefault((line.module, line.kind), line)
        if first.hash != line.hash:
            faults.append(_conflict(line, f"in line {first.place.line}"))
    return GoSum(file=file, lines=tuple(lines), faults=tuple(faults))


def _line(raw: bytes, place: Place) -> GoSumLine | SourceFault | None:
    try:
        words = text.fields(raw.decode())
    except UnicodeDecodeError:
        return SourceFault(
            message="malformed go.sum: invalid UTF-8",
            place=place,
            hint="remove the line and run `go mod tidy`",
        )
    if not words:
        return None
    if len(words) != _FIELDS:
        return SourceFault(
            message=f"malformed go.sum: wrong number of fields {len(words)}",
            place=place,
            hint="a line is `path version hash`: remove the line and run `go mod tidy`",
        )
    path, version, digest = words
    if digest == _EMPTY_GO_MOD:
        return None
    return GoSumLine(
        module=ModuleVersion(path=path, version=version.removesuffix(GO_MOD_SUFFIX)),
        kind="go.mod" if version.endswith(GO_MOD_SUFFIX) else "zip",
        hash=digest,
        place=place,
    )


def unknown_hashes(go_sum: GoSum) -> dict[Key, GoSumLine]:
    """The first line with a hash that is no h1 for each module zip and go.mod; it proves nothing."""
    found: dict[Key, GoSumLine] = {}
    for line in go_sum.lines:
        if not line.hash.startswith("h1:"):
            found.setdefault((line.module, line.kind), line)
    return found


def untidy(go_sum: GoSum) -> tuple[SourceFault, ...]:
    """Lines that prove nothing: an unknown hash beside an h1 hash, and a line that stands there twice."""
    known = index(go_sum)
    first: dict[tuple[Key, str], GoSumLine] = {}
    faults: list[SourceFault] = []
    for line in go_sum.lines:
        key = (line.module, line.kind)
        name = f"go.mod of {line.module}" if line.kind == "go.mod" else str(line.module)
        if first.setdefault((key, line.hash), line) is not line:
            message = f"the line of {name} stands in line {first[key, line.hash].place.line} already"
        elif key in known and not line.hash.startswith("h1:"):
            message = f"{name} has a hash of the unknown algorithm {algorithm(line)}, which proves nothing"
        else:
            continue
        faults.append(SourceFault(message=message, place=line.place, hint="remove the line"))
    return tuple(faults)


def algorithm(line: GoSumLine) -> str:
    """What the hash of a line says that it is, as "h1"."""
    return line.hash.partition(":")[0]


def superfluous(go_sum: GoSum, wanted: Collection[ModuleVersion]) -> SourceFault | None:
    """One fault for all lines of module versions that are not `wanted`, None where there are none."""
    lines = [line for line in go_sum.lines if line.module not in wanted]
    if not lines:
        return None
    more = len({line.module for line in lines}) - 1
    others = f" and {more} more" if more else ""
    return SourceFault(
        message=f"{len(lines)} of {len(go_sum.lines)} lines are for versions that nothing requires: "
        f"{lines[0].module}{others}",
        place=lines[0].place,
        hint="run `go mod tidy`",
    )


def index(go_sum: GoSum) -> dict[Key, GoSumLine]:
    """The first h1 line for each module zip and go.mod; other hashes prove nothing and are left out."""
    found: dict[Key, GoSumLine] = {}
    for line in go_sum.lines:
        if line.hash.startswith("h1:"):
            found.setdefault((line.module, line.kind), line)
    return found


def union(files: Sequence[GoSum]) -> GoSum:
    """The lines and faults of the go.sum files of a workspace; go.work.sum is the first of them.

    A line that stands in several files is there once, as in the first. The go command obeys whichever of two
    different hashes it meets first, in no fixed order: here they are a fault.
    """
    if len(files) == 1:
        return files[0]
    lines: dict[tuple[Key, str], GoSumLine] = {}
    hashes: dict[Key, GoSumLine] = {}
    faults: list[SourceFault] = []
    for each in files:
        own = index(each)
        faults += each.faults
        for line in each.lines:
            lines.setdefault(((line.module, line.kind), line.hash), line)
        for key, line in own.items():
            first = hashes.setdefault(key, line)
            if first.hash != line.hash:
                faults.append(_conflict(line, f"in {first.place}"))
    names = " and ".join(each.file for each in files)
    return GoSum(file=names, lines=tuple(lines.values()), faults=tuple(faults))


def _conflict(line: GoSumLine, where: str) -> SourceFault:
    what = "go.mod of " if line.kind == "go.mod" else ""
    return SourceFault(
        message=f"{what}{line.module} has another hash here than {where}",
        place=line.place,
        hint="find out which is right, remove the other, then run `go mod verify`",
    )
