"""What the fields of many predicates have in common: times, URIs and resource descriptors.

Sources: https://github.com/in-toto/attestation/blob/v1.1.2/spec/v1/field_types.md and
resource_descriptor.md there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.intoto.digests import read_digests
from attest.model.provenance import Resource

if TYPE_CHECKING:
    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.model.strict_json import Node

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z")
#: A URI: a scheme, and no blank behind it.
URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z")


def text(node: Node, key: str) -> str:
    """The string `key`, "" where it is absent."""
    found = node.get(key)
    return found.text() if found else ""


def filled(node: Node, key: str) -> str:
    """The string `key`, which must be there and not be empty."""
    found = node.need(key)
    if not found.text():
        raise found.fail("is empty")
    return found.text()


def uri(node: Node, key: str) -> str:
    """The URI `key`, which must be there."""
    found = node.need(key)
    if not URI.match(found.text()):
        raise found.fail(f"is {found.text()[:80]!r}, which is no URI")
    return found.text()


def time(node: Node, key: str) -> datetime | None:
    """The time `key` (RFC 3339), None where it is absent."""
    found = node.get(key)
    if found is None:
        return None
    value = found.text()
    if not _TIME.match(value):
        raise found.fail(f"is {value[:80]!r}, which is no time (RFC 3339)")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise found.fail(f"is {value[:80]!r}, which is no time (RFC 3339)") from error


def members(node: Node, key: str) -> dict[str, Json]:
    """The object `key`, empty where it is absent."""
    found = node.get(key)
    return found.object() if found else {}


def resources(node: Node, key: str, limits: Limits) -> tuple[Resource, ...]:
    """The list of resource descriptors `key`, empty where it is absent."""
    found = node.get(key)
    return tuple(_resource(each) for each in found.items(limits.predicate_items)) if found else ()


def _resource(node: Node) -> Resource:
    digest = node.get("digest")
    found = Resource(
        name=text(node, "name"),
        uri=text(node, "uri"),
        digests=read_digests(digest) if digest and digest.object() else (),
        media_type=text(node, "mediaType"),
    )
    if not (found.uri or found.digests or node.get("content")):
        raise node.fail("has neither uri, digest nor content: it names nothing")
    return found


def strings(node: Node, key: str, limits: Limits) -> tuple[str, ...]:
    """The list of strings `key`, empty where it is absent."""
    found = node.get(key)
    return tuple(each.text() for each in found.items(limits.predicate_items)) if found else ()


def descriptor(resource: Resource) -> Json:
    """A resource as predicates write it; what is not known is left out."""
    return told(
        {
            "name": resource.name,
            "uri": resource.uri,
            "digest": dict(resource.digests),
            "mediaType": resource.media_type,
        }
    )


def told(members: dict[str, Json]) -> dict[str, Json]:
    """The members that say something."""
    return {key: value for key, value in members.items() if value not in ("", {}, [])}
