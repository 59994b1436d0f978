"""The facts of a Mach-O file's code signature.

Sources: Apple's xnu, osfmk/kern/cs_blobs.h (flags); Security, OSX/libsecurity_codesigning (which digests a
CMS signature names); Apple's technotes TN3125 to TN3127 (marks of a Developer ID).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe import cms, code_signature, entitlements
from attest.exe.code_signature import CMS, DER_ENTITLEMENTS, ENTITLEMENTS, REQUIREMENTS
from attest.model import asn1
from attest.model.bounds import BoundsError
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attest.exe.cms import Certificate
    from attest.exe.code_signature import CodeDirectory, CodeSignature
    from attest.exe.known import Known
    from attest.exe.macho import MachoImage
    from attest.model.limits import Limits

_COMMAND: Final = 0x1D
_EXECUTE: Final = 4  # VM_PROT_EXECUTE
_SOURCE: Final = "load command LC_CODE_SIGNATURE"
_DIRECTORY: Final = "code signature, code directory"
_ADHOC, _LIBRARY_VALIDATION, _RUNTIME, _LINKER_SIGNED = 0x2, 0x2000, 0x10000, 0x20000
#: As `codesign --display` writes them.
_FLAGS: Final = {
    0x1: "host",
    _ADHOC: "adhoc",
    0x10: "forced-library-validation",
    0x100: "hard",
    0x200: "kill",
    0x400: "expires",
    0x800: "restrict",
    0x1000: "enforcement",
    _LIBRARY_VALIDATION: "library-validation",
    _RUNTIME: "runtime",
    _LINKER_SIGNED: "linker-signed",
}
#: A property list of the hashes of all code directories, each cut to 20 bytes.
_CODE_HASHES: Final = "1.2.840.113635.100.9.1"
_CODE_HASH_BYTES: Final = 20
_DEVELOPER_ID: Final = "1.2.840.113635.100.6.1.13"
_DEVELOPER_ID_ISSUER: Final = "1.2.840.113635.100.6.2.6"
_RULES: Final = cms.Rules(usage=cms.CODE_SIGNING, content_type=cms.DATA, timestamps=(cms.TIMESTAMP,))
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


def _signature(image: MachoImage, known: Known) -> Iterator[Fact]:
    """Of which kind it is, and what the code directories say."""
    if len(image.commands) != image.count:
        return
    found = _read(image, known.limits)
    if found is None:
        yield Fact(name="macho.signature", value="none", source="load commands")
        return
    first = found.directories[0]
    if any(
        (each.flags, each.identifier, each.team) != (first.flags, first.identifier, first.team)
        for each in found.directories
    ):
        raise BoundsError(
            "code directories that differ in flags, identifier or team: each system takes its own"
        )
    signed = bool(found.content(CMS))
    if signed == bool(first.flags & _ADHOC):
        raise BoundsError(
            "a code signature that says to be ad hoc and holds a CMS signature"
            if signed
            else "a code signature that is not ad hoc and holds no CMS signature"
        )
    yield Fact(name="macho.signature", value="cms" if signed else "ad-hoc", source=_SOURCE)
    if first.identifier:
        yield Fact(name="macho.signature_identifier", value=first.identifier, source=_DIRECTORY)
    yield Fact(name="macho.signature_flags", value=_flags(first.flags), source=_DIRECTORY)
    for name, bit in (
        ("macho.linker_signed", _LINKER_SIGNED),
        ("macho.hardened_runtime", _RUNTIME),
        ("macho.library_validation", _LIBRARY_VALIDATION),
    ):
        yield Fact(name=name, value=bool(first.flags & bit), source=_DIRECTORY)
    if first.team:
        yield Fact(name="macho.signature_team", value=first.team, source=_DIRECTORY)
    hashes = tuple(each.hash.name if each.hash else "unknown" for each in found.directories)
    yield Fact(name="macho.signature_hashes", value=hashes, source=_DIRECTORY)
    yield Fact(name="macho.signature_page_size", value=first.page_size, source=_DIRECTORY)
    yield Fact(
        name="macho.requirements", value=REQUIREMENTS in found.blobs, source="code signature, slots of blobs"
    )


def _entitlements(image: MachoImage, known: Known) -> Iterator[Fact]:
    """What the program asks for, in both forms."""
    found = _told(image, known.limits)
    if found is None:
        return
    xml, der = found.content(ENTITLEMENTS), found.content(DER_ENTITLEMENTS)
    forms = tuple(name for name, data in (("xml", xml), ("der", der)) if data)
    yield Fact(name="macho.entitlement_forms", value=forms, source="code signature, slots of blobs")
    asked: set[str] = set()
    if xml:
        asked.update(entitlements.from_xml(bytes(xml), known.limits))
    if der:
        asked.update(entitlements.from_der(bytes(der), known.limits))
    source = "code signature, " + (" and ".join(forms) or "no") + " entitlements"
    yield Fact(name="macho.entitlements", value=tuple(sorted(asked)), source=source)


def _hashes(image: MachoImage, known: Known) -> Iterator[Fact]:
    """Whether what was signed is what is there."""
    found = _told(image, known.limits)
    if found is None:
        return
    yield Fact(
        name="macho.code_limit_covers",
        value=all(_covers(image, found, each) for each in found.directories),
        source="code signature, code limits",
    )
    known_hashes = [each for each in found.directories if each.hash is not None]
    if known.depth != "full" or not known_hashes:
        return
    pages = [code_signature.pages_hold(image.whole, each) for each in known_hashes]
    if None in pages:
        raise BoundsError("a code signature over scattered pages, whose hashes are not computed again")
    yield Fact(name="macho.page_hashes", value=all(pages), source="code signature, hashes of the pages")
    wrong = tuple(code_signature.wrong_blobs(found))
    source = f"code signature, special slots{': ' + ', '.join(wrong) if wrong else ''}"
    yield Fact(name="macho.blob_hashes", value=not wrong, source=source)


def _signer(image: MachoImage, known: Known) -> Iterator[Fact]:
    """Who signed, as the certificates in the signature say."""
    found = _told(image, known.limits)
    if found is None or known.depth != "full" or not found.content(CMS):
        return
    data, source = found.content(CMS), "code signature, CMS signature"
    if len(data) > known.limits.code_signature_bytes:
        raise LimitError(
            f"a CMS signature of {len(data)} bytes, more than {known.limits.code_signature_bytes}"
        )
    signature = cms.read(asn1.read(data, "CMS signature", known.limits), known.limits)
    judged = cms.judge(signature, _RULES, known.limits, over=found.directories[0].blob)
    faults = judged.faults
    if not _names_all(signature, found, known.limits):
        faults = (*faults, "it does not name every code directory")
    yield Fact(name="macho.cms_holds", value=not faults, source=source)
    yield Fact(name="macho.cms_faults", value=faults, source=source)
    yield Fact(name="macho.cms_sha1", value=judged.sha1, source=source)
    yield from _certificates(judged.chain, source)
    if signature.signer.time is not None:
        yield Fact(name="macho.signing_time", value=f"{signature.signer.time:{_TIME}}", source=source)
    yield Fact(name="macho.timestamped", value=bool(judged.timestamps), source=source)
    times = tuple(f"{each.time:{_TIME}}" for each in judged.timestamps)
    yield Fact(name="macho.timestamps", value=times, source=source)


def _certificates(chain: Sequence[Certificate], source: str) -> Iterator[Fact]:
    """What the certificates say of the signer, where its own is there."""
    if not chain:
        return
    yield Fact(name="macho.certificates", value=tuple(each.subject for each in chain), source=source)
    if chain[0].unit:
        yield Fact(name="macho.certificate_team", value=chain[0].unit, source=source)
    if chain[-1].issued_itself:
        yield Fact(name="macho.certificate_root", value=chain[-1].sha256, source=source)
    marked = chain[0].marked(_DEVELOPER_ID) and any(each.marked(_DEVELOPER_ID_ISSUER) for each in chain[1:2])
    yield Fact(name="macho.developer_id", value=marked, source=source)


PARTS: Final[tuple[Callable[[MachoImage, Known], Iterator[Fact]], ...]] = (
    _signature,
    _entitlements,
    _hashes,
    _signer,
)


def _read(image: MachoImage, limits: Limits) -> CodeSignature | None:
    commands = [each for each in image.commands if each.number == _COMMAND]
    if len(commands) > 1:
        raise BoundsError("two load commands LC_CODE_SIGNATURE: each reader may take another")
    for each in commands:
        offset, size = each.reader.u32(8, "code signature"), each.reader.u32(12, "code signature")
        return code_signature.read(image.whole, offset, size, limits)
    return None


def _told(image: MachoImage, limits: Limits) -> CodeSignature | None:
    """As `_read`; where it is damaged, `_signature` has told so already."""
    try:
        return _read(image, limits)
    except (BoundsError, LimitError):
        return None


def _flags(value: int) -> tuple[str, ...]:
    names = [name for bit, name in _FLAGS.items() if value & bit]
    rest = value & ~sum(_FLAGS)
    return (*names, f"{rest:#x}") if rest else tuple(names)


def _covers(image: MachoImage, found: CodeSignature, directory: CodeDirectory) -> bool:
    """Whether hashes are over all before the signature, and over all segments but the one that holds it."""
    return directory.limit >= found.offset and all(
        each.offset + each.size <= directory.limit
        or (each.offset <= found.offset < each.offset + each.size and not each.protection & _EXECUTE)
        for each in image.segments
    )


def _names_all(signature: cms.SignedData, found: CodeSignature, limits: Limits) -> bool:
    """Whether the CMS signature, which is over the first code directory, names the others' hashes."""
    others = found.directories[1:]
    named = signature.signer.attributes.get(_CODE_HASHES, ())
    if not others:
        return True
    if len(named) != 1 or any(each.hash is None for each in others):
        return False
    hashes = entitlements.code_hashes(named[0].octets(), limits)
    return all(
        each.hash is not None and each.hash.of(each.blob)[:_CODE_HASH_BYTES] in hashes for each in others
    )
