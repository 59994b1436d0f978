"""An SPDX 2.2 or 2.3 tag:value document as the JSON document that says the same.

Source: https://spdx.github.io/spdx-spec/v2.3/conformance/ (4.4.2) and the chapters on each field. A line is
a tag, a colon and a value; a value in <text>…</text> goes on to the line that ends it. Some tags begin an
element, and those that follow belong to it. Tags that are not known are passed over, as unknown members are
in JSON.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits
    from attest.model.statement import Json

_HINT: Final = "write the SBOM again with its tool"
_LINE: Final = re.compile(r"(?P<tag>[A-Za-z][A-Za-z0-9]*)[ \t]*:(?P<value>.*)", re.DOTALL)
_SPACE: Final = " \t"
_OPEN: Final = "<text>"
_CLOSE: Final = "</text>"
_DOCUMENT: Final = "SPDXRef-DOCUMENT"
#: Tags that begin an element: in which list it stands, and what the value of the tag is called there.
_BEGIN: Final = {
    "PackageName": ("packages", "name"),
    "FileName": ("files", "fileName"),
    "SnippetSPDXID": ("snippets", "SPDXID"),
    "LicenseID": ("hasExtractedLicensingInfos", "licenseId"),
    "Annotator": ("annotations", "annotator"),
    "Relationship": ("relationships", ""),
}
#: What a tag is called in JSON, by the list in which its element stands; "" is the document.
_NAMES: Final[dict[str, dict[str, str]]] = {
    "": {
        "SPDXVersion": "spdxVersion",
        "DataLicense": "dataLicense",
        "SPDXID": "SPDXID",
        "DocumentName": "name",
        "DocumentNamespace": "documentNamespace",
        "DocumentComment": "comment",
    },
    "creationInfo": {
        "Created": "created",
        "CreatorComment": "comment",
        "LicenseListVersion": "licenseListVersion",
    },
    "packages": {
        "SPDXID": "SPDXID",
        "PackageVersion": "versionInfo",
        "PackageFileName": "packageFileName",
        "PackageSupplier": "supplier",
        "PackageOriginator": "originator",
        "PackageDownloadLocation": "downloadLocation",
        "FilesAnalyzed": "filesAnalyzed",
        "PackageHomePage": "homepage",
        "PackageSourceInfo": "sourceInfo",
        "PackageLicenseConcluded": "licenseConcluded",
        "PackageLicenseDeclared": "licenseDeclared",
        "PackageLicenseComments": "licenseComments",
        "PackageCopyrightText": "copyrightText",
        "PackageSummary": "summary",
        "PackageDescription": "description",
        "PackageComment": "comment",
        "PrimaryPackagePurpose": "primaryPackagePurpose",
        "BuiltDate": "builtDate",
        "ReleaseDate": "releaseDate",
        "ValidUntilDate": "validUntilDate",
    },
    "files": {
        "SPDXID": "SPDXID",
        "LicenseConcluded": "licenseConcluded",
        "LicenseComments": "licenseComments",
        "FileCopyrightText": "copyrightText",
        "FileComment": "comment",
        "FileNotice": "noticeText",
    },
    "snippets": {
        "SnippetFromFileSPDXID": "snippetFromFile",
        "SnippetLicenseConcluded": "licenseConcluded",
        "SnippetCopyrightText": "copyrightText",
        "SnippetComment": "comment",
        "SnippetName": "name",
    },
    "hasExtractedLicensingInfos": {
        "ExtractedText": "extractedText",
        "LicenseName": "name",
        "LicenseComment": "comment",
    },
    "annotations": {
        "AnnotationDate": "annotationDate",
        "AnnotationType": "annotationType",
        "AnnotationComment": "comment",
    },
    "relationships": {"RelationshipComment": "comment"},
}
#: Tags that may be there several times, with a value that is one text.
_SEVERAL: Final[dict[str, dict[str, str]]] = {
    "creationInfo": {"Creator": "creators"},
    "packages": {
        "PackageLicenseInfoFromFiles": "licenseInfoFromFiles",
        "PackageAttributionText": "attributionTexts",
    },
    "files": {"FileType": "fileTypes", "LicenseInfoInFile": "licenseInfoInFiles"},
}
_CHECKSUMS: Final = {"packages": "PackageChecksum", "files": "FileChecksum"}
_CREATION: Final = frozenset({"Creator", "Created", "CreatorComment", "LicenseListVersion"})

_Element = dict[str, "Json"]


def load_tag_value(data: bytes, *, file: str, limits: Limits) -> dict[str, Json]:
    """The document in `data`.

    Raises `FormatError` for lines that are no tag and value, values that are not of the form of their tag,
    and tags that are there twice; `LimitError` beyond the limits.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(
            "is no tag:value text: its bytes are no UTF-8",
            place=Place(file=file, offset=error.start),
            hint=_HINT,
        ) from error
    reader = _Reader(file=file, limits=limits)
    for line, tag, value in reader.tags(text):
        reader.line = line
        reader.take(tag, value)
    reader.attach()
    return reader.document


