from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.app.licenses import LicenseReader, download_location
from attest.app.sbom import documents, of_executables, of_release, of_source
from attest.model.bom import Bom, BomComponent, ComponentFiles
from attest.model.license import LicenseOverride, Licenses
from attest.model.limits import Limits
from attest.model.module import ModuleVersion
from attest.model.source import LinkedModule, LinkedSet
from attest.model.stated import Stated
from attest.sbom import assemble
from attest.sbom.licenses import with_files
from tests.fakes import MemoryCache, MemoryTree
from tests.unit.sbom import examples as e
from tests.unit.sbom.license_texts import BSD, MIT, OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG = "example.com/log@v1.2.3"
DOWNLOAD = "cache/download/example.com/log/@v/v1.2.3"
FORK = "example.com/!forks/text@v0.4.1+incompatible"
GO_MOD = b"module example.com/widget\n\ngo 1.22\n\nrequire example.com/log v1.2.3\n"
SOURCE = {"go.mod": GO_MOD, "LICENSE": BSD.encode(), "cmd/widget/main.go": b"package main\n"}


def tree(
    files: Mapping[str, str | bytes],
    *,
    unreadable: frozenset[str] = frozenset(),
    symlinks: frozenset[str] = frozenset(),
) -> MemoryTree:
    content = {name: data if isinstance(data, bytes) else data.encode() for name, data in files.items()}
    return MemoryTree(content, unreadable=unreadable, symlinks=symlinks)


def described(reader: LicenseReader, *, bom: Bom | None = None) -> dict[str, BomComponent]:
    """The components by name, after the reader has told what it knows."""
    known = reader.describe(bom or assemble.from_binary(e.executable(e.info()), e.RUN))
    return {each.name: each for each in known.components if each.kind in {"main", "module", "std"}}


def licenses(reader: LicenseReader, name: str = "example.com/log", *, bom: Bom | None = None) -> Licenses:
    found = described(reader, bom=bom)[name].licenses
    assert found is not None
    return found


def linked(*packages: str, replacement: ModuleVersion | None = None) -> LinkedSet:
    module = ModuleVersion(path="example.com/log", version="v1.2.3")
    return LinkedSet(
        platform=e.LINUX,
        cgo=False,
        main_package="example.com/widget/cmd/widget",
        main_module=ModuleVersion(path="example.com/widget", version=""),
        main_requires=("example.com/log",),
        modules=(
            LinkedModule(
                module=module, replacement=replacement, sum="", packages=tuple(packages), requires=()
            ),
        ),
        std=(),
    )


def zipped(files: dict[str, str], module: str = LOG) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{module}/{name}", text)
    return out.getvalue()


def test_the_module_cache_tells_of_modules_and_of_what_is_compiled_in_their_place() -> None:
    cache = tree({f"{LOG}/LICENSE": MIT, f"{FORK}/COPYING": BSD})
    found = described(LicenseReader(tree=None, modcache=cache))
    assert found["example.com/log"].licenses == licenses(LicenseReader(tree=None, modcache=cache))
    assert licenses(LicenseReader(tree=None, modcache=cache)).concluded == Stated(value="MIT")
    fork = found["example.com/Forks/text"].licenses
    assert fork is not None
    assert fork.concluded == Stated(value="BSD-3-Clause")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("example.com/log", "it is not in the module cache"),
        (
            "example.com/local",
            "a local directory is compiled in its place, which is not in a source tree given",
        ),
        ("example.com/widget", "no source tree was given"),
        ("std", "no Go installation is at hand"),
    ],
)
def test_what_nobody_can_tell_is_unknown_with_the_reason(name: str, reason: str) -> None:
    unknown = Stated(unknown_because=reason)
    found = licenses(LicenseReader(tree=None, modcache=tree({})), name)
    assert found == Licenses(declared=unknown, concluded=unknown)


def test_without_a_module_cache_that_is_the_reason() -> None:
    reader = LicenseReader(tree=tree({**SOURCE}), modcache=None)
    assert licenses(reader).declared.unknown_because == "no module cache was given that could hold it"


