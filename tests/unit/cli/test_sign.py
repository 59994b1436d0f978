from __future__ import annotations

import hashlib
import io
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest

from attest.cli.main import run
from attest.trust import keys
from attest.trust.bundle import looks_like_bundle
from tests.sigstack.stack import EMAIL_CLAIMS, ENTRIES, Fault
from tests.unit.intoto.predicates.test_read import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sigstack.stack import Sigstack


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a key and three files, one of them in a folder below."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIGSTORE_ID_TOKEN", raising=False)
    monkeypatch.setattr("attest.edge.identity.ambient_token", lambda: None)
    assert run(["key", "generate", "--output-prefix", "k"]) == 0
    (tmp_path / "dist" / "sub").mkdir(parents=True)
    for name in ("b", "a", "sub/c"):
        (tmp_path / "dist" / name).write_text(name)
    return tmp_path


def test_signs_files_with_a_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["sign", "dist/b", "dist/a", "--key", "k.key"]) == 0
    assert capsys.readouterr().out == "dist/b.sigstore.json\ndist/a.sigstore.json\n"
    assert looks_like_bundle((folder / "dist" / "a.sigstore.json").read_bytes())
    assert run(["verify", "dist/a", "--bundle", "dist/a.sigstore.json", "--key", "k.pub"]) == 0
    assert run(["verify", "dist/a", "--bundle", "dist/b.sigstore.json", "--key", "k.pub"]) == 1


def test_signs_directories_but_no_evidence_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    capsys.readouterr()
    assert run(["sign", "dist/", "--key", "k.key"]) == 0
    names = ["dist/a", "dist/b", "dist/sub/c"]
    assert capsys.readouterr().out.split() == [f"{name}.sigstore.json" for name in names]


def test_signs_a_document_as_a_statement(folder: Path) -> None:
    (folder / "a.spdx.json").write_text("{}")
    words = ["sign", "dist/a", "--key", "k.key"]
    assert run([*words, "--predicate", "a.spdx.json", "--type", "spdx"]) == 0
    bundle = "dist/a.spdx.intoto.sigstore.json"
    assert run(["verify", "dist/a", "--bundle", bundle, "--key", "k.pub", "--type", "spdx"]) == 0
    assert run(["verify", "dist/b", "--bundle", bundle, "--key", "k.pub", "--type", "spdx"]) == 1
    assert run(["verify", "dist/a", "--bundle", bundle, "--key", "k.pub", "--type", "cyclonedx"]) == 1
    assert run([*words, "--predicate", "a.spdx.json"]) == 4
    assert run([*words, "--predicate", "a.spdx.json", "--type", "sbom"]) == 4


