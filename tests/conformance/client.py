"""The command protocol of sigstore-conformance (docs/cli_protocol.md), for attest.

The suite calls `verify-bundle [--staging] --bundle FILE (--certificate-identity I --certificate-oidc-issuer U
| --key PEM) [--trusted-root FILE] FILE_OR_DIGEST` and `sign-bundle [--staging] [--in-toto] --identity-token
TOKEN --bundle FILE [--trusted-root FILE] [--signing-config FILE] FILE`. Run it with `python -m
tests.conformance.client`.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.cli.main import run
from attest.cli.signers import SigningOptions, signing_of
from attest.errors import AttestError

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE: Final = 4


def main(words: Sequence[str]) -> int:
    """Sign or verify as the suite asks; the exit code is the verdict, 0 for accepted."""
    if words and words[0] == "verify-bundle":
        return _verify(words[1:])
    if words and words[0] == "sign-bundle":
        return _sign(words[1:])
    return _USAGE


def _verify(words: Sequence[str]) -> int:
    """A key and a trusted root say all there is to say: then it does not matter which instance is meant."""
    named = "--key" in words or "--trusted-root" in words
    return run(["verify", *(each for each in words if not (named and each == "--staging"))])


def _sign(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="sign-bundle", exit_on_error=False)
    for flag in ("--staging", "--in-toto"):
        parser.add_argument(flag, action="store_true")
    for name in ("--identity-token", "--bundle"):
        parser.add_argument(name, required=True)
    for name in ("--trusted-root", "--signing-config"):
        parser.add_argument(name)
    parser.add_argument("file")
    try:
        asked = parser.parse_args(words)
    except argparse.ArgumentError:
        return _USAGE
    options = SigningOptions(
        identity_token=asked.identity_token,
        trusted_root=asked.trusted_root,
        signing_config=asked.signing_config,
        staging=asked.staging and not asked.signing_config,
    )
    data = Path(asked.file).read_bytes()
    try:
        with tempfile.TemporaryDirectory() as folder:
            signer = signing_of(options, Path(folder) / "journal").signer
            if asked.in_toto:
                bundle = signer.sign_statement(data)
            else:
                bundle = signer.sign_blob(hashlib.sha256(data).hexdigest())
    except AttestError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    Path(asked.bundle).write_bytes(bundle)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
