"""What an SBOM says of the elements that standards ask for, whoever wrote it and in whatever format.

`attest.sbom.describe` makes it from a document, `attest.sbom.elements` holds it against the standards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from attest.model.bom import ComponentKind
from attest.model.stated import Stated

#: "slice" is a file inside of a file, "other" a component that is no part of a Go build as far as the document
#: says, and so a thing of its own.
DescribedKind = ComponentKind | Literal["slice", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedComponent:
    """One component; a field that is neither known nor explained is one that the document leaves out.

    `contact` is the e-mail address or the URL of who creates it. `license` is what is concluded, else what is
    declared, `distribution_license` what is concluded alone. `hash` is any hash, `sha512` that of the file as
    it is shipped. `relationship` tells that it stands in a relation to another component, `dependencies` how
    complete what it depends on is told. `executable`, `archive` and `structured` are in the words of BSI
    TR-03183-2.
    """

    kind: DescribedKind
    name: str
    version: Stated = Stated()
    supplier: Stated = Stated()
    contact: Stated = Stated()
    identifier: Stated = Stated()
    license: Stated = Stated()
    distribution_license: Stated = Stated()
    hash: Stated = Stated()
    sha512: Stated = Stated()
    relationship: Stated = Stated()
    dependencies: Stated = Stated()
    filename: Stated = Stated()
    executable: Stated = Stated()
    archive: Stated = Stated()
    structured: Stated = Stated()

    def __str__(self) -> str:
        """As messages name it."""
        name = self.name or "a component without a name"
        return f"{name}@{self.version.value}" if self.version.value else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One document: its format and version ("CycloneDX", "1.6"), who made it, and its components in order.

    `author_contact` is an e-mail address or a URL.
    """

    format: str
    spec_version: str
    author: Stated = Stated()
    author_contact: Stated = Stated()
    created: Stated = Stated()
    context: Stated = Stated()
    tool_name: Stated = Stated()
    tool_version: Stated = Stated()
    components: tuple[DescribedComponent, ...] = ()
