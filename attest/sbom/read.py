"""What an SBOM says, whoever wrote it: CycloneDX JSON 1.2 to 1.7 and SPDX 2.2 and 2.3 JSON.

Sources: https://cyclonedx.org/docs/ and https://spdx.github.io/spdx-spec/v2.3/. Everything read is
hostile: no recursion, no trust in types, counts held against `attest.model.limits.Limits`. What breaks
the format so far that it cannot be read raises; what merely breaks a rule is told as a fault.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.sbom.findings import Findings
from attest.sbom.read_cyclonedx import read_cyclonedx
from attest.sbom.read_spdx2 import read_spdx2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.statement import Json

_HINT: Final = "give a CycloneDX JSON (1.2 to 1.7) or an SPDX JSON (2.2, 2.3) document"
# A string, skipped whole, or a bracket. An unclosed string runs to the end, so that every byte is looked
# at once; the possessive quantifiers keep the matcher from going back.
_TOKENS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_STEPS: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def load(data: bytes, *, file: str = "", limits: Limits = DEFAULT_LIMITS) -> dict[str, Json]:
    """The JSON object in `data`, before anything is known about it; `file` is its name in messages.

    Raises `LimitError` where it is too large or too deep, `FormatError` where it is no JSON object in
    UTF-8 or names one key twice (two readers would see two documents).
    """
    place = Place(file=file) if file else None
    if len(data) > limits.sbom_bytes:
        raise LimitError(f"larger than {limits.sbom_bytes} bytes", place=place, hint="no SBOM is that large")
    _check_depth(data, limits.json_depth, place)
    try:
        document = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise FormatError(f"not a JSON document: {error}", place=place, hint=_HINT) from error
    if not isinstance(document, dict):
        raise FormatError("a JSON document, but no object", place=place, hint=_HINT)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names one key twice")
    return found


def _no_constant(word: str) -> Any:  # noqa: ANN401 - json's own signature
    raise ValueError(f"{word} is no JSON number")


def _check_depth(data: bytes, limit: int, place: Place | None) -> None:
    """Raise `LimitError` where brackets nest deeper than `limit`; strings are skipped, nothing recurses."""
    depth = 0
    for token in _TOKENS.finditer(data):
        depth += _STEPS.get(token[0], 0)
        if depth > limit:
            raise LimitError(f"nested more than {limit} deep", place=place, hint="no SBOM needs that depth")


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
    what = "an SPDX 3 document, which is not read yet" if "@context" in document else "no SBOM known here"
    raise FormatError(f"{what}: it has neither bomFormat nor spdxVersion", place=findings.place, hint=_HINT)
