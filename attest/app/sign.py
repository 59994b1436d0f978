"""Sign files and what is said about them: digests and documents in, named bundles out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import LimitError, UsageError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS, KIB, Limits
from attest.model.place import Place
from attest.model.statement import CYCLONEDX_PREDICATE, SPDX_PREDICATE, Subject
from attest.model.strict_json import Node, loads
from attest.signing.signer import Signer

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["PREDICATES", "Signer", "sign_documents", "sign_files"]

#: The part of a bundle's name that tells what its statement says, and the predicate type of each.
PREDICATES: Final = {"cdx": CYCLONEDX_PREDICATE, "spdx": SPDX_PREDICATE}
_BUNDLE_FRAME: Final = 64 * KIB  # what a bundle needs beside its payload


def sign_files(signer: Signer, files: Mapping[str, str]) -> dict[str, bytes]:
    """A message signature for each file (name to SHA-256, hexadecimal), as `NAME.sigstore.json`.

    Raises what the signer raises.
    """
    return {f"{name}.sigstore.json": signer.sign_blob(sha256) for name, sha256 in sorted(files.items())}


def sign_documents(
    signer: Signer,
    name: str,
    subjects: Mapping[str, str],
    documents: Mapping[str, bytes],
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, bytes]:
    """A signed statement for each document (`spdx`, `cdx`: JSON), as `NAME.KIND.intoto.sigstore.json`.

    The statement says of `subjects` (file names to SHA-256, hexadecimal) that this is their document.
    Raises `UsageError` for an unknown kind, `FormatError` for a document that is no JSON object,
    `LimitError` for one that is too large to be verified again, and what the signer raises.
    """
    return {
        f"{name}.{kind}.intoto.sigstore.json": signer.sign_statement(
            _statement(subjects, kind, document, name, limits)
        )
        for kind, document in sorted(documents.items())
    }


def _statement(subjects: Mapping[str, str], kind: str, document: bytes, name: str, limits: Limits) -> bytes:
    if kind not in PREDICATES:
        raise UsageError(
            f"no predicate type is known for {kind!r}", hint=f"one of {', '.join(sorted(PREDICATES))}"
        )
    file = f"{name}.{kind}.json"
    value = loads(document, file=file, max_bytes=limits.sbom_bytes, max_depth=limits.json_depth)
    payload = statement.build(
        [Subject(name=each, sha256=sha256) for each, sha256 in subjects.items()],
        PREDICATES[kind],
        Node(value=value, file=file).object(),
    )
    if len(payload) * 4 // 3 + _BUNDLE_FRAME > limits.bundle_bytes:
        raise LimitError(
            f"a statement of {len(payload)} bytes makes a bundle of more than {limits.bundle_bytes}"
            " bytes, which no gate would read",
            place=Place(file=file),
            hint="sign a smaller document",
        )
    return payload
