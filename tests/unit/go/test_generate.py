from __future__ import annotations

import pytest

from attest.go.generate import Generator, find_generators


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        ("//go:generate go run example.com/gen -o x.go", ("example.com/gen",)),
        ("//go:generate\tgo run ./internal/gen", ("./internal/gen",)),
        ("//go:generate go run gen.go tables.go -o x", ("gen.go", "tables.go")),
        ("//go:generate go run gen.go", ("gen.go",)),
        (
            "//go:generate go run -mod=mod -tags x,y --ldflags -s example.com/gen@v1.2.3",
            ("example.com/gen@v1.2.3",),
        ),
    ],
)
def test_what_go_run_runs(line: str, targets: tuple[str, ...]) -> None:
    data = f"package x\n\n{line}\r\nvar x = 1\n".encode()
    assert list(find_generators(data)) == [Generator(targets=targets, line=3)]


@pytest.mark.parametrize(
    "line",
    [
        " //go:generate go run example.com/gen",
        "// go:generate go run example.com/gen",
        "//go:generated go run example.com/gen",
        "//go:generate stringer -type X",
        "//go:generate go tool stringer",
        "//go:generate go run",
        "//go:generate go run -tags",
    ],
)
def test_other_lines_run_nothing_of_the_module_graph(line: str) -> None:
    assert list(find_generators(memoryview(f"package x\n{line}\n".encode()))) == []


def test_a_package_at_a_version_is_told_apart() -> None:
    (found,) = find_generators(b"//go:generate go run example.com/gen@latest")
    assert found.versioned
