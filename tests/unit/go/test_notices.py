from __future__ import annotations

import pytest

from attest.go import gomod
from attest.go.notices import deprecation, is_retracted, latest


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["v1.9.0", "v1.10.0", "v1.11.0-rc.1", "v2.0.0+incompatible"], "v1.10.0"),
        (["v0.1.0-alpha", "v0.1.0-beta", "v0.2.0-0.20240102030405-abcdef123456"], "v0.1.0-beta"),
        (
            ["v0.0.0-20240102030405-abcdef123456", "v0.0.0-20230102030405-abcdef123456"],
            "v0.0.0-20240102030405-abcdef123456",
        ),
        (["latest", "v1"], None),
        ([], None),
    ],
)
def test_the_latest_version_is_a_release_if_there_is_one(versions: list[str], newest: str | None) -> None:
    assert latest(versions) == newest


@pytest.mark.parametrize(
    ("version", "retracted"),
    [
        ("v1.0.0", True),
        ("v1.0.1", False),
        ("v1.1.0", True),
        ("v1.2.0", True),
        ("v1.2.1", False),
    ],
)
def test_retract_lines_cover_single_versions_and_ranges(version: str, retracted: bool) -> None:
    go_mod = gomod.parse(b"module m\nretract v1.0.0 // published by mistake\nretract [v1.1.0, v1.2.0]\n")
    assert is_retracted(go_mod, version) is retracted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("// Deprecated: use a.b/d\nmodule a.b/c\n", "use a.b/d"),
        ("module a.b/c // Deprecated: use a.b/d\r\n", "use a.b/d"),
        (
            "// A module.\n//\n// Deprecated: use\n// a.b/d instead.\n//\n// More.\nmodule a.b/c\n",
            "use a.b/d instead.",
        ),
        ("// A module. Deprecated: not a paragraph\nmodule a.b/c\n", ""),
        ("// Deprecated: of something else\n\nmodule a.b/c\n", ""),
        ("module a.b/c\n\n// Deprecated: of the line below\ngo 1.24\n", ""),
        ('// Deprecated: gone\nmodule "a.b/c"\n', "gone"),
        ("go 1.24\n", ""),
        ("// Deprecated: of the block\nmodule (\n\ta.b/c\n)\n", "of the block"),
        ("module (\n\t// Deprecated: in it\n\ta.b/c\n)\n", "in it"),
        ("// Deprecated: of the block\nmodule (\n\ta.b/c // its own\n)\n", ""),
        (f"// Deprecated: {'x' * 300}\nmodule m\n", "x" * 199 + "…"),
    ],
)
def test_deprecation_is_a_paragraph_of_the_comment_of_the_module_line(text: str, said: str) -> None:
    assert deprecation(text.encode()) == said
