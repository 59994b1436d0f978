"""How artifacts were made: what SLSA provenance says, whichever version says it.

Source: https://slsa.dev/spec/v1.2/build-provenance; in-toto ResourceDescriptor
(https://github.com/in-toto/attestation/blob/v1.1.2/spec/v1/resource_descriptor.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.statement import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that is named: a source, a module, a file. At least one of `uri` and `digests` is there.

    `digests` are algorithm and value, sorted by algorithm.
    """

    name: str = ""
    uri: str = ""
    digests: tuple[tuple[str, str], ...] = ()
    media_type: str = ""

    def digest(self, algorithm: str) -> str:
        """The value for an algorithm, "" where there is none."""
        return dict(self.digests).get(algorithm, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What was built by whom from what.

    `builder_versions` are component and version. `started_on` and `finished_on` are UTC, None where they are
    not said; `invocation_id` is "" then.
    """

    builder_id: str
    build_type: str
    external_parameters: Mapping[str, Json]
    internal_parameters: Mapping[str, Json] = field(default_factory=dict)
    dependencies: tuple[Resource, ...] = ()
    builder_versions: tuple[tuple[str, str], ...] = ()
    invocation_id: str = ""
    started_on: datetime | None = None
    finished_on: datetime | None = None
    byproducts: tuple[Resource, ...] = ()
