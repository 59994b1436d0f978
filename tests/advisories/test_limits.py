"""Whatever evidence holds ends somewhere, and a limit that is reached is an error with its name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.inventory import take_inventory
from attest.archive.member import Member
from attest.archive.opened import open_archive
from attest.cli.main import run
from attest.edge.files import DirectoryTree
from attest.edge.kept import Connections
from attest.edge.services import ServiceCalls
from attest.errors import LimitError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.statement import SPDX_PREDICATE, Subject
from attest.signing.key import KeySigner
from attest.signing.token import read_token
from attest.trust.bundle import parse
from tests.advisories.evidence import KEY, SHA256, stated
from tests.unit.archive.builders import PACKERS, tar
from tests.unit.edge.test_services import answer, server
from tests.unit.policy.world import NOW

if TYPE_CHECKING:
    from pathlib import Path

MANY = 100_000
GIB = 1 << 30


CHAIN = "application/vnd.dev.sigstore.bundle+json;version=0.1"


@pytest.mark.parametrize(
    ("material", "most"),
    [
        ({"tlogEntries": [{}] * MANY}, 32),
        ({"timestampVerificationData": {"rfc3161Timestamps": [{}] * MANY}}, 32),
        ({"x509CertificateChain": {"certificates": [{}] * MANY}, "publicKey": None}, 16),
    ],
    ids=["log entries", "timestamps", "certificates"],
)
def test_cve_2024_45395_lists_of_a_bundle(material: dict[str, Any], most: int) -> None:
    document = json.loads(KeySigner(KEY).sign_blob(SHA256)) | {"mediaType": CHAIN}
    found = document["verificationMaterial"] | material
    document["verificationMaterial"] = {name: value for name, value in found.items() if value is not None}
    with pytest.raises(LimitError, match=f"more than (the )?{most}"):
        parse(json.dumps(document).encode(), "w")


def test_cve_2024_45395_subjects_of_a_statement() -> None:
    subjects = [Subject(name=str(number), sha256=f"{number:064x}") for number in range(MANY)]
    with pytest.raises(LimitError, match="4096"):
        statement.parse(statement.build(subjects, SPDX_PREDICATE, {}), "w")


def test_cve_2023_25656_signatures_of_an_envelope() -> None:
    """Each would be tried with each key."""
    document = json.loads(KeySigner(KEY).sign_statement(stated()))
    document["dsseEnvelope"]["signatures"] *= MANY
    with pytest.raises(LimitError, match="32"):
        parse(json.dumps(document).encode(), "w")


def test_cve_2023_46737_a_release_of_endless_attestations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their number has a limit, and so has the size of each."""
    for number in range(5):
        (tmp_path / f"{number}.sigstore.json").write_bytes(b"{}")
    with pytest.raises(LimitError, match="more than 4 files"):
        take_inventory(DirectoryTree.of(tmp_path), limits=Limits(release_files=4))
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(DEFAULT_LIMITS.bundle_bytes + 1)
    (tmp_path / "w").write_bytes(b"w")
    (tmp_path / "k.pub").write_bytes(KEY.public.pem)
    monkeypatch.chdir(tmp_path)
    assert run(["verify", "w", "--bundle", "large.json", "--key", "k.pub"]) == 2
    assert f"more than the {DEFAULT_LIMITS.bundle_bytes}" in capsys.readouterr().err


def test_cve_2024_29903_deep_json() -> None:
    """The parser's own stack is not what ends it."""
    document = json.loads(KeySigner(KEY).sign_blob(SHA256))
    text = json.dumps(document | {"x": "HERE"}).replace('"HERE"', "[" * MANY + "]" * MANY)
    with pytest.raises(LimitError, match="deep"):
        parse(text.encode(), "w")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a process's memory is Linux's")
def test_cve_2024_29902_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    """One GiB is signed and verified by a process that may map half of that beside the file itself."""
    large, key = tmp_path / "large", tmp_path / "k"
    with large.open("wb") as file:
        file.truncate(GIB)
    assert run(["key", "generate", "--private-key", str(key), "--public-key", f"{key}.pub"]) == 0
    program = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({GIB + GIB // 2}, {GIB + GIB // 2}))
from attest.cli.main import run
sys.exit(run(sys.argv[1:]))
"""
    for words in (["sign", str(large), "--key", str(key)], ["verify", str(large), "--key", f"{key}.pub"]):
        bundle = ["--bundle", f"{large}.sigstore.json"] if words[0] == "verify" else []
        done = subprocess.run(
            [sys.executable, "-c", program, *words, *bundle],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr


def test_cve_2025_66564_an_answer_of_a_timestamp_authority_has_an_end() -> None:
    """So has that of every service."""
    with server(answer(200, b"x" * 2_000)) as (url, _):
        calls = ServiceCalls(connections=Connections(1))
        with pytest.raises(LimitError, match="answered more than 1000 bytes"):
            calls.post(url, b"", {}, 1_000)


def test_cve_2025_66506_an_identity_token_has_an_end() -> None:
    with pytest.raises(LimitError, match="more than the 65536 that are read"):
        read_token("a." * MANY, NOW)


@pytest.mark.parametrize("name", sorted(PACKERS.keys() - {""}))
def test_cve_2026_48702_what_is_packed_has_an_end(name: str) -> None:
    """Zeros, packed by each packer: they end before they are unpacked."""
    packed = PACKERS[name](tar({"w": bytes(1 << 20)}))
    limits = Limits(archive_ratio=20, archive_ratio_free=1 << 12)
    with pytest.raises(LimitError, match="more than 20 bytes for each packed one"):
        unpack(packed, limits)


def unpack(data: bytes, limits: Limits) -> None:
    opened = open_archive(memoryview(data), limits)
    assert opened is not None
    for item in opened.items:
        if isinstance(item, Member):
            while item.content.read(1 << 16):
                pass
