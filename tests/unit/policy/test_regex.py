from __future__ import annotations

import re

import pytest

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.policy.regex import Pattern


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"https://github\.com/acme/[a-z-]+", "https://github.com/acme/my-tool", True),
        (r"https://github\.com/acme/[a-z-]+", "https://githubXcom/acme/tool", False),
        (r"^release@v\d+\.\d+$", "release@v1.20", True),
        (r"release@v\d+", "release@v1/../x", False),
        (r"a\$", "a$", True),
        (r"a\\$", "a\\", True),
        (r"(?:a|b|)c{2}", "acc", True),
        (r"(?:a|b|)c{2}", "cc", True),
        (r"(a|b)*c{1,2}d{2,}", "abbacddd", True),
        (r"(a|b)*c{1,2}d{2,}", "abbacccdd", False),
        (r"[^/]+", "a/b", False),
        (r"[\w.-]+", "a_B-1.x", True),
        (r"[\d]+", "12", True),
        (r"[a\]]+", "a]", True),
        (r"[a-]+", "-a", True),
        (r"\D\W", "a-", True),
        (r"\D", "1", False),
        (r".", "\n", False),
        ("", "", True),
    ],
)
def test_matches_as_re_does(pattern: str, text: str, expected: bool) -> None:
    assert Pattern(pattern).matches(text) is expected
    assert bool(re.fullmatch(pattern, text)) is expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)", "invalid perl operator: (?="),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("a\\", "trailing \\"),
        ("a**", "bad repetition operator: **"),
        ("*a", "no argument for repetition operator: *"),
        ("(a", "missing ): (a"),
        ("a)", "unexpected ): a)"),
        ("[a", "missing ]: [a"),
        ("[z-a]", "invalid character class range: z-a"),
        ("a{1001}", "invalid repetition size: {1001}"),
    ],
)
def test_refused(pattern: str, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        Pattern(pattern)
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a" * 513, "longer than 512"),
    ],
)
def test_limits(pattern: str, reason: str) -> None:
    with pytest.raises(LimitError, match=reason):
        Pattern(pattern)


def test_a_pattern_that_grows_beyond_memory_is_refused() -> None:
    with pytest.raises(FormatError, match="invalid repetition size"):
        Pattern("((a{99}){99}){99}")


def test_what_takes_others_for_ever_is_quick() -> None:
    evil = Pattern("(a*)*(a|a)*" + "a?" * 100 + "(.*.*){9}b")
    assert not evil.matches("a" * 512)
    assert not Pattern("a*").matches("a" * (DEFAULT_LIMITS.identity_chars + 1))
