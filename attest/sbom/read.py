"""What an SBOM says, whoever wrote it.

CycloneDX 1.2 to 1.7 JSON and XML, SPDX 2.2 and 2.3 JSON, YAML, XML, tag:value and RDF/XML, SPDX 3.0 JSON-LD;
told apart by content. Sources: https://cyclonedx.org/docs/ and https://spdx.github.io/spdx-spec/. Everything
read is hostile: no recursion, no trust in types, counts held against `attest.model.limits.Limits`. What
breaks the format so far that it cannot be read raises; what merely breaks a rule is told as a fault.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import loads
from attest.sbom import load_cyclonedx_xml, load_rdf, load_spdx2_xml, xml_tree
from attest.sbom.findings import Findings, quote
from attest.sbom.load_tag_value import load_tag_value
from attest.sbom.load_yaml import load_yaml
from attest.sbom.read_cyclonedx import read_cyclonedx
from attest.sbom.read_spdx2 import read_spdx2
from attest.sbom.read_spdx3 import read_spdx3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.statement import Json

_HINT: Final = (
    "give a CycloneDX document (1.2 to 1.7, JSON or XML) or one of SPDX (2.2 or 2.3 in JSON, YAML, XML, "
    "tag:value or RDF/XML; 3.0 in JSON)"
)
#: The first bytes of a text tell in which form it is; the document's own version is a few lines below.
_HEAD: Final = 1 << 16
_BLANK: Final = b" \t\r\n"
_TAG_VALUE: Final = re.compile(rb"^SPDXVersion[ \t]*:", re.MULTILINE)
_YAML: Final = re.compile(
    rb"""^["']?(?:SPDXID|creationInfo|dataLicense|documentNamespace|spdxVersion)["']?[ \t]*:(?:\s|$)""",
    re.MULTILINE,
)


def is_document(head: bytes) -> bool:
    """Whether a file that begins so is a text in a form of an SBOM; whether it is one, `load` tells."""
    head = head[:_HEAD].removeprefix(BOM_UTF8).lstrip(_BLANK)
    if head.startswith((b"{", b"<")):
        return True
    return b"\0" not in head and bool(_TAG_VALUE.search(head) or _YAML.search(head))


def load(data: bytes, *, file: str = "SBOM", limits: Limits = DEFAULT_LIMITS) -> dict[str, Json]:
    """The document in `data` as the JSON object that says the same; `file` is its name in messages.

    A byte order mark is skipped, which tools on Windows write. Raises `FormatError` for what is no document
    in a form that is read, `LimitError` for what is too large or nested too deep.
    """
    if len(data) > limits.sbom_bytes:
        raise LimitError(
            f"{len(data)} bytes, more than the {limits.sbom_bytes} that are read",
            place=Place(file=file),
            hint="no SBOM needs so many",
        )
    data = data.removeprefix(BOM_UTF8)
    head = data[:_HEAD].lstrip(_BLANK)
    if head.startswith((b"{", b"[")):
        document = loads(data, file=file, max_bytes=limits.sbom_bytes, max_depth=limits.json_depth)
        if not isinstance(document, dict):
            raise FormatError("is JSON, but no object", place=Place(file=file), hint=_HINT)
        return document
    if head.startswith(b"<"):
        return _load_xml(data, file, limits)
    if _TAG_VALUE.search(head):
        return load_tag_value(data, file=file, limits=limits)
    if _YAML.search(head):
        return load_yaml(data, file=file, limits=limits)
    raise FormatError("is no SBOM in a form that is read", place=Place(file=file), hint=_HINT)


def _load_xml(data: bytes, file: str, limits: Limits) -> dict[str, Json]:
    root = xml_tree.parse(data, file=file, limits=limits)
    if root.name == "bom" and load_cyclonedx_xml.NAMESPACE.fullmatch(root.namespace):
        return load_cyclonedx_xml.load_cyclonedx_xml(root, file)
    if (root.namespace, root.name) == (load_rdf.RDF, "RDF"):
        return load_rdf.load_rdf(root, file=file, limits=limits)
    if (root.namespace, root.name) == ("", load_spdx2_xml.ROOT):
        return load_spdx2_xml.load_spdx2_xml(root, file)
    raise FormatError(
        f"is XML, but no SBOM known here: its root is {quote(root.name)} of {quote(root.namespace)}",
        place=Place(file=file, line=root.line),
        hint=_HINT,
    )


def read(document: Mapping[str, Json], *, file: str = "", limits: Limits = DEFAULT_LIMITS) -> SbomFacts:
    """What `document` says about Go; `file` is its name in messages.

    Raises `FormatError` where it is neither format, of an unknown version, or not of the format's shape,
    `LimitError` where it holds too many elements.
    """
    findings = Findings(file=file, limits=limits)
    if document.get("bomFormat") == "CycloneDX":
        return read_cyclonedx(document, findings)
    if isinstance(document.get("spdxVersion"), str):
        return read_spdx2(document, findings)
    if "@context" in document:
        return read_spdx3(document, findings)
    raise neither(findings)


def neither(findings: Findings) -> FormatError:
    """The error for a document that is of neither format."""
    return FormatError(
        "no SBOM known here: it has neither bomFormat nor spdxVersion nor @context",
        place=findings.place,
        hint=_HINT,
    )
