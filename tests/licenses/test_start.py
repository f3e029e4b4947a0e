"""What reading texts takes to start."""

from __future__ import annotations

import subprocess
import sys

from compliance.licenses import Detector
from compliance.licenses.rules import RuleTable

DEAR = ("numpy.ma", "numpy.testing", "numpy.random", "license_expression")


NOTICE = """
Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the Zope License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
"""


def test_no_module_that_takes_long_is_imported_to_read_texts() -> None:
    script = (
        "import sys\n"
        "from compliance.licenses import Detector\n"
        "detector = Detector.open()\n"
        f"assert detector.detect('x.c', b'/*' + {NOTICE.encode()!r} + b'*/').matches\n"
        "assert 'all_names' in detector.reader.judge.table.__dict__\n"
        f"print(*(m for m in {DEAR!r} if m in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == []


def test_names_of_rules_are_those_of_the_index(detector: Detector) -> None:
    table, names = RuleTable(detector.index), detector.index.strings("names")
    assert len(names) == len(table)
    assert tuple(table.name(rule) for rule in range(len(table))) == names
