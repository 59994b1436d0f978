from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from attest.errors import FormatError, ReadError
from attest.go import sumdb, sumdb_setting
from attest.go.note import parse_key
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from tests.unit.go.testlog import NAME, VERIFIER, Log, h1, line_of, path_of, record_of, sign

KEY = parse_key(VERIFIER)
LOG = Log(400)


def judge(files: dict[str, bytes], *lines: GoSumLine, patterns: str = "") -> sumdb.Judgement:
    return sumdb.judge(lines, KEY, sumdb.Sources(read=files.get, label="log"), patterns=patterns)


def told(judgement: sumdb.Judgement) -> list[tuple[str, str]]:
    assert not judgement.faults
    return [(line.status, line.reason) for line in judgement.lines]


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("", "sum.golang.org", ""),
        ("sum.golang.org", "sum.golang.org", ""),
        ("sum.golang.google.cn", "sum.golang.org", "https://sum.golang.google.cn"),
        ("sum.golang.org https://mirror.example.com", "sum.golang.org", "https://mirror.example.com"),
        (VERIFIER, NAME, ""),
        (f"  {VERIFIER}  https://sum.example.com/a ", NAME, "https://sum.example.com/a"),
        (f"{VERIFIER} file:///srv/sumdb", NAME, "file:///srv/sumdb"),
    ],
)
def test_settings(text: str, name: str, url: str) -> None:
    database = sumdb_setting.parse_setting(text)
    assert database is not None
    assert (database.key.name, database.url) == (name, url)


def test_the_setting_off() -> None:
    assert sumdb_setting.parse_setting("off") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sum.example.com", "the key of 'sum.example.com' is not known"),
        ("off https://sum.example.com", "the key of 'off' is not known"),
        ("sum.golang.org a b", "has too many words"),
        (VERIFIER[:-1], "is no verifier key"),
        (f"{VERIFIER} sum.example.com", "'sum.example.com' has no scheme"),
        (f"{VERIFIER} ftp://u:p@sum.example.com", "'ftp://sum.example.com' has no scheme that can be asked"),
        (f"{VERIFIER} https://sum.example.com?x", "has a query or a fragment"),
        ("sum.golang.google.cn https://x", "the key of 'sum.golang.google.cn' is not known"),
    ],
)
def test_wrong_settings(text: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        sumdb_setting.parse_setting(text)


@pytest.mark.parametrize("name", ["../up", "a.b/../c", "a.b/", "/a", "a.b?c", "a.b\\c", "a.b//c", "user@a.b"])
def test_names_that_lead_elsewhere(name: str) -> None:
    data = b"\x01" + bytes(32)
    digest = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    with pytest.raises(FormatError, match=r"is no name of a database, which is host\[/path\]"):
        sumdb_setting.parse_setting(f"{name}+{digest}+{base64.b64encode(data).decode()}")


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ("*/quote", "rsc.io/quote", True),
        ("*/quo", "rsc.io/quote", False),
        ("*/quo??", "rsc.io/quote", True),
        ("*/quo*", "rsc.io/quote", True),
        ("*quo*", "rsc.io/quote", False),
        ("rsc.io", "rsc.io/quote", True),
        ("*.io", "rsc.io/quote", True),
        ("rsc.io/", "rsc.io/quote", True),
        ("rsc", "rsc.io/quote", False),
        ("rsc*", "rsc.io/quote", True),
        ("rsc.io", "rsc.io/quote/v3", True),
        ("*/quote", "rsc.io/quote/v3", True),
        ("*/quote/*", "rsc.io/quote/v3", True),
        ("*/v3", "rsc.io/quote/v3", False),
        ("*/*/v3", "rsc.io/quote/v3", True),
        ("*/*/*", "rsc.io/quote/v3", True),
        ("*/*/*", "rsc.io/quote", False),
        ("*/*/*,,", "rsc.io/quote", False),
        ("*/*/*,,*/quote", "rsc.io/quote", True),
        (",,*/quote", "rsc.io/quote", True),
        ("", "rsc.io/quote", False),
        ("[", "rsc.io/quote", False),
        ("rsc.io/[p-r]uote", "rsc.io/quote", True),
        ("*", "golang.org/toolchain", False),
    ],
)
def test_excluded_modules(patterns: str, path: str, expected: bool) -> None:
    assert sumdb_setting.is_excluded(path, patterns) is expected


