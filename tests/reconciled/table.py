"""What an executable, its source and its SBOM can tell differently, a row each.

Every program is built by the go command from `SOURCE`, or from a copy of it with changes, and held against
`SOURCE` by `attest diff`. Every SBOM is made by attest of the clean program and then changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.unit.go.proxy import sums

Files = dict[str, str]
Edits = tuple[tuple[str, str | None, str], ...]
"""A file, what is replaced in it (None: all of it), and with what."""


def _module(path: str, *, go: str = "func F() { println(1) }\n") -> Files:
    name = path.rpartition("/")[2]
    return {"go.mod": f"module {path}\n\ngo 1.21\n", f"{name}.go": f"package {name}\n\n{go}"}


def _calling(path: str) -> str:
    """A file of a program that calls a module when it starts."""
    name = path.rpartition("/")[2]
    return f'package main\n\nimport "{path}"\n\nfunc init() {{ {name}.F() }}\n'


MODULES: Final[dict[str, Files]] = {
    "m.test/log@v1.2.3": _module("m.test/log"),
    "m.test/log@v1.3.0": _module("m.test/log"),
    "m.test/text@v0.4.0": _module("m.test/text"),
    "fork.test/log@v1.5.0": _module("fork.test/log"),
    "fork.test/text@v0.4.1": _module("fork.test/text"),
    "fork.test/text@v0.4.2": _module("fork.test/text"),
    "m.test/win@v1.0.0": _module("m.test/win"),
    "m.test/native@v1.1.0": _module("m.test/native"),
    "m.test/special@v1.0.0": _module("m.test/special"),
    "m.test/check@v1.0.0": _module("m.test/check"),
    "m.test/silent@v1.0.0": _module("m.test/silent", go="const Nothing = 1\n"),
}
LOG_KEY: Final = "m.test/log@v1.2.3"
SUMS: Final = "".join(sums(MODULES))

#: What stands before the module information wherever it lies (cmd/go/internal/modload/build.go).
SENTINEL: Final = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
APP: Final = "app.test/app"
SOURCE: Final[Files] = {
    "go.mod": f"""module {APP}

go 1.24

require (
\tm.test/check v1.0.0
\tm.test/local v0.0.0
\tm.test/log v1.2.3
\tm.test/native v1.1.0
\tm.test/silent v1.0.0
\tm.test/special v1.0.0
\tm.test/text v0.4.0
\tm.test/win v1.0.0
)

replace m.test/text => fork.test/text v0.4.1

replace m.test/local => ./local
""",
    "go.sum": SUMS,
    "local/go.mod": "module m.test/local\n\ngo 1.21\n",
    "local/local.go": "package local\n\nfunc F() { println(1) }\n",
    "cmd/app/main.go": """package main

import (
\t"m.test/local"
\t"m.test/log"
\t"m.test/text"
)

func main() {
\tlocal.F()
\tlog.F()
\ttext.F()
}
""",
    "cmd/app/on_windows.go": _calling("m.test/win"),
    "cmd/app/native.go": f"//go:build cgo\n\n{_calling('m.test/native')}",
    "cmd/app/special.go": f"//go:build special\n\n{_calling('m.test/special')}",
    "cmd/app/main_test.go": 'package main\n\nimport _ "m.test/check"\n',
    "cmd/other/main.go": 'package main\n\nimport "m.test/log"\n\nfunc main() { log.F() }\n',
}
MAIN: Final = "cmd/app/main.go"
IMPORT: Final = '\t"m.test/log"\n'


@dataclass(frozen=True, kw_only=True)
class Program:
    """How a program is built: what is different from `SOURCE`, and the words and settings for the go command.

    `forged` are replacements of bytes of the same length in the finished file.
    """

    edits: Edits = ()
    arguments: tuple[str, ...] = ()
    package: str = "./cmd/app"
    settings: tuple[tuple[str, str], ...] = ()
    first: tuple[str, ...] = ()
    forged: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A program, changes of the source that it is held against, and what must be told.

    `told` are words of every denying line, in order; none where both agree. `remark` is in the output beside.
    """

    why: str
    program: Program
    source: Edits = ()
    told: tuple[str, ...] = ()
    remark: str = ""
    exit_code: int = 1


