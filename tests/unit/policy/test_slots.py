from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import PolicyError, UsageError
from attest.policy.template import expand, path_fault
from tests.unit.policy.world import base_policy, merged, policy_of

if TYPE_CHECKING:
    from attest.policy.model import Slot


def slots(**platforms: Any) -> dict[str, Slot]:  # noqa: ANN401 - YAML
    policy = policy_of(merged(base_policy(), {"platforms": platforms}))
    return {slot.name: slot for slot in policy.slots}


def test_builds_times_matrix() -> None:
    found = slots(
        defaults={
            "path": "${build}_${version}_${tag}_${goos}_${goarch}${variant}{.exe,}",
            "go": {"main_path": "m/default"},
        },
        builds=[
            {"name": "tool", "main_path": "m/tool"},
            {"name": "ctl", "path": "ctl/${goos}-${goarch}${variant}"},
        ],
        matrix=[
            {"goos": ["linux", "windows"], "goarch": ["amd64", "arm64"]},
            {
                "goos": "linux",
                "goarch": "arm",
                "goarm": "7",
                "builds": ["tool"],
                "required": False,
                "severity": "warn",
            },
            {
                "goos": "linux",
                "goarch": "amd64",
                "goamd64": "v3",
                "builds": ["tool"],
                "go": {"cgo": "any", "main_path": "m/v3"},
            },
            {"goos": "darwin", "goarch": "universal", "slices": ["arm64", "amd64"], "builds": ["ctl"]},
            {"goos": "wasip1", "goarch": "wasm", "path": "tool.wasm", "builds": ["tool"]},
            {"goos": "js", "goarch": "wasm", "format": "elf", "path": "odd", "builds": ["ctl"]},
            {"goos": "plan9", "goarch": "amd64", "path": "tool.9", "builds": ["tool"]},
            {"goos": "aix", "goarch": "ppc64", "path": "tool.aix", "builds": ["tool"]},
        ],
    )
    assert {name: slot.path for name, slot in found.items()} == {
        "tool linux/amd64": "tool_1.0.0_v1.0.0_linux_amd64",
        "ctl linux/amd64": "ctl/linux-amd64",
        "tool linux/arm64": "tool_1.0.0_v1.0.0_linux_arm64",
        "ctl linux/arm64": "ctl/linux-arm64",
        "tool windows/amd64": "tool_1.0.0_v1.0.0_windows_amd64.exe",
        "ctl windows/amd64": "ctl/windows-amd64",
        "tool windows/arm64": "tool_1.0.0_v1.0.0_windows_arm64.exe",
        "ctl windows/arm64": "ctl/windows-arm64",
        "tool linux/arm/7": "tool_1.0.0_v1.0.0_linux_armv7",
        "tool linux/amd64/v3": "tool_1.0.0_v1.0.0_linux_amd64v3",
        "ctl darwin/universal": "ctl/darwin-universal",
        "tool wasip1/wasm": "tool.wasm",
        "ctl js/wasm": "odd",
        "tool plan9/amd64": "tool.9",
        "tool aix/ppc64": "tool.aix",
    }
    formats = {name: slot.format for name, slot in found.items()}
    assert formats["tool windows/amd64"] == "pe"
    assert formats["ctl darwin/universal"] == "macho-fat"
    assert formats["tool wasip1/wasm"] == "wasm"
    assert formats["ctl js/wasm"] == "elf"
    assert formats["tool plan9/amd64"] == "plan9"
    assert formats["tool aix/ppc64"] == "xcoff"
    assert formats["tool linux/arm/7"] == "elf"
    assert found["ctl darwin/universal"].slices == ("amd64", "arm64")
    assert found["tool linux/arm/7"].required is False
    assert found["tool linux/arm/7"].severity == "warn"
    mains = {name: slot.section("go").get("main_path") for name, slot in found.items()}
    assert mains["tool linux/amd64"] == "m/tool"
    assert mains["ctl linux/amd64"] == "m/default"
    assert mains["tool linux/amd64/v3"] == "m/v3"
    assert found["tool linux/amd64/v3"].section("go").get("cgo") == "any"
    assert found["tool linux/amd64"].section("go").get("cgo") is False


def test_without_builds_a_slot_is_called_by_its_platform() -> None:
    assert list(slots()) == ["linux/amd64", "linux/arm/7", "darwin/universal"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"goos": "linux", "goarch": "amd46"}, "Go has no architecture 'amd46'"),
        ({"goos": "templeos", "goarch": "amd64"}, "Go has no operating system 'templeos'"),
        ({"goos": "linux", "goarch": "amd64", "goarm": "7"}, "goarm does not go with goarch amd64"),
        ({"goos": "linux", "goarch": "arm", "goarm": "9"}, "expected one of 5, 6, 7 for goarm, found '9'"),
        (
            {"goos": "linux", "goarch": "amd64", "goamd64": "3"},
            "expected one of v1, v2, v3, v4 for goamd64, found '3'",
        ),
        ({"goos": "linux", "goarch": "amd64", "slices": ["amd64"]}, "only goarch: universal has slices"),
        ({"goos": "linux", "goarch": "universal", "slices": ["amd64"]}, "a universal file is for darwin"),
        ({"goos": "darwin", "goarch": "universal"}, "declares its slices"),
        ({"goos": "darwin", "goarch": "universal", "slices": ["arm64", "arm64"]}, "each once"),
        ({"goos": "darwin", "goarch": "universal", "slices": ["arm46"]}, "Go has no architecture 'arm46'"),
        (
            {"goos": "darwin", "goarch": "universal", "slices": ["arm64"], "goarm": "7"},
            "a universal file has no variant",
        ),
        ({"goos": "linux", "goarch": "386", "builds": []}, "the entry has no build"),
        ({"goos": "linux", "goarch": "386", "builds": ["tol"]}, "there is no build 'tol'"),
        ({"goos": "linux", "goarch": "386", "builds": ["zzzz"]}, "there is no build 'zzzz'"),
    ],
)
def test_words_that_name_no_platform(entry: dict[str, Any], message: str) -> None:
    good = {"goos": "linux", "goarch": "s390x"}
    with pytest.raises(PolicyError) as caught:
        slots(builds=[{"name": "tool"}], matrix=[good, entry])
    assert message in caught.value.mistakes[0].message


def test_two_builds_of_one_name() -> None:
    with pytest.raises(PolicyError) as caught:
        slots(builds=[{"name": "tool"}, {"name": "tool"}])
    assert caught.value.mistakes[0].message == "two builds are called 'tool'"


def test_expand() -> None:
    assert expand("${a}{.exe,}", {"a": "x"}, windows=True) == "x.exe"
    assert expand("${a}{.exe,}", {"a": "x"}, windows=False) == "x"
    with pytest.raises(UsageError, match=r"'\{\.exe,\}' in 'a\{\.exe,\}' means nothing here"):
        expand("a{.exe,}", {})


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("a/b.c", ""),
        ("", "it is empty"),
        ("/a", "it is absolute"),
        ("C:a", "it is absolute"),
        ("a\\b", "backslash"),
        ("a//b", "empty part"),
        ("./a", "empty part"),
        ("a/..", "empty part"),
        ("a\nb", "control character"),
        ("a\x7f", "control character"),
    ],
)
def test_paths(path: str, fault: str) -> None:
    assert fault in path_fault(path)
    assert bool(fault) == bool(path_fault(path))
