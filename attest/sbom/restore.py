"""From a document that attest wrote back to the whole bill of materials.

What the formats have fields for is read from these, the rest from attest's own statements
(`attest.sbom.statements`); docs/sbom-formats.md says which is which and what a format loses. Documents of
other tools have no such statements and are refused: `attest.sbom.read` tells what they say of Go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.sbom.collect import canonical
from attest.sbom.findings import Findings
from attest.sbom.restore_cyclonedx import restore_cyclonedx
from attest.sbom.restore_spdx2 import restore_spdx2
from attest.sbom.restore_spdx3 import restore_spdx3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom import Bom
    from attest.model.statement import Json


def restore(document: Mapping[str, Json], *, file: str = "", limits: Limits = DEFAULT_LIMITS) -> Bom:
    """The whole of what `document` says, as `attest.sbom.read.load` gave it; lists are sorted.

    Raises `FormatError` where it is no document of attest, or was changed so that it holds no whole bill of
    materials any more, `InputError` where it names what is not in it, `LimitError` beyond the limits.
    """
    findings = Findings(file=file, limits=limits)
    if document.get("bomFormat") == "CycloneDX":
        return canonical(restore_cyclonedx(document, findings))
    if isinstance(document.get("spdxVersion"), str):
        return canonical(restore_spdx2(document, findings))
    if "@context" in document:
        return canonical(restore_spdx3(document, findings))
    raise findings.wrong("the document", "is neither CycloneDX nor SPDX")