ROWS: Final = (
    Row(why="a program of the source", program=Program(), exit_code=0),
    Row(why="stripped and trimmed", program=Program(arguments=("-ldflags=-s -w", "-trimpath")), exit_code=0),
    Row(
        why="another platform, taken as what it says of itself",
        program=Program(settings=(("GOOS", "windows"),)),
        exit_code=0,
    ),
    Row(
        why="a build tag, taken as what it says of itself",
        program=Program(arguments=("-tags=special",)),
        exit_code=0,
    ),
    Row(
        why="with cgo, taken as what it says of itself",
        program=Program(settings=(("CGO_ENABLED", "1"),)),
        exit_code=0,
    ),
    Row(
        why="of another commit: a module is upgraded",
        program=Program(edits=(("go.mod", "log v1.2.3", "log v1.3.0"),)),
        told=("m.test/log is v1.3.0 in the executable, and v1.2.3 in the source",),
    ),
    Row(
        why="of an older commit: a module is not imported yet",
        program=Program(edits=((MAIN, IMPORT, ""), (MAIN, "\tlog.F()\n", ""))),
        told=("m.test/log@v1.2.3 is linked by the source, and is not in the executable",),
    ),
    Row(
        why="a module more, of which nothing is called",
        program=Program(
            edits=(
                (MAIN, IMPORT, f'{IMPORT}\t"m.test/silent"\n'),
                (MAIN, "\tlog.F()\n", "\tprintln(silent.Nothing)\n\tlog.F()\n"),
            )
        ),
        told=(
            (
                "m.test/silent@v1.0.0 is in the executable, and the source does not link it: in the source, "
                "only tests, tools, other tags or other programs import it; no function of it is in the file"
            ),
        ),
    ),
    Row(
        why="a module that the source requires for its tests alone",
        program=Program(
            edits=(
                (MAIN, IMPORT, f'{IMPORT}\tcheck "m.test/check"\n'),
                (MAIN, "\tlog.F()\n", "\tcheck.F()\n"),
                (MAIN, IMPORT, ""),
            )
        ),
        told=(
            "m.test/check@v1.0.0 is in the executable, and the source does not link it: in the source, only",
            "m.test/log@v1.2.3 is linked by the source, and is not in the executable",
        ),
    ),
    Row(
        why="a module that the source does not require",
        program=Program(),
        source=(
            ("go.mod", "\tm.test/log v1.2.3\n", ""),
            (MAIN, IMPORT, ""),
            (MAIN, "\tlog.F()\n", ""),
            ("cmd/other/main.go", None, "package other\n"),
        ),
        told=(
            (
                "m.test/log@v1.2.3 is in the executable, and the source does not link it: "
                "nothing in the source requires it"
            ),
        ),
    ),
    Row(
        why="replaced by a directory",
        program=Program(
            edits=(
                ("go.mod", "replace m.test/local", "replace m.test/log => ./mine\n\nreplace m.test/local"),
                ("mine/go.mod", None, "module m.test/log\n"),
                ("mine/log.go", None, "package log\n\nfunc F() { println(666) }\n"),
            )
        ),
        told=("m.test/log is replaced by ./mine in the executable, and not replaced in the source",),
    ),
    Row(
        why="replaced by another directory",
        program=Program(
            edits=(
                ("go.mod", "=> ./local", "=> ./mine"),
                ("mine/go.mod", None, "module m.test/local\n"),
                ("mine/local.go", None, "package local\n\nfunc F() { println(666) }\n"),
            )
        ),
        told=("m.test/local is replaced by ./mine in the executable, and replaced by ./local in the source",),
    ),
    Row(
        why="replaced by a fork",
        program=Program(
            edits=(
                (
                    "go.mod",
                    "replace m.test/local",
                    "replace m.test/log => fork.test/log v1.5.0\n\nreplace m.test/local",
                ),
            )
        ),
        told=(
            (
                "m.test/log is replaced by fork.test/log@v1.5.0 in the executable, "
                "and not replaced in the source"
            ),
        ),
    ),
    Row(
        why="another version of the fork",
        program=Program(edits=(("go.mod", "text v0.4.1", "text v0.4.2"),)),
        told=(
            (
                "m.test/text is replaced by fork.test/text@v0.4.2 in the executable, "
                "and replaced by fork.test/text@v0.4.1 in the source"
            ),
        ),
    ),
    Row(
        why="the replacement is gone",
        program=Program(edits=(("go.mod", "replace m.test/text => fork.test/text v0.4.1\n", ""),)),
        told=(
            (
                "m.test/text is not replaced in the executable, "
                "and replaced by fork.test/text@v0.4.1 in the source"
            ),
        ),
    ),
    Row(
        why="the source knows another hash",
        program=Program(),
        source=(("go.sum", sums({LOG_KEY: MODULES[LOG_KEY]})[0].split()[2], f"h1:{'A' * 43}="),),
        told=(f"in the executable, and the hash h1:{'A' * 43}= in go.sum",),
    ),
    Row(
        why="built from a vendor directory that the source does not have",
        program=Program(first=("mod", "vendor"), arguments=("-mod=vendor",)),
        told=(
            (
                "the executable names no hashes of its modules to hold against go.sum: "
                "it was built from vendor/, and the source has none in use"
            ),
        ),
    ),
    Row(
        why="a tag is on and the settings hide it",
        program=Program(arguments=("-tags=special",), forged=((b"-tags=special", b"-tags=ordinar"),)),
        told=(
            (
                "m.test/special@v1.0.0 is in the executable, and the source does not link it: "
                "in the source, only tests, tools, other tags or other programs import it"
            ),
        ),
    ),
    Row(
        why="cgo is on and the settings hide it",
        program=Program(settings=(("CGO_ENABLED", "1"),), forged=((b"CGO_ENABLED=1", b"CGO_ENABLED=0"),)),
        told=(
            (
                "m.test/native@v1.1.0 is in the executable, and the source does not link it: "
                "the source links it with cgo"
            ),
        ),
    ),
    Row(
        why="cgo is off and the settings say that it is on",
        program=Program(forged=((b"CGO_ENABLED=0", b"CGO_ENABLED=1"),)),
        told=(
            (
                "m.test/native@v1.1.0 is linked by the source, and is not in the executable: "
                "the source does not link it without cgo"
            ),
        ),
    ),
    Row(
        why="the settings name another platform",
        program=Program(settings=(("GOOS", "windows"),), forged=((b"GOOS=windows", b"GOOS=freebsd"),)),
        told=(
            (
                "m.test/win@v1.0.0 is in the executable, and the source does not link it: "
                "the source links it on windows/amd64"
            ),
        ),
    ),
    Row(
        why="a version is forged",
        program=Program(forged=((b"dep\tm.test/log\tv1.2.3", b"dep\tm.test/log\tv1.2.2"),)),
        told=("m.test/log is v1.2.2 in the executable, and v1.2.3 in the source",),
    ),
    Row(
        why="a module is renamed",
        program=Program(forged=((b"dep\tm.test/log\t", b"dep\tm.test/lag\t"),)),
        told=(
            (
                "m.test/lag@v1.2.3 is in the executable, and the source does not link it: "
                "nothing in the source requires it"
            ),
            "m.test/log@v1.2.3 is linked by the source, and is not in the executable",
        ),
    ),
    Row(
        why="a program that the source does not have",
        program=Program(
            edits=(("cmd/evil/main.go", None, "package main\n\nfunc main() {}\n"),),
            package="./cmd/evil",
        ),
        told=(f"{APP}/cmd/evil is no main package of the source: not on linux/amd64",),
    ),
    Row(
        why="of another module",
        program=Program(edits=(("go.mod", f"module {APP}", "module app.test/fork"),)),
        told=("app.test/fork/cmd/app is no main package of the source: not on linux/amd64",),
    ),
    Row(
        why="the source asks for a newer Go",
        program=Program(),
        source=(("go.mod", "go 1.24", "go 1.99"),),
        told=("and the source asks for 1.99 at least",),
    ),
    Row(
        why="built from files, not from a package",
        program=Program(package="cmd/other/main.go"),
        told=(
            "cannot be held against the source: it was built from files, so its build info names no package",
        ),
        exit_code=3,
    ),
    Row(
        why="without build information",
        program=Program(forged=((b"\xff Go buildinf:", b"\xff no buildinf:"), (SENTINEL, bytes(16)))),
        told=("cannot be held against the source: it carries no build info",),
        exit_code=3,
    ),
)


