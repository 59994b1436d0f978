"""The run of a build service in which a release is made, as far as it can be seen from inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.statement import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRun:
    """Who builds what, for provenance.

    `service` is what people call it. `source` is the URI of the repository in SPDX's download-location form
    with the ref, "" where it has no address; `commit` is hexadecimal, "" where it is not known. `tag` is the
    tag that is built, "" for none. `started_on` is UTC.
    """

    service: str
    builder_id: str
    build_type: str
    external_parameters: Mapping[str, Json]
    internal_parameters: Mapping[str, Json] = field(default_factory=dict)
    source: str = ""
    commit: str = ""
    tag: str = ""
    invocation_id: str = ""
    started_on: datetime | None = None
