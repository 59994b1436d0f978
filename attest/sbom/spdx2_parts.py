"""The parts of an SPDX 2.3 document, of which every form of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.sbom.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a document as the library models them; `statements` are by the element they are about."""

    info: Any
    packages: tuple[Any, ...]
    relationships: tuple[Any, ...]
    statements: Mapping[str, tuple[Statement, ...]]
    extracted: tuple[Any, ...]

    def annotations(self, identifier: str) -> list[dict[str, str]]:
        """The statements about an element as annotations, as JSON has them."""
        from spdx_tools.spdx.datetime_conversions import datetime_to_iso_string

        date = datetime_to_iso_string(self.info.created)
        annotator = f"Tool: {self.info.creators[0].name}"
        return [
            {
                "annotationDate": date,
                "annotationType": "OTHER",
                "annotator": annotator,
                "comment": f"{name}={value}",
            }
            for name, value in self.statements[identifier]
        ]