@dataclass(frozen=True, kw_only=True)
class SbomRow:
    """An SBOM of a program (`of`), changed, and held against the clean program.

    `cyclonedx` changes the component of that name, `document` the whole; `told` as in `Row`.
    """

    why: str
    of: Literal["app", "other", "windows", "older", "source"] = "app"
    component: str = ""
    change: Any = None
    document: Any = None
    told: tuple[str, ...]
    exit_code: int = 1


def _set(**values: Any) -> Any:  # noqa: ANN401 - any JSON
    return lambda component: component.update(values)


def _add(component: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    return lambda document: document["components"].append(component)


def _property(name: str, value: str) -> Any:  # noqa: ANN401 - any JSON
    def change(component: Any) -> None:  # noqa: ANN401 - any JSON
        for each in component["properties"]:
            if each["name"] == name:
                each["value"] = value

    return change


def _without(name: str) -> Any:  # noqa: ANN401 - any JSON
    def change(document: Any) -> None:  # noqa: ANN401 - any JSON
        gone = {each["bom-ref"] for each in document["components"] if each["name"] == name}
        assert gone, name
        document["components"] = [each for each in document["components"] if each["name"] != name]
        document["dependencies"] = [
            each | {"dependsOn": [ref for ref in each.get("dependsOn", ()) if ref not in gone]}
            for each in document["dependencies"]
            if each["ref"] not in gone
        ]
        document.pop("compositions", None)

    return change


def _empty(document: Any) -> None:  # noqa: ANN401 - any JSON
    document["components"] = []
    document["dependencies"] = []
    document["metadata"]["component"].pop("components", None)
    document.pop("compositions", None)


def _subject(document: Any) -> None:  # noqa: ANN401 - any JSON
    document["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": "0" * 64}]


