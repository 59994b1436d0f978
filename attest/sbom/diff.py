"""How the modules that an SBOM names differ from those that a binary holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.bom import OtherVersion, SbomDifference

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from attest.model.bom_facts import SbomFacts


def compare(facts: SbomFacts, expected: AbstractSet[tuple[str, str]]) -> SbomDifference:
    """Compare with `expected`: (module path, version), as `identity.expected_components` gives it.

    A module that both name in one version each, but not the same, is told once, as another version. A
    version that one side does not know ("") is another version too: unknown is never a match.
    """
    in_sbom = _versions(facts.components - expected)
    in_binary = _versions(expected - facts.components)
    other: list[OtherVersion] = []
    only_sbom: list[tuple[str, str]] = []
    only_binary: list[tuple[str, str]] = []
    for path in sorted({*in_sbom, *in_binary}):
        left, right = in_sbom.get(path, []), in_binary.get(path, [])
        pairs = min(len(left), len(right))
        other += [OtherVersion(path=path, in_sbom=left[i], in_binary=right[i]) for i in range(pairs)]
        only_sbom += [(path, each) for each in left[pairs:]]
        only_binary += [(path, each) for each in right[pairs:]]
    return SbomDifference(
        only_in_sbom=tuple(only_sbom), only_in_binary=tuple(only_binary), other_version=tuple(other)
    )


def _versions(modules: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, version in sorted(modules):
        found.setdefault(path, []).append(version)
    return found
