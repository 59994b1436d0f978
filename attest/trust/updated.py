"""The file in which updated trust is kept: one for an instance, so that it is replaced in one step.

The documents stand in it as they came, to the byte: their SHA-256 is what policies pin.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.strict_json import Node, loads
from attest.model.time import rfc3339
from attest.model.trust_update import InstanceTrust, TrustUpdate, TufRole

_SCHEMA: Final = "attest/updated-trust/v1"
_HINT: Final = "run attest trust update, which makes it anew"


def write_updated(trust: InstanceTrust, update: TrustUpdate) -> bytes:
    """The file that keeps this trust."""
    document = {
        "schema": _SCHEMA,
        "url": update.url,
        "time": rfc3339(update.time),
        "roles": [
            {"name": each.name, "version": each.version, "expires": rfc3339(each.expires)}
            for each in update.roles
        ],
        "trusted_root": trust.trusted_root.decode(),
        "signing_config": trust.signing_config.decode(),
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def read_updated(data: bytes, name: str, file: str, limits: Limits = DEFAULT_LIMITS) -> InstanceTrust:
    """The trust of the instance `name` that `file` keeps.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError`: what cannot be read is not replaced by
    the older trust that comes with attest.
    """
    value = loads(data, file=file, max_bytes=limits.updated_trust_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=file)
    schema = node.need("schema")
    if schema.text() != _SCHEMA:
        raise schema.fail("is no updated trust that is known here", hint=_HINT)
    roles = node.need("roles").items(limits.trusted_roots)
    return InstanceTrust(
        name=name,
        trusted_root=node.need("trusted_root").text().encode(),
        signing_config=node.need("signing_config").text().encode(),
        update=TrustUpdate(
            url=node.need("url").text(),
            time=_time(node.need("time")),
            roles=tuple(
                TufRole(
                    name=each.need("name").text(),
                    version=each.need("version").int64(),
                    expires=_time(each.need("expires")),
                )
                for each in roles
            ),
        ),
    )


def _time(node: Node) -> datetime:
    try:
        return datetime.fromisoformat(node.text()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise node.fail("is no time", hint=_HINT) from error
