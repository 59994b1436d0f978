"""Modules whose zip, noted hash and extracted directory agreed, remembered with the state they were in.

The state is the identities (`attest.model.ports.Entry.identity`) of the zip and of every file of the
directory, so that a record is about no other content on this machine. It is believed where the user says so,
and nowhere else: whoever can write to the cache can write any record.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, ReadError

if TYPE_CHECKING:
    from attest.go.dirhash import Listing
    from attest.model.module import ModuleVersion
    from attest.model.ports import Cache, Tree

#: Changed whenever modules are hashed or listed in another way, or the written form is another.
VERSION: Final = "hashes 1"


def record(tree: Tree, name: str, listed: Listing | AttestError | None, digest: str) -> str:
    """That the zip `name` and the directory, as they lie there now, have the hash `digest`.

    "" where one of them could change without being told apart, and where there is neither.
    To be asked before they are read, so that what changes meanwhile has another record.
    """
    zipped = ""
    try:
        if tree.exists(name):
            folder, _, base = name.rpartition("/")
            zipped = next((each.identity for each in tree.entries(folder) if each.name == base), "")
            if not zipped:
                return ""
    except ReadError:
        return ""
    if isinstance(listed, AttestError) or (listed and not listed.state):
        return ""
    if not zipped and listed is None:
        return ""
    state = hashlib.sha256(f"{zipped}\0{listed.state if listed else ''}".encode()).hexdigest()
    return f"{digest} {state}"


def load(cache: Cache, tree: Tree, module: ModuleVersion) -> str:
    """The record of a module that an earlier run left, "" where there is none."""
    return (cache.get(_key(tree, module)) or b"").decode("ascii", "replace")


def store(cache: Cache, tree: Tree, module: ModuleVersion, known: str) -> None:
    """Remember the record of a module in this module cache; an older one is forgotten."""
    cache.put(_key(tree, module), known.encode())


def _key(tree: Tree, module: ModuleVersion) -> str:
    return f"{VERSION} {tree.where} {module}"
