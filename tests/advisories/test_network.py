"""What evidence and services say leads nowhere: no address, no path, no code."""

from __future__ import annotations

import json
import re
import socket
import zipfile
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from tuf.api.metadata import Metadata

from attest.app.sign import configuration_of, document_signatures
from attest.cli.main import run
from attest.errors import AttestError, ServiceError
from attest.trust.bundle_writer import write_bundle
from tests.advisories.evidence import FILE, SHA256, keyless
from tests.conftest import REPOSITORY
from tests.sigstack.signers import connect
from tests.sigstack.stack import CERTIFICATES
from tests.sigstack.tuf_repository import documents, tuf_site
from tests.test_layers import imports
from tests.unit.edge.test_services import answer, server
from tests.unit.exe.builders import SAMPLES
from tests.unit.policy.world import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tuf.api._payload import Root

    from tests.sigstack.stack import Sigstack
    from tests.sigstack.tuf_repository import TufSite


def test_cve_2026_24408_who_logs_in_is_asked_by_a_library_that_checks_the_state() -> None:
    """attest opens no browser itself; 4.2.0 is the library's first version that compares the state."""
    assert tuple(map(int, version("sigstore").split(".")[:2])) >= (4, 2)
    declared = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    (least,) = re.findall(r'"sigstore>=([0-9]+)\.([0-9]+)', declared)
    assert tuple(map(int, least)) >= (4, 2)


def test_rfc3161_client_1_0_3_is_what_reads_timestamps() -> None:
    assert tuple(map(int, version("rfc3161-client").split(".")[:3])) >= (1, 0, 3)


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("caUrls", "http://fulcio.example", "must not travel in the clear"),
        ("oidcUrls", "http://issuer.example", "must not travel in the clear"),
        ("caUrls", "https://user:secret@fulcio.example", "is no https URL without user name"),
        ("rekorTlogUrls", "file:///etc/passwd", "is no https URL"),
        ("tsaUrls", "https://tsa.example/?to=http://169.254.169.254", "is no https URL"),
    ],
)
def test_cve_2026_49478_addresses_that_no_identity_is_sent_to(
    name: str, url: str, said: str, sigstack: Sigstack
) -> None:
    document = json.loads(sigstack.trust_config())
    document["signingConfig"][name][0]["url"] = url
    with pytest.raises(AttestError) as caught:
        configuration_of(json.dumps(document).encode(), "trust.json", NOW)
    assert said in caught.value.message


def test_cve_2026_48501_an_identity_token_goes_to_its_authority_alone(sigstack: Sigstack) -> None:
    """An authority that sends us elsewhere is not followed, with the token or without."""
    token = sigstack.token({"email": "alice@example.com", "sub": "alice"})
    with ExitStack() as servers:
        elsewhere, asked = servers.enter_context(server(answer(200)))
        authority, _ = servers.enter_context(server(answer(307, b"", Location=elsewhere)))
        document = json.loads(sigstack.trust_config())
        url = authority.removesuffix("/x").replace("127.0.0.1", "localhost")
        document["signingConfig"]["caUrls"][0]["url"] = url
        signer = connect(sigstack, token=token, config=json.dumps(document).encode())
        with pytest.raises(ServiceError, match=r"redirects to .*, which is not followed"):
            signer.sign_blob(SHA256)
    assert asked == []
    assert CERTIFICATES not in sigstack.calls


