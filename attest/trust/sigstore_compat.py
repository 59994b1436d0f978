"""What attest takes from the private parts of the sigstore library: the trusted roots that it carries.

Written against sigstore 4.5. Nothing of the library is run for it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

#: The roots that come with the library, by what attest calls them: the folder is named after the repository.
EMBEDDED: Final = {
    "public-good": "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev",
    "staging": "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev",
}


def embedded_root(name: str) -> bytes:
    """The trusted root of a public Sigstore instance as it came with the library (`EMBEDDED`)."""
    return (files("sigstore._store") / EMBEDDED[name] / "trusted_root.json").read_bytes()
