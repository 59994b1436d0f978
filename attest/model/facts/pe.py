"""What PE files say (Windows)."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="pe.subsystem",
        type="string",
        containers=("pe",),
        description="What Windows starts the program as: console, gui, native, efi-application and others.",
    ),
    FactKind(
        name="pe.os_version",
        type="string",
        containers=("pe",),
        description="The oldest Windows version that the header asks for, as major.minor.",
    ),
    FactKind(
        name="pe.subsystem_version",
        type="string",
        containers=("pe",),
        description=(
            "The oldest subsystem version that the header asks for, which Windows enforces, as major.minor."
        ),
    ),
    FactKind(
        name="pe.image_base",
        type="string",
        containers=("pe",),
        description="The address that the program prefers, in hexadecimal.",
    ),
    FactKind(
        name="pe.timestamp",
        type="int",
        containers=("pe",),
        unit="seconds since 1970",
        description=(
            "What the file header says about the time of linking; reproducible linkers write 0 or a hash."
        ),
    ),
    FactKind(
        name="pe.dynamic_base",
        type="bool",
        containers=("pe",),
        description="The header allows Windows to load the program anywhere (DYNAMIC_BASE).",
    ),
    FactKind(
        name="pe.high_entropy_va",
        type="bool",
        containers=("pe",),
        description="The header allows addresses of 64 bits for that (HIGH_ENTROPY_VA).",
    ),
    FactKind(
        name="pe.force_integrity",
        type="bool",
        containers=("pe",),
        description=(
            "The header asks Windows to check the signature before it loads the file (FORCE_INTEGRITY)."
        ),
    ),
    FactKind(
        name="pe.nx",
        type="bool",
        containers=("pe",),
        description="The header allows data to be held not executable, DEP (NX_COMPAT).",
    ),
    FactKind(
        name="pe.no_seh",
        type="bool",
        containers=("pe",),
        description="The header says that the program uses no structured exception handling (NO_SEH).",
    ),
    FactKind(
        name="pe.app_container",
        type="bool",
        containers=("pe",),
        description="The program must run in an AppContainer.",
    ),
    FactKind(
        name="pe.guard_cf",
        type="bool",
        containers=("pe",),
        description="The header claims control flow guard (GUARD_CF).",
    ),
    FactKind(
        name="pe.terminal_server_aware",
        type="bool",
        containers=("pe",),
        description="The program is aware of terminal servers (TERMINAL_SERVER_AWARE).",
    ),
    FactKind(
        name="pe.relocations",
        type="bool",
        containers=("pe",),
        description="The file has base relocations, and they are not marked as stripped.",
    ),
    FactKind(
        name="pe.aslr",
        type="bool",
        containers=("pe",),
        description=(
            "Address space layout randomisation is effective: it is allowed, and there are "
            "relocations for it."
        ),
    ),
    FactKind(
        name="pe.imports",
        type="strings",
        containers=("pe",),
        description="What is taken from each DLL when the program starts, as dll!name or dll!#ordinal.",
    ),
    FactKind(
        name="pe.delay_libraries",
        type="strings",
        containers=("pe",),
        description="The DLLs that are loaded when something of them is first used.",
    ),
    FactKind(
        name="pe.delay_imports",
        type="strings",
        containers=("pe",),
        description="What is taken from those, as dll!name or dll!#ordinal.",
    ),
    FactKind(
        name="pe.exports",
        type="strings",
        containers=("pe",),
        description="What others may take from the file: names, and #ordinal where there is no name.",
    ),
    FactKind(
        name="pe.guard_flags",
        type="strings",
        containers=("pe",),
        description="The flags of the load configuration about control flow and loading.",
    ),
    FactKind(
        name="pe.cfg",
        type="bool",
        containers=("pe",),
        description=(
            "Control flow guard is effective: claimed by the header, compiled in, and with a table "
            "of functions."
        ),
    ),
    FactKind(
        name="pe.writable_code",
        type="strings",
        containers=("pe",),
        description="The sections that the program may both write to and run.",
    ),
    FactKind(
        name="pe.icon",
        type="bool",
        containers=("pe",),
        description="The resources hold an icon.",
    ),
    FactKind(
        name="pe.file_version",
        type="string",
        containers=("pe",),
        description="The version of the file in its version resource, as four numbers.",
    ),
    FactKind(
        name="pe.product_version",
        type="string",
        containers=("pe",),
        description="The version of the product in the version resource, as four numbers.",
    ),
    FactKind(
        name="pe.version_strings",
        type="strings",
        containers=("pe",),
        description="The strings of the version resource, as name=value.",
    ),
    FactKind(
        name="pe.execution_level",
        type="string",
        containers=("pe",),
        description=(
            "The rights that the manifest asks for: asInvoker, highestAvailable or requireAdministrator."
        ),
    ),
    FactKind(
        name="pe.manifest",
        type="strings",
        containers=("pe",),
        description=(
            "What else the manifest says, as key=value: uiAccess, supportedOS, dpiAware, "
            "longPathAware, dependency and others."
        ),
    ),
    FactKind(
        name="pe.overlay",
        type="int",
        containers=("pe",),
        unit="bytes",
        description="What lies behind all sections, symbols and certificates.",
    ),
    FactKind(
        name="pe.checksum",
        type="string",
        containers=("pe",),
        description="The checksum in the header, in hexadecimal; 0x00000000 where none was computed.",
    ),
    FactKind(
        name="pe.checksum_right",
        type="bool",
        containers=("pe",),
        description="The checksum in the header is that of the file.",
    ),
    FactKind(
        name="pe.authenticode",
        type="bool",
        containers=("pe",),
        description=(
            "The file carries an Authenticode signature; whether it is right and by whom is said apart."
        ),
    ),
    FactKind(
        name="pe.authenticode_extra",
        type="int",
        containers=("pe",),
        unit="bytes",
        description=(
            "What lies in the certificate table behind the signatures and is no padding: no "
            "signature covers it."
        ),
    ),
    FactKind(
        name="pe.authenticode_algorithms",
        type="strings",
        containers=("pe",),
        description="The digest algorithm of each signature, of those inside of others too.",
    ),
    FactKind(
        name="pe.authenticode_digest",
        type="bool",
        containers=("pe",),
        description="The digest in every signature is that of the file, computed again.",
    ),
    FactKind(
        name="pe.authenticode_page_hashes",
        type="bool",
        containers=("pe",),
        description="The hashes of pages that signatures hold are those of the file.",
    ),
    FactKind(
        name="pe.authenticode_signature",
        type="bool",
        containers=("pe",),
        description=(
            "Every signature is one by the key of its own certificate, which is for signing code; "
            "trust is not judged."
        ),
    ),
    FactKind(
        name="pe.authenticode_signers",
        type="strings",
        containers=("pe",),
        description=(
            "The subject of the certificate of each signature, as RFC 4514 writes it; anybody can make one."
        ),
    ),
    FactKind(
        name="pe.authenticode_certificates",
        type="strings",
        containers=("pe",),
        description=(
            "For each signature the SHA-256 of the signer's certificate and of those in the file "
            "that issued it, with spaces between."
        ),
    ),
    FactKind(
        name="pe.authenticode_chain",
        type="strings",
        containers=("pe",),
        description="The same certificates: subject, issuer, serial number, validity and SHA-256.",
    ),
    FactKind(
        name="pe.authenticode_faults",
        type="strings",
        containers=("pe",),
        description="Why signatures or their timestamps are not right, a sentence for each.",
    ),
    FactKind(
        name="pe.authenticode_sha1",
        type="strings",
        containers=("pe",),
        description="What of the signatures rests on SHA-1, which Windows takes and which can be forged.",
    ),
    FactKind(
        name="pe.authenticode_timestamp",
        type="bool",
        containers=("pe",),
        description=(
            "Every timestamp is over its signature and by the key of its own certificate, which is "
            "for timestamps."
        ),
    ),
    FactKind(
        name="pe.authenticode_times",
        type="strings",
        containers=("pe",),
        description="The times of the timestamps, in UTC.",
    ),
    FactKind(
        name="pe.authenticode_timestampers",
        type="strings",
        containers=("pe",),
        description="The subject of the certificate of each timestamp, as RFC 4514 writes it.",
    ),
)
