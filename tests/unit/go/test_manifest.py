from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from attest.errors import FormatError, LimitError
from attest.go import dirhash, manifest
from attest.go.manifest import ModuleManifest
from attest.model.limits import Limits
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place

X = ModuleVersion(path="a.b/x", version="v1.0.0")
Y = ModuleVersion(path="a.b/y", version="v1.0.0")
CODE = b"//go:build ignore\r\n\npackage main"
SHA256 = hashlib.sha256(CODE).hexdigest()
MOD = b"module a.b/x\n"
MODULES = (
    ModuleManifest(module=Y, go_mod=b"x"),
    ModuleManifest(
        module=X,
        files=(("a.b/x@v1.0.0/x.go", SHA256), ("a.b/x@v1.0.0/LICENSE", "0" * 64)),
        go_mod=MOD,
        contents=(CODE, CODE),
    ),
)
TEXT = f"""attest module manifest v1
module a.b/x v1.0.0
go.mod {b64encode(MOD).decode()}
{"0" * 64}  a.b/x@v1.0.0/LICENSE
{SHA256}  a.b/x@v1.0.0/x.go
content {b64encode(CODE).decode()}
module a.b/y v1.0.0
go.mod eA==
"""


def test_a_manifest_is_written_sorted_and_read_back() -> None:
    written = manifest.write(MODULES)
    assert written.decode() == TEXT
    read = manifest.parse(written, "m.txt")
    assert list(read) == [X, Y]
    assert read[X].files == tuple(sorted(MODULES[1].files))
    assert (read[X].go_mod, read[X].contents) == (MOD, (CODE,))
    assert manifest.write(read.values()) == written


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("manifest v1", "manifest v2", 1, "does not begin with"),
        ("attest", "\nattest", 1, "does not begin with"),
        ("module a.b/x v1.0.0\n", "", 2, "no line `module path version` before it"),
        ("module a.b/x v1.0.0\n", "module ../x v1.0.0\n", 2, "is no module"),
        ("module a.b/x v1.0.0\n", "module a.b/x v1.0\n", 2, "not canonical"),
        ("module a.b/y", "module a.b/a", 7, "not in order"),
        ("module a.b/y", "module a.b/x", 7, "not in order"),
        ("  a.b/x@v1.0.0/x.go", "  a.b/x@v1.0.0/A.go", 5, "not in order"),
        ("  a.b/x@v1.0.0/x.go", "  a.b/x@v1.0.0/LICENSE", 5, "stands there twice"),
        ("  a.b/x@v1.0.0/x.go", "  a.b/z@v1.0.0/x.go", 5, "does not begin with"),
        ("  a.b/x@v1.0.0/x.go", "  a.b/x@v1.0.0/x/../x.go", 5, "is no file of the module"),
        ("  a.b/x@v1.0.0/x.go", " a.b/x@v1.0.0/x.go", 5, "no line of a module manifest"),
        ("content ", "content !", 6, "invalid base64"),
        ("content ", "content eA==\ncontent ", 6, "the content of no file"),
        ("go.mod bW9k", "go.mod bW9k\ngo.mod bW9k", 4, "stands there twice"),
        ("go.mod eA==\n", "go.mod eB==\n", 8, "not in its one form"),
        ("go.mod eA==\n", "go.mod eA==", 8, "the last line does not end"),
        ("a.b/y", "a.b/\udcff", 7, "invalid UTF-8"),
        ("go.mod eA==\n", "go.mod eA==\n\n", 9, "no line of a module manifest"),
    ],
)
def test_what_is_refused(old: str, new: str, line: int, said: str) -> None:
    assert old in TEXT
    data = TEXT.replace(old, new, 1).encode("utf-8", "surrogateescape")
    with pytest.raises(FormatError, match=said) as caught:
        manifest.parse(data, "m.txt")
    assert caught.value.place == Place(file="m.txt", line=line)
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b"attest module manifest v1"])
def test_what_does_not_end(data: bytes) -> None:
    with pytest.raises(FormatError, match="the last line does not end"):
        manifest.parse(data, "m.txt")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(module_manifest_bytes=10), "larger than 10 bytes"),
        (Limits(module_zip_entries=1), "more than 1 files in a module"),
        (Limits(go_mod_bytes=5), "a go.mod larger than 5 bytes"),
    ],
)
def test_limits(limits: Limits, said: str) -> None:
    with pytest.raises(LimitError, match=said):
        manifest.parse(TEXT.encode(), "m.txt", limits=limits)


def test_a_name_that_no_line_can_hold() -> None:
    with pytest.raises(FormatError, match="a name with a line feed"):
        manifest.write([ModuleManifest(module=X, files=(("a.b/x@v1.0.0/x\n", SHA256),))])


def test_the_directory_of_the_module_may_be_listed() -> None:
    text = TEXT.replace(f"{'0' * 64}  a.b/x@v1.0.0/LICENSE", f"{'0' * 64}  a.b/x@v1.0.0/")
    assert manifest.parse(text.encode(), "m.txt")[X].files[0][0] == "a.b/x@v1.0.0/"


def line(kind: str, value: str) -> GoSumLine:
    return GoSumLine(
        module=X, kind="zip" if kind == "zip" else "go.mod", hash=value, place=Place(file="go.sum")
    )


def test_lines_count_only_with_the_hash_of_go_sum() -> None:
    told = MODULES[1]
    right = manifest.prove(line("zip", dirhash.h1(told.files)), told, needed=True)
    assert right
    assert (right.proof.status, right.manifest) == ("match", told.files)
    wrong = manifest.prove(line("zip", "h1:x"), told, needed=False)
    assert wrong
    assert (wrong.proof.status, wrong.proof.computed) == ("mismatch", dirhash.h1(told.files))
    assert (wrong.manifest, wrong.proof.needed) == ((), False)
    mod = manifest.prove(line("go.mod", dirhash.go_mod(MOD)), told, needed=True)
    assert mod
    assert (mod.proof.status, mod.manifest) == ("match", ())


def test_what_a_manifest_does_not_tell_is_not_compared() -> None:
    nothing = ModuleManifest(module=X)
    assert manifest.prove(line("zip", "h1:x"), nothing, needed=True) is None
    assert manifest.prove(line("go.mod", "h1:x"), nothing, needed=True) is None
