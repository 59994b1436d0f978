"""An SPDX 2.2 or 2.3 XML document as the JSON document that says the same.

The specification (clause 4.4) names XML as a form and describes none: it is the JSON document with an
element for each member and for each item of an array, as the tools of the SPDX group write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.statement import Json
    from attest.sbom.xml_tree import XmlElement

ROOT: Final = "Document"
#: Members that are arrays by the JSON schema, also where they have one item alone.
ARRAYS: Final = frozenset(
    {
        "annotations",
        "attributionTexts",
        "checksums",
        "creators",
        "crossRefs",
        "documentDescribes",
        "externalDocumentRefs",
        "externalRefs",
        "fileContributors",
        "fileDependencies",
        "fileTypes",
        "files",
        "hasExtractedLicensingInfos",
        "hasFiles",
        "licenseInfoFromFiles",
        "licenseInfoInFiles",
        "licenseInfoInSnippets",
        "packageVerificationCodeExcludedFiles",
        "packages",
        "ranges",
        "relationships",
        "reviewers",
        "revieweds",
        "seeAlsos",
        "snippets",
    }
)


def load_spdx2_xml(root: XmlElement, file: str) -> dict[str, Json]:
    """The document whose root element is `root`; `FormatError` where one value is there twice."""
    found: dict[str, Json] = {}
    for each in root.children:
        value: Json = load_spdx2_xml(each, file) if each.children else each.text
        if each.name in ARRAYS:
            items = found.setdefault(each.name, [])
            if isinstance(items, list):
                items.append(value)
        elif each.name in found:
            raise FormatError(
                f"{root.name[:64]} holds {each.name[:64]!r} twice",
                place=Place(file=file, line=each.line),
                hint="write the SBOM again with its tool",
            )
        else:
            found[each.name] = value
    return found
