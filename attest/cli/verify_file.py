"""`attest verify FILE_OR_DIGEST`: one file against one bundle, in cosign's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.cli.inputs import directory, open_file, read_file
from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.pieces import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.app.verify_file import Detached, Document, Expected
    from attest.model.verdict import Verdict

_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")


def verify_one(
    target: str,
    options: Mapping[str, str | None],
    now: datetime,
    *,
    staging: bool = False,
    layout: bool = False,
    quiet: bool = False,
) -> Verdict:
    """Judge a file, or the digest `sha256:<hex>`; `options` are those of the command line by name.

    An identity without a trusted root is that of a public instance: the public good one, or `staging`.
    """
    from attest.app.verify_file import Expected, verify_file

    if staging and (options["--trusted-root"] or options["--key"]):
        raise UsageError(
            "--staging goes with neither --trusted-root nor --key", hint="name what is to be trusted"
        )
    digest = "" if layout else _digest(target)
    identity = options["--certificate-identity"] or options["--certificate-identity-regexp"]
    expected = Expected(
        key=_document(options["--key"], DEFAULT_LIMITS.key_bytes),
        trusted_root=_document(options["--trusted-root"], DEFAULT_LIMITS.trusted_root_bytes)
        or (_public(now, staging=staging, quiet=quiet) if identity and not options["--key"] else None),
        identity=options["--certificate-identity"] or "",
        identity_regexp=options["--certificate-identity-regexp"] or "",
        issuer=options["--certificate-oidc-issuer"],
        type=options["--type"] or "",
    )
    if options["--image"] is not None or layout:
        return _verify_image(target, options, expected, now)
    evidence = _evidence(options)
    if digest:
        return verify_file(target, digest, 0, evidence, expected=expected, now=now)
    with open_file(target) as file:
        sha256 = sha256_of(file.data)
        return verify_file(target, sha256, file.size, evidence, expected=expected, now=now, content=file.data)


def _verify_image(
    target: str, options: Mapping[str, str | None], expected: Expected, now: datetime
) -> Verdict:
    from attest.app.verify_image import verify_image

    for name in ("--bundle", "--signature", "--certificate", "--rfc3161-timestamp"):
        if options[name] is not None:
            raise UsageError(
                f"{name} does not go with --oci-layout", hint="what is attached to the image is its evidence"
            )
    return verify_image(directory(target), options["--image"] or "", expected=expected, now=now)


def _evidence(options: Mapping[str, str | None]) -> Document | Detached | None:
    """The bundle, or the signature in a file of its own; `UsageError` where it is not said which."""
    from attest.app.verify_file import Detached

    signature = _document(options["--signature"], DEFAULT_LIMITS.bundle_bytes)
    for name in ("--certificate", "--rfc3161-timestamp"):
        if options[name] is not None and signature is None:
            raise UsageError(
                f"{name} belongs to a signature in a file of its own", hint="name that with --signature"
            )
    if signature is None:
        return _document(options["--bundle"], DEFAULT_LIMITS.bundle_bytes)
    if options["--bundle"] is not None:
        raise UsageError("--signature and --bundle exclude each other", hint="a bundle holds its signature")
    if options["--certificate"] is not None and options["--key"] is not None:
        raise UsageError("--certificate and --key exclude each other", hint="name who signed in one way")
    return Detached(
        signature=signature,
        certificate=_document(options["--certificate"], DEFAULT_LIMITS.bundle_bytes),
        timestamp=_document(options["--rfc3161-timestamp"], DEFAULT_LIMITS.bundle_bytes),
    )


def _document(file: str | None, limit: int) -> Document | None:
    from attest.app.verify_file import Document

    return None if file is None else Document(file=file, data=read_file(file, limit))


def _public(now: datetime, *, staging: bool, quiet: bool) -> Document:
    from attest.app.trust import source_of
    from attest.app.verify_file import Document
    from attest.cli.instances import instance_trust

    trust = instance_trust("staging" if staging else "public-good", now, quiet=quiet)
    return Document(file=trust.name, data=trust.trusted_root, source=source_of(trust))


def _digest(target: str) -> str:
    """The digest that the target is; "" where it is a file."""
    if not target.startswith("sha256:"):
        return ""
    found = _DIGEST.fullmatch(target)
    if not found:
        raise UsageError(
            f"{target!r} is no digest", hint="write sha256: and 64 hexadecimal digits in lower case"
        )
    return found[1]
