"""What eBPF objects say: ELF files whose machine is BPF."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="ebpf.machine",
        type="string",
        containers=("elf",),
        description="The byte order that the object is for: bpfel or bpfeb.",
    ),
    FactKind(
        name="ebpf.programs",
        type="strings",
        containers=("elf",),
        description="The sections that hold programs; their names begin with the type of program.",
    ),
    FactKind(
        name="ebpf.maps",
        type="strings",
        containers=("elf",),
        description="The names of the maps.",
    ),
    FactKind(
        name="ebpf.btf",
        type="bool",
        containers=("elf",),
        description="There is type information (BTF).",
    ),
    FactKind(
        name="ebpf.btf_ext",
        type="bool",
        containers=("elf",),
        description="There is type information about the instructions (BTF.ext).",
    ),
    FactKind(
        name="ebpf.core_relocations",
        type="int",
        unit="count",
        containers=("elf",),
        description="Places that are relocated to the types of the running kernel (CO-RE).",
    ),
    FactKind(
        name="ebpf.license",
        type="string",
        containers=("elf",),
        description="The licence that the kernel is told.",
    ),
    FactKind(
        name="ebpf.kernel_version",
        type="string",
        containers=("elf",),
        description="The kernel version that the object was written for, as older kernels asked.",
    ),
)
