"""Whether an executable holds what the source links for its platform, tags and cgo setting: both ways.

The go command writes into build info the modules of all packages that it compiles, whether or not the linker
keeps code of them (cmd/go/internal/load/pkg.go, setBuildInfo). So the two sets are equal where the
executable was built from that source, and each difference is told, with its explanation where one is found.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.model.reconciliation import Disagreement
from attest.sbom import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attest.model.binary import BinaryReport, BuildInfo
    from attest.model.source import LinkedSet
    from attest.sbom.identity import Compiled

_ABSOLUTE = ("/", "\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSide:
    """What the source tree says beside its linked set.

    `required` are the versions that go.mod or go.work lists, by module path; `vendored` tells whether
    packages come from vendor/. `elsewhere` are linked sets of the same program for other settings, each
    with the words for them ("on windows/amd64", "with cgo"): they explain what is linked there alone.
    """

    required: Mapping[str, str] = field(default_factory=dict)
    vendored: bool = False
    elsewhere: Sequence[tuple[str, LinkedSet]] = ()


def reconcile(report: BinaryReport, linked: LinkedSet, source: SourceSide) -> tuple[Disagreement, ...]:
    """All that the build info of one image and the linked set that fits it tell differently, sorted.

    Raises `FormatError` where build info names what can be no module; `report` has build info.
    """
    info = report.build_info
    if info is None:
        return ()
    binary = {each.path: identity.compiled(each) for each in info.deps}
    in_source = {each.module.path: identity.compiled_from_source(each) for each in linked.modules}
    versions = {each.module.path: each.module.version for each in linked.modules}
    found = list(_main(info, linked))
    for each in info.deps:
        mine = binary[each.path]
        theirs = in_source.get(each.path)
        if theirs is None:
            found.append(
                Disagreement(
                    kind="binary-only",
                    name=each.path,
                    in_binary=mine.version.value or each.version,
                    because="; ".join(_why_in_binary(report, mine, each.path, source)),
                )
            )
        else:
            found += _differences(each.path, each.version, mine, versions[each.path], theirs, info)
    found += [
        Disagreement(
            kind="source-only",
            name=path,
            in_source=versions[path],
            because=_why_not_in_binary(path, source),
        )
        for path in in_source.keys() - binary.keys()
        if info.main is None or path != info.main.path
    ]
    if _unsummed(info) and any(each.sum for each in in_source.values()):
        because = "it was built from vendor/"
        because += ", as the source is" if source.vendored else ", and the source has none in use"
        found.append(Disagreement(kind="unsummed", name=info.path, because=because, harmless=source.vendored))
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))


def _main(info: BuildInfo, linked: LinkedSet) -> Iterator[Disagreement]:
    module, ours = info.main, linked.main_module.path
    if module is not None and module.path != ours:
        yield Disagreement(kind="main-module", name=info.path, in_source=ours, in_binary=module.path)


def _differences(
    path: str, wanted: str, mine: Compiled, required: str, theirs: Compiled, info: BuildInfo
) -> Iterator[Disagreement]:
    """What differs in a module that both sides have; the first difference explains those behind it."""
    one, other = _instead(mine), _instead(theirs)
    if one != other and not (mine.directory and theirs.directory and _same_directory(one, other)):
        yield Disagreement(kind="replacement", name=path, in_source=other, in_binary=one)
    elif not one and mine.version.value != theirs.version.value:
        yield Disagreement(
            kind="version", name=path, in_source=theirs.version.value, in_binary=mine.version.value
        )
    elif one and wanted and required and wanted != required:
        yield Disagreement(kind="version", name=path, in_source=required, in_binary=wanted)
    elif mine.sum != theirs.sum and not _unsummed(info):
        name = f"{mine.path}@{mine.version.value}"
        yield Disagreement(kind="sum", name=name, in_source=theirs.sum, in_binary=mine.sum)


def _instead(module: Compiled) -> str:
    """What is compiled in the place of what go.mod names; "" where that is compiled itself."""
    if module.directory:
        return module.directory
    return f"{module.path}@{module.version.value}" if module.replaces else ""


def _same_directory(one: str, other: str) -> bool:
    """Tell whether two paths may name one directory: an absolute one is compared by its last part."""
    if one.startswith(_ABSOLUTE) or other.startswith(_ABSOLUTE) or ":" in one + other:
        return posixpath.basename(one.replace("\\", "/")) == posixpath.basename(other.replace("\\", "/"))
    return posixpath.normpath(one.replace("\\", "/")) == posixpath.normpath(other.replace("\\", "/"))


def _unsummed(info: BuildInfo) -> bool:
    """Tell whether no published module of the build info has a hash, though there is one."""
    published = [each for each in map(identity.compiled, info.deps) if each.version.value]
    return bool(published) and not any(each.sum for each in published)


def _why_in_binary(report: BinaryReport, module: Compiled, path: str, source: SourceSide) -> Iterator[str]:
    where = [words for words, each in source.elsewhere if _links(each, path)]
    if where:
        yield f"the source links it {' and '.join(where)}"
    elif path in source.required:
        yield "in the source, only tests, tools, other tags or other programs import it"
    else:
        yield "nothing in the source requires it"
    named = {each.module for each in report.packages or ()}
    if report.packages is not None and named.isdisjoint({path, module.path}):
        yield "no function of it is in the file"


def _why_not_in_binary(path: str, source: SourceSide) -> str:
    without = [words for words, each in source.elsewhere if not _links(each, path)]
    return f"the source does not link it {' and '.join(without)}" if without else ""


def _links(linked: LinkedSet, path: str) -> bool:
    return any(each.module.path == path for each in linked.modules)