def test_every_line_has_its_own_result() -> None:
    lines = [
        line_of(7),
        line_of(7, go_mod=True),
        line_of(300, digest=h1("other")),
        line_of(9),
        line_of(300, go_mod=True),
        replace(line_of(300), hash="h2:x"),
        line_of(301),
    ]
    files = LOG.files(400, 7, 300)
    assert told(judge(files, *lines, patterns="*/M301")) == [
        ("proven", ""),
        ("proven", ""),
        ("contradicted", f"record 300 of the log has {h1(path_of(300))}"),
        ("unproven", "log has no answer about it"),
        ("proven", ""),
        ("unproven", "the log knows h1 hashes alone"),
        ("excluded", "GONOSUMDB or GOPRIVATE excludes it"),
    ]


def test_what_has_no_name_in_the_log_is_not_proven() -> None:
    line = replace(line_of(7), module=ModuleVersion(path="example.com/../x", version="v1.0.0"))
    ((status, reason),) = told(judge(LOG.files(400, 7), line))
    assert status == "unproven"
    assert "malformed" in reason


def test_cve_2026_42501_a_record_without_the_line_is_no_pass() -> None:
    log = Log(400, changed={7: record_of(7).split("\n")[0] + "\n"})
    assert told(judge(log.files(400, 7), line_of(7), line_of(7, go_mod=True))) == [
        ("proven", ""),
        ("contradicted", "record 7 of the log has no such line"),
    ]


def test_cve_2026_56864_lines_after_the_record_say_nothing() -> None:
    """What follows the empty line is the tree's note, whoever wrote lines of go.sum into it."""
    wanted = line_of(7, digest=h1("forged"))
    forged = f"{wanted.module.path} v1.0.0 {wanted.hash}\n"
    log = Log(400, changed={7: "example.com/other v1.0.0 h1:x\n"})
    files = log.files(400, 7)
    name = "lookup/example.com/!m7@v1.0.0"
    genuine = files[name]
    # In the note itself, where the signature covers it, as a line for later versions.
    root = genuine.split(b"\n")[5].decode()
    assert log.head(400).split(b"\n")[2].decode() == root
    files[name] = f"7\n{log.record(7)}\n".encode() + sign(f"go.sum database tree\n400\n{root}\n{forged}")
    assert told(judge(files, wanted)) == [("contradicted", "record 7 of the log has no such line")]
    # Between the record and the note, where nothing covers it.
    files[name] = genuine.replace(b"\n\ngo.sum", f"\n\n{forged}\ngo.sum".encode())
    ((status, reason),) = told(judge(files, wanted))
    assert status == "refused"
    assert "the signature by localhost.localdev/sumdb on the note is wrong" in reason
    # In the record, whose hash is then another one.
    files[name] = genuine.replace(b"h1:x\n\n", f"h1:x\n{forged}\n".encode())
    assert told(judge(files, wanted)) == [("refused", "the answer is not record 7 of the log")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data.replace(b"7\n", b"8\n", 1), "the answer is not record 8 of the log"),
        (lambda data: data[:-4] + b"\n", "malformed signature line"),
        (lambda data: data.replace("— loc".encode(), "— Loc".encode()), "has no signature by localhost"),
        (lambda _: b"not found", "is no answer of a checksum database"),
        (lambda _: LOG.answer(7, 7), "record 7 is in none of the signed trees"),
        (lambda _: f"7\n{record_of(7)}\n".encode() + sign("text\n"), "states no tree head"),
    ],
    ids=["number", "cut", "signer", "prose", "older-tree", "no-tree"],
)
def test_answers_that_do_not_verify(change: object, reason: str) -> None:
    assert callable(change)
    files = LOG.files(400, 7)
    name = "lookup/example.com/!m7@v1.0.0"
    files[name] = change(files[name])
    ((status, found),) = told(judge(files, line_of(7)))
    assert status == "refused"
    assert reason in found


def test_an_answer_about_another_module_proves_nothing() -> None:
    files = LOG.files(400, 7, 8)
    files["lookup/example.com/!m7@v1.0.0"] = files["lookup/example.com/!m8@v1.0.0"]
    assert told(judge(files, line_of(7))) == [("contradicted", "record 8 of the log has no such line")]


def test_a_forged_tile_refuses_the_answer() -> None:
    files = LOG.files(400, 7)
    files["tile/8/0/000"] = bytes(256 * 32)
    ((status, reason),) = told(judge(files, line_of(7)))
    assert (status, reason) == (
        "refused",
        "the tile tile/8/0/000 does not belong to the tree of 400 records that was signed",
    )


