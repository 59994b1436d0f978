"""Who signs: a private key, or an OpenID Connect token and the Sigstore instance that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.cli.inputs import read_file
from attest.cli.password import read_password
from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.app.keys import PublicKey
    from attest.app.sign import Signer


def signer_of(key: str | None, token: str | None, config: str | None) -> tuple[Signer, PublicKey | None]:
    """The signer that the options name, and its public key where it has one of its own.

    Raises `UsageError` where they name none, or two.
    """
    if key and config:
        raise UsageError(
            "--key and --trust-config exclude each other", hint="sign with the key, or keyless, not both"
        )
    if key:
        from attest.app.keys import key_signer

        signer = key_signer(read_file(key, DEFAULT_LIMITS.key_bytes), key, read_password)
        return signer, signer.key.public
    if not token or not config:
        raise UsageError(
            "it is not said who signs", hint="give --key, or --identity-token and --trust-config"
        )
    from attest.edge.sigstore import SigstoreSigner

    document = read_file(config, DEFAULT_LIMITS.trusted_root_bytes)
    return SigstoreSigner.connect(document, token, file=config), None
