"""What a document says of the elements that standards ask for, whoever wrote it.

Each format has fields for most of them; for the rest, attest's own documents have statements
(`attest.sbom.statements`), and those of BSI TR-03183-2 the places of its mapping tables (8.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.sbom.describe_cyclonedx import describe_cyclonedx
from attest.sbom.describe_spdx2 import describe_spdx2
from attest.sbom.describe_spdx3 import describe_spdx3
from attest.sbom.findings import Findings
from attest.sbom.read import neither

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.described import Described
    from attest.model.statement import Json


def describe(document: Mapping[str, Json], *, file: str = "", limits: Limits = DEFAULT_LIMITS) -> Described:
    """What `document` says, as `attest.sbom.read.load` gave it; `file` is its name in messages.

    Raises as `attest.sbom.read.read` does.
    """
    findings = Findings(file=file, limits=limits)
    if document.get("bomFormat") == "CycloneDX":
        return describe_cyclonedx(document, findings)
    if isinstance(document.get("spdxVersion"), str):
        return describe_spdx2(document, findings)
    if "@context" in document:
        return describe_spdx3(document, findings)
    raise neither(findings)
