"""Who signs: a private key, or whoever an identity token names, and the Sigstore instance that is asked."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.cli.inputs import read_file
from attest.cli.instances import instance_trust
from attest.cli.password import read_password
from attest.edge.clock import system_now
from attest.errors import UsageError
from attest.model import pkcs11_uri
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.app.keys import KeySigner, KeySource, SigningKey
    from attest.app.sign import Configuration, Signing

_COMMAND: Final = "exec:"
_MODULE_VARIABLE: Final = "PKCS11_MODULE_PATH"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOptions:
    """Who signs and where, as the command line says it; a key is a file, `pkcs11:URI` or `exec:COMMAND`."""

    key: str | None = None
    identity_token: str | None = None
    trust_config: str | None = None
    trusted_root: str | None = None
    signing_config: str | None = None
    staging: bool = False

    def check(self) -> None:
        """Raise `UsageError` for options that do not go together."""
        if bool(self.trusted_root) != bool(self.signing_config):
            raise UsageError(
                "--trusted-root and --signing-config go together",
                hint="give both, or --trust-config, which has both in it",
            )
        given = {
            "--trust-config": self.trust_config,
            "--signing-config": self.signing_config,
            "--staging": self.staging,
        }
        names = [name for name, value in given.items() if value]
        if len(names) > 1:
            raise UsageError(
                f"{' and '.join(names)} exclude each other", hint="name one Sigstore instance to sign with"
            )

    @property
    def instance(self) -> bool:
        """Whether a Sigstore instance is named."""
        return bool(self.trust_config or self.signing_config or self.staging)


def signing_of(options: SigningOptions, journal: Path) -> Signing:
    """Who signs. What is signed with services is kept in the folder `journal` until it is written.

    Without --key it is whoever the token names: the one that is given, that of the build service, or, in a
    terminal, of the person who logs in. Raises `UsageError` where there is none of them.
    """
    options.check()
    if options.key and not options.instance:
        from attest.app.sign import key_signing

        return key_signing(key_signer_of(options.key))
    from attest.app.sign import logged_signing
    from attest.edge.journal import JournalFolder
    from attest.edge.services import ServiceCalls

    configuration = configuration_for(options)
    who: str | SigningKey
    if options.key:
        who = key_signer_of(options.key).key
    else:
        issuer = configuration.issuer.url if configuration.issuer else ""
        who = token_for(options.identity_token, issuer)
    services = ServiceCalls.of(os.environ)
    return logged_signing(configuration, who, services, now=system_now, journal=JournalFolder(folder=journal))


def configuration_for(options: SigningOptions) -> Configuration:
    """The instance that the options name; without any, the public good instance."""
    from attest.app.sign import configuration_apart, configuration_of, instance_configuration

    limit, now = DEFAULT_LIMITS.trusted_root_bytes, system_now()
    if options.trust_config:
        return configuration_of(read_file(options.trust_config, limit), options.trust_config, now)
    if options.trusted_root and options.signing_config:
        return configuration_apart(
            read_file(options.trusted_root, limit),
            options.trusted_root,
            read_file(options.signing_config, limit),
            options.signing_config,
            now,
        )
    trust = instance_trust("staging" if options.staging else "public-good", now)
    return instance_configuration(trust, now)


def describe_signer(options: SigningOptions) -> str:
    """Who would sign, as far as that is known without asking anybody."""
    if options.key:
        public = key_signer_of(options.key).key.public
        return f"the key sha256:{public.sha256} ({public.algorithm})"
    if not options.identity_token:
        return "whoever the identity token names that the build service gives, or who logs in"
    from attest.app.sign import token_identity

    return token_identity(token_for(options.identity_token, ""), system_now())


def token_for(given: str | None, issuer: str) -> str:
    """The identity token: itself, "-" for standard input, or the file that it stands in."""
    from attest.app.sign import looks_like_token
    from attest.edge.identity import ambient_token, asked_token

    if given:
        if looks_like_token(given):
            return given
        limit = DEFAULT_LIMITS.identity_token_bytes
        # One byte more than may be: what is too long is told by whoever reads the token.
        data = sys.stdin.buffer.read(limit + 1) if given == "-" else read_file(given, limit)
        return data.decode("utf-8", "replace").strip()
    found = ambient_token()
    if found:
        return found
    if sys.stdin.isatty() and sys.stderr.isatty() and issuer:
        return asked_token(issuer)
    raise UsageError(
        "it is not said who signs",
        hint="give --key or --identity-token; without both, it takes a build service that hands out identity"
        " tokens, or a terminal to log in",
    )


def key_signer_of(key: str) -> KeySigner:
    """A signer with the key that `--key` names; raises what its source raises."""
    from attest.app.keys import external_signer, key_signer

    source = key_source(key)
    if source is not None:
        return external_signer(source)
    return key_signer(read_file(key, DEFAULT_LIMITS.key_bytes), key, read_password)


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