LOG: Final = "m.test/log"
ALL_GONE: Final = (
    "    + app.test/app",
    "    + fork.test/text v0.4.1",
    "    + m.test/local",
    "    + m.test/log v1.2.3",
    "    + std 1.",
)

SBOM_ROWS: Final = (
    SbomRow(why="a true SBOM", told=(), exit_code=0),
    SbomRow(
        why="of a neighbour: the same platform, another program",
        of="other",
        told=("describes another file, of sha256 ", "    + fork.test/text v0.4.1", "    + m.test/local"),
    ),
    SbomRow(
        why="of a neighbour: the same program, another platform",
        of="windows",
        told=("describes another file, of sha256 ", "    - m.test/win v1.0.0"),
    ),
    SbomRow(
        why="of an older program",
        of="older",
        told=("describes another file, of sha256 ", "    + m.test/log v1.2.3"),
    ),
    SbomRow(
        why="of the source alone, which knows neither the file nor its version of Go",
        of="source",
        told=("names no digest of what it describes", "    ~ std (unknown) -> 1."),
    ),
    SbomRow(
        why="a forged component",
        document=_add(
            {
                "type": "library",
                "name": "evil.test/x",
                "version": "v1.0.0",
                "purl": "pkg:golang/evil.test/x@v1.0.0",
            }
        ),
        told=("    - evil.test/x v1.0.0",),
    ),
    SbomRow(
        why="a forged component without a package URL",
        document=_add({"type": "library", "name": "evil.test/x", "version": "v1.0.0"}),
        told=("    - evil.test/x v1.0.0",),
    ),
    SbomRow(why="a removed component", document=_without(LOG), told=(f"    + {LOG} v1.2.3",)),
    SbomRow(
        why="a renamed component",
        component=LOG,
        change=_set(name="m.test/lag", purl="pkg:golang/m.test/lag@v1.2.3"),
        told=("    - m.test/lag v1.2.3", f"    + {LOG} v1.2.3"),
    ),
    SbomRow(
        why="a changed version",
        component=LOG,
        change=_set(version="v9.9.9", purl=f"pkg:golang/{LOG}@v9.9.9"),
        told=(f"    ~ {LOG} v9.9.9 -> v1.2.3",),
    ),
    SbomRow(
        why="a changed hash",
        component=LOG,
        change=_property("attest:go:h1", "h1:" + "A" * 43 + "="),
        told=(f"gives {LOG}@v1.2.3 the hash h1:{'A' * 43}=, and ",),
    ),
    SbomRow(
        why="package URL and name disagree",
        component=LOG,
        change=_set(name="m.test/harmless"),
        told=(f"'pkg:golang/{LOG}@v1.2.3' is given the name 'm.test/harmless' beside its package URL",),
    ),
    SbomRow(
        why="package URL and version disagree",
        component=LOG,
        change=_set(version="v1.9.9"),
        told=(f"'pkg:golang/{LOG}@v1.2.3' is given version 'v1.9.9' beside its package URL",),
    ),
    SbomRow(
        why="a package URL that is none",
        component=LOG,
        change=_set(purl="pkg:golang"),
        told=("'pkg:golang' is no package URL", f"    + {LOG} v1.2.3"),
    ),
    SbomRow(
        why="a component twice under one reference",
        document=lambda document: document["components"].append(document["components"][0]),
        told=(" is there twice",),
    ),
    SbomRow(
        why="the main module's version is forged",
        component=APP,
        change=_set(version="v9.0.0", purl=f"pkg:golang/{APP}@v9.0.0#cmd/app"),
        told=(f"    ~ {APP} v9.0.0 -> (unknown)",),
    ),
    SbomRow(
        why="the standard library of another version",
        component="std",
        change=_set(version="1.20.0", purl="pkg:golang/std@1.20.0"),
        told=("    ~ std 1.20.0 -> 1.",),
    ),
    SbomRow(
        why="a module that has a version is (devel)",
        component=LOG,
        change=_set(version="(devel)", purl=f"pkg:golang/{LOG}"),
        told=(f"    ~ {LOG} (unknown) -> v1.2.3",),
    ),
    SbomRow(
        why="the original instead of the fork that is compiled",
        component="fork.test/text",
        change=_set(name="m.test/text", version="v0.4.0", purl="pkg:golang/m.test/text@v0.4.0"),
        told=("    + fork.test/text v0.4.1", "    - m.test/text v0.4.0"),
    ),
    SbomRow(why="an empty SBOM", document=_empty, told=ALL_GONE),
    SbomRow(why="of another file", document=_subject, told=("describes another file, of sha256 0000",)),
    SbomRow(
        why="an edge to nowhere",
        document=lambda document: document["dependencies"].append({"ref": "nowhere"}),
        told=("dependencies names 'nowhere', which is not in the document",),
    ),
)
