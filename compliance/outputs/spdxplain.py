"""The parts of an SPDX 2.3 document that are plainly right.

The reference library needs 0.3 ms for a package and half a second to start. Most packages and
relationships hold nothing but a few well-formed fields, which is told here by a strict form: each
rule is narrower than that of the library, so that it would pass the part in silence. All else, and
every part with a field that has no place in the form, is left to the library, which says what is
wrong with it in its own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Set
from functools import cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from compliance import patterns as re
from compliance.outputs.sbomvalues import RELATION_KINDS, Value
from compliance.outputs.spdxlicense import spdx_license

_AGENT = r"(?:Organization|Person): ?[^()\s][^()\n]*(?: \([^()\s]+\))?"
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_TIME = rf"\A{_DAY}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){{2}}Z\Z"
_WEB = r"https?://[a-z0-9]+(?:[-.][a-z0-9]+){0,20}\.[a-z]{2,63}(?::[0-9]{1,5})?(?:/[!-~]*)?"

_DOCUMENT = "SPDXRef-DOCUMENT"
_ID = re.compile(r"SPDXRef-[0-9A-Za-z.-]+")

_Id = Annotated[str, Meta(pattern=rf"\A{_ID.pattern}\Z")]
_Filled = Annotated[str, Meta(min_length=1)]
_Creator = Annotated[str, Meta(pattern=rf"\A(?:{_AGENT}|Tool: ?[^()\s][^()\n]*)\Z")]
_Agent = Annotated[str, Meta(pattern=rf"\A(?:{_AGENT}|NOASSERTION)\Z")]
_Time = Annotated[str, Meta(pattern=_TIME)]
_Page = Annotated[str, Meta(pattern=rf"\A{_WEB}\Z")]
_Place = Annotated[str, Meta(pattern=rf"\A(?:(?:git\+)?{_WEB}|NOASSERTION|NONE)\Z")]
_Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]+\Z")]
_DIGITS = {"SHA1": 40, "SHA256": 64, "SHA512": 128}


class _Strict(Struct, rename="camel", forbid_unknown_fields=True, gc=False, kw_only=True):
    """A form: msgspec refuses what has another."""


class _Checksum(_Strict, kw_only=True):
    algorithm: Literal["SHA1", "SHA256", "SHA512"]
    checksum_value: _Digest


class _PackageUrl(_Strict, tag_field="referenceType", tag="purl", kw_only=True):
    comment: str = ""
    reference_category: Literal["PACKAGE-MANAGER"]
    reference_locator: Annotated[str, Meta(pattern=r"\Apkg:[!-.0-~]+/[!-~]*[!-.0-~]\Z")]


class _Revision(_Strict, tag_field="referenceType", tag="swh", kw_only=True):
    comment: str = ""
    reference_category: Literal["PERSISTENT-ID"]
    reference_locator: Annotated[str, Meta(pattern=r"\Aswh:1:rev:[0-9a-f]{40}\Z")]


class _Cpe(_Strict, tag_field="referenceType", tag="cpe23Type", kw_only=True):
    comment: str = ""
    reference_category: Literal["SECURITY"]
    reference_locator: Annotated[
        str, Meta(pattern=r"\Acpe:2\.3:[aho](?::(?:[A-Za-z0-9._-]+|\*)){5}:\*(?::\*){4}\Z")
    ]


class _GoSum(
    _Strict, tag_field="referenceType", tag="https://go.dev/ref/mod#go-sum-files", kw_only=True
):
    comment: str = ""
    reference_category: Literal["OTHER"]
    reference_locator: Annotated[str, Meta(pattern=r"\A[!-~]+\Z")]


class _Package(_Strict, kw_only=True):
    spdx_id: _Id = field(name="SPDXID")
    attribution_texts: list[str] = []
    checksums: list[_Checksum] = []
    comment: str = ""
    copyright_text: str = ""
    download_location: _Place
    external_refs: list[_PackageUrl | _Revision | _Cpe | _GoSum] = []
    files_analyzed: Literal[False]  # the default is true, and asks for more
    homepage: _Page = ""
    license_comments: str = ""
    license_concluded: _Filled = "NOASSERTION"
    license_declared: _Filled = "NOASSERTION"
    name: _Filled
    originator: _Agent = ""
    package_file_name: _Filled = ""
    primary_package_purpose: Literal["APPLICATION", "LIBRARY"] = "LIBRARY"
    release_date: _Time = ""
    source_info: str = ""
    supplier: _Agent = ""
    version_info: _Filled = ""


class _LicenseText(_Strict, kw_only=True):
    extracted_text: _Filled
    license_id: Annotated[str, Meta(pattern=r"\ALicenseRef-[0-9A-Za-z.-]+\Z")]
    name: str = ""


class _Creation(_Strict, kw_only=True):
    comment: str = ""
    created: _Time
    creators: Annotated[list[_Creator], Meta(min_length=1)]
    license_list_version: Annotated[str, Meta(pattern=r"\A[0-9]+\.[0-9]+\Z")] = ""


class _Frame(_Strict, kw_only=True):
    """The document without its packages and relationships."""

    spdx_id: Literal["SPDXRef-DOCUMENT"] = field(name="SPDXID")
    comment: str = ""
    creation_info: _Creation
    data_license: Literal["CC0-1.0"]
    document_namespace: Annotated[str, Meta(pattern=r"\Ahttps://[a-z0-9.-]+/[A-Za-z0-9._~/-]*\Z")]
    has_extracted_licensing_infos: list[_LicenseText] = []
    name: _Filled
    packages: list[Value] = []
    relationships: list[Value] = []
    spdx_version: Literal["SPDX-2.3"]


def without_plain(value: Value) -> Value | None:
    """The document without the packages and relationships that are plainly right.

    None where all of it is. What is left refers to parts that are gone. Where the whole counts
    (files, nothing described, a version but 2.3) nothing is taken away.
    """
    packages, relationships = _objects(value, "packages"), _objects(value, "relationships")
    if not packages or not relationships or value.get("spdxVersion") != "SPDX-2.3":
        return value
    described = next(filter(describes, relationships), None)
    if described is None or value.get("files") or value.get("snippets"):
        return value
    count = Counter([_DOCUMENT, *spdx_ids(value)])
    known = {i for i in count if _ID.fullmatch(i)}
    texts = _objects(value, "hasExtractedLicensingInfos") or ()
    fits = _license_check({i for t in texts if isinstance(i := t.get("licenseId"), str)})
    rest = [p for p in packages if not _plain(p, fits) or count[p["SPDXID"]] > 1]
    loose = [r for r in relationships if r is described or not _plain_relationship(r, known)]
    made = {**value, "packages": rest, "relationships": loose}
    if rest or loose != [described] or not _plain_relationship(described, known):
        return made
    return None if _fits(made, _Frame) else made


def spdx_ids(value: Value) -> list[str]:
    """The identifiers of the packages."""
    return [i for p in _objects(value, "packages") or () if isinstance(i := p.get("SPDXID"), str)]


def _objects(value: Value, key: str) -> list[Value] | None:
    """The list of objects under `key`; None where it is something else."""
    found = value.get(key)
    return found if isinstance(found, list) and all(isinstance(i, dict) for i in found) else None


def describes(relationship: Value) -> bool:
    """Whether the document says what it is about."""
    kind, source = relationship.get("relationshipType"), relationship.get("spdxElementId")
    return kind == "DESCRIBES" and source == _DOCUMENT


def _license_check(defined: Set[str]) -> Callable[[str], bool]:
    """Whether an expression is written as we would write it, its LicenseRefs being defined."""

    @cache
    def fits(expression: str) -> bool:
        made = spdx_license(expression)
        return made.text == expression and not made.notes and made.refs.keys() <= defined

    return fits


def _fits(value: object, form: type[Struct]) -> bool:
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError:
        return False
    return True


def _plain(package: Value, fits: Callable[[str], bool]) -> bool:
    try:
        made = msgspec.convert(package, _Package)
    except msgspec.ValidationError:
        return False
    return (
        fits(made.license_concluded)
        and fits(made.license_declared)
        and all(len(c.checksum_value) == _DIGITS[c.algorithm] for c in made.checksums)
    )


def _plain_relationship(value: Value, known: Collection[str]) -> bool:
    source, target = value.get("spdxElementId"), value.get("relatedSpdxElement")
    kind = value.get("relationshipType")
    return (
        len(value) == 3  # noqa: PLR2004 - these three and nothing else
        and isinstance(source, str)
        and isinstance(target, str)
        and isinstance(kind, str)
        and kind in RELATION_KINDS
        and source in known
        and (target in known or target in ("NONE", "NOASSERTION"))
    )
