from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import FormatError, LimitError
from attest.go import gomod
from attest.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.module import GoMod, ModuleVersion
    from tests.unit.go.proxy import Go

GOOD = {
    "empty": "module m",
    "plain": "module example.com/m\n\ngo 1.24.1\n\ntoolchain go1.27.3\n",
    "crlf": "module example.com/m\r\n\r\ngo 1.24 // why\r\nrequire a.b/c v1.0.0 // indirect\r\n",
    "blocks": (
        "// head\nmodule ( // here\n\texample.com/m // there\n)\n\nrequire (\n\n\t// above\n"
        "\ta.b/c v1.0.0 // indirect\n\ta.b/d v1.2 //indirect; for c\n\ta.b/e v1 // indirectly\n"
        "\ta.b/f/v2 v2.0.0-rc.1 // not indirect\n)\nrequire ()\nexclude (\n)\n"
    ),
    "versions": (
        "module m\nrequire gopkg.in/yaml.v2 v2.1.0\n"
        "require gopkg.in/x.v1 v0.0.0-20200102030405-abcdefabcdef\n"
        "require gopkg.in/y.v3-unstable v3.0.0\nrequire a.b/c v4.0.0+incompatible\n"
        "require a.b/d v1.0.0+meta\n"
        "require a.b/e v0.0.0-20240102030405-abcdefabcdef\nrequire a.b/c v5.0.0+incompatible\n"
    ),
    "quoted": (
        'module "example.com/m\\x2fn"\nrequire "a.b/c" "v1.0.0"\nrequire "a.b/\\u00e9\\101\\n\\"" v1.0.0\n'
        'replace "x y" => "./dir with space"\ntool "a.b/c/cmd"\n'
    ),
    "replace": (
        "module m\nreplace a.b/c => ../c\nreplace a.b/c v1.0.0 => ./c\nreplace a.b/d => e.f/d v1.5.0\n"
        "replace (\n\ta.b/d v1.0.0 => e.f/g v0.0.0-20240102030405-abcdefabcdef\n\tx => /abs\n\ty => .\n)\n"
        "replace a.b/c => ../other\n"
    ),
    "rest": (
        "module m\ngodebug default=go1.21\ngodebug (\n\tx=1\n\tpanicnil=\n)\nexclude a.b/c v1.0.0\n"
        "exclude a.b/c v1.0.0\nexclude a.b/c v1.1.0\ntool a.b/c\ntool a.b/d\ntool a.b/c\n"
        "ignore ./x\nignore (\n\ty/z\n)\n"
        "retract v1.0.0\nretract [v1.1.0, v1.2.0] // bad\nretract (\n\t[ v1.3.0 , v1.4.0 ]\n)\n"
    ),
    "odd words": "module a.b/c+d\nrequire a.b/c v1.0.0\n",
    "comment after word": "module m//comment\ngo 1.20//x\n",
}

