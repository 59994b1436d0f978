"""The commands with the checksum database: online against a server on loopback, and from portable proofs."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from attest.cli.main import run
from attest.errors import OutputError
from attest.go import gosum, sumdb, sumdb_proofs
from attest.go.note import parse_key
from attest.model.place import Place
from tests.unit.cli.test_check_sumdb import ANSWER, GO_MOD, LINES, LOG, MODULE, ZIP
from tests.unit.go import logserver
from tests.unit.go.testlog import NAME, VERIFIER, Log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import SignedRelease
    from tests.unit.go.logserver import LogServer

DATABASE = f"/sumdb/{NAME}"
MODULES = f"/{MODULE.path}/@v"
FORK = f"{NAME} signed two trees that cannot both be true: 300 records with the root "
FILES = {**LOG.tiles(300), ANSWER: LOG.answer(7, 300), "latest": LOG.head(300), "supported": b""}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogServer]:
    with logserver.running() as log:
        monkeypatch.setenv("NO_PROXY", "*")
        log.serve(DATABASE, FILES)
        yield log


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: LogServer) -> Path:
    """A source tree and a GOPATH with its module, in which no answer of the database is kept."""
    for name in ("GOMODCACHE", "GONOSUMDB", "GOPRIVATE", "GONOPROXY", "GOAUTH", "GONOSUMCHECK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.setenv("GOPATH", str(tmp_path / "go"))
    monkeypatch.setenv("GOSUMDB", VERIFIER)
    monkeypatch.setenv("GOPROXY", server.url)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    files = {
        "source/go.mod": b"module example.com/tool\n\ngo 1.24\n\nrequire example.com/m7 v1.0.0\n",
        "source/go.sum": LINES.encode(),
        "source/main.go": b'package main\n\nimport _ "example.com/m7"\n\nfunc main() {}\n',
        "go/pkg/mod/cache/download/example.com/m7/@v/v1.0.0.zip": ZIP,
        "go/pkg/mod/cache/download/example.com/m7/@v/v1.0.0.mod": GO_MOD,
        "go/pkg/mod/example.com/m7@v1.0.0/go.mod": GO_MOD,
        "go/pkg/mod/example.com/m7@v1.0.0/m.go": b"package m7\n",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path / "source"


def check(source: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    """The exit code with --sumdb require, and what the findings about the database say."""
    code = run(["check", str(source), "-o", "json", "--sumdb", "require", *words])
    verdict = json.loads(capsys.readouterr().out)
    return code, [each["message"] for each in verdict["findings"] if each["check"].startswith("sumdb-")]


def remembered(source: Path) -> list[str]:
    folder = source.parent / "state" / "attest" / "sumdb" / "localhost.localdev%2Fsumdb+00000c67"
    return sorted(str(each.relative_to(folder)) for each in folder.iterdir()) if folder.exists() else []


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def test_without_online_nobody_is_asked_and_with_it_all_is_proven(
    source: Path, server: LogServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(source.parent / "go")
    code, messages = check(source, capsys)
    assert (code, len(messages)) == (1, 2)
    assert "has no answer about it" in messages[0]
    assert server.asked == []
    assert check(source, capsys, "--online") == (0, [])
    assert server.asked[0] == f"{DATABASE}/supported"
    assert sorted(server.asked) == sorted(set(server.asked))
    assert set(server.passwords) == {""}
    assert files_below(source.parent / "go") == before  # the go command's caches are left alone
    (head,) = remembered(source)
    assert head.startswith("300-")


def test_no_socket_is_opened_without_online(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proofs = str(tmp_path / "proofs")
    assert check(source, capsys, "--online", "--write-proofs", proofs)[0] == 0
    opened: list[object] = []

    def guard(*words: object) -> None:
        opened.append(words)
        raise OSError("no socket in this test")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, guard)
    monkeypatch.setattr(socket, "getaddrinfo", guard)
    for words in ((), ("--sumdb", "off"), ("--sumdb", "cache"), ("--proofs", proofs)):
        assert run(["check", str(source), "--quiet", *words]) == 0
    assert opened == []
    assert run(["check", str(source), "--quiet", "--online", "--sumdb", "require"]) == 1
    assert opened != []


def test_the_next_run_notices_a_fork_online_and_offline(
    source: Path, server: LogServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(source, capsys, "--online") == (0, [])
    kept = remembered(source)
    forked = Log(400, fork=280, changed={7: LINES})
    server.serve(DATABASE, {**forked.tiles(400), ANSWER: forked.answer(7, 400), "supported": b""})
    code, messages = check(source, capsys, "--online")
    assert code == 1
    (fork,) = [each for each in messages if each.startswith(FORK)]
    assert "state/attest/sumdb" in fork.replace("\\", "/")
    assert any("the tree of 400 records contradicts the remembered one of 300" in each for each in messages)
    assert remembered(source) == kept
    # Offline, with the forked answers in the go command's cache.
    cache = source.parent / "go" / "pkg" / "mod" / "cache" / "download" / "sumdb" / NAME
    for name, data in {**forked.tiles(400), ANSWER: forked.answer(7, 400)}.items():
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_bytes(data)
    code, messages = check(source, capsys)
    assert code == 1
    assert len([each for each in messages if each.startswith(FORK)]) == 1
    assert remembered(source) == kept


def test_a_grown_tree_is_remembered_and_an_older_one_is_no_fault(
    source: Path, server: LogServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(source, capsys, "--online") == (0, [])
    grown = Log(700, changed={7: LINES})
    later = {**grown.tiles(700), ANSWER: grown.answer(7, 700), "latest": grown.head(700), "supported": b""}
    server.serve(DATABASE, later)
    assert check(source, capsys, "--online") == (0, [])
    assert [each.partition("-")[0] for each in remembered(source)] == ["700"]
    server.serve(DATABASE, {**later, **FILES})
    assert check(source, capsys, "--online") == (0, [])
    assert [each.partition("-")[0] for each in remembered(source)] == ["700"]


def test_a_damaged_state_is_told_and_names_the_file(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(source, capsys, "--online") == (0, [])
    folder = source.parent / "state" / "attest" / "sumdb" / "localhost.localdev%2Fsumdb+00000c67"
    (head,) = folder.iterdir()
    head.write_bytes(head.read_bytes().replace(b"\n300\n", b"\n200\n"))
    for words in ((), ("--online",)):
        assert run(["check", str(source), "-o", "json", *words]) == 1
        (finding,) = [
            each
            for each in json.loads(capsys.readouterr().out)["findings"]
            if each["check"] == "sumdb-mismatch"
        ]
        assert finding["message"] == f"the signature by {NAME} on the note is wrong"
        assert finding["place"]["file"].endswith(head.name)
        assert "find out, then remove it" in finding["hint"]
    head.write_bytes(b"")
    assert run(["check", str(source)]) == 1
    assert "is no signed note" in capsys.readouterr().out
    assert run(["check", str(source), "--quiet", "--sumdb", "off"]) == 0


def test_a_state_that_cannot_be_read_or_written(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", str(source), "--online", "--sumdb", "require", "--quiet"]
    state = source.parent / "state"
    state.write_bytes(b"a file where a folder should be")
    assert run(words) == 2
    assert "no such file or directory" in capsys.readouterr().err
    state.unlink()

    def full(*_: object) -> None:
        raise OutputError("cannot write: no space left", place=Place(file="state"), hint="free some")

    monkeypatch.setattr("attest.edge.state.TreeHeads.remember", full)
    assert run(words) == 0
    said = capsys.readouterr().err
    assert said == "attest: warning: state: cannot write: no space left\n  hint: free some\n"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (f"{DATABASE}/{ANSWER}", (500, ""), "answered 500"),
        (f"{DATABASE}/{ANSWER}", (404, ""), f"{NAME} has no answer about it"),
        (f"{DATABASE}/tile/8/0/000", (500, ""), "answered 500"),
        (f"{DATABASE}/supported", (403, ""), "answered 403"),
        (f"{DATABASE}/{ANSWER}", (302, "file:///etc/passwd"), "redirects to what is no http address"),
    ],
)
def test_a_failing_database_is_no_evidence(
    source: Path,
    server: LogServer,
    capsys: pytest.CaptureFixture[str],
    path: str,
    status: tuple[int, str],
    said: str,
) -> None:
    server.statuses[path] = status
    code, messages = check(source, capsys, "--online")
    assert code == 1
    assert len(messages) == 2
    assert all(said in each for each in messages)
    # Without --sumdb require it is information.
    assert run(["check", str(source), "--online", "-o", "json"]) == 0
    (told,) = [
        each["reason"]
        for each in json.loads(capsys.readouterr().out)["checks"]
        if each["check"] == "sumdb-unproven"
    ]
    assert "0 of 2 lines of go.sum are proven" in told
    assert said in told


def test_passwords_do_not_follow_a_redirect_and_the_other_host_is_not_believed(
    source: Path, server: LogServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOPROXY", server.url.replace("//", "//me:secret@"))
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.files["/elsewhere"] = LOG.answer(8, 300)
    server.statuses[f"{DATABASE}/{ANSWER}"] = (302, f"{elsewhere}/elsewhere")
    code, messages = check(source, capsys, "--online")
    assert code == 1
    assert all("record 8 of the log has no such line" in each for each in messages)
    sent = dict(zip(server.asked, server.passwords, strict=True))
    assert sent["/elsewhere"] == ""
    assert sent[f"{DATABASE}/{ANSWER}"].startswith("Basic ")
    assert "secret" not in "".join(messages)


def test_a_folder_serves_the_database_too(
    source: Path, server: LogServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in FILES.items():
        file = tmp_path / "proxy" / "sumdb" / NAME / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    monkeypatch.setenv("GOPROXY", (tmp_path / "proxy").as_uri())
    assert run(["check", str(source), "--online", "--sumdb", "require", "--quiet"]) == 0
    assert server.asked == []


def test_private_modules_are_not_asked_for_and_gonosumcheck_is_no_setting(
    source: Path, server: LogServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONOSUMCHECK", "1")
    assert check(source, capsys, "--online") == (0, [])
    server.asked.clear()
    monkeypatch.setenv("GOPRIVATE", "example.com")
    code, messages = check(source, capsys, "--online")
    assert (code, messages) == (1, ["GONOSUMDB or GOPRIVATE excludes all 2 lines of go.sum"])
    assert server.asked == []


def test_the_database_can_be_off(source: Path, server: LogServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOSUMDB", "off")
    assert run(["check", str(source), "--online", "--quiet"]) == 0
    assert run(["check", str(source), "--online", "--quiet", "--sumdb", "require"]) == 1
    assert server.asked == []
    assert remembered(source) == []


def test_another_way_to_log_in_is_named_where_it_is_needed(
    source: Path, server: LogServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOAUTH", "netrc; helper --token=secret")
    assert check(source, capsys, "--online") == (0, [])
    server.statuses[f"{DATABASE}/supported"] = (401, "")
    code, messages = check(source, capsys, "--online")
    assert code == 1
    assert "answered 401, and GOAUTH asks for 'helper', which is not supported and was not run" in messages[0]
    assert "secret" not in messages[0]


def test_proofs_need_neither_cache_nor_network(
    source: Path, server: LogServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "go.sum.tlog-proof"
    assert check(source, capsys, "--online", "--write-proofs", str(file)) == (0, [])
    server.asked.clear()
    shutil.rmtree(source.parent / "state")
    assert check(source, capsys, "--proofs", str(file)) == (0, [])
    # What proofs prove is asked of nobody, even online: only the newest tree head is.
    again = tmp_path / "again"
    assert check(source, capsys, "--online", "--proofs", str(file), "--write-proofs", str(again)) == (0, [])
    assert server.asked == [f"{DATABASE}/supported", f"{DATABASE}/latest"]
    assert again.read_bytes() == file.read_bytes()
    file.write_bytes(file.read_bytes().replace(b"index 7", b"index 6"))
    code, (message,) = check(source, capsys, "--proofs", str(file))
    assert code == 1
    assert "does not lead to the tree of 300 records that was signed" in message
    file.write_bytes(b"no proofs\n")
    assert run(["check", str(source), "--proofs", str(file)]) == 2
    assert f'{file}:1: is not "c2sp.org/tlog-proof@v1"' in capsys.readouterr().err
    assert run(["check", str(source), "--proofs", str(tmp_path / "none")]) == 2


def test_nothing_proven_is_nothing_written(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proofs"
    assert run(["check", str(source), "--write-proofs", str(file)]) == 2
    assert "no line of go.sum is proven" in capsys.readouterr().err
    assert not file.exists()
    assert run(["check", str(source), "--write-proofs", str(file), "--sumdb", "off"]) == 4
    assert run(["check", str(source), "--proofs", str(file), "--sumdb", "off"]) == 4
    assert "which --sumdb off leaves out" in capsys.readouterr().err


def test_verify_and_release_judge_the_database_too(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)

    def outcomes(*words: str) -> tuple[int, dict[str, str]]:
        code = run([*words, "-o", "json"])
        checks = json.loads(capsys.readouterr().out)["checks"]
        return code, {each["check"]: each["outcome"] for each in checks if each["check"].startswith("sumdb-")}

    proofs = tmp_path / "proofs"
    log = Log(20, changed=dict(enumerate(_records(release.source / "go.sum"))))

    files = log.tiles(20)
    for number, record in enumerate(_records(release.source / "go.sum")):
        path, version, _ = record.split("\n")[0].split(" ")
        files[f"lookup/{path}@{version.removesuffix('/go.mod')}"] = log.answer(number, 20)
    lines = gosum.parse((release.source / "go.sum").read_bytes()).lines
    judged = sumdb.judge(lines, parse_key(VERIFIER), sumdb.Sources(read=files.get), keep_proofs=True)
    proofs.write_bytes(sumdb_proofs.write(judged.proofs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOSUMDB", VERIFIER)
        patch.setenv("GOENV", "off")
        words = ["--sumdb", "require", "--proofs", str(proofs)]
        assert outcomes(*release.words(), *words) == (
            0,
            {"sumdb-mismatch": "pass", "sumdb-unproven": "pass"},
        )
        made = ["--source", str(release.source), "--dist", str(release.dist), "--policy", str(release.policy)]
        made = ["release", *made, "--version", "1.0.0", "--key", str(release.key)]
        assert outcomes(*made, *words) == (0, {"sumdb-mismatch": "pass", "sumdb-unproven": "pass"})
        assert outcomes(*release.words(), "--sumdb", "require")[1]["sumdb-unproven"] == "no-evidence"
        for command in (release.words(), made):
            assert run([*command, "--online"]) == 4
            assert "the policy says `trust.offline: required`" in capsys.readouterr().err
        policy = release.policy.read_text()
        allowed = release.policy.with_name("allowed.yaml")
        allowed.write_text(policy.replace("offline: required", "offline: allowed"))
        bare = ["verify", "--policy", str(allowed), "--version", "1.0.0", str(release.dist)]
        assert run([*bare, "--proofs", str(proofs)]) == 4
        assert "--proofs is about the source tree" in capsys.readouterr().err
        patch.delenv("GOPROXY", raising=False)
        patch.setenv("GOROOT", str(tmp_path / "no-go"))
        assert run([*bare, "--source", str(release.source), "--online"]) == 4
        assert "GOPROXY is not set" in capsys.readouterr().err


def _records(go_sum: Path) -> list[str]:
    """One record for each module of a go.sum, as the database would have them."""
    by_module: dict[tuple[str, str], list[str]] = {}
    for line in go_sum.read_text().splitlines():
        path, version, _ = line.split(" ")
        by_module.setdefault((path, version.removesuffix("/go.mod")), []).append(f"{line}\n")
    return ["".join(each) for each in by_module.values()]
