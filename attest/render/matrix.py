"""Which modules are not the same in all builds of a release, as text and as `attest/matrix/v1`."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.documents_matrix import BuildDocument, MatrixDocument
    from attest.model.matrix import Build, Matrix, ModuleBuilds

#: Builds of one version that are named; where there are more, these are all others.
_NAMED: Final = 3


def to_json(matrix: Matrix) -> bytes:
    """The document as JSON: two spaces, a newline at the end."""
    text = json.dumps(to_document(matrix), indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def to_document(matrix: Matrix) -> MatrixDocument:
    """The matrix as plain data."""
    return {
        "schema": "attest/matrix/v1",
        "builds": _documents(matrix.builds),
        "common": matrix.common,
        "modules": [
            {
                "path": module.path,
                "versions": [
                    {
                        "version": each.version,
                        "directory": each.directory,
                        "sum": each.sum,
                        "builds": _documents(each.builds),
                    }
                    for each in module.versions
                ],
                "absent": _documents(module.absent),
            }
            for module in matrix.modules
        ],
    }


def _documents(builds: Iterable[Build]) -> list[BuildDocument]:
    return [{"artifact": each.artifact, "platform": each.platform} for each in builds]


def to_text(matrix: Matrix) -> str:
    """What a person reads: for each module that differs, a line for each version and where it is."""
    return "".join(f"{line}\n" for line in _lines(matrix))


def _lines(matrix: Matrix) -> Iterator[str]:
    yield f"{_count(len(matrix.builds), 'build')}: {', '.join(_names(matrix, matrix.builds))}"
    differing = f"{len(matrix.modules)} not" if matrix.modules else "and no other"
    yield f"{_count(matrix.common, 'module')} the same in all of them, {differing}"
    for module in matrix.modules:
        yield f"  {escape(module.path)}"
        yield from _versions(matrix, module)


def _versions(matrix: Matrix, module: ModuleBuilds) -> Iterator[str]:
    shown = Counter((each.version, each.directory) for each in module.versions)
    rows: list[tuple[str, tuple[Build, ...]]] = []
    for each in module.versions:
        version = each.version or each.directory or "(unknown)"
        told = f" {each.sum}" if shown[each.version, each.directory] > 1 and each.sum else ""
        rows.append((escape(version) + escape(told), each.builds))
    rows += [("-", module.absent)] if module.absent else []
    width = max(len(version) for version, _ in rows)
    most = max((builds for _, builds in rows), key=len)
    # A build that is said to hold two versions is told by its name, as are all others then.
    short = len(most) > _NAMED and sum(len(builds) for _, builds in rows) == len(matrix.builds)
    for version, builds in rows:
        where = "all others" if short and builds is most else ", ".join(_names(matrix, builds))
        yield f"    {version:{width}}  {where}"


def _names(matrix: Matrix, builds: Iterable[Build]) -> list[str]:
    """Builds by their platforms, where these tell them apart, else by their artifacts too."""
    platforms = Counter(each.platform for each in matrix.builds)
    return [
        escape(each.platform)
        if each.platform and platforms[each.platform] == 1
        else escape(f"{each.artifact} ({each.platform})" if each.platform else each.artifact)
        for each in builds
    ]


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
