"""Signers on a Sigstore of the tests, whose calls give up soon."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attest.app.sign import configuration_of, logged_signing
from attest.edge.kept import Connections
from attest.edge.services import Patience, ServiceCalls
from tests.sigstack.instance import EMAIL_CLAIMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attest.model.ports import Journal
    from attest.signing.logged import LoggedSigner
    from tests.sigstack.instance import Instance

SOON = Patience(silence=5, attempt=10, altogether=20, longest=0.01, attempts=2)


def calls(patience: Patience = SOON) -> ServiceCalls:
    return ServiceCalls(connections=Connections(64), patience=patience)


def utc_now() -> datetime:
    return datetime.now(UTC)


def connect(
    stack: Instance,
    claims: Mapping[str, str] = EMAIL_CLAIMS,
    *,
    token: str = "",
    config: bytes = b"",
    patience: Patience = SOON,
    journal: Journal | None = None,
    now: Callable[[], datetime] = utc_now,
) -> LoggedSigner:
    configuration = configuration_of(config or stack.trust_config(), "trust.json", now())
    signing = logged_signing(
        configuration, token or stack.token(claims), calls(patience), now=now, journal=journal
    )
    assert signing.logged is not None
    return signing.logged
