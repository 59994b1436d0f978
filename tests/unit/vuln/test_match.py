"""Which entries are about a program: versions, platforms, packages, symbols; and databases that are none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.app.vulnerabilities import open_database, scanner
from attest.errors import AttestError, FormatError, LimitError, ReadError
from attest.exe.symbols import parsed
from attest.model.binary import BinaryReport, BuildInfo, Container, Module
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.strict_json import Node, loads
from attest.vuln.database import Database, read_entry
from attest.vuln.match import go_version, scan
from tests.unit.vuln.databases import affected, entry, files, packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.vulnerability import Scan

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HELD = {"example.com/codec": frozenset({"Decode"})}


def info(version: str = "v0.3.1", **change: Any) -> BuildInfo:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "go_version": "go1.25.3",
        "path": "example.com/tool",
        "main": Module(path="example.com/tool", version="v1.0.0"),
        "deps": (Module(path="example.com/codec", version=version),),
        "settings": (("GOOS", "linux"), ("GOARCH", "amd64")),
    }
    return BuildInfo(**(fields | change))


def found(
    *entries: dict[str, Any],
    program: BuildInfo | None = None,
    held: Mapping[str, frozenset[str]] | None = HELD,
) -> Scan:
    content = files(*entries)
    database = Database(lambda name, _: content[name], DEFAULT_LIMITS)
    return scan(
        program or info(),
        database,
        lambda wanted: held and {k: v for k, v in held.items() if k in wanted},
        NOW,
    )


def test_a_symbol_that_is_there() -> None:
    (known,) = found(entry()).found
    assert (known.id, known.aliases, known.module, known.version) == (
        "GO-2026-0001",
        ("CVE-2026-1",),
        "example.com/codec",
        "v0.3.1",
    )
    assert known.symbols == ("example.com/codec.Decode",)
    assert known.fixed == "v0.3.2"


@pytest.mark.parametrize(
    ("why", "events", "version", "is_found", "fixed"),
    [
        ("from the beginning", [{"introduced": "0"}], "v0.0.1", True, ""),
        ("mended in this one", [{"introduced": "0"}, {"fixed": "0.3.1"}], "v0.3.1", False, ""),
        ("not there yet", [{"introduced": "0.3.2"}], "v0.3.1", False, ""),
        ("introduced here", [{"introduced": "0.3.1"}], "v0.3.1", True, ""),
        (
            "introduced again, and told in any order",
            [{"fixed": "0.2.0"}, {"introduced": "0.3.0"}, {"introduced": "0"}, {"fixed": "0.4.0"}],
            "v0.3.1",
            True,
            "v0.4.0",
        ),
        (
            "between two ranges",
            [{"introduced": "0"}, {"fixed": "0.2.0"}, {"introduced": "0.4.0"}],
            "v0.3.1",
            False,
            "",
        ),
        (
            "a commit before",
            [{"introduced": "0"}, {"fixed": "0.3.1"}],
            "v0.3.1-0.20260101000000-abcdefabcdef",
            True,
            "v0.3.1",
        ),
        ("incompatible", [{"introduced": "0"}, {"fixed": "3.0.0"}], "v2.0.0+incompatible", True, "v3.0.0"),
        ("another kind of event", [{"introduced": "0"}, {"last_affected": "0.1.0"}], "v0.3.1", True, ""),
    ],
)
def test_versions(
    why: str, events: list[dict[str, str]], version: str, *, is_found: bool, fixed: str
) -> None:
    told = entry(affected=[affected("example.com/codec", ["Decode"], events=events)])
    mine = found(told, program=info(version)).found
    assert bool(mine) == is_found, why
    assert [each.fixed for each in mine] == [fixed] * is_found, why


def test_ranges_of_other_kinds_are_all_versions() -> None:
    one = affected("example.com/codec", ["Decode"])
    for ranges in (None, [], [{"type": "GIT", "events": []}], [{"type": "SEMVER", "events": []}]):
        assert found(entry(affected=[{**one, "ranges": ranges}])).found


@pytest.mark.parametrize(
    ("why", "one", "held", "symbols"),
    [
        ("no such symbol", affected("example.com/codec", ["Encode"]), HELD, None),
        ("no such package", affected("example.com/codec", package="example.com/codec/sub"), HELD, None),
        ("a whole package", affected("example.com/codec"), HELD, ("example.com/codec.*",)),
        ("a whole module", {"package": {"name": "example.com/codec"}}, HELD, ()),
        ("a program that does not tell", affected("example.com/codec", ["Encode"]), None, ()),
        ("another system", affected("example.com/codec", ["Decode"], goos=["windows"]), HELD, None),
        ("another architecture", affected("example.com/codec", ["Decode"], goarch=["arm64"]), HELD, None),
        (
            "this system",
            affected("example.com/codec", ["Decode"], goos=["linux", "windows"]),
            HELD,
            ("example.com/codec.Decode",),
        ),
    ],
)
def test_packages_and_symbols(
    why: str, one: dict[str, Any], held: Mapping[str, frozenset[str]] | None, symbols: tuple[str, ...] | None
) -> None:
    mine = found(entry(affected=[one]), held=held).found
    assert [each.symbols for each in mine] == ([] if symbols is None else [symbols]), why


def test_an_entry_of_several_modules_counts_for_those_that_are_there() -> None:
    both = [affected("example.com/other", ["Decode"]), affected("example.com/codec", ["Decode"])]
    assert [each.module for each in found(entry(affected=both)).found] == ["example.com/codec"]


@pytest.mark.parametrize(
    ("when", "counts"), [("2026-11-21T00:00:00Z", False), ("2026-11-23T00:00:00Z", True)]
)
def test_entries_that_were_withdrawn(when: str, *, counts: bool) -> None:
    assert bool(found(entry(withdrawn=when)).found) == counts


def test_the_standard_library_has_the_version_of_go() -> None:
    one = affected(
        "stdlib", ["Parse"], package="net/url", events=[{"introduced": "1.25.0-0"}, {"fixed": "1.25.4"}]
    )
    held = {"net/url": frozenset({"Parse"})}
    (known,) = found(entry(affected=[one]), held=held).found
    assert (known.version, known.fixed) == ("v1.25.3", "v1.25.4")
    assert not found(entry(affected=[one]), held=held, program=info(go_version="go1.25.4")).found
    assert not found(entry(affected=[one]), held=held, program=info(go_version="go1.24.9")).found
    assert found(entry(affected=[one]), held=held, program=info(go_version="go1.25rc1")).found
    unknown = found(entry(affected=[one]), held=held, program=info(go_version="devel +abc"))
    assert unknown.unknown == "the version of stdlib is not known"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.25", "v1.25.0"),
        ("go1.25.3", "v1.25.3"),
        ("go1.21rc2", "v1.21.0-rc.2"),
        ("go1.20.1beta1", "v1.20.1-beta.1"),
        ("go1.25.3 X:boringcrypto", "v1.25.3"),
        ("go1.25.3-custom", "v1.25.3"),
        ("devel go1.26-abc", ""),
        ("", ""),
    ],
)
def test_versions_of_go(text: str, version: str) -> None:
    assert go_version(text) == version


def test_modules_without_a_version_are_not_judged() -> None:
    for program in (info("(devel)"), info("")):
        assert found(entry(), program=program).unknown == "the version of example.com/codec is not known"
    local = Module(path="example.com/codec", version="v0.3.1", replace=Module(path="../codec", version=""))
    assert found(entry(), program=info(deps=(local,))).unknown
    assert not found(entry(), program=info(main=Module(path="example.com/tool", version="(devel)"))).unknown


def test_a_module_that_replaces_another_is_looked_up_itself() -> None:
    fork = Module(path="example.com/fork", version="v0.1.0")
    program = info(deps=(Module(path="example.com/codec", version="v0.3.1", replace=fork),))
    told = entry(affected=[affected("example.com/fork", ["Decode"])])
    (known,) = found(told, program=program).found
    assert (known.module, known.symbols) == ("example.com/fork", ("example.com/fork.Decode",))
    assert not found(entry(), program=program).found


@pytest.mark.parametrize(
    ("name", "package", "symbol"),
    [
        (b"net/url.Parse", "net/url", "Parse"),
        (b"golang.org/x/net/html.(*Tokenizer).Next", "golang.org/x/net/html", "Tokenizer.Next"),
        (b"golang.org/x/net/html.Token.String", "golang.org/x/net/html", "Token.String"),
        (b"gopkg.in/yaml%2ev2.Unmarshal", "gopkg.in/yaml.v2", "Unmarshal"),
        (b"main.main", "main", "main"),
        (b"a/b.F[go.shape.int]", "a/b", "F"),
        (b"a/b.(*T[go.shape.*c/d.E]).M", "a/b", "T.M"),
        (b"a/b.(*T[a[b]]).M.func1", "a/b", "T.M.func1"),
        (b"_rt0_amd64", "", "_rt0_amd64"),
        (b"type:.eq.a/b.T", "type:", "eq.a/b.T"),
        (b"]x[.", "", "]x[."),
    ],
)
def test_names_of_functions(name: bytes, package: str, symbol: str) -> None:
    if name.startswith((b"type:", b"]")):
        assert parsed(name)  # what is no name of a function matches nothing
    else:
        assert parsed(name) == (package, symbol)


BROKEN: list[tuple[str, dict[str, bytes], str]] = [
    ("no index of modules", {"index/modules.json": b""}, "JSON"),
    ("modules that are no list", {"index/modules.json": b"{}"}, "is an object, not an array"),
    (
        "an id that leads out",
        {"index/modules.json": b'[{"path": "stdlib", "vulns": [{"id": "../x"}]}]'},
        "is no id",
    ),
    ("an entry without id", {"ID/GO-2026-0001.json": b"{}"}, "id"),
    (
        "a range without events",
        {
            "ID/GO-2026-0001.json": b'{"id": "x", "affected": ['
            b'{"package": {"name": "a"}, "ranges": [{"type": "SEMVER"}]}]}'
        },
        "events",
    ),
    (
        "a time that is none",
        {"ID/GO-2026-0001.json": b'{"id": "x", "affected": [], "withdrawn": "soon"}'},
        "is no time",
    ),
]


@pytest.mark.parametrize(("why", "change", "said"), BROKEN)
def test_databases_that_are_broken(why: str, change: dict[str, bytes], said: str) -> None:
    content = {**files(entry()), **change}
    database = Database(lambda name, _: content[name], DEFAULT_LIMITS)
    with pytest.raises(FormatError, match=said):
        scan(info(), database, lambda _: HELD, NOW)
    assert why


@pytest.mark.parametrize(
    ("text", "known"),
    [("2026-11-20T00:00:00Z", True), ("0001-01-01T00:00:00Z", False), ("2026-11-20T00:00:00", False)],
)
def test_the_time_of_a_database(text: str, *, known: bool) -> None:
    content = files(modified=text)
    assert (Database(lambda name, _: content[name], DEFAULT_LIMITS).modified is not None) == known


@pytest.mark.parametrize("top", ["", "vulndb-master/"])
def test_a_database_in_a_zip(top: str) -> None:
    database = open_database(packed(files(entry()), top), "vulndb.zip")
    assert [each.id for each in database.entries("example.com/codec")] == ["GO-2026-0001"]
    assert database.entries("example.com/nobody") == ()


def test_what_is_no_database() -> None:
    for data, said in (
        (b"", "is no zip"),
        (packed({"a": b""}), "it has 0 files index/db.json"),
        (packed({"a/index/db.json": b"", "b/index/db.json": b""}), "it has 2 files index/db.json"),
    ):
        with pytest.raises(FormatError, match=said):
            open_database(data, "vulndb.zip")
    content = files(entry())
    del content["ID/GO-2026-0001.json"]
    with pytest.raises(ReadError, match="is not in the database"):
        open_database(packed(content), "vulndb.zip").entries("example.com/codec")
    with pytest.raises(LimitError):
        open_database(packed(files(entry())), "vulndb.zip", Limits(vulnerability_bytes=3)).entries("a")
    damaged = packed(files(entry())).replace(b'"modified"', b'"modifieD"', 1)
    with pytest.raises(FormatError, match="cannot be unpacked"):
        _ = open_database(damaged, "vulndb.zip").modified


def report(program: BuildInfo | None) -> BinaryReport:
    return BinaryReport(container=Container(format="elf"), build_info=program)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (None, "its build information does not tell which modules"),
        (info(faults=("a line twice",)), "its build information does not tell which modules"),
        (info(main=None, deps=()), "its build information names no module"),
    ],
)
def test_programs_that_tell_nothing(program: BuildInfo | None, said: str) -> None:
    look = scanner(open_database(packed(files(entry())), "vulndb.zip"), NOW)
    assert said in look(memoryview(b""), report(program)).unknown


def test_a_database_that_breaks_off_is_no_evidence() -> None:
    content = {**files(entry()), "index/modules.json": b"["}
    look = scanner(open_database(packed(content), "vulndb.zip"), NOW)
    assert "the vulnerability database cannot be read: " in look(memoryview(b""), report(info())).unknown


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_any_json_is_an_entry_or_refused(value: Any) -> None:  # noqa: ANN401 - any JSON
    try:
        read_entry(Node(value=value, file="f"), DEFAULT_LIMITS)
    except AttestError:
        return
    assert "id" in value


def test_a_file_without_functions_is_judged_by_its_modules() -> None:
    look = scanner(open_database(packed(files(entry())), "vulndb.zip"), NOW)
    (known,) = look(memoryview(b"\x7fELF"), report(info())).found
    assert known.symbols == ()
    assert loads(b"1", file="f", max_bytes=9, max_depth=1) == 1
