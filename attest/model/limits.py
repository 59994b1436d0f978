"""Every cap on hostile input, in one place.

A size read from a file is never believed: readers compare it with these numbers and with the bytes
that are really there, and raise `attest.errors.LimitError` or note what they left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1 << 10
MIB: Final = 1 << 20


# Every command pays for what dataclass generates: nobody compares or prints limits.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Limits:
    """Caps in bytes or in counts, as each name says."""

    # text formats of Go
    go_mod_bytes: int = 16 * MIB  # modfetch: codehost.MaxGoMod
    go_sum_bytes: int = 256 * MIB
    modules_txt_bytes: int = 64 * MIB
    go_source_header_bytes: int = 4 * MIB
    constraint_chars: int = 512  # of one build constraint that is shown
    module_zip_bytes: int = 500 * MIB  # xmod/zip: MaxZipFile, of the archive and of its contents
    module_zip_entries: int = 1_000_000
    tree_entries: int = 2_000_000
    tree_depth: int = 256
    note_bytes: int = 1_000_000  # xmod/sumdb/tlog: ParseTree takes no more
    note_signatures: int = 100  # xmod/sumdb/note: Open takes no more
    sumdb_answer_bytes: int = 2 * MIB  # a record and a note
    sumdb_heads: int = 64  # tree heads remembered of one database; more than one where runs overlapped
    sumdb_proofs_bytes: int = 64 * MIB  # proofs of about 75,000 lines of go.sum
    module_manifest_bytes: int = 256 * MIB
    ziphash_bytes: int = KIB  # a hash of 47 characters
    proxy_redirects: int = 10  # net/http: defaultCheckRedirect
    netrc_bytes: int = MIB
    cache_bytes: int = 256 * MIB  # of what attest remembers between runs
    module_graph_edges: int = 10_000_000  # requirements read; the largest real graphs have about 100,000
    git_output_bytes: int = 64 * MIB  # of one command: the tags of the largest repositories take some MiB
    git_seconds: int = 120  # for one command
    # executables
    header_entries: int = 65_536  # sections, segments, load commands, imports
    mapped_segments: int = 1_024  # that bytes are read through; real programs have about ten
    section_name_bytes: int = 4 * KIB
    libraries: int = 1_024  # that one program names; real ones name a few dozen
    symbol_versions: int = 16_384  # that one program needs of its libraries
    symbol_name_bytes: int = 256  # of a symbol version, the library it is needed of, or a map
    search_paths: int = 256  # of one program, for its libraries
    comment_bytes: int = 64 * KIB  # what compilers wrote about themselves
    fat_slices: int = 32
    build_id_places: int = 1_024  # in one program; Go's linker writes it once, twice with cgo
    component_modules: int = 64  # core modules of one component that are looked into; real ones have a few
    component_depth: int = 8  # components in components
    archive_objects: int = 64  # object files of one archive that are looked into for build info
    crates_bytes: int = 8 * MIB  # of the list of one program, unpacked
    wasm_segments: int = 100_000  # V8 takes no more, and so Go's linker writes no more
    wasm_memory_bytes: int = 512 * MIB
    unpacked_bytes: int = 64 * MIB  # of a packed program; it is in memory three times for a moment
    functions: int = 1_000_000  # of one program; the largest real ones have about 500,000
    function_names_bytes: int = 32 * MIB  # of all functions of a program
    source_files: int = 200_000  # of one program
    function_name_bytes: int = 64 * KIB  # names of generic functions hold their type arguments
    source_names_bytes: int = 16 * MIB  # of all source files of a program; the largest have about 2 MiB
    linked_packages: int = 100_000  # the largest real programs have about 10,000
    code_signature_blobs: int = 64  # of a Mach-O file; codesign writes six or seven
    entitlements_bytes: int = MIB
    entitlements_depth: int = 32
    build_info_bytes: int = 16 * MIB
    build_info_modules: int = 100_000
    build_info_settings: int = 10_000
    build_info_places: int = 1_024  # of the magic that are looked at before the search is given up
    code_signature_bytes: int = 16 * MIB  # a signature that a program carries; real ones have some KiB
    code_signatures: int = 16  # of one program, with those inside of others; and timestamps of one of them
    code_certificates: int = 16  # in one of them; real ones have two to eight
    asn1_elements: int = 20_000  # of one signature with all that is in it; a certificate has about 120
    asn1_depth: int = 64  # a signature inside of another is eight levels deeper, a certificate ten
    import_names_bytes: int = 16 * MIB  # of all names of one table of imports or exports
    xml_manifest_bytes: int = MIB
    xml_depth: int = 64
    # licences
    license_bytes: int = MIB  # of one licence file; the longest real ones have about 300 KiB
    license_files: int = 256  # of one module
    license_copyrights: int = 1_000  # lines of one file
    license_expression_chars: int = 8 * KIB  # real ones have some dozens, of a whole image a few hundred
    module_info_bytes: int = 64 * KIB
    # archives
    archive_members: int = 1_000_000
    archive_member_bytes: int = 1 << 30  # of an executable in an archive, which is held in memory
    archive_bytes: int = 16 << 30  # unpacked, of one archive
    archive_ratio: int = 1_000  # bytes unpacked for each packed one: deflate reaches 1,032, programs about 5
    archive_ratio_free: int = 64 * MIB  # unpacked before that ratio is asked for
    archive_header_bytes: int = MIB  # of one member's names and attributes
    drafted_words: int = 64  # of one list in a policy that is written from a release: nobody reads more
    # evidence
    bundle_bytes: int = 16 * MIB
    bundle_lines: int = 1_024  # bundles of one file, a line each
    json_depth: int = 64
    oci_manifest_bytes: int = 4 * MIB  # OCI distribution specification: what registries must take at least
    oci_manifests: int = 4_096  # of one index, or layers of one manifest
    oci_evidence: int = 1_024  # pieces for one image; cosign reads 1,000
    subjects: int = 4_096
    certificates: int = 16  # in one bundle, or in one chain of a trusted root
    signatures: int = 32  # in one envelope; all but one are refused, with a reason of their own
    log_entries: int = 32
    timestamps: int = 32  # sigstore-go, sigstore-python: MAX_ALLOWED_TIMESTAMP
    predicate_items: int = 100_000  # of one list in a predicate: dependencies, findings, tests
    inclusion_hashes: int = 64  # a Merkle tree's height is that of its size in bits
    key_bytes: int = 64 * KIB
    private_key_bytes: int = 16 * KIB  # DER; an RSA key of 8192 bits has 5 KiB
    scrypt_bytes: int = 256 * MIB  # of memory, to decrypt a key file; cosign's take 64 MiB
    scrypt_work: int = 16 * MIB  # N * r * p; cosign's is 512 Ki, and takes a fifth of a second
    pbkdf2_rounds: int = 10_000_000  # to decrypt a key file; openssl writes 2,048, some write a million
    password_bytes: int = 4 * KIB
    signer_seconds: int = 120  # for one answer of an external signer: someone may have to press a button
    signer_output_bytes: int = 64 * KIB  # a public key in PEM, or a signature
    trusted_root_bytes: int = 4 * MIB
    trusted_roots: int = 64
    updated_trust_bytes: int = 17 * MIB  # a trusted root and a signing configuration, as text in JSON
    tuf_bytes: int = 5 * MIB  # of one file; python-tuf takes less for most of them
    tuf_roots: int = 256  # new versions of the root in one update
    tuf_seconds: int = 300  # of one update altogether
    identity_token_bytes: int = 64 * KIB
    service_answer_bytes: int = 32 * MIB  # of a log that tells a whole envelope again; others are a few KiB
    log_tile_bytes: int = 8 * KIB  # C2SP tlog-tiles: 256 hashes
    log_entries_bytes: int = 17 * MIB  # C2SP tlog-tiles: 256 entries of at most 65,535 bytes
    journal_bytes: int = 40 * MIB  # of one signature that is kept: a bundle, in base64
    journal_files: int = 1_000_000
    # known vulnerabilities
    vulnerability_database_bytes: int = 256 * MIB  # packed; Go's has 3 MiB
    vulnerability_bytes: int = 64 * MIB  # of one file of it; the largest index has half a MiB
    vulnerability_modules: int = 1_000_000
    vulnerability_entries: int = 100_000  # of one module; or of whatever one entry lists
    # policy and documents
    policy_bytes: int = 4 * MIB
    yaml_depth: int = 64
    yaml_nodes: int = 200_000
    policy_bases: int = 16  # policies that one extends, those that these extend among them
    policy_slots: int = 16_384
    rule_chars: int = 4 * KIB  # of one expression; CEL itself stops at 32 levels and 10,000 iterations
    pattern_chars: int = 512  # of a glob or regular expression for signers
    identity_chars: int = 512  # of what such a pattern is matched against
    sbom_bytes: int = 256 * MIB
    sbom_elements: int = 1_000_000  # components, and as many relationships
    previous_bytes: int = 64 * MIB  # of a document about an earlier release
    sbom_nodes: int = 20_000_000  # XML elements, YAML nodes, tags or triples; a component has dozens
    sbom_faults: int = 100  # faults told of one document; the rest is counted
    release_files: int = 1_000_000
    fixture_bytes: int = 1 << 30  # of one file of a release that a test of a policy changes
    report_bytes: int = 256 * MIB  # of a report that is read again; ten artifacts make about 300 KiB
    report_items: int = 2_000_000  # of one list in it: checks by files
    # saved evidence
    evidence_bytes: int = 1 << 30  # of one set; without executables, releases of thousands have less
    evidence_files: int = 1_000_000
    evidence_manifest_bytes: int = 256 * MIB


DEFAULT_LIMITS: Final = Limits()
