"""Step 2: every file of the release directory is bound to one slot, one extra or an ignore rule.

Files are bound by their exact path. What is left over is told apart here (evidence, SBOM documents, nothing
known), by content and never by name, and judged by the check `artifact-unexpected`.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.sbom.read import is_document, load, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attest.model.release import Inventory, ReleaseFile
    from attest.model.statement import Json
    from attest.policy.model import Extra, Ignored, Policy, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Which file is what. Lists are sorted by path.

    `files` are the regular files by path. `slots` and `extras` are all of the policy's, each with its file or
    None; only regular files are bound. `sboms` are files that are bound to nothing and are SBOM documents by
    content, each with its JSON value, or None where it is in a form that is no JSON; `leftover` is the rest,
    directories and links included, without the evidence in `evidence`.
    """

    inventory: Inventory
    files: Mapping[str, ReleaseFile]
    slots: tuple[tuple[Slot, ReleaseFile | None], ...]
    extras: tuple[tuple[Extra, ReleaseFile | None], ...]
    ignored: tuple[tuple[Ignored, ReleaseFile | None], ...]
    evidence: tuple[ReleaseFile, ...]
    sboms: tuple[tuple[ReleaseFile, Json], ...]
    leftover: tuple[ReleaseFile, ...]

    def file(self, slot: Slot) -> ReleaseFile | None:
        """The file in a slot."""
        return self.files.get(slot.path)

    def subjects(self) -> dict[str, tuple[str, ...]]:
        """Paths by SHA-256, of every file that evidence may be about: all but the evidence itself."""
        evidence = {file.path for file in self.evidence}
        found: dict[str, list[str]] = {}
        for file in self.inventory.files:
            if file.identity is not None and file.path not in evidence:
                found.setdefault(file.identity.sha256, []).append(file.path)
        return {digest: tuple(sorted(paths)) for digest, paths in found.items()}


def bind(policy: Policy, inventory: Inventory, evidence: Iterable[str]) -> Binding:
    """Bind all files; `evidence` are the paths of files that are bundles by content."""
    by_path = {file.path: file for file in inventory.files if file.kind == "file"}
    slots = tuple((slot, by_path.get(slot.path)) for slot in policy.slots)
    extras = tuple((extra, by_path.get(extra.path)) for extra in policy.extras)
    ignored = tuple((rule, by_path.get(rule.path)) for rule in policy.ignored)
    named = {slot.path for slot in policy.slots}
    named |= {extra.path for extra in policy.extras} | {rule.path for rule in policy.ignored}
    bundles = set(evidence)
    inhabited = {folder for path in by_path for folder in _folders(path)}
    sboms: list[tuple[ReleaseFile, Json]] = []
    leftover, pieces = [], []
    for file in sorted(inventory.files, key=lambda each: each.path):
        if file.kind == "file" and file.path in named:
            continue
        if file.kind == "file" and file.path in bundles:
            pieces.append(file)
        elif file.kind == "file" and (document := sbom_document(file.content)) is not None:
            sboms.append((file, document))
        elif file.kind == "file" and is_other_sbom(file.path, file.content):
            sboms.append((file, None))
        elif file.kind != "directory" or file.path not in inhabited:
            leftover.append(file)
    return Binding(
        inventory=inventory,
        files=by_path,
        slots=slots,
        extras=extras,
        ignored=ignored,
        evidence=tuple(pieces),
        sboms=tuple(sboms),
        leftover=tuple(leftover),
    )


def _folders(path: str) -> Iterator[str]:
    """Every directory above a file. One that holds files is not judged itself: its files are, one by one."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def sbom_document(content: bytes | None) -> Json:
    """The JSON value of a file that is an SPDX or CycloneDX document by content, else None."""
    if content is None:
        return None
    try:
        value: Json = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    context = value.get("@context")
    spdx3 = isinstance(context, str) and "spdx.org/rdf/3" in context
    return value if spdx3 or "spdxVersion" in value or value.get("bomFormat") == "CycloneDX" else None


def is_other_sbom(path: str, content: bytes | None) -> bool:
    """Tell whether a file is an SBOM in a form that is no JSON: XML, YAML, tag:value or RDF/XML.

    What looks like one and cannot be read is none: it is left over then, which denies.
    """
    if content is None or content.lstrip()[:1] in (b"", b"{", b"["):
        return False
    if not is_document(content):
        return False
    try:
        read(load(content, file=path), file=path)
    except AttestError:
        return False
    return True


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object without duplicate names, which two readers would read in two ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate names")
    return found


def _no_constant(name: str) -> Json:
    """NaN and the infinities are no JSON."""
    raise ValueError(name)


def canonical(value: object) -> str:
    """One text for one JSON value: order of names does not count, the types of numbers do."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def folded(path: str) -> str:
    """A path as file systems that ignore case and Unicode composition see it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
