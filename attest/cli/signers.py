"""Who signs: a private key, or an OpenID Connect token and the Sigstore instance that takes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.cli.inputs import read_file
from attest.cli.password import read_password
from attest.errors import UsageError
from attest.model import pkcs11_uri
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.app.keys import KeySource, PublicKey
    from attest.app.sign import Signer

_COMMAND: Final = "exec:"
_MODULE_VARIABLE: Final = "PKCS11_MODULE_PATH"


def signer_of(key: str | None, token: str | None, config: str | None) -> tuple[Signer, PublicKey | None]:
    """The signer that the options name, and its public key where it has one of its own.

    `key` is a file, `pkcs11:URI` or `exec:COMMAND`. Raises `UsageError` where they name none, or two.
    """
    if key and config:
        raise UsageError(
            "--key and --trust-config exclude each other", hint="sign with the key, or keyless, not both"
        )
    if key:
        from attest.app.keys import external_signer, key_signer

        source = key_source(key)
        if source is not None:
            signer = external_signer(source)
        else:
            signer = key_signer(read_file(key, DEFAULT_LIMITS.key_bytes), key, read_password)
        return signer, signer.key.public
    if not token or not config:
        raise UsageError(
            "it is not said who signs", hint="give --key, or --identity-token and --trust-config"
        )
    from attest.edge.sigstore import SigstoreSigner

    document = read_file(config, DEFAULT_LIMITS.trusted_root_bytes)
    return SigstoreSigner.connect(document, token, file=config), None


def key_source(key: str) -> KeySource | None:
    """Where a key lies that `pkcs11:URI` or `exec:COMMAND` names; None for the name of a file.

    Raises `UsageError` for what is no such URI or command, `ServiceError` where a token does not answer.
    """
    if key.startswith(_COMMAND):
        from attest.edge.command_signer import CommandSigner

        return CommandSigner.of(key.removeprefix(_COMMAND), os.environ)
    if not key.startswith(pkcs11_uri.SCHEME):
        return None
    from attest.edge.pkcs11_token import TokenKey

    uri = pkcs11_uri.parse(key)
    module = uri.module_path or os.environ.get(_MODULE_VARIABLE, "")
    if not Path(module).is_absolute():
        raise UsageError(
            "the PKCS#11 module is not named by its whole path" if module else "no PKCS#11 module is named",
            hint=f"add ?module-path=/path/to/module.so to the URI, or set {_MODULE_VARIABLE}",
        )

    def pin() -> bytes:
        if uri.pin_value:
            return uri.pin_value.encode()
        if uri.pin_source:
            data = read_file(uri.pin_source, DEFAULT_LIMITS.password_bytes)
            return data.removesuffix(b"\n").removesuffix(b"\r")
        return read_password(what="PIN of the token")

    return TokenKey.open(uri, module, pin)
