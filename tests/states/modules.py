"""The modules that the states are made of, each of a shape that a rule of the go command is about."""

from __future__ import annotations

from typing import Final

Files = dict[str, str]


def _go_mod(path: str, go: str, *lines: str) -> str:
    return "\n".join((f"module {path}", "", f"go {go}", *(f"\n{each}" for each in lines), ""))


MODULES: Final[dict[str, Files]] = {
    # lib needs dep, in the same minor version
    "ex.test/dep@v1.0.0": {"go.mod": _go_mod("ex.test/dep", "1.17"), "dep.go": "package dep\n"},
    "ex.test/dep@v1.1.0": {
        "go.mod": _go_mod("ex.test/dep", "1.17"),
        "dep.go": "package dep\n\nconst New = true\n",
    },
    "ex.test/lib@v1.0.0": {
        "go.mod": _go_mod("ex.test/lib", "1.17", "require ex.test/dep v1.0.0"),
        "LICENSE": "a licence\n",
        "lib.go": 'package lib\n\nimport _ "ex.test/dep"\n',
        "other/other.go": "package other\n",
    },
    "ex.test/lib@v1.1.0": {
        "go.mod": _go_mod("ex.test/lib", "1.17", "require ex.test/dep v1.1.0"),
        "LICENSE": "a licence\n",
        "lib.go": 'package lib\n\nimport _ "ex.test/dep"\n',
    },
    # an older module brings in all that it needs, whatever the main module says
    "ex.test/old@v1.0.0": {
        "go.mod": _go_mod("ex.test/old", "1.15", "require ex.test/dep v1.1.0"),
        "old.go": "package old\n",
    },
    "ex.test/viaold@v1.0.0": {
        "go.mod": _go_mod("ex.test/viaold", "1.17", "require ex.test/old v1.0.0"),
        "viaold.go": "package viaold\n",
    },
    "ex.test/idle@v1.0.0": {"go.mod": _go_mod("ex.test/idle", "1.17"), "idle.go": "package idle\n"},
    # only the tests of tested need helper
    "ex.test/tested@v1.0.0": {
        "go.mod": _go_mod("ex.test/tested", "1.17", "require ex.test/helper v1.0.0"),
        "tested.go": "package tested\n",
        "tested_test.go": 'package tested\n\nimport _ "ex.test/helper"\n',
    },
    "ex.test/helper@v1.0.0": {"go.mod": _go_mod("ex.test/helper", "1.17"), "helper.go": "package helper\n"},
    # two modules whose paths both begin ex.test/amb/b; the nested one has the package from v0.2.0 on
    "ex.test/amb@v1.0.0": {
        "go.mod": _go_mod("ex.test/amb", "1.16", "require ex.test/amb/b v0.1.0"),
        "b/b.go": "package b\n",
    },
    "ex.test/amb/b@v0.1.0": {"go.mod": _go_mod("ex.test/amb/b", "1.16"), "README": "nothing yet\n"},
    "ex.test/amb/b@v0.2.0": {"go.mod": _go_mod("ex.test/amb/b", "1.16"), "b.go": "package b\n"},
    # another module for lib's place: it may have its own path or that of lib
    "ex.test/fork@v1.0.0": {
        "go.mod": _go_mod("ex.test/lib", "1.17", "require ex.test/dep v1.0.0"),
        "lib.go": 'package lib\n\nimport _ "ex.test/dep"\n',
    },
    "ex.test/fork@v1.1.0": {
        "go.mod": _go_mod("ex.test/fork", "1.17"),
        "lib.go": "package lib\n",
    },
    "ex.test/misnamed@v1.0.0": {"go.mod": _go_mod("other.test/x", "1.17"), "x.go": "package x\n"},
    "ex.test/needsmisnamed@v1.0.0": {
        "go.mod": _go_mod("ex.test/needsmisnamed", "1.17", "require ex.test/misnamed v1.0.0"),
        "n.go": "package needsmisnamed\n",
    },
    "ex.test/nomod@v1.0.0": {"nomod.go": "package nomod\n"},
    "ex.test/incompat@v2.0.0+incompatible": {"incompat.go": "package incompat\n"},
    "ex.test/odd@v1.0.0": {
        "go.mod": "module ex.test/odd\n\ngo 1.17\n\nhello world\n",
        "odd.go": "package odd\n",
    },
    "ex.test/retr@v1.0.0": {"go.mod": _go_mod("ex.test/retr", "1.16"), "r.go": "package retr\n"},
    "ex.test/retr@v1.1.0": {
        "go.mod": _go_mod("ex.test/retr", "1.16", "retract v1.0.0 // wrong answers"),
        "r.go": "package retr\n",
    },
    "ex.test/depr@v1.0.0": {
        "go.mod": "// Deprecated: use ex.test/lib.\n" + _go_mod("ex.test/depr", "1.17"),
        "d.go": "package depr\n",
    },
    "ex.test/emb@v1.0.0": {
        "go.mod": _go_mod("ex.test/emb", "1.16"),
        "emb.go": 'package emb\n\nimport _ "embed"\n\n//go:embed beside.txt\nvar A string\n\n'
        "//go:embed gen.go\nvar B string\n",
        "emb_test.go": 'package emb\n\nimport _ "embed"\n\n//go:embed t/t.txt\nvar T string\n',
        "beside.txt": "beside\n",
        "gen.go": "//go:build ignore\n\npackage main\n",
        "other.go": "//go:build ignore\n\npackage main\n",
        "t/t.txt": "t\n",
    },
    "ex.test/broken@v1.0.0": {
        "go.mod": _go_mod("ex.test/broken", "1.16"),
        "b.go": 'package broken\n\nimport _ "embed"\n\n//go:embed none.txt\nvar A string\n',
    },
    "ex.test/up@v1.0.0": {
        "go.mod": _go_mod("ex.test/up", "1.16"),
        "u.go": 'package up\n\nimport _ "embed"\n\n//go:embed ../none.txt\nvar A string\n',
    },
    "ex.test/Case@v1.0.0": {"go.mod": _go_mod("ex.test/Case", "1.16"), "c.go": "package Case\n"},
    "ex.test/case@v1.0.0": {"go.mod": _go_mod("ex.test/case", "1.16"), "c.go": "package case_\n"},
    "ex.test/tool@v1.0.0": {
        "go.mod": _go_mod("ex.test/tool", "1.17", "require ex.test/dep v1.0.0"),
        "cmd/tool/main.go": 'package main\n\nimport _ "ex.test/dep"\n\nfunc main() {}\n',
    },
    "ex.test/inner@v1.0.0": {
        "go.mod": _go_mod("ex.test/inner", "1.17"),
        "internal/i/i.go": "package i\n",
        "i.go": 'package inner\n\nimport _ "ex.test/inner/internal/i"\n',
    },
    "ex.test/ignores@v1.0.0": {
        "go.mod": _go_mod("ex.test/ignores", "1.25", "ignore ./kept"),
        "kept/kept.go": "package kept\n",
    },
    "ex.test/withsum@v1.0.0": {
        "go.mod": _go_mod("ex.test/withsum", "1.16"),
        "go.sum": "",
        "w.go": "package withsum\n",
    },
}

#: What a proxy may serve and the go command does not take.
REFUSED_MODULES: Final[dict[str, Files]] = {
    "ex.test/future@v1.0.0": {"go.mod": _go_mod("ex.test/future", "1.999"), "f.go": "package future\n"},
    "ex.test/question@v1.0.0": {"go.mod": _go_mod("ex.test/question", "1.17"), "x?y.go": "package x\n"},
    "ex.test/folded@v1.0.0": {
        "go.mod": _go_mod("ex.test/folded", "1.17"),
        "x/Y.go": "package x\n",
        "x/y.go": "package x\n",
    },
    "ex.test/outside@v1.0.0": {"go.mod": _go_mod("ex.test/outside", "1.17"), "../x.go": "package x\n"},
}
