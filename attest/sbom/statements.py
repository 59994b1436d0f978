"""What the formats say in the same words: statements for which they have no field of their own.

CycloneDX carries them as properties, SPDX as annotations `name=value`; names begin with "attest:", or with
"bsi:" where BSI TR-03183-2 gives the name. With them a document holds the whole model, and
`attest.sbom.restore` reads it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InputError
from attest.model.bom import NO_SUPPLIER
from attest.sbom import purl
from attest.sbom.identity import DEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.bom import Bom, BomComponent, BomRelation, ComponentKind, RelationKind
    from attest.model.license import LicenseMatch, Licenses

    Statement = tuple[str, str]

REF: Final = "attest:ref"
RELATION: Final = "attest:relation:"
SUPPLIER: Final = "attest:supplier"
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
LINKED_INTO: Final = "attest:linked-into"
ARTIFACT: Final = "attest:artifact"
AUTHOR_UNKNOWN: Final = "attest:author:unknown-because"
CONTACT: Final = "attest:contact"
AUTHOR_CONTACT: Final = "attest:author:contact"
SUPPLIER_CONTACT: Final = "attest:supplier:contact"
SUPPLIER_UNKNOWN: Final = "attest:supplier:unknown-because"
CONTEXT: Final = "attest:context"
VEX: Final = "attest:vex"
EVIDENCE: Final = "attest:evidence"
HASH_OF: Final = "attest:hash-of"
HASH_UNKNOWN: Final = "attest:hash:unknown-because"
ORIGIN: Final = "attest:origin"
CODE_SIZE: Final = "attest:code-size"
LICENSE_UNKNOWN: Final = "attest:license:unknown-because"
LICENSE_CONCLUDED: Final = "attest:license:concluded"
LICENSE_DECLARED: Final = "attest:license:declared"
LICENSE_DECLARED_UNKNOWN: Final = "attest:license:declared:unknown-because"
LICENSE_FROM: Final = "attest:license:concluded-from"
LICENSE_FOUND: Final = "attest:license:found"
LICENSE_UNRECOGNIZED: Final = "attest:license:unrecognized"
COPYRIGHT: Final = "attest:copyright"
#: Names that BSI TR-03183-2 gives (its CycloneDX property taxonomy): what a file is on a disk.
BSI_FILENAME: Final = "bsi:component:filename"
BSI_EXECUTABLE: Final = "bsi:component:executable"
BSI_ARCHIVE: Final = "bsi:component:archive"
BSI_STRUCTURED: Final = "bsi:component:structured"

#: Characters that XML 1.0 has no room for (clause 2.2), not even escaped, and the carriage return, which a
#: reader takes for a line feed (2.11) where a writer does not escape it.
NO_XML: Final = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What the SHA-256 of a module is taken of.
MODULE_ZIP: Final = "module zip"
#: Relations that CycloneDX's dependencies hold; the others are statements alone.
DEPENDENCY_KINDS: Final = frozenset({"contains", "built-from", "loads", "depends-on"})
_NOT_LOOKED_FOR: Final = "licences were not looked for"
_NOT_STATED: Final = "who ships it has not stated a licence"
#: Why the licence of a component is not known where nothing was found out; a package has its module's.
_NO_LICENSE: Final[dict[ComponentKind, str]] = {
    "release": _NOT_STATED,
    "file": _NOT_STATED,
    "main": _NOT_LOOKED_FOR,
    "module": _NOT_LOOKED_FOR,
    "std": _NOT_LOOKED_FOR,
    "toolchain": "the toolchain is not shipped, and its licence was not looked for",
    "library": "the file names the library alone; it is found on the machine that runs the file",
    "tree": "its modules have licences of their own",
}
_ONLY_H1: Final = f"no file of it was hashed; {H1} is a hash over the hashes of its files"
#: Why a component of that kind has no hash that is one of a file; a directory and a known h1 have their own.
_NO_HASH: Final[dict[ComponentKind, str]] = {
    "release": "a release is no file; its files have hashes of their own",
    "main": "it is no file; what is built from it has hashes of its own",
    "module": "neither go.sum nor the build info has its hash",
    "std": "it is a part of the Go toolchain, of which no file was read",
    "toolchain": "no file of the toolchain was read",
    "package": "it is a part of its module",
    "library": "the file names the library alone; it is found on the machine that runs the file",
    "tree": "the directory was not hashed",
}
_DIRECTORY: Final = "a local directory is compiled in its place, and nobody hashed it"
#: Relations of a file to what is in it, or what it was made of or with: each says in which files it is.
_INTO: Final = frozenset({"built-from", "built-with", "links", "loads"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The statements of a document: about itself, and by ref about each component; each list sorted."""

    document: tuple[Statement, ...]
    components: dict[str, tuple[Statement, ...]]


