"""The verifying half of the command protocol of sigstore-conformance (docs/cli_protocol.md), for attest.

The suite calls `verify-bundle [--staging] --bundle FILE (--certificate-identity I --certificate-oidc-issuer U
| --key PEM) [--trusted-root FILE] FILE_OR_DIGEST`. Run it with `python -m tests.conformance.client`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.cli.main import run
from attest.trust.sigstore_compat import embedded_root

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE: Final = 4


def main(words: Sequence[str]) -> int:
    """Verify as the suite asks; the exit code is the verdict, 0 for accepted."""
    if not words or words[0] != "verify-bundle":
        return _USAGE
    options = [each for each in words[1:-1] if each != "--staging"]
    if "--key" in options or "--trusted-root" in options:
        return run(["verify", *options, words[-1]])
    root = embedded_root("staging" if "--staging" in words else "public-good")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trusted_root.json"
        file.write_bytes(root)
        return run(["verify", *options, "--trusted-root", str(file), words[-1]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
