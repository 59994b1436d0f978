"""What both formats say in the same words: statements for which neither has a field of its own.

CycloneDX carries them as properties, SPDX as annotations `name=value`; names begin with "attest:".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.sbom import purl
from attest.sbom.identity import DEVEL

if TYPE_CHECKING:
    from attest.model.bom import Bom, BomComponent

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
VERSION_UNKNOWN: Final = "attest:version:unknown-because"
DEPENDENCIES: Final = "attest:dependencies"
LINKED_INTO: Final = "attest:linked-into"
VARIANT_OF: Final = "attest:variant-of"
AUTHOR_UNKNOWN: Final = "attest:author:unknown-because"
SUPPLIER_UNKNOWN: Final = "attest:supplier:unknown-because"
CONTEXT: Final = "attest:context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The statements of a document: about itself, and by ref about each component; each list sorted."""

    document: tuple[Statement, ...]
    components: dict[str, tuple[Statement, ...]]


def statements(bom: Bom) -> Statements:
    """Everything that `bom` says and for which the formats have no field; linear in its size."""
    names = {each.ref: each.name for each in bom.components}
    said: dict[str, set[Statement]] = {each.ref: set(_component(each)) for each in bom.components}
    files = sum(each.kind == "file" for each in bom.components)
    for each in bom.relations:
        if each.kind == "links" and files > 1:
            said[each.target].add((LINKED_INTO, names[each.source]))
        elif each.kind == "variant-of":
            said[each.source].add((VARIANT_OF, names[each.target]))
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
    said += [(f"{SETTING}{key}", value) for key, value in component.settings]
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
    ]
    return said + [(name, value) for name, value in optional if value]