def statements(bom: Bom) -> Statements:
    """Everything that `bom` says and for which the formats have no field; linear in its size."""
    said: dict[str, set[Statement]] = {each.ref: set(_component(each)) for each in bom.components}
    names = {each.ref: each.name for each in bom.components}
    files = {each.ref for each in bom.components if each.kind == "file"}
    for each in bom.relations:
        if each.kind in _INTO and len(files) > 1 and each.source in files:
            said[each.target].add((ARTIFACT, names[each.source]))
    for stated in bom.dependency_lists:
        why = f": {stated.reason}" if stated.reason else ""
        said[stated.ref].add((DEPENDENCIES, f"{stated.state}{why}"))
    document: list[Statement] = [(CONTEXT, each) for each in bom.contexts]
    if bom.platform is not None:
        document.append((PLATFORM, str(bom.platform)))
    if not bom.author.value:
        document.append((AUTHOR_UNKNOWN, bom.author.unknown_because))
    if not bom.supplier.value:
        document.append((SUPPLIER_UNKNOWN, bom.supplier.unknown_because))
    contacts = ((AUTHOR_CONTACT, bom.author_contact), (SUPPLIER_CONTACT, bom.supplier_contact))
    document += [(name, value) for name, value in contacts if value]
    document += [(VEX, f"{each.format} {each.sha256} {each.url} {each.id}".rstrip()) for each in bom.vex]
    for ref, as_file in _on_disk(bom).items():
        said[ref].update(as_file)
    return Statements(
        document=tuple(sorted(document)), components={ref: tuple(sorted(said[ref])) for ref in said}
    )


def _on_disk(bom: Bom) -> dict[str, list[Statement]]:
    """What files are on a disk, in the words of BSI TR-03183-2, 5.2.2, by their refs.

    Modules that are linked into an executable are in there without their files: it is not structured (8.1.6).
    One that holds an executable for each architecture is an archive of these, from which they can be taken
    out whole, as an archive is of its members. A slice lies on no disk, a member is called ARCHIVE!MEMBER.
    """
    files = {each.ref: each for each in bom.components if each.kind == "file"}
    members: dict[str, str] = {}
    holding: dict[str, bool] = {}
    for ref, each in files.items():
        holder = files.get(each.parent)
        if holder is not None:
            is_member = each.name.startswith(f"{holder.name}!")
            holding[holder.ref] = is_member
            members[ref] = each.name.removeprefix(f"{holder.name}!") if is_member else ""
    found: dict[str, list[Statement]] = {}
    for ref, each in files.items():
        path = members.get(ref, each.name)
        if path:
            found[ref] = [
                (BSI_FILENAME, path.replace("\\", "/").rpartition("/")[2] or path),
                (BSI_EXECUTABLE, "non-executable" if holding.get(ref) else "executable"),
                (BSI_ARCHIVE, "archive" if ref in holding else "no archive"),
                (BSI_STRUCTURED, "structured" if ref in holding else "unstructured"),
            ]
    return found


