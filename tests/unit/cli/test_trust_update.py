"""`attest trust update`, and what sign, verify, show and export make of it afterwards, offline."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from attest.cli import main as cli
from attest.cli.schema import schema_bytes
from attest.edge.state import TrustFolder, find_state_folder
from attest.model.trust_update import SIGNING_CONFIG, TRUSTED_ROOT
from attest.trust.sigstore_compat import TUF_URLS, embedded_root
from tests.sigstack.stack import EMAIL_CLAIMS
from tests.sigstack.tuf_repository import ROLES, documents, tuf_site
from tests.unit.trust.test_conformance import CASES, expected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sigstack.stack import Sigstack
    from tests.sigstack.tuf_repository import TufSite

NOBODY = b'{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'
TIMELESS = (
    b'{"schema": "attest/updated-trust/v1", "roles": [], "trusted_root": "", "signing_config": "",'
    b' "url": "u", "time": "noon"}'
)
LATER = "2050-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("attest.edge.identity.ambient_token", lambda: None)
    return tmp_path


@pytest.fixture
def site(sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch) -> Iterator[TufSite]:
    """The repository of the loopback Sigstore, in the place of both public ones."""
    with tuf_site(documents(sigstack)) as found:
        for name in TUF_URLS:
            monkeypatch.setitem(TUF_URLS, name, found.url)
        monkeypatch.setattr("attest.app.trust.embedded_tuf_root", lambda _: found.root)
        Path("root.json").write_bytes(found.root)
        yield found


def run(*words: str) -> int:
    return cli.run(["trust", *words])


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run("show", "-o", "json", *words) == 0
    document = dict(json.loads(capsys.readouterr().out))
    jsonschema.validate(document, json.loads(schema_bytes("trust")))
    (root,) = document["roots"]
    return dict(root)


@pytest.mark.parametrize("staging", [False, True])
def test_an_update_is_what_is_shown_and_exported_afterwards(
    site: TufSite, capsys: pytest.CaptureFixture[str], *, staging: bool
) -> None:
    words, name = (["--staging"], "staging") if staging else ([], "public-good")
    assert run("update", *words) == 0
    sha256 = hashlib.sha256(site.targets[TRUSTED_ROOT]).hexdigest()
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{name}, updated 20")
    assert told[0].endswith(f"Z from {site.url}")
    assert told[1] == f"  sha256 {sha256}"
    assert [each.split()[:3] for each in told[2:]] == [["TUF", role, "1"] for role in ROLES]
    asked = len(site.asked)
    found = shown(capsys, *words)
    assert (found["name"], found["sha256"]) == (name, sha256)
    assert found["update"]["url"] == site.url
    assert {(each["name"], each["version"], each["expired"]) for each in found["update"]["roles"]} == {
        (role, 1, False) for role in ROLES
    }
    assert run("export", name, "-o", "json=exported.json") == 0
    assert Path("exported.json").read_bytes() == site.targets[TRUSTED_ROOT]
    other = "public-good" if staging else "staging"
    assert run("export", other, "-o", "json=other.json") == 0
    assert Path("other.json").read_bytes() == embedded_root(other)
    assert len(site.asked) == asked, "only an update asks the repository"


def test_an_old_update_tells_its_age(site: TufSite, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("update") == 0
    roles = shown(capsys, "--now", LATER)["update"]["roles"]
    assert all(each["expired"] for each in roles)
    assert run("show", "--now", LATER) == 0
    told = capsys.readouterr()
    assert "attest: note: the trusted root of public-good was updated " in told.err
    assert told.err.rstrip().endswith("run attest trust update")
    assert "  TUF timestamp 1 expired at " in told.out
    assert run("show") == 0
    assert capsys.readouterr().err == ""
    assert site.asked


def test_signing_and_verifying_use_the_update(
    site: TufSite, sigstack: Sigstack, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a").write_text("a")
    Path("token").write_text(sigstack.token())
    assert run("update", "--staging") == 0
    assert cli.run(["sign", "a", "--staging", "--identity-token", "token"]) == 0
    assert json.loads(Path("a.sigstore.json").read_bytes())["verificationMaterial"]
    who = ["--certificate-identity", EMAIL_CLAIMS["email"], "--certificate-oidc-issuer", sigstack.issuer]
    words = ["verify", "a", "--bundle", "a.sigstore.json", *who]
    capsys.readouterr()
    assert cli.run([*words, "--staging", "-o", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, json.loads(schema_bytes("report")))
    (root,) = report["roots"]
    assert root["name"] == "staging"
    assert root["source"].endswith(f"Z from {site.url}")
    assert root["sha256"] == hashlib.sha256(site.targets[TRUSTED_ROOT]).hexdigest()
    assert report["artifacts"][0]["evidence"][0]["root"] == "staging"
    # The public good instance has not been updated: what comes with attest does not know this signer.
    assert cli.run(words) == 1
    assert "Trusted root: public-good, comes with attest." in capsys.readouterr().out
    assert cli.run([*words, "--staging", "--now", LATER, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert cli.run([*words, "--staging", "--now", LATER]) == 0
    assert "attest: note: the trusted root of staging was updated" in capsys.readouterr().err
    assert site.asked


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
def test_without_a_root_the_public_good_instance_is_trusted(capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES / "happy-path-v0.3"
    identity, issuer = expected(case)
    shutil.copy(CASES / "a.txt", "a.txt")
    words = ["verify", "a.txt", "--bundle", str(case / "bundle.sigstore.json")]
    assert cli.run([*words, "--certificate-identity", identity, "--certificate-oidc-issuer", issuer]) == 0
    assert "Trusted root: public-good, comes with attest." in capsys.readouterr().out
    assert cli.run(words) == 4
    assert "it is not said who must have signed" in capsys.readouterr().err


def test_another_repository(site: TufSite, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--tuf-url", site.url, "--root", "root.json", "--output-dir", "new/trust"]
    assert run("update", *words) == 0
    for name in (TRUSTED_ROOT, SIGNING_CONFIG):
        assert (Path("new/trust") / name).read_bytes() == site.targets[name]
    assert capsys.readouterr().out.startswith(f"{site.url}, updated 20")
    assert shown(capsys)["source"] == "comes with attest"


@pytest.mark.parametrize("at", ["timestamp.json", "2.snapshot.json", "2.targets.json", "targets/", "write"])
def test_an_update_that_breaks_off_leaves_the_old_trust_whole(
    site: TufSite,
    sigstack: Sigstack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    assert run("update", "--output-dir", "out") == 0
    before, files = shown(capsys), {each: each.read_bytes() for each in Path("out").iterdir()}
    changed = sigstack.trusted_root(ctlogs={"start": "2030-01-01T00:00:00Z"})
    site.targets[TRUSTED_ROOT] = json.dumps(changed).encode()
    site.step()
    site.publish()
    with monkeypatch.context() as broken:
        if at == "write":

            def full(_: object, __: object) -> None:
                raise OSError(28, "No space left on device")

            broken.setattr("pathlib.Path.replace", full)
        whole = dict(site.files)
        site.files = {name: data for name, data in whole.items() if at == "write" or not name.startswith(at)}
        words = [] if at == "write" else ["--output-dir", "out"]
        assert run("update", *words) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert shown(capsys) == before
    assert {each: each.read_bytes() for each in Path("out").iterdir()} == files
    site.files = whole
    assert run("update") == 0
    assert shown(capsys)["sha256"] == hashlib.sha256(site.targets[TRUSTED_ROOT]).hexdigest()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        (TRUSTED_ROOT, b"{}", "trusted_root.json: $ has no 'mediaType'"),
        (TRUSTED_ROOT, NOBODY, "trusts nobody"),
        (SIGNING_CONFIG, b"\xff", "signing_config.v0.2.json"),
        (SIGNING_CONFIG, b'{"mediaType": "x"}', "no signing configuration that is known here"),
    ],
)
def test_documents_that_cannot_be_used_replace_nothing(
    site: TufSite, capsys: pytest.CaptureFixture[str], name: str, data: bytes, reason: str
) -> None:
    site.targets[name] = data
    site.publish()
    assert run("update") == 2
    assert reason in capsys.readouterr().err
    assert shown(capsys)["source"] == "comes with attest"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "is no JSON"),
        (b'{"schema": "attest/other/v1"}', "is no updated trust that is known here"),
        (b'{"schema": "attest/updated-trust/v1"}', "has no 'roles'"),
        (TIMELESS, "$.time is no time"),
    ],
)
def test_a_spoilt_update_is_told_and_mended_by_the_next(
    site: TufSite, capsys: pytest.CaptureFixture[str], data: bytes, reason: str
) -> None:
    kept = TrustFolder(state=find_state_folder(), name="public-good")
    kept.write(data)
    assert run("show") == 2
    assert reason in capsys.readouterr().err
    assert run("update") == 0
    assert shown(capsys)["update"]["url"] == site.url


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["update", "--tuf-url", "https://a"], "--tuf-url and --root go together"),
        (["update", "--root", "root.json"], "--tuf-url and --root go together"),
        (["update", "--tuf-url", "https://a", "--root", "r", "--staging"], "exclude each other"),
        (["update", "--tuf-url", "https://a", "--root", "r"], "where the documents of this repository go"),
        (["show", "a.json", "--staging"], "--staging is no file's"),
    ],
)
def test_words_that_do_not_go_together(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 4
    assert reason in capsys.readouterr().err


def test_staging_is_for_identities(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a").write_text("a")
    assert cli.run(["verify", "a", "--staging", "--key", "k.pub"]) == 4
    assert "--staging goes with neither --trusted-root nor --key" in capsys.readouterr().err
