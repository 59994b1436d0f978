"""What Mach-O files say (macOS, iOS); of a universal file each slice says it."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="macho.weak_libraries",
        type="strings",
        containers=("macho",),
        description="Those of the libraries without which the program is loaded all the same.",
    ),
    FactKind(
        name="macho.rpaths",
        type="strings",
        containers=("macho",),
        description="Where the loader looks for libraries whose names begin with @rpath.",
    ),
    FactKind(
        name="macho.platform",
        type="string",
        containers=("macho",),
        description="The system that it is built for: macos, ios, maccatalyst and so on.",
    ),
    FactKind(
        name="macho.minimum_os",
        type="string",
        containers=("macho",),
        description="The oldest version of that system that loads it.",
    ),
    FactKind(
        name="macho.sdk",
        type="string",
        containers=("macho",),
        description="The version of the SDK that it says to be linked against.",
    ),
    FactKind(
        name="macho.uuid",
        type="string",
        containers=("macho",),
        description="The UUID by which debuggers find its symbols.",
    ),
    FactKind(
        name="macho.load_commands",
        type="strings",
        containers=("macho",),
        description="The names of its load commands, in their order.",
    ),
    FactKind(
        name="macho.flags",
        type="strings",
        containers=("macho",),
        description="The flags of its header, by the names of <mach-o/loader.h>, without MH_.",
    ),
    FactKind(
        name="macho.entry",
        type="string",
        containers=("macho",),
        description="The load command that says where the program begins: LC_MAIN or LC_UNIXTHREAD.",
    ),
    FactKind(
        name="macho.fixups",
        type="string",
        containers=("macho",),
        description="How the loader learns what to relocate and to bind: chained, dyld-info or none.",
    ),
    FactKind(
        name="macho.write_execute_segments",
        type="strings",
        containers=("macho",),
        description="The segments that are mapped writable and executable at once.",
    ),
    FactKind(
        name="macho.overlay",
        type="int",
        unit="bytes",
        containers=("macho",),
        description="What is appended behind the last segment, where no load command speaks of it.",
    ),
    FactKind(
        name="macho.signature",
        type="string",
        containers=("macho",),
        description="The code signature: none, ad-hoc (hashes alone) or cms (signed with a certificate).",
    ),
    FactKind(
        name="macho.signature_identifier",
        type="string",
        containers=("macho",),
        description="What the code signature calls the program.",
    ),
    FactKind(
        name="macho.signature_flags",
        type="strings",
        containers=("macho",),
        description="The flags of the code directory, as codesign calls them.",
    ),
    FactKind(
        name="macho.linker_signed",
        type="bool",
        containers=("macho",),
        description="The linker made the code signature, and codesign did not replace it.",
    ),
    FactKind(
        name="macho.hardened_runtime",
        type="bool",
        containers=("macho",),
        description="The code signature turns the hardened runtime on.",
    ),
    FactKind(
        name="macho.library_validation",
        type="bool",
        containers=("macho",),
        description="The code signature allows libraries of Apple and of the same team alone.",
    ),
    FactKind(
        name="macho.signature_team",
        type="string",
        containers=("macho",),
        description="The team identifier that the code directory names.",
    ),
    FactKind(
        name="macho.signature_hashes",
        type="strings",
        containers=("macho",),
        description="The kinds of hash of the code directories.",
    ),
    FactKind(
        name="macho.signature_page_size",
        type="int",
        unit="bytes",
        containers=("macho",),
        description="How many bytes each hash of the first code directory is over, 0 for all at once.",
    ),
    FactKind(
        name="macho.requirements",
        type="bool",
        containers=("macho",),
        description="The code signature holds a set of requirements, perhaps an empty one.",
    ),
    FactKind(
        name="macho.entitlements",
        type="strings",
        containers=("macho",),
        description="Each entitlement as KEY=VALUE, the value in JSON, of both forms in which they are held.",
    ),
    FactKind(
        name="macho.entitlement_forms",
        type="strings",
        containers=("macho",),
        description="The forms in which entitlements are held: xml, der.",
    ),
    FactKind(
        name="macho.code_limit_covers",
        type="bool",
        containers=("macho",),
        description="Every byte before the code signature is one that its hashes are over.",
    ),
    FactKind(
        name="macho.page_hashes",
        type="bool",
        containers=("macho",),
        description="Every page has the hash that each code directory gives it, computed again.",
    ),
    FactKind(
        name="macho.blob_hashes",
        type="bool",
        containers=("macho",),
        description="Requirements, entitlements and constraints are those that each code directory hashes.",
    ),
    FactKind(
        name="macho.certificates",
        type="strings",
        containers=("macho",),
        description="The subjects of the signer's certificate and of those that issued one another, upwards.",
    ),
    FactKind(
        name="macho.certificate_team",
        type="string",
        containers=("macho",),
        description="The organizational unit of the signer's certificate, which is Apple's team identifier.",
    ),
    FactKind(
        name="macho.certificate_root",
        type="string",
        containers=("macho",),
        description="The SHA-256 of the certificate that the chain ends with, where that issued itself.",
    ),
    FactKind(
        name="macho.developer_id",
        type="bool",
        containers=("macho",),
        description="The signer's certificate is marked as a Developer ID, and its issuer as issuing those.",
    ),
    FactKind(
        name="macho.cms_holds",
        type="bool",
        containers=("macho",),
        description=(
            "The signer's key signed these code directories, and its timestamps hold; who the signer is "
            "must be judged apart."
        ),
    ),
    FactKind(
        name="macho.cms_faults",
        type="strings",
        containers=("macho",),
        description="Why the CMS signature or its timestamps do not hold, a sentence for each.",
    ),
    FactKind(
        name="macho.cms_sha1",
        type="strings",
        containers=("macho",),
        description="What of the CMS signature rests on SHA-1, which can be forged.",
    ),
    FactKind(
        name="macho.signing_time",
        type="string",
        containers=("macho",),
        description="When the signer says to have signed (UTC), which nobody else vouches for.",
    ),
    FactKind(
        name="macho.timestamped",
        type="bool",
        containers=("macho",),
        description="The signature carries a token of a timestamp authority, whoever that is.",
    ),
    FactKind(
        name="macho.timestamps",
        type="strings",
        containers=("macho",),
        description="The times of the tokens of timestamp authorities (UTC).",
    ),
    FactKind(
        name="macho.slice_differences",
        type="strings",
        containers=("macho-fat",),
        description="What the slices of a universal file say differently and should not.",
    ),
)
