from __future__ import annotations

import pytest

from attest.errors import FormatError, LimitError
from attest.go import modulestxt
from attest.model.limits import Limits

TEXT = """stray/package
## explicit
# a.b/x v1.0.0
## explicit; go 1.21
a.b/x
a.b/x/y
not a package
../bad

# a.b/y v1.2.0 => ./y
## explicit
## go 1.18
a.b/y
# short
a.b/y/z
# a.b/r v1.0.0 => c.d/r v1.5.0\r
a.b/r\r
# a.b/o v1.0.0 => c.d/o notaversion
# a.b/p v1.0.0 => c.d/p v1.0.0 more
# what is this
lost/package
# a.b/w => ./w
# a.b/v => c.d/v v2.0.0
a.b/v
"""


def test_everything() -> None:
    found = modulestxt.parse(TEXT.encode())
    assert [
        (str(each.module), str(each.replacement), each.explicit, each.go, each.packages, each.place.line)
        for each in found.modules
    ] == [
        ("a.b/x@v1.0.0", "None", True, "1.21", ("a.b/x", "a.b/x/y"), 3),
        ("a.b/y@v1.2.0", "./y", True, "1.18", ("a.b/y", "a.b/y/z"), 10),
        ("a.b/r@v1.0.0", "c.d/r@v1.5.0", False, "", ("a.b/r",), 16),
        ("a.b/o@v1.0.0", "None", False, "", (), 18),
        ("a.b/p@v1.0.0", "None", False, "", (), 19),
        ("a.b/v", "c.d/v@v2.0.0", False, "", ("a.b/v",), 23),
    ]
    assert [(str(each.old), str(each.new), each.place.line) for each in found.unused_replacements] == [
        ("a.b/w", "./w", 22),
        ("a.b/v", "c.d/v@v2.0.0", 23),
    ]
    assert not found.workspace


@pytest.mark.parametrize(
    ("text", "workspace"),
    [
        ("## workspace\n", True),
        ("## other; workspace \r\n", True),
        ("## workspaces\n", False),
        ("\n## workspace\n", False),
        ("# workspace\n", False),
        ("## " + "x" * 600 + ";workspace", False),
    ],
)
def test_workspace(text: str, workspace: bool) -> None:
    assert modulestxt.parse(text.encode()).workspace is workspace


def test_the_last_line_owns_a_package() -> None:
    text = b"# a.b/x v1.0.0\na.b/x/p\n# a.b/y v1.0.0\na.b/x/p\n"
    owners = modulestxt.package_owners(modulestxt.parse(text))
    assert owners["a.b/x/p"].module.path == "a.b/y"


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(FormatError, match=r"vendor/modules\.txt:2: invalid UTF-8"):
        modulestxt.parse(b"# a.b/x v1.0.0\n\xff\n")


def test_size() -> None:
    with pytest.raises(LimitError, match="larger than 3 bytes"):
        modulestxt.parse(b"# a b", limits=Limits(modules_txt_bytes=3))
