"""What ELF files say (Linux, the BSDs, Solaris and illumos, Android)."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="elf.interpreter",
        type="string",
        containers=("elf",),
        description="The dynamic loader that the program names.",
    ),
    FactKind(
        name="elf.libc",
        type="string",
        containers=("elf",),
        description=(
            "The C library that loader and libraries belong to: glibc, musl, uclibc, bionic, bsd or solaris."
        ),
    ),
    FactKind(
        name="elf.glibc",
        type="string",
        containers=("elf",),
        description="The highest version of the GNU C library that the program needs, as 2.34.",
    ),
    FactKind(
        name="elf.symbol_versions",
        type="strings",
        containers=("elf",),
        description=(
            "The highest symbol version that is needed of each library and prefix, as libc.so.6 GLIBC_2.34."
        ),
    ),
    FactKind(
        name="elf.soname",
        type="string",
        containers=("elf",),
        description="The name under which a shared object is found.",
    ),
    FactKind(
        name="elf.rpath",
        type="strings",
        containers=("elf",),
        description="The DT_RPATH directories that the loader searches for libraries before any other.",
    ),
    FactKind(
        name="elf.runpath",
        type="strings",
        containers=("elf",),
        description="The DT_RUNPATH directories that the loader searches for libraries before its own.",
    ),
    FactKind(
        name="elf.textrel",
        type="bool",
        containers=("elf",),
        description="The loader must write into code to relocate it.",
    ),
    FactKind(
        name="elf.bind_now",
        type="bool",
        containers=("elf",),
        description="All symbols are bound when the program starts.",
    ),
    FactKind(
        name="elf.relro",
        type="string",
        containers=("elf",),
        description="What is read-only after relocation: none, partial or full (all that the loader writes).",
    ),
    FactKind(
        name="elf.nx_stack",
        type="bool",
        containers=("elf",),
        description="The program asks for stacks that are not executable, or its system gives no others.",
    ),
    FactKind(
        name="elf.wx_segments",
        type="int",
        unit="count",
        containers=("elf",),
        description="Segments that are both writable and executable.",
    ),
    FactKind(
        name="elf.stack_protector",
        type="bool",
        containers=("elf",),
        description="Symbols show functions that were compiled with a stack protector.",
    ),
    FactKind(
        name="elf.fortify",
        type="bool",
        containers=("elf",),
        description="Symbols show calls of the checked functions of _FORTIFY_SOURCE.",
    ),
    FactKind(
        name="elf.gnu_build_id",
        type="string",
        containers=("elf",),
        description="The GNU build ID, in hexadecimal.",
    ),
    FactKind(
        name="elf.os_abi",
        type="string",
        containers=("elf",),
        description="The operating system that the ELF header names, or its number.",
    ),
    FactKind(
        name="elf.kernel",
        type="string",
        containers=("elf",),
        description="The oldest Linux kernel that the C library in the program supports.",
    ),
    FactKind(
        name="elf.flags",
        type="int",
        unit="bits",
        containers=("elf",),
        description="The processor's flags of the ELF header.",
    ),
    FactKind(
        name="elf.float_abi",
        type="string",
        containers=("elf",),
        description="How floating-point numbers are passed: soft, single, hard, double or quad.",
    ),
    FactKind(
        name="elf.compilers",
        type="strings",
        containers=("elf",),
        description="What compilers and linkers wrote about themselves: only other linkers than Go's do.",
    ),
    FactKind(
        name="elf.x86_level",
        type="string",
        containers=("elf",),
        description="The x86-64 level that the program says it needs: v1, v2, v3 or v4.",
    ),
    FactKind(
        name="elf.branch_protection",
        type="strings",
        containers=("elf",),
        description=(
            "The protections of indirect branches that all of the code has: ibt, shstk, bti, pac, gcs."
        ),
    ),
    FactKind(
        name="elf.overlay",
        type="int",
        unit="bytes",
        containers=("elf",),
        description="Bytes behind everything that the headers tell of.",
    ),
)
