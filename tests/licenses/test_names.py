"""What a file is by its name."""

from __future__ import annotations

import pytest

from compliance.licenses import is_doc_name, is_license_name
from compliance.licenses.names import role_of


@pytest.mark.parametrize(
    "name",
    [
        "LICENSE",
        "license.txt",
        "LICENSE.md",
        "LICENCE",
        "LICENSE-MIT",
        "LICENSE.APACHE",
        "COPYING",
        "COPYING.LESSER",
        "NOTICE",
        "NOTICE.txt",
        "PATENTS",
        "UNLICENSE",
        "vendor/x/LICENSE",
        "LICENSES/MIT.txt",
        "third_party/licenses/foo.txt",
        "logo.png.license",
        "GPLv3",
        "COPYRIGHT",
        "MIT-LICENSE",
        "LICENSE_BSD",
        "THIRD_PARTY_NOTICES.md",
        "debian/copyright",
        "fonts/OFL.txt",
        "Apache-2.0.txt",
        "BSD-3-Clause",
        "MIT.txt",
    ],
)
def test_license_files(name: str) -> None:
    assert is_license_name(name)
    assert not is_doc_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "README",
        "README.md",
        "docs/x.rst",
        "a.txt",
        "AUTHORS",
        "index.html",
        "apache.md",
        "bsd-notes.txt",
    ],
)
def test_documents(name: str) -> None:
    assert is_doc_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "license.go",
        "LICENSE.minisig",
        "LICENSE.txt.asc",
        "LICENSE.sha256",
        "licenses.json",
        "notice_test.go",
        "copyright.proto",
        "main.go",
        "Makefile",
        "go.mod",
    ],
)
def test_source(name: str) -> None:
    assert role_of(name) == "source"
