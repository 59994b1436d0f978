"""What an SBOM says, whoever wrote it: CycloneDX JSON 1.2 to 1.7, SPDX 2.2 and 2.3 JSON, SPDX 3.0 JSON-LD.

Sources: https://cyclonedx.org/docs/ and https://spdx.github.io/spdx-spec/. Everything read is hostile: no
recursion, no trust in types, counts held against `attest.model.limits.Limits`. What breaks the format so far
that it cannot be read raises; what merely breaks a rule is told as a fault.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import loads
from attest.sbom.findings import Findings
from attest.sbom.read_cyclonedx import read_cyclonedx
from attest.sbom.read_spdx2 import read_spdx2
from attest.sbom.read_spdx3 import read_spdx3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.statement import Json

_HINT: Final = "give a CycloneDX JSON (1.2 to 1.7) or an SPDX JSON (2.2, 2.3, 3.0) document"


def load(data: bytes, *, file: str = "SBOM", limits: Limits = DEFAULT_LIMITS) -> dict[str, Json]:
    """The JSON object in `data`, before anything is known about it; `file` is its name in messages.

    A byte order mark is skipped, which tools on Windows write. Raises as `attest.model.strict_json.loads`
    does, and `FormatError` for JSON that is no object.
    """
    document = loads(
        data.removeprefix(BOM_UTF8), file=file, max_bytes=limits.sbom_bytes, max_depth=limits.json_depth
    )
    if not isinstance(document, dict):
        raise FormatError("is JSON, but no object", place=Place(file=file), hint=_HINT)
    return document


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
    raise FormatError(
        "no SBOM known here: it has neither bomFormat nor spdxVersion nor @context",
        place=findings.place,
        hint=_HINT,
    )