@dataclass(slots=True, kw_only=True)
class _Reader:
    file: str
    limits: Limits
    document: _Element = field(default_factory=dict)
    #: The list in which the element stands that is being read ("" for the document), and that element.
    where: str = ""
    element: _Element = field(default_factory=dict)
    #: Annotations with the element that they are about, which may come after them.
    annotations: list[tuple[int, _Element]] = field(default_factory=list)
    targets: dict[int, str] = field(default_factory=dict)
    line: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.element = self.document

    def refuse(self, what: str) -> FormatError:
        return FormatError(what, place=Place(file=self.file, line=self.line), hint=_HINT)

    def tags(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Line number, tag and value of each; comments and empty lines are none."""
        lines = text.split("\n")
        at = 0
        while at < len(lines):
            self.line = at + 1
            line = lines[at].removesuffix("\r")
            at += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            known = _LINE.fullmatch(line)
            if known is None:
                raise self.refuse(f"is no tag and value: {line[:64]!r}")
            value = known["value"].removeprefix(" ")
            if value.lstrip(_SPACE).startswith(_OPEN):
                parts = [value.lstrip(_SPACE).removeprefix(_OPEN)]
                while _CLOSE not in parts[-1]:
                    if at == len(lines):
                        raise self.refuse(f"has a {_OPEN} that does not end")
                    parts.append(lines[at].removesuffix("\r"))
                    at += 1
                parts[-1], _, rest = parts[-1].partition(_CLOSE)
                if rest.strip():
                    raise self.refuse(f"has more after {_CLOSE}: {rest[:64]!r}")
                value = "\n".join(parts)
            yield self.line, known["tag"], value

    def take(self, tag: str, value: str) -> None:
        self.count += 1
        if self.count > self.limits.sbom_nodes:
            raise LimitError(
                f"more than {self.limits.sbom_nodes} tags",
                place=Place(file=self.file, line=self.line),
                hint="no SBOM needs so many",
            )
        if tag != "AnnotationComment":  # its spaces are part of what is said
            value = value.strip(_SPACE)
        if tag in _BEGIN:
            self.begin(tag, value)
        elif tag in _CREATION:
            info = self.document.setdefault("creationInfo", {})
            if isinstance(info, dict):
                self.put("creationInfo", info, tag, value)
        elif tag in _NAMES[""] and tag != "SPDXID":
            self.put("", self.document, tag, value)
        elif tag == "SPDXREF":
            self.targets[len(self.annotations)] = value
        else:
            self.part(tag, value)

    def part(self, tag: str, value: str) -> None:
        """What is said about the element that is being read."""
        if tag == "ExternalRef":
            names = ("referenceCategory", "referenceType", "referenceLocator")
            self.append(self.element, "externalRefs", self.named(names, tag, value.split(None, 2)))
        elif tag == _CHECKSUMS.get(self.where):
            parts = [each.strip() for each in value.split(":", 1)]
            self.append(self.element, "checksums", self.named(("algorithm", "checksumValue"), tag, parts))
        else:
            self.put(self.where, self.element, tag, value)

    def named(self, names: tuple[str, ...], tag: str, parts: list[str]) -> _Element:
        if len(parts) != len(names):
            raise self.refuse(f"has a {tag} that is not made of {', '.join(names)}")
        return dict(zip(names, parts, strict=True))

    def append(self, owner: _Element, key: str, value: Json) -> None:
        items = owner.setdefault(key, [])
        if isinstance(items, list):
            items.append(value)

    def begin(self, tag: str, value: str) -> None:
        self.where, name = _BEGIN[tag]
        self.element = {name: value} if name else {}
        if tag == "Relationship":
            names = ("spdxElementId", "relationshipType", "relatedSpdxElement")
            self.element.update(self.named(names, tag, value.split()))
        if tag == "Annotator":
            self.annotations.append((self.line, self.element))
        else:
            self.append(self.document, self.where, self.element)

    def put(self, where: str, owner: _Element, tag: str, value: str) -> None:
        several = _SEVERAL.get(where, {}).get(tag)
        if several is not None:
            self.append(owner, several, value)
            return
        name = _NAMES[where].get(tag)
        if name is None:
            return
        if name in owner:
            raise self.refuse(f"has the tag {tag} twice for one element")
        owner[name] = value == "true" if name == "filesAnalyzed" else value

    def attach(self) -> None:
        """Put every annotation into the element that it is about."""
        elements: dict[Json, _Element] = {}
        for key in ("packages", "files", "snippets"):
            found = self.document.get(key)
            for each in found if isinstance(found, list) else ():
                if isinstance(each, dict) and isinstance(each.get("SPDXID"), str):
                    elements.setdefault(str(each["SPDXID"]), each)
        for index, (line, annotation) in enumerate(self.annotations, start=1):
            self.line = line
            target = self.targets.get(index, _DOCUMENT)
            owner = self.document if target == _DOCUMENT else elements.get(target)
            if owner is None:
                raise self.refuse(f"has an annotation of {target[:64]!r}, which is not in the document")
            self.append(owner, "annotations", annotation)
