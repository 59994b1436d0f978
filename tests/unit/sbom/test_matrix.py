"""What the builds of a release have in common, as it is found and as it is told."""

from __future__ import annotations

import json
from dataclasses import replace

from jsonschema import Draft202012Validator

from attest.cli.schema import schema_bytes
from attest.model.matrix import Build, Matrix, ModuleBuilds, VersionBuilds
from attest.model.source import Platform
from attest.render.matrix import to_json, to_text
from attest.sbom import assemble
from attest.sbom.matrix import matrix
from tests.unit.sbom import examples as e

LINUX = Build(artifact="widget", platform="linux/amd64")
WINDOWS = Build(artifact="widget.exe", platform="windows/amd64")
AMD, ARM = (Build(artifact="widget-universal", platform=f"darwin/{each}") for each in ("amd64", "arm64"))
CONSOLE = e.dep("example.com/console", "v0.2.0")
NEWER = e.dep("example.com/log", "v1.3.0")


def found() -> Matrix:
    windows = Platform(goos="windows", goarch="amd64")
    macs = [Platform(goos="darwin", goarch=each) for each in ("amd64", "arm64")]
    other = e.dep("example.com/log", "v1.2.3", h1="h1:other")
    files = {
        "widget": e.executable(e.info()),
        "widget.exe": e.executable(
            e.info([NEWER, e.FORK, e.LOCAL, CONSOLE], platform=windows), "widget.exe", windows
        ),
        "widget-universal": e.universal(
            [e.info(platform=macs[0]), e.info([other, e.LOCAL, e.FORK], platform=macs[1])]
        ),
    }
    return matrix({name: assemble.from_binary(file, e.RUN) for name, file in files.items()})


def test_what_differs_between_platforms_versions_and_hashes_is_found() -> None:
    def held(version: str, *builds: Build, h1: str = e.H1) -> VersionBuilds:
        return VersionBuilds(version=version, directory="", sum=h1, builds=builds)

    assert found() == Matrix(
        builds=(LINUX, AMD, ARM, WINDOWS),
        common=4,  # the main module, the fork, the local directory and the standard library
        modules=(
            ModuleBuilds(
                path="example.com/console", versions=(held("v0.2.0", WINDOWS),), absent=(LINUX, AMD, ARM)
            ),
            ModuleBuilds(
                path="example.com/log",
                versions=(
                    held("v1.2.3", LINUX, AMD),
                    held("v1.2.3", ARM, h1="h1:other"),
                    held("v1.3.0", WINDOWS),
                ),
                absent=(),
            ),
        ),
    )


def test_as_text() -> None:
    assert to_text(found()) == (
        "4 builds: linux/amd64, darwin/amd64, darwin/arm64, windows/amd64\n"
        "4 modules the same in all of them, 2 not\n"
        "  example.com/console\n"
        "    v0.2.0  windows/amd64\n"
        "    -       linux/amd64, darwin/amd64, darwin/arm64\n"
        "  example.com/log\n"
        f"    v1.2.3 {e.H1}  linux/amd64, darwin/amd64\n"
        f"    {'v1.2.3 h1:other':54}  darwin/arm64\n"
        f"    {'v1.3.0':54}  windows/amd64\n"
    )


def test_builds_of_one_platform_are_told_by_their_artifacts() -> None:
    local = Platform(goos="linux", goarch="amd64")
    nowhere = Build(artifact="notes.txt", platform="")
    one, other = (Build(artifact=each, platform=str(local)) for each in ("a", "b"))
    told = Matrix(
        builds=(one, other, nowhere),
        common=1,
        modules=(
            ModuleBuilds(
                path="example.com/x\x1b[2J",
                versions=(
                    VersionBuilds(version="", directory="./x", sum="", builds=(one,)),
                    VersionBuilds(version="", directory="", sum="", builds=(other,)),
                ),
                absent=(nowhere,),
            ),
        ),
    )
    assert to_text(told) == (
        "3 builds: a (linux/amd64), b (linux/amd64), notes.txt\n"
        "1 module the same in all of them, 1 not\n"
        "  example.com/x\\x1b[2J\n"
        "    ./x        a (linux/amd64)\n"
        "    (unknown)  b (linux/amd64)\n"
        "    -          notes.txt\n"
    )


def test_where_a_module_is_nearly_everywhere_the_others_are_named() -> None:
    builds = tuple(Build(artifact=each, platform=f"linux/{each}") for each in "abcdef")
    held = VersionBuilds(version="v1.0.0", directory="", sum="", builds=builds[1:])
    module = ModuleBuilds(path="example.com/x", versions=(held,), absent=builds[:1])
    told = to_text(Matrix(builds=builds, common=0, modules=(module,)))
    assert told.endswith("    v1.0.0  all others\n    -       linux/a\n")
    twice = replace(module, absent=builds[:2])
    told = to_text(Matrix(builds=builds, common=0, modules=(twice,)))
    assert "    v1.0.0  linux/b, linux/c, linux/d, linux/e, linux/f\n" in told


def test_one_build_has_all_in_common() -> None:
    alone = matrix({"widget_linux_amd64": assemble.from_source(e.linked(), e.RUN)})
    assert to_text(alone) == ("1 build: linux/amd64\n5 modules the same in all of them, and no other\n")


def test_the_document_is_valid_by_its_schema() -> None:
    document = json.loads(to_json(found()))
    schema = json.loads(schema_bytes("matrix"))
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert document["schema"] == "attest/matrix/v1"
    assert document["modules"][0] == {
        "path": "example.com/console",
        "versions": [
            {
                "version": "v0.2.0",
                "directory": "",
                "sum": e.H1,
                "builds": [{"artifact": "widget.exe", "platform": "windows/amd64"}],
            }
        ],
        "absent": [{"artifact": each.artifact, "platform": each.platform} for each in (LINUX, AMD, ARM)],
    }
