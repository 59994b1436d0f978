"""What is trusted of a public Sigstore instance: what an update brought, else what attest has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from attest.model.limits import DEFAULT_LIMITS
from attest.render.escape import escape

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.trust_update import InstanceTrust


def instance_trust(name: str, now: datetime, *, quiet: bool = False) -> InstanceTrust:
    """The trust of "public-good" or "staging"; one that is out of date is told on standard error.

    Nobody is asked. Raises `FormatError`, `LimitError` and `ReadError` for an update that cannot be read.
    """
    from attest.app import trust
    from attest.edge.state import TrustFolder, find_state_folder

    kept = TrustFolder(state=find_state_folder(), name=name)
    found = trust.current(name, kept.read(DEFAULT_LIMITS.updated_trust_bytes), str(kept.file))
    warning = trust.warning_about(found, now)
    if warning and not quiet:
        sys.stderr.write(f"attest: note: {escape(warning)}\n")
    return found
