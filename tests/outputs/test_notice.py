"""NOTICE.txt: every shipped component, every text once, word for word."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from compliance import outputs
from compliance.outputs.notice import notice_of
from compliance.report import ScanReport
from tests.outputs import reports
from tests.outputs.golden import agree

SHARED = "Permission is granted.\n\n   Indented: yes.\n"


def test_what_the_system_brings_and_files_of_their_module_are_not_told() -> None:
    names = {e.name for e in notice_of(reports.mixed()).entries}
    assert "libdrv 2.1" in names
    assert {"lz4", "github.com/dual/lib/web/tool.wasm v1.1.0"} <= names  # terms of their own
    assert not any("seccomp" in n or "rsrc.syso" in n for n in names)


def notice(report: ScanReport) -> str:
    return outputs.render("notice", report).decode("utf-8")


def shared() -> ScanReport:
    """Two modules with the same text, one of them with a notice file of its own."""
    digest, own = reports.sha256(SHARED), reports.sha256(reports.NOTICE_TEXT)
    first = reports.module("example.com/a", "v1.0.0", texts=(("LICENSE", digest),))
    second = reports.module(
        "example.com/b", "v2.0.0", texts=(("COPYING", digest), ("NOTICE", own)),
        copyrights=("Copyright 2020 B", "Copyright 2021 C"),
    )  # fmt: skip
    odd = reports.module("example.com/c", "v3.0.0", "LicenseRef-odd_terms", texts=())
    test = reports.module("example.com/test", "v1.0.0", artifacts=(), scope="test")
    return reports.report(
        (reports.main_module(), first, second, odd, test),
        (reports.artifact("server", ("example.com/a@v1.0.0",)),),
        texts={digest: SHARED, own: reports.NOTICE_TEXT},
        license_refs={"LicenseRef-odd_terms": reports.CUSTOM_TEXT},
        text_licenses={digest: ("MIT",)},
    )


def test_shared_texts(update_golden: bool) -> None:
    agree("notice/shared.txt", outputs.render("notice", shared()), update=update_golden)


def test_a_text_stands_once_with_all_that_bring_it() -> None:
    text = notice(shared())
    assert text.count(SHARED.strip()) == 1
    assert "[1] COPYING, LICENSE\n    example.com/a v1.0.0\n    example.com/b v2.0.0\n" in text
    assert "    COPYING [1], NOTICE [2]" in text


def test_copyright_lines_and_own_terms_are_given() -> None:
    text = notice(shared())
    assert "    Copyright 2020 B\n    Copyright 2021 C\n" in text
    assert reports.CUSTOM_TEXT.strip() in text


def test_what_is_not_shipped_or_our_own_is_left_out() -> None:
    text = notice(shared())
    assert "example.com/test" not in text
    assert reports.MAIN not in text


def test_a_component_without_a_file_gets_the_standard_text_of_what_it_names() -> None:
    text = notice(reports.small())
    assert "golang.org/x/text v0.3.8: BSD-3-Clause\n" in text
    assert re.search(r"text of BSD-3-Clause \[\d+\]", text)
    assert "Redistributions of source code must retain" in text


def test_versions_of_one_text_are_not_given_twice() -> None:
    digest = "d" * 64
    module = reports.module(
        "example.com/a", "v1.0.0", "GPL-2.0-or-later", texts=(("COPYING", digest),)
    )
    base = reports.report((module,), (reports.artifact("server", ()),))
    known = replace(base, texts={digest: "the text"}, text_licenses={digest: ("GPL-2.0-only",)})
    assert "text of" not in notice(known)


def test_an_unknown_component_without_a_file_says_so() -> None:
    module = reports.module("example.com/a", "v1.0.0", None, texts=())
    text = notice(reports.report((module,), (reports.artifact("server", ()),)))
    assert "example.com/a v1.0.0: unknown\n    Copyright" in text
    assert "brings no license file" in text


@pytest.mark.parametrize("name", ["notice-md", "notice-html"])
def test_every_form_says_the_same(name: str) -> None:
    report = shared()
    made = html.unescape(outputs.render(name, report).decode("utf-8"))
    for entry in notice_of(report).entries:
        assert entry.name in made
        assert all(line in made for line in entry.copyrights)
    for text in notice_of(report).texts:
        assert text.content in made


def test_a_text_cannot_close_its_fence() -> None:
    digest = "d" * 64
    module = reports.module("example.com/a", "v1.0.0", texts=(("LICENSE", digest),))
    base = reports.report((module,), (reports.artifact("server", ()),))
    text = outputs.render("notice-md", replace(base, texts={digest: "a\n`````\n# b"})).decode()
    assert "\n``````text\na\n`````\n# b\n``````\n" in text


def test_nothing_shipped_is_said() -> None:
    assert "No third-party component" in notice(reports.report((reports.main_module(),), ()))


def test_line_ends_of_the_file_do_not_matter_and_steering_characters_are_shown() -> None:
    digest = "d" * 64
    module = reports.module("example.com/a", "v1.0.0", texts=(("LICENSE", digest),))
    base = reports.report((module,), (reports.artifact("server", ()),))
    text = notice(replace(base, texts={digest: "one\r\ntwo\x1b[2J\n::error::x\n"}))
    assert "one\ntwo\u27e8U+001B\u27e9[2J\n.::error::x" in text


@pytest.mark.parametrize("name", ["notice", "notice-md", "notice-html"])
def test_form_feeds_are_left_out(name: str) -> None:
    digest = "d" * 64
    module = reports.module("example.com/a", "v1.0.0", texts=(("LICENSE", digest),))
    base = reports.report((module,), (reports.artifact("server", ()),))
    text = "first page\n\f\nsecond page\n\fthird\fpage\n"
    shown = outputs.render(name, replace(base, texts={digest: text})).decode()
    assert "\f" not in shown
    assert "first page\n\nsecond page\nthird page" in shown
