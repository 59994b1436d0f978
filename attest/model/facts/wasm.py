"""What WebAssembly modules say."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="wasm.compiler",
        type="string",
        containers=("wasm",),
        description="The compiler: go, tinygo, rust, emscripten, clang, assemblyscript, zig or swift.",
    ),
    FactKind(
        name="wasm.producers",
        type="strings",
        containers=("wasm",),
        description='The tools that name themselves, as in "processed-by: Go cmd/compile go1.27.0".',
    ),
    FactKind(
        name="wasm.entry",
        type="string",
        containers=("wasm",),
        description=(
            "How a host runs it: command (_start), reactor (_initialize), js (run and resume) or library."
        ),
    ),
    FactKind(
        name="wasm.import_modules",
        type="strings",
        containers=("wasm",),
        description="The modules that it imports from, sorted.",
    ),
    FactKind(
        name="wasm.imports",
        type="strings",
        containers=("wasm",),
        description='What the host must give, as in "func env.log(i32, i32) i32"; each thing once, in order.',
    ),
    FactKind(
        name="wasm.capabilities",
        type="strings",
        containers=("wasm",),
        description=(
            "What its imports let it do: args, env, clock, random, fd-read, fd-write, fs-read, fs-write, "
            "net, sched, exit, js (any JavaScript), and other for functions of WASI that are in no group."
        ),
    ),
    FactKind(
        name="wasm.host_imports",
        type="strings",
        containers=("wasm",),
        description="The functions that it imports from outside of WASI and of Go's bridge to JavaScript.",
    ),
    FactKind(
        name="wasm.exports",
        type="strings",
        containers=("wasm",),
        description='What it gives to the host, as in "func _start", in order.',
    ),
    FactKind(
        name="wasm.memories",
        type="int",
        unit="count",
        containers=("wasm",),
        description="The linear memories that it has or imports.",
    ),
    FactKind(
        name="wasm.memory_imported",
        type="bool",
        containers=("wasm",),
        description="A memory of it is given by the host.",
    ),
    FactKind(
        name="wasm.memory_min",
        type="int",
        unit="pages",
        containers=("wasm",),
        description="What it needs to start, of all its memories; Go's pages have 64 KiB.",
    ),
    FactKind(
        name="wasm.memory_max",
        type="int",
        unit="pages",
        containers=("wasm",),
        description="What its memories can grow to, together; not there where one of them has no bound.",
    ),
    FactKind(
        name="wasm.memory_unbounded",
        type="bool",
        containers=("wasm",),
        description="A memory of it has no maximum.",
    ),
    FactKind(
        name="wasm.memory_shared",
        type="bool",
        containers=("wasm",),
        description="A memory of it is shared between threads.",
    ),
    FactKind(
        name="wasm.memory64",
        type="bool",
        containers=("wasm",),
        description="A memory of it has addresses of 64 bits.",
    ),
    FactKind(
        name="wasm.tables",
        type="int",
        unit="count",
        containers=("wasm",),
        description="The tables that it has of its own.",
    ),
    FactKind(
        name="wasm.start",
        type="bool",
        containers=("wasm",),
        description="A function of it runs when it is loaded, before any export is called.",
    ),
    FactKind(
        name="wasm.functions",
        type="int",
        unit="count",
        containers=("wasm",),
        description="The functions that it has of its own.",
    ),
    FactKind(
        name="wasm.data_segments",
        type="int",
        unit="count",
        containers=("wasm",),
        description="The pieces that its memory is filled from.",
    ),
    FactKind(
        name="wasm.custom_sections",
        type="strings",
        containers=("wasm",),
        description="The names of its custom sections, in order.",
    ),
    FactKind(
        name="wasm.target_features",
        type="strings",
        containers=("wasm",),
        description='The features that its compiler used (+) or forbids (-), as in "+bulk-memory".',
    ),
    FactKind(
        name="wasm.core_modules",
        type="int",
        unit="count",
        containers=("wasm-component",),
        description="The core modules that a component holds, those of components inside of it among them.",
    ),
    FactKind(
        name="wasm.component_imports",
        type="strings",
        containers=("wasm-component",),
        description='What the host must give to a component, as in "instance wasi:cli/environment@0.2.0".',
    ),
    FactKind(
        name="wasm.component_exports",
        type="strings",
        containers=("wasm-component",),
        description='What a component gives to the host, as in "instance wasi:cli/run@0.2.0".',
    ),
)
