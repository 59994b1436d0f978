"""What an SBOM says of the elements that standards ask for, whoever wrote it and in whatever format.

`attest.sbom.describe` makes it from a document, `attest.sbom.elements` holds it against the standards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from attest.model.bom import ComponentKind
from attest.model.stated import Stated

#: What a document leaves out without a reason.
NOT_SAID: Final = Stated()
#: "slice" is a file inside of a file, "other" a component that is no part of a Go build as far as is said:
#: a thing of its own.
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
    version: Stated = NOT_SAID
    supplier: Stated = NOT_SAID
    contact: Stated = NOT_SAID
    identifier: Stated = NOT_SAID
    license: Stated = NOT_SAID
    distribution_license: Stated = NOT_SAID
    hash: Stated = NOT_SAID
    sha512: Stated = NOT_SAID
    relationship: Stated = NOT_SAID
    dependencies: Stated = NOT_SAID
    filename: Stated = NOT_SAID
    executable: Stated = NOT_SAID
    archive: Stated = NOT_SAID
    structured: Stated = NOT_SAID

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
    author: Stated = NOT_SAID
    author_contact: Stated = NOT_SAID
    created: Stated = NOT_SAID
    context: Stated = NOT_SAID
    tool_name: Stated = NOT_SAID
    tool_version: Stated = NOT_SAID
    components: tuple[DescribedComponent, ...] = ()
