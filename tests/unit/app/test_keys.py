from __future__ import annotations

import base64
import hashlib

import pytest

from attest.app.keys import describe_key, generate_key, key_signer
from attest.errors import FormatError, OutputError
from attest.trust import keys
from tests.fakes import MemorySink


def never(_: str) -> bool:
    return False


def no_password() -> bytes:
    pytest.fail("no password is asked")


def test_a_pair_is_written_and_the_private_half_is_private() -> None:
    sink = MemorySink()
    made = generate_key(sink, never, "a.key", "a.pub", password=b"", force=False)
    assert set(sink.written) == {"a.key", "a.pub"}
    assert sink.private == {"a.key"}
    public = describe_key(sink.written["a.pub"], "a.pub", no_password)
    private = describe_key(sink.written["a.key"], "a.key", no_password)
    assert (public.private, private.private) == (False, True)
    assert made == private
    assert public.algorithm == "ECDSA P-256"
    assert public.pem == private.pem == sink.written["a.pub"]
    spki = keys.load_public(public.pem, "a.pub").spki
    assert public.sha256 == hashlib.sha256(spki).hexdigest()
    assert public.hint == base64.b64encode(hashlib.sha256(spki).digest()).decode()


def test_a_password_encrypts() -> None:
    sink = MemorySink()
    made = generate_key(sink, never, "a.key", "a.pub", password=b"secret", force=False)
    assert b"ENCRYPTED" in sink.written["a.key"]
    assert describe_key(sink.written["a.key"], "a.key", lambda: b"secret") == made


@pytest.mark.parametrize("there", ["a.key", "a.pub"])
def test_nothing_is_overwritten_unasked(there: str) -> None:
    sink = MemorySink()
    with pytest.raises(OutputError, match=f"{there}: exists already") as caught:
        generate_key(sink, lambda name: name == there, "a.key", "a.pub", password=b"", force=False)
    assert "--force" in (caught.value.hint or "")
    assert not sink.written
    generate_key(sink, lambda _: True, "a.key", "a.pub", password=b"", force=True)
    assert len(sink.written) == 2


def test_two_keys_need_two_files() -> None:
    with pytest.raises(OutputError, match="need two files"):
        generate_key(MemorySink(), never, "a", "a", password=b"", force=True)


def test_a_signer_from_a_key_file() -> None:
    key = keys.generate()
    signer = key_signer(key.pem(b"pw"), "a.key", lambda: b"pw")
    assert signer.key == key
    with pytest.raises(FormatError, match="is a public key, and the private key is wanted"):
        key_signer(key.public.pem, "a.pub", no_password)
