"""Settings of the go command and where it keeps its module cache, found without the go command.

Source: cmd/go/internal/cfg (GOMODCACHE, GOPATH, GOENV precedence); https://go.dev/ref/mod#environment-variables.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def go_setting(name: str, environment: Mapping[str, str], goenv: str) -> str:
    """A setting of the go command: the process environment first, then the text of the GOENV file."""
    if environment.get(name):
        return environment[name]
    for line in goenv.splitlines():
        key, separator, value = line.strip().partition("=")
        if separator and key == name:
            return value
    return ""


def module_cache(environment: Mapping[str, str], goenv: str, home: Path, path_separator: str) -> Path:
    """GOMODCACHE, else pkg/mod in the first folder of GOPATH, else go/pkg/mod in the home folder."""
    direct = go_setting("GOMODCACHE", environment, goenv)
    if direct:
        return Path(direct)
    first = go_setting("GOPATH", environment, goenv).split(path_separator)[0]
    return (Path(first) if first else home / "go") / "pkg" / "mod"


def user_config_folder(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """Go's os.UserConfigDir: where the GOENV file lies by default."""
    if platform == "win32":
        return Path(environment.get("AppData") or home / "AppData" / "Roaming")
    if platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config")


def goenv_text(environment: Mapping[str, str], home: Path, platform: str) -> str:
    """The text of the GOENV file; "" where there is none or GOENV is `off`."""
    chosen = environment.get("GOENV", "")
    file = Path(chosen) if chosen else user_config_folder(environment, home, platform) / "go" / "env"
    try:
        return "" if chosen == "off" else file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def find_module_cache() -> Path:
    """The module cache of this user on this machine."""
    home = Path.home()
    return module_cache(os.environ, goenv_text(os.environ, home, sys.platform), home, os.pathsep)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbSettings:
    """GOSUMDB ("" where it is not set), the patterns of GONOSUMDB, and GOPATH's folder of tree heads."""

    database: str
    excluded: str
    heads: Path


def sumdb_settings(
    environment: Mapping[str, str], goenv: str, home: Path, path_separator: str
) -> SumdbSettings:
    """The settings about the checksum database; GOPRIVATE is what GONOSUMDB is by default."""
    gopath = go_setting("GOPATH", environment, goenv).split(path_separator)[0]
    return SumdbSettings(
        database=go_setting("GOSUMDB", environment, goenv),
        excluded=go_setting("GONOSUMDB", environment, goenv) or go_setting("GOPRIVATE", environment, goenv),
        heads=(Path(gopath) if gopath else home / "go") / "pkg" / "sumdb",
    )


def find_sumdb_settings() -> SumdbSettings:
    """The settings about the checksum database of this user on this machine."""
    home = Path.home()
    return sumdb_settings(os.environ, goenv_text(os.environ, home, sys.platform), home, os.pathsep)


def find_go_settings(*names: str) -> dict[str, str]:
    """Settings of the go command: process environment, GOENV file, then go.env of the Go installation.

    That is the one of GOROOT, else of the `go` on the search path; without one a setting that is nowhere
    set is "".
    """
    text = goenv_text(os.environ, Path.home(), sys.platform)
    found = {name: go_setting(name, os.environ, text) for name in names}
    root = find_go_root()
    installed = _text(root / "go.env") if root else ""
    return {name: value or go_setting(name, {}, installed) for name, value in found.items()}


def find_go_root() -> Path | None:
    """The Go installation: GOROOT, else that of the `go` on the search path; None where there is neither."""
    chosen = os.environ.get("GOROOT", "")
    if chosen:
        return Path(chosen)
    import shutil

    command = shutil.which("go")
    return Path(os.path.realpath(command)).parent.parent if command else None


def workspaces_wanted() -> bool:
    """Tell whether the go command of this user looks for go.work files: GOWORK is not off.

    A GOWORK that names a file somewhere else is no part of the tree that is judged.
    """
    text = goenv_text(os.environ, Path.home(), sys.platform)
    return go_setting("GOWORK", os.environ, text) != "off"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def read_netrc(limit: int) -> str:
    """The user's .netrc, which NETRC may name; "" where there is none or it is larger than `limit` bytes."""
    home = Path.home()
    names = ("_netrc", ".netrc") if sys.platform == "win32" else (".netrc",)
    files = [Path(os.environ["NETRC"])] if os.environ.get("NETRC") else [home / name for name in names]
    for file in files:
        try:
            if file.stat().st_size <= limit:
                return file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
    return ""
