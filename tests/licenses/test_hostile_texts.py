"""Texts in which one thing was changed by hand: none gets a sure answer."""

from __future__ import annotations

import re

import pytest

from compliance.licenses import Detector

POPULAR = (
    "MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MPL-2.0", "GPL-2.0-only",
    "AGPL-3.0-only", "CC0-1.0", "Unlicense", "Zlib", "BSL-1.0", "Elastic-2.0", "UPL-1.0",
)  # fmt: skip
SENTENCES = (
    "You must also email the author.",
    "The author must be notified of each use.",
    "Commercial use requires a separate agreement.",
    "This license does not apply to Acme Corp.",
    "Users with more than 100 employees need to buy a licence.",
    "Military use excluded.",
    "Redistributors owe the author ten dollars.",
    "Derived works have to be given back to the author under these same terms.",
    "No one may train machine learning models on this software.",
)
PHRASES = (
    "for non-commercial purposes", "except by companies", "within the European Union", "until 2027",
    "by individuals", "after payment of a fee",
)  # fmt: skip


def text_of(detector: Detector, name: str) -> str:
    text = detector.index.text(name)
    assert text is not None
    return text


def sure(detector: Detector, texts: list[str]) -> list[str]:
    found = detector.detect_many(("LICENSE", t.encode()) for t in texts)
    return [t for t, f in zip(texts, found, strict=True) if f.confidence != "review"]


@pytest.mark.parametrize("name", POPULAR)
def test_a_sentence_more_is_for_review(detector: Detector, name: str) -> None:
    text = text_of(detector, name)
    variants = [f"{text.rstrip()}\n\n{s}\n" for s in SENTENCES]
    variants += [f"{text.rstrip()}\n * {s}\n" for s in SENTENCES]
    variants += [f"{s}\n\n{text}" for s in SENTENCES]

    assert sure(detector, variants) == []


@pytest.mark.parametrize("name", POPULAR)
def test_a_narrower_grant_is_for_review(detector: Detector, name: str) -> None:
    text = text_of(detector, name)
    places = [m.end() for m in re.finditer(r"granted|permitted|distribute|use", text)][:6]
    variants = [f"{text[:p]} {phrase} {text[p:]}" for p in places for phrase in PHRASES]

    assert sure(detector, variants) == []


@pytest.mark.parametrize("name", ["MIT", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "UPL-1.0", "0BSD"])
def test_a_word_less_is_for_review(detector: Detector, name: str) -> None:
    text = text_of(detector, name)
    body = text[text.rindex(">") if ">" in text else 0 :]
    start = len(text) - len(body)
    telling = (
        r"(?i)\b(?:not|no|without|must|shall|only|sublicense|permission|retain|disclaimer|free)\b"
    )
    places = [m.span() for m in re.finditer(telling, text) if m.start() > start]

    assert places
    assert sure(detector, [text[:a] + text[b:] for a, b in places]) == []


@pytest.mark.parametrize("name", ["ISC", "MIT-0"])
def test_a_title_over_a_disclaimer_alone_is_for_review(detector: Detector, name: str) -> None:
    text = text_of(detector, name)
    grant = next(p for p in text.split("\n\n") if p.strip().startswith("Permission"))

    assert sure(detector, [text.replace(grant, "")]) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "GPL-3.0-only",
            "copyleft license for software and other",
            "copyleft license of software or",
        ),
        ("LGPL-2.1-only", "each file should have", "each file can have"),
        ("GPL-2.0-only", "To do so, attach the following", "To do so, put these"),
    ],
)
def test_a_sample_notice_behind_a_text_grants_nothing(
    detector: Detector, name: str, old: str, new: str
) -> None:
    text = text_of(detector, name)
    assert old in text

    found = detector.detect("LICENSE", text.replace(old, new).encode())

    assert found.expression == name
    assert found.confidence == "review"


DENIALS = (
    "No attribution is required.",
    "This does not affect the rights of other authors.",
    "You can use it without restriction.",
)
DEMANDS = (
    "Attribution is not required if you pay.",
    "No notice is required except in weapons.",
    "Please do not alter the name.",
    "You may not alter the library.",
    "It may be used without restriction except in weapons.",
)


def test_the_denial_of_a_demand_is_none(detector: Detector) -> None:
    text = text_of(detector, "MIT")

    assert len(sure(detector, [f"{text}\n{s}\n" for s in DENIALS])) == len(DENIALS)
    assert sure(detector, [f"{text}\n{s}\n" for s in DEMANDS]) == []


