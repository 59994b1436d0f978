"""What both formats say in the same words: statements for which neither has a field of its own.

CycloneDX carries them as properties, SPDX as annotations `name=value`; names begin with "attest:".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InputError
from attest.sbom import purl
from attest.sbom.collect import canonical
from attest.sbom.identity import DEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.bom import Bom, BomComponent, RelationKind
    from attest.model.license import LicenseMatch, Licenses

    Statement = tuple[str, str]

H1: Final = "attest:go:h1"
REPLACES: Final = "attest:go:replaces"
REPLACES_PURL: Final = "attest:go:replaces:purl"
DIRECTORY: Final = "attest:go:replaced-by-directory"
PACKAGE: Final = "attest:go:package"
GO_VERSION: Final = "attest:go:version"
SETTING: Final = "attest:go:build:"
KIND: Final = "attest:kind"
PLATFORM: Final = "attest:platform"
SIZE: Final = "attest:file:size"
VERSION_CLAIM: Final = "attest:version:stated-by"
VERSION_UNKNOWN: Final = "attest:version:unknown-because"
DEPENDENCIES: Final = "attest:dependencies"
ARTIFACT: Final = "attest:artifact"
VARIANT_OF: Final = "attest:variant-of"
AUTHOR_UNKNOWN: Final = "attest:author:unknown-because"
SUPPLIER_UNKNOWN: Final = "attest:supplier:unknown-because"
CONTEXT: Final = "attest:context"
EVIDENCE: Final = "attest:evidence"
HASH_OF: Final = "attest:hash-of"
ORIGIN: Final = "attest:origin"
CODE_SIZE: Final = "attest:code-size"
LOADS: Final = "attest:loads"
TESTED_WITH: Final = "attest:tested-with"
BUILT_WITH: Final = "attest:built-with"
REQUIRES: Final = "attest:requires"
LICENSE_UNKNOWN: Final = "attest:license:unknown-because"
LICENSE_DECLARED: Final = "attest:license:declared"
LICENSE_DECLARED_UNKNOWN: Final = "attest:license:declared:unknown-because"
LICENSE_FROM: Final = "attest:license:concluded-from"
LICENSE_FOUND: Final = "attest:license:found"
LICENSE_UNRECOGNIZED: Final = "attest:license:unrecognized"
COPYRIGHT: Final = "attest:copyright"

#: Characters that XML 1.0 has no room for (clause 2.2), not even escaped.
NO_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What the SHA-256 of a module is taken of.
MODULE_ZIP: Final = "module zip"
#: Kinds of components that somebody licenses.
_LICENSED: Final = frozenset({"main", "module", "std"})
_NOT_LOOKED_FOR: Final = "licences were not looked for"
#: Relations of a file to what is in it, or what it was made of or with: each says in which files it is.
_INTO: Final = frozenset({"built-from", "built-with", "links", "loads"})
_RELATIONS: Final[dict[RelationKind, str]] = {
    "variant-of": VARIANT_OF,
    "loads": LOADS,
    "tested-with": TESTED_WITH,
    "built-with": BUILT_WITH,
    "requires": REQUIRES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The statements of a document: about itself, and by ref about each component; each list sorted."""

    document: tuple[Statement, ...]
    components: dict[str, tuple[Statement, ...]]


def statements(bom: Bom) -> Statements:
    """Everything that `bom` says and for which the formats have no field; linear in its size."""
    names = {each.ref: each.name for each in bom.components}
    said: dict[str, set[Statement]] = {each.ref: set(_component(each)) for each in bom.components}
    files = {each.ref for each in bom.components if each.kind == "file"}
    for each in bom.relations:
        if each.kind in _INTO and len(files) > 1 and each.source in files:
            said[each.target].add((ARTIFACT, names[each.source]))
        if name := _RELATIONS.get(each.kind):
            said[each.source].add((name, names[each.target]))
    for stated in bom.dependency_lists:
        why = f": {stated.reason}" if stated.reason else ""
        said[stated.ref].add((DEPENDENCIES, f"{stated.state}{why}"))
    document: list[Statement] = [(CONTEXT, each) for each in bom.contexts]
    if not bom.author.value:
        document.append((AUTHOR_UNKNOWN, bom.author.unknown_because))
    if not bom.supplier.value:
        document.append((SUPPLIER_UNKNOWN, bom.supplier.unknown_because))
    return Statements(
        document=tuple(sorted(document)), components={ref: tuple(sorted(said[ref])) for ref in said}
    )


def _component(component: BomComponent) -> list[Statement]:
    said: list[Statement] = [(KIND, component.kind)]
    said += [(PLATFORM, str(each)) for each in component.platforms]
    said += [(EVIDENCE, each) for each in component.evidence]
    said += [(f"{SETTING}{key}", value) for key, value in component.settings]
    said += [
        (VERSION_CLAIM, " ".join(filter(None, (each.source, each.version, each.name))))
        for each in component.version_claims
    ]
    replaced = component.replaces
    if replaced is not None:
        version = "" if replaced.version == DEVEL else replaced.version
        said.append((REPLACES, str(replaced)))
        said.append((REPLACES_PURL, purl.module_purl(replaced.path, version)))
    optional = [
        (H1, component.sum),
        (DIRECTORY, component.directory),
        (PACKAGE, component.package),
        (GO_VERSION, component.go_version),
        (VERSION_UNKNOWN, component.version.unknown_because),
        (SIZE, str(component.identity.size) if component.identity else ""),
        (HASH_OF, MODULE_ZIP if component.zip_sha256 else ""),
        (ORIGIN, component.origin),
        (CODE_SIZE, "" if component.code_size is None else str(component.code_size)),
        (SUPPLIER_UNKNOWN, "" if component.kind == "package" else component.supplier.unknown_because),
    ]
    if component.kind in _LICENSED:
        said += _licenses(component.licenses)
    return said + [(name, value) for name, value in optional if value]


def _licenses(licenses: Licenses | None) -> list[Statement]:
    """What was found, beside what the formats' own fields say about it."""
    if licenses is None:
        return [(LICENSE_UNKNOWN, _NOT_LOOKED_FOR)]
    said = [(LICENSE_FOUND, _found(each)) for each in licenses.matches]
    said += [(LICENSE_UNRECOGNIZED, each) for each in licenses.unrecognized]
    said += [(COPYRIGHT, each) for each in licenses.copyrights]
    optional = [
        (LICENSE_DECLARED, licenses.declared.value),
        (LICENSE_DECLARED_UNKNOWN, licenses.declared.unknown_because),
        (LICENSE_UNKNOWN, licenses.concluded.unknown_because),
        (LICENSE_FROM, licenses.concluded_from),
    ]
    return said + [(name, value) for name, value in optional if value]


def _found(match: LicenseMatch) -> str:
    """The identifier first, because it holds no space; then where its text stands."""
    return f"{match.identifier} {match.file}:{match.first_line}-{match.last_line}"


def refuse(bom: Bom, pattern: re.Pattern[str], form: str) -> None:
    """Raise `InputError` where a text of `bom` holds what that form cannot: nothing is written wrong."""
    for text in _texts(canonical(bom)):
        found = pattern.search(text)
        if found:
            raise InputError(
                f"the SBOM cannot be written as {form}: {text[:80]!r} holds {found[0]!r}",
                hint="write it as JSON, which can hold any text",
            )


def _texts(bom: Bom) -> Iterator[str]:
    said = statements(bom)
    for document in (bom.author, bom.supplier):
        yield document.value
    for each in bom.components:
        yield from (each.name, each.version.value, each.purl, each.supplier.value, each.origin)
        for _, value in said.components[each.ref]:
            yield value
