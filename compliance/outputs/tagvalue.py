"""Reader of SPDX tag-value (SPDX 2.3, 4.1 and the tags of each field) into the keys of its JSON.

The reference library's reader takes a minute for three hundred packages; this one is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from compliance import patterns as re
from compliance.errors import MalformedInputError

Value = dict[str, Any]

_LINE = re.compile(r"([A-Za-z]+):[ \t]*(.*)")
_OPEN, _CLOSE = "<text>", "</text>"
_CODE = re.compile(r"([0-9a-f]+)\s*(?:\(excludes:\s*([^)]*)\))?$")

# Tag to key of the JSON document; each group belongs to the object that its first tag opens.
_DOCUMENT = {
    "SPDXVersion": "spdxVersion", "DataLicense": "dataLicense", "SPDXID": "SPDXID",
    "DocumentName": "name", "DocumentNamespace": "documentNamespace", "DocumentComment": "comment",
}  # fmt: skip
_CREATION = {
    "LicenseListVersion": "licenseListVersion", "Created": "created", "CreatorComment": "comment",
}  # fmt: skip
_PACKAGE = {
    "PackageName": "name", "SPDXID": "SPDXID", "PackageVersion": "versionInfo",
    "PackageFileName": "packageFileName", "PackageSupplier": "supplier",
    "PackageOriginator": "originator", "PackageDownloadLocation": "downloadLocation",
    "FilesAnalyzed": "filesAnalyzed", "PackageHomePage": "homepage",
    "PackageSourceInfo": "sourceInfo", "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared", "PackageLicenseComments": "licenseComments",
    "PackageCopyrightText": "copyrightText", "PackageSummary": "summary",
    "PackageDescription": "description", "PackageComment": "comment",
    "PrimaryPackagePurpose": "primaryPackagePurpose", "ReleaseDate": "releaseDate",
    "BuiltDate": "builtDate", "ValidUntilDate": "validUntilDate",
    "PackageLicenseInfoFromFiles": "+licenseInfoFromFiles",
    "PackageAttributionText": "+attributionTexts",
}  # fmt: skip
_FILE = {
    "FileName": "fileName", "SPDXID": "SPDXID", "LicenseConcluded": "licenseConcluded",
    "LicenseComments": "licenseComments", "FileCopyrightText": "copyrightText",
    "FileNotice": "noticeText", "FileComment": "comment", "FileType": "+fileTypes",
    "LicenseInfoInFile": "+licenseInfoInFiles", "FileContributor": "+fileContributors",
    "FileAttributionText": "+attributionTexts",
}  # fmt: skip
_SNIPPET = {
    "SnippetSPDXID": "SPDXID", "SnippetFromFileSPDXID": "snippetFromFile",
    "SnippetLicenseConcluded": "licenseConcluded", "SnippetLicenseComments": "licenseComments",
    "SnippetCopyrightText": "copyrightText", "SnippetComment": "comment", "SnippetName": "name",
    "LicenseInfoInSnippet": "+licenseInfoInSnippets",
    "SnippetAttributionText": "+attributionTexts",
}  # fmt: skip
_LICENSE = {
    "LicenseID": "licenseId", "ExtractedText": "extractedText", "LicenseName": "name",
    "LicenseComment": "comment",
}  # fmt: skip
_ANNOTATION = {
    "Annotator": "annotator", "AnnotationDate": "annotationDate", "AnnotationComment": "comment",
    "AnnotationType": "annotationType",
}  # fmt: skip
_OPENS = {
    "PackageName": ("packages", _PACKAGE), "FileName": ("files", _FILE),
    "SnippetSPDXID": ("snippets", _SNIPPET), "LicenseID": ("hasExtractedLicensingInfos", _LICENSE),
    "Annotator": ("annotations", _ANNOTATION),
}  # fmt: skip


def read_tag_value(data: str, *, file: str = "") -> Value:
    """The JSON values of a tag-value document.

    Raises:
        MalformedInputError: with the line, for what is no tag, no known tag, or out of place.
    """
    reader = _Reader(file)
    for number, tag, value in _fields(data, file):
        reader.take(number, tag, value)
    return reader.document


def _fields(data: str, file: str) -> Iterator[tuple[int, str, str]]:
    """(line, tag, value) of each field; comments and blank lines are left out."""
    lines = data.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        text, number = lines[at].strip(), at + 1
        at += 1
        if not text or text.startswith("#"):
            continue
        found = _LINE.fullmatch(text)
        if found is None:
            raise MalformedInputError("no `Tag: value`", file=file, line=number)
        tag, value = found[1], found[2]
        if value.startswith(_OPEN):
            parts = [value.removeprefix(_OPEN)]
            while _CLOSE not in parts[-1]:
                if at == len(lines):
                    raise MalformedInputError("<text> is never closed", file=file, line=number)
                parts.append(lines[at])
                at += 1
            value = "\n".join(parts).partition(_CLOSE)[0]
        yield number, tag, value


class _Reader:
    """Puts fields into the object that is open."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.document: Value = {"creationInfo": {"creators": []}}
        self._here: Value = self.document
        self._keys = _DOCUMENT

    def take(self, number: int, tag: str, value: str) -> None:
        """One field. Raises MalformedInputError."""
        if tag in _OPENS:
            name, self._keys = _OPENS[tag]
            self._here = {}
            self.document.setdefault(name, []).append(self._here)
        if (key := self._keys.get(tag)) is not None:
            self._put(key, value)
        elif (key := _CREATION.get(tag)) is not None:
            self.document["creationInfo"][key] = value
        elif (read := _READERS.get(tag)) is not None:
            try:
                read(self, value)
            except (ValueError, LookupError):
                raise MalformedInputError(
                    f"{tag}: {value[:80]!r} has not the form of its field",
                    file=self._file, line=number,
                ) from None  # fmt: skip
        else:
            raise MalformedInputError(f"{tag} is not known here", file=self._file, line=number)

    def _put(self, key: str, value: str) -> None:
        if key.startswith("+"):
            self._here.setdefault(key[1:], []).append(value)
        else:
            self._here[key] = value == "true" if key == "filesAnalyzed" else value

    def _creator(self, value: str) -> None:
        self.document["creationInfo"]["creators"].append(value)

    def _external_document(self, value: str) -> None:
        name, uri, algorithm, digest = value.split()
        checksum = {"algorithm": algorithm.rstrip(":"), "checksumValue": digest}
        made = {"externalDocumentId": name, "spdxDocument": uri, "checksum": checksum}
        self.document.setdefault("externalDocumentRefs", []).append(made)

    def _relationship(self, value: str) -> None:
        source, kind, target = value.split()
        made = {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
        self.document.setdefault("relationships", []).append(made)

    def _relationship_comment(self, value: str) -> None:
        self.document["relationships"][-1]["comment"] = value

    def _checksum(self, value: str) -> None:
        algorithm, colon, digest = value.partition(":")
        if not colon:
            raise ValueError(value)
        made = {"algorithm": algorithm.strip(), "checksumValue": digest.strip()}
        self._here.setdefault("checksums", []).append(made)

    def _verification_code(self, value: str) -> None:
        found = _CODE.match(value)
        if found is None:
            raise ValueError(value)
        made: Value = {"packageVerificationCodeValue": found[1]}
        if found[2]:
            made["packageVerificationCodeExcludedFiles"] = found[2].split()
        self._here["packageVerificationCode"] = made

    def _external(self, value: str) -> None:
        category, kind, locator = value.split(maxsplit=2)
        made = {"referenceCategory": category.replace("_", "-"), "referenceType": kind,
                "referenceLocator": locator}  # fmt: skip
        self._here.setdefault("externalRefs", []).append(made)

    def _external_comment(self, value: str) -> None:
        self._here["externalRefs"][-1]["comment"] = value

    def _see_also(self, value: str) -> None:
        self._here.setdefault("seeAlsos", []).append(value)

    def _subject(self, value: str) -> None:
        """An annotation stands with the element it is about."""
        annotation = self.document["annotations"].pop()
        everything = (self.document, *self.document.get("packages", ()),
                      *self.document.get("files", ()))  # fmt: skip
        about = next(e for e in everything if e.get("SPDXID") == value)
        about.setdefault("annotations", []).append(annotation)

    def _bytes(self, value: str) -> None:
        self._range("offset", value)

    def _lines(self, value: str) -> None:
        self._range("lineNumber", value)

    def _range(self, unit: str, value: str) -> None:
        first, last = map(int, value.split(":"))
        file = self._here.get("snippetFromFile", "")
        made = {name: {"reference": file, unit: number}
                for name, number in (("startPointer", first), ("endPointer", last))}  # fmt: skip
        self._here.setdefault("ranges", []).append(made)


_READERS: dict[str, Callable[[_Reader, str], None]] = {
    "Creator": _Reader._creator,
    "ExternalDocumentRef": _Reader._external_document,
    "ExternalRef": _Reader._external,
    "ExternalRefComment": _Reader._external_comment,
    "FileChecksum": _Reader._checksum,
    "LicenseCrossReference": _Reader._see_also,
    "PackageChecksum": _Reader._checksum,
    "PackageVerificationCode": _Reader._verification_code,
    "Relationship": _Reader._relationship,
    "RelationshipComment": _Reader._relationship_comment,
    "SPDXREF": _Reader._subject,
    "SnippetByteRange": _Reader._bytes,
    "SnippetLineRange": _Reader._lines,
}
