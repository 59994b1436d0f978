from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.errors import AttestError, FormatError
from attest.go import dirhash, module_zip
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import ModuleVersion
from attest.model.place import Place
from tests.unit.go.proxy import MODULES, escape

if TYPE_CHECKING:
    from tests.unit.go.fixtures import World

X = ModuleVersion(path="a.b/x", version="v1.0.0")
PLACE = Place(file="x.zip")


def packed(
    names: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, prefix: str = "a.b/x@v1.0.0/"
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in names.items():
            archive.writestr(prefix + name, content)
    return out.getvalue()


def read(
    data: bytes, module: ModuleVersion = X, limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[str, str], ...]:
    return module_zip.manifest(memoryview(data), module, limits=limits, place=PLACE)


def refused(data: bytes, module: ModuleVersion = X, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(AttestError) as caught:
        read(data, module, limits)
    assert caught.value.place == PLACE
    return f"{type(caught.value).__name__} {caught.value.message}"


@pytest.mark.parametrize("key", [each for each in MODULES if each != "example.com/alpha@v1.0.0"])
def test_the_hash_is_that_of_the_go_command(world: World, key: str) -> None:
    path, _, version = key.partition("@")
    stem = world.go.modcache / "cache" / "download" / escape(path) / "@v" / escape(version)
    data = Path(f"{stem}.zip").read_bytes()
    found = read(data, ModuleVersion(path=path, version=version))
    assert dirhash.h1(found) == Path(f"{stem}.ziphash").read_text()
    line = f"{path} {version}/go.mod {dirhash.go_mod(Path(f'{stem}.mod').read_bytes())}\n"
    assert line in (world.widget / "go.sum").read_text()


def test_known_hashes() -> None:
    go_mod = b'module "rsc.io/quote"\n\nrequire "rsc.io/sampler" v1.3.0\n'
    assert dirhash.go_mod(go_mod) == "h1:LzX7hefJvL54yjefDEDHNONDjII0t9xZLPXsUe+TKr0="
    assert dirhash.h1([]) == "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_h1_sorts_and_refuses_line_feeds() -> None:
    files = [("b", "1" * 64), ("a", "2" * 64)]
    assert dirhash.h1(files) == dirhash.h1(reversed(files))
    with pytest.raises(FormatError, match="filenames with newlines are not supported"):
        dirhash.h1([("a\nb", "1" * 64)])


def test_what_is_in_a_zip() -> None:
    data = packed({"x.go": b"package x\n", "dir/": b"", "dir/\u4f60.go": b"", "": b""})
    empty = hashlib.sha256().hexdigest()
    assert read(data) == (
        ("a.b/x@v1.0.0/x.go", hashlib.sha256(b"package x\n").hexdigest()),
        ("a.b/x@v1.0.0/dir/", empty),
        ("a.b/x@v1.0.0/dir/\u4f60.go", empty),
        ("a.b/x@v1.0.0/", empty),
    )
    assert read(packed({"x.go": b"a" * 5000}, method=zipfile.ZIP_STORED))


def test_names_are_taken_by_their_bytes() -> None:
    data = packed({"\u4f60.go": b""})
    without_flag = data.replace(struct.pack("<H", 0x800), b"\0\0")
    assert read(without_flag) == read(data)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["../x.go"], "invalid path element '..'"),
        (["a/../x.go"], "file path is not clean"),
        (["a//x.go"], "file path is not clean"),
        (["./x.go"], "file path is not clean"),
        (["/x.go"], "empty path element"),
        (["a:b.go"], "invalid char in path element 'a:b.go'"),
        (["con.go"], "'con' disallowed as path element component on Windows"),
        (["x.go", "X.go"], 'case-insensitive file name collision: "x.go" and "X.go"'),
        (["a/x.go", "A/y.go"], 'case-insensitive file name collision: "a" and "A"'),
        (["k.go", "\u212a.go"], "case-insensitive file name collision"),
        (["a", "a/x.go"], 'entry "a" is both a file and a directory'),
        (["a/x.go", "a"], 'entry "a" is both a file and a directory'),
        (["GO.MOD"], "go.mod files must have lowercase names"),
        (["a/go.mod"], "go.mod file not in module root directory"),
    ],
)
def test_names_that_no_module_zip_has(names: list[str], message: str) -> None:
    assert message in refused(packed(dict.fromkeys(names, b"")))


def test_a_name_outside_of_the_module() -> None:
    assert refused(packed({"x.go": b""}, prefix="a.b/x@v1.0.1/")) == (
        'FormatError a.b/x@v1.0.1/x.go: path does not have prefix "a.b/x@v1.0.0/"'
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.b/x@v1.0.0/x.go", b"")
        archive.writestr("a.b/x@v1.0.0/x.go", b"other")
    assert 'multiple entries for file "x.go"' in refused(out.getvalue())


def test_directories_have_no_content() -> None:
    assert "a directory with content" in refused(packed({"dir/": b"x"}))


def test_other_compressions() -> None:
    data = packed({"x.go": b"x"}, method=zipfile.ZIP_BZIP2)
    assert "compressed or encrypted in a way that module zips are not" in refused(data)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (ModuleVersion(path="../x", version="v1.0.0"), "cannot be a module zip: invalid path element '..'"),
        (ModuleVersion(path="a.b/x", version="v1.0"), "its version is not canonical"),
        (ModuleVersion(path="a.b/x/v2", version="v1.0.0"), "should be v2, not v1"),
    ],
)
def test_modules_that_have_no_zip(module: ModuleVersion, message: str) -> None:
    assert message in refused(packed({"x.go": b""}), module)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip" * 100, packed({"x.go": b"x"})[:-30]])
def test_what_is_no_zip(data: bytes) -> None:
    assert "FormatError the module zip cannot be read: " in refused(data)


def test_damaged_content() -> None:
    data = bytearray(packed({"x.go": b"package x\n" * 100}, method=zipfile.ZIP_STORED))
    data[60] ^= 1
    assert "Bad CRC-32" in refused(bytes(data))


def test_content_that_is_shorter_than_it_says() -> None:
    data = packed({"x.go": b"package x\n" * 100})
    sizes = struct.pack("<L", 1000)
    assert data.count(sizes) == 2
    assert refused(data.replace(sizes, struct.pack("<L", 1001))).startswith("FormatError")


def test_limits() -> None:
    data = packed({"go.mod": b"m" * 100, "x.go": b"x" * 1000})
    small = Limits(module_zip_bytes=len(data) - 1)
    assert "LimitError module zip file is too large" in refused(data, limits=small)
    assert "LimitError a.b/x@v1.0.0/x.go: module contents too large" in refused(
        data, limits=Limits(module_zip_bytes=1099)
    )
    assert "LimitError a.b/x@v1.0.0/go.mod: module contents too large" in refused(
        data, limits=Limits(go_mod_bytes=99)
    )
    many = packed({f"{number}.go": b"" for number in range(20)})
    assert "LimitError room for " in refused(many, limits=Limits(module_zip_entries=10))


def test_a_zip64_directory_counts_by_its_own_record() -> None:
    data = packed({f"{number}.go": b"" for number in range(20)})
    end = data.rindex(b"PK\x05\x06")
    count, _, size, start = struct.unpack_from("<HHLL", data, end + 8)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = bytearray(data[end:])
    struct.pack_into("<HHLL", tail, 8, 0xFFFF, 0xFFFF, 0, 0xFFFFFFFF)
    data = data[:end] + record + locator + bytes(tail)
    assert len(read(data)) == 20
    assert "LimitError room for " in refused(data, limits=Limits(module_zip_entries=10))
