"""What attest takes from the private parts of the sigstore library: what it carries of public instances.

Written against sigstore 4.5. Nothing of the library is run for it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final
from urllib.parse import unquote

#: The roots that come with the library, by what attest calls them: the folder is named after the repository.
EMBEDDED: Final = {
    "public-good": "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev",
    "staging": "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev",
}


#: Where the TUF repositories of these instances are.
TUF_URLS: Final = {name: unquote(folder) for name, folder in EMBEDDED.items()}


def embedded_tuf_root(name: str) -> bytes:
    """The TUF root metadata of a public instance, by which its repository is believed."""
    return (files("sigstore._store") / EMBEDDED[name] / "root.json").read_bytes()


def embedded_root(name: str) -> bytes:
    """The trusted root of a public Sigstore instance as it came with the library (`EMBEDDED`)."""
    return (files("sigstore._store") / EMBEDDED[name] / "trusted_root.json").read_bytes()


def embedded_services(name: str) -> bytes:
    """The signing configuration of a public Sigstore instance, which says where its services are."""
    return (files("sigstore._store") / EMBEDDED[name] / "signing_config.v0.2.json").read_bytes()
