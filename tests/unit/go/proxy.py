"""A tiny module proxy and a module that uses it, both the same on every machine and at every time."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.go import dirhash

if TYPE_CHECKING:
    from collections.abc import Mapping

Files = dict[str, str]


def escape(text: str) -> str:
    return re.sub("[A-Z]", lambda each: "!" + each[0].lower(), text)


def module_zip(path: str, version: str, files: dict[str, bytes]) -> bytes:
    """A module zip with a fixed time stamp."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(f"{path}@{version}/{name}", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return out.getvalue()


#: path@version to files. A module without go.mod is served with a made-up one, as by a real proxy.
MODULES: Final[dict[str, Files]] = {
    "example.com/alpha@v1.0.0": {
        "go.mod": "module example.com/alpha\n\ngo 1.20\n",
        "alpha.go": "package alpha\n",
    },
    "example.com/alpha@v1.1.0": {
        "go.mod": "module example.com/alpha\n\ngo 1.20\n\nrequire example.com/Beta v0.2.0\n",
        "LICENSE": "a licence\n",
        "alpha.go": '// Package alpha.\npackage alpha\n\nimport "fmt"\n\nfunc A() { fmt.Println("a") }\n',
        "alpha_linux.go": 'package alpha\n\nimport _ "example.com/Beta"\n',
        "alpha_windows.go": 'package alpha\n\nimport (\n\t_ "example.com/Beta/win"\n\t_ "syscall"\n)\n',
        "alpha_cgo.go": 'package alpha\n\nimport "C"\n\nimport _ "example.com/gamma"\n',
        "alpha_nocgo.go": '//go:build !cgo\n\npackage alpha\n\nimport _ "os"\n',
        "alpha_test.go": 'package alpha\n\nimport _ "testing"\n',
        "doc.txt": "not vendored? it is\n",
        "sub/sub.go": (
            '//go:build unix || (js && wasm)\n// +build ignored\n\npackage sub\n\nimport _ "time"\n'
        ),
        "sub/other.go": '// +build !linux,!darwin\n\npackage sub\n\nimport _ "strings"\n',
        "sub/ignored.go": "//go:build ignore\n\npackage main\n",
        "embedded/embed.go": (
            'package embedded\n\nimport _ "embed"\n\n//go:embed data "with space.txt"\nvar S string\n'
        ),
        "embedded/with space.txt": "x\n",
        "embedded/data/in.go": "package in\n",
        "embedded/data/deep/text.txt": "deep\n",
        "unused/unused.go": 'package unused\n\nimport _ "example.com/delta"\n',
    },
    "example.com/alpha/nested@v0.1.0": {
        "go.mod": "module example.com/alpha/nested\n",
        "nested.go": "package nested\n",
        "deep/deep.go": "package deep\n",
    },
    "example.com/Beta@v0.2.0": {
        "go.mod": "module example.com/Beta\n\ngo 1.18\n",
        "COPYING": "copying\n",
        "beta.go": 'package beta\n\nimport _ "example.com/Beta/internal/x"\n',
        "internal/x/x.go": 'package x\n\nimport _ "sort"\n',
        "win/win.go": "package win\n",
    },
    "example.com/beta/v2@v2.3.0": {
        "go.mod": "module example.com/beta/v2\n\ngo 1.22\n",
        "beta.go": "package beta\n",
        "beta_arm.go": '//go:build arm.6\n\npackage beta\n\nimport _ "math/bits"\n',
    },
    "example.com/gamma@v2.0.0+incompatible": {"gamma.go": 'package gamma\n\nimport _ "errors"\n'},
    "example.com/delta@v0.0.0-20240102030405-abcdefabcdef": {
        "go.mod": "module example.com/delta\n",
        "delta.go": "package delta\n",
    },
    "example.com/fork@v1.5.0": {
        "go.mod": "module example.com/fork\n\ngo 1.20\n",
        "original.go": 'package original\n\nimport _ "example.com/delta"\n',
    },
    "example.com/testdep@v1.0.0": {"go.mod": "module example.com/testdep\n", "t.go": "package testdep\n"},
}

