"""Terms in words of one's own at the head of source files: never passed over."""

from __future__ import annotations

import pytest

from compliance.findings import Severity
from compliance.licenses import Detector, LinkedPackage, conclude_module
from compliance.licenses.ownterms import HEAD_LIMIT, SAID
from compliance.licenses.regions import Keywords
from tests.licenses.test_conclude import MemoryFiles

STATED = (
    "You may not use this commercially without written permission.",
    "This code may not be used commercially without written permission of the author.",
    "Commercial use of this code is not permitted.",
    "Commercial use prohibited.",
    "No commercial use.",
    "For academic use only.",
    "You may use this file in any non-commercial project.",
    "You may not redistribute this file.",
    "Do not copy or redistribute without permission.",
    "Confidential and proprietary. All rights reserved.",
    "This is unpublished proprietary source code of Example Corp.",
    "This code is free for personal use; companies must buy a license.",
    "Companies with more than 10 employees need a commercial license.",
    "Use in production requires a subscription.",
    "This file may only be used with products of Example Corp.",
    "You must not use this code to compete with Example Corp.",
    "Permission is granted for evaluation purposes only.",
    "Licensed for use in Example products only.",
    "Redistribution is not allowed.",
    "Reproduction in any form without permission is prohibited.",
    "Usage in commercial software requires permission from the author.",
    "May not be sold.",
    "May be used freely except by the military.",
    "This code cannot be used for training AI models.",
    "Permission to use this code is revoked for members of Foo.",
    "Subject to the terms of a separate agreement with Example Corp.",
    "Use of this source code is subject to the Example EULA.",
    "This file is licensed under the Functional Source License.",
    "Use is governed by the Timescale License.",
    "Available under the terms of the Confluent Community License.",
    "Licensed to you under the Rhenish Source Available License.",
    "This file is part of the server, under the Acme Enterprise Edition License.",
    "Licensed under the FSL.",
    "Not to be used in any commercial product.",
    "The software is not intended for commercial use.",
    "Do not copy a part of it into products of your own.",
)
SILENT = (
    "Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file\n"
    "except in compliance with the License.",
    "Use of this source code is governed by a BSD-style license that can be found in the LICENSE\n"
    "file.",
    "Licensed under the Educational Community License, Version 2.0.",
    "The community licenses bands by the edition of their record.",
    "It exists for internal use only, please switch to another package.",
    "Programs should not use this package directly. Its API is not stable.",
    "Keys with an underscore are for internal use only. They may not be printed.",
    "The keys in this file are only for testing. They must not be used by production code.",
    "A client that is not allowed to modify the cluster gets an error.",
    "Do not use this for new systems.",
    "Two events cannot be published at the same instant.",
    "This slice must not be modified by the caller.",
    "It implements the proprietary protocol of the vendor with confidential clients.",
    "Requests that are forbidden or prohibited by policy are answered with 403.",
    "Checks of certificates can be skipped, which is not recommended for production use.",
    "Do not copy a tree by its value: both would share their nodes.",
    "It keeps all in memory and is not yet ready for production use.",
    "The fake server is not meant for production purposes.",
    "This mode is not really suitable for commercial products with many users.",
    "Package ads estimates how commercial traffic grows.",
)  # fmt: skip


def _head(said: str, sign: str = "//") -> str:
    lines = ["Copyright 2020 The Authors.", *said.split("\n")]
    return "".join(f"{sign} {line}\n" for line in lines)


def _told(detector: Detector, name: str, text: str) -> list[tuple[Severity, str, int | None]]:
    found = detector.detect(name, text.encode()).findings
    return [
        (f.severity, f.code, f.location.line if f.location else None)
        for f in found
        if f.message.startswith(SAID)
    ]


@pytest.mark.parametrize("said", STATED)
def test_terms_above_the_package_clause_are_for_review(said: str, detector: Detector) -> None:
    assert _told(detector, "a.go", _head(said) + "\npackage a\n") == [
        (Severity.REVIEW, "unknown-license", 2)
    ]


@pytest.mark.parametrize("said", STATED)
def test_terms_are_read_across_lines_and_in_blocks(said: str, detector: Detector) -> None:
    words = said.split()
    middle = len(words) // 2
    block = f"/*\n * {' '.join(words[:middle])}\n * {' '.join(words[middle:])}\n */\n"
    assert _told(detector, "a.c", block + "#include <a.h>\n") != []


@pytest.mark.parametrize("said", SILENT)
def test_what_speaks_of_the_code_is_no_term(said: str, detector: Detector) -> None:
    assert _told(detector, "a.go", _head(said) + "\npackage a\n") == []


@pytest.mark.parametrize("said", STATED)
def test_below_the_head_the_same_words_are_about_the_code(said: str, detector: Detector) -> None:
    assert _told(detector, "a.go", f"package a\n\n// {said}\nfunc f() {{}}\n") == []
    assert _told(detector, "a.c", f"int a;\n\n/* {said} */\nint b;\n") == []


def test_terms_in_a_license_text_belong_to_it(detector: Detector) -> None:
    text = detector.index.text("BSD-3-Clause")
    assert text is not None
    head = "".join(f"// {line}\n" for line in text.splitlines())
    assert "written permission" in " ".join(head.replace("//", " ").split())
    assert _told(detector, "a.go", head + "\npackage a\n") == []


def test_the_finding_quotes_the_lines(detector: Detector) -> None:
    text = "// This file may not be\n// sold, and may not be used commercially.\n\npackage a\n"
    (finding,) = detector.detect("a.go", text.encode()).findings
    assert "'This file may not be sold, and may not be used commercially.'" in finding.message


def test_without_hyperscan_the_same_is_found() -> None:
    plain, quick = Keywords(), Keywords.compiled()
    for said in (*STATED, *SILENT):
        data = (_head(said) + "\npackage a\n").encode()
        assert plain.find(data) == quick.find(data)


@pytest.mark.parametrize("outbound", [None, "MIT"])
def test_a_closed_product_may_say_so_in_its_own_files(
    outbound: str | None, detector: Detector
) -> None:
    """Nobody has to be asked about his own files; under an open license they contradict it."""
    head = "// Confidential and proprietary. Do not distribute.\n\npackage main\n"
    files = {"main.go": head.encode()}
    if outbound:
        text = detector.index.text(outbound)
        assert text is not None
        files["LICENSE"] = b"MIT License\n\nCopyright (c) 2020 Acme\n\n" + text.encode()
    linked = [LinkedPackage(import_path="m", folder=".", files=("main.go",))]

    def codes(*, first_party: bool) -> list[str]:
        concluded = conclude_module(
            tree=MemoryFiles(files),
            detected={f.path: f for f in detector.detect_many(files.items())},
            packages=linked,
            first_party=first_party,
        )
        return [f.message for f in concluded.findings if f.message.startswith(SAID)]

    assert bool(codes(first_party=True)) == (outbound is not None)
    assert codes(first_party=False) != []


def test_a_file_that_never_ends_its_head_is_read_up_to_a_limit(detector: Detector) -> None:
    filler = "// nothing\n" * (HEAD_LIMIT // 10)
    assert _told(detector, "a.go", filler + "// Commercial use prohibited.\n") == []
    assert _told(detector, "a.go", "// Commercial use prohibited.\n" + filler) != []