def test_cve_2026_24117_no_address_in_evidence_is_asked(
    sigstack: Sigstack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that a bundle, its certificate and the root name can be verified without a network."""
    (own,) = keyless(sigstack, SHA256)
    (tmp_path / "w").write_bytes(FILE)
    (tmp_path / "w.json").write_bytes(write_bundle(own))
    (tmp_path / "root.json").write_bytes(sigstack.trust_config())

    def refuse(*_: object) -> None:
        raise AssertionError("verification asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)
    words = ["--certificate-identity", "alice@example.com", "--certificate-oidc-issuer", sigstack.issuer]
    assert run(["verify", "w", "--bundle", "w.json", "--trusted-root", "root.json", *words]) == 0


@pytest.mark.parametrize(
    "kind",
    [
        "https://x.example/../../../evil",
        "https://x.example/a\\..\\..\\evil",
        "https://x.example/.../v1",
        "x:/..",
    ],
)
def test_cve_2026_24686_a_name_in_evidence_is_no_path(kind: str) -> None:
    """The type of a predicate is part of a bundle's name, and stays one word of it."""
    (made,) = document_signatures("w", {"w": SHA256}, {kind: b"{}"})
    assert re.fullmatch(r"w\.[a-z0-9_-]+\.intoto\.sigstore\.json", made.name)


def test_cve_2026_24137_members_of_an_archive_are_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "one" / "two"
    inside.mkdir(parents=True)
    with zipfile.ZipFile(inside / "w.zip", "w") as archive:
        archive.writestr("../../evil", SAMPLES["elf"])
        archive.writestr(f"{tmp_path}/evil", SAMPLES["elf"])
    monkeypatch.chdir(inside)
    run(["inspect", "w.zip"])
    run(["sbom", "w.zip", "--output-dir", "out", "-o", "spdx-json"])
    capsys.readouterr()
    found = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    assert found - {"one/two/w.zip"} <= {"one/two/out/w.zip.spdx.json"}


def update(site: TufSite, folder: Path) -> int:
    """`attest trust update` from that repository into a folder."""
    (folder / "root.json").write_bytes(site.root)
    words = ["--tuf-url", site.url, "--root", str(folder / "root.json"), "--output-dir", str(folder / "out")]
    return run(["trust", "update", *words])


@pytest.mark.parametrize("role", ["timestamp.json", "1.snapshot.json", "1.targets.json"])
@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"signed": null}', b'{"signed": {"_type": 1}}', b"\xff"]
)
def test_cve_2026_23991_metadata_that_is_none(
    role: str, data: bytes, sigstack: Sigstack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused in one line, and what was there before is left."""
    with tuf_site(documents(sigstack)) as site:
        assert update(site, tmp_path) == 0
        before = {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()}
        site.step()
        site.publish()
        site.files[role.replace("1.", "2.")] = data
        capsys.readouterr()
        assert update(site, tmp_path) == 2
    told = capsys.readouterr().err
    assert told.startswith("attest: error: ")
    assert "Traceback" not in told
    assert {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()} == before


def test_cve_2026_23992_one_key_signs_once(
    sigstack: Sigstack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two signatures by one key do not reach a threshold of two."""
    with tuf_site(documents(sigstack)) as site:
        root = json.loads(site.root)
        root["signed"]["roles"]["timestamp"]["threshold"] = 2
        site.files["1.root.json"] = resigned(root, site)
        stamped = json.loads(site.files["timestamp.json"])
        stamped["signatures"] *= 2
        site.files["timestamp.json"] = json.dumps(stamped).encode()
        assert update(site, tmp_path) == 2
    assert "is refused: " in capsys.readouterr().err
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def resigned(root: dict[str, Any], site: TufSite) -> bytes:
    """Root metadata, signed again by the repository's own key."""
    changed: Metadata[Root] = Metadata.from_bytes(json.dumps(root).encode())
    changed.sign(site.signers["root"])
    return bytes(changed.to_bytes())


@pytest.mark.parametrize("name", ["../../evil.json", "/evil.json", "a/../../evil.json"])
def test_cve_2026_24686_a_target_of_a_repository_is_no_path(
    name: str, sigstack: Sigstack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a repository lists, two files are written, under names of ours."""
    with tuf_site({**documents(sigstack), name: b"evil"}) as site:
        update(site, tmp_path)
    capsys.readouterr()
    written = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    assert not [each for each in written if "evil" in each]


def test_cve_2026_4789_what_judges_can_reach_nothing() -> None:
    """Neither the policy engine nor what reads evidence imports what opens sockets or runs programs."""
    reaching = {"socket", "ssl", "http", "urllib.request", "requests", "urllib3", "subprocess", "ctypes"}
    folders = [REPOSITORY / "attest" / part for part in ("policy", "trust", "intoto", "model")]
    found = {
        (str(file.relative_to(REPOSITORY)), name)
        for folder in folders
        for file in folder.rglob("*.py")
        for name in imports(file)
        if any(name == each or name.startswith(f"{each}.") for each in reaching)
    }
    assert found == set()
