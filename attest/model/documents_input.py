"""The document `attest/input/v1`, which rules see, as typed dictionaries (see `attest.model.documents`).

What is not known has no key: there is no null and no "", so that a rule that uses it ends in an error.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class InputPlatformDocument(TypedDict):
    """A platform in Go's words; `variant` is "7" for GOARM=7, "v3" for GOAMD64=v3."""

    goos: str
    goarch: str
    variant: NotRequired[str]


class InputContainerDocument(TypedDict):
    """What the file's own headers say; `os` and `arch` are Go's words."""

    format: str
    os: NotRequired[str]
    arch: NotRequired[str]
    bits: NotRequired[int]
    endian: NotRequired[str]
    kind: NotRequired[str]


class InputModuleDocument(TypedDict):
    """A module of build info; `replace` is the one whose code was really compiled."""

    path: str
    version: NotRequired[str]
    sum: NotRequired[str]
    replace: NotRequired[InputModuleDocument]


class InputVcsDocument(TypedDict):
    """The commit that the go command recorded; `time` as it stands there (RFC 3339)."""

    revision: NotRequired[str]
    time: NotRequired[str]
    modified: NotRequired[bool]


class InputBuildInfoDocument(TypedDict):
    """The build information; `settings` are by the go command's names, as "-trimpath"."""

    go_version: str
    path: NotRequired[str]
    main: NotRequired[InputModuleDocument]
    settings: dict[str, str]
    vcs: InputVcsDocument
    deps: list[InputModuleDocument]


class InputImageDocument(TypedDict):
    """One architecture of an artifact; `facts` are by the names of the catalogue (docs/inspect.md).

    `build_info` is not there where the file carries none or it contradicts itself.
    """

    path: str
    platform: InputPlatformDocument
    container: InputContainerDocument
    toolchain: str
    build_info: NotRequired[InputBuildInfoDocument]
    facts: dict[str, bool | int | str | list[str]]


class InputEvidenceDocument(TypedDict):
    """An accepted piece of evidence.

    `type` is "signature" or a predicate type, `identities` are the policy's names of the signer, `signer` is
    who signed and `claims` what the certificate says.
    """

    path: str
    type: str
    identities: list[str]
    signer: str
    claims: dict[str, str]


class InputComponentDocument(TypedDict):
    """A Go component of an SBOM; the standard library is the module "std"."""

    path: str
    version: NotRequired[str]
    licenses: NotRequired[list[str]]


class InputSbomDocument(TypedDict):
    """An accepted SBOM; `format` is "spdx" or "cyclonedx"."""

    path: str
    format: str
    spec_version: str
    components: list[InputComponentDocument]


class InputArtifactDocument(TypedDict):
    """One file in a slot of the policy; `images` are its slices, of most files the one that it is."""

    path: str
    slot: str
    platform: InputPlatformDocument
    sha256: str
    size: int
    images: NotRequired[list[InputImageDocument]]
    signatures: list[InputEvidenceDocument]
    attestations: list[InputEvidenceDocument]
    sboms: list[InputSbomDocument]


class InputSourceModuleDocument(TypedDict):
    """A main module of the source tree; `version` and `commit` are what its repository tells."""

    path: str
    version: NotRequired[str]
    commit: NotRequired[str]


class InputSourceDocument(TypedDict):
    """The source tree, as far as its repository was asked."""

    vendored: bool
    modules: list[InputSourceModuleDocument]


class InputDocument(TypedDict):
    """The release as rules see it: all that was bound and accepted, and nothing that was rejected.

    `artifacts` are the files in slots, `platforms` all their images in the same order. `now` is the clock of
    the run. `source` is there where a source tree was given.
    """

    schema: Literal["attest/input/v1"]
    now: str
    version: NotRequired[str]
    tag: NotRequired[str]
    revision: NotRequired[str]
    artifacts: list[InputArtifactDocument]
    platforms: list[InputImageDocument]
    source: NotRequired[InputSourceDocument]
