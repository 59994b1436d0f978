"""In-toto statements: what is said (predicate) about which files (subjects).

Source: https://github.com/in-toto/attestation/blob/v1.1.2/spec/v1/statement.md; statements v0.1, which cosign
writes, are read too. A subject binds only by its SHA-256; its other digests are carried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.intoto.digests import read_digests
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.statement import Statement, Subject
from attest.model.strict_json import Node, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attest.model.statement import Json

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
_READ_TYPES: Final = (STATEMENT_TYPE, "https://in-toto.io/Statement/v0.1")
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_TYPE_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z")
_STATEMENT: Final = "statement"


def build(subjects: Sequence[Subject], predicate_type: str, predicate: Mapping[str, Json]) -> bytes:
    """A statement v1 as bytes: the same for the same input, subjects sorted by name and digest.

    Raises `attest.errors.FormatError` for no subject, a digest that is no SHA-256 in lower-case
    hexadecimal, and a predicate type that is no URI.
    """
    if not subjects:
        raise _no_statement("a statement without subjects is about nothing", "name at least one file")
    for subject in subjects:
        if not _SHA256.match(subject.sha256):
            raise _no_statement(
                f"{subject.sha256[:80]!r} is no SHA-256", "give 64 lower-case hexadecimal digits"
            )
    if not _TYPE_URI.match(predicate_type):
        raise _no_statement(f"{predicate_type[:80]!r} is no predicate type", "give a URI")
    return dumps(
        {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": each.name, "digest": {"sha256": each.sha256}}
                for each in sorted(subjects, key=lambda subject: (subject.name, subject.sha256))
            ],
            "predicateType": predicate_type,
            "predicate": dict(predicate),
        }
    )


def parse(payload: bytes, file: str = _STATEMENT, limits: Limits = DEFAULT_LIMITS) -> Statement:
    """The statement that the JSON document `payload` is; `file` is what errors call it.

    Raises `attest.errors.FormatError` for what breaks the specification or names no subject by its SHA-256,
    and `attest.errors.LimitError` for more subjects or levels than `limits` allow.
    """
    value = loads(payload, file=file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    root = Node(value=value, file=file)
    kind = root.need("_type")
    if kind.text() not in _READ_TYPES:
        raise kind.fail(f"is {kind.text()[:80]!r}, not an in-toto statement v1 or v0.1")
    subjects = root.need("subject").items(limits.subjects)
    if not subjects:
        raise root.fail("has no subject: it is about nothing")
    read = tuple(_subject(each) for each in subjects)
    if not any(each.sha256 for each in read):
        raise root.need("subject").fail(
            "names no file by its sha256, by which a statement is bound to a file"
        )
    predicate_type = root.need("predicateType")
    if not _TYPE_URI.match(predicate_type.text()):
        raise predicate_type.fail(f"is {predicate_type.text()[:80]!r}, which is no URI")
    predicate = root.get("predicate")
    return Statement(
        subjects=read,
        predicate_type=predicate_type.text(),
        predicate=predicate.object() if predicate else {},
        payload=payload,
    )


def _subject(node: Node) -> Subject:
    name = node.get("name")
    digests = dict(read_digests(node.need("digest")))
    sha256 = digests.pop("sha256", "")
    return Subject(name=name.text() if name else "", sha256=sha256, others=tuple(digests.items()))


def _no_statement(message: str, hint: str) -> FormatError:
    return FormatError(message, place=Place(file=_STATEMENT), hint=hint)
