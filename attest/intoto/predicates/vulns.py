"""Vulnerability scans: what a scanner found, with which database, and when.

Sources: https://github.com/in-toto/attestation/blob/v1.1.2/spec/predicates/vulns.md and vulns_02.md there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.intoto.predicates.fields import filled, text, time, uri

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.limits import Limits
    from attest.model.strict_json import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """A finding of the scanner; `severities` are method and score, in the order of the document."""

    id: str
    severities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VulnerabilityScan:
    """One scan. Times are UTC, None where they are not said; no finding is a statement too."""

    scanner: str
    scanner_version: str
    found: tuple[Vulnerability, ...]
    database_updated: datetime | None = None
    started_on: datetime | None = None
    finished_on: datetime | None = None


def read_vulns(node: Node, limits: Limits) -> VulnerabilityScan:
    """The predicates https://in-toto.io/attestation/vulns/v0.1 and /v0.2.

    `scanner.result` must be there, empty or not: a scan that does not say what it found found nothing out.
    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    scanner = node.need("scanner")
    database, metadata = scanner.get("db"), node.get("metadata")
    return VulnerabilityScan(
        scanner=uri(scanner, "uri"),
        scanner_version=text(scanner, "version"),
        found=tuple(_found(each, limits) for each in scanner.need("result").items(limits.predicate_items)),
        database_updated=time(database, "lastUpdate") if database else None,
        started_on=time(metadata, "scanStartedOn") if metadata else None,
        finished_on=time(metadata, "scanFinishedOn") if metadata else None,
    )


def _found(node: Node, limits: Limits) -> Vulnerability:
    severities = node.get("severity")
    # A single object and a list of them both occur.
    each = (
        []
        if severities is None
        else severities.items(limits.predicate_items)
        if isinstance(severities.value, list)
        else [severities]
    )
    return Vulnerability(
        id=filled(node, "id"),
        severities=tuple((text(one, "method"), text(one, "score")) for one in each),
    )
