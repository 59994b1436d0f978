from __future__ import annotations

import pytest

from attest.errors import FormatError, NothingToVerifyError
from attest.model.binary import Module
from attest.sbom import identity
from tests.unit.sbom import examples as e


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("go1.27.3", "1.27.3"),
        ("go1.27.3 X:nojsonv2", "1.27.3"),
        ("go1.27.3-X:nojsonv2,other", "1.27.3"),
        ("go1.21rc2", "1.21rc2"),
        ("go1.22.5 (Red Hat 1.22.5-1.el9)", "1.22.5"),
        ("devel go1.28-abc123 Tue Feb 3", "1.28-abc123"),
        ("go1.27-devel_abc", "1.27-devel_abc"),
    ],
)
def test_the_release_in_gos_version_text(text: str, release: str) -> None:
    assert identity.go_release(text).value == release


@pytest.mark.parametrize("text", ["", "devel +abc123", "tinygo", "goose"])
def test_an_unknown_go_version_says_so(text: str) -> None:
    found = identity.go_release(text)
    assert (found.value, found.unknown_because) == ("", "the version of Go is not recorded")


def test_a_fork_is_what_is_compiled_and_names_what_it_replaces() -> None:
    found = identity.compiled(e.FORK)
    assert found.key == ("example.com/Forks/text", "v0.4.1+incompatible")
    assert str(found.replaces) == "example.com/text@v0.4.0"
    assert found.sum == e.H1


@pytest.mark.parametrize("version", ["", "(devel)"])
def test_a_directory_has_the_path_that_it_replaces_and_no_version(version: str) -> None:
    local = Module(path="../local dir", version=version)
    found = identity.compiled(e.dep("example.com/local", "v0.9.0", replace=local))
    assert (found.key, found.directory, found.sum) == (("example.com/local", ""), "../local dir", "")
    assert "a directory has no version" in found.version.unknown_because


def test_a_workspace_module_has_no_version() -> None:
    found = identity.compiled(e.dep("example.com/member", "(devel)", h1=""))
    assert found.version.value == ""
    assert "working directory" in found.version.unknown_because


@pytest.mark.parametrize(
    "path",
    ["", "/x", "x/", "a//b", "a b", "a@v1", "a\nb", "a<b", "a=b", "a#b", "a?b", "a%2Fb", "a\udc80", "a\\b"],
)
def test_a_path_that_could_pose_as_something_else_is_refused(path: str) -> None:
    with pytest.raises(FormatError, match="is no module path") as raised:
        identity.compiled(e.dep(path))
    assert raised.value.hint


@pytest.mark.parametrize("version", ["v1 v2", "v1<x", "v1=x", "v1\t", "v1\ud800"])
def test_a_version_that_could_pose_as_something_else_is_refused(version: str) -> None:
    with pytest.raises(FormatError, match="is no module version"):
        identity.compiled(e.dep("example.com/x", version))
    with pytest.raises(FormatError, match="is no module version"):
        identity.compiled(e.dep("example.com/x", version, replace=Module(path="./x", version="")))


def test_expected_components_of_a_binary() -> None:
    assert identity.expected_components(e.report(e.info())) == {
        ("example.com/widget", "v1.0.0"),
        ("example.com/log", "v1.2.3"),
        ("example.com/Forks/text", "v0.4.1+incompatible"),
        ("example.com/local", ""),
        ("std", "1.27.3"),
    }


def test_expected_components_of_a_universal_file_are_the_union_of_its_slices() -> None:
    file = e.universal([e.info([e.LOG]), e.info([e.FORK])])
    assert identity.expected_components(file.report) == {
        ("example.com/widget", "v1.0.0"),
        ("example.com/log", "v1.2.3"),
        ("example.com/Forks/text", "v0.4.1+incompatible"),
        ("std", "1.27.3"),
    }


def test_an_unknown_main_version_is_expected_to_be_told_as_unknown() -> None:
    main = Module(path=e.WIDGET, version="(devel)")
    assert (e.WIDGET, "") in identity.expected_components(e.report(e.info(main=main)))


def test_files_named_on_the_command_line_have_no_main_module() -> None:
    found = identity.expected_components(e.report(e.info(main=None, path="command-line-arguments")))
    assert not any(path == e.WIDGET for path, _ in found)


def test_nothing_is_expected_of_a_binary_without_build_info_so_nothing_can_match_it() -> None:
    with pytest.raises(NothingToVerifyError, match="carries no build info"):
        identity.expected_components(e.report(None))
    with pytest.raises(NothingToVerifyError, match="carries no build info"):
        identity.expected_components(e.universal([e.info(), None]).report)