#: Text, the line that is refused, and what is said; the go command refuses each as well.
BAD = {
    "unknown verb": ("module m\nfoo bar\n", 2, "unknown directive: foo"),
    "unknown block": ("module m\nfoo (\n\tbar\n)\n", 2, "unknown block type: foo"),
    "unknown empty block": ("module m\nfoo ()\n", 2, "unknown block type: foo"),
    "block of two words": ("module m\nrequire x (\n)\n", 2, "unknown block type: require x"),
    "go block": ("module m\ngo (\n\t1.20\n)\n", 2, "unknown block type: go"),
    "open block": ("module m\nrequire (\n\ta.b/c v1.0.0\n", 4, "unterminated block started at line 2"),
    "text after block": ("module m\nrequire (\n) x\n", 3, "expected newline after closing paren"),
    "parenthesis alone": ("module m\n(\n", 2, "unknown directive: ("),
    "slash star": ("module m\n/* x */\n", 2, "mod files must use // comments"),
    "slash star in word": ("module m\ngo 1.2/*x*/\n", 2, "mod files must use // comments"),
    "nul": ("module m\0\n", 1, "unexpected input character '\\x00'"),
    "byte order mark": ("\ufeffmodule m\n", 1, "unexpected input character"),
    "open string": ('module "m\n', 1, "unterminated string"),
    "open raw string": ("module `m\n`\n", 1, "unterminated string"),
    "raw string": ("module `m`\n", 1, "unquoted string cannot contain quote"),
    "quote in word": ("module a'b\n", 1, "unquoted string cannot contain quote"),
    "bad escape": ('module "\\q"\n', 1, 'invalid quoted string: "\\q"'),
    "two modules": ("module m\nmodule n\n", 2, "repeated module statement"),
    "module of two": ("module m n\n", 1, "usage: module module/path"),
    "two go lines": ("module m\ngo 1.20\ngo 1.21\n", 3, "repeated go statement"),
    "go of two": ("module m\ngo 1.20 x\n", 2, "go directive expects exactly one argument"),
    "go version": ("module m\ngo 1.020\n", 2, "invalid go version '1.020': must match format 1.23.0"),
    "two toolchains": ("module m\ntoolchain default\ntoolchain default\n", 3, "repeated toolchain statement"),
    "toolchain of none": ("module m\ntoolchain\n", 2, "toolchain directive expects exactly one argument"),
    "toolchain": ("module m\ntoolchain 1.20\n", 2, "invalid toolchain version '1.20'"),
    "godebug": ("module m\ngodebug x\n", 2, "usage: godebug key=value"),
    "godebug quoted": ('module m\ngodebug x="1"\n', 2, "usage: godebug key=value"),
    "require of one": ("module m\nrequire a.b/c\n", 2, "usage: require module/path v1.2.3"),
    "require version": (
        "module m\nrequire a.b/c 1.0.0\n",
        2,
        'version "1.0.0" invalid: must be of the form v1.2.3',
    ),
    "require branch": ("module m\n\nrequire a.b/c master\n", 3, "require a.b/c: version"),
    "major": ("module m\nrequire a.b/c v2.0.0\n", 2, 'version "v2.0.0" invalid: should be v0 or v1, not v2'),
    "major of path": ("module m\nrequire a.b/c/v3 v2.0.0\n", 2, "should be v3, not v2"),
    "path suffix": ("module m\nrequire a.b/c/v1 v1.0.0\n", 2, "require a.b/c/v1: invalid module path"),
    "gopkg.in": ("module m\nexclude gopkg.in/x v1.0.0\n", 2, "exclude gopkg.in/x: invalid module path"),
    "replace": ("module m\nreplace a.b/c ../c\n", 2, "usage: replace"),
    "replace nothing": ("module m\nreplace a.b/c =>\n", 2, "usage: replace"),
    "replace path": (
        "module m\nreplace a.b/c => d\n",
        2,
        "replacement module without version must be directory",
    ),
    "replace at": ("module m\nreplace a.b/c => d@v1\n", 2, "replacement module without version must be"),
    "replace directory version": ("module m\nreplace a.b/c => ./d v1.0.0\n", 2, "cannot have version"),
    "replace windows": (
        "module m\nreplace a.b/c => .\\d\n",
        2,
        "replacement directory appears to be Windows path",
    ),
    "replace old suffix": ("module m\nreplace a.b/c/v0 => ./d\n", 2, "replace a.b/c/v0: invalid module path"),
    "replace old major": ("module m\nreplace a.b/c v2.0.0 => ./d\n", 2, "should be v0 or v1, not v2"),
    "replace new version": ("module m\nreplace a.b/c => d.e/f x\n", 2, 'replace d.e/f: version "x" invalid'),
    "retract": ("module m\nretract\n", 2, "expected '[' or version"),
    "retract open": ("module m\nretract [v1.0.0, v1.1.0\n", 2, "interval without an end"),
    "retract comma": ("module m\nretract [v1.0.0 v1.1.0]\n", 2, "expected ',' after version"),
    "retract more": ("module m\nretract v1.0.0 v1.1.0\n", 2, 'unexpected token after version: "v1.1.0"'),
    "tool": ("module m\ntool a b\n", 2, "tool directive expects exactly one argument"),
    "ignore": ("module m\nignore\n", 2, "ignore directive expects exactly one argument"),
}


def as_go_prints(found: GoMod) -> dict[str, Any]:
    """A GoMod in the shape of `go mod edit -json`, comments left out."""

    def version(each: ModuleVersion) -> dict[str, str]:
        return {"Path": each.path, **({"Version": each.version} if each.version else {})}

    return {
        "Module": {"Path": found.module},
        "Go": found.go,
        "Toolchain": found.toolchain,
        "GoDebug": [{"Key": key, "Value": value} for key, value in found.godebug],
        "Require": [
            version(each.module) | ({"Indirect": True} if each.indirect else {}) for each in found.require
        ],
        "Exclude": [version(each) for each in found.exclude],
        "Replace": [{"Old": version(each.old), "New": version(each.new)} for each in found.replace],
        "Retract": [{"Low": each.low, "High": each.high} for each in found.retract],
        "Tool": [{"Path": each} for each in found.tool],
        "Ignore": [{"Path": each} for each in found.ignore],
    }


