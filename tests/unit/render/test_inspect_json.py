from __future__ import annotations

import json

import jsonschema

from attest.exe.inspect import inspect
from attest.model.binary import BinaryReport, BuildInfo, Container, InspectedFile, Module
from attest.model.digest import Digests, FileIdentity
from attest.model.documents_inspect import InspectDocument
from attest.render.inspect_json import build_info_document, to_document, to_json
from attest.render.json_schema import json_schema
from tests.unit.exe.builders import AMD64, ARM64, fat, go_elf, go_macho, go_wasm

IDENTITY = FileIdentity(digests=Digests(sha256="ab" * 32, sha512="cd" * 64), size=7)


def file(path: str, report: BinaryReport) -> InspectedFile:
    return InspectedFile(path=path, identity=IDENTITY, report=report)


def of(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


FILES = (
    file("elf", of(go_elf())),
    file("fat", of(fat((AMD64, 3, go_macho()), (ARM64, 0, b"x" * 64)))),
    file("wasm", of(go_wasm())),
    file("other", of(b"text")),
)


def test_every_document_follows_the_published_schema() -> None:
    jsonschema.validate(json.loads(to_json(FILES)), json_schema(InspectDocument, "inspect"))


def test_the_document_says_what_the_model_says() -> None:
    document = to_document(FILES)
    assert document["schema"] == "attest/inspect/v1"
    elf, universal, _, other = document["files"]
    assert (elf["path"], elf["size"], elf["sha256"], elf["sha512"]) == ("elf", 7, "ab" * 32, "cd" * 64)
    assert elf["container"] == {
        "format": "elf",
        "os": None,
        "arch": "amd64",
        "bits": 64,
        "endian": "little",
        "kind": "executable",
    }
    assert elf["build_info_from"] == "section .go.buildinfo"
    assert universal["build_info"] is None
    assert [each["offset"] for each in universal["slices"]] == [0x1000, 0x2000]
    assert universal["slices"][0]["build_info"] == elf["build_info"]
    assert universal["slices"][1]["build_info"] is None
    assert universal["slices"][1]["size"] == 64
    assert (other["build_info"], other["notes"]) == (None, ["no executable of a known format"])


def test_build_info_has_gos_keys_in_gos_order_and_no_empty_values() -> None:
    info = BuildInfo(
        go_version="go1.27.3",
        path="p",
        main=Module(path="m", version=""),
        deps=(
            Module(path="d", version="v1", sum="h1:x", replace=Module(path="r", version="v2", sum="h1:y")),
        ),
        settings=(("CGO_CFLAGS", ""), ("", "odd"), ("GOOS", "linux")),
    )
    assert json.dumps(build_info_document(info)) == (
        '{"GoVersion": "go1.27.3", "Path": "p", "Main": {"Path": "m"}, "Deps": [{"Path": "d", '
        '"Version": "v1", "Sum": "h1:x", "Replace": {"Path": "r", "Version": "v2", "Sum": "h1:y"}}], '
        '"Settings": [{"Key": "CGO_CFLAGS"}, {"Value": "odd"}, {"Key": "GOOS", "Value": "linux"}]}'
    )
    assert build_info_document(BuildInfo(go_version="")) == {"Main": {}}
    pathless = BuildInfo(go_version="go1", main=Module(path="", version="v1"))
    assert build_info_document(pathless) == {"GoVersion": "go1", "Main": {"Version": "v1"}}


def test_faults_of_the_build_info_are_told() -> None:
    info = BuildInfo(go_version="go1", faults=("a fault",))
    report = BinaryReport(container=Container(format="elf"), build_info=info)
    assert to_document([file("x", report)])["files"][0]["build_info_faults"] == ["a fault"]


def test_bytes_are_the_same_every_time_and_end_with_a_newline() -> None:
    assert to_json(FILES) == to_json(FILES)
    assert to_json(FILES).endswith(b"}\n")
    assert json.loads(to_json([file("\udcff", of(b""))]))["files"][0]["path"] == "\udcff"
