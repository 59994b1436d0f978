from __future__ import annotations

import base64
import hashlib

import pytest

from attest.errors import AttestError, FormatError, LimitError, VerificationError
from attest.go import note
from attest.model.limits import Limits
from attest.model.place import Place
from tests.unit.go.testlog import NAME, SIGNER, VERIFIER, sign

PLACE = Place(file="latest")
PUBLIC = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
KEY = note.parse_key(VERIFIER)
TEXT = "If you think cryptography is the answer to your problem,\n\nthen you don't know your problem.\n"
PUBLISHED = [
    (
        756113,
        "k9nFMBuXq8uk+9SQNxs/Vadri2XDkaoo96u4uMa0qE0=",
        "Az3grgIHxiDLRpsKUElIX5vJMlFS79SqfQDSgHQmON922lNdJ5zxF8SSPPcah3jhIkpG8LSKNaWXiy7IldOSDCt4Pwk=",
    ),
    (
        15081221,
        "BoMMe1wd25Tco0mYGROkyqxHZWx+hcSCtMV315Lu6Lg=",
        "Az3grilD7vQqTrv66jRgKM84Y80KTprrSt4bKmiOPxgmS5ZVBTeCl6dUvjYnN13R+C8j0jGY1WnUADGMkok3U0m2Zgo=",
    ),
    (
        63096908,
        "8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=",
        "Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=",
    ),
]


@pytest.mark.parametrize(("size", "root", "signature"), PUBLISHED)
def test_published_tree_heads_verify(size: int, root: str, signature: str) -> None:
    text = f"go.sum database tree\n{size}\n{root}\n"
    data = f"{text}\n— sum.golang.org {signature}\n".encode()
    assert note.open_note(data, note.parse_key(PUBLIC), PLACE).text == text
    changed = data.replace(f"{size}".encode(), f"{size + 1}".encode())
    with pytest.raises(VerificationError, match=r"the signature by sum\.golang\.org on the note is wrong"):
        note.open_note(changed, note.parse_key(PUBLIC), PLACE)


def test_the_published_key() -> None:
    key = note.parse_key(PUBLIC)
    assert (key.name, key.key_hash.hex()) == ("sum.golang.org", "033de0ae")
    assert key.key.hex() == "ce3372d75ad1ee5ecdaf8727293d4b111d87eb37531d7c86d4d3003f0eb809fc"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no verifier key"),
        ("name", "is no verifier key"),
        (VERIFIER.replace("+00000c67+", "+c67+"), "is no verifier key"),
        (VERIFIER.replace("+00000c67+", "+0x000c67+"), "is no verifier key"),
        (VERIFIER[:-1], "is no verifier key"),
        (VERIFIER.replace(NAME, ""), "is no verifier key"),
        (VERIFIER.replace(NAME, "a b"), "is no verifier key"),
        (VERIFIER.replace(NAME, "a\ud800"), "should have the hash"),
        (VERIFIER.replace("00000c67", "00000c68"), "should have the hash 00000c67, and says 00000c68"),
        (VERIFIER.replace("localdev", "locald3v"), "should have the hash"),
        ("a+14b8a6e6+Ag==", "is no Ed25519 key"),
        ("a+2a5e6c5d+AQ==", "is no Ed25519 key"),
    ],
)
def test_wrong_keys(text: str, reason: str) -> None:
    if "Ed25519" in reason:
        # The hash is right, so that the algorithm and the length decide.
        encoded = text.rpartition("+")[2]
        digest = hashlib.sha256(b"a\n" + base64.b64decode(encoded)).hexdigest()[:8]
        text = f"a+{digest}+{encoded}"
    with pytest.raises(FormatError, match=reason.replace(".", r"\.")):
        note.parse_key(text, PLACE)


def test_the_text_may_have_empty_lines_and_other_signers() -> None:
    ours = sign(TEXT)
    stranger = "— stranger AAAAAAAA\n— localhost.localdev/sumdb AAAAAAAA\n".encode()
    head, _, signature = ours.rpartition(b"\n\n")
    assert note.open_note(ours, KEY, PLACE).text == TEXT
    assert note.open_note(head + b"\n\n" + stranger + signature, KEY, PLACE).text == TEXT
    # Of two signatures by one key the first decides.
    wrong = base64.b64encode(KEY.key_hash + bytes(64)).decode()
    second = f"— {NAME} {wrong}\n".encode()
    assert note.open_note(ours + second, KEY, PLACE).text == TEXT
    with pytest.raises(VerificationError, match="is wrong"):
        note.open_note(head + b"\n\n" + second + signature, KEY, PLACE)


GOOD = sign(TEXT)


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"", FormatError, "is no signed note"),
        (TEXT.encode(), FormatError, "malformed signature line"),
        (GOOD[:-1], FormatError, "is no signed note"),
        (GOOD.replace(b"answer", b"ans\x01wer"), FormatError, "is no signed note"),
        (GOOD.replace(b"answer", b"ans\rwer"), FormatError, "is no signed note"),
        (GOOD.replace(b"answer", b"ans\xffwer"), FormatError, "is not UTF-8"),
        (GOOD + b"\n", FormatError, "is no signed note"),
        (GOOD + b"- x AAAAAAAA\n", FormatError, "malformed signature line"),
        (GOOD + "— x\n".encode(), FormatError, "malformed signature line"),
        (GOOD + "— x AAAAAA==\n".encode(), FormatError, "malformed signature line"),
        (GOOD + "— x+y AAAAAAAA\n".encode(), FormatError, "malformed signature line"),
        (GOOD + "— x AAAA AAAA\n".encode(), FormatError, "malformed signature line"),
        (GOOD + "— x AAAAAAB=\n".encode(), FormatError, "malformed signature line"),
        (GOOD.replace(b"answer", b"answers"), VerificationError, "signature by localhost.* is wrong"),
        (sign(TEXT, "other"), VerificationError, "has no signature by localhost"),
        (sign(TEXT, key_hash="00000c68"), VerificationError, "has no signature by localhost"),
        (
            sign(TEXT, secret=SIGNER.replace("AXu6", "AXu7")),
            VerificationError,
            "signature by localhost.* is wrong",
        ),
    ],
)
def test_wrong_notes(data: bytes, error: type[AttestError], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        note.open_note(data, KEY, PLACE)
    assert caught.value.place == PLACE
    assert caught.value.hint


def test_limits() -> None:
    with pytest.raises(LimitError, match="larger than 10 bytes"):
        note.open_note(GOOD, KEY, PLACE, limits=Limits(note_bytes=10))
    with pytest.raises(LimitError, match="has 101 signatures, more than 100"):
        note.open_note(GOOD + "— x AAAAAAAA\n".encode() * 100, KEY, PLACE)