def test_a_module_without_a_licence_file_says_so() -> None:
    reader = LicenseReader(tree=None, modcache=tree({f"{LOG}/log.go": "package log"}))
    assert licenses(reader).concluded.unknown_because == "there is no licence file"


def test_where_only_the_zip_is_there_it_is_read() -> None:
    files = {"LICENSE": MIT, "LICENSES/x": MIT, "json/LICENSE": BSD, "other/LICENSE": OWN, "log.go": ""}
    cache = tree({f"{DOWNLOAD}.zip": zipped(files)})
    reader = LicenseReader(tree=None, modcache=cache, linked=[linked("example.com/log/json/deep")])
    component = described(reader)["example.com/log"]
    assert component.evidence == ("binary", "module-zip")
    assert component.licenses is not None
    assert component.licenses.concluded.value == "BSD-3-Clause AND MIT"
    assert {each.file for each in component.licenses.matches} == {"LICENSE", "LICENSES/x", "json/LICENSE"}


def test_an_extracted_directory_that_is_not_complete_is_not_read() -> None:
    cache = tree(
        {f"{LOG}/LICENSE": BSD, f"{DOWNLOAD}.partial": "", f"{DOWNLOAD}.zip": zipped({"LICENSE": MIT})}
    )
    assert licenses(LicenseReader(tree=None, modcache=cache)).concluded.value == "MIT"


def test_a_zip_that_is_none_is_told() -> None:
    cache = tree({f"{DOWNLOAD}.zip": "no zip"})
    reason = licenses(LicenseReader(tree=None, modcache=cache)).concluded.unknown_because
    assert reason.startswith("its zip in the module cache cannot be read: the module zip cannot be read")


def test_a_zip_whose_entries_are_not_what_it_says_is_told() -> None:
    data = bytearray(zipped({"LICENSE": MIT}))
    data[60] ^= 0xFF
    cache = tree({f"{DOWNLOAD}.zip": bytes(data)})
    reason = licenses(LicenseReader(tree=None, modcache=cache)).concluded.unknown_because
    assert reason.startswith("LICENSE cannot be read: the module zip cannot be read")


@pytest.mark.parametrize("form", ["directory", "zip"])
def test_a_licence_file_of_fifty_megabytes_is_not_read_and_told(form: str) -> None:
    limits = Limits(license_bytes=1000)
    large = {"LICENSE": MIT}
    cache = tree({f"{LOG}/LICENSE": MIT} if form == "directory" else {f"{DOWNLOAD}.zip": zipped(large)})
    found = licenses(LicenseReader(tree=None, modcache=cache, limits=limits))
    assert found.matches == ()
    assert found.declared.unknown_because.startswith("LICENSE cannot be read: ")
    assert "1000" in found.declared.unknown_because


def test_more_licence_files_than_are_read_are_told() -> None:
    cache = tree({f"{LOG}/LICENSE.{each}": MIT for each in range(4)})
    found = licenses(LicenseReader(tree=None, modcache=cache, limits=Limits(license_files=3)))
    assert found.concluded.unknown_because == "there are 4 licence files, more than are read"


def test_an_unreadable_licence_file_is_told() -> None:
    cache = tree({f"{LOG}/x.go": ""}, unreadable=frozenset({f"{LOG}/LICENSE"}))
    reason = "LICENSE cannot be read: permission denied"
    assert licenses(LicenseReader(tree=None, modcache=cache)).concluded.unknown_because == reason


def test_a_module_path_that_no_cache_can_hold_is_told() -> None:
    info = e.info([e.dep("example.com/lög", "v1.0.0")])
    bom = assemble.from_binary(e.executable(info), e.RUN)
    reader = LicenseReader(tree=None, modcache=tree({}))
    assert "malformed" in licenses(reader, "example.com/lög", bom=bom).concluded.unknown_because


def test_links_and_directories_are_no_licence_files() -> None:
    cache = tree({f"{LOG}/license/x.go": "", f"{LOG}/COPYING": MIT}, symlinks=frozenset({f"{LOG}/LICENSE"}))
    assert licenses(LicenseReader(tree=None, modcache=cache)).concluded.value == "MIT"