def related(bom: Bom) -> dict[str, list[Statement]]:
    """What CycloneDX cannot say of relations in its dependencies, by the ref of who says it.

    A dependency there has no kind and no platforms: both are stated where they are not those that
    `usual_kind` and the dependent component give it. The value is the ref of the other component; platforms
    stand in the name, behind the kind. That a file links a module is said at the module.
    """
    components = {each.ref: each for each in bom.components}
    pairs: dict[tuple[str, str], list[BomRelation]] = {}
    for each in bom.relations:
        if each.kind in DEPENDENCY_KINDS:
            pairs.setdefault((each.source, each.target), []).append(each)
    usual = {
        (source, target)
        for (source, target), between in pairs.items()
        if [(each.kind, each.platforms) for each in between]
        == [(usual_kind(components[source], components[target]), components[source].platforms)]
    }
    said: dict[str, list[Statement]] = {}
    for each in bom.relations:
        if (each.source, each.target) in usual and each.kind in DEPENDENCY_KINDS:
            continue
        where = ""
        if each.platforms != components[each.source].platforms:
            where = f":{','.join(map(str, each.platforms))}"
        if each.kind == "links":
            said.setdefault(each.target, []).append((f"{LINKED_INTO}{where}", each.source))
        else:
            said.setdefault(each.source, []).append((f"{RELATION}{each.kind}{where}", each.target))
    return said


def usual_kind(source: BomComponent, target: BomComponent) -> RelationKind:
    """The relation that a dependency on `target` is, where nothing else is said."""
    if target.kind == "library":
        return "loads"
    if target.kind == "main" and source.kind == "file":
        return "built-from"
    if source.kind == "release" or target.kind in {"file", "package", "tree"}:
        return "contains"
    return "depends-on"


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
        (HASH_UNKNOWN, _why_no_hash(component)),
        (ORIGIN, component.origin),
        (CODE_SIZE, "" if component.code_size is None else str(component.code_size)),
    ]
    # A package has the supplier of its module, or none of its own that anybody could ask for.
    if component.kind != "package" or component.supplier != NO_SUPPLIER:
        optional.append((SUPPLIER_UNKNOWN, component.supplier.unknown_because))
    if component.licenses is not None:
        said += _licenses(component.licenses)
    else:
        optional.append((LICENSE_UNKNOWN, _NO_LICENSE.get(component.kind, "")))
    return said + [(name, value) for name, value in optional if value]


def _why_no_hash(component: BomComponent) -> str:
    """Why a component has none of the hashes that the formats have a field for, "" where it has one."""
    if component.identity or component.zip_sha256:
        return ""
    if component.sum:
        return _ONLY_H1
    return _DIRECTORY if component.directory else _NO_HASH.get(component.kind, "")


def _licenses(licenses: Licenses) -> list[Statement]:
    """What was found, beside what the formats' own fields say about it."""
    said = [(LICENSE_FOUND, _found(each)) for each in licenses.matches]
    said += [(LICENSE_UNRECOGNIZED, each) for each in licenses.unrecognized]
    said += [(COPYRIGHT, each) for each in licenses.copyrights]
    optional = [
        (LICENSE_CONCLUDED, licenses.concluded.value),
        (LICENSE_DECLARED, licenses.declared.value),
        (LICENSE_DECLARED_UNKNOWN, licenses.declared.unknown_because),
        (LICENSE_UNKNOWN, licenses.concluded.unknown_because),
        (LICENSE_FROM, licenses.concluded_from),
    ]
    return said + [(name, value) for name, value in optional if value]


def _found(match: LicenseMatch) -> str:
    """The identifier first, because it holds no space; then where its text stands."""
    return f"{match.identifier} {match.file}:{match.first_line}-{match.last_line}"


def refuse(bom: Bom, said: Statements, pattern: re.Pattern[str], form: str) -> None:
    """Raise `InputError` where a text of `bom` holds what that form cannot: nothing is written wrong.

    `said` is what `statements` makes of `bom`.
    """
    for text in _texts(bom, said):
        found = pattern.search(text)
        if found:
            raise InputError(
                f"the SBOM cannot be written as {form}: {text[:80]!r} holds {found[0]!r}",
                hint="write it as JSON, which can hold any text",
            )


def _texts(bom: Bom, said: Statements) -> Iterator[str]:
    for document in (bom.author, bom.supplier):
        yield document.value
    yield from (bom.tool_name, bom.tool_version)
    for _, value in said.document:
        yield value
    for each in bom.components:
        yield from (each.ref, each.name, each.version.value, each.purl, each.supplier.value, each.origin)
        for name, value in said.components[each.ref]:
            yield name
            yield value
