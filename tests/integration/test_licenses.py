"""Licences of published modules, told from their real texts, against what their authors say they are."""

from __future__ import annotations

import json
from typing import Final

import pytest

from attest.app.licenses import LicenseReader
from attest.model.bom import SbomRun
from attest.sbom import assemble
from tests.integration.projects import PROJECTS, downloaded, tree_of
from tests.unit.sbom import examples as e

#: Under what these modules are generally known to be published.
KNOWN: Final = {
    "github.com/BurntSushi/locker": "Unlicense",
    "github.com/alecthomas/chroma/v2": "MIT",
    "github.com/armon/go-radix": "MIT",
    "github.com/bep/debounce": "MIT",
    "github.com/cespare/xxhash/v2": "MIT",
    "github.com/clbanning/mxj/v2": "MIT",
    "github.com/disintegration/gift": "MIT",
    "github.com/dlclark/regexp2": "MIT",
    "github.com/evanw/esbuild": "MIT",
    "github.com/fatih/color": "MIT",
    "github.com/fsnotify/fsnotify": "BSD-3-Clause",
    "github.com/getkin/kin-openapi": "MIT",
    "github.com/ghodss/yaml": "BSD-3-Clause AND MIT",
    "github.com/go-openapi/swag": "Apache-2.0",
    "github.com/gobwas/glob": "MIT",
    "github.com/google/go-cmp": "BSD-3-Clause",
    "github.com/gorilla/css": "BSD-3-Clause",
    "github.com/gorilla/websocket": "BSD-2-Clause",
    "github.com/hashicorp/golang-lru/v2": "MPL-2.0",
    "github.com/kr/text": "MIT",
    "github.com/mattn/go-isatty": "MIT",
    "github.com/microcosm-cc/bluemonday": "BSD-3-Clause",
    "github.com/mitchellh/mapstructure": "MIT",
    "github.com/olekukonko/tablewriter": "MIT",
    "github.com/pelletier/go-toml/v2": "MIT",
    "github.com/pkg/errors": "BSD-2-Clause",
    "github.com/rivo/uniseg": "MIT",
    "github.com/russross/blackfriday/v2": "BSD-2-Clause",
    "github.com/spf13/afero": "Apache-2.0",
    "github.com/spf13/cobra": "Apache-2.0",
    "github.com/spf13/pflag": "BSD-3-Clause",
    "github.com/tetratelabs/wazero": "Apache-2.0",
    "github.com/yuin/goldmark": "MIT",
    "go.uber.org/automaxprocs": "MIT",
    "golang.org/x/crypto": "BSD-3-Clause",
    "golang.org/x/net": "BSD-3-Clause",
    "golang.org/x/sys": "BSD-3-Clause",
    "golang.org/x/text": "BSD-3-Clause",
    "golang.org/x/tools": "BSD-3-Clause",
    "google.golang.org/protobuf": "BSD-3-Clause",
    "gopkg.in/yaml.v2": "Apache-2.0 AND MIT",
    "gopkg.in/yaml.v3": "Apache-2.0 AND MIT",
    "software.sslmate.com/src/go-pkcs12": "BSD-3-Clause",
}


@pytest.mark.integration
def test_licences_of_well_known_modules_are_those_that_everybody_knows() -> None:
    (hugo,) = (each for each in PROJECTS if each.path == "github.com/gohugoio/hugo")
    go = downloaded(hugo)
    required = json.loads(go.run(hugo.folder / "source", "mod", "edit", "-json"))["Require"]
    versions = {each["Path"]: each["Version"] for each in required}
    info = e.info([e.dep(path, versions[path]) for path in KNOWN])
    bom = assemble.from_binary(e.executable(info), SbomRun(created=e.WHEN, tool_version="0"))
    known = LicenseReader(tree=None, modcache=tree_of(go)).describe(bom)
    found = {each.name: each.licenses for each in known.components if each.kind == "module"}
    assert {path: each.concluded.value for path, each in found.items() if each} == KNOWN
    identifiers = {match.identifier for each in found.values() if each for match in each.matches}
    assert "BSD-Source-Code" not in identifiers
