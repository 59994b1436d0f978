"""Version, commit, time and headers held against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.exe.facts.go_stamps import headers, stamps
from attest.exe.image import Image
from attest.exe.known import Known
from attest.model.binary import BuildInfo, Container, Module
from attest.model.limits import DEFAULT_LIMITS

REVISION = "1f5c0de61f5c0de61f5c0de61f5c0de61f5c0de6"
OTHER = f"v0.0.0-20260828162006-{'ab' * 6}"
PSEUDO = f"v0.0.0-20260828162006-{REVISION[:12]}"
GIT = {
    "vcs": "git",
    "vcs.revision": REVISION,
    "vcs.time": "2026-08-28T16:20:06.5Z",
    "vcs.modified": "false",
}
IMAGE = Image(container=Container(format="elf"), endian="little", whole=memoryview(b""))


def known(version: str | None, settings: dict[str, str], go: str = "go1.27.3") -> Known:
    main = None if version is None else Module(path="example.com/a", version=version)
    info = BuildInfo(go_version=go, main=main, settings=tuple(settings.items()))
    return Known(info=info, go=True, depth="headers", limits=DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("version", "changes", "conflicts"),
    [
        ("v1.0.0", {}, []),
        (PSEUDO, {}, []),
        ("v1.2.4-0.20260828162006-1f5c0de61f5c", {}, []),
        ("v2.0.0-rc.1.0.20260828162006-1f5c0de61f5c+incompatible", {}, []),
        ("v1.0.0+dirty", {"vcs.modified": "true"}, []),
        ("v2.0.0+incompatible.dirty", {"vcs.modified": "true"}, []),
        ("(devel)", {"vcs.modified": "true"}, []),
        (
            "v1.0.0+dirty",
            {},
            ["the version v1.0.0+dirty says that the source was changed, and vcs.modified does not"],
        ),
        (
            "v1.0.0",
            {"vcs.modified": "true"},
            ["the version v1.0.0 says that the source was not changed, and vcs.modified=true"],
        ),
        (
            OTHER,
            {},
            [f"the version {OTHER} names another commit than vcs.revision={REVISION}"],
        ),
        (OTHER, {"vcs": "bzr"}, []),
        (PSEUDO, {"vcs.time": ""}, []),
        (
            PSEUDO,
            {"vcs.time": "2026-08-28T16:20:07Z"},
            [f"the version {PSEUDO} names another time than vcs.time=2026-08-28T16:20:07Z"],
        ),
        ("v1.0.0", {"-ldflags": f"-X main.commit={REVISION[:9]} -X main.version=v9.9.9"}, []),
        ("v1.0.0", {"-ldflags": "-X other.org/dep.commit=abcdef012"}, []),
        ("v1.0.0", {"-ldflags": "-X main.commit=unknown -X main.number=abcdef012"}, []),
        (
            "v1.0.0",
            {"-ldflags": "-X example.com/a/build.GitCommit=abcdef012"},
            [f"the linker was told example.com/a/build.GitCommit=abcdef012, and vcs.revision={REVISION}"],
        ),
    ],
)
def test_stamps_that_contradict_each_other(
    version: str, changes: dict[str, str], conflicts: list[str]
) -> None:
    facts = {fact.name: fact.value for fact in stamps(IMAGE, known(version, GIT | changes))}
    assert facts["go.stamp_conflicts"] == tuple(conflicts)


def test_a_changed_source_without_version_control_data_contradicts() -> None:
    facts = {fact.name: fact.value for fact in stamps(IMAGE, known("v1.0.0+dirty", {}))}
    assert facts == {
        "go.stamp_conflicts": (
            "the version v1.0.0+dirty says that the source was changed, and vcs.modified does not",
        )
    }


def test_a_commit_of_the_linker_needs_a_module_to_belong_to() -> None:
    settings = GIT | {"-ldflags": "-X example.com/a.commit=abcdef012 -X main.commit=abcdef012"}
    facts = {fact.name: fact.value for fact in stamps(IMAGE, known(None, settings))}
    assert facts["go.stamp_conflicts"] == (
        f"the linker was told main.commit=abcdef012, and vcs.revision={REVISION}",
    )


@pytest.mark.parametrize(
    ("version", "settings", "go", "reason"),
    [
        (None, {}, "go1.27.3", "no main module: built from named files, or outside of a module"),
        (
            "(devel)",
            {},
            "go1.27.3",
            "no version control data: -buildvcs=false, no repository, or no command that reads it",
        ),
        ("(devel)", GIT, "go1.23.1", "Go before 1.24 writes no version of the main module"),
        (
            "(devel)",
            GIT,
            "go1.25.1",
            "no version could be told from the repository: its root is no module, perhaps",
        ),
    ],
)
def test_why_there_is_no_version(version: str | None, settings: dict[str, str], go: str, reason: str) -> None:
    facts = {fact.name: fact.value for fact in stamps(IMAGE, known(version, settings, go))}
    assert facts["go.devel_reason"] == reason


def test_a_version_needs_no_reason_and_alone_nothing_to_compare_with() -> None:
    assert list(stamps(IMAGE, known("v1.0.0", {}))) == []
    nothing = replace(known("", {}), info=None)
    assert list(stamps(IMAGE, nothing)) == list(headers(IMAGE, nothing)) == []


@pytest.mark.parametrize(
    ("container", "settings", "conflicts"),
    [
        (Container(format="elf", os="linux", arch="amd64", kind="executable"), {}, ()),
        (Container(format="elf"), {"GOARCH": "arm"}, ()),
        (Container(format="elf", os="solaris"), {"GOOS": "illumos"}, ()),
        (
            Container(format="elf", os="freebsd", arch="arm64"),
            {},
            (
                "the build info says GOOS=linux, the headers freebsd",
                "the build info says GOARCH=amd64, the headers arm64",
            ),
        ),
        (
            Container(format="elf", kind="shared"),
            {"-buildmode": "pie"},
            ("the build info says -buildmode=pie, the headers shared",),
        ),
        (Container(format="pe", kind="shared"), {"-buildmode": "c-shared"}, ()),
        (
            Container(format="macho", kind="executable"),
            {"-buildmode": "plugin"},
            ("the build info says -buildmode=plugin, the headers executable",),
        ),
        (Container(format="elf", kind="object"), {"-buildmode": "c-archive"}, ()),
        (Container(format="wasm", kind="shared"), {"-buildmode": "exe"}, ()),
    ],
)
def test_headers_that_contradict_the_build_info(
    container: Container, settings: dict[str, str], conflicts: tuple[str, ...]
) -> None:
    told = known("v1.0.0", {"GOOS": "linux", "GOARCH": "amd64"} | settings)
    (fact,) = headers(replace(IMAGE, container=container), told)
    assert (fact.name, fact.value) == ("go.header_conflicts", conflicts)


def test_without_a_platform_in_the_build_info_nothing_is_compared() -> None:
    assert list(headers(IMAGE, known("v1.0.0", {}))) == []