def test_an_older_answer_is_proven_by_its_own_tree_or_by_a_newer_one() -> None:
    name = "lookup/example.com/!m7@v1.0.0"
    answer = {name: LOG.answer(7, 300)}
    assert told(judge({**answer, **LOG.tiles(300)}, line_of(7))) == [("proven", "")]
    # The tiles are those of a newer tree, which stands in `latest` or came with another answer.
    newest = {**answer, **LOG.tiles(400)}
    assert told(judge({**newest, "latest": LOG.head(400)}, line_of(7))) == [("proven", "")]
    other = {"lookup/example.com/!m9@v1.0.0": LOG.answer(9, 400)}
    assert told(judge({**newest, **other}, line_of(7), line_of(9))) == [("proven", "")] * 2
    between = {**other, "latest": LOG.head(390)}
    assert told(judge({**newest, **between}, line_of(7), line_of(9))) == [("proven", "")] * 2
    assert told(judge(answer, line_of(7))) == [("unproven", "the tile tile/8/1/000.p/1 is not there")]


def test_what_cannot_be_read_is_not_there() -> None:
    def read(name: str) -> bytes | None:
        raise ReadError("permission denied", place=Place(file=name))

    judged = sumdb.judge([line_of(7)], KEY, sumdb.Sources(read=read, label="log"))
    assert told(judged) == [("unproven", "permission denied")]


def test_a_latest_tree_head_that_does_not_verify() -> None:
    files = {**LOG.files(400, 7), "latest": LOG.head(400).replace(b"400", b"401")}
    judged = judge(files, line_of(7))
    assert [line.status for line in judged.lines] == ["proven"]
    (fault,) = judged.faults
    assert fault.message == "the signature by localhost.localdev/sumdb on the note is wrong"
    assert str(fault.place) == "log/latest"


def test_a_fork_is_reported_with_both_heads() -> None:
    """The database signed a tree of 300 records that is no beginning of the one of 400."""
    forked = Log(400, fork=290)
    files = {**forked.files(400, 7), "latest": LOG.head(300)}
    (fault,) = judge(files, line_of(7)).faults
    first, second = (each.decode().split("\n") for each in (LOG.head(300), forked.head(400)))
    # What stands there is enough to write both notes again.
    assert fault.message == (
        "localhost.localdev/sumdb signed two trees that cannot both be true: "
        f"300 records with the root {first[2]} signed {first[4].split()[2]} (log/latest), and "
        f"400 records with the root {second[2]} signed {second[4].split()[2]} "
        "(log/lookup/example.com/!m7@v1.0.0)"
    )
    assert "prove that the database misbehaves" in fault.hint


def test_a_fork_of_the_same_size() -> None:
    forked = Log(400, fork=390)
    files = {**LOG.files(400, 7), "latest": forked.head(400)}
    (fault,) = judge(files, line_of(7)).faults
    assert fault.message.startswith("localhost.localdev/sumdb signed two trees of 400 records: ")


def test_a_fork_that_only_the_newest_tree_shows() -> None:
    """The tiles of the tree between are not there."""
    forked = Log(400, fork=260)
    files = {
        "lookup/example.com/!m7@v1.0.0": LOG.answer(7, 300),
        "lookup/example.com/!m9@v1.0.0": forked.answer(9, 350),
        "latest": forked.head(400),
        **forked.tiles(400),
    }
    messages = [fault.message for fault in judge(files, line_of(7), line_of(9)).faults]
    assert len(messages) == 1
    assert "300 records with the root" in messages[0]
    assert "400 records with the root" in messages[0]


def test_trees_that_cannot_be_compared_are_no_fork() -> None:
    files = {**LOG.files(400, 7), "latest": Log(900).head(900)}
    assert told(judge(files, line_of(7))) == [("proven", "")]


def test_a_forged_tile_at_the_edge_is_told_of_the_trees_too() -> None:
    files = {**LOG.files(400, 7), "latest": LOG.head(300)}
    files["tile/8/1/000.p/1"] = bytes(32)
    judged = judge(files, line_of(7))
    assert [line.status for line in judged.lines] == ["refused"]
    assert [fault.message for fault in judged.faults] == [
        "the tiles at the edge do not belong to the tree of 400 records that was signed"
    ]
