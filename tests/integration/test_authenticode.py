"""Authenticode as osslsigncode writes and verifies it, over a program of Go's linker."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from attest.exe.inspect import inspect
from tests.unit.exe.code_signer import CA, KEY, LEAF, ROOT
from tests.unit.exe.conftest import corpus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.exe.conftest import Corpus

pytestmark = pytest.mark.integration

__all__ = ["corpus"]

SIGNCODE = shutil.which("osslsigncode")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    if SIGNCODE is None:
        pytest.skip("no osslsigncode: it comes with the Debian package of that name")
    chain = b"".join(each.public_bytes(Encoding.PEM) for each in (LEAF, CA))
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "root.pem").write_bytes(ROOT.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return tmp_path


def signcode(*words: str) -> str:
    assert SIGNCODE is not None
    done = subprocess.run([SIGNCODE, *words], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def signed(corpus: Corpus, folder: Path, *words: str, source: Path | None = None) -> Path:
    target = folder / f"signed{len(list(folder.iterdir()))}.exe"
    options = ["-certs", str(folder / "chain.pem"), "-key", str(folder / "key.pem"), *words]
    said = signcode("sign", *options, "-in", str(source or corpus.path("windows-amd64")), "-out", str(target))
    assert "Succeeded" in said
    return target


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384"])
def test_what_osslsigncode_signs_is_read_as_it_verifies_it(corpus: Corpus, keys: Path, digest: str) -> None:
    target = signed(corpus, keys, "-h", digest, *(["-ph"] if digest != "sha384" else []))
    report = inspect(memoryview(target.read_bytes()))
    assert report.fact("pe.authenticode_algorithms") == (digest,)
    assert report.fact("pe.authenticode_digest") is True
    assert report.fact("pe.authenticode_signature") is True
    assert report.fact("pe.authenticode_signers") == ("CN=Widget\\, Signer,O=Acme",)
    assert report.fact("pe.authenticode_faults") == ()
    assert report.fact("pe.checksum_right") is True
    assert report.fact("pe.authenticode_page_hashes") is (True if digest != "sha384" else None)
    said = signcode("verify", "-CAfile", str(keys / "root.pem"), "-in", str(target))
    current, calculated = re.findall(r"(?:Current|Calculated) message digest *: (\w+)", said)
    assert current == calculated
    assert str(report.fact("pe.checksum"))[2:].upper() in said


def test_a_byte_that_is_changed_is_seen_by_both(corpus: Corpus, keys: Path) -> None:
    data = bytearray(signed(corpus, keys, "-h", "sha256", "-ph").read_bytes())
    data[0x5000] ^= 1
    changed = keys / "changed.exe"
    changed.write_bytes(data)
    report = inspect(memoryview(bytes(data)))
    assert report.fact("pe.authenticode_digest") is False
    assert report.fact("pe.authenticode_page_hashes") is False
    assert report.fact("pe.checksum_right") is False
    assert report.fact("pe.authenticode_signature") is True
    said = signcode("verify", "-CAfile", str(keys / "root.pem"), "-in", str(changed))
    current, calculated = re.findall(r"(?:Current|Calculated) message digest *: (\w+)", said)
    assert current != calculated


def test_two_signatures_one_inside_of_the_other(corpus: Corpus, keys: Path) -> None:
    first = signed(corpus, keys, "-h", "sha1")
    both = signed(corpus, keys, "-h", "sha256", "-nest", source=first)
    report = inspect(memoryview(both.read_bytes()))
    assert report.fact("pe.authenticode_algorithms") == ("sha1", "sha256")
    assert report.fact("pe.authenticode_digest") is True
    assert report.fact("pe.authenticode_signature") is True
