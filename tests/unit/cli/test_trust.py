"""`attest trust` from the command line down to the roots."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from attest.cli import main as cli
from attest.cli.schema import schema_bytes
from attest.trust.roots import parse
from attest.trust.sigstore_compat import EMBEDDED, embedded_root

if TYPE_CHECKING:
    from tests.sigstack.stack import Sigstack

NOW = "2026-03-04T05:06:07Z"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return cli.run(["trust", *arguments])


def shown(capsys: pytest.CaptureFixture[str], *files: str) -> dict[str, Any]:
    assert run("show", *files, "-o", "json", "--now", NOW) == 0
    document = dict(json.loads(capsys.readouterr().out))
    jsonschema.validate(document, json.loads(schema_bytes("trust")))
    return document


def root(sigstack: Sigstack, **windows: dict[str, str]) -> bytes:
    return json.dumps(sigstack.trusted_root(**windows)).encode()


def test_the_roots_that_come_with_attest_are_exported_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    for name in EMBEDDED:
        assert run("export", name, "-o", f"json={name}.json") == 0
        data = Path(f"{name}.json").read_bytes()
        assert data == embedded_root(name)
        assert capsys.readouterr().err == f"sha256: {hashlib.sha256(data).hexdigest()}\n"
        assert parse(data, name, name)[0].logs
    assert run("export") == 0
    assert capsys.readouterr().out.encode() == embedded_root("public-good")


def test_without_a_file_the_public_instance_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    (listed,) = shown(capsys)["roots"]
    assert (listed["name"], listed["source"]) == ("public-good", "comes with attest")
    assert listed["sha256"] == hashlib.sha256(embedded_root("public-good")).hexdigest()
    places = {each["uri"] for each in listed["members"] if each["standing"] == "trusted"}
    assert {"https://fulcio.sigstore.dev", "https://rekor.sigstore.dev"} <= places


def test_what_is_trusted_now_stands_first(sigstack: Sigstack, capsys: pytest.CaptureFixture[str]) -> None:
    past = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    Path("root.json").write_bytes(root(sigstack, authorities=past, ctlogs={"start": "2030-01-01T00:00:00Z"}))
    document = sigstack.trusted_root()
    keys = [
        hashlib.sha256(base64.b64decode(each["publicKey"]["rawBytes"])).hexdigest()
        for each in document["tlogs"]
    ]
    issuing, own = (
        hashlib.sha256(base64.b64decode(each["rawBytes"])).hexdigest()
        for each in document["certificateAuthorities"][0]["certChain"]["certificates"]
    )
    listed = shown(capsys, "root.json")["roots"][0]["members"]
    members = {each["kind"]: each for each in listed}
    assert {kind: each["standing"] for kind, each in members.items()} == {
        "certificate-authority": "ended",
        "certificate-transparency-log": "not-yet",
        "timestamp-authority": "trusted",
        "transparency-log": "trusted",
    }
    logs = [each["sha256s"] for each in listed if each["kind"] == "transparency-log"]
    assert sorted(logs) == sorted([key] for key in keys)
    assert members["certificate-authority"]["sha256s"] == [issuing, own]
    assert members["certificate-authority"]["name"] == "sigstack, root"
    assert (members["certificate-authority"]["start"], members["certificate-authority"]["end"]) == (
        "2020-01-01T00:00:00Z",
        "2021-01-01T00:00:00Z",
    )
    assert run("show", "root.json", "--now", NOW) == 0
    lines = capsys.readouterr().out.splitlines()
    digest = hashlib.sha256(Path("root.json").read_bytes()).hexdigest()
    assert lines[:2] == ["root.json", f"  sha256 {digest}"]
    assert [each for each in lines if each.startswith("  ") and each[2] not in " s"] == [
        f"  timestamp authority {sigstack.url}/api/v1/timestamp",
        *[f"  transparency log {sigstack.url}"] * len(keys),
        f"  certificate authority {sigstack.url}",
        f"  certificate transparency log {sigstack.url}",
    ]
    assert "    no longer trusted: from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z" in lines
    assert "    not trusted yet: from 2030-01-01T00:00:00Z" in lines
    assert max(map(len, lines)) <= 80


def test_several_roots_of_one_file_and_several_files(
    sigstack: Sigstack, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("roots.jsonl").write_bytes(root(sigstack) + b"\n" + root(sigstack) + b"\n")
    Path("one.json").write_bytes(root(sigstack))
    names = [each["name"] for each in shown(capsys, "roots.jsonl", "one.json")["roots"]]
    assert names == ["roots.jsonl", "roots.jsonl#2", "one.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["show", "absent.json"], 2, "absent.json: no such file"),
        (["show", "notes.txt"], 2, "notes.txt:1: is no JSON"),
        (
            ["show", "broken.json"],
            2,
            "broken.json: $.certChain.certificates[1] is no certificate",
        ),
        (["show", "-o", "html"], 4, "-o: unknown format 'html'"),
        (["show", "--now", "noon"], 4, "--now"),
        (["export", "private"], 4, "no root that comes with attest is called 'private'"),
    ],
)
def test_bad_input(
    sigstack: Sigstack,
    arguments: list[str],
    code: int,
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = sigstack.trusted_root()
    document["certificateAuthorities"][0]["certChain"]["certificates"][1]["rawBytes"] = "AAAA"
    Path("broken.json").write_text(json.dumps(document))
    Path("notes.txt").write_text("notes")
    assert run(*arguments) == code
    told = capsys.readouterr().err
    assert reason in told
    assert "Traceback" not in told