def test_the_source_tree_tells_of_the_main_module() -> None:
    files = {**SOURCE, "cmd/LICENSE": MIT.encode(), "other/LICENSE": OWN.encode()}
    reader = LicenseReader(tree=MemoryTree(files), modcache=None, linked=[linked()])
    assert licenses(reader, "example.com/widget").declared.value == "BSD-3-Clause"
    assert licenses(reader, "example.com/widget").concluded.value == "BSD-3-Clause AND MIT"


def test_the_source_tree_of_another_module_tells_nothing() -> None:
    reader = LicenseReader(tree=tree({"go.mod": "module example.com/other\n", "LICENSE": MIT}), modcache=None)
    reason = "the source tree given is that of another module"
    assert licenses(reader, "example.com/widget").concluded.unknown_because == reason


def test_a_local_directory_is_read_in_the_source_tree() -> None:
    reader = LicenseReader(tree=MemoryTree({**SOURCE, "internal/local/LICENSE": MIT.encode()}), modcache=None)
    assert licenses(reader, "example.com/local").concluded.value == "MIT"


def test_a_member_of_the_workspace_is_read_where_it_lies() -> None:
    files = {
        "go.work": "go 1.22\n\nuse (\n\t./a\n\t./b\n)\n",
        "a/go.mod": "module example.com/widget\n\ngo 1.22\n",
        "a/LICENSE": BSD,
        "b/go.mod": "module example.com/log\n\ngo 1.22\n",
        "b/LICENSE": MIT,
    }
    info = e.info([e.dep("example.com/log", "(devel)", h1="")])
    reader = LicenseReader(tree=tree(dict(files)), modcache=None)
    bom = assemble.from_binary(e.executable(info), e.RUN)
    assert licenses(reader, bom=bom).concluded.value == "MIT"
    assert licenses(reader, "example.com/widget", bom=bom).concluded.value == "BSD-3-Clause"
    alone = LicenseReader(tree=None, modcache=tree({}))
    reason = "without a version nobody can tell which files it consists of"
    assert licenses(alone, bom=bom).concluded.unknown_because == reason


@pytest.mark.parametrize(
    ("listed", "found"),
    [("v1.2.3", "BSD-3-Clause"), ("v1.2.4", "MIT"), ("v1.0.0 => example.com/log v1.2.3", "BSD-3-Clause")],
)
def test_vendor_tells_of_the_very_module_that_lies_there(listed: str, found: str) -> None:
    files = {
        **SOURCE,
        "vendor/modules.txt": f"# example.com/log {listed}\n## explicit\nexample.com/log\n".encode(),
        "vendor/example.com/log/LICENSE": BSD.encode(),
    }
    reader = LicenseReader(tree=MemoryTree(files), modcache=tree({f"{LOG}/LICENSE": MIT}))
    assert licenses(reader).concluded.value == found


@pytest.mark.parametrize(
    ("files", "concluded"),
    [
        ({"VERSION": "go1.27.3\ntime x\n", "LICENSE": BSD}, Stated(value="BSD-3-Clause")),
        ({"VERSION": "go1.26.0\n"}, Stated(unknown_because="the Go installation at hand is go1.26.0")),
        ({}, Stated(unknown_because="the Go installation at hand does not tell its version")),
        ({"VERSION": "go1.27.3"}, Stated(unknown_because="there is no licence file")),
    ],
)
def test_the_standard_library_is_read_in_its_own_version_alone(
    files: dict[str, str | bytes], concluded: Stated
) -> None:
    reader = LicenseReader(tree=None, modcache=None, goroot=tree(files))
    assert licenses(reader, "std").concluded == concluded


def test_without_a_version_the_standard_library_is_not_known() -> None:
    bom = assemble.from_source(linked(), e.RUN)
    reader = LicenseReader(tree=None, modcache=None, goroot=tree({"VERSION": "go1.27.3", "LICENSE": BSD}))
    reason = "which version of Go it is of is not known"
    assert licenses(reader, "std", bom=bom).concluded.unknown_because == reason