OTHER_WORDS = (
    "Nur für nichtkommerzielle Zwecke. Die gewerbliche Nutzung ist untersagt.",
    "L'utilisation commerciale est interdite sans autorisation écrite.",
    "Queda prohibido el uso comercial de este software.",
    "É proibido o uso comercial deste software.",
    "Vietato l'uso commerciale.",
    "\u041a\u043e\u043c\u043c\u0435\u0440\u0447\u0435\u0441\u043a\u043e\u0435"
    " \u0438\u0441\u043f\u043e\u043b\u044c\u0437\u043e\u0432\u0430\u043d\u0438\u0435.",
    "未经许可禁止用于商业用途。",
    "商用利用を禁止します。",
    "This grant ends on 1 January 2027.",
    "Exclusive license for Acme Corp.",
    "By using the software you accept our Terms of Service.",
    "Enterprises: contact sales@example.com for a license.",
    "N o t  f o r  s a l e",
)


@pytest.mark.parametrize("sentence", OTHER_WORDS)
def test_a_demand_in_other_words_or_languages_is_for_review(
    detector: Detector, sentence: str
) -> None:
    variants = [f"{text_of(detector, name)}\n{sentence}\n" for name in ("MIT", "Apache-2.0")]

    assert sure(detector, variants) == []


@pytest.mark.parametrize(
    "owner", ["版权所有 (c) 2020 某某有限公司", "Universität Zürich, Lehrstuhl"]
)
def test_owners_with_names_in_other_languages_raise_no_doubt(
    detector: Detector, owner: str
) -> None:
    text = text_of(detector, "MIT")

    assert len(sure(detector, [f"Copyright (c) 2020 {owner}\n\n{text}"])) == 1


@pytest.mark.parametrize("whom", ["any natural person", "any Swiss person", "any person abroad"])
def test_a_grant_to_some_is_for_review(detector: Detector, whom: str) -> None:
    text = text_of(detector, "MIT")

    assert sure(detector, [text.replace("any person", whom, 1)]) == []


@pytest.mark.parametrize(
    "header",
    [
        "Use of this source code is governed by an MIT-style license, but not for commercial use.",
        "You may use this file under the MIT license only if you are a student.",
    ],
)
def test_a_condition_beside_a_short_notice_is_for_review(detector: Detector, header: str) -> None:
    in_comment = detector.detect("x.go", f"// {header}\n\npackage x\n".encode())
    in_string = detector.detect("x.go", f'package x\n\nconst s = "{header}"\n'.encode())

    assert in_comment.confidence == "review"
    assert not in_string.findings


NAMES = {
    "License: AGPLv3 or commercial": "AGPL-3.0-only",
    "License: AGPL v3+": "AGPL-3.0-or-later",
    "Licencia: GNU AGPL v3": "AGPL-3.0-only",
    "Lizenz: GPLv3": "GPL-3.0-only",
    "本文件采用 GPL-3.0 许可证": "GPL-3.0-only",
    "License: SSPLv1": "SSPL-1.0",
    "Released under EUPL 1.2": "EUPL-1.2",
    "licensed under BUSL 1.1": "BUSL-1.1",
    "Licensed under EPL v2": "EPL-2.0",
    "Licensed under CC-BY-SA": "CC-BY-SA-4.0",
    "Licensed under CC BY-ND 4.0": "CC-BY-ND-4.0",
    "Licensed under CC BY-NC-SA 4.0": "CC-BY-NC-SA-4.0",
    "Licensed under Creative Commons BY-NC 3.0": "CC-BY-NC-3.0",
    "Based on an answer of a forum, CC BY-SA 4.0": "CC-BY-SA-4.0",
    "Derived from Linux kernel sources (GPLv2).": "GPL-2.0-only",
    "Copied from a GPLv3 project, original license applies.": "GPL-3.0-only",
    "checks that the license is not AGPLv3": None,
    "the GPLv2 symbol table": None,
}


@pytest.mark.parametrize("remark", NAMES)
def test_initials_name_a_license_where_it_is_stated(detector: Detector, remark: str) -> None:
    found = detector.detect("x.go", f"// {remark}\n\npackage x\n".encode())

    assert found.expression == NAMES[remark]


INVISIBLE = "\u202e\u202d\u2066\u200f\u200b\u2060\u00ad\ufeff\u061c"


@pytest.mark.parametrize("sign", INVISIBLE, ids=[f"U+{ord(s):04X}" for s in INVISIBLE])
def test_signs_that_nobody_sees_are_for_review(detector: Detector, sign: str) -> None:
    text = text_of(detector, "MIT")
    word = text.index("without restriction")
    places = [text[:word] + sign + text[word:], text[: word + 3] + sign + text[word + 3 :]]
    places += [text.replace("restriction", f"{sign}restriction{sign}", 1), f"{text}\n.{sign}esu\n"]

    assert sure(detector, places) == []


def test_signs_that_belong_where_they_stand_raise_no_doubt(detector: Detector) -> None:
    text = text_of(detector, "MIT")
    hebrew = (
        "Copyright (c) 2020 \u200f\u05d3\u05d5\u05d3 \u05db\u05d4\u05df\u200e (David Cohen)\n\n"
    )
    joined = "\ufeff" + hebrew + text[text.index("Permission") :] + "\n\ufeff" + text

    assert sure(detector, [joined]) == [joined]
