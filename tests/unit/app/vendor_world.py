"""Modules of every shape that `go mod vendor` treats in its own way, and main modules that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.unit.go import proxy

if TYPE_CHECKING:
    from pathlib import Path

Files = dict[str, str]

EMBED: Final = 'import "embed"\n\n'

MODULES: Final[dict[str, Files]] = {
    "a.b/lib@v1.0.0": {
        "go.mod": "module a.b/lib\n\ngo 1.16\n",
        "go.sum": "",
        "LICENSE": "licence\n",
        "COPYRIGHT.txt": "mine\n",
        "sub/License": "in small letters it is no metadata\n",
        ".gitignore": "*.txt\n*.o\nlocal.go\n",
        "lib.go": 'package lib\r\n\r\nimport _ "a.b/lib/sub/deep"\r\n',
        "lib_windows.go": 'package lib\n\nimport _ "k.l/win"\n',
        "lib_test.go": 'package lib\n\nimport _ "not.there/x"\n',
        "local.go": "//go:build special || !ordinary\n\npackage lib\n",
        "gen.go": '//go:build ignore\n\npackage main\n\nimport _ "not.there/y"\n',
        "never.go": "//go:build ignore && !linux\n\npackage main\n",
        "_draft.go": "package draft\n",
        "notes.txt": "line\r\nline\r\n",
        "asm_amd64.s": "// nothing\n",
        "lib.h": "#define X 1\n",
        "README": "read me\n",
        "sub/NOTICE": "a notice\n",
        "sub/README": "not copied\n",
        "sub/deep/deep.go": "package deep\n",
        "testdata/t.go": "package t\n",
        "unused/unused.go": "package unused\n",
        "include/lib.h": "#define Y 1\n",
    },
    "a.b/lib/nested@v0.2.0": {
        "go.mod": "module a.b/lib/nested\n",
        "AUTHORS": "nobody\n",
        "pkg/pkg.go": "package pkg\n",
    },
    "a.b/emb@v1.1.0": {
        "go.mod": "module a.b/emb\n\ngo 1.16\n",
        "emb.go": f'package emb\n\n{EMBED}//go:embed data *.md "with space" all:full\nvar S embed.FS\n',
        "emb_test.go": f"package emb\n\n{EMBED}//go:embed testdata/t.txt\nvar T embed.FS\n",
        "gen.go": f"//go:build ignore\n\npackage main\n\n{EMBED}//go:embed tmpl/g.txt\nvar G embed.FS\n",
        "a.md": "a\n",
        "with space": "x\n",
        "data/x.txt": "x\n",
        "data/in.go": "package in\n",
        "data/_hidden": "no\n",
        "data/.dot": "no\n",
        "data/deep/y.txt": "y\n",
        "data/deep/_no/z.txt": "no\n",
        "full/_hidden": "yes\n",
        "full/.dot/x": "yes\n",
        "testdata/t.txt": "t\n",
        "tmpl/g.txt": "g\n",
        "other/o.txt": "no\n",
    },
    "a.b/cgo@v1.0.0": {
        "go.mod": "module a.b/cgo\n\ngo 1.16rc1\n",
        "cgo.go": f'package cgo\n\nimport "C"\n\n{EMBED}//go:embed data/c.txt\nvar S embed.FS\n',
        "plain.go": "package cgo\n",
        "c.c": "int x;\n",
        "data/c.txt": "c\n",
    },
    "c.d/fork@v1.5.0": {
        "go.mod": "module c.d/fork\n\ngo 1.14\n",
        "orig.go": 'package orig\n\nimport _ "c.d/orig/in"\n',
        "in/in.go": "package in\n",
    },
    "c.d/orig@v1.0.0": {"go.mod": "module c.d/orig\n", "orig.go": "package orig\n"},
    "e.f/old@v2.0.0+incompatible": {"old.go": "package old\n"},
    "g.h/tool@v1.0.0": {
        "go.mod": "module g.h/tool\n\ngo 1.14\n",
        "cmd/tool/main.go": "package main\n\nfunc main() {}\n",
    },
    "k.l/win@v1.0.0": {"go.mod": "module k.l/win\n\ngo 1.14\n", "win.go": "package win\n"},
    "m.n/testdep@v1.0.0": {"go.mod": "module m.n/testdep\n\ngo 1.14\n", "t.go": "package testdep\n"},
    "o.p/idle@v1.0.0": {"go.mod": "module o.p/idle\n\ngo 1.14\n", "idle.go": "package idle\n"},
}

GO_MOD: Final = """module example.com/app

go {go}

require (
\ta.b/cgo v1.0.0
\ta.b/emb v1.1.0
\ta.b/lib v1.0.0
\ta.b/lib/nested v0.2.0
\tc.d/orig v1.0.0
\te.f/old v2.0.0+incompatible
\tg.h/tool v1.0.0
\tk.l/win v1.0.0
\tlocal.one/l v0.0.0
\tm.n/testdep v1.0.0
\to.p/idle v1.0.0
)

replace c.d/orig => c.d/fork v1.5.0

replace local.one/l v0.0.0 => ./third_party/l

replace not.used/x v1.0.0 => c.d/fork v1.5.0
{tool}"""

APP: Final[Files] = {
    "app.go": """package app

import (
\t_ "a.b/cgo"
\t_ "a.b/emb"
\t_ "a.b/lib"
\t_ "a.b/lib/nested/pkg"
\t_ "c.d/orig"
\t_ "e.f/old"
\t_ "local.one/l"
)
""",
    "app_test.go": 'package app_test\n\nimport _ "m.n/testdep"\n',
    "tools.go": '//go:build tools\n\npackage app\n\nimport _ "g.h/tool/cmd/tool"\n',
    "third_party/l/go.mod": "module local.one/l\n\ngo 1.16\n",
    "third_party/l/LICENSE": "mine\n",
    "third_party/l/l.go": f"package l\n\n{EMBED}//go:embed d\nvar S embed.FS\n",
    "third_party/l/d/x.txt": "x\n",
    "third_party/l/other/go.mod": "module other\n",
    "third_party/l/other/other.go": "package other\n",
}

SHAPES: Final[dict[str, Files]] = {
    "newest": APP | {"go.mod": GO_MOD.format(go="1.24", tool="\ntool g.h/tool/cmd/tool\n"), "tools.go": ""},
    "tools-file": APP | {"go.mod": GO_MOD.format(go="1.23", tool="")},
    "test-embeds": APP | {"go.mod": GO_MOD.format(go="1.21", tool="")},
    "unpruned": APP | {"go.mod": GO_MOD.format(go="1.16", tool="")},
}


def make_proxy(root: Path) -> Path:
    return proxy.make_proxy(root, MODULES)


def write(root: Path, files: Files) -> None:
    for name, text in files.items():
        if text:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text.encode())


def go_sum() -> str:
    """Lines for all modules."""
    return "".join(proxy.sums(MODULES))