def test_what_is_stated_by_hand_holds_for_the_modules_that_are_named() -> None:
    overrides = [
        LicenseOverride(module="example.com/log@v9.9.9", expression="ISC", reason="no"),
        LicenseOverride(module="example.com/...", expression="Apache-2.0", reason="asked"),
        LicenseOverride(module="example.com/log", expression="ISC", reason="later"),
    ]
    reader = LicenseReader(tree=None, modcache=tree({f"{LOG}/LICENSE": MIT}), overrides=overrides)
    found = licenses(reader)
    assert (found.declared.value, found.concluded.value) == ("MIT", "Apache-2.0")
    assert found.concluded_from == "stated by hand: asked"
    assert licenses(reader, "example.com/widget").concluded.value == "Apache-2.0"
    assert licenses(reader, "std").concluded.value == ""


def test_a_text_is_told_once_and_remembered() -> None:
    cache = MemoryCache()
    files = tree({f"{LOG}/LICENSE": MIT, f"{FORK}/LICENSE": MIT})
    first = described(LicenseReader(tree=None, modcache=files, cache=cache))
    assert (len(cache.missed), len(cache.entries)) == (1, 1)
    again = described(LicenseReader(tree=None, modcache=files, cache=cache))
    assert first == again
    assert len(cache.found) == 1
    (key,) = cache.entries
    cache.entries[key] = b"damaged"
    assert described(LicenseReader(tree=None, modcache=files, cache=cache)) == first


def test_a_reader_reads_a_module_once() -> None:
    files = tree({f"{LOG}/LICENSE": MIT})
    reader = LicenseReader(tree=None, modcache=files)
    first = licenses(reader)
    files.files.clear()
    assert licenses(reader) is first


ORIGIN = {"VCS": "git", "URL": "https://example.com/log", "Hash": "0a1b", "Ref": "refs/tags/v1.2.3"}


@pytest.mark.parametrize(
    ("origin", "location"),
    [
        (ORIGIN, "git+https://example.com/log@0a1b"),
        ({**ORIGIN, "Subdir": "a/b"}, "git+https://example.com/log@0a1b#a/b"),
        ({"VCS": "git", "URL": "https://example.com/log"}, "git+https://example.com/log"),
        ({**ORIGIN, "URL": "https://ann:secret@example.com/log"}, ""),
        ({**ORIGIN, "URL": "file:///home/ann/log"}, ""),
        ({**ORIGIN, "URL": "https://[bad"}, ""),
        ({**ORIGIN, "URL": "https://example.com/a b"}, ""),
        ({**ORIGIN, "VCS": "mod"}, ""),
        ({**ORIGIN, "URL": 7}, ""),
        ({}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_where_a_module_comes_from(origin: object, location: str) -> None:
    assert download_location(origin) == location
    info = json.dumps({"Version": "v1.2.3", "Origin": origin})
    reader = LicenseReader(tree=None, modcache=tree({f"{DOWNLOAD}.info": info}))
    assert described(reader)["example.com/log"].origin == location


@pytest.mark.parametrize("info", ["", "[]", "{", '{"Origin": {}}'])
def test_without_a_readable_origin_there_is_none(info: str) -> None:
    reader = LicenseReader(tree=None, modcache=tree({f"{DOWNLOAD}.info": info}))
    assert described(reader)["example.com/log"].origin == ""


def test_documents_hold_what_was_told() -> None:
    reader = LicenseReader(tree=None, modcache=tree({f"{LOG}/LICENSE": MIT}))
    files = {"widget": e.executable(e.info())}
    boms = of_executables(files, e.RUN, describe=reader.describe)
    boms |= of_source([linked()], e.RUN, describe=reader.describe)
    contents = [each.content for each in documents(boms)]
    contents += of_release(files, e.RUN, name="r", version="1", describe=reader.describe).values()
    assert len(contents) == 8
    assert all(b"MIT LICENSE:3-21" in each for each in contents)


def test_what_is_not_named_stays() -> None:
    bom = assemble.from_binary(e.executable(e.info()), e.RUN)
    assert with_files(bom, {}) == bom
    (first, *_) = bom.components
    found = with_files(bom, {first.ref: ComponentFiles(origin="git+https://x/y", zip_sha256="00")})
    assert found.components[0] == replace(first, origin="git+https://x/y", zip_sha256="00")
    assert found.components[1:] == bom.components[1:]
