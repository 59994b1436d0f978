"""Minimal version selection alone: graphs in a small language, modules as one letter and a number."""

from __future__ import annotations

import pytest

from attest.errors import LimitError
from attest.go.mvs import NONE, ModuleGraph, Summary, build_list, read_graph, sort_modules, version_key
from attest.model.limits import Limits
from attest.model.module import ModuleVersion


def module(name: str) -> ModuleVersion:
    """ "B1" is version 1 of B, "C" is version 1 too, "B2h" a prerelease of version 2."""
    version = f"v{name[1:].rstrip('h') or '1'}.0.0{'-h' if name.endswith('h') else ''}"
    return ModuleVersion(path=name[0], version=version)


def graph_of(text: str, main: str, *, before_1_17: str = "", pruned: bool = False) -> ModuleGraph:
    requires = {
        name.strip(): tuple(map(module, required.split()))
        for name, _, required in (line.partition(":") for line in text.split(","))
    }
    root = ModuleVersion(path=main[0], version="")
    known = {module(name): required for name, required in requires.items() if name != main}

    def summary(each: ModuleVersion) -> Summary:
        return Summary(requires=known.get(each, ()), pruned=pruned and each.path not in before_1_17)

    return read_graph((root,), {root: requires[main]}, summary, pruning="pruned" if pruned else "unpruned")


def selected(graph: ModuleGraph) -> str:
    names = (f"{each.path}{each.version.removesuffix('.0.0')[1:]}" for each in build_list(graph))
    return " ".join(names)


#: The graphs of cmd/go/internal/mvs/mvs_test.go that have a build list, one requirement list after another.
BUILDS = {
    "blog": ("A: B1 C2, B1: D3, C1: D2, C2: D4, C3: D5, D2: E1, D3: E2, D4: E2 F1, D5: E2, G1: C4, C4: G1",
             "A", "A B1 C2 D4 E2 F1"),
    "blog with later versions": ("A: B1 C4 D4, B1: D3, C4: G1, D3: E2, D4: E2 F1, G1: C4",
             "A", "A B1 C4 D4 E2 F1 G1"),
    "trim": ("A: B1 C2, B1: D3, C2: B2, B2:", "A", "A B2 C2 D3"),
    "cross1": ("A: B C, B: D1, C: D2, D1: E2, D2: E1", "A", "A B1 C1 D2 E2"),
    "cross1V": ("A: B2 C D2 E1, B1:, B2: D1, C: D2, D1: E2, D2: E1", "A", "A B2 C1 D2 E2"),
    "cross1U": ("A: B1 C, B1:, B2: D1, C: D2, D1: E2, D2: E1", "A", "A B1 C1 D2 E1"),
    "cross1R": ("A: B C, B: D2, C: D1, D1: E2, D2: E1", "A", "A B1 C1 D2 E2"),
    "cross1X": ("A: B C, B: D1 E2, C: D2, D1: E2, D2: E1", "A", "A B1 C1 D2 E2"),
    "cross2": ("A: B D2, B: D1, D1: E2, D2: E1", "A", "A B1 D2 E2"),
    "cross2X": ("A: B D2, B: D1 E2, C: D2, D1: E2, D2: E1", "A", "A B1 D2 E2"),
    "cross3": ("A: B D2 E1, B: D1, D1: E2, D2: E1", "A", "A B1 D2 E2"),
    "cross3X": ("A: B D2 E1, B: D1 E2, D1: E2, D2: E1", "A", "A B1 D2 E2"),
    "cross4 before": ("A: B1 D2, B1: D1, B2: D2, D1: E2, D2: E1", "A", "A B1 D2 E2"),
    "cross4 after": ("A: B2 D2, B1: D1, B2: D2, D1: E2, D2: E1", "A", "A B2 D2 E1"),
    "cross5": ("A: D1, D1: E2, D2: E1", "A", "A D1 E2"),
    "cross6": ("A: D2, D1: E2, D2: E1", "A", "A D2 E1"),
    "cross7": ("A: B C, B: D1, C: E1, D1: E2, E1: D2", "A", "A B1 C1 D2 E2"),
    "cross8": ("M: A1 B1, A1: X1, B1: X2, X1: I1, X2:", "M", "M A1 B1 I1 X2"),
    "drop": ("A: B1 C1, B1: D1, B2:, C2:, D2:", "A", "A B1 C1 D1"),
    "simplify": ("A: B1 C1, B1: C2, C1: D1, C2:", "A", "A B1 C2 D1"),
    "up1": ("A: B1 C1, B1:, B2:, C2:", "A", "A B1 C1"),
    "up2": ("A: B5h C1, B4:, B5h:, C2:", "A", "A B5.0.0-h C1"),
    "down1": ("A: B2, B1: C1, B2: C2", "A", "A B2 C2"),
    "down2": ("A: B2 E2, B2: C2 F2, C2: D2 E2, D2: B2, E2: D2", "A", "A B2 C2 D2 E2 F2"),
    "downcross1": ("A: B2 C1, B1: C2, B2: C1, C1: D2, C2:", "A", "A B2 C1 D2"),
    "downcross2": ("A: B2, B1: C1, B2: D2", "A", "A B2 D2"),
    "downcycle": ("A: A1 B2, B2: A1", "A", "A B2"),
    "downhiddenartifact": ("A: B3 C2, B3: D2, C2: D2, B1: E1", "A", "A B3 C2 D2"),
    "downhiddencross": ("A: B3 C3, B3: D2, C3: D2, C1: B2h", "A", "A B3 C3 D2"),
    "noprev": ("A: B4 C2, B2h:, C2:", "A", "A B4 C2"),
    "cycle1": ("A: B1, B1: A1, B2: A2, B3: A3", "A", "A B1"),
    "cycle2": ("A: B1, A1: C1, A2: D1, B1: A1, B2: A2, C1: A2", "A", "A B1 C1 D1"),
    "cycle3": ("M: A1 C2, A1: B1, B1: C1, B2: C2, C1:, C2: B2", "M", "M A1 B2 C2"),
}  # fmt: skip


