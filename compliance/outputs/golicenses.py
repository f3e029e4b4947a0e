"""What go-licenses prints, from our facts: rows, addresses, types, and what has to be saved.

go-licenses (https://github.com/google/go-licenses) lists libraries: packages that one license file
covers, named by the longest import path that they share, one row for each license.
"""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.outputs.escaping import cell, uri_path, visible
from compliance.policy import category
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.licenses import And, License, Or
    from compliance.report import Library

UNKNOWN = "Unknown"
TYPES = (
    "forbidden", "notice", "permissive", "reciprocal", "restricted", "unencumbered", "unknown",
)  # fmt: skip
"""Types of `--disallowed_types`: https://opensource.google/documentation, third party licenses."""
DISALLOWED = ("forbidden", "unknown")
MAX_SAVED = 100_000
"""Files of one module that are copied; the largest modules have 30,000."""

_BY_CATEGORY = {
    "permissive": "notice", "weak": "reciprocal", "strong": "restricted", "network": "restricted",
    "restricted": "forbidden",
}  # fmt: skip
_BY_NAME = (
    (re.compile(r"(?:0BSD|CC0-1\.0|Unlicense)$"), "unencumbered"),
    (re.compile(r"(?:AGPL|SSPL)-|WTFPL$"), "forbidden"),
    (re.compile(r"(?:L?GPL|CC-BY-SA|CC-BY-ND|NPL|OSL)-"), "restricted"),
)
"""Where Google's type is another than our category says."""
_FORGES = {
    "github.com": "https://{repo}/blob/{rev}/{path}",
    "gitlab.com": "https://{repo}/-/blob/{rev}/{path}",
    "codeberg.org": "https://{repo}/src/{ref}/{path}",
    "gitea.com": "https://{repo}/src/{ref}/{path}",
    "bitbucket.org": "https://{repo}/src/{rev}/{path}",
}
_PSEUDO = re.compile(r"[.-]\d{14}-(?P<commit>[0-9a-f]{12})$")
_MAJOR = re.compile(r"v[2-9]\d*|v1\d+$")
_GOPKG = re.compile(r"gopkg\.in/(?:(?P<owner>[^/]+)/)?(?P<name>[^/]+?)\.v\d+(?:-unstable)?$")
_NOTICE = re.compile(r"NOTICE(?:\.(?:txt|md))?$")
_OWNER_AND_NAME = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One license of one library; `path` is where its text lies, `text` reads it."""

    name: str
    version: str
    url: str
    license: str
    path: str
    text: Callable[[], str]


def rows_of(libraries: Iterable[Library]) -> Iterator[Row]:
    """One row for each license, or one that says Unknown."""
    for library in libraries:
        stated = [(s.license, s.file) for s in library.statements]
        if library.expression is None:
            stated.append((UNKNOWN, (library.license_files or ("",))[0]))
        for license_, file in stated:
            yield Row(
                name=library.name,
                version=library.source.version or UNKNOWN,
                url=source_url(library, file) or UNKNOWN,
                license=license_,
                path=_place(library, file) or UNKNOWN,
                text=_reader(library, file, license_),
            )


def render_rows(rows: Iterable[Row]) -> bytes:
    """`library,url,license` without a header, as `go-licenses csv` prints it; cells are guarded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([cell(row.name), cell(row.url), cell(row.license)])
    return out.getvalue().encode("utf-8", "backslashreplace")


def template_data(rows: Iterable[Row]) -> list[Mapping[str, object]]:
    """What a template of go-licenses gets: a list of libraries. Every string is made visible."""
    return [
        {
            "Name": visible(row.name),
            "Version": visible(row.version),
            "LicenseURL": visible(row.url),
            "LicenseName": visible(row.license),
            "LicensePath": visible(row.path),
            "LicenseText": row.text,
        }
        for row in rows
    ]


def license_type(license_: str) -> str:
    """Google's type of a license (one of TYPES)."""
    if license_ == UNKNOWN:
        return "unknown"
    plain = license_.partition(" WITH ")[0]
    for pattern, kind in _BY_NAME:
        if pattern.match(plain):
            return kind
    return _BY_CATEGORY.get(category(license_), "unknown")


def bare(license_: str) -> str:
    """A license without what SPDX adds to the names of go-licenses: `GPL-2.0` for `-only`."""
    return license_.removesuffix("+").removesuffix("-only").removesuffix("-or-later")


def refused(library: Library, allowed: Callable[[str], bool]) -> list[str]:
    """Licenses of a library that are not allowed; of a choice one allowed arm is enough.

    An unknown license is refused unless `allowed` takes Unknown.
    """
    if library.expression is None:
        named = [s.license for s in library.statements]
        return [x for x in (*named, UNKNOWN) if not allowed(x)]
    from compliance.licenses import And, Expression, License, conjuncts

    def fits(node: And | License | Or) -> bool:
        if isinstance(node, License):
            return allowed(str(node))
        return (all if isinstance(node, And) else any)(fits(term) for term in node.terms)

    expression = Expression.parse(library.expression)
    bad: dict[str, None] = {}
    for node in conjuncts(expression):
        if not fits(node):
            leaves = Expression(root=node).licenses()
            bad.update((str(leaf), None) for leaf in leaves if not allowed(str(leaf)))
    return list(bad)


