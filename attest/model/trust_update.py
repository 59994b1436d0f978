"""The trust of a Sigstore instance as its TUF repository gave it out, and when that was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

#: The files that the TUF repository of a Sigstore instance gives out (sigstore/root-signing, targets/).
TRUSTED_ROOT: Final = "trusted_root.json"
SIGNING_CONFIG: Final = "signing_config.v0.2.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TufRole:
    """The metadata of one top-level role: its version, and until when the repository vouches for it (UTC)."""

    name: str
    version: int
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustUpdate:
    """That trust was taken from the TUF repository `url` at `time` (UTC), by these roles."""

    url: str
    time: datetime
    roles: tuple[TufRole, ...]

    @property
    def expires(self) -> datetime:
        """When the first of the roles ends: who vouches for less time may be hiding what came later."""
        return min((each.expires for each in self.roles), default=datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class TufFiles:
    """What a refreshed TUF repository vouches for: its roles, and the files that were asked for, by name."""

    roles: tuple[TufRole, ...]
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceTrust:
    """What is trusted of a Sigstore instance: its trusted root, and where its services are.

    `update` is None for what comes with attest.
    """

    name: str
    trusted_root: bytes
    signing_config: bytes
    update: TrustUpdate | None = None
