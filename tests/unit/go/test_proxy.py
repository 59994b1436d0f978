from __future__ import annotations

import pytest

from attest.errors import AttestError, FormatError, LimitError, ServiceError
from attest.go.proxy import ModuleProxy, matches, parse_list, parse_netrc, without_password
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from tests.fakes import MemoryDownloads


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.b", [("https://a.b", False)]),
        (
            "a.b/c, https://d.e|direct,http://never",
            [("https://a.b/c", False), ("https://d.e", True), ("direct", False)],
        ),
        (",, a.b | ,off|x", [("https://a.b", True), ("off", True)]),
        ("file:///p/q", [("file:///p/q", False)]),
    ],
)
def test_the_list_is_read_as_go_reads_it(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(each.url, each.after_any_error) for each in parse_list(text)] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "GOPROXY has no entry"),
        (" , |", "GOPROXY has no entry"),
        ("ftp://a.b", "'ftp://a.b' has no scheme that can be asked"),
        ("word", "'word' has no scheme"),
        ("/p/q", "'/p/q' has no scheme"),
        ("https://u:secret@a.b:port", "'https://a.b:port' is no URL"),
        ("https://a.b?x", "has a query or a fragment"),
        ("file://host/p", "is no file:///path"),
        ("https:///p", "names no host"),
    ],
)
def test_entries_that_are_no_proxy(text: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_list(text)
    assert said in caught.value.message
    assert caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ("*.corp.com", "git.corp.com/x/y", True),
        ("rsc.io/private", "rsc.io/private/q", True),
        ("rsc.io/private", "rsc.io/privateer", False),
        ("rsc.io/private/q", "rsc.io/private", False),
        (",, ,a.b/", "a.b/c", True),
        ("a.?/[x-z]", "a.b/y/q", True),
        ("a.b/[^x-z]", "a.b/y", False),
        ("a\\.b", "a.b", True),
        ("a[.b", "a[.b", False),
        ("a\\", "a", False),
        ("[z-a]", "b", False),
        ("*", "a.b/c", True),
        ("none", "a.b", False),
        ("", "a.b", False),
    ],
)
def test_private_modules_match_as_in_go(patterns: str, path: str, expected: bool) -> None:
    assert matches(patterns, path) is expected


def test_netrc_is_read_as_go_reads_it() -> None:
    text = (
        "machine a.b login u password p\nmachine a.b login other password other\n"
        "macdef x\nmachine no login no password no\n\n"
        "machine c.d\nlogin v\npassword w\nmachine half login x\nmachine e.f password q login r\n"
        "default\nmachine late login l password l\n"
    )
    assert parse_netrc(text) == {"a.b": ("u", "p"), "c.d": ("v", "w"), "e.f": ("r", "q")}


def test_passwords_are_not_shown() -> None:
    assert without_password("https://u:p@x@a.b/c@v1") == "https://a.b/c@v1"
    assert without_password("https://a.b/c@v1") == "https://a.b/c@v1"


def line(path: str = "a.b/X", version: str = "v1.0.0-RC1", kind: str = "zip") -> GoSumLine:
    return GoSumLine(
        module=ModuleVersion(path=path, version=version),
        kind="zip" if kind == "zip" else "go.mod",
        hash="h1:x",
        place=Place(file="go.sum", line=1),
    )


NAME = "a.b/%21x/@v/v1.0.0-%21r%21c1.zip"


def ask(
    goproxy: str,
    world: MemoryDownloads,
    *,
    asked: GoSumLine | None = None,
    no_proxy: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[bytes, str]:
    proxy = ModuleProxy(steps=parse_list(goproxy), no_proxy=no_proxy, downloads=world)
    with proxy.open(asked or line(), limits) as (file, url):
        return bytes(file.data), url


def test_proxies_are_asked_in_order() -> None:
    world = MemoryDownloads({f"https://two.x/{NAME}": b"zip"}, failing=frozenset({"bad.x"}))
    assert ask("https://one.x/,https://u:p@none.x,two.x", world) == (b"zip", f"https://two.x/{NAME}")
    assert world.asked[0] == f"https://one.x/{NAME}"
    assert ask("https://bad.x|two.x", world)[0] == b"zip"


def test_a_go_mod_is_asked_for_by_its_name() -> None:
    world = MemoryDownloads({"https://one.x/a.b/%21x/@v/v1.0.0.mod": b"module"})
    assert ask("one.x", world, asked=line(version="v1.0.0", kind="go.mod"))[0] == b"module"


@pytest.mark.parametrize(
    ("goproxy", "no_proxy", "said"),
    [
        ("https://bad.x,two.x", "", "bad.x answered 500"),
        ("https://one.x|three.x", "", "no proxy of GOPROXY has a.b/X@v1.0.0-RC1"),
        ("https://one.x,off", "", "GOPROXY says off"),
        ("https://one.x,direct", "", "direct, as GOPROXY says, needs the go command"),
        ("two.x", "a.b", "matches GONOPROXY or GOPRIVATE"),
        ("bad.x|bad.x", "", "bad.x answered 500"),
    ],
)
def test_where_nobody_gives_it(goproxy: str, no_proxy: str, said: str) -> None:
    world = MemoryDownloads({f"https://two.x/{NAME}": b"zip"}, failing=frozenset({"bad.x"}))
    with pytest.raises(ServiceError) as caught:
        ask(goproxy, world, no_proxy=no_proxy)
    assert said in caught.value.message
    assert caught.value.hint


def test_what_is_too_large_or_has_no_name() -> None:
    world = MemoryDownloads({f"https://two.x/{NAME}": b"zip"})
    with pytest.raises(LimitError, match="more than the 2 bytes"):
        ask("two.x", world, limits=Limits(module_zip_bytes=2))
    with pytest.raises(FormatError, match="malformed module path"):
        ask("two.x", world, asked=line(path="../x"))
    assert len(world.asked) == 1


def test_an_error_of_the_user_of_the_bytes_is_not_taken_for_the_proxys() -> None:
    world = MemoryDownloads({f"https://two.x/{NAME}": b"zip"})
    proxy = ModuleProxy(steps=parse_list("two.x|one.x"), no_proxy="", downloads=world)
    with pytest.raises(AttestError, match="mine"), proxy.open(line(), DEFAULT_LIMITS):
        raise ServiceError("mine")
    assert len(world.asked) == 1