@pytest.mark.parametrize("option", ["--predicate", "--statement"])
def test_a_predicate_that_is_not_what_its_type_says_is_not_signed(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    predicate: dict[str, object] = {
        "buildDefinition": {"buildType": "https://example.com/t", "externalParameters": {}}
    }
    document = predicate
    kind = "https://slsa.dev/provenance/v1"
    words = ["--type", kind]
    if option == "--statement":
        digest = {"sha256": hashlib.sha256(b"a").hexdigest()}
        subject = [{"name": "a", "digest": digest}]
        document = {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind}
        document["predicate"] = predicate
        words = []
    (folder / "p.json").write_text(json.dumps(document))
    capsys.readouterr()
    assert run(["sign", "dist/a", "--key", "k.key", option, "p.json", *words]) == 2
    assert "has no 'runDetails'" in capsys.readouterr().err
    assert not list(folder.rglob("*.sigstore.json"))


def test_one_statement_about_all_files_of_a_directory(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "p.json").write_text("{}")
    words = ["--key", "k.key", "--predicate", "p.json", "--type", "https://example.com/scan/v1"]
    capsys.readouterr()
    assert run(["sign", "dist", *words, "--one-statement"]) == 0
    assert capsys.readouterr().out == "dist/release.scan.intoto.sigstore.json\n"
    bundle = folder / "dist" / "release.scan.intoto.sigstore.json"
    statement = json.loads(b64decode(json.loads(bundle.read_bytes())["dsseEnvelope"]["payload"]))
    assert [each["name"] for each in statement["subject"]] == ["a", "b", "sub/c"]
    for name in ("a", "b", "sub/c"):
        assert run(["verify", f"dist/{name}", "--bundle", str(bundle), "--key", "k.pub"]) == 0
    before = bundle.read_bytes()
    assert run(["sign", "dist", *words, "--one-statement"]) == 0
    assert bundle.read_bytes() == before, "what is signed already is kept"
    monkeypatch.setattr("attest.app.sign.MOST_SUBJECTS", 2)
    capsys.readouterr()
    assert run(["sign", "dist", *words, "--one-statement"]) == 0
    assert capsys.readouterr().out.split() == [
        "dist/release.scan.intoto.sigstore.json",
        "dist/release.2.scan.intoto.sigstore.json",
    ]
    second = "dist/release.2.scan.intoto.sigstore.json"
    assert run(["verify", "dist/sub/c", "--bundle", second, "--key", "k.pub"]) == 0
    assert run(["verify", "dist/a", "--bundle", second, "--key", "k.pub"]) == 1


def test_one_statement_calls_each_file_by_one_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.json").write_text("{}")
    words = ["--key", "k.key", "--predicate", "p.json", "--type", "spdx", "--one-statement"]
    assert run(["sign", "dist/a", "dist/sub/c", *words]) == 0
    assert (folder / "dist" / "release.spdx.intoto.sigstore.json").is_file()
    (folder / "other").mkdir()
    (folder / "other" / "a").write_text("another")
    capsys.readouterr()
    assert run(["sign", "dist/a", "other/a", *words]) == 4
    assert "two files are called 'a'" in capsys.readouterr().err
    assert run(["sign", "dist", "--key", "k.key", "--one-statement"]) == 4
    assert "--one-statement is about a predicate" in capsys.readouterr().err


def test_signatures_of_files_that_are_no_more_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["key", "generate", "--output-prefix", "other"]) == 0
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    assert run(["sign", "dist/a", "--key", "other.key"]) == 0
    (folder / "dist" / "a.sigstore.json").rename(folder / "dist" / "theirs.sigstore.json")
    (folder / "dist" / "b").unlink()
    (folder / "dist" / "sub" / "c").write_text("changed")
    stale = folder / "dist" / "sub" / "c.sigstore.json"
    before = stale.read_bytes()
    capsys.readouterr()
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    assert stale.read_bytes() != before, "what it signs anew takes the place of the old"
    assert capsys.readouterr().err == (
        "attest: note: dist/b.sigstore.json is by the same signer, and about no file that is here: it was"
        " changed, or is gone\n"
    )
    assert (folder / "dist" / "b.sigstore.json").is_file()


def test_signs_keyless(folder: Path, sigstack: Sigstack) -> None:
    (folder / "trust.json").write_bytes(sigstack.trust_config())
    words = ["--identity-token", sigstack.token(), "--trust-config", "trust.json"]
    assert run(["sign", "dist/a", *words]) == 0
    checked = ["verify", "dist/a", "--bundle", "dist/a.sigstore.json", "--trusted-root", "trust.json"]
    identity = ["--certificate-identity", EMAIL_CLAIMS["email"], "--certificate-oidc-issuer"]
    assert run([*checked, *identity, sigstack.issuer]) == 0
    assert run([*checked, *identity, "https://elsewhere"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["dist/a"], 4, "it is not said who signs"),
        (["dist/a", "--identity-token", "absent"], 2, "absent"),
        (["dist/a", "--identity-token", "k.pub"], 2, "is no JSON Web Token"),
        (["dist/a", "--staging", "--trust-config", "t"], 4, "--trust-config and --staging exclude each"),
        (["dist/a", "--trusted-root", "t"], 4, "--trusted-root and --signing-config go together"),
        (["dist/a", "--key", "k.pub"], 2, "is a public key, and the private key is wanted"),
        (["absent", "--key", "k.key"], 2, "absent"),
        (["empty", "--key", "k.key"], 3, "there is no file to sign"),
    ],
)
def test_says_what_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    (folder / "empty").mkdir()
    assert run(["sign", *words]) == code
    assert said in capsys.readouterr().err
    assert not list(folder.rglob("*.sigstore.json"))


