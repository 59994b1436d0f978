"""The direction of imports, held over the syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "attest"

#: What each part may import of attest. `cli` stands on everything; nothing imports `cli`.
MAY_IMPORT = {
    "errors": {"model"},
    "model": {"errors", "model"},
    "go": {"errors", "model", "go"},
    "exe": {"errors", "model", "exe"},
    "archive": {"errors", "model", "archive"},
    "vuln": {"errors", "model", "go", "vuln"},
    "sbom": {"errors", "model", "sbom"},
    "intoto": {"errors", "model", "intoto"},
    "trust": {"errors", "model", "trust", "intoto"},
    "policy": {"errors", "model", "policy", "go", "exe", "sbom", "intoto", "trust"},
    "signing": {"errors", "model", "signing", "intoto", "trust"},
    "edge": {"errors", "model", "edge"},
    "render": {"errors", "model", "render"},
    "app": {
        "errors",
        "model",
        "go",
        "exe",
        "sbom",
        "intoto",
        "trust",
        "policy",
        "signing",
        "edge",
        "app",
        "archive",
        "vuln",
    },
    "cli": {"errors", "model", "app", "render", "edge", "cli", "__init__"},
    "__main__": {"cli", "__init__"},
    "__init__": set(),
}

#: Libraries that take long to import: only ever inside the function that needs them, or in a module
#: that is itself imported that way (the folders named).
HEAVY = {
    "cel_expr_python",
    "sigstore",
    "sigstore_models",
    "cyclonedx",
    "spdx_tools",
    "cryptography",
    "pydantic",
    "ruamel",
    "rich",
    "packageurl",
    "license_expression",
    "licenseclassifier",
}

#: Inward modules that import of their own part only what is needed, for start-up's sake.
LAZY = {Path("exe/inspect.py"), Path("exe/packing.py"), Path("sbom/spdx2.py")}


def imports(file: Path, *, top_level: bool = False) -> set[str]:
    """The dotted names that a file imports: all of them, or those outside functions and TYPE_CHECKING."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative imports hide the direction"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names}
        elif top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        elif top_level and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            queue.extend(node.orelse)
            continue
        queue.extend(ast.iter_child_nodes(node))
    return found


def part_of(dotted: str) -> str | None:
    pieces = dotted.split(".")
    if pieces[0] != "attest":
        return None
    return (
        pieces[1]
        if (len(pieces) > 1 and (PACKAGE / pieces[1]).is_dir())
        or (len(pieces) > 1 and (PACKAGE / f"{pieces[1]}.py").is_file())
        else "__init__"
    )


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def violations(file: Path, part: str) -> list[str]:
    return sorted(
        f"{part} must not import {target} ({dotted})"
        for dotted in imports(file)
        if (target := part_of(dotted)) is not None and target not in MAY_IMPORT[part]
    )


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_one_way(file: Path) -> None:
    relative = file.relative_to(PACKAGE)
    part = relative.parts[0].removesuffix(".py")
    assert violations(file, part) == []


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_function_level_imports_are_for_heavy_libraries_and_the_outer_layers_alone(file: Path) -> None:
    """Where everything inward is cheap to import, an import inside a function can only hide a cycle."""
    relative = file.relative_to(PACKAGE)
    part = relative.parts[0].removesuffix(".py")
    hidden = imports(file) - imports(file, top_level=True) - type_checking_imports(file)
    inward = {dotted for dotted in hidden if part_of(dotted) is not None}
    if part not in ("cli", "app", "edge", "__main__") and relative not in LAZY:
        assert inward == set(), "an import of attest's own inside a function hides a cycle"


def type_checking_imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        f"{node.module}.{alias.name}"
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_test_sees_a_wrong_import(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("from attest.cli.main import run\nimport attest.edge.files\n")
    assert violations(file, "model") == [
        "model must not import cli (attest.cli.main.run)",
        "model must not import edge (attest.edge.files)",
    ]
