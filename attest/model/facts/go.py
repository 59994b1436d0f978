"""What Go's toolchain leaves in a program, whatever its container."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="go.build_id",
        type="string",
        description="The Go build ID: hashes of what was linked and, last, of the linked file.",
    ),
    FactKind(
        name="go.build_id_matches",
        type="bool",
        description="The file still has the hash in its Go build ID: nothing changed it after linking.",
    ),
    FactKind(
        name="go.host_build_id_matches",
        type="bool",
        containers=("elf", "macho"),
        description="The GNU build ID or UUID was made from this Go build ID, as Go does since 1.24.",
    ),
    FactKind(
        name="go.buildmode",
        type="string",
        description="The build mode: exe (also where pie is usual), pie, c-shared, c-archive or plugin.",
    ),
    FactKind(
        name="go.compiler",
        type="string",
        description="The compiler: gc or gccgo.",
    ),
    FactKind(
        name="go.cgo",
        type="bool",
        description="Cgo was enabled, whether it was needed or not.",
    ),
    FactKind(
        name="go.cgo_used",
        type="bool",
        description="Cgo is really in the program: the package runtime/cgo is linked.",
    ),
    FactKind(
        name="go.race",
        type="bool",
        description="Built with the race detector.",
    ),
    FactKind(
        name="go.msan",
        type="bool",
        description="Built for the memory sanitizer.",
    ),
    FactKind(
        name="go.asan",
        type="bool",
        description="Built for the address sanitizer.",
    ),
    FactKind(
        name="go.sanitizers",
        type="strings",
        description="Those of race, msan and asan whose functions are linked.",
    ),
    FactKind(
        name="go.cover",
        type="bool",
        description="Built to record which code runs (-cover).",
    ),
    FactKind(
        name="go.trimpath",
        type="bool",
        description="Built with -trimpath.",
    ),
    FactKind(
        name="go.pgo",
        type="string",
        description="The profile that the compiler was given; off where it had none.",
    ),
    FactKind(
        name="go.tags",
        type="strings",
        description="The build tags that were set.",
    ),
    FactKind(
        name="go.ldflags",
        type="string",
        description="The flags of the linker, which the go command does not tell with -trimpath.",
    ),
    FactKind(
        name="go.ldflags_values",
        type="strings",
        description="The variables that the linker was told to set (-X), each as name=value.",
    ),
    FactKind(
        name="go.experiments",
        type="strings",
        description="The experiments that the toolchain was told to use (GOEXPERIMENT).",
    ),
    FactKind(
        name="go.level",
        type="string",
        description="The processors that the code was built for, as setting and value: GOAMD64=v3.",
    ),
    FactKind(
        name="go.level_marker",
        type="string",
        description="The processors that the runtime asks for when it starts: GOAMD64=v2 to v4, GOARM64=lse.",
    ),
    FactKind(
        name="go.debug",
        type="strings",
        description="The GODEBUG settings that the program starts with.",
    ),
    FactKind(
        name="go.debug_weak",
        type="strings",
        description="Those of the GODEBUG settings that weaken security.",
    ),
    FactKind(
        name="go.language",
        type="string",
        description="The go line of the main module, at most, as the GODEBUG settings tell it: 1.21.",
    ),
    FactKind(
        name="go.fips140",
        type="string",
        description="The FIPS 140 module that was selected: its version, latest or off.",
    ),
    FactKind(
        name="go.fips140_matches",
        type="bool",
        description="The FIPS 140 code and data still have the hash that the linker wrote.",
    ),
    FactKind(
        name="go.devel_reason",
        type="string",
        description="Why the build info has no version of the main module.",
    ),
    FactKind(
        name="go.stamp_conflicts",
        type="strings",
        description="Where version, commit, time and -X values contradict each other.",
    ),
    FactKind(
        name="go.header_conflicts",
        type="strings",
        description="Where the file's headers contradict the build info.",
    ),
    FactKind(
        name="go.function_conflicts",
        type="strings",
        description="Where the functions in the program contradict the build info.",
    ),
    FactKind(
        name="go.modules_untold",
        type="strings",
        description="Modules in names of source files that the build info does not name, as path@version.",
    ),
    FactKind(
        name="go.absolute_path_count",
        type="int",
        unit="count",
        description="How many directories of source files are named by absolute paths.",
    ),
    FactKind(
        name="go.absolute_paths",
        type="strings",
        description="The first ten directories of source files that are named by absolute paths.",
    ),
)
