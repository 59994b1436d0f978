from __future__ import annotations

import base64
import hashlib
import json

import pytest

from attest.app.keys import (
    KeyFiles,
    describe_external,
    describe_key,
    external_signer,
    generate_key,
    import_key,
    key_signer,
)
from attest.errors import FormatError, OutputError, UsageError
from attest.trust import keys
from tests.fakes import MemoryKey, MemorySink

FILES = KeyFiles(private="a.key", public="a.pub")


def never(_: str) -> bool:
    return False


def no_password() -> bytes:
    pytest.fail("no password is asked")


def test_a_pair_is_written_and_the_private_half_is_private() -> None:
    sink = MemorySink()
    made = generate_key(sink, never, FILES)
    assert set(sink.written) == {"a.key", "a.pub"}
    assert sink.private == {"a.key"}
    public = describe_key(sink.written["a.pub"], "a.pub", no_password)
    private = describe_key(sink.written["a.key"], "a.key", no_password)
    assert (public.private, private.private) == (False, True)
    assert made == private
    assert public.algorithm == "ECDSA P-256"
    assert public.note == ""
    assert public.pem == private.pem == sink.written["a.pub"]
    spki = keys.load_public(public.pem, "a.pub").spki
    assert public.sha256 == hashlib.sha256(spki).hexdigest()
    assert public.hint == base64.b64encode(hashlib.sha256(spki).digest()).decode()


@pytest.mark.parametrize(
    ("kind", "note"), [("p384", "of which a Rekor log takes no entry"), ("ed25519", "no files")]
)
def test_a_kind_that_not_everybody_takes_says_so(kind: str, note: str) -> None:
    assert note in generate_key(MemorySink(), never, FILES, kind).note


def test_a_password_encrypts_in_either_format() -> None:
    for form, mark in (("pkcs8", b"BEGIN ENCRYPTED PRIVATE KEY"), ("cosign", b"BEGIN ENCRYPTED SIGSTORE")):
        sink = MemorySink()
        files = KeyFiles(private="a.key", public="a.pub", password=b"secret", form=form)
        made = generate_key(sink, never, files)
        assert mark in sink.written["a.key"]
        assert describe_key(sink.written["a.key"], "a.key", lambda: b"secret") == made
        assert "secret" not in repr(files)


def test_what_cannot_be_made() -> None:
    for files, kind, message in (
        (FILES, "dsa", "no kind of key is called 'dsa'"),
        (KeyFiles(private="a", public="b", form="jks"), "p256", "no format of keys is called 'jks'"),
        (KeyFiles(private="a", public="b", form="cosign"), "p256", "cosign's key files are always encrypted"),
    ):
        sink = MemorySink()
        with pytest.raises(UsageError, match=message) as caught:
            generate_key(sink, never, files, kind)
        assert caught.value.hint
        assert not sink.written


@pytest.mark.parametrize("there", ["a.key", "a.pub"])
def test_nothing_is_overwritten_unasked(there: str) -> None:
    sink = MemorySink()
    with pytest.raises(OutputError, match=f"{there}: exists already") as caught:
        generate_key(sink, lambda name: name == there, FILES)
    assert "--force" in (caught.value.hint or "")
    with pytest.raises(OutputError, match=f"{there}: exists already"):
        import_key(sink, lambda name: name == there, FILES, b"", "old.key", no_password)
    assert not sink.written
    generate_key(sink, lambda _: True, KeyFiles(private="a.key", public="a.pub", force=True))
    assert len(sink.written) == 2


def test_two_keys_need_two_files() -> None:
    with pytest.raises(OutputError, match="need two files"):
        generate_key(MemorySink(), never, KeyFiles(private="a", public="a", force=True))


def test_a_key_is_imported_from_one_format_into_another() -> None:
    key = keys.generate("ed25519")
    sink = MemorySink()
    files = KeyFiles(private="a.key", public="a.pub", password=b"new", form="cosign")
    made = import_key(sink, never, files, key.pem(b"old"), "old.key", lambda: b"old")
    assert made.sha256 == key.public.sha256
    assert sink.private == {"a.key"}
    assert keys.load_private(sink.written["a.key"], "a.key", lambda: b"new") == key
    assert sink.written["a.pub"] == key.public.pem
    with pytest.raises(FormatError, match="is a public key, and the private key is wanted"):
        import_key(MemorySink(), never, files, key.public.pem, "old.pub", no_password)


def test_a_signer_from_a_key_file() -> None:
    key = keys.generate()
    signer = key_signer(key.pem(b"pw"), "a.key", lambda: b"pw")
    assert signer.key == key
    with pytest.raises(FormatError, match="is a public key, and the private key is wanted"):
        key_signer(key.public.pem, "a.pub", no_password)


def test_a_signer_with_a_key_that_lies_elsewhere() -> None:
    source = MemoryKey(keys.generate("rsa-2048"))
    signer = external_signer(source)
    assert signer.key.public == source.key.public
    document = json.loads(signer.sign_blob("ab" * 32))
    signature = base64.b64decode(document["messageSignature"]["signature"])
    assert source.key.public.verifies_digest(signature, bytes.fromhex("ab" * 32))
    shown = describe_external(source)
    assert (shown.algorithm, shown.private, shown.pem) == ("RSA 2048", True, source.key.public.pem)