def go_prints(go: Go, tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "go.mod").write_bytes(text.encode())
    told = json.loads(go.run(tmp_path, "mod", "edit", "-json"))
    told["Module"].pop("Deprecated", None)
    for each in told.get("Retract") or []:
        each.pop("Rationale", None)
    lists = ("GoDebug", "Require", "Exclude", "Replace", "Retract", "Tool", "Ignore")
    return {
        "Module": told["Module"],
        "Go": told.get("Go", ""),
        "Toolchain": told.get("Toolchain", ""),
        **{name: told.get(name) or [] for name in lists},
    }


def without_repetition(told: dict[str, Any]) -> dict[str, Any]:
    """`go mod edit` prints repeated lines, the go command obeys the last (replace) or the first of them."""
    for name in ("Exclude", "Tool", "Ignore"):
        told[name] = [each for at, each in enumerate(told[name]) if each not in told[name][:at]]
    olds = [each["Old"] for each in told["Replace"]]
    told["Replace"] = [each for at, each in enumerate(told["Replace"]) if each["Old"] not in olds[at + 1 :]]
    return told


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_read_is_what_go_reads(go: Go, tmp_path: Path, text: str) -> None:
    assert as_go_prints(gomod.parse(text.encode())) == without_repetition(go_prints(go, tmp_path, text))


@pytest.mark.parametrize(("text", "line", "message"), BAD.values(), ids=BAD)
def test_refusals(text: str, line: int, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        gomod.parse(text.encode(), "sub/go.mod")
    assert message in caught.value.message
    assert str(caught.value.place) == f"sub/go.mod:{line}"
    assert caught.value.hint


@pytest.mark.parametrize("text", [each[0] for each in BAD.values()], ids=BAD)
def test_go_refuses_too(go: Go, tmp_path: Path, text: str) -> None:
    (tmp_path / "go.mod").write_bytes(text.encode())
    assert go.try_run(tmp_path, "mod", "edit", "-json").returncode


def test_places_and_indirect() -> None:
    found = gomod.parse(GOOD["blocks"].encode())
    assert [(each.module.path, each.indirect, each.place.line) for each in found.require] == [
        ("a.b/c", True, 9),
        ("a.b/d", True, 10),
        ("a.b/e", False, 11),
        ("a.b/f/v2", False, 12),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no module declaration in go.mod"),
        (b"go 1.20\n", "no module declaration in go.mod"),
        (b"module m\nrequire \xff v1.0.0\n", "invalid UTF-8"),
        (b"module a/../b\n", "malformed module path 'a/../b': invalid path element '..'"),
        # The go command would look up what "latest" means.
        (b"module m\nretract latest\n", 'version "latest" invalid: must be of the form v1.2.3'),
        (b'module ""\n', "malformed module path '': empty string"),
    ],
)
def test_what_only_attest_refuses(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        gomod.parse(data)
    assert caught.value.message == message


def test_the_line_of_bad_bytes() -> None:
    with pytest.raises(FormatError, match=r"go\.mod:3: invalid UTF-8"):
        gomod.parse(b"module m\n\ngo \xc3\x28\n")


def test_size() -> None:
    with pytest.raises(LimitError, match="larger than 4 bytes"):
        gomod.parse(b"module m", limits=Limits(go_mod_bytes=4))


@pytest.mark.parametrize("text", [b"module a.b/c\nrequire (", b"module a.b/c\nrequire ( // comment"])
def test_a_block_that_the_end_of_the_file_cuts_off(text: bytes) -> None:
    for parse in (gomod.parse, gomod.parse_dependency):
        with pytest.raises(FormatError, match="unterminated block started at line 2"):
            parse(text)


def test_the_go_mod_of_a_dependency_is_read_laxly() -> None:
    text = b'module a.b/c\ngo v1.18-lax\ntoolchain what\nfuture "x"\nreplace (\n x\n)\nother thing (\n y\n)\n'
    parsed = gomod.parse_dependency(text + b"go2 (\n1.2\n)\nrequire x.org/y v1.0.0\nignore z\n")
    assert (parsed.module, parsed.go, parsed.toolchain) == ("a.b/c", "1.18", "")
    assert [str(each.module) for each in parsed.require] == ["x.org/y@v1.0.0"]
    assert (parsed.replace, parsed.ignore) == ((), ("z",))
    assert gomod.parse_dependency(b"").module == ""
    for bad in (b"go x\n", b"go 1.18 1.19\n", b"require x.org/y\n", b"ignore\n", b"module a.b\nmodule a.b\n"):
        with pytest.raises(FormatError):
            gomod.parse_dependency(bad)
    with pytest.raises(LimitError):
        gomod.parse_dependency(text, limits=Limits(go_mod_bytes=3))
