"""Laws of conclusions, for any set of license files and headers."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.findings import Severity
from compliance.golang import EntryKind, UnreadableFileError
from compliance.licenses import Expression, FileLicense, LinkedPackage, Match, conclude_module
from compliance.licenses.statement import Said, join

_LICENSES = ["MIT", "Apache-2.0", "BSD-3-Clause", "GPL-2.0-only", "MIT OR GPL-3.0-only", "BUSL-1.1"]
_LICENSE_FILES = ["LICENSE", "COPYING", "LICENSE-MIT", "LICENSE.libx", "sub/LICENSE", "NOTICE"]
_SOURCES = ["a.go", "b.go", "sub/c.go"]
_MATCHES = st.tuples(
    st.sampled_from(_LICENSES),
    st.sampled_from(["text", "notice", "tag", "reference"]),
    st.sampled_from(["high", "medium", "review"]),
)
_FILES = st.dictionaries(
    st.sampled_from(_LICENSE_FILES + _SOURCES), st.lists(_MATCHES, max_size=2), max_size=6
)


class Memory:
    def __init__(self, paths):
        self._paths = paths

    def listing(self, folder):
        prefix = "" if folder == "." else f"{folder}/"
        inside = [p[len(prefix) :] for p in self._paths if p.startswith(prefix)]
        return {
            p.partition("/")[0]: EntryKind.FOLDER if "/" in p else EntryKind.FILE for p in inside
        }

    def read(self, path):
        if path not in self._paths:
            raise UnreadableFileError(path)
        return b"text\n"


def _detected(path, matches):
    found = tuple(
        Match(
            license=text, kind=kind, start_line=1, end_line=9, coverage=1.0, similarity=0.9,
            confidence=confidence, rule="r",
        )
        for text, kind, confidence in matches
    )  # fmt: skip
    return FileLicense(
        path=path,
        sha256=hashlib.sha256(b"text\n").hexdigest(),
        expression=join([Said(m.license, m.kind) for m in found]),
        matches=found,
    )


def _conclude(files, order=1):
    paths = [*files, *(s for s in _SOURCES if s not in files)][::order]
    packages = [
        LinkedPackage(import_path="m", folder=".", files=("a.go", "b.go")[::order]),
        LinkedPackage(import_path="m/sub", folder="sub", files=("c.go",)),
    ][::order]
    return conclude_module(
        tree=Memory(paths),
        detected={p: _detected(p, m) for p, m in list(files.items())[::order]},
        packages=packages,
    )


_LIMITED = settings(max_examples=150, derandomize=True, deadline=None)


@_LIMITED
@given(_FILES)
def test_order_changes_nothing(files):
    assert _conclude(files) == _conclude(files, -1)


@_LIMITED
@given(_FILES)
def test_a_module_is_known_only_when_all_its_packages_are_and_names_all_their_licenses(files):
    answer = _conclude(files)
    known = [c.concluded for c in answer.packages.values()]

    if answer.conclusion.concluded is None:
        assert None in known
    else:
        terms = set(Expression.parse(answer.conclusion.concluded).licenses())
        assert terms == {t for text in known for t in Expression.parse(text).licenses()}


@_LIMITED
@given(_FILES)
def test_what_is_unknown_open_or_doubtful_has_a_finding(files):
    answer = _conclude(files)
    worst = max((f.severity for f in answer.findings), default=Severity.PASS)

    if answer.conclusion.concluded is None:
        assert worst is (Severity.REVIEW if answer.conclusion.unresolved else Severity.BLOCK) or (
            worst is Severity.BLOCK
        )
    if answer.conclusion.confidence == "review":
        assert worst >= Severity.REVIEW


@_LIMITED
@given(_FILES)
def test_nothing_is_concluded_that_no_file_says(files):
    answer = _conclude(files)
    said = {
        t.id
        for matches in files.values()
        for text, _, _ in matches
        for t in Expression.parse(text).licenses()
    }

    if answer.conclusion.concluded is not None:
        concluded = {t.id for t in Expression.parse(answer.conclusion.concluded).licenses()}
        assert concluded <= said
