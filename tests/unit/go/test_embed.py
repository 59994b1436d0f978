from __future__ import annotations

import pytest

from attest.go.embed import embeds, path_matches, resolve

#: The cases of path.Match's own test that are well-formed, and directories.
CASES = [
    ("abc", "abc", True), ("*", "abc", True), ("*c", "abc", True), ("a*", "a", True), ("a*", "abc", True),
    ("a*", "ab/c", True), ("a*/b", "abc/b", True), ("a*/b", "a/c/b", False),
    ("a*b*c*d*e*/f", "axbxcxdxe/f", True),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/f", True), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", False),
    ("a*b?c*x", "abxbbxdbxebxczzx", True), ("a*b?c*x", "abxbbxdbxebxczzy", False), ("ab[c]", "abc", True),
    ("ab[b-d]", "abc", True), ("ab[e-g]", "abc", False), ("ab[^c]", "abc", False), ("ab[^b-d]", "abc", False),
    ("ab[^e-g]", "abc", True), ("a\\*b", "a*b", True), ("a\\*b", "ab", False), ("a?b", "a\u263ab", True),
    ("a[^a]b", "a\u263ab", True), ("a[^a][^a][^a]b", "a\u263ab", False), ("[a-\u03b6]*", "\u03b1", True),
    ("*[a-\u03b6]", "A", False), ("a?b", "a/b", False), ("a*b", "a/b", False), ("[\\]a]", "]", True),
    ("[\\-]", "-", True), ("[x\\-]", "x", True), ("[x\\-]", "-", True), ("[x\\-]", "z", False),
    ("[\\-x]", "a", False),
    ("*x", "xxx", True), ("a[^b]c", "a/c", False), ("data", "data/deep/x", True),
    ("all:data", "data/_x", True),
    ("data", "data2/x", False), ("d/*", "d/a/b", True), ("**x", "ax", True), ("", "a", False),
    ("[[]", "[", True),
    ("[&&a]", "&", True), ("[a||b]", "|", True),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "file", "named"), CASES)
def test_patterns(pattern: str, file: str, named: bool) -> None:
    assert embeds(pattern, file) is named


@pytest.mark.parametrize("pattern", ["[]a]", "[", "[^", "[^bc", "a[", "\\", "[z-a]"])
def test_malformed_patterns_name_nothing(pattern: str) -> None:
    assert not embeds(pattern, "a")


def test_a_hostile_pattern_costs_little() -> None:
    assert not embeds("*a" * 200 + "b", "a" * 5000)


FILES = [
    "a.go",
    "a.txt",
    "d/x",
    "d/.h",
    "d/_h",
    "d/s/y",
    "d/s/.t/z",
    "m/go.mod",
    "m/x",
    "n/m/go.mod",
    "n/x",
    "n/m/y",
    ".git/c",
    "h/.x",
]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("a.txt", {"a.txt"}),
        ("*.txt", {"a.txt"}),
        ("d", {"d/x", "d/s/y"}),
        ("d/*", {"d/x", "d/.h", "d/_h", "d/s/y"}),
        ("all:d", {"d/x", "d/.h", "d/_h", "d/s/y", "d/s/.t/z"}),
        ("n", {"n/x"}),
        ("d/.h", {"d/.h"}),
        ("m", None),
        ("m/x", None),
        ("h", None),
        ("all:h", {"h/.x"}),
        (".git/c", None),
        ("none", None),
        (".", None),
        ("../x", None),
        ("/x", None),
        ("d//x", None),
        ("[", None),
    ],
)
def test_what_a_pattern_embeds(pattern: str, files: set[str] | None) -> None:
    assert resolve(pattern, FILES) == files


@pytest.mark.parametrize(
    ("pattern", "files"),
    [("*.txt", None), ("d/l", None), ("d", {"d/x", "d/s/y"}), ("a.txt", {"a.txt"})],
)
def test_a_pattern_must_not_name_what_is_no_regular_file(pattern: str, files: set[str] | None) -> None:
    assert resolve(pattern, FILES, ["b.txt", "d/l"]) == files


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        (r"[\d]orp.com", "dorp.com", True),
        (r"[\d]orp.com", "1orp.com", False),
        (r"[\x]y", "xy", True),
        (r"[\-a]y", "-y", True),
        (r"[^\w]y", "wy", False),
        (r"[^\w]y", "-y", True),
        (r"git.[a-c]orp", "git.borp", True),
        (r"*.corp.com", "git.corp.com", True),
        (r"*", "a/b", False),
        (r"[", "[", False),
        (r"a\*b", "a*b", True),
    ],
)
def test_patterns_of_paths_mean_what_path_match_says(pattern: str, name: str, *, matches: bool) -> None:
    assert path_matches(pattern, name) is matches
