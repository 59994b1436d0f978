"""What the builds of a release have in common, from the bills of materials of its artifacts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from attest.model.matrix import Build, Matrix, ModuleBuilds, VersionBuilds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.model.bom import Bom, BomComponent

_MODULES: Final = frozenset({"main", "module", "std"})
#: Relations that lead from what is built to what is in it.
_HOLDS: Final = frozenset({"built-from", "depends-on", "links"})


def matrix(boms: Mapping[str, Bom]) -> Matrix:
    """Where each module is; `boms` are by the name of what they describe, one artifact each.

    Two hashes of one version are two versions, because what was compiled is not the same.
    """
    found: dict[str, dict[tuple[str, str, str], set[Build]]] = defaultdict(lambda: defaultdict(set))
    builds: set[Build] = set()
    for artifact, bom in boms.items():
        for build, held in _builds(artifact, bom):
            builds.add(build)
            for each in held:
                key = (each.version.value, each.directory, each.sum)
                found[each.name][key].add(build)
    modules = [
        ModuleBuilds(
            path=path,
            versions=tuple(
                VersionBuilds(version=version, directory=directory, sum=h1, builds=tuple(sorted(where)))
                for (version, directory, h1), where in sorted(versions.items())
            ),
            absent=tuple(sorted(builds.difference(*versions.values()))),
        )
        for path, versions in sorted(found.items())
    ]
    differing = tuple(each for each in modules if len(each.versions) > 1 or each.absent)
    return Matrix(builds=tuple(sorted(builds)), common=len(modules) - len(differing), modules=differing)


def _builds(artifact: str, bom: Bom) -> Iterator[tuple[Build, list[BomComponent]]]:
    """Each image of a file with the modules in it; of a document from source, what its subject needs."""
    components = {each.ref: each for each in bom.components}
    below: dict[str, set[str]] = defaultdict(set)
    for each in bom.relations:
        if each.kind in _HOLDS:
            below[each.source].add(each.target)
    holders = {each.parent for each in bom.components if each.kind == "file" and each.parent}
    roots = [each for each in bom.components if each.kind == "file" and each.ref not in holders]
    for root in roots or [components[bom.subject]]:
        reached = {root.ref}
        pending = [root.ref]
        while pending:
            new = below[pending.pop()] - reached
            reached |= new
            pending += new
        platform = str(root.platforms[0]) if root.platforms else ""
        held = [components[ref] for ref in reached if components[ref].kind in _MODULES]
        yield Build(artifact=artifact, platform=platform), held
