"""Reading and judging a release directory, over the file system's in-memory twin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.app.inventory import read_bytes, take_inventory
from attest.app.policy import load_policy, platforms
from attest.app.verify import Run, verify_release
from attest.edge.clock import system_now
from attest.errors import LimitError, PolicyError, ReadError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS
from tests.fakes import MemoryTree

if TYPE_CHECKING:
    from attest.app.policy import LoadedPolicy
    from tests.conftest import SignedRelease

NOW = system_now()


def loaded(release: SignedRelease, sha256: str = "") -> LoadedPolicy:
    folder = release.policy.parent
    return load_policy(
        release.policy.read_bytes(),
        "release.yaml",
        lambda name, _: (folder / name).read_bytes(),
        variables={"version": "1.0.0", "tag": "v1.0.0"},
        now=NOW,
        sha256=sha256,
    )


def twin(release: SignedRelease) -> MemoryTree:
    return MemoryTree({each.name: each.read_bytes() for each in release.dist.iterdir()}, label="dist")


def judge(release: SignedRelease, tree: MemoryTree) -> tuple[ExitCode, set[tuple[str, str, str]]]:
    run = Run(now=NOW, version="1.0.0", tag="v1.0.0")
    policy = loaded(release)
    # Source rules are another test's: without a tree they would be missing evidence.
    bare = replace(policy, policy=replace(policy.policy, sections=policy.policy.sections[1:]))
    verdict = verify_release(bare, take_inventory(tree), None, run)
    return verdict.exit_code, {(each.check, each.outcome, each.subject) for each in verdict.findings}


def test_the_twin_of_the_release_passes(signed_release: SignedRelease) -> None:
    assert judge(signed_release, twin(signed_release)) == (ExitCode.PASS, set())


def test_an_artifact_that_cannot_be_read_is_undecided_and_never_a_pass(signed_release: SignedRelease) -> None:
    name = "widget_1.0.0_linux_amd64"
    tree = twin(signed_release)
    del tree.files[name]
    tree.unreadable = frozenset({name})
    code, findings = judge(signed_release, tree)
    assert code == ExitCode.UNDECIDED
    assert ("artifact-unreadable", "error", name) in findings


def test_no_artifact_at_all_is_nothing_to_verify(signed_release: SignedRelease) -> None:
    code, _ = judge(signed_release, MemoryTree({"notes.txt": b"hello\n"}))
    assert code == ExitCode.NOTHING


def test_links_and_empty_folders_are_in_the_inventory_and_folders_with_files_are_not() -> None:
    tree = MemoryTree({"a/b/c.txt": b"text"}, symlinks=frozenset({"a/link"}))
    heard: list[str] = []
    inventory = take_inventory(tree, jobs=1, done=heard.append)
    assert [(each.path, each.kind) for each in inventory.files] == [
        ("a/b/c.txt", "file"),
        ("a/link", "symlink"),
    ]
    assert sorted(heard) == ["a/b/c.txt", "a/link"]


def test_what_is_kept_of_a_file_depends_on_what_it_is() -> None:
    text, data = read_bytes("t", memoryview(b"hello")), read_bytes("d", memoryview(b"a\0b"))
    assert (text.content, text.report) == (b"hello", None)
    assert (data.content, data.report) == (None, None)
    binary = read_bytes("e", memoryview(b"\x7fELF" + bytes(100)))
    assert binary.content is None
    assert binary.report is not None
    long = read_bytes(
        "j", memoryview(b'{"a": "' + b"x" * 100 + b'"}'), replace(DEFAULT_LIMITS, sbom_bytes=50)
    )
    assert long.content is None
    assert long.identity is not None


def test_a_release_beyond_the_limits_is_refused() -> None:
    tree = MemoryTree({"a": b"", "b": b"", "c": b""})
    with pytest.raises(LimitError, match="more than 2 files"):
        take_inventory(tree, limits=replace(DEFAULT_LIMITS, release_files=2))
    with pytest.raises(LimitError, match="folders more than 1 deep"):
        take_inventory(MemoryTree({"a/b/c/d": b""}), limits=replace(DEFAULT_LIMITS, tree_depth=1))


def test_a_policy_pinned_by_digest_is_that_policy_or_none(signed_release: SignedRelease) -> None:
    with pytest.raises(PolicyError, match="is not the one that --policy-sha256 pins"):
        loaded(signed_release, sha256="00" * 32)
    policy = loaded(signed_release)
    assert loaded(signed_release, sha256=policy.policy.name.sha256.upper()).policy == policy.policy


def test_every_key_that_cannot_be_used_is_told(signed_release: SignedRelease) -> None:
    def read(_: str, __: int) -> bytes:
        raise ReadError("no such file or directory")

    with pytest.raises(PolicyError, match="what it trusts cannot be used") as caught:
        load_policy(
            signed_release.policy.read_bytes(),
            "release.yaml",
            read,
            variables={"version": "1.0.0", "tag": "v1.0.0"},
            now=NOW,
        )
    assert [each.message for each in caught.value.mistakes] == ["no such file or directory"]


def test_slices_of_a_universal_file_are_platforms_of_their_own(signed_release: SignedRelease) -> None:
    policy = loaded(signed_release)
    assert [str(each) for each in platforms(policy)] == [
        "darwin/amd64",
        "darwin/arm64",
        "js/wasm",
        "linux/amd64",
        "linux/arm/7",
        "linux/arm64",
        "wasip1/wasm",
        "windows/amd64",
    ]