@pytest.fixture
def keyless(folder: Path, sigstack: Sigstack) -> list[str]:
    """The words that sign on the Sigstore of the tests, whose root and services are given apart."""
    (folder / "root.json").write_text(json.dumps(sigstack.trusted_root()))
    (folder / "services.json").write_text(json.dumps(sigstack.signing_config()))
    (folder / "token").write_text(sigstack.token() + "\n")
    return [
        "--identity-token", "token", "--trusted-root", "root.json", "--signing-config", "services.json",
    ]  # fmt: skip


def verified(sigstack: Sigstack, file: str, bundle: str, *words: str) -> bool:
    identity = ["--certificate-identity", EMAIL_CLAIMS["email"]]
    issuer = ["--certificate-oidc-issuer", sigstack.issuer, "--trusted-root", "root.json"]
    return run(["verify", file, "--bundle", bundle, *identity, *issuer, *words]) == 0


def test_a_rerun_signs_what_changed_and_nothing_else(
    folder: Path, keyless: list[str], sigstack: Sigstack
) -> None:
    before = len(sigstack.log.leaves)
    assert run(["sign", "dist", *keyless]) == 0
    assert len(sigstack.log.leaves) == before + 3
    first = {each: each.read_bytes() for each in folder.rglob("*.sigstore.json")}
    (folder / "dist" / "b").write_text("changed")
    (folder / "dist" / "a.sigstore.json").write_text("{}")
    assert run(["sign", "dist", *keyless]) == 0
    assert len(sigstack.log.leaves) == before + 5
    kept = {each.parent.name for each, data in first.items() if each.read_bytes() == data}
    assert kept == {"sub"}
    for file in ("dist/a", "dist/b", "dist/sub/c"):
        assert verified(sigstack, file, f"{file}.sigstore.json")
    assert not list(folder.glob("*.attest-journal"))


def test_another_identity_signs_again(folder: Path, keyless: list[str], sigstack: Sigstack) -> None:
    assert run(["sign", "dist/a", *keyless]) == 0
    before = (folder / "dist" / "a.sigstore.json").read_bytes()
    (folder / "token").write_text(sigstack.token({"sub": "b", "email": "bob@example.com"}))
    assert run(["sign", "dist/a", *keyless]) == 0
    assert (folder / "dist" / "a.sigstore.json").read_bytes() != before
    assert not verified(sigstack, "dist/a", "dist/a.sigstore.json")


def test_the_token_on_standard_input(
    keyless: list[str], sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sigstack.token().encode())))
    assert run(["sign", "dist/a", *keyless, "--identity-token", "-"]) == 0
    assert verified(sigstack, "dist/a", "dist/a.sigstore.json")


def test_the_token_of_a_build_service(
    keyless: list[str], sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attest.edge.identity.ambient_token", sigstack.token)
    assert run(["sign", "dist/a", *keyless[2:]]) == 0
    assert verified(sigstack, "dist/a", "dist/a.sigstore.json")


def test_a_key_whose_signatures_are_published(
    keyless: list[str], sigstack: Sigstack, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(sigstack.log.leaves)
    assert run(["sign", "dist/a", "--key", "k.key", *keyless[2:]]) == 0
    assert len(sigstack.log.leaves) == before + 1
    words = ["verify", "dist/a", "--bundle", "dist/a.sigstore.json", "--key", "k.pub"]
    assert run([*words, "--trusted-root", "root.json"]) == 0
    assert run(["key", "generate", "--type", "p384", "--output-prefix", "q"]) == 0
    capsys.readouterr()
    assert run(["sign", "dist/a", "--key", "q.key", *keyless[2:]]) == 4
    assert "signatures by this key (ECDSA P-384) cannot be logged" in capsys.readouterr().err


def test_statements_of_any_kind(folder: Path, keyless: list[str], sigstack: Sigstack) -> None:
    kind = "https://example.com/review/v1"
    (folder / "result.json").write_text('{"result": "PASSED"}')
    assert run(["sign", "dist/a", *keyless, "--predicate", "result.json", "--type", kind]) == 0
    assert verified(sigstack, "dist/a", "dist/a.review.intoto.sigstore.json", "--type", kind)
    digest = {"sha256": hashlib.sha256(b"a").hexdigest()}
    document = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "a", "digest": digest}, {"name": "more", "digest": {"sha512": "00" * 64}}],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": GOOD["https://slsa.dev/verification_summary/v1"],
    }
    (folder / "vsa.json").write_text(json.dumps(document, indent=1))
    assert run(["sign", "dist/a", *keyless, "--statement", "vsa.json"]) == 0
    bundle = json.loads((folder / "dist" / "a.vsa.intoto.sigstore.json").read_bytes())
    assert b64decode(bundle["dsseEnvelope"]["payload"]) == (folder / "vsa.json").read_bytes()


