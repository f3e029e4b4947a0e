"""Duties in words of one's own: in the head of source, beside a license text, in a README."""

from __future__ import annotations

import pytest

from compliance.findings import Severity
from compliance.licenses import Detector, LinkedPackage, conclude_module
from compliance.licenses.ownterms import SAID, SAID_BESIDE
from tests.licenses.test_conclude import MemoryFiles

BOUND = (
    "You must credit the author in any derived work.",
    "If you use this code, you must mention my name.",
    "You are required to give credit to the original author.",
    "You are free to use this code as long as you credit me.",
    "You may use this file provided that you acknowledge the author in your documentation.",
    "Any publication using this code must cite the following paper.",
    "You must include a link to example.com in your application.",
    "You have to display the logo of Example Corp on your site.",
    "Attribution is required when you use this file.",
    "You must send the author a postcard.",
    "If you use this software, send me a postcard.",
    "If you like it, you have to buy me a beer.",
    "This software is shareware.",
    "All modifications must be sent back to the author.",
    "You must notify the author before using this code.",
    "Please contact the author before using this in a product.",
    "See EULA.txt for terms.",
    "Use of this file is subject to the terms in TERMS.txt.",
    "By using this code you agree to the terms at https://example.com/terms.",
    "Using this code implies acceptance of the terms of service.",
    "All use must comply with the terms of service of Example.",
    "Derived works must be published under the same terms.",
    "You must publish your changes.",
    "A fee of 10 USD is due for each copy.",
    "This software is not open source.",
    "This code is free for students.",
    "A valid license key is required.",
    "Contact sales@example.com for a license.",
    "This algorithm is patented.",
    "Do not use this for evil.",
)
SILENT = (
    "The server must notify the client before it sends a frame.",
    "Callers must include a link to the parent in every node of the tree.",
    "A node must be shared by the readers; changes must be published to all of them.",
    "You must provide the source code of the template as a string.",
    "The credit of a sender must be positive; it sends an acknowledgement.",
    "Registration is required before the handler is called.",
    "By using this function you agree on an order of the keys.",
    "See terms.go for the terms of the grammar.",
    "The fee is required by the exchange.",
    "Package demo is a demo version of the parser.",
    "Thanks to Jane Doe, with credit to the original paper.",
    "No attribution is required, and no fee is due for a copy.",
    "You do not have to credit the author, and don't need to notify me.",
    "Please report bugs to the author.",
)


def _head(said: str) -> str:
    return f"// Copyright 2020 The Authors.\n// {said}\n\npackage a\n"


def _messages(detector: Detector, name: str, text: str) -> list[str]:
    return [f.message for f in detector.detect(name, text.encode()).findings]


def _mit(detector: Detector) -> str:
    text = detector.index.text("MIT")
    assert text is not None
    return f"MIT License\n\nCopyright (c) 2020 John Doe\n\n{text}"


@pytest.mark.parametrize("said", BOUND)
def test_a_duty_in_a_head_is_for_review(said: str, detector: Detector) -> None:
    found = detector.detect("a.go", _head(said).encode()).findings
    assert [(f.severity, f.code) for f in found if f.message.startswith(SAID)] == [
        (Severity.REVIEW, "unknown-license")
    ]


@pytest.mark.parametrize("said", SILENT)
def test_what_speaks_of_the_code_is_no_duty(said: str, detector: Detector) -> None:
    assert _messages(detector, "a.go", _head(said)) == []


@pytest.mark.parametrize(
    "said", [s for s in BOUND if not s.endswith((" TERMS.txt.", " for a license."))]
)
def test_a_duty_beside_a_license_text_is_seen(said: str, detector: Detector) -> None:
    for text in (f"{said}\n\n{_mit(detector)}", f"{_mit(detector)}\n\n{said}\n"):
        found = detector.detect("LICENSE", text.encode())
        assert found.findings or found.confidence == "review" or found.expression != "MIT"


@pytest.mark.parametrize("said", BOUND)
def test_a_duty_in_the_license_section_of_a_readme_counts(said: str, detector: Detector) -> None:
    files = {
        "LICENSE": _mit(detector).encode(),
        "README.md": f"# a\n\nParses.\n\n## License\n\nMIT. {said}\n\n## Thanks\n\nAll.\n".encode(),
        "a.go": b"package a\n",
    }
    linked = [LinkedPackage(import_path="m", folder=".", files=("a.go",))]
    concluded = conclude_module(
        tree=MemoryFiles(files),
        detected={f.path: f for f in detector.detect_many(files.items())},
        packages=linked,
        first_party=False,
    )
    assert [f.message for f in concluded.findings if f.message.startswith(SAID_BESIDE)]


@pytest.mark.parametrize("said", BOUND)
@pytest.mark.parametrize(
    "frame", ["# a\n\n{}\n\n## License\n\nMIT\n", "# a\n\n## License\n\nMIT\n\n## Usage\n\n{}\n"]
)
def test_elsewhere_in_a_readme_it_is_talk(said: str, frame: str, detector: Detector) -> None:
    told = _messages(detector, "README.md", frame.format(said))
    assert not [m for m in told if m.startswith(SAID_BESIDE)]