@pytest.mark.parametrize("name", BUILDS)
def test_the_build_lists_of_the_go_commands_own_tests(name: str) -> None:
    text, main, expected = BUILDS[name]
    assert selected(graph_of(text, main)) == expected


PRUNED = "A: B1, B1: C1, C1: D1, D1: E1"


def test_pruning_stops_below_the_requirements_of_the_roots() -> None:
    assert selected(graph_of(PRUNED, "A", pruned=True)) == "A B1 C1"
    assert selected(graph_of(PRUNED, "A")) == "A B1 C1 D1 E1"


def test_below_an_old_root_everything_counts() -> None:
    assert selected(graph_of(PRUNED, "A", pruned=True, before_1_17="B")) == "A B1 C1 D1 E1"
    assert selected(graph_of(PRUNED, "A", pruned=True, before_1_17="C")) == "A B1 C1"


def test_what_an_older_version_requires_stays_in_the_graph() -> None:
    graph = graph_of("A: B1 C1, C1: B2, B1: D1, B2:", "A")
    assert [(str(each), [str(one) for one in requires]) for each, requires in graph.edges] == [
        ("A", ["B@v1.0.0", "C@v1.0.0"]),
        ("B@v1.0.0", ["D@v1.0.0"]),
        ("C@v1.0.0", ["B@v2.0.0"]),
        ("D@v1.0.0", []),
        ("B@v2.0.0", []),
    ]
    assert graph.selected == {"A": "", "B": "v2.0.0", "C": "v1.0.0", "D": "v1.0.0"}
    assert [str(each) for each in graph.nodes] == ["A", "B@v1.0.0", "C@v1.0.0", "D@v1.0.0", "B@v2.0.0"]


def test_a_graph_beyond_the_limit() -> None:
    root = ModuleVersion(path="a", version="")

    def endless(each: ModuleVersion) -> Summary:
        number = int(each.version[1:-4])
        return Summary(requires=(ModuleVersion(path="b", version=f"v{number + 1}.0.0"),), pruned=False)

    with pytest.raises(LimitError, match="more than 100 requirements"):
        read_graph(
            (root,),
            {root: (ModuleVersion(path="b", version="v1.0.0"),)},
            endless,
            pruning="unpruned",
            limits=Limits(module_graph_edges=100),
        )


@pytest.mark.parametrize(
    ("path", "versions"),
    [
        ("a.b/c", [NONE, "v1.0.0-rc.1", "v1.0.0", "v1.10.0", "v2.0.0+incompatible", ""]),
        ("go", [NONE, "1.20", "1.21", "1.21rc1", "1.21.0", "1.21.10", ""]),
        ("toolchain", ["default", "go1.21.0", "go1.21.3-custom", "go1.22rc1", "1.22.0", ""]),
    ],
)
def test_versions_are_ordered_by_what_they_are_of(path: str, versions: list[str]) -> None:
    keys = [version_key(path, each) for each in versions]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    modules = [ModuleVersion(path=path, version=each) for each in versions]
    assert list(sort_modules(reversed(modules))) == modules