def test_a_dry_run_asks_nobody(
    folder: Path, keyless: list[str], sigstack: Sigstack, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["sign", "dist", *keyless, "--dry-run"]) == 0
    host = sigstack.url.removeprefix("http://")
    a, b, c = (hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b", "sub/c"))
    assert capsys.readouterr().out.splitlines() == [
        f"signed by: alice@example.com ({sigstack.issuer})",
        f"published by {host}: 3 entries, each with its digest and who signed",
        f"sha256:{a}  dist/a",
        f"sha256:{b}  dist/b",
        f"sha256:{c}  dist/sub/c",
    ]
    assert run(["sign", "dist/a", "--key", "k.key", "--dry-run"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("signed by: the key sha256:")
    assert out[1] == "published: nothing"
    assert run(["sign", "dist/a", "--dry-run"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert (
        out[0] == "signed by: whoever the identity token names that the build service gives, or who logs in"
    )
    assert out[1] == "published by rekor.sigstore.dev: 1 entries, each with its digest and who signed"
    assert sigstack.calls == []
    assert not list(folder.rglob("*.sigstore.json"))


def test_what_the_journal_and_the_log_have_is_told(
    folder: Path, keyless: list[str], sigstack: Sigstack, capsys: pytest.CaptureFixture[str]
) -> None:
    sigstack.deduplicates = False
    sigstack.faults[ENTRIES] = [Fault(late=True)]
    (folder / "dist.attest-journal").mkdir()
    (folder / "dist.attest-journal" / "x.json").write_text("{")
    capsys.readouterr()
    assert run(["sign", "dist", *keyless]) == 0
    notes = capsys.readouterr().err
    assert "attest: note: the signing journal has a record that cannot be read, now" in notes
    assert "attest: note: 1 entries stand in the log beside those of the bundles" in notes
    sigstack.shows = False
    sigstack.faults[ENTRIES] = [Fault(late=True)]
    assert run(["sign", "k.pub", *keyless]) == 0
    assert "attest: note: 1 requests were sent again" in capsys.readouterr().err


def test_journals_are_not_signed(folder: Path) -> None:
    (folder / "dist" / "a.attest-journal").mkdir()
    (folder / "dist" / "a.attest-journal" / "record.json").write_text("{}")
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    assert not (folder / "dist" / "a.attest-journal" / "record.json.sigstore.json").exists()


def detached(folder: Path) -> list[str]:
    """A file, its signature and its key, as words of a command."""
    (folder / "dist" / "a").write_bytes(b"content")
    key = keys.generate()
    (folder / "k.pub").write_bytes(key.public.pem)
    (folder / "a.sig").write_bytes(b64encode(key.sign_message(b"content")))
    return ["verify", "dist/a", "--signature", "a.sig", "--key", "k.pub"]


def test_a_signature_in_a_file_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = detached(tmp_path)
    assert run(words) == 0
    digest = hashlib.sha256(b"content").hexdigest()
    assert run([words[0], f"sha256:{digest}", *words[2:]]) == 0
    (tmp_path / "dist" / "a").write_bytes(b"changed")
    assert run(words) == 1
    told = capsys.readouterr().out
    assert "a.sig: the signature does not verify with any trusted key" in " ".join(told.split())
    assert "attest policy explain" not in told


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--bundle", "b"], "--signature and --bundle exclude each other"),
        (["--certificate", "c"], "--certificate and --key exclude each other"),
    ],
)
def test_words_that_do_not_go_with_a_signature(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert run([*detached(tmp_path), *more]) == 4
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--certificate", "--rfc3161-timestamp"])
def test_parts_without_a_signature(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    words = detached(tmp_path)
    assert run([*words[:2], *words[4:], option, "x"]) == 4
    assert f"{option} belongs to a signature in a file of its own" in capsys.readouterr().err


def test_a_signature_does_not_go_with_a_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(tmp_path), "--policy", "p", "--signature", "s"]) == 4
    assert "--signature does not go with --policy" in capsys.readouterr().err
