"""The elements of an SPDX 2.2 or 2.3 document. Source: https://spdx.github.io/spdx-spec/v2.3/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.model.described import Described
from attest.model.stated import Stated
from attest.sbom import statements as said
from attest.sbom.contact import is_contact
from attest.sbom.describing import Told, by_name, component, contact, stated, time, value_of
from attest.sbom.read_spdx2 import known_version
from attest.sbom.restore_spdx2 import annotated
from attest.sbom.spdx2 import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.statement import Json
    from attest.sbom.findings import Findings

_ACTOR: Final = re.compile(r"(?:Organization|Person):(?P<name>.*)", re.DOTALL)
_TOOL: Final = re.compile(r"Tool: *(?P<name>.+?)(?:-(?P<version>v?[0-9].*))?")
#: The words of the CISA elements for where the data comes from; SPDX 2 has a comment for them.
_CONTEXT: Final = re.compile(r"\b(?:analyzed|build|deployed|design|runtime|source)\b", re.IGNORECASE)
_FILES: Final = frozenset({"ARCHIVE", "FILE"})
#: Relationships that tell what one end is made of or needs.
_LISTS: Final = frozenset({"CONTAINS", "DEPENDS_ON"})


def describe_spdx2(document: Mapping[str, Json], findings: Findings) -> Described:
    """What `document` (which has an spdxVersion) says; raises as `attest.sbom.describe.describe` does."""
    version = known_version(document, findings)
    info = findings.object(document, "creationInfo", "the document")
    creators = findings.texts(info, "creators", "creationInfo")
    own = by_name(annotated(document, findings))
    actors = _actors(creators)
    tool = next((found for each in creators if (found := _TOOL.fullmatch(each))), None)
    contexts = _CONTEXT.findall(findings.text(info, "comment", "creationInfo"))
    return Described(
        format="SPDX",
        spec_version=version.removeprefix("SPDX-"),
        author=stated(
            next((name for name, _ in actors if value_of(name)), ""), own.get(said.AUTHOR_UNKNOWN, "")
        ),
        author_contact=contact([own.get(said.AUTHOR_CONTACT, ""), *(reached for _, reached in actors)]),
        created=time(findings.text(info, "created", "creationInfo")),
        context=Stated(value=", ".join(contexts)),
        tool_name=stated(tool["name"] if tool else ""),
        tool_version=stated((tool["version"] or "") if tool else ""),
        components=tuple(map(component, _components(document, findings).values())),
    )


def _actors(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Names and contacts of people and organizations; parentheses may as well belong to the name."""
    found = []
    for each in texts:
        actor = _ACTOR.fullmatch(each)
        if actor is not None:
            name, _, rest = actor["name"].strip().rpartition("(")
            reached = rest.removesuffix(")")
            known = rest.endswith(")") and is_contact(reached)
            found.append((name.strip(), reached) if known else (actor["name"].strip(), ""))
    return found


def _components(document: Mapping[str, Json], findings: Findings) -> dict[str, Told]:
    """Every package, and the files that the document describes, by their name in the document."""
    related = [
        (
            findings.text(each, "spdxElementId", "a relationship"),
            findings.text(each, "relationshipType", "a relationship"),
            findings.text(each, "relatedSpdxElement", "a relationship"),
            findings.text(each, "comment", "a relationship"),
        )
        for each in findings.objects(document, "relationships", "the document")
    ]
    described = {other for one, word, other, _ in related if word == "DESCRIBES" and one == DOCUMENT}
    described |= set(findings.texts(document, "documentDescribes", "the document"))
    told = {
        findings.text(each, "SPDXID", "a package"): _package(each, findings)
        for each in findings.objects(document, "packages", "the document")
    }
    for each in findings.objects(document, "files", "the document"):
        name = findings.text(each, "SPDXID", "a file")
        if name in described:
            told[name] = _file(each, findings)
    for one, word, other, comment in related:
        source, target = told.get(one), told.get(other)
        if source is not None and word in _LISTS and other == "NONE":
            source.state("complete")
        elif source is not None and word in _LISTS and other == "NOASSERTION":
            source.state("unknown", comment)
        elif source is not None and target is not None:
            source.related = target.related = True
            if word == "CONTAINS":
                target.in_file = target.in_file or source.is_file
    return told


def _package(package: Mapping[str, Json], findings: Findings) -> Told:
    where = "a package"
    references = findings.objects(package, "externalRefs", where)
    kinds = [findings.text(each, "referenceType", where) for each in references]
    urls = [
        findings.text(each, "referenceLocator", where)
        for each, kind in zip(references, kinds, strict=True)
        if kind == "purl"
    ]
    actors = _actors(findings.text(package, key, where) for key in ("supplier", "originator"))
    hashes = findings.objects(package, "checksums", where)
    filename = findings.text(package, "packageFileName", where)
    own = by_name(annotated(package, findings))
    return Told(
        name=findings.text(package, "name", where),
        version=findings.text(package, "versionInfo", where),
        supplier=next((name for name, _ in actors if value_of(name)), ""),
        contacts=[own.get(said.CONTACT, ""), *(reached for _, reached in actors)],
        purl="".join(urls[:1]),
        identified=any(each.startswith(("cpe2", "swid", "swh", "gitoid")) for each in kinds),
        concluded=[findings.text(package, "licenseConcluded", where)],
        declared=[findings.text(package, "licenseDeclared", where)],
        hashed=bool(hashes) or bool(findings.object(package, "packageVerificationCode", where)),
        sha512=_sha512(hashes, findings),
        filename=filename.replace("\\", "/").rpartition("/")[2],
        is_file=findings.text(package, "primaryPackagePurpose", where) in _FILES,
        said=own,
    )


def _file(file: Mapping[str, Json], findings: Findings) -> Told:
    """A file that is described itself: SPDX gives it a path, and neither version nor supplier."""
    name = findings.text(file, "fileName", "a file")
    hashes = findings.objects(file, "checksums", "a file")
    return Told(
        name=name,
        concluded=[findings.text(file, "licenseConcluded", "a file")],
        declared=findings.texts(file, "licenseInfoInFiles", "a file"),
        hashed=bool(hashes),
        sha512=_sha512(hashes, findings),
        filename=name.rpartition("/")[2],
        is_file=True,
        said=by_name(annotated(file, findings)),
    )


def _sha512(hashes: list[dict[str, Json]], findings: Findings) -> str:
    return next(
        (
            findings.text(each, "checksumValue", "a checksum")
            for each in hashes
            if findings.text(each, "algorithm", "a checksum") == "SHA512"
        ),
        "",
    )
