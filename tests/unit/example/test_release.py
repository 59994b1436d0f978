"""The example release has what the tests and the documentation say of it."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import lief
import pytest
from ruamel.yaml import YAML

from testdata.widget import build as script

if TYPE_CHECKING:
    from pathlib import Path

    from testdata.widget.build import Layout

PLATFORMS = (
    "linux_amd64",
    "linux_arm64",
    "linux_armv7",
    "darwin_amd64",
    "darwin_arm64",
    "darwin_universal",
    "windows_amd64.exe",
    "js_wasm.wasm",
    "wasip1_wasm.wasm",
)
ARTIFACTS = {f"widget_1.0.0_{each}" for each in PLATFORMS} | {"widgetctl_1.0.0_linux_amd64"}
NATIVE = sorted(name for name in ARTIFACTS if not name.endswith(".wasm"))


def run(layout: Layout, *words: str, **env: str) -> str:
    """What a command prints in the source copy, with the environment of the build."""
    everything = script.environment(layout.source.parent) | env
    return script.run(words, cwd=layout.source, env=everything)


def go(layout: Layout, *words: str, **env: str) -> str:
    return run(layout, str(script.find_go()), *words, **env)


def build_info(layout: Layout, name: str) -> dict[str, Any]:
    info: dict[str, Any] = json.loads(go(layout, "version", "-m", "-json", str(layout.dist / name)))
    return info


def settings(info: dict[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in info["Settings"]}


def contents(folder: Path) -> dict[str, bytes]:
    return script.files_below(folder)


def test_ten_artifacts_and_their_checksums(widget_release: Layout) -> None:
    dist = widget_release.dist
    assert {each.name for each in dist.iterdir()} == ARTIFACTS | {"checksums.txt"}
    lines = (dist / "checksums.txt").read_bytes().decode().splitlines()
    expected = [
        f"{hashlib.sha256((dist / name).read_bytes()).hexdigest()}  {name}" for name in sorted(ARTIFACTS)
    ]
    assert lines == expected


@pytest.mark.parametrize("name", NATIVE)
def test_build_info_names_a_clean_release(widget_release: Layout, name: str) -> None:
    info = build_info(widget_release, name)
    said = settings(info)
    assert info["Main"]["Path"] == "example.com/acme/widget"
    assert info["Main"]["Version"] == "v1.0.0"
    assert info["Path"] == f"example.com/acme/widget/cmd/{name.partition('_')[0]}"
    assert said["vcs.revision"] == widget_release.revision
    assert (said["vcs.modified"], said["vcs.time"]) == ("false", "2026-01-15T12:00:00Z")
    assert (said["-trimpath"], said["CGO_ENABLED"]) == ("true", "0")
    assert "tlssha1=1" in said["DefaultGODEBUG"]


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("widget_1.0.0_linux_amd64", ["codec", "greet", "plural"]),
        ("widget_1.0.0_darwin_universal", ["codec", "greet", "plural"]),
        ("widget_1.0.0_windows_amd64.exe", ["codec", "greet", "plural", "winreg"]),
        ("widgetctl_1.0.0_linux_amd64", ["codec"]),
    ],
)
def test_each_executable_has_its_own_modules(widget_release: Layout, name: str, modules: list[str]) -> None:
    found = {each["Path"]: each for each in build_info(widget_release, name)["Deps"]}
    assert sorted(found) == [f"example.com/{each}" for each in modules]
    fork = found["example.com/codec"]["Replace"]
    assert (fork["Path"], fork["Version"]) == ("example.com/ours/codec", "v1.1.1")
    sums = [(each.get("Replace") or each)["Sum"] for each in found.values()]
    assert all(each.startswith("h1:") for each in sums)


@pytest.mark.parametrize(
    ("goos", "goarch", "chosen"),
    [
        ("linux", "arm", ["system_unix.go", "word_arm.go"]),
        ("darwin", "arm64", ["system_unix.go", "word_64.go"]),
        ("windows", "amd64", ["system_windows.go", "word_64.go"]),
        ("js", "wasm", ["system_js.go", "word_64.go"]),
        ("wasip1", "wasm", ["system_wasip1.go", "word_64.go"]),
    ],
)
def test_every_platform_has_its_own_files(
    widget_release: Layout, goos: str, goarch: str, chosen: list[str]
) -> None:
    files = "{{range .GoFiles}}{{.}} {{end}}"
    listed = go(
        widget_release, "list", "-mod=readonly", "-f", files, "./internal/host", GOOS=goos, GOARCH=goarch
    )
    assert listed.split() == ["compiler_go.go", "host.go", *chosen]


def test_one_file_compiles_only_with_cgo(widget_release: Layout) -> None:
    template = "{{range .CgoFiles}}{{.}} {{end}}"
    listed = go(widget_release, "list", "-mod=readonly", "-f", template, "./internal/host", CGO_ENABLED="1")
    assert listed.split() == ["compiler_cgo.go"]


def test_universal_file_holds_both_thin_files(widget_release: Layout) -> None:
    dist = widget_release.dist
    data = (dist / "widget_1.0.0_darwin_universal").read_bytes()
    fat = lief.MachO.parse(data)
    assert fat is not None
    slices = {str(each.header.cpu_type).rpartition(".")[2]: each for each in fat}
    assert sorted(slices) == ["ARM64", "X86_64"]
    for cpu, thin in (("X86_64", "darwin_amd64"), ("ARM64", "darwin_arm64")):
        start = slices[cpu].fat_offset
        expected = (dist / f"widget_1.0.0_{thin}").read_bytes()
        assert start % (1 << 14) == 0
        assert data[start : start + len(expected)] == expected


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the file runs on linux/amd64 alone"
)
def test_the_command_runs(widget_release: Layout) -> None:
    said = subprocess.run(
        [widget_release.dist / "widget_1.0.0_linux_amd64", "-name", "Ada"], check=True, capture_output=True
    ).stdout.decode()
    assert said.startswith("Hello, Ada: 5 parts.\nRunning on linux")
    assert said.endswith("- bolt, short\n- bolt, long\n")


def test_source_is_one_clean_tagged_commit(widget_release: Layout) -> None:
    source = widget_release.source
    assert run(widget_release, "git", "describe", "--dirty", "--always").strip() == "v1.0.0"
    assert run(widget_release, "git", "status", "--porcelain", "--ignored").strip() == "!! .modcache/"
    tracked = run(widget_release, "git", "ls-files", "-z").split("\0")[:-1]
    there = {name for name in contents(source) if not name.startswith((".git/", ".modcache/"))}
    assert set(tracked) == there
    assert {"go.mod", "go.sum", "vendor/modules.txt"} <= there
    assert not any(name.endswith(".py") for name in there)
    for name in there:
        assert (source / name).read_bytes() == (script.WIDGET / name).read_bytes(), name


def test_go_mod_and_go_sum_are_tidy(widget_release: Layout) -> None:
    assert go(widget_release, "mod", "tidy", "-diff") == ""
    assert "all modules verified" in go(widget_release, "mod", "verify")


def test_vendor_is_what_the_go_command_writes(widget_release: Layout, tmp_path: Path) -> None:
    go(widget_release, "mod", "vendor", "-o", str(tmp_path / "vendor"))
    assert contents(tmp_path / "vendor") == contents(widget_release.source / "vendor")
    go(widget_release, "list", "-mod=vendor", "./...")


def test_policy_names_exactly_the_ten_artifacts() -> None:
    policy = YAML(typ="safe", pure=True).load((script.WIDGET / "release.yaml").read_bytes())
    platforms = policy["platforms"]
    names = []
    for entry in platforms["matrix"]:
        arches = entry["goarch"] if isinstance(entry["goarch"], list) else [entry["goarch"]]
        builds = entry.get("builds") or [each["name"] for each in platforms["builds"]]
        for build, arch in product(builds, arches):
            name = str(entry.get("path") or platforms["defaults"]["path"])
            variant = f"v{entry['goarm']}" if "goarm" in entry else ""
            values = {
                "build": build,
                "version": "1.0.0",
                "goos": entry["goos"],
                "goarch": arch,
                "variant": variant,
            }
            for key, value in values.items():
                name = name.replace(f"${{{key}}}", value)
            names.append(name.replace("{.exe,}", ".exe" if entry["goos"] == "windows" else ""))
    assert sorted(names) == sorted(ARTIFACTS)


@pytest.mark.integration
def test_the_module_passes_its_own_tests(widget_release: Layout) -> None:
    go(widget_release, "vet", "-mod=readonly", "./...")
    go(widget_release, "test", "-mod=vendor", "-vet=off", "./...")