def library_check(names: tuple[str, ...], kinds: tuple[str, ...]) -> Callable[[Library], list[str]]:
    """See `compliance.outputs.library_check`."""
    if names and kinds:
        raise UsageError("--allowed_licenses and --disallowed_types exclude each other")
    unknown = next((k for k in kinds if k.lower() not in TYPES), None)
    if unknown is not None:
        raise UsageError(f"--disallowed_types {unknown}: types are {', '.join(TYPES)}")
    bad_kinds = {k.lower() for k in kinds} or set(DISALLOWED)
    known = {*names, *map(bare, names)}

    def allowed(license_: str) -> bool:
        if names:
            return license_ in known or bare(license_) in known
        return license_type(license_) not in bad_kinds

    return lambda library: [_sentence(library, x, bool(names)) for x in refused(library, allowed)]


def _sentence(library: Library, license_: str, by_name: bool) -> str:
    """In the words of go-licenses, which scripts may look for."""
    if not library.statements and not library.license_files:
        return f"Did not find license for library '{library.name}'."
    if by_name:
        return f"Not allowed license '{license_}' found for library '{library.name}'."
    kind = license_type(license_).capitalize()
    return (
        f"License '{license_}' of not allowed license type '{kind}' found for library "
        f"'{library.name}'."
    )


# Addresses


def source_url(library: Library, file: str) -> str | None:
    """Where a file of a library can be read on the web; None where its host is not known.

    A main module has no version: HEAD stands for it, as in go-licenses.
    """
    if not file:
        return None
    inside = _inside(library, file)
    path, version = library.source.path, library.source.version.removesuffix("+incompatible")
    pseudo = _PSEUDO.search(version)
    if path.startswith("golang.org/x/"):
        name = path.split("/")[2]
        rev = pseudo["commit"] if pseudo else version or "HEAD"
        return f"https://cs.opensource.google/go/x/{name}/+/{uri_path(rev)}:{uri_path(inside)}"
    found = _repository(library)
    if found is None:
        return None
    repo, folder = found
    tag = f"{folder}/{version}" if folder else version
    rev = pseudo["commit"] if pseudo else tag if version else "HEAD"
    ref = f"commit/{rev}" if pseudo else f"tag/{rev}"
    form = _FORGES.get(repo.partition("/")[0])
    if form is None:
        return None
    whole = posixpath.join(folder, inside)
    return form.format(
        repo=uri_path(repo), rev=uri_path(rev), ref=uri_path(ref), path=uri_path(whole)
    )


def _repository(library: Library) -> tuple[str, str] | None:
    """`host/owner/name` of the repository, and the folder of the module inside."""
    path, origin = library.source.path, library.origin
    if (gopkg := _GOPKG.match(path)) is not None:
        return f"github.com/{gopkg['owner'] or 'go-' + gopkg['name']}/{gopkg['name']}", ""
    host, *rest = path.split("/")
    if host in _FORGES and len(rest) >= _OWNER_AND_NAME:
        folder = rest[_OWNER_AND_NAME:]
        if folder and _MAJOR.fullmatch(folder[-1]):
            folder = folder[:-1]
        return "/".join((host, *rest[:_OWNER_AND_NAME])), "/".join(folder)
    if origin is None or not origin.url.startswith("https://"):
        return None
    repo = origin.url.removeprefix("https://").removesuffix(".git").rstrip("/")
    tag = origin.ref.removeprefix("refs/tags/")
    return repo, posixpath.dirname(tag) if tag != origin.ref else ""


def _inside(library: Library, file: str) -> str:
    """Path of a file inside its module."""
    return file if library.root == "." else posixpath.relpath(file, library.root)


def _place(library: Library, file: str) -> str | None:
    """Where a file lies: on disk, else inside the zip of its module."""
    if not file:
        return None
    if library.disk is not None:
        return posixpath.join(library.disk, file)
    return f"{library.source}/{_inside(library, file)}"


def _reader(library: Library, file: str, license_: str) -> Callable[[], str]:
    def read() -> str:
        """The license file; where only a source file names the license, its standard text."""
        if not file:
            return ""
        from compliance.licenses import license_text, text_of

        standard = None if file in library.license_files else license_text(license_)
        return visible(standard or text_of(library.files.read(file)), keep="\t\n\r\f")

    return read


# What goes along


def saved_files(library: Library) -> dict[str, bytes] | None:
    """Files that `save` puts into the folder of a library, by their path there; None if unknown.

    The whole source where a license asks for it (reciprocal, restricted), else the license files
    and the notices beside them.

    Raises:
        UnreadableFileError: a file cannot be read.
    """
    kinds = {license_type(s.license) for s in library.statements}
    if library.expression is None or not kinds or kinds & {"forbidden", "unknown"}:
        return None
    if kinds & {"reciprocal", "restricted"}:
        names = list(_tree(library, library.folder))
    else:
        beside = library.files.listing(library.folder)
        names = [posixpath.join(library.folder, n) for n in beside if _NOTICE.match(n)]
        names += [*library.license_files, *(s.file for s in library.statements if s.file)]
    return {
        posixpath.relpath(n, library.folder): library.files.read(n)
        for n in sorted({posixpath.normpath(n) for n in names})
        if not posixpath.relpath(n, library.folder).startswith("../")
    }


def _tree(library: Library, start: str) -> Iterator[str]:
    """All files below a folder; links are not followed, .git is left out."""
    stack, count = [start], 0
    while stack:
        here = stack.pop()
        for name, kind in sorted(library.files.listing(here).items()):
            path = name if here == "." else f"{here}/{name}"
            if kind is EntryKind.FOLDER and name != ".git":
                stack.append(path)
            elif kind is EntryKind.FILE:
                count += 1
                if count > MAX_SAVED:
                    raise UnreadableFileError(f"{library.name}: more than {MAX_SAVED} files")
                yield path