WIDGET: Final[Files] = {
    "go.mod": """module example.com/widget

go 1.24

require (
\texample.com/Beta v0.2.0 // indirect
\texample.com/alpha v1.1.0
\texample.com/alpha/nested v0.1.0
\texample.com/beta/v2 v2.3.0
\texample.com/delta v0.0.0-20240102030405-abcdefabcdef // indirect
\texample.com/gamma v2.0.0+incompatible // indirect
\texample.com/local v0.0.0
\texample.com/original v1.0.0
\texample.com/testdep v1.0.0
)

replace example.com/original v1.0.0 => example.com/fork v1.5.0

replace example.com/local => ./third_party/local

ignore ./node_modules
""",
    "cmd/widget/main.go": """// Command widget.
package main

import (
\t"fmt"
\t_ "example.com/alpha"
\t_ "example.com/alpha/embedded"
\t_ "example.com/alpha/nested/deep"; _ "example.com/widget/internal/x"
)

func main() { fmt.Println() }
""",
    "cmd/widget/main_test.go": 'package main\n\nimport (\n\t_ "example.com/testdep"\n\t_ "testing"\n)\n',
    "cmd/widget/main_js.go": 'package main\n\nimport _ "syscall/js"\n',
    "cmd/gadget/main_windows.go": ('package main\n\nimport _ "example.com/alpha/sub"\n\nfunc main() {}\n'),
    "internal/x/x.go": (
        "\ufeffpackage x /* a */ ; import . `example.com/beta/v2`\n"
        'import original "example.com/original"; var _ = 1\n'
    ),
    "internal/x/x_arm64.go": 'package x\n\nimport _ "example.com/local"\n',
    "internal/x/x_unix.go": '//go:build unix\n\npackage x\n\nimport _ "os/user"\n',
    "internal/x/doc.go": "package documentation\n",
    "third_party/local/go.mod": "module example.com/local\n",
    "third_party/local/local.go": "package local\n",
    "node_modules/tool/main.go": "package main\n\nfunc main() {}\n",
    "testdata/main.go": "package main\n\nfunc main() {}\n",
    "_old/main.go": "package main\n\nfunc main() {}\n",
}


def write(root: Path, files: Files) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode())


def make_proxy(root: Path, modules: Mapping[str, Files] = MODULES) -> Path:
    """Write every module as a file:// proxy serves it."""
    for key, files in modules.items():
        path, _, version = key.partition("@")
        folder = root / escape(path) / "@v"
        folder.mkdir(parents=True, exist_ok=True)
        stem = folder / escape(version)
        content = {name: text.encode() for name, text in files.items()}
        Path(f"{stem}.zip").write_bytes(module_zip(path, version, content))
        Path(f"{stem}.mod").write_bytes(content.get("go.mod", f"module {path}\n".encode()))
        Path(f"{stem}.info").write_text(f'{{"Version":"{version}","Time":"2024-01-02T03:04:05Z"}}')
        with (folder / "list").open("a") as listing:
            listing.write(f"{version}\n")
    return root


def sums(modules: Mapping[str, Files]) -> list[str]:
    """The two lines of each module in a go.sum; the go command refuses its work where one is wrong."""
    lines = []
    for key, files in modules.items():
        path, _, version = key.partition("@")
        hashed = [(f"{key}/{name}", sha256(text.encode()).hexdigest()) for name, text in files.items()]
        lines.append(f"{path} {version} {dirhash.h1(hashed)}\n")
        mod = files.get("go.mod", f"module {path}\n").encode()
        lines.append(f"{path} {version}/go.mod {dirhash.go_mod(mod)}\n")
    return sorted(lines)


GO: Final = Path(sys.executable).parent / ("go.exe" if os.name == "nt" else "go")


class Go:
    """The go command, cut off from the network and from the user's settings."""

    def __init__(self, work: Path, proxy: Path) -> None:
        self.modcache = work / "modcache"
        self.environment = {
            **os.environ,
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "-modcacherw",
            "GOTELEMETRY": "off",
            "GOENV": "off",
            "GOWORK": "off",
            "GOSUMDB": "off",
            "GONOSUMDB": "*",
            "GOPROXY": proxy.as_uri(),
            "GOPATH": str(work / "gopath"),
            "GOMODCACHE": str(self.modcache),
            "GOCACHE": str(work / "gocache"),
        }

    def run(self, directory: Path, *arguments: str, **environment: str) -> str:
        """What a command prints; it must succeed."""
        done = self.try_run(directory, *arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_run(
        self, directory: Path, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(GO), *arguments],
            cwd=directory,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
